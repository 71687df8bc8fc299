package io.genrec.cli;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Step;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.RunTime;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.runtime.Workers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.function.ToLongFunction;
import org.apache.arrow.memory.BufferAllocator;

/** Matrix products as a measure of work: how many a program does, and how many a machine can do. */
final class MatMulWork {
  private static final int SIZE = 384;
  private static final int ROUNDS = 60;

  private MatMulWork() {}

  /** The additions and multiplications of a program's matrix products. */
  static double operations(Program program, ToLongFunction<String> sizes) {
    Map<String, TensorType> types = new HashMap<>(program.inputs());
    double sum = 0;
    for (Step step : program.steps()) {
      for (int i = 0; i < step.outputs().size(); i++) {
        types.put(step.outputs().get(i), step.types().get(i));
      }
      if (step.op().equals("MatMul")) {
        TensorType left = Objects.requireNonNull(types.get(step.inputs().get(0)));
        long inner = left.shape().dim(-1).size(sizes);
        sum += 2.0 * inner * step.types().get(0).shape().entries().size(sizes);
      }
    }
    return sum;
  }

  /** What products of middle size reach on so many workers at once, in 10^9 operations a second. */
  static double limit(int workers, BufferAllocator memory) {
    Graph graph = Graph.inference("product");
    var a = graph.input("a", ElementType.FLOAT, SIZE, SIZE);
    var b = graph.input("b", ElementType.FLOAT, SIZE, SIZE);
    graph.output("c", a.matmul(b));
    List<Batch> batches = new ArrayList<>();
    try (CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu());
        Workers pool = new Workers(workers);
        Batch inputs = new Batch(memory)) {
      inputs.floats("a", SIZE, SIZE);
      inputs.floats("b", SIZE, SIZE);
      double best = 0;
      for (int round = 0; round < ROUNDS; round++) {
        List<Future<RunTime>> runs = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
          if (batches.size() <= worker) {
            batches.add(new Batch(memory));
          }
          Batch outputs = batches.get(worker);
          outputs.clear();
          runs.add(pool.submit(() -> compiled.run(inputs::column, outputs)));
        }
        double rate = 0;
        for (Future<RunTime> run : runs) {
          rate += 2.0 * SIZE * SIZE * SIZE / Workers.await(run).nanos();
        }
        best = Math.max(best, rate);
      }
      return best;
    } finally {
      batches.forEach(Batch::close);
    }
  }
}
