package io.genrec.examples.recommend;

import io.genrec.api.inference.Event;
import io.genrec.api.inference.Recommendations;
import io.genrec.api.inference.Request;
import io.genrec.engine.Recommender;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Prints ten recommendations: {@code java -jar target/recommend.jar models/hstu 1193@978300760
 * 661@978302109}, a bundle and what a user did, as item and second since 1970, oldest first.
 */
public final class Recommend {
  private Recommend() {}

  /** Prints ten recommendations. */
  public static void main(String[] arguments) {
    List<Event> events = Arrays.stream(arguments).skip(1).map(Recommend::event).toList();
    try (Recommender recommender = Recommender.open(Path.of(arguments[0]))) {
      Recommendations answer = recommender.recommend(Request.of(events).k(10));
      answer.items().forEach(item -> System.out.println(item.item() + "\t" + item.score()));
    }
  }

  private static Event event(String text) {
    int at = text.lastIndexOf('@');
    return Event.of(text.substring(0, at), Long.parseLong(text.substring(at + 1)));
  }
}
