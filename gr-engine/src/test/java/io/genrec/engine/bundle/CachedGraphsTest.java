package io.genrec.engine.bundle;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That stages equal one pass is tested with the encoders. */
class CachedGraphsTest {
  @Test
  void refusesAnEncoderThatIsNotMadeOfBlocks() {
    Schema schema =
        new Schema(
            List.of(new Schema.Feature("item", 5, 4), new Schema.Feature("rating", 5, 4)), 6, 7);
    SumEncoder.Factory factory = new SumEncoder.Factory("sum", 1);
    Model model =
        new Model("sum", schema, scope -> factory.create(new SumEncoder.Config(), scope, schema));
    assertThatThrownBy(model::cached)
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NotCacheable]")
        .hasMessageContaining("not made of blocks")
        .hasMessageContaining("name no strategy to find items by whole histories");
  }
}
