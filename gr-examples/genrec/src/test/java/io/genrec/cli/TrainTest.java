package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.GenRecException;
import io.genrec.data.Split;
import io.genrec.engine.storage.ModelCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training, and what is done with what it leaves. */
class TrainTest {
  @TempDir static Path shared = Path.of("");
  @TempDir Path folder = Path.of("");

  private static Path data = Path.of("");
  private static Path config = Path.of("");
  private static Path trained = Path.of("");
  private static Cli.Ran training = new Cli.Ran(0, "", "");

  @BeforeAll
  static void train() {
    data = Cli.dataset(shared);
    config = Cli.write(shared.resolve("tiny.json"), Cli.TINY);
    trained = shared.resolve("run");
    training = Cli.run("train", config, "--data", data, "--out", trained);
  }

  private static void refused(Cli.Ran ran, String id, String... words) {
    assertThat(ran.err()).contains("[GR/" + id + "]").contains(words).doesNotContain("\tat ");
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
  }

  private Cli.Ran train(Object... more) {
    Object[] args = new Object[6 + more.length];
    Object[] first = {"train", config, "--data", data, "--out", folder.resolve("run")};
    System.arraycopy(first, 0, args, 0, first.length);
    System.arraycopy(more, 0, args, first.length, more.length);
    return Cli.run(args);
  }

  @Test
  void tellsHowItGoesAndWhatCame() throws IOException {
    assertThat(training.status()).isZero();
    assertThat(training.err())
        .contains("tiny on walk, protocol strict, seed 1, split ", "epoch   1/2  loss ")
        .contains("validation HR@10 ");
    assertThat(training.out())
        .contains("request time", "target's", "last event's", "all earlier", "model's input")
        .contains("in no tie", "most-popular", "HR@10", "NDCG@10", "MRR", "bundle: ");
    assertThat(trained.resolve("model/model.json")).exists();
    assertThat(trained.resolve("model/weights.safetensors")).exists();
    var picture = ImageIO.read(trained.resolve("learning-curve.png").toFile());
    assertThat(picture.getWidth()).isGreaterThan(400);
    JsonNode run = Cli.readJson(trained.resolve("run.json"));
    assertThat(run.at("/status").asText()).isEqualTo("finished");
    assertThat(run.at("/history")).hasSize(2);
    assertThat(run.at("/results")).hasSize(10);
  }

  @Test
  void printsOneObjectForPrograms() {
    JsonNode json = train("--json", "--epochs", 1, "--seed", 7, "--protocol", "meta").json();

    assertThat(json.at("/protocol").asText()).isEqualTo("meta");
    assertThat(json.at("/seed").asInt()).isEqualTo(7);
    assertThat(json.at("/epochs").asInt()).isEqualTo(1);
    assertThat(json.at("/HR@10").isNumber()).isTrue();
    assertThat(json.at("/NDCG@10").isNumber()).isTrue();
    assertThat(json.at("/MRR").isNumber()).isTrue();
    assertThat(json.at("/results/0/removed").asText()).isEqualTo("model's input");
    assertThat(json.at("/splitHash").asText()).hasSize(64);
  }

  @Test
  void doesNotTouchWhatIsThereUnlessAskedTo() {
    assertThat(train("--epochs", 1).status()).isZero();

    refused(train("--epochs", 1), "OutputExists", "--resume", "--overwrite");
    assertThat(train("--epochs", 1, "--overwrite").status()).isZero();
    Cli.Ran resumed = train("--epochs", 1, "--resume");
    assertThat(resumed.status()).isZero();
    assertThat(resumed.err()).contains("continuing after epoch 1");
    refused(train("--epochs", 2, "--resume"), "OtherRun", "another configuration");
  }

  @Test
  void aFolderOfSomethingElseIsRefused() throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    Cli.write(run.resolve("thesis.txt"), "years of work");

