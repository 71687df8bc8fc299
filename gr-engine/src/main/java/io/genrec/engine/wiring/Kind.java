package io.genrec.engine.wiring;

/** What plug-ins bring. */
enum Kind {
  ENCODER("encoder", "UnknownEncoder"),
  TASK("task", "UnknownTask"),
  LOSS("loss", "UnknownLoss"),
  SAMPLER("sampler", "UnknownSampler"),
  STRATEGY("inference strategy", "UnknownStrategy"),
  BASELINE("baseline", "UnknownBaseline");

  private final String word;
  private final String unknownId;

  Kind(String word, String unknownId) {
    this.word = word;
    this.unknownId = unknownId;
  }

  /** As messages call it. */
  String word() {
    return word;
  }

  /** The id of the error about a name that nobody brings. */
  String unknownId() {
    return unknownId;
  }
}
