package io.genrec.api.sequence;

import org.apiguardian.api.API;

/**
 * Raw ids and their rows. Row 0 stands for "none"; rows of known ids count from 1 and stay as they
 * are across retrains.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Vocabulary {
  /** The number of known ids; rows are 1 to size. */
  int size();

  /** The row of a raw id; 0 if it is unknown. */
  int row(String id);

  /**
   * The raw id of a row.
   *
   * @throws IndexOutOfBoundsException unless 1 &lt;= row &lt;= size
   */
  String id(int row);
}
