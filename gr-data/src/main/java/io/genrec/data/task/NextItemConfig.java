package io.genrec.data.task;

import org.apiguardian.api.API;

/** The configuration of {@link NextItem}: nothing to set, the schema says all. */
@API(status = API.Status.STABLE, since = "0.1")
public record NextItemConfig() {}
