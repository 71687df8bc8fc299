package io.genrec.data.ingest;

import org.apiguardian.api.API;

/**
 * How far ingestion is.
 *
 * @param step what begins now, in words
 * @param done steps done
 * @param steps steps in all
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Progress(String step, int done, int steps) {}
