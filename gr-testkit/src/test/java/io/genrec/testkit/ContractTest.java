package io.genrec.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** What JUnit makes of a contract: one test for each rule, under its title. */
class ContractTest {
  static class Encoder extends EncoderContract {
    @Override
    protected Subject subject() {
      return SmallEncoder.subject(SmallEncoder.Fault.LOOKS_AHEAD).withoutCandidates();
    }
  }

  static class Loss extends LossContract {
    @Override
    protected Subject subject() {
      return SmallLoss.subject(SmallLoss.Fault.READS_POSITIONS).countingCollisions();
    }
  }

  static class Sampler extends SamplerContract {
    @Override
    protected Subject subject() {
      return SmallSampler.subject(SmallSampler.Fault.PREFERS_LOW_ROWS);
    }
  }

  static class Strategy extends InferenceStrategyContract {
    @Override
    protected Subject subject() {
      return SmallStrategy.subject(SmallStrategy.Fault.TAKES_ONE_TIME_FOR_ALL);
    }
  }

  /** What the tests of a class came to, by display name. */
  private static final class Results implements TestExecutionListener {
    private final List<String> all = new ArrayList<>();
    private final List<String> failed = new ArrayList<>();
    private final List<String> aborted = new ArrayList<>();

    static Results of(Class<?> contract) {
      Results results = new Results();
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request().selectors(selectClass(contract)).build(),
              results);
      return results;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest()) {
        all.add(test.getDisplayName());
      }
      switch (result.getStatus()) {
        case SUCCESSFUL -> {}
        case ABORTED -> aborted.add(test.getDisplayName());
        case FAILED -> {
          failed.add(test.getDisplayName());
          assertThat(result.getThrowable().orElseThrow())
              .hasMessageStartingWith(test.getDisplayName() + ": ");
        }
      }
    }
  }

  private static List<String> titles(List<? extends Rule<?>> rules) {
    return rules.stream().map(rule -> (String) rule.title()).toList();
  }

  @Test
  void anEncoderHasOneTestForEachRule() {
    Results results = Results.of(Encoder.class);
    assertThat(results.all).isEqualTo(titles(EncoderContract.RULES));
    assertThat(results.failed).containsExactly(FutureRule.TITLE);
    assertThat(results.aborted).containsExactly(CandidatesRule.TITLE);
  }

  @Test
  void aLossHasOneTestForEachRule() {
    Results results = Results.of(Loss.class);
    assertThat(results.all).isEqualTo(titles(LossRules.ALL));
    assertThat(results.failed).containsExactly(LossRules.ORDER);
    assertThat(results.aborted).containsExactly(LossRules.COLLISIONS);
  }

  @Test
  void aSamplerHasOneTestForEachRule() {
    Results results = Results.of(Sampler.class);
    assertThat(results.all).isEqualTo(titles(SamplerRules.ALL));
    assertThat(results.failed).containsExactly(SamplerRules.FREQUENCIES);
    assertThat(results.aborted).isEmpty();
  }

  @Test
  void aStrategyHasOneTestForEachRule() {
    Results results = Results.of(Strategy.class);
    assertThat(results.all).isEqualTo(titles(StrategyRules.ALL));
    assertThat(results.failed).containsExactly(StrategyRules.TOGETHER);
    assertThat(results.aborted).isEmpty();
  }

  @Test
  void theGuideStatesEveryRule() throws IOException {
    String guide = Files.readString(Path.of("../docs/test-kit.md"));
    List<String> stated =
        Pattern.compile("^(\\d+)\\. \\*\\*(\\w)(.+?)\\.?\\*\\*", Pattern.MULTILINE)
            .matcher(guide)
            .results()
            .map(
                m -> "rule " + m.group(1) + ": " + m.group(2).toLowerCase(Locale.ROOT) + m.group(3))
            .toList();
    List<String> rules = new ArrayList<>(titles(EncoderContract.RULES));
    rules.addAll(titles(LossRules.ALL));
    rules.addAll(titles(SamplerRules.ALL));
    rules.addAll(titles(StrategyRules.ALL));
    assertThat(stated).isEqualTo(rules);
  }
}
