package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.storage.AtomicDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pretraining, transfer and the studies made of them, on a small log. */
class GpsdTest {
  private static final String MODEL =
      """
      "model": {"dim": 8, "maxHistory": 8, "outputSlots": 2,
                "features": [{"name": "category", "dim": 8}]},
      "encoder": {"name": "llama", "blocks": 1, "heads": 2, "inputFeatures": ["category"]},
      "optimizer": {"rate": 5e-3}, "training": {"batch": 32}
      """;
  private static final String PRETRAIN =
      """
      {"name": "pretrain", %s, "task": {"name": "generative"},
       "loss": {"name": "generative", "features": ["category"]},
       "sampler": {"name": "uniform", "count": 8, "sharing": "sequence"}, "epochs": 1}
      """
          .formatted(MODEL);
  private static final String CLICK =
      """
      {"name": "click", %s, "task": {"name": "click"}, "ranking": {"candidate": {}},
       "loss": {"name": "multitask", "weight": 1}, "epochs": 2}
      """
          .formatted(MODEL);

  private static final int USERS = 120;

  @TempDir private Path folder = Path.of("");
  private final int[] events = new int[USERS];

  @BeforeEach
  void write() {
    Random random = new Random(4);
    StringBuilder csv = new StringBuilder("user_id,item_id,rating,timestamp\n");
    for (int user = 0; user < USERS; user++) {
      int start = 100_000 * random.nextInt(100);
      for (int event = 0; event < 6 + random.nextInt(4); event++) {
        events[user]++;
        csv.append("%d,%d,1,%d\n".formatted(user, (user + 3 * event) % 30, start + event));
      }
    }
    Cli.write(folder.resolve("log.csv"), csv.toString());
    StringBuilder attributes = new StringBuilder("{\"0\": [9, 0]");
    for (int item = 1; item < 30; item++) {
      attributes.append(", \"%d\": [9, %d]".formatted(item, item % 3));
    }
    Cli.write(folder.resolve("attributes.json"), attributes.append("}").toString());
    Cli.write(folder.resolve("pretrain.json"), PRETRAIN);
    Cli.write(folder.resolve("click.json"), CLICK);
    Cli.write(
        folder.resolve("study.json"),
        """
        {"name": "small", "pretraining": %s, "click": %s, "rates": [0.001, 0.01], "seeds": [1],
         "strategies": ["nt", "st-sf"], "leastSteps": 3,
         "sizes": [{"name": "l1h8a2", "blocks": 1, "dim": 8, "heads": 2},
                   {"name": "l1h16a2", "blocks": 1, "dim": 16, "heads": 2}],
         "compute": [{"family": "HSTU", "name": "hstu-h8", "width": "l1h8a2",
                      "encoder": {"name": "hstu", "blocks": 1, "inputFeatures": ["category"]}},
                     {"family": "DIN", "name": "din-h8", "width": "l1h8a2",
                      "encoder": {"name": "din", "activation": [4], "hidden": [8],
                                  "inputFeatures": ["category"]}}]}
        """
            .formatted(PRETRAIN, CLICK));
  }

  private Path in(String name) {
    return folder.resolve(name);
  }

  private Cli.Ran reproduce(int cells) {
    return study(
        "reproduce",
        "gpsd",
        in("study.json"),
        "--events",
        in("log.csv"),
        "--attributes",
        in("attributes.json"),
        "--max-cells",
        cells);
  }

  private Cli.Ran scaling(int cells) {
    return study("scaling", in("study.json"), "--max-cells", cells);
  }

  private Cli.Ran study(Object... command) {
    Object[] folders = {"--data", in("data"), "--out", in("study"), "--results", in("results")};
    return Cli.run(Cli.with(command, folders));
  }

  private Cli.Ran pretrain(Object... more) {
    Object[] command = {
      "pretrain", in("pretrain.json"), "--data", in("data"), "--out", in("source")
    };
    return Cli.run(Cli.with(command, more));
  }

  private Cli.Ran transfer(String out, Object... more) {
    Object[] command = {"transfer", in("click.json"), "--data", in("data"), "--out", in(out)};
    return Cli.run(Cli.with(command, more));
  }

  private static Cli.Ran succeeds(Cli.Ran ran) {
    assertThat(ran.status()).as(ran.err()).isZero();
    return ran;
  }

