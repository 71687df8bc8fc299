package io.genrec.api.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdIndexTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 100, 5_000})
  void findsWhatAMapFinds(int size) {
    Random random = new Random(size);
    Map<String, Integer> rows = new HashMap<>();
    String[] ids = new String[size];
    for (int i = 0; i < size; ) {
      String id = Integer.toString(random.nextInt(4 * size + 1), 36);
      if (rows.putIfAbsent(id, i + 1) == null) {
        ids[i++] = id;
      }
    }
    IdIndex index = new IdIndex(ids);
    assertThat(index.repeats()).isFalse();
    for (int n = 0; n <= 5 * size; n++) {
      String id = Integer.toString(n, 36);
      assertThat(index.row(id)).as(id).isEqualTo(rows.getOrDefault(id, 0));
    }
  }

  /** "Aa" and "BB" have one hash. */
  @Test
  void idsOfOneHashAreTold() {
    IdIndex index = new IdIndex(new String[] {"Aa", "BB", "AaAa", "BBBB", "AaBB"});
    assertThat(index.row("BB")).isEqualTo(2);
    assertThat(index.row("BBBB")).isEqualTo(4);
    assertThat(index.row("BBAa")).isZero();
    assertThat(index.repeats()).isFalse();
  }

  @Test
  void anIdThatStandsTwiceIsNoticed() {
    assertThat(new IdIndex(new String[] {"a", "b", "a"}).repeats()).isTrue();
  }
}
