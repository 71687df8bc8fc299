package io.genrec.cli;

import io.genrec.api.inference.Candidate;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetInfo;
import io.genrec.data.SequenceDataset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What a data set knows of its items, as raw values: those of the first event of each, without what
 * belongs to the moment.
 */
final class ItemFeatures {
  private final SequenceDataset data;
  private final VocabularyFile items;
  private final Map<String, VocabularyFile> categories = new LinkedHashMap<>();
  private final List<String> numbers = new ArrayList<>();

  ItemFeatures(SequenceDataset data, BufferAllocator memory) {
    this.data = data;
    this.items = data.itemVocabulary(memory);
    for (DatasetInfo.Field field : data.info().fields()) {
      boolean ofItem =
          field.scope() == DatasetInfo.Scope.EVENT
              && field.owner() != Schema.Owner.REQUEST
              && field.owner() != Schema.Owner.SERIES
              && !field.name().equals(Schema.ITEM);
      if (ofItem && field.kind() == DatasetInfo.Kind.CATEGORICAL) {
        categories.put(field.name(), data.vocabulary(field.name(), memory));
      } else if (ofItem && field.kind() == DatasetInfo.Kind.NUMERIC) {
        numbers.add(field.name());
      }
    }
  }

  /** Candidates with what they do not say themselves. */
  List<Candidate> fill(List<Candidate> candidates) {
    Map<Integer, Map<String, String>> known = new LinkedHashMap<>();
    candidates.forEach(candidate -> known.put(items.row(candidate.item()), Map.of()));
    for (int user = 0; user < data.users(); user++) {
      for (int event = 0; event < data.length(user); event++) {
        int row = data.item(user, event);
        if (row != 0 && Map.of().equals(known.get(row))) {
          known.put(row, at(user, event));
        }
      }
    }
    return candidates.stream()
        .map(
            candidate -> {
              Map<String, String> all =
                  new LinkedHashMap<>(known.getOrDefault(items.row(candidate.item()), Map.of()));
              all.putAll(candidate.features());
              return new Candidate(candidate.item(), all);
            })
        .toList();
  }

  private Map<String, String> at(int user, int event) {
    Map<String, String> values = new LinkedHashMap<>();
    categories.forEach(
        (name, vocabulary) -> {
          int row = data.categorical(name).get(user, event);
          if (row != VocabularyFile.UNKNOWN) {
            values.put(name, vocabulary.id(row));
          }
        });
    for (String name : numbers) {
      float value = data.numeric(name).get(user, event);
      if (!Float.isNaN(value)) {
        values.put(name, Float.toString(value));
      }
    }
    return values;
  }
}
