package io.genrec.falcon;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.falcon.Workspaces.Purpose;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The history and a few candidates in one pass, again for each few. Thread-safe. */
final class OnePassStrategy implements InferenceStrategy {
  private static final int MAX_SEQUENCES = 32;

  /** Bounds a run's matrices of attention by two tokens. */
  private static final long MAX_CELLS = 4L << 20;

  private final ScoringModel model;
  private final int microBatch;
  private final SharedWork work;
  private final Workspaces workspaces;
  private final Task task;

  /** A history and some of its candidates: one sequence of a run. */
  private record Piece(
      ScoringRequest request, Answer answer, MicroBatches.Range range, int history) {
    int length() {
      return history + range.size();
    }
  }

  /**
   * A strategy.
   *
   * @param microBatch the most candidates of a sequence
   * @param workers how many runs are computed at a time
   */
  OnePassStrategy(ScoringModel model, int microBatch, int workers) {
    this.model = model;
    this.microBatch = microBatch;
    this.work = new SharedWork(workers);
    this.workspaces = new Workspaces(model.allocator());
    this.task = model.task();
  }

  /**
   * Refuses an encoder with which candidates of one sequence see each other: said, or tried out.
   */
  void requireIndependentCandidates() {
    if (!model.capabilities().independentCandidates()) {
      throw new GenRecException(
          "CandidatesMeet",
          "in this encoder the candidates of one sequence see each other; score with the strategy"
              + " \"full\"");
    }
    ScoringRequest both =
        new ScoringRequest(Candidates.items(), 0, 0, Optional.empty(), Candidates.items(0, 1));
    ScoringRequest turned =
        new ScoringRequest(Candidates.items(), 0, 0, Optional.empty(), Candidates.items(1, 1));
    Scores a = score(List.of(both)).get(0);
    Scores b = score(List.of(turned)).get(0);
    for (String name : a.names()) {
      double[] second = a.of(name);
      double[] same = b.of(name);
      double size = Math.max(1, Math.abs(second[1]));
      if (Math.abs(second[1] - same[1]) > 1e-5 * size) {
        throw new GenRecException(
            "CandidatesMeet",
            "with this encoder a candidate's score depends on the other candidates of its pass"
                + " (prediction \""
                + name
                + "\" of a candidate became "
                + same[1]
                + " instead of "
                + second[1]
                + " beside another one); score with the strategy \"full\"");
      }
    }
  }

  @Override
  public List<Scores> score(List<ScoringRequest> requests) {
    List<Answer> answers = new ArrayList<>();
    List<Piece> pieces = new ArrayList<>();
    for (ScoringRequest request : requests) {
      Answer answer = new Answer(model, request.candidates().size());
      answers.add(answer);
      int candidates = request.candidates().size();
      int history = task.requestLength(request.history(), candidates) - candidates;
      for (MicroBatches.Range range : MicroBatches.of(candidates, microBatch)) {
        pieces.add(new Piece(request, answer, range, history));
      }
    }
    List<Runnable> runs = new ArrayList<>();
    for (int from = 0; from < pieces.size(); ) {
      List<Piece> run =
          pieces.subList(from, Math.min(pieces.size(), from + sequences(pieces, from)));
      runs.add(() -> run(run));
      from += run.size();
    }
    work.run(runs);
    return answers.stream().map(answer -> answer.scores(CacheUse.NONE)).toList();
  }

  /** How many pieces from one on go into one run: neighbours, whose lengths are much alike. */
  private static int sequences(List<Piece> pieces, int from) {
    int longest = 0;
    int count = 0;
    for (; from + count < pieces.size(); count++) {
      longest = Math.max(longest, pieces.get(from + count).length());
      if (count >= sequences(longest)) {
        break;
      }
    }
    return count;
  }

  /** The most sequences of a length that go into one run. */
  static int sequences(int length) {
    long cells = (long) length * length;
    return (int) Math.max(1, Math.min(MAX_SEQUENCES, MAX_CELLS / cells));
  }

  private void run(List<Piece> pieces) {
    Batch inputs = workspaces.take(Purpose.HISTORY);
    Batch outputs = workspaces.take(Purpose.PREDICTIONS);
    try {
      int length = pieces.stream().mapToInt(Piece::length).max().orElseThrow();
      TokenRow row = new TokenRow(inputs, pieces.size(), length, task.columns().inputs());
      for (int b = 0; b < pieces.size(); b++) {
        ScoringRequest request = pieces.get(b).request();
        MicroBatches.Range range = pieces.get(b).range();
        History candidates = request.candidates().slice(range.from(), range.to());
        task.writeRequest(request.history(), candidates, request.at(), row.at(b));
        RequestTokens.scoreAlone(inputs, b, request.at());
      }
      model.run(ScoringModel.Stage.WHOLE, inputs::column, outputs);
      for (int b = 0; b < pieces.size(); b++) {
        Piece piece = pieces.get(b);
        int first = b * length + piece.history();
        piece.answer().put(outputs, first, piece.range().from(), piece.range().size());
      }
    } finally {
      workspaces.give(Purpose.HISTORY, inputs);
      workspaces.give(Purpose.PREDICTIONS, outputs);
    }
  }

  @Override
  public void close() {
    work.close();
    workspaces.close();
  }
}
