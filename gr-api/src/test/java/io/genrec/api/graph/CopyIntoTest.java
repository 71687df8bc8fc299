package io.genrec.api.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CopyIntoTest {
  private final Graph from = Graph.inference("from");
  private final Tensor x = from.input("x", ElementType.FLOAT, "n", 3);
  private final Tensor y = from.input("y", ElementType.FLOAT, "n", 3);
  private final Tensor sum = x.plus(y);
  private final Tensor root = sum.sqrt();
  private final Graph to = Graph.inference("to");
  private final Tensor z = to.input("z", ElementType.FLOAT, "n", 3);

  @Test
  void makesWhatIsWantedAndNothingElse() {
    y.exp();
    List<Tensor> copies = from.copyInto(to, Map.of(x, z, y, z), List.of(root, sum));

    assertThat(copies.get(0).node().input(0)).isSameAs(copies.get(1));
    assertThat(copies.get(1).node().inputs()).containsExactly(z, z);
    assertThat(to.nodes())
        .extracting(node -> node.op().onnxName())
        .containsExactly("Input", "Add", "Sqrt");
  }

  @Test
  void whatIsGivenIsNotMadeAgain() {
    List<Tensor> copies = from.copyInto(to, Map.of(sum, z), List.of(root));

    assertThat(copies.get(0).node().inputs()).containsExactly(z);
    assertThat(to.nodes()).hasSize(2);
  }

  @Test
  void namesTheInputThatIsMissing() {
    assertThatThrownBy(() -> from.copyInto(to, Map.of(x, z), List.of(root)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"y\"")
        .hasMessageContaining("from");
  }
}
