package io.genrec.engine.transfer;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.engine.model.Model;
import java.util.Map;
import java.util.Optional;

/** Which rows of one model's table are which of another's, by their raw ids. */
final class TableRows {
  /** A row whose id the other model does not know. */
  static final int NEW = -1;

  private TableRows() {}

  /** The feature whose raw ids a parameter has rows for; empty for weights and buckets. */
  static Optional<String> feature(Parameter parameter, Model model) {
    return model.schema().vocabularies().stream()
        .map(Schema.Feature::name)
        .filter(name -> model.table(name).equals(parameter))
        .findFirst();
  }

  /**
   * For each row of a table that of the source, or {@link #NEW}; row 0 is row 0.
   *
   * @param vocabularies the raw ids of the model's features
   * @throws GenRecException {@code MissingVocabulary}
   */
  static int[] of(
      Parameter table,
      TransferSource source,
      Model model,
      Map<String, ? extends Vocabulary> vocabularies) {
    String feature = feature(table, model).orElseThrow();
    Vocabulary own = vocabularies.get(feature);
    if (own == null) {
      throw new GenRecException(
          "MissingVocabulary",
          "the raw ids of feature \""
              + feature
              + "\" are needed to match its table's rows, but only those of "
              + vocabularies.keySet()
              + " are given");
    }
    Vocabulary other = source.vocabulary(feature);
    int[] rows = new int[Math.toIntExact(table.size().get(0))];
    for (int row = 1; row < rows.length; row++) {
      int there = other.row(own.id(row));
      rows[row] = there == VocabularyFile.UNKNOWN ? NEW : there;
    }
    return rows;
  }
}