  @Test
  void aPretrainedTableIsTransferredAndWhatWasDoneIsPrinted() throws IOException {
    succeeds(reproduce(0));
    succeeds(pretrain());
    Cli.Ran ran =
        succeeds(transfer("target", "--strategy", "ST&SF", "--source", in("source"), "--json"));
    assertThat(ran.err()).contains("embedding/item [31, 8]: loaded, 30 rows known, 0 new, frozen");
    assertThat(ran.err()).contains("llama/layer0/qkv [8, 24]: not asked");
    JsonNode json = ran.json();
    assertThat(json.at("/auc")).hasSize(2);
    assertThat(json.at("/interval/0").asDouble()).isLessThan(json.at("/auc/1").asDouble());
    JsonNode report = Cli.readJson(in("target/model/transfer.json"));
    assertThat(report.at("/strategy").asText()).isEqualTo("ST_SF");
    assertThat(ranked("m-falcon").at("/candidates/4/score").asDouble())
        .isCloseTo(ranked("full").at("/candidates/4/score").asDouble(), Offset.offset(1e-5));
    assertThat(transfer("source", "--strategy", "ST", "--source", in("source")).err())
        .contains("[GR/OutputIsSource]");
    assertThat(transfer("data", "--strategy", "NT").err())
        .contains("[GR/OutputExists]", "data set");
    Cli.Ran again = transfer("target", "--strategy", "NT");
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.err()).contains("[GR/OtherRun]");
  }

  private JsonNode ranked(String strategy) {
    Cli.Ran ran =
        Cli.run(
            "rank",
            in("target"),
            "--data",
            in("data"),
            "--user",
            "7",
            "--top-popular",
            5,
            "--strategy",
            strategy,
            "--json");
    return succeeds(ran).json();
  }

  @Test
  void theWorkOfTrainingIsThatOfItsProducts() throws IOException {
    succeeds(reproduce(0));
    succeeds(transfer("work", "--strategy", "NT"));
    int dim = 8;
    int hidden = 32;
    // A token's products: queries, keys and values; output; gates and feed-forward.
    double token = 3 * dim * dim + dim * dim + 3 * dim * hidden;
    double head = dim * 4 * dim + 4 * dim;
    // Queries and keys of two heads of width 4 are turned by a matrix, which is not learned.
    double turn = 2 * 2 * 4 * 4;
    double tokens = 0;
    double candidates = 0;
    double pairs = 0;
    for (String line : Files.readAllLines(in("work/negatives.tsv"))) {
      String[] fields = line.split("\t", -1);
      if (fields[1].equals("train")) {
        double length = events[Integer.parseInt(fields[0])] - 1 + 2;
        tokens += length;
        candidates += 2;
        pairs += length * length;
      }
    }
    // Scores, and values by weights, of pairs; each product has two gradients as large as itself.
    double products = tokens * token + 2 * pairs * dim + candidates * head;
    double step = 3 * products + 2 * tokens * turn;
    int passes = 2;
    assertThat(Cli.readJson(in("work/run.json")).at("/flops").asDouble())
        .isEqualTo(passes * 2 * step);
  }

  @Test
  void refusesWhatItCannotTransfer() {
    succeeds(reproduce(0));
    assertRefused("[GR/UnknownStrategy]", "FT_SF, ITEM_TABLE", "--strategy", "FTT");
    assertRefused("[GR/MissingSource]", "give --source", "--strategy", "FT");
    assertRefused("[GR/MissingBundle]", "none", "--strategy", "FT", "--source", in("none"));
    succeeds(pretrain("--set", "epochs=0"));
    Cli.write(in("plan.json"), "{\"load\": [{\"pattern\": \"embedding/itm\"}]}");
    assertRefused(
        "[GR/PatternMatchesNothing]",
        "embedding/item",
        "--plan",
        in("plan.json"),
        "--source",
        in("source"));
    assertRefused(
        "[GR/IncompatibleWidth]",
        "set the model's dim to 8",
        "--strategy",
        "ITEM_TABLE",
        "--source",
        in("source"),
        "--set",
        "model/dim=16",
        "--set",
        "model/features=[{\"name\": \"category\", \"dim\": 16}]");
    assertThat(in("refused/run.json")).doesNotExist();
  }

  private void assertRefused(String id, String hint, Object... how) {
    Cli.Ran ran = transfer("refused", how);
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.err()).contains(id).contains(hint);
  }

  @Test
  void tablesAreTransferredBetweenEncodersEachWay() {
    succeeds(reproduce(0));
    String hstu = "{\"name\": \"hstu\", \"blocks\": 1, \"inputFeatures\": [\"category\"]}";
    String din =
        "{\"name\": \"din\", \"activation\": [4], \"hidden\": [8],"
            + " \"inputFeatures\": [\"category\"]}";
    succeeds(pretrain("--set", "encoder=" + hstu));
    List.of(hstu, din)
        .forEach(
            encoder -> {
              String out = "into" + encoder.length();
              Cli.Ran ran =
                  succeeds(
                      transfer(
                          out,
                          "--strategy",
                          "item-table",
                          "--source",
                          in("source"),
                          "--set",
                          "encoder=" + encoder,
                          "--set",
                          "epochs=1"));
              assertThat(ran.err())
                  .contains("embedding/item [31, 8]: loaded, 30 rows known, 0 new, frozen");
            });
    Cli.Ran full =
        transfer("full", "--strategy", "FT", "--source", in("source"), "--set", "encoder=" + hstu);
    assertThat(succeeds(full).err()).contains("hstu/layer0/uvqk [16, 64]: loaded");
  }

  @Test
  void aStudyIsMadeInPiecesAndNothingTwice() throws IOException {
    Cli.Ran first = succeeds(reproduce(2));
    assertThat(first.err()).contains("cell trial-nt-rate0.001").contains("cell trial-nt-rate0.01");
    assertThat(first.err()).doesNotContain("cell trial-st-sf");
    Cli.Ran rest = succeeds(reproduce(100));
    assertThat(rest.err()).doesNotContain("cell trial-nt").contains("cell nt-longer-seed1");
    List<String> table = Files.readAllLines(in("results/small/table.md"));
    assertThat(table).startsWith("# small");
    assertThat(table.get(2)).contains("70 % quantile of last times, negatives `");
    assertThat(table.get(4)).contains("AUC").contains("popularity").contains("pass 3");
    assertThat(table).anyMatch(line -> line.startsWith("| ST_SF | 1 |"));
    assertThat(table).anyMatch(line -> line.startsWith("| ST_SF, pretrained without test users |"));
    assertThat(table).anyMatch(line -> line.matches("\\| NT overfits.*\\| (agrees|disagrees) \\|"));
    assertThat(Files.size(in("results/small/learning-curves.png"))).isGreaterThan(1000);
    Cli.Ran done = succeeds(reproduce(100));
    assertThat(done.err()).doesNotContain("cell ");
    assertThat(done.out()).isEqualTo(rest.out());

    // Elsewhere only the results are known.
    AtomicDirectory.delete(in("study"));
    Cli.Ran elsewhere = succeeds(reproduce(0));
    assertThat(elsewhere.out()).isEqualTo(rest.out());
    Files.delete(in("results/small/nt-seed1.json"));
    assertThat(succeeds(reproduce(100)).err())
        .contains("cell nt-seed1")
        .doesNotContain("cell pretrained");
    Files.delete(in("results/small/st-sf-seed1.json"));
    Cli.Ran again = succeeds(reproduce(100));
    assertThat(again.err()).contains("cell pretrained-seed1").contains("cell st-sf-seed1");
    assertThat(again.out()).isEqualTo(rest.out());

    Files.copy(
        in("results/small/nt-seed1.scores"),
        in("results/small/st-sf-seed1.scores"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThat(reproduce(0).err()).contains("[GR/CorruptResult]", "st-sf-seed1.json");
  }

  @Test
  void aResultOfAnotherConfigurationIsRefused() throws IOException {
    succeeds(reproduce(1));
    String study = Files.readString(in("study.json"));
    Cli.write(in("study.json"), study.replace("\"leastSteps\": 3", "\"leastSteps\": 6"));
    assertThat(reproduce(1).err()).contains("[GR/OtherRun]", "trial-nt-rate0.001.json");
  }

  @Test
  void sizesAndModelsAreComparedWithoutAFitOfTooFew() throws IOException {
    succeeds(reproduce(0));
    Cli.Ran ran = succeeds(scaling(100));
    assertThat(ran.out()).contains("l1h16a2").contains("not fitted: [GR/TooFewSizes]");
    List<String> csv = Files.readAllLines(in("results/small/scaling.csv"));
    assertThat(csv).hasSize(1 + 4);
    assertThat(csv.get(4)).startsWith("compute,din-h8,");
    for (String picture : List.of("scaling-auc", "scaling-loss", "compute-loss")) {
      assertThat(Files.size(in("results/small/" + picture + ".png"))).isGreaterThan(1000);
    }
    AtomicDirectory.delete(in("study"));
    assertThat(succeeds(scaling(0)).out()).isEqualTo(ran.out());
  }
}
