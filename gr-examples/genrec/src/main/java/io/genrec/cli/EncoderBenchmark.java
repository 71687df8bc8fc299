package io.genrec.cli;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.model.Model;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.training.StepReport;
import io.genrec.engine.training.StochasticLength;
import io.genrec.engine.wiring.Registry;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;

/** Times an encoder on histories of one length, and counts the memory of its activations. */
final class EncoderBenchmark {
  private static final String PUBLISHED = "ml-1m-hstu";
  private static final int WARM_UP = 2;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Kind kind;
  private final int length;
  private final Options options;
  private final Registry registry;
  private final Device device;
  private final BufferAllocator memory;
  private final TrainingData data;

  /** What is compared. */
  enum Kind {
    /** HSTU. */
    HSTU("hstu", 14),
    /** The same, trained on histories that Stochastic Length cuts. */
    HSTU_STOCHASTIC_LENGTH("hstu stochastic-length", 14),
    /** The Llama form. */
    LLAMA("llama", 33);

    private final String label;
    private final int published;

    Kind(String label, int published) {
      this.label = label;
      this.published = published;
    }

    /** What a row calls it. */
    String label() {
      return label;
    }

    /**
     * The bytes of a token's activations in a layer over the model's width, in bfloat16, by arXiv
     * 2402.17152, section 3.3: HSTU's, and a Transformer's.
     */
    int published() {
      return published;
    }

    private String encoder(Options options) {
      Map<String, Object> encoder = new LinkedHashMap<>();
      encoder.put("name", this == LLAMA ? "llama" : "hstu");
      encoder.put("blocks", options.layers());
      encoder.put("heads", options.heads());
      encoder.put("inputDropout", 0);
      encoder.put(this == LLAMA ? "residualDropout" : "linearDropout", 0);
      encoder.put("output", "l2");
      return StrictConfig.toJson(encoder);
    }
  }

  /**
   * What all rows have in common.
   *
   * @param alpha of Stochastic Length
   * @param repeat timed steps, and timed passes of inference
   * @param recompute whether gradients compute matrices of pairs again
   */
  record Options(
      int batch,
      int dim,
      int heads,
      int layers,
      int items,
      int negatives,
      double alpha,
      int repeat,
      boolean recompute) {
    private Options deeper() {
      return new Options(batch, dim, heads, layers + 1, items, negatives, alpha, repeat, recompute);
    }
  }

  /**
   * A row of the table.
   *
   * @param tokens of a step, the mean
   * @param offered the same before Stochastic Length left some out
   * @param stepMillis the median of a training step by the clock
   * @param stepCpuMillis the processor time of a step, all threads together, the mean
   * @param inferenceMillis the median of one pass over one history, on one thread
   * @param activations of one sequence
   */
  record Result(
      int n,
      Kind kind,
      double tokens,
      double offered,
      double stepMillis,
      double stepCpuMillis,
      double inferenceMillis,
      Activations activations) {}

  /**
   * The memory of a training step's intermediate values as {@link ActivationBytes} counts it, for
   * one sequence that is a micro-batch of its own.
   *
   * @param length of the sequence; with Stochastic Length what stays of one that is cut
   * @param bytes in all
   * @param layerBytes what a further layer adds, for each token
   * @param wholeBytes in all, for a history that is not cut
   */
  record Activations(int length, long bytes, double layerBytes, long wholeBytes) {
    /** A layer's bytes for each token over the model's width, if each real took 16 bits. */
    double widths(int dim) {
      return layerBytes * Short.BYTES / Float.BYTES / dim;
    }
  }

  EncoderBenchmark(
      Kind kind,
      int length,
      Options options,
      Registry registry,
      Device device,
      BufferAllocator memory) {
    this.kind = kind;
    this.length = length;
    this.options = options;
    this.registry = registry;
    this.device = device;
    this.memory = memory;
    this.data = new SyntheticHistories(options.batch(), length + 1, options.items()).data();
  }

