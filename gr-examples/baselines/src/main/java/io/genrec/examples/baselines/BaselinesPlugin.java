package io.genrec.examples.baselines;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.inference.BaselineFactory;
import io.genrec.api.plugin.Plugin;
import java.util.List;

/**
 * Brings the encoders {@code gru4rec}, {@code fuxi-alpha}, {@code din} and {@code dcn-v2}, and the
 * baselines {@code item-knn} and {@code ease}.
 */
public final class BaselinesPlugin implements Plugin {
  @Override
  public List<EncoderFactory<?>> encoders() {
    return List.of(new Gru4Rec(), new FuxiAlpha(), new Din(), new DcnV2());
  }

  @Override
  public List<BaselineFactory<?>> baselines() {
    return List.of(new ItemKnnFactory(), new EaseFactory());
  }
}
