package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ParameterStoreTest {
  private final BufferAllocator memory = new RootAllocator();
  private final Parameter items = Parameter.embedding("items", Initializer.normal(1), 1_000, 3);
  private final Parameter weight = Parameter.dense("weight", Initializer.uniform(0.5), 20, 10);
  private final Parameter scale = Parameter.dense("scale", Initializer.ones(), 4);

  @AfterEach
  void allMemoryIsBack() {
    assertThat(memory.getAllocatedMemory()).isZero();
    memory.close();
  }

  @Test
  void initialisesEachParameterByItselfWhateverTheOrder() {
    try (ParameterStore one = new ParameterStore(List.of(items, weight, scale), memory);
        ParameterStore two = new ParameterStore(List.of(scale, items), memory)) {
      one.initialise(7);
      two.initialise(7);
      assertThat(one.column("items")).isEqualTo(two.column("items"));
      assertThat(Values.floats(two.column("scale"))).containsExactly(1, 1, 1, 1);
      float[] before = Values.floats(one.column("items"));
      one.initialise(8);
      assertThat(Values.floats(one.column("items"))).isNotEqualTo(before);
      one.initialise(7);
      assertThat(Values.floats(one.column("items"))).containsExactly(before);
    }
  }

  @Test
  void drawsFromTheInitializersDistributions() {
    try (ParameterStore store = new ParameterStore(List.of(items, weight), memory)) {
      store.initialise(1);
      double sum = 0;
      double squares = 0;
      for (float value : Values.floats(store.column("items"))) {
        sum += value;
        squares += value * value;
      }
      assertThat(sum / 3_000).isCloseTo(0, within(0.08));
      assertThat(squares / 3_000).isCloseTo(1, within(0.12));
      for (float value : Values.floats(store.column("weight"))) {
        assertThat(value).isBetween(-0.5f, 0.5f);
      }
    }
  }

  @Test
  void givesSeedsAndNamesIndependentDraws() {
    Parameter twin = Parameter.embedding("items2", Initializer.normal(1), 1_000, 3);
    try (ParameterStore store = new ParameterStore(List.of(items, twin), memory)) {
      store.initialise(0);
      float[] a = Values.floats(store.column("items"));
      float[] b = Values.floats(store.column("items2"));
      double product = 0;
      for (int i = 0; i < a.length; i++) {
        product += a[i] * b[i];
      }
      assertThat(product / a.length).isCloseTo(0, within(0.08));
    }
  }

  @Test
  void copiesValuesOutAndIn() {
    try (ParameterStore one = new ParameterStore(List.of(weight, scale), memory);
        ParameterStore two = new ParameterStore(List.of(weight), memory)) {
      one.initialise(3);
      ByteBuffer bytes = ByteBuffer.allocateDirect(810).order(ByteOrder.nativeOrder());
      one.copyOut("weight", bytes);
      assertThat(bytes.position()).isEqualTo(800);
      bytes.flip();
      assertThat(bytes.getFloat(4 * 137)).isEqualTo(Values.floats(one.column("weight"))[137]);
      two.copyIn("weight", bytes);
      assertThat(two.column("weight")).isEqualTo(one.column("weight"));
      assertThatThrownBy(() -> one.copyIn("scale", bytes))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("WrongSize"))
          .hasMessageContaining("\"scale\" of size [4] takes 16 bytes but the buffer has 800");
      assertThatThrownBy(() -> one.copyOut("weight", ByteBuffer.allocate(9)))
          .hasMessageContaining("the buffer has 9");
    }
  }

  @Test
  void gathersAndPutsRows() {
    Parameter table = Parameter.embedding("table", Initializer.zeros(), 4, 2);
    try (ParameterStore store = new ParameterStore(List.of(table), memory)) {
      store.copyIn(
          "table", Values.column(new float[] {0, 1, 10, 11, 20, 21, 30, 31}, 4, 2).bytes());
      FloatBuffer out = FloatBuffer.allocate(10);
      store.gatherRows("table", new long[] {3, 0, 3}, out);
      assertThat(out.position()).isEqualTo(6);
      assertThat(out.array()).containsExactly(30, 31, 0, 1, 30, 31, 0, 0, 0, 0);
      store.putRows("table", new long[] {1, 0}, FloatBuffer.wrap(new float[] {-1, -2, -3, -4}));
      assertThat(Values.floats(store.column("table")))
          .containsExactly(-3, -4, -1, -2, 20, 21, 30, 31);
      assertThatThrownBy(() -> store.gatherRows("table", new long[] {4}, out))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("NoSuchRow"))
          .hasMessageContaining("row 4 of table \"table\"")
          .hasMessageContaining("rows 0 to 3");
    }
  }

  @Test
  void refusesWhatItCannotHold() {
    Parameter huge = Parameter.embedding("huge", Initializer.zeros(), 1L << 28, 2);
    assertThatThrownBy(() -> new ParameterStore(List.of(scale, huge), memory))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("TableTooLarge"))
        .hasMessageContaining("\"huge\"")
        .hasMessageContaining("2 GiB");
    Parameter endless = Parameter.embedding("endless", Initializer.zeros(), 1L << 40, 1L << 40);
    assertThatThrownBy(() -> new ParameterStore(List.of(endless), memory))
        .hasMessageContaining("more than 2^63");
    Parameter other = Parameter.dense("scale", Initializer.ones(), 5);
    assertThatThrownBy(() -> new ParameterStore(List.of(scale, scale, other), memory))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("DuplicateParameter"))
        .hasMessageContaining("[4] and [5]");
  }

  @Test
  void namesTheNearestParameter() {
    try (ParameterStore store = new ParameterStore(List.of(items, scale), memory)) {
      assertThatThrownBy(() -> store.column("item"))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("UnknownParameter"))
          .hasMessageContaining("did you mean \"items\"?");
      assertThat(store.parameters()).containsExactly(items, scale);
      assertThat(store.parameter("scale")).isSameAs(scale);
    }
  }
}
