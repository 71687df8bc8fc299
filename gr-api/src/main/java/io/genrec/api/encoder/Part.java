package io.genrec.api.encoder;

import io.genrec.api.sequence.PairContext;
import org.apiguardian.api.API;

/** A memory and how the queries stand to it. */
@API(status = API.Status.STABLE, since = "0.1")
public record Part(Memory memory, PairContext pairs) {}
