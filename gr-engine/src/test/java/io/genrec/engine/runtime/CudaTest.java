package io.genrec.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.onnx.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Needs a GPU and the profile {@code cuda}: {@code mvn -Pcuda verify -Dgroups=cuda}. */
@Tag("cuda")
class CudaTest {
  private static final int ROWS = 50;
  private static final int DIM = 32;
  private static final int BATCH = 4;
  private static final int LENGTH = 20;

  /** One pointwise attention layer over embedded items, its loss and gradients. */
  private static Graph layer() {
    Graph graph = Graph.inference("layer");
    Tensor table = graph.input("table", ElementType.FLOAT, "rows", DIM);
    Tensor w = graph.input("w", ElementType.FLOAT, DIM, 4 * DIM);
    Tensor out = graph.input("out", ElementType.FLOAT, DIM, DIM);
    Tensor bias = graph.input("bias", ElementType.FLOAT, 2 * LENGTH);
    Tensor ids = graph.input("ids", ElementType.INT64, "batch", "length");
    Tensor x = table.gather(ids);
    List<Tensor> uvqk = x.layerNorm(1e-6).matmul(w).silu().split(-1, DIM, DIM, DIM, DIM);
    Tensor place = graph.range(x.dim(1));
    Tensor distance = place.unsqueeze(1).minus(place.unsqueeze(0));
    Tensor relative = bias.gather(distance.plus(LENGTH)).unsqueeze(0);
    Tensor seen = distance.atLeast(graph.constant(0L)).cast(ElementType.FLOAT).unsqueeze(0);
    Tensor weights = uvqk.get(2).matmul(uvqk.get(3).swap(1, 2)).plus(relative).silu();
    Tensor mixed = weights.times(seen).times(1.0 / LENGTH).matmul(uvqk.get(1));
    Tensor y = mixed.layerNorm(1e-6).times(uvqk.get(0)).matmul(out).plus(x).l2Norm(1e-6);
    Tensor loss = y.matmul(table.swap(0, 1)).logSoftmax(-1).mean(0, 1, 2).sumAll();
    graph.output("y", y);
    graph.output("loss", loss);
    List<Tensor> sources = List.of(table, w, out, bias);
    List<Tensor> gradients = Gradients.of(loss, sources);
    for (int i = 0; i < sources.size(); i++) {
      graph.output("d" + i, gradients.get(i));
    }
    return graph;
  }

  private static List<double[]> run(Device device) {
    try (Evaluation run =
        new Evaluation(layer(), new SessionSettings(device, 1, Precision.FLOAT32))) {
      Random random = new Random(1);
      run.reals("table", normal(random, ROWS * DIM, 1), ROWS, DIM);
      run.reals("w", normal(random, DIM * 4 * DIM, 0.1), DIM, 4 * DIM);
      run.reals("out", normal(random, DIM * DIM, 0.1), DIM, DIM);
      run.reals("bias", normal(random, 2 * LENGTH, 0.1), 2 * LENGTH);
      run.whole("ids", random.longs(BATCH * LENGTH, 0, ROWS).toArray(), BATCH, LENGTH);
      run.run();
      List<double[]> results = new ArrayList<>();
      for (String output : List.of("y", "loss", "d0", "d1", "d2", "d3")) {
        results.add(run.get(output));
      }
      return results;
    }
  }

  private static double[] normal(Random random, int count, double deviation) {
    return random.doubles(count).map(unused -> random.nextGaussian() * deviation).toArray();
  }

  @Test
  void aLayerAndItsGradientsAreAsOnTheProcessor() {
    List<double[]> here = run(Device.CPU);
    List<double[]> there = run(Device.parse("cuda:0"));
    for (int i = 0; i < here.size(); i++) {
      double scale = Arrays.stream(here.get(i)).map(Math::abs).max().orElseThrow();
      // TensorFloat-32 products keep 10 bits.
      assertThat(there.get(i))
          .as("output %d", i)
          .containsExactly(here.get(i), within(5e-3 * scale));
    }
  }

  @Test
  void theProcessorRunsIt() {
    assertThat(run(Device.CPU)).allSatisfy(values -> assertThat(values).doesNotContain(Double.NaN));
  }
}
