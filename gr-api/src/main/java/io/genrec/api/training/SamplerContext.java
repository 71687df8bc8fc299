package io.genrec.api.training;

import org.apiguardian.api.API;

/**
 * What a sampler may know of the data.
 *
 * @param counts how often each row is an event of the training data; index 0 is unused
 */
@API(status = API.Status.STABLE, since = "0.1")
@SuppressWarnings("ArrayRecordComponent")
public record SamplerContext(long[] counts) {
  /** The number of rows to draw from: 1 to this. */
  public int rows() {
    return counts.length - 1;
  }
}