    refused(train("--overwrite"), "OutputExists", "holds no training run");
    assertThat(run.resolve("thesis.txt")).hasContent("years of work");
  }

  @Test
  void valuesOfTheConfigurationCanBeSet() throws IOException {
    assertThat(train("--set", "encoder/blocks=2", "--set", "name=two", "--epochs", 1).status())
        .isZero();
    JsonNode card = Cli.readJson(folder.resolve("run/model/model.json"));
    assertThat(card.at("/model").asText()).isEqualTo("two");
    assertThat(card.at("/configuration/encoder/blocks").asInt()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"name\": \"sasrec\", \"blocks\": 1",
        "\"name\": \"llama\", \"blocks\": 1",
        "\"name\": \"stu\", \"blocks\": 2, \"heads\": 2, \"output\": \"l2\","
            + " \"stochasticDepth\": 0.1, \"position\": \"absolute\", \"time\": \"none\""
      })
  void otherEncodersTrainAndAnswerToo(String encoder) {
    String options = "encoder={" + encoder + "}";
    assertThat(train("--set", options, "--epochs", 1).status()).isZero();
    Path run = folder.resolve("run");
    JsonNode answer =
        Cli.run("recommend", run, "--data", data, "--user", "u3", "-k", 2, "--json").json();
    assertThat(answer.at("/items")).hasSize(2);
  }

  @Test
  void anEncoderThatWouldSeeItsTargetsIsRefused() {
    String seeing = "encoder={\"name\": \"stu\", \"contextSeesHistory\": true}";
    refused(train("--set", seeing), "NotCausal", "event tokens", "candidates only");
    String fromEnd = "encoder={\"name\": \"stu\"}";
    refused(train("--set", fromEnd), "NotCausal", "how many tokens follow", "\"absolute\"");
  }

  @Test
  void wrongConfigurationsAreNamedWithTheirKey() {
    refused(train("--set", "epoch=3"), "UnknownKey", "did you mean \"epochs\"?");
    refused(train("--set", "encoder/bloks=3"), "UnknownKey", "did you mean \"blocks\"?");
    refused(train("--set", "encoder/linearDropout=1.5"), "InvalidValue", "linearDropout", "1.5");
    refused(train("--set", "encoder/name=hsut"), "UnknownEncoder", "did you mean \"hstu\"?");
    refused(train("--set", "seed/deep=1"), "InvalidValue", "seed");
    assertThat(folder.resolve("run")).doesNotExist();
    refused(
        Cli.run("train", "quickstrat", "--data", data, "--out", folder.resolve("run")),
        "MissingFile",
        "did you mean \"quickstart\"?");
  }

  @Test
  void aLossThatIsNoNumberEndsTheRun() {
    refused(train("--set", "optimizer/rate=1e38", "--epochs", 5), "NotFinite", "rate");
    assertThat(folder.resolve("run/model")).doesNotExist();
  }

  @Test
  void dataThatAreNotThereOrWereChanged() throws IOException {
    Path none = folder.resolve("none");
    refused(
        Cli.run("train", config, "--data", none, "--out", folder.resolve("run")),
        "MissingFile",
        "no data set");
    Path changed = Cli.dataset(folder);
    Files.write(changed.resolve("sequences.arrow"), new byte[] {1}, StandardOpenOption.APPEND);
    refused(
        Cli.run("train", config, "--data", changed, "--out", folder.resolve("run")),
        "CorruptDataset",
        "content hash");
  }

  @Test
  void aDeviceThatIsNotThere() {
    refused(train("--device", "gpu"), "UnknownDevice", "cuda:0");
    refused(train("--device", "cuda:0"), "NoCuda", "-Pcuda");
    Object[] recommend = {
      "recommend", trained, "--data", data, "--user", "u4", "--device", "cuda:0"
    };
    refused(Cli.run(recommend), "NoCuda", "-Pcuda");
  }

  @Test
  void aCutIsForTheTemporalProtocol() {
    refused(train("--cut", "2001-01-01"), "InvalidValue", "--protocol temporal");
    refused(train("--protocol", "temporal"), "InvalidValue", "--cut");
    assertThat(train("--protocol", "temporal", "--cut", "1000400", "--epochs", 1).status())
        .isZero();
  }

  /** Whoever measures a model need not know how its data was cut. */
  @Test
  void cutsOfTheCommandLineAreKept() throws IOException {
    Object[] cut = {"--protocol", "temporal", "--cut", "1000400", "--epochs", 1};
    assertThat(train(cut).status()).isZero();
    Path run = folder.resolve("run");
    JsonNode written = Cli.readJson(run.resolve("run.json"));
    assertThat(written.at("/configuration/split/cut").asLong()).isEqualTo(1_000_400);
    Object[] evaluate = {"evaluate", run, "--data", data, "--json"};
    JsonNode measured = Cli.run(evaluate).json();
    assertThat(measured.at("/splitHash")).isEqualTo(written.at("/splitHash"));
    assertThat(measured.at("/results")).isEqualTo(written.at("/results"));
    assertThat(Cli.run(Cli.with(evaluate, "--shuffle-ties", 1)).status()).isZero();
    assertThat(train(Cli.with(cut, "--resume")).status()).isZero();
    assertThat(Cli.run("evaluate", run, "--data", data, "--cut", "1000400").status()).isZero();
  }

  /** Bundles of earlier versions have the configuration's cut, or none, whatever was given. */
  @Test
  void aCutThatABundleDoesNotTellIsNotMadeUp() {
    try (BufferAllocator memory = new RootAllocator();
        OpenData open = OpenData.open(data, Split.temporal(1_000_400), null, memory);
        OpenData other = OpenData.open(data, Split.temporal(1_000_500), null, memory)) {
      var provenance =
          new ModelCard.DataProvenance(
              "walk", open.data().contentHash(), open.split().splitHash(), "temporal");
      var told = new TrainedSplit(Split.temporal(1_000_500), Split.Protocol.TEMPORAL, provenance);
      told.requireFor(open);
      assertThatThrownBy(() -> told.requireFor(other))
          .isInstanceOf(GenRecException.class)
          .hasMessageContainingAll("[GR/MissingCut]", "\"walk\"", "1000500", "--cut TIME");
      var untold = new TrainedSplit(Split.strict(), Split.Protocol.TEMPORAL, provenance);
      assertThatThrownBy(untold::split)
          .isInstanceOf(GenRecException.class)
          .hasMessageContainingAll("[GR/MissingCut]", "--protocol temporal --cut TIME");
    }
    assertThat(new TrainedSplit(Split.strict(), Split.Protocol.META, null).split())
        .isEqualTo(Split.meta());
  }

  @Test
  void aConfigurationMayLeaveTheCutToTheCommandLine() {
    Object[] rule = {"--set", "split={\"protocol\": \"temporal\"}", "--epochs", 1};
    refused(train(rule), "MissingCut", "temporal", "--cut TIME");
    assertThat(train(Cli.with(rule, "--cut", "1000400")).status()).isZero();
  }

  /** Nothing is learned here, so that a whole history has whole numbers. */
  @Test
  void stochasticLengthCutsTrainingAlone() throws IOException {
    Object[] still = {"--set", "optimizer/rate=0", "--epochs", 1};
    assertThat(train(still).status()).isZero();
    JsonNode whole = Cli.readJson(folder.resolve("run/run.json"));
    String cut = "training/stochasticLength={\"alpha\": 1, \"length\": 4}";
    assertThat(train(Cli.with(still, "--set", cut, "--overwrite")).status()).isZero();
    JsonNode sparse = Cli.readJson(folder.resolve("run/run.json"));

    assertThat(whole.at("/history/0/sparsity").asDouble()).isZero();
    assertThat(sparse.at("/history/0/sparsity").asDouble()).isGreaterThan(0.1);
    assertThat(sparse.at("/results")).isEqualTo(whole.at("/results"));
    for (String metric : List.of("HR@10", "NDCG@10", "MRR")) {
      String validation = "/history/0/validation " + metric;
      assertThat(sparse.at(validation).isNumber()).isTrue();
      assertThat(sparse.at(validation)).isEqualTo(whole.at(validation));
    }
  }

  /** Training that went well is not lost because something about its result is wrong. */
  @Test
  void aModelThatCannotBeMeasuredIsKept() {
    Cli.Ran ran =
        train(
            "--protocol",
            "meta",
            "--set",
            "optimizer/rate=1e38",
            "--set",
            "training/batch=1000",
            "--epochs",
            1);
    assertThat(ran.err()).contains("[GR/NotANumber]", "the model is kept in ");
    assertThat(ran.status()).isEqualTo(1);
    Path run = folder.resolve("run");
    assertThat(Cli.run("export", run, "--out", folder.resolve("copy")).status()).isZero();
  }

  @Test
  void evaluationGivesTheNumbersOfTraining() {
    Cli.Ran ran = Cli.run("evaluate", trained, "--data", data);

    assertThat(ran.status()).isZero();
    assertThat(ran.out()).contains("protocol strict", "seed 1");
    assertThat(training.out()).contains(ran.out().lines().skip(2).limit(10).toList());
    JsonNode json = Cli.run("evaluate", trained, "--data", data, "--json").json();
    assertThat(json.at("/results")).hasSize(10);
    assertThat(json.at("/most_popular/HR@10").isNumber()).isTrue();
  }

  @Test
  void evaluationOnAnotherSplitSaysSo() {
    Cli.Ran ran = Cli.run("evaluate", trained, "--data", data, "--protocol", "meta");

    assertThat(ran.status()).isZero();
    assertThat(ran.err()).contains("trained on another split");
  }

  @Test
  void evaluationOnOtherItemsIsRefused() {
    Cli.write(folder.resolve("log.csv"), "who,what,when\na,x,1\na,y,2\na,z,3\n");
    Path mapping =
        Cli.write(
            folder.resolve("other.json"),
            """
            {"name": "other", "events": {"files": ["log.csv"], "format": "csv"},
             "user": "who", "item": "what", "time": "when"}
            """);
    Path other = folder.resolve("other");
    assertThat(Cli.run("prepare", mapping, "--out", other).status()).isZero();

    refused(Cli.run("evaluate", trained, "--data", other), "OtherData", "walk");
  }

  @Test
  void bundlesThatAreNotThereOrDamaged() throws IOException {
    refused(Cli.run("evaluate", folder, "--data", data), "MissingBundle", "genrec train");
    Path copy = folder.resolve("copy");
    Cli.copy(trained.resolve("model"), copy);
    Path weights = copy.resolve("weights.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, java.util.Arrays.copyOf(bytes, bytes.length - 10));
    refused(Cli.run("evaluate", copy, "--data", data), "CorruptBundle", "weights.safetensors");
    refused(
        Cli.run("recommend", copy, "--data", data, "--user", "u1"),
        "CorruptBundle",
        "weights.safetensors");
  }

  @Test
  void recommendsToAStoredUser() {
    Cli.Ran ran = Cli.run("recommend", trained, "--data", data, "--user", "u4", "-k", 3);

    assertThat(ran.status()).isZero();
    // u4 walks from i4 to i8.
    assertThat(ran.out()).contains("last of 5 events:", "  i8", "recommended next:", "   3. ");
    assertThat(ran.out().lines().filter(line -> line.matches(" +[0-9]+\\. .*"))).hasSize(3);
    refused(
        Cli.run("recommend", trained, "--data", data, "--user", "u99"), "UnknownUser", "u99", "u1");
  }

  @Test
  void plansToRecommend() {
    JsonNode plan = Cli.run("plan", trained, "--workers", 1, "--json").json();
    assertThat(plan.at("/parts/items").asLong()).isPositive();
    assertThat(plan.at("/users").asLong()).isPositive();
    long total = plan.at("/total").asLong();
    Cli.Ran fits = Cli.run("plan", trained, "--workers", 1, "--budget", total);
    assertThat(fits.status()).isZero();
    assertThat(fits.out()).contains("items", "vectors of length 1");
    refused(
        Cli.run("plan", trained, "--workers", 1, "--budget", total - 1),
        "OverBudget",
        "cacheBytes");
  }

  @Test
  void recommendsForEventsFromStandardInput() {
    String events = "{\"item\": \"i3\", \"time\": 5}\n{\"item\": \"i4\", \"time\": 6}\n";
    JsonNode json =
        Cli.runWithInput(
                events,
                "recommend",
                trained,
                "--events",
                "-",
                "--at",
                "1970-01-02",
                "-k",
                20,
                "--exclude",
                "i5,i6",
                "--json")
            .json();

    assertThat(json.at("/at").asLong()).isEqualTo(86_400);
    assertThat(json.at("/events").asInt()).isEqualTo(2);
    // 20 items, without the two of the events and the two excluded.
    assertThat(json.at("/items")).hasSize(16);
    assertThat(json.findValuesAsText("item")).doesNotContain("i3", "i4", "i5", "i6");
  }

  @Test
  void recommendNeedsEventsOfOneKind() {
    Cli.Ran none = Cli.run("recommend", trained);
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).startsWith("[GR/Usage]").contains("--events");
    assertThat(Cli.run("recommend", trained, "--data", data).err()).contains("--user");
    refused(Cli.run("recommend", trained, "--events", "-", "-k", 0), "InvalidValue", "-k");
    refused(Cli.run("recommend", trained, "--events", "-", "--at", "noon"), "InvalidValue", "noon");
  }

  @Test
  void exportsForAnyOnnxRuntime() {
    Path alone = folder.resolve("alone");
    Cli.Ran ran = Cli.run("export", trained, "--self-contained", "--out", alone);
    assertThat(ran.status()).isZero();
    assertThat(ran.out()).contains("model.onnx", "weights.bin", "bytes");
    assertThat(alone.resolve("model.onnx")).isNotEmptyFile();
    refused(
        Cli.run("export", trained, "--self-contained", "--out", alone),
        "OutputExists",
        "--overwrite");

    Path graphs = folder.resolve("graphs");
    JsonNode json = Cli.run("export", trained, "--out", graphs, "--json").json();
    assertThat(json.at("/selfContained").asBoolean()).isFalse();
    assertThat(graphs.resolve("graphs/recommend.onnx")).isNotEmptyFile();
    assertThat(Cli.run("export", trained, "--out", graphs, "--overwrite").status()).isZero();
    refused(Cli.run("export", trained, "--out", folder), "OutputExists", "no earlier export");
  }
}
