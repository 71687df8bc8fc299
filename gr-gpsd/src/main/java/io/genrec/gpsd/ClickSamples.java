package io.genrec.gpsd;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.task.RankingCase;
import io.genrec.api.task.RankingSet;
import io.genrec.gpsd.ClickData.Part;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/** The samples of {@link ClickData} as {@link ClickTask} takes them. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ClickSamples {
  private final ClickData data;
  private final ItemFeatures items;

  /** The samples of some data. */
  public ClickSamples(ClickData data) {
    this.data = data;
    this.items = new ItemFeatures(data.data());
  }

  /**
   * Training examples: for each user one with its target and its negative, or one with each.
   *
   * @param candidates 2 or 1
   */
  public Histories examples(Part part, int candidates) {
    int[] users = data.users(part);
    return new Histories() {
      @Override
      public int size() {
        return candidates == 2 ? users.length : 2 * users.length;
      }

      @Override
      public History get(int index) {
        int user = users[candidates == 2 ? index : index / 2];
        return asked(user, pick(pair(user), candidates, index)).after(data.history(user));
      }
    };
  }

  /**
   * Questions: each user's target and negative.
   *
   * @param candidates how many are asked for at once, 2 or 1
   */
  public RankingSet questions(Part part, int candidates) {
    return set(data.users(part), candidates == 2 ? 0 : 2, this::pair);
  }

  /** Questions of test users: each user's target and further negatives, all at once. */
  public RankingSet longQuestions() {
    return set(
        data.users(Part.TEST),
        0,
        user ->
            IntStream.concat(
                    IntStream.of(data.target(user)), IntStream.of(data.testNegatives(user)))
                .toArray());
  }

  private interface Choice {
    int[] of(int user);
  }

  /** With 0 all items of a user are asked for at once, else one by one of so many. */
  private RankingSet set(int[] users, int alone, Choice choice) {
    int each = Math.max(1, alone);
    return new RankingSet() {
      @Override
      public int size() {
        return users.length * each;
      }

      @Override
      public RankingCase get(int index) {
        int user = users[index / each];
        int[] rows = alone == 0 ? choice.of(user) : pick(choice.of(user), 1, index);
        return new RankingCase(user, data.history(user), asked(user, rows), data.targetTime(user));
      }
    };
  }

  private int[] pair(int user) {
    return new int[] {data.target(user), data.negative(user)};
  }

  private static int[] pick(int[] pair, int candidates, int index) {
    return candidates == 2 ? pair : new int[] {pair[index % 2]};
  }

  private Candidates asked(int user, int[] rows) {
    return new Candidates(items, rows, data.target(user), data.targetTime(user));
  }
}
