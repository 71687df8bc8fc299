package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.inference.Event;
import io.genrec.api.sequence.History;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventSourceTest {
  private static List<Event> read(String text) throws IOException {
    return EventSource.read(
        Path.of("-"), new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void readsJsonLines() throws IOException {
    assertThat(
            read(
                "{\"item\": 318, \"time\": 20, \"rating\": 4.5}\n\n{\"item\": \"é\", \"time\": 10}"))
        .containsExactly(Event.of("é", 10), new Event("318", 20, Map.of("rating", "4.5")));
  }

  @Test
  void readsCsv() throws IOException {
    assertThat(read("time,item,rating\n1970-01-02,\"a,b\",\n5,c,3\n"))
        .containsExactly(new Event("c", 5, Map.of("rating", "3")), Event.of("a,b", 86_400));
  }

  @Test
  void keepsTheOrderOfEqualAndAbsentTimes() throws IOException {
    assertThat(read("item,time\nb,7\na,7\n")).extracting(Event::item).containsExactly("b", "a");
    assertThat(read("item\nb\na\n"))
        .containsExactly(Event.of("b", History.NO_TIME), Event.of("a", History.NO_TIME));
  }

  @Test
  void nothingIsNoEvents() throws IOException {
    assertThat(read("")).isEmpty();
    assertThat(read("item,time\n")).isEmpty();
  }

  @Test
  void withoutAnItemItIsAnEntryOfASeries() throws IOException {
    assertThat(read("{\"item\": \"a\", \"time\": 5}\n{\"follows\": \"z\", \"time\": 5}"))
        .containsExactly(Event.of("a", 5), Event.entry("follows", "z", 5));
    assertThat(read("item,time,follows\na,5,\n,6,z\n"))
        .containsExactly(Event.of("a", 5), Event.entry("follows", "z", 6));
  }

  @Test
  void namesTheLineThatIsWrong() {
    assertThatThrownBy(() -> read("{\"item\": \"a\"}\n{\"item\": }"))
        .hasMessageStartingWith("[GR/UnparsableRow] standard input line 2 is no event");
    assertThatThrownBy(() -> read("{\"time\": 5}"))
        .hasMessageContaining("line 1")
        .hasMessageContaining("it has no \"item\"");
    assertThatThrownBy(() -> read("{\"item\": [1]}")).hasMessageContaining("neither a text");
    assertThatThrownBy(() -> read("item,time\na,1\nb,soon\n"))
        .hasMessageStartingWith("[GR/InvalidValue] standard input line 3: \"time\" is \"soon\"");
    assertThatThrownBy(() -> read("itm,time\na,1\n"))
        .hasMessageStartingWith("[GR/MissingColumn]")
        .hasMessageContaining("did you mean \"itm\"?");
    assertThatThrownBy(() -> EventSource.read(Path.of("none.csv"), System.in))
        .hasMessageStartingWith("[GR/MissingFile]")
        .hasMessageContaining("none.csv");
  }
}
