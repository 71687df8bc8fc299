package io.genrec.data.baseline;

import org.apiguardian.api.API;

/** The configuration of {@link MostPopular}: nothing to set. */
@API(status = API.Status.STABLE, since = "0.1")
public record MostPopularConfig() {}
