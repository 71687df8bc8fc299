package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void write() {
    Random random = new Random(4);
    StringBuilder csv = new StringBuilder("user_id,item_id,rating,timestamp\n");
    for (int user = 0; user < 120; user++) {
      int start = 100_000 * random.nextInt(100);
      for (int event = 0; event < 6 + random.nextInt(4); event++) {
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
         "strategies": ["nt", "st-sf"],
         "sizes": [{"name": "l1h8a2", "blocks": 1, "dim": 8, "heads": 2},
                   {"name": "l1h16a2", "blocks": 1, "dim": 16, "heads": 2}]}
        """
            .formatted(PRETRAIN, CLICK));
  }

  private Path in(String name) {
    return folder.resolve(name);
  }

  private Cli.Ran reproduce(int cells) {
    return Cli.run(
        "reproduce",
        "gpsd",
        in("study.json"),
        "--events",
        in("log.csv"),
        "--attributes",
        in("attributes.json"),
        "--data",
        in("data"),
        "--out",
        in("study"),
        "--max-cells",
        cells);
  }

  private static Cli.Ran succeeds(Cli.Ran ran) {
    assertThat(ran.status()).as(ran.err()).isZero();
    return ran;
  }

  @Test
  void aPretrainedTableIsTransferredAndWhatWasDoneIsPrinted() throws IOException {
    succeeds(reproduce(0));
    succeeds(Cli.run("pretrain", in("pretrain.json"), "--data", in("data"), "--out", in("source")));
    Cli.Ran ran =
        succeeds(
            Cli.run(
                "transfer",
                in("click.json"),
                "--strategy",
                "ST&SF",
                "--source",
                in("source"),
                "--data",
                in("data"),
                "--out",
                in("target"),
                "--json"));
    assertThat(ran.err()).contains("embedding/item [31, 8]: loaded, 30 rows known, 0 new, frozen");
    assertThat(ran.err()).contains("llama/layer0/qkv [8, 24]: not asked");
    JsonNode json = ran.json();
    assertThat(json.at("/auc")).hasSize(2);
    assertThat(json.at("/interval/0").asDouble()).isLessThan(json.at("/auc/1").asDouble());
    JsonNode report = Cli.readJson(in("target/model/transfer.json"));
    assertThat(report.at("/strategy").asText()).isEqualTo("ST_SF");
    assertThat(ranked("m-falcon").at("/candidates/4/score").asDouble())
        .isCloseTo(ranked("full").at("/candidates/4/score").asDouble(), Offset.offset(1e-5));
    Cli.Ran again =
        Cli.run(
            "transfer",
            in("click.json"),
            "--strategy",
            "NT",
            "--data",
            in("data"),
            "--out",
            in("target"));
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
  void refusesWhatItCannotTransfer() {
    succeeds(reproduce(0));
    assertRefused("[GR/UnknownStrategy]", "--strategy", "FTT", "--source", in("none"));
    assertRefused("[GR/MissingSource]", "--strategy", "FT");
    assertRefused("[GR/MissingBundle]", "--strategy", "FT", "--source", in("none"));
  }

  private void assertRefused(String id, Object... how) {
    Object[] args = new Object[how.length + 6];
    List<Object> first =
        List.of("transfer", in("click.json"), "--data", in("data"), "--out", in("refused"));
    first.toArray(args);
    System.arraycopy(how, 0, args, 6, how.length);
    Cli.Ran ran = Cli.run(args);
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.err()).contains(id);
  }

  @Test
  void aStudyIsMadeInPiecesAndNothingTwice() throws IOException {
    Cli.Ran first = succeeds(reproduce(2));
    assertThat(first.err()).contains("cell trial-nt-rate0.001").contains("cell trial-nt-rate0.01");
    assertThat(first.err()).doesNotContain("cell trial-st-sf");
    Cli.Ran rest = succeeds(reproduce(100));
    assertThat(rest.err()).doesNotContain("cell trial-nt").contains("cell nt-longer-seed1");
    List<String> table = Files.readAllLines(in("study/table.md"));
    assertThat(table.get(0)).contains("AUC").contains("pass 3");
    assertThat(table).anyMatch(line -> line.startsWith("| ST_SF | 1 |"));
    assertThat(table).anyMatch(line -> line.startsWith("| ST_SF, pretrained without test users |"));
    assertThat(table).anyMatch(line -> line.matches("\\| NT overfits.*\\| (agrees|disagrees) \\|"));
    Cli.Ran done = succeeds(reproduce(100));
    assertThat(done.err()).doesNotContain("cell ");
    assertThat(done.out()).isEqualTo(rest.out());
  }

  @Test
  void tooFewSizesAreNotFitted() throws IOException {
    succeeds(reproduce(0));
    Cli.Ran ran =
        succeeds(
            Cli.run("scaling", in("study.json"), "--data", in("data"), "--out", in("scaling")));
    assertThat(ran.out()).contains("l1h16a2").contains("not fitted: [GR/TooFewSizes]");
    assertThat(Files.readAllLines(in("scaling/scaling.csv"))).hasSize(1 + 2 * 1);
    assertThat(Files.size(in("scaling/scaling.png"))).isGreaterThan(1000);
  }
}
