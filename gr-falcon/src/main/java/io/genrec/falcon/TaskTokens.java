package io.genrec.falcon;

import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import java.util.List;

/** Requests as tokens of a task: the one place that knows how candidates become tokens. */
final class TaskTokens {
  private final Task task;

  TaskTokens(Task task) {
    this.task = task;
  }

  /** The tokens of a history, which may be empty. */
  int length(History history) {
    return history.size() == 0 ? 0 : task.requestLength(history);
  }

  /** Begins the columns of a batch. */
  TokenRow columns(Batch batch, int sequences, int length) {
    return new TokenRow(batch, sequences, length, task.features(), List.of());
  }

  /** Writes the history of a request. */
  void history(ScoringRequest request, TokenRow row) {
    if (request.history().size() > 0) {
      task.writeRequest(request.history(), request.at(), row);
    }
  }

  /**
   * Writes candidates of a request.
   *
   * @param first the slot of the first one
   */
  void candidates(ScoringRequest request, MicroBatches.Range range, int first, TokenRow row) {
    for (int i = 0; i < range.size(); i++) {
      row.token(Role.CANDIDATE, first + i, request.at(), request.at());
      for (String feature : task.features()) {
        row.feature(feature, first + i, request.candidates().category(feature, range.from() + i));
      }
    }
  }
}
