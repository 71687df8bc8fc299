package io.genrec.cli;

import java.util.List;
import java.util.Map;

/**
 * What a command found.
 *
 * @param lines for people
 * @param json for programs: texts, numbers, booleans, lists and maps
 * @param status the exit status
 */
record Answer(List<String> lines, Map<String, Object> json, int status) {
  Answer {
    lines = List.copyOf(lines);
  }

  /** An answer with the exit status 0. */
  Answer(List<String> lines, Map<String, Object> json) {
    this(lines, json, 0);
  }
}
