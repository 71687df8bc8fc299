package io.genrec.falcon;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.EncoderFactory;
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

  static List<Scoring.Encoder> all() {
    return List.of(
        hstu("{\"heads\": 2}"),
        hstu("{\"heads\": 2, \"timeBias\": false, \"blocks\": 3}"),
        hstu("{\"heads\": 2, \"attention\": \"softmax\", \"dqk\": 3, \"dv\": 5}"),
        encoder(new Stu(), "{\"heads\": 2, \"blocks\": 2}"),
        encoder(
            new Stu(),
            "{\"heads\": 2, \"blocks\": 2, \"lastLayers\": 1, \"lastTokens\": 4, \"time\": \"none\"}"),
        encoder(
            new Stu(),
            "{\"heads\": 2, \"blocks\": 2, \"position\": \"absolute\", \"time\": \"none\"}"),
        encoder(new Sasrec(), "{\"heads\": 2}"),
        encoder(new Llama(), "{\"heads\": 4, \"keyValueHeads\": 2}"));
  }
}
