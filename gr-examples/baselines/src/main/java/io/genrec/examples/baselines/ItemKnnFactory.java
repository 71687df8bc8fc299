package io.genrec.examples.baselines;

import io.genrec.api.inference.Baseline;
import io.genrec.api.inference.BaselineFactory;

/** Makes item-based nearest neighbours, named {@code item-knn}. */
public final class ItemKnnFactory implements BaselineFactory<ItemKnnConfig> {
  @Override
  public String name() {
    return "item-knn";
  }

  @Override
  public Class<ItemKnnConfig> configType() {
    return ItemKnnConfig.class;
  }

  @Override
  public Baseline create(ItemKnnConfig config) {
    return new ItemKnn(config);
  }
}
