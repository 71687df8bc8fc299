package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The columns of Taobao's user behaviour, from the raw file to a transferred model. */
class TaobaoTest {
  @TempDir private Path folder = Path.of("");

  private Cli.Ran succeeds(Object... command) {
    Cli.Ran ran = Cli.run(command);
    assertThat(ran.status()).as(ran.err()).isZero();
    return ran;
  }

  @Test
  void behavioursOfSeveralKindsArePretrainedOnAndTransferred() {
    Random random = new Random(8);
    StringBuilder csv = new StringBuilder("user_id,item_id,category_id,behavior,timestamp\n");
    List<String> behaviours = List.of("pv", "pv", "pv", "cart", "fav", "buy");
    for (int user = 1; user <= 80; user++) {
      long time = 1_511_544_070L + 600L * random.nextInt(1000);
      for (int event = 0; event < 10 + random.nextInt(10); event++) {
        int item = 2_000_000 + random.nextInt(40);
        csv.append(
            "%d,%d,%d,%s,%d\n"
                .formatted(
                    user, item, item % 7, behaviours.get(random.nextInt(6)), time + 60 * event));
      }
    }
    Cli.write(folder.resolve("taobao-userbehavior.csv"), csv.toString());
    Path data = folder.resolve("data");
    Path mapping = folder.resolve("taobao.json");
    Cli.write(
        mapping,
        """
        {"name": "taobao", "events": {"files": ["taobao-userbehavior.csv"], "format": "csv"},
         "user": "user_id", "item": "item_id", "time": "timestamp",
         "features": [{"name": "category", "column": "category_id", "kind": "categorical"},
                      {"name": "behavior", "kind": "categorical"}],
         "minimum": {"users": 10, "items": 1, "core": "once"}}
        """);
    succeeds("prepare", mapping, "--out", data);
    String small = "model/features=[{\"name\": \"category\", \"dim\": 8}]";
    succeeds(
        "pretrain",
        "gpsd-pretrain",
        "--data",
        data,
        "--out",
        folder.resolve("source"),
        "--set",
        "epochs=1",
        "--set",
        "model/dim=8",
        "--set",
        small,
        "--set",
        "sampler/count=16");
    Cli.Ran ran =
        succeeds(
            "transfer",
            "gpsd-click",
            "--strategy",
            "ST_SF",
            "--source",
            folder.resolve("source"),
            "--data",
            data,
            "--out",
            folder.resolve("target"),
            "--set",
            "epochs=1",
            "--set",
            "model/dim=8",
            "--set",
            small);
    assertThat(ran.err())
        .contains("embedding/category [8, 8]: loaded, 7 rows known, 0 new, frozen");
    assertThat(ran.out()).contains("70 % quantile of last times").contains("popularity");
  }
}
