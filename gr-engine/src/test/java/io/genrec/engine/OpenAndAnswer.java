package io.genrec.engine;

import io.genrec.api.inference.Event;
import io.genrec.api.inference.Request;
import io.genrec.engine.bundle.SmallModel;
import java.nio.file.Path;
import java.util.List;

/** A program that opens the bundle of its argument and answers one request. */
public final class OpenAndAnswer {
  private OpenAndAnswer() {}

  public static void main(String[] arguments) {
    try (Recommender recommender =
        Recommender.builder(Path.of(arguments[0])).registry(SmallModel.registry()).open()) {
      Request request = Request.of(List.of(Event.of("i1", 0))).k(3);
      System.out.println("answers " + recommender.recommend(request).items().size());
    }
  }
}