  private RunConfig config(Options shape) {
    Map<String, String> settings =
        new LinkedHashMap<>(
            new BenchShape(shape.batch(), length, shape.dim(), shape.negatives(), "batch")
                .settings());
    settings.put("encoder", kind.encoder(shape));
    settings.put("training/recompute", "" + shape.recompute());
    settings.put("epochs", "" + (WARM_UP + shape.repeat()));
    if (kind == Kind.HSTU_STOCHASTIC_LENGTH) {
      settings.put("training/stochasticLength/alpha", "" + shape.alpha());
      settings.put("training/stochasticLength/length", "" + length);
    }
    return ConfigSource.read(PUBLISHED, settings);
  }

  /** Counts the memory of activations, without running anything. */
  Activations activations() {
    StochasticLength stochastic = config(options).training().stochasticLength();
    int tokens = stochastic == null ? length : stochastic.threshold();
    long bytes = activations(options, tokens);
    double layer = (double) (activations(options.deeper(), tokens) - bytes) / tokens;
    long whole = tokens == length ? bytes : activations(options, length);
    return new Activations(tokens, bytes, layer, whole);
  }

  private long activations(Options shape, int tokens) {
    RunConfig config = config(shape);
    Model model =
        ModelBuilder.model(config, ModelBuilder.schema(config.model(), data.fields()), registry);
    Sampler sampler = registry.sampler(config.sampler(), new SamplerContext(data.counts()));
    boolean positions = config.training().stochasticLength() != null;
    Graph graph =
        model.training(
            registry.loss(config.loss()), sampler.sharing(), true, Set.of(Role.EVENT), positions);
    Map<String, Long> sizes =
        Map.of("batch", 1L, "length", (long) tokens, "negatives", (long) sampler.count());
    // Compiled, since kernels take the place of formulas then.
    try (CompiledGraph compiled = CompiledGraph.of(graph, config.training().session(device))) {
      return ActivationBytes.peak(
          compiled.program(),
          dim -> {
            Long known = sizes.get(dim);
            return known != null ? known : LinkOption.rowsOf(model, dim);
          });
    }
  }

  /** The bytes of activations that are held at once if each worker trains on a whole history. */
  long needed(Activations counted) {
    return config(options).training().workers() * counted.wholeBytes();
  }

  /** Trains and infers. */
  Result run(Activations activations, Reporter reporter) {
    RunConfig config = config(options);
    try (TrainingRun training = new TrainingRun(config, data, registry, device, memory)) {
      StepTimes times = new StepTimes(WARM_UP, config.epochs(), reporter);
      training.train(times);
      return new Result(
          length,
          kind,
          times.mean(StepReport::tokens),
          times.mean(StepReport::offered),
          times.medianNanos() / NANOS_PER_MILLI,
          times.meanProcessorMillis(),
          inference(training, config.training().session(device)),
          activations);
    }
  }

  /** Milliseconds from tokens to the last one's output. */
  private double inference(TrainingRun training, SessionSettings settings) {
    History history = data.training().get(0);
    try (CompiledGraph graph = CompiledGraph.of(training.model().users(), settings);
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      int tokens = training.task().requestLength(history);
      TokenRow row = new TokenRow(inputs, 1, tokens, training.task().features(), List.of());
      training.task().writeRequest(history, history.time(history.size() - 1) + 1, row.at(0));
      double[] nanos = new double[options.repeat()];
      for (int i = -WARM_UP; i < nanos.length; i++) {
        long taken =
            graph
                .run(
                    name ->
                        inputs.columns().containsKey(name)
                            ? inputs.column(name)
                            : training.parameters().column(name),
                    outputs)
                .nanos();
        if (i >= 0) {
          nanos[i] = taken;
        }
      }
      Arrays.sort(nanos);
      return nanos[nanos.length / 2] / NANOS_PER_MILLI;
    }
  }
}
