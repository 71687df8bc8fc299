package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.Candidates;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.RankingCase;
import io.genrec.api.task.RankingSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SingleImpressionsTest {
  private static final List<RankingCase> QUESTIONS =
      List.of(question(4, 11, 12), question(6), question(9, 13, 14, 15));

  private static RankingCase question(int user, int... items) {
    History history = Candidates.items(user);
    return new RankingCase(user, history, Candidates.items(items), 100 + user);
  }

  @Test
  void eachImpressionIsAQuestionOfItsOwn() {
    RankingSet single =
        new SingleImpressions(
            new RankingSet() {
              @Override
              public int size() {
                return QUESTIONS.size();
              }

              @Override
              public RankingCase get(int index) {
                return QUESTIONS.get(index);
              }
            });
    List<List<Long>> asked = new ArrayList<>();
    for (int i = 0; i < single.size(); i++) {
      RankingCase question = single.get(i);
      assertThat(question.impressions().size()).isEqualTo(1);
      assertThat(question.history().category(Schema.ITEM, 0)).isEqualTo(question.user());
      long item = question.impressions().category(Schema.ITEM, 0);
      asked.add(List.of((long) question.user(), item, question.at()));
    }
    assertThat(asked)
        .containsExactly(
            List.of(4L, 11L, 104L),
            List.of(4L, 12L, 104L),
            List.of(9L, 13L, 109L),
            List.of(9L, 14L, 109L),
            List.of(9L, 15L, 109L));
  }
}
