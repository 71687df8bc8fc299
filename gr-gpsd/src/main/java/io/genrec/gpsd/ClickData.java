package io.genrec.gpsd;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.Checksum;
import io.genrec.api.storage.IfExists;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.SequenceDataset;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * Who is trained on and tested with what, by a {@link ClickProtocol}. All of it follows from the
 * data set and the protocol. The data set must stay open.
 *
 * <p>Negatives are uniform over all items but the user's own target; of the test users' further
 * ones none occurs twice.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ClickData {
  private static final long USERS = 1;
  private static final long CHOICE = 2;
  private static final long NEGATIVE = 3;
  private static final long TEST = 4;

  private final SequenceDataset data;
  private final ClickProtocol protocol;
  private final int[] train;
  private final int[] validation;
  private final int[] test;
  private final int[] negatives;
  private final int[][] testNegatives;

  /** Which users. */
  public enum Part {
    /** All train users. */
    TRAIN,
    /** Train users without those of {@link #VALIDATION}. */
    FIT,
    /** Train users to choose options by. */
    VALIDATION,
    /** Users for the reported result. */
    TEST
  }

  /**
   * Makes the samples.
   *
   * @throws GenRecException {@code [GR/EmptySplit]} if there are no train or no test users; {@code
   *     [GR/TooFewItems]} if there are fewer items than negatives to draw; {@code
   *     [GR/InvalidValue]} for data with slower-changing series, which samples do not read
   */
  public ClickData(SequenceDataset data, ClickProtocol protocol) {
    this.data = data;
    this.protocol = protocol;
    if (!data.info().series().isEmpty()) {
      throw new GenRecException(
          "InvalidValue",
          "data set "
              + data.info().name()
              + " has slower-changing series, whose entries are no samples; prepare it without them");
    }
    if (data.items() <= protocol.testNegatives()) {
      throw new GenRecException(
          "TooFewItems",
          protocol.testNegatives()
              + " different negatives cannot be drawn from "
              + data.items()
              + " items; lower testNegatives");
    }
    int[] users =
        IntStream.range(0, data.users())
            .filter(user -> data.length(user) >= protocol.minEvents())
            .toArray();
    boolean[] trained = trained(users);
    train = IntStream.range(0, users.length).filter(i -> trained[i]).map(i -> users[i]).toArray();
    test = IntStream.range(0, users.length).filter(i -> !trained[i]).map(i -> users[i]).toArray();
    if (train.length == 0 || test.length == 0) {
      throw new GenRecException(
          "EmptySplit",
          "of "
              + users.length
              + " users with at least "
              + protocol.minEvents()
              + " events "
              + train.length
              + " are train and "
              + test.length
              + " test users; lower minEvents, or use data with different last times or split"
              + " \"seed\"");
    }
    int[] shuffled = shuffled(train, CHOICE);
    int chosen = Math.max(1, (int) Math.round(protocol.validationShare() * train.length));
    validation = sorted(Arrays.copyOf(shuffled, Math.min(chosen, train.length - 1)));
    negatives = new int[data.users()];
    testNegatives = new int[data.users()][];
    for (int user : users) {
      negatives[user] = draw(random(NEGATIVE, user), target(user));
    }
    for (int user : test) {
      testNegatives[user] = drawDifferent(user);
    }
  }

  private boolean[] trained(int[] users) {
    boolean[] trained = new boolean[users.length];
    if (protocol.split() == ClickProtocol.Users.TIME) {
      double[] last =
          Arrays.stream(users)
              .mapToDouble(user -> data.time(user, data.length(user) - 1))
              .toArray();
      double[] sorted = last.clone();
      Arrays.sort(sorted);
      double cut = users.length == 0 ? 0 : PowerLaw.quantile(sorted, protocol.trainShare());
      IntStream.range(0, users.length).forEach(i -> trained[i] = last[i] <= cut);
      return trained;
    }
    int[] order = shuffled(IntStream.range(0, users.length).toArray(), USERS);
    int count = (int) Math.round(protocol.trainShare() * users.length);
    Arrays.stream(order, 0, count).forEach(i -> trained[i] = true);
    return trained;
  }

  private int[] shuffled(int[] values, long purpose) {
    SplittableRandom random = random(purpose, 0);
    int[] order = values.clone();
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return order;
  }

  private static int[] sorted(int[] values) {
    Arrays.sort(values);
    return values;
  }

  /** Depends on the user alone, so that other users change nothing. */
  private SplittableRandom random(long purpose, int user) {
    return new SplittableRandom(
        new SplittableRandom(protocol.seed() * 31 + purpose).nextLong()
            ^ (user * 0x9E3779B97F4A7C15L));
  }

  /** Uniform over all items but one. */
  private int draw(SplittableRandom random, int without) {
    int item = 1 + random.nextInt(data.items() - 1);
    return item < without ? item : item + 1;
  }

  private int[] drawDifferent(int user) {
    SplittableRandom random = random(TEST, user);
    IntOpenHashSet taken = new IntOpenHashSet();
    int[] items = new int[protocol.testNegatives()];
    int count = 0;
    while (count < items.length) {
      int item = draw(random, target(user));
      if (taken.add(item)) {
        items[count++] = item;
      }
    }
    return items;
  }

  /** The data. */
  public SequenceDataset data() {
    return data;
  }

  /** How it was made. */
  public ClickProtocol protocol() {
    return protocol;
  }

  /** What tables call the split: {@code official 70 % quantile} or {@code seeded user split}. */
  public String splitName() {
    return protocol.split() == ClickProtocol.Users.TIME
        ? Math.round(100 * protocol.trainShare()) + " % quantile of last times"
        : "seeded " + Math.round(100 * protocol.trainShare()) + " % user split";
  }

  /** The users of a part, ascending. */
  public int[] users(Part part) {
    return switch (part) {
      case TRAIN -> train.clone();
      case VALIDATION -> validation.clone();
      case FIT ->
          Arrays.stream(train).filter(user -> Arrays.binarySearch(validation, user) < 0).toArray();
      case TEST -> test.clone();
    };
  }

  /** The events before a user's target. */
  public History history(int user) {
    return data.history(user).slice(0, data.length(user) - 1);
  }

  /** The item of a user's last event. */
  public int target(int user) {
    return data.item(user, data.length(user) - 1);
  }

  /** The time of a user's last event. */
  public long targetTime(int user) {
    return data.time(user, data.length(user) - 1);
  }

  /** The item that was drawn against a user's target. */
  public int negative(int user) {
    return negatives[user];
  }

  /** The further items that were drawn for a test user. */
  public int[] testNegatives(int user) {
    return testNegatives[user].clone();
  }

  /**
   * What is pretrained on: the events before their targets of all users, as officially, or of train
   * users alone; only users with two such events.
   */
  public Histories pretraining(boolean trainUsersOnly) {
    int[] users =
        (trainUsersOnly
                ? Arrays.stream(train)
                : IntStream.concat(Arrays.stream(train), Arrays.stream(test)))
            .filter(user -> data.length(user) > 2)
            .sorted()
            .toArray();
    return new Histories() {
      @Override
      public int size() {
        return users.length;
      }

      @Override
      public History get(int index) {
        return history(users[index]);
      }
    };
  }

  /** How often each item is an event of {@link #pretraining}; index 0 is unused. */
  public long[] popularity(boolean trainUsersOnly) {
    long[] counts = new long[data.items() + 1];
    Histories histories = pretraining(trainUsersOnly);
    for (int i = 0; i < histories.size(); i++) {
      History history = histories.get(i);
      for (int event = 0; event < history.size(); event++) {
        counts[history.category(Schema.ITEM, event)]++;
      }
    }
    return counts;
  }

  /**
   * All negatives in raw ids, tab-separated: user, part, the negative, and for test users the
   * further ones.
   *
   * @param items the raw ids of items
   */
  public String negatives(VocabularyFile items) {
    StringBuilder text = new StringBuilder("user\tpart\tnegative\ttest_negatives\n");
    for (int user = 0; user < data.users(); user++) {
      if (negatives[user] == 0) {
        continue;
      }
      boolean tested = testNegatives[user] != null;
      text.append(data.user(user))
          .append(tested ? "\ttest\t" : "\ttrain\t")
          .append(items.id(negatives[user]))
          .append('\t');
      if (tested) {
        text.append(
            String.join(" ", Arrays.stream(testNegatives[user]).mapToObj(items::id).toList()));
      }
      text.append('\n');
    }
    return text.toString();
  }

  /**
   * Writes {@link #negatives}, or compares with what is there.
   *
   * @return the SHA-256 of the content, in hex
   * @throws GenRecException {@code [GR/OtherNegatives]} if the file has other ones
   */
  public String writeNegatives(Path file, VocabularyFile items) {
    String text = negatives(items);
    String hash = Checksum.sha256(text);
    if (Files.exists(file)) {
      String found = Checksum.sha256(read(file));
      if (!found.equals(hash)) {
        throw new GenRecException(
            "OtherNegatives",
            file
                + " has the hash "
                + found
                + " but this data and protocol give "
                + hash
                + ": it was made from other data or with another seed; use another folder");
      }
      return hash;
    }
    AtomicFile.write(file, IfExists.FAIL, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    return hash;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
