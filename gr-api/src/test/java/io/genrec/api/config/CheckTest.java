package io.genrec.api.config;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class CheckTest {
  private static void refused(ThrowingCallable check, String message) {
    assertThatThrownBy(check).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  void refusesWhatIsOutOfRangeAndNamesIt() {
    refused(() -> Check.positive("heads", 0), "heads must be at least 1 but is 0");
    refused(() -> Check.aboveZero("epsilon", 0), "epsilon must be above 0 but is 0.0");
    refused(() -> Check.aboveZero("epsilon", Double.NaN), "epsilon must be above 0 but is NaN");
    refused(() -> Check.rate("drop", 1), "drop must be at least 0 and below 1 but is 1.0");
    refused(() -> Check.rate("drop", -0.1), "drop must be at least 0 and below 1 but is -0.1");
    refused(() -> Check.rate("drop", Double.NaN), "drop must be at least 0 and below 1 but is NaN");
  }

  @Test
  void letsTheEndsOfRangesPass() {
    assertThatCode(
            () -> {
              Check.positive("heads", 1);
              Check.aboveZero("epsilon", Double.MIN_VALUE);
              Check.rate("drop", 0);
            })
        .doesNotThrowAnyException();
  }
}
