package io.genrec.testkit;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.inference.UserVector;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.scoring.CompiledModel;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.opentest4j.TestAbortedException;

/**
 * Rule 11. On a model that predicts items: histories that grow, asked about again, later and
 * together, give the last output of one pass over each. A strategy that gives no vectors says so,
 * for no request too, and so does any strategy on a model that ranks.
 */
final class UsersRule implements Rule<StrategyBench> {
  static final String TITLE = "rule 11: users' vectors are those of whole histories";

  private static final int HOUR = 3_600;
  private static final Schema ITEMS =
      new Schema(
          List.of(new Schema.Feature(Schema.ITEM, StrategyBench.ITEMS, 8)),
          StrategyBench.MAX_HISTORY,
          StrategyBench.MAX_HISTORY + 2);

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(StrategyBench bench) {
    try (InferenceStrategy ranking = bench.open()) {
      requireRefusal(ranking, List.of(), "a model that ranks");
    }
    try (Finding finding = new Finding(model(bench))) {
      check(bench, finding);
    }
  }

  private static void check(StrategyBench bench, Finding finding) {
    try (InferenceStrategy strategy = open(bench, finding)) {
      Random random = new Random(11);
      StrategyEvents one = StrategyEvents.draw(random, StrategyBench.MAX_HISTORY);
      StrategyEvents other = StrategyEvents.draw(random, 5);
      if (!givesVectors(strategy)) {
        requireRefusal(strategy, List.of(request(one, 3, 0, "one")), "a request");
        return;
      }
      List<List<ScoringRequest>> calls =
          List.of(
              List.of(request(one, 3, 0, "one")),
              List.of(request(one, 3, HOUR, "one"), request(other, 5, HOUR, "other")),
              List.of(request(one, 4, 0, "one")),
              List.of(request(one, 8, HOUR, "one"), request(one, 2, 0, "one")),
              List.of(request(other, 5, 9 * HOUR, "other"), request(other, 1, 0, "third")));
      for (List<ScoringRequest> call : calls) {
        requireVectors(finding, call, strategy.users(call));
      }
    }
  }

  private static Model model(StrategyBench bench) {
    try {
      return new Model("contract", ITEMS, scope -> bench.encoder(scope, ITEMS));
    } catch (GenRecException e) {
      throw new TestAbortedException(
          "nothing to check: the encoder needs more than items, " + e, e);
    }
  }

  private static InferenceStrategy open(StrategyBench bench, Finding finding) {
    try {
      return bench.open(finding.model);
    } catch (GenRecException e) {
      throw new TestAbortedException("nothing to check: a model of items is refused, " + e, e);
    }
  }

  private static boolean givesVectors(InferenceStrategy strategy) {
    try {
      List<UserVector> none = strategy.users(List.of());
      if (!none.isEmpty()) {
        throw new AssertionError("no request got " + none.size() + " answers");
      }
      return true;
    } catch (GenRecException e) {
      return false;
    }
  }

  private static void requireRefusal(
      InferenceStrategy strategy, List<ScoringRequest> requests, String what) {
    try {
      strategy.users(requests);
    } catch (GenRecException e) {
      return;
    }
    throw new AssertionError(
        "users' vectors for "
            + what
            + " must be refused, for instance with [GR/NoUserVectors], but are given");
  }

  private static ScoringRequest request(StrategyEvents events, int size, int later, String user) {
    History seen = events.slice(0, size);
    return new ScoringRequest(
        seen, 0, seen.time(size - 1) + later, Optional.of(user), Candidates.items());
  }

  private static void requireVectors(
      Finding finding, List<ScoringRequest> asked, List<UserVector> found) {
    if (found.size() != asked.size()) {
      throw new AssertionError(asked.size() + " requests got " + found.size() + " answers");
    }
    Tolerance tolerance = Tolerance.of(Precision.FLOAT64, "");
    for (int i = 0; i < asked.size(); i++) {
      double[] vector = found.get(i).values();
      double[] expected = finding.truth(asked.get(i));
      if (vector.length != expected.length) {
        throw new AssertionError(
            "a vector has " + vector.length + " entries but should have " + expected.length);
      }
      String what = asked.get(i).history().size() + " events (" + found.get(i).cache() + ")";
      tolerance.requireSame("the vector after " + what, vector, expected);
    }
  }

  /** A small model that predicts items, and the truth about it. Owns native memory. */
  private static final class Finding implements AutoCloseable {
    private final Task task = new NamedTask().create(new NamedTask.Config(), ITEMS);
    private final BufferAllocator memory = new RootAllocator();
    private final ParameterStore parameters;
    private final CompiledModel model;
    private final Session users;

    Finding(Model declared) {
      Weights weights = new Weights(declared.parameters().values());
      parameters = new ParameterStore(declared.parameters().values(), memory);
      weights.writeTo(parameters);
      SessionSettings settings = SessionSettings.cpu().precision(Precision.FLOAT64);
      model = new CompiledModel(declared, task, parameters, "contract", settings, memory);
      users = new Session(declared.users(), Precision.FLOAT64, memory);
      weights.writeTo(users);
    }

    /** The last token's output after one pass over the whole history. */
    double[] truth(ScoringRequest request) {
      int length = task.requestLength(request.history());
      TokenRow row = new TokenRow(users.inputs(), 1, length, task.columns().inputs());
      task.writeRequest(request.history(), request.at(), row.at(0));
      return users.run().values(Model.USER);
    }

    @Override
    public void close() {
      users.close();
      model.close();
      parameters.close();
      // What a strategy keeps beyond its end is for rule 10 to tell.
      if (memory.getAllocatedMemory() == 0) {
        memory.close();
      }
    }
  }
}
