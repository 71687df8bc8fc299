package io.genrec.falcon;

import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.inference.UserVector;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.falcon.Workspaces.Purpose;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One request on its way, with the memory that it uses until it is closed. */
final class RequestJob implements AutoCloseable {
  static final String ARRANGED = "arranged/";
  private static final String AGAIN = "again/";
  private static final String MEMORY = "memory/";

  private final ScoringModel model;
  private final Workspaces workspaces;
  private final ScoringRequest request;
  private final Answer answer;
  private final Batch tokenBatch;
  private final Batch last;
  private final Batch arranged;
  private final RequestTokens tokens;
  private final long[] hashes;
  private HistoryCache.@Nullable Claim claim;
  private @Nullable HistoryMemory memory;
  private boolean ended;
  private CacheUse use = CacheUse.NONE;

  RequestJob(ScoringModel model, Workspaces workspaces, ScoringRequest request) {
    this.model = model;
    this.workspaces = workspaces;
    this.request = request;
    this.answer = new Answer(model, request.candidates().size());
    this.tokenBatch = workspaces.take(Purpose.TOKENS);
    this.last = workspaces.take(Purpose.LAST);
    this.arranged = workspaces.take(Purpose.ARRANGED);
    try {
      this.tokens = new RequestTokens(model.task(), request, tokenBatch);
      this.hashes = hashes();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private boolean predictsItems() {
    return model.predictions().isEmpty();
  }

  private long[] hashes() {
    CacheScope scope = model.capabilities().cacheScope();
    int again = model.lastIsComputedAgain() ? tokens.pending() : 0;
    // Outputs are not kept: the last token, whose output a user's vector is, is computed each time.
    int kept = tokens.length() - (predictsItems() ? Math.max(1, again) : again);
    long seed = scope == CacheScope.WITHIN_REQUEST ? RequestTokens.mix(request.at()) : 0;
    if (scope == CacheScope.WITHIN_REQUEST || model.memoryDependsOnLength()) {
      seed = RequestTokens.mix(seed ^ tokens.length());
    }
    return tokens.hashes(kept, scope != CacheScope.EXTENDABLE, seed);
  }

  ScoringRequest request() {
    return request;
  }

  RequestTokens tokens() {
    return tokens;
  }

  /** How many of the first tokens are kept for other requests. */
  int kept() {
    return hashes.length;
  }

  /** Looks the history up. */
  HistoryCache.Claim claim(HistoryCache cache, HistoryCache.Key key) {
    HistoryCache.Claim made = cache.claim(key, request.firstIndex(), hashes);
    claim = made;
    if (made.use() == CacheUse.HIT) {
      memory = made.memory();
      use = CacheUse.HIT;
    }
    return made;
  }

  HistoryRuns.Wanted wanted() {
    return new HistoryRuns.Wanted(request, tokens, hashes, claim == null ? null : claim.memory());
  }

  /** Takes over the memory that was computed, to be published. */
  void computed(HistoryMemory found) {
    memory = found;
  }

  /** Gives others the memory that was computed. */
  void publish(HistoryCache cache) {
    HistoryCache.Claim made = claim;
    if (made != null) {
      use = made.use();
      ended = true;
      forgetBeginning(made);
      cache.publish(made, memory());
    }
  }

  /** Ends a claim for which nothing was published. */
  void end(HistoryCache cache) {
    HistoryCache.Claim made = claim;
    if (made != null && made.mustCompute() && !ended) {
      ended = true;
      forgetBeginning(made);
      cache.abandon(made);
    }
  }

  private static void forgetBeginning(HistoryCache.Claim claim) {
    if (claim.memory() != null) {
      claim.memory().release();
    }
  }

  HistoryMemory memory() {
    return Objects.requireNonNull(memory);
  }

  /**
   * Computes what the micro-batches share: the last tokens, and the order of products if none is
   * kept.
   */
  void prepare(HistoryRuns runs) {
    if (kept() < tokens.length()) {
      runs.extend(tokens, memory().rows(), kept(), tokens.length(), last);
    } else if (model.lastIsComputedAgain()) {
      runs.noToken(last);
    }
    if (memory().arranged(kept()) == null) {
      runs.arrange(memory().rows(), kept(), arranged);
    }
  }

  /** What is kept, in the order of products. */
  private Batch inOrder() {
    Batch known = memory().arranged(kept());
    return known == null ? arranged : known;
  }

  long arrangedBytes() {
    return inOrder().columns().values().stream().mapToLong(c -> c.bytes().capacity()).sum();
  }

  /** A micro-batch of the candidates. */
  record Piece(RequestJob job, RequestTokens.Inputs tokens, MicroBatches.Range range) {
    /** An input of this piece alone; null if there is none of the name. */
    @Nullable Column find(String name) {
      if (name.startsWith(ARRANGED)) {
        return job.inOrder().column(name);
      }
      if (name.startsWith(AGAIN)) {
        return job.last.column(MEMORY + name.substring(AGAIN.length()));
      }
      Column ofCandidates = job.tokens.candidates(name, range);
      return ofCandidates == null ? tokens.find(name) : ofCandidates;
    }

    void put(Batch outputs, int at) {
      job.answer.put(outputs, at, range.from(), range.size());
    }
  }

  /** The candidates in micro-batches. */
  List<Piece> pieces(int microBatch) {
    RequestTokens.Inputs inputs = tokens.inputs(kept(), kept(), tokens.length());
    return MicroBatches.of(request.candidates().size(), microBatch).stream()
        .map(range -> new Piece(this, inputs, range))
        .toList();
  }

  /** All candidates at once. */
  Piece whole() {
    return pieces(request.candidates().size()).get(0);
  }

  /** Computes the user's vector. */
  void encode(HistoryRuns runs) {
    runs.encode(tokens, memory().rows(), kept(), tokens.length(), last);
  }

  /** The user's vector, which was computed. */
  UserVector user() {
    Column outputs = last.column(ScoringModel.OUTPUTS);
    double[] values = new double[(int) outputs.size()[2]];
    int first = outputs.entries() - values.length;
    if (model.realBytes() == Double.BYTES) {
      outputs.bytes().asDoubleBuffer().get(first, values);
    } else {
      FloatBuffer reals = outputs.bytes().asFloatBuffer();
      Arrays.setAll(values, i -> reals.get(first + i));
    }
    return new UserVector(values, use);
  }

  Scores scores() {
    return answer.scores(use);
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.release();
    }
    workspaces.give(Purpose.TOKENS, tokenBatch);
    workspaces.give(Purpose.LAST, last);
    workspaces.give(Purpose.ARRANGED, arranged);
  }
}
