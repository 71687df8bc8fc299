package io.genrec.testkit;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Rule 7. Two constructions give the same parameters in the same order, with the same first values,
 * all in the encoder's scope; a graph reads no others. (That a name is not taken twice is seen by
 * the scope.)
 */
final class NamesRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 7: parameters have stable names in the encoder's scope";

  /** What a checkpoint knows of a parameter. */
  private record Declared(String name, List<Long> size, Parameter.Kind kind) {}

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    Model model = bench.build(bench.roles());
    Model again = bench.build(bench.roles());
    List<Declared> declared = declared(model);
    if (!declared.equals(declared(again))) {
      throw new AssertionError(
          "the encoder, made twice, declares " + declared + " and then " + declared(again));
    }
    requireSameFirstValues(bench, model, again);
    Graph graph = model.inspect("read", tokens -> Map.of("y", model.encoder().encode(tokens)));
    for (Parameter parameter : graph.parameters().values()) {
      if (!model.parameters().containsValue(parameter)) {
        throw new AssertionError(
            "the encoder reads a parameter \""
                + parameter.name()
                + "\" that it has not declared in the scope that it was given");
      }
    }
  }

  private static List<Declared> declared(Model model) {
    return model.parameters().values().stream()
        .map(p -> new Declared(p.name(), p.size(), p.kind()))
        .toList();
  }

  private static void requireSameFirstValues(EncoderBench bench, Model model, Model again) {
    try (ParameterStore first = new ParameterStore(model.parameters().values(), bench.memory());
        ParameterStore second = new ParameterStore(again.parameters().values(), bench.memory())) {
      first.initialise(1);
      second.initialise(1);
      List<String> differing = new ArrayList<>();
      for (String name : model.parameters().keySet()) {
        Column a = first.column(name);
        Column b = second.column(name);
        if (!a.equals(b)) {
          differing.add(name);
        }
      }
      if (!differing.isEmpty()) {
        throw new AssertionError(
            "drawn twice with one seed, first values differ: initializers must use the generator"
                + " that they are given; "
                + differing);
      }
    }
  }
}
