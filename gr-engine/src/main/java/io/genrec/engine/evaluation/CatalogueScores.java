package io.genrec.engine.evaluation;

import io.genrec.api.GenRecException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.apiguardian.api.API;

/**
 * One user's scores of all items: a row of a score matrix, read in place. Larger is better.
 *
 * @param values the matrix, read by absolute index; its position does not matter
 * @param offset the index of the first item's score
 * @param items the number of items
 * @param firstRow the first item's row of the vocabulary; the others follow
 */
@API(status = API.Status.STABLE, since = "0.1")
public record CatalogueScores(FloatBuffer values, int offset, int items, int firstRow) {
  /** Checks that the buffer holds the scores. */
  public CatalogueScores {
    Objects.checkFromIndexSize(offset, items, values.limit());
    if (firstRow < 0) {
      throw new IllegalArgumentException("firstRow must not be negative but is " + firstRow);
    }
  }

  /**
   * A row of a matrix {@code [users, items]} whose column j is the item of row j + 1.
   *
   * @param matrix read by absolute index
   * @param user the matrix's row, from 0
   * @param items the number of items
   */
  public static CatalogueScores ofUser(FloatBuffer matrix, int user, int items) {
    return new CatalogueScores(matrix, Math.multiplyExact(user, items), items, 1);
  }

  /** Scores by row of the vocabulary; index 0 is unused. */
  public static CatalogueScores byRow(float[] scores) {
    return new CatalogueScores(FloatBuffer.wrap(scores), 1, scores.length - 1, 1);
  }

  /**
   * Where the target stands among the items that are not filtered.
   *
   * @param target a row of the vocabulary; 0 (unknown) gives {@link TargetRank#ABSENT}, and so does
   *     a target that is filtered itself
   * @param filtered rows that are no candidates, such as the seen ones; in any order, repeated or
   *     not; rows without a score, such as 0, are skipped
   * @throws GenRecException {@code [GR/NotANumber]} if any score is NaN
   * @throws IndexOutOfBoundsException if the target is neither 0 nor an item with a score
   */
  public TargetRank rank(int target, int... filtered) {
    int[] removed = Arrays.stream(filtered).filter(this::holds).sorted().distinct().toArray();
    if (target != 0 && !holds(target)) {
      throw new IndexOutOfBoundsException(
          "target " + target + " is not among rows " + firstRow + " to " + (firstRow + items - 1));
    }
    boolean present = holds(target) && Arrays.binarySearch(removed, target) < 0;
    float own = present ? score(target) : Float.POSITIVE_INFINITY;
    int above = 0;
    int tied = 0;
    for (int i = offset; i < offset + items; i++) {
      float score = values.get(i);
      if (score > own) {
        above++;
      } else if (score == own) {
        tied++;
      } else if (Float.isNaN(score) || Float.isNaN(own)) {
        throw notANumber(Float.isNaN(score) ? i - offset + firstRow : target);
      }
    }
    if (!present) {
      return TargetRank.ABSENT;
    }
    for (int row : removed) {
      float score = score(row);
      above -= score > own ? 1 : 0;
      tied -= score == own ? 1 : 0;
    }
    return new TargetRank(above, tied);
  }

  private boolean holds(int row) {
    return row != 0 && row >= firstRow && row - firstRow < items;
  }

  private float score(int row) {
    return values.get(offset + row - firstRow);
  }

  private static GenRecException notANumber(int row) {
    return new GenRecException(
        "NotANumber",
        "the score of item row "
            + row
            + " is not a number, so nothing can be ranked; look for infinite or NaN weights in the"
            + " model (a learning rate that is too high, a damaged file)");
  }
}
