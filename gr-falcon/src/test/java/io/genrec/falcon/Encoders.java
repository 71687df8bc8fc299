package io.genrec.falcon;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.examples.baselines.DcnV2;
import io.genrec.examples.baselines.Din;
import io.genrec.examples.baselines.FuxiAlpha;
import io.genrec.hstu.Hstu;
import io.genrec.hstu.Stu;
import io.genrec.transformer.Llama;
import io.genrec.transformer.Sasrec;
import java.util.List;

/** Encoders in block form with all scopes of caching that there are. */
final class Encoders {
  private Encoders() {}

  static Scoring.Encoder hstu(String options) {
    return encoder(new Hstu(), options);
  }

  private static <C extends Record> Scoring.Encoder encoder(
      EncoderFactory<C> factory, String options) {
    C config = StrictConfig.parse("test", options).as(factory.configType());
    return (scope, schema) -> factory.create(config, scope, schema);
  }

  /** An encoder with a name for messages. */
  record Named(String name, Scoring.Encoder encoder) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static <C extends Record> Named named(EncoderFactory<C> factory, String options) {
    return new Named(factory.name() + " " + options, encoder(factory, options));
  }

  /** Those of which history rows stay right when events follow: what finding items needs. */
  static List<Named> whoseRowsStay() {
    return all().stream()
        .filter(named -> !named.name().contains("contextSeesHistory"))
        .filter(named -> !named.name().contains("lastLayers"))
        .toList();
  }

  /** Encoders that are no blocks: fewer of a sequence's tokens are trained than it may ask for. */
  static List<Named> ofLastTokens() {
    return List.of(
        named(new Din(), "{\"lastTokens\": 2}"), named(new DcnV2(), "{\"lastTokens\": 2}"));
  }

  static List<Named> all() {
    return List.of(
        named(new Hstu(), "{\"heads\": 2}"),
        named(new Hstu(), "{\"heads\": 2, \"timeBias\": false, \"blocks\": 3}"),
        named(new Hstu(), "{\"heads\": 2, \"attention\": \"softmax\", \"dqk\": 3, \"dv\": 5}"),
        named(new Stu(), "{\"heads\": 2, \"blocks\": 2}"),
        named(new Stu(), "{\"heads\": 2, \"blocks\": 2, \"contextSeesHistory\": true}"),
        named(
            new Stu(),
            "{\"heads\": 2, \"blocks\": 2, \"lastLayers\": 1, \"lastTokens\": 4, \"time\": \"none\"}"),
        named(
            new Stu(),
            "{\"heads\": 2, \"blocks\": 2, \"position\": \"absolute\", \"time\": \"none\"}"),
        named(new Sasrec(), "{\"heads\": 2}"),
        named(new Llama(), "{\"heads\": 4, \"keyValueHeads\": 2}"),
        named(new FuxiAlpha(), "{\"heads\": 2}"));
  }
}
