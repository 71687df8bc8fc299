package io.genrec.data;

import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Schema;
import io.genrec.data.DatasetInfo.Field;
import io.genrec.data.DatasetInfo.Kind;
import io.genrec.data.DatasetInfo.Scope;
import it.unimi.dsi.fastutil.floats.FloatArrayList;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/** What a data set offers to models, fitted on the training events of a split alone. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class FittedFields {
  /** Quantiles are kept for this many parts of equal size. */
  private static final int PARTS = 64;

  private FittedFields() {}

  /** The fields of a split's data, numbers with mean, deviation and quantiles. */
  public static Fields of(DatasetSplit split) {
    List<Fields.Category> categories = new ArrayList<>();
    List<Fields.Numeric> numbers = new ArrayList<>();
    List<String> actions = new ArrayList<>();
    for (Field field : split.data().info().fields()) {
      Integer rows = field.rows();
      // A user's numbers are no tokens; the number of a moment says nothing by itself.
      if (rows != null) {
        Schema.Owner owner = field.name().equals(Schema.ITEM) ? Schema.Owner.ITEM : field.owner();
        categories.add(new Fields.Category(field.name(), rows, owner));
      } else if (field.kind() == Kind.NUMERIC && field.scope() == Scope.EVENT) {
        numbers.add(fit(split, field));
      }
      actions.addAll(field.names());
    }
    return new Fields(categories, numbers, actions);
  }

  private static Fields.Numeric fit(DatasetSplit split, Field field) {
    FloatColumn column = split.data().numeric(field.name());
    FloatArrayList values = new FloatArrayList();
    double sum = 0;
    for (int user = 0; user < split.data().users(); user++) {
      int end = split.trainEnd(user);
      for (int event = 0; event < end; event++) {
        float value = column.get(user, event);
        if (!Float.isNaN(value)) {
          values.add(value);
          sum += value;
        }
      }
    }
    double mean = values.isEmpty() ? 0 : sum / values.size();
    double squares = 0;
    for (int i = 0; i < values.size(); i++) {
      squares += (values.getFloat(i) - mean) * (values.getFloat(i) - mean);
    }
    double deviation = values.isEmpty() ? 0 : Math.sqrt(squares / values.size());
    return new Fields.Numeric(
        field.name(), field.owner(), mean, deviation > 0 ? deviation : 1, quantiles(values));
  }

  /** Values that part the sorted ones into equal parts; each once. */
  private static List<Double> quantiles(FloatArrayList values) {
    values.sort(null);
    List<Double> quantiles = new ArrayList<>();
    for (int part = 1; part < PARTS && !values.isEmpty(); part++) {
      double value = values.getFloat((int) ((long) part * values.size() / PARTS));
      if (quantiles.isEmpty() || value > quantiles.get(quantiles.size() - 1)) {
        quantiles.add(value);
      }
    }
    return quantiles;
  }
}
