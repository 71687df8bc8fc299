package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void risesLinearlyThenStays() {
    Schedule schedule = new Schedule(Schedule.Shape.CONSTANT, 0.8, 4, 0.1);
    assertThat(schedule.rate(1, 100)).isEqualTo(0.2);
    assertThat(schedule.rate(2, 100)).isEqualTo(0.4);
    assertThat(schedule.rate(4, 100)).isEqualTo(0.8);
    assertThat(schedule.rate(1_000, 100)).isEqualTo(0.8);
    assertThat(new Schedule(Schedule.Shape.CONSTANT, 0.8, 0, 0.1).rate(1, 0)).isEqualTo(0.8);
  }

  @Test
  void fallsAlongACosineToItsShare() {
    Schedule schedule = new Schedule(Schedule.Shape.COSINE, 2, 10, 0.1);
    assertThat(schedule.rate(5, 50)).isEqualTo(1);
    assertThat(schedule.rate(10, 50)).isEqualTo(2);
    // A quarter, half and three quarters of the way down from 2 to 0.2.
    assertThat(schedule.rate(20, 50)).isCloseTo(1.1 + 0.9 * Math.sqrt(0.5), within(1e-12));
    assertThat(schedule.rate(30, 50)).isCloseTo(1.1, within(1e-12));
    assertThat(schedule.rate(40, 50)).isCloseTo(1.1 - 0.9 * Math.sqrt(0.5), within(1e-12));
    assertThat(schedule.rate(50, 50)).isCloseTo(0.2, within(1e-12));
    assertThat(schedule.rate(60, 50)).isCloseTo(0.2, within(1e-12));
  }

  @Test
  void isAllWarmUpIfThereIsNoMore() {
    Schedule schedule = new Schedule(Schedule.Shape.COSINE, 1, 10, 0.5);
    assertThat(schedule.rate(4, 5)).isCloseTo(0.4, within(1e-12));
    assertThat(schedule.rate(10, 10)).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void refusesStepsBeforeTheFirst() {
    assertThatThrownBy(() -> new Schedule(Schedule.Shape.CONSTANT, 1, 0, 0).rate(0, 1))
        .hasMessageContaining("steps count from 1");
  }
}
