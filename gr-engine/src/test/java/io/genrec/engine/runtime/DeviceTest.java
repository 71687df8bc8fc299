package io.genrec.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.engine.onnx.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
  @Test
  void namesAreRead() {
    assertThat(Device.parse("cpu")).isEqualTo(Device.CPU).hasToString("cpu");
    assertThat(Device.parse("cuda")).isEqualTo(new Device(true, 0)).hasToString("cuda:0");
    assertThat(Device.parse("cuda:12")).isEqualTo(new Device(true, 12)).hasToString("cuda:12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda0", "", "CPU"})
  void unknownNamesAreRefused(String text) {
    assertThatThrownBy(() -> Device.parse(text))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("UnknownDevice"))
        .hasMessageContaining("\"" + text + "\"")
        .hasMessageContaining("known: cpu, cuda:0");
  }

  @Test
  void aNearMissIsNamed() {
    assertThatThrownBy(() -> Device.parse("cuda0"))
        .hasMessageContaining("did you mean \"cuda:0\"?");
    assertThatThrownBy(() -> Device.parse("CPU")).hasMessageContaining("did you mean \"cpu\"?");
  }

  @Test
  void cudaNeedsTheCudaBuild() {
    assumeFalse(
        OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA),
        "this build of ONNX Runtime knows CUDA");
    Graph graph = Graph.inference("square");
    graph.output("y", graph.input("x", ElementType.FLOAT, "n").square());
    SessionSettings cuda = new SessionSettings(Device.parse("cuda:0"), 1, Precision.FLOAT32);
    assertThatThrownBy(() -> CompiledGraph.of(graph, cuda))
        .isInstanceOfSatisfying(GenRecException.class, e -> assertThat(e.id()).isEqualTo("NoCuda"))
        .hasMessageContaining("\"cuda:0\"")
        .hasMessageContaining("use device \"cpu\"")
        .hasMessageContaining("-Pcuda");
  }
}
