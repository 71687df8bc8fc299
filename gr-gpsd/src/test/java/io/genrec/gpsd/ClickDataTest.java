package io.genrec.gpsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.SequenceDataset;
import io.genrec.gpsd.ClickData.Part;
import io.genrec.gpsd.ClickProtocol.Users;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClickDataTest {
  private static final int USERS = 400;

  @TempDir private Path folder = Path.of("");
  private BufferAllocator memory = new RootAllocator();

  @SuppressWarnings("NullAway.Init") // opened before each test
  private SequenceDataset data;

  @BeforeEach
  void open() {
    data = SmallLog.open(folder, USERS, memory);
  }

  @AfterEach
  void close() {
    data.close();
    memory.close();
  }

  private static ClickProtocol protocol(Users split, long seed) {
    return new ClickProtocol(split, 0.7, 4, 20, 0.1, seed);
  }

  private ClickData click(Users split, long seed) {
    return new ClickData(data, protocol(split, seed));
  }

  @Test
  void usersWithLateLastEventsAreTestUsers() {
    ClickData click = click(Users.TIME, 1);
    int[] train = click.users(Part.TRAIN);
    int[] test = click.users(Part.TEST);
    long latestTrained = Arrays.stream(train).mapToLong(click::targetTime).max().orElseThrow();
    long earliestTested = Arrays.stream(test).mapToLong(click::targetTime).min().orElseThrow();
    assertThat(earliestTested).isGreaterThan(latestTrained);
    long eligible = IntStream.range(0, data.users()).filter(u -> data.length(u) >= 4).count();
    assertThat(train.length + test.length).isEqualTo((int) eligible);
    assertThat(eligible).isLessThan(USERS);
    // A user or two stand at the quantile itself.
    assertThat(train.length / (double) eligible).isBetween(0.69, 0.71);
  }

  @Test
  void withoutTimesUsersArePartedBySeed() {
    int[] first = click(Users.SEED, 1).users(Part.TEST);
    assertThat(click(Users.SEED, 1).users(Part.TEST)).isEqualTo(first);
    assertThat(click(Users.SEED, 2).users(Part.TEST)).isNotEqualTo(first);
    assertThat(click(Users.SEED, 1).splitName()).isEqualTo("seeded 70 % user split");
    ClickData click = click(Users.SEED, 1);
    assertThat(click.users(Part.TRAIN)).doesNotContain(first);
  }

  @Test
  void optionsAreChosenOnATenthOfTheTrainUsers() {
    ClickData click = click(Users.TIME, 1);
    int[] validation = click.users(Part.VALIDATION);
    int[] fit = click.users(Part.FIT);
    assertThat(validation.length).isEqualTo(Math.round(click.users(Part.TRAIN).length / 10f));
    assertThat(IntStream.concat(Arrays.stream(fit), Arrays.stream(validation)).sorted().toArray())
        .isEqualTo(click.users(Part.TRAIN));
  }

  @Test
  void nobodysTargetIsAmongTheirNegativesNorInPretraining() {
    ClickData click = click(Users.TIME, 1);
    for (int user : click.users(Part.TRAIN)) {
      assertThat(click.negative(user)).isBetween(1, data.items()).isNotEqualTo(click.target(user));
    }
    for (int user : click.users(Part.TEST)) {
      assertThat(click.testNegatives(user)).hasSize(20).doesNotHaveDuplicates();
      assertThat(click.testNegatives(user)).doesNotContain(click.target(user));
      assertThat(click.history(user).size()).isEqualTo(data.length(user) - 1);
    }
    Histories all = click.pretraining(false);
    int[] users = IntStream.range(0, data.users()).filter(user -> data.length(user) >= 4).toArray();
    assertThat(all.size()).isEqualTo(users.length);
    for (int i = 0; i < users.length; i++) {
      assertThat(all.get(i).size()).isEqualTo(data.length(users[i]) - 1);
      assertThat(all.get(i).category(Schema.ITEM, 0)).isEqualTo(data.item(users[i], 0));
    }
    assertThat(click.pretraining(true).size()).isEqualTo(click.users(Part.TRAIN).length);
    assertThat(Arrays.stream(click.popularity(false)).sum())
        .isEqualTo(Arrays.stream(users).mapToLong(user -> data.length(user) - 1).sum());
  }

  /** Chi-squared of the draws of 20 for about 100 test users over 32 items. */
  @Test
  void negativesAreUniform() {
    int[] counts = new int[data.items() + 1];
    int draws = 0;
    for (int seed = 0; seed < 40; seed++) {
      ClickData click = click(Users.TIME, seed);
      for (int user : click.users(Part.TRAIN)) {
        counts[click.negative(user)]++;
        draws++;
      }
    }
    double expected = (double) draws / data.items();
    double chi = 0;
    for (int item = 1; item < counts.length; item++) {
      chi += (counts[item] - expected) * (counts[item] - expected) / expected;
    }
    // 31 degrees of freedom: mean 31, deviation 8. Targets are left out, which is not quite even.
    assertThat(chi).isLessThan(75);
  }

  @Test
  void negativesAreWrittenWithAHashAndNeverMixed() throws IOException {
    VocabularyFile items = data.itemVocabulary(memory);
    Path file = folder.resolve("negatives.tsv");
    String hash = click(Users.TIME, 1).writeNegatives(file, items);
    assertThat(click(Users.TIME, 1).writeNegatives(file, items)).isEqualTo(hash);
    ClickData click = click(Users.TIME, 1);
    int user = click.users(Part.TEST)[0];
    List<String> expected = new ArrayList<>(List.of(data.user(user), "test"));
    expected.add(items.id(click.negative(user)));
    expected.add(
        String.join(" ", Arrays.stream(click.testNegatives(user)).mapToObj(items::id).toList()));
    assertThat(Files.readAllLines(file)).contains(String.join("\t", expected));
    assertThatThrownBy(() -> click(Users.TIME, 2).writeNegatives(file, items))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/OtherNegatives]")
        .hasMessageContaining("another folder");
  }

  @Test
  void refusesWhatCannotBeSplit() {
    assertThatThrownBy(
            () -> new ClickData(data, new ClickProtocol(Users.TIME, 0.7, 100, 20, 0.1, 1)))
        .hasMessageContaining("[GR/EmptySplit]");
    assertThatThrownBy(() -> new ClickData(data, new ClickProtocol(Users.TIME, 0.7, 4, 50, 0.1, 1)))
        .hasMessageContaining("[GR/TooFewItems]");
    assertThatThrownBy(() -> new ClickProtocol(Users.TIME, 1, 4, 20, 0.1, 1))
        .hasMessageContaining("trainShare must be between 0 and 1");
  }
}
