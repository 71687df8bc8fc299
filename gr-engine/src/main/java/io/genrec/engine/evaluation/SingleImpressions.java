package io.genrec.engine.evaluation;

import io.genrec.api.task.RankingCase;
import io.genrec.api.task.RankingSet;
import it.unimi.dsi.fastutil.ints.IntArrayList;

/** The impressions of questions, in their order, each asked about alone. Safe for many threads. */
final class SingleImpressions implements RankingSet {
  private final RankingSet questions;
  private final int[] question;
  private final int[] impression;

  SingleImpressions(RankingSet questions) {
    this.questions = questions;
    IntArrayList of = new IntArrayList();
    IntArrayList place = new IntArrayList();
    for (int i = 0; i < questions.size(); i++) {
      for (int c = 0; c < questions.get(i).impressions().size(); c++) {
        of.add(i);
        place.add(c);
      }
    }
    question = of.toIntArray();
    impression = place.toIntArray();
  }

  @Override
  public int size() {
    return question.length;
  }

  @Override
  public RankingCase get(int index) {
    RankingCase all = questions.get(question[index]);
    int one = impression[index];
    return new RankingCase(
        all.user(), all.history(), all.impressions().slice(one, one + 1), all.at());
  }
}
