#include "softmax.h"

#include <algorithm>
#include <cmath>

#include "vectors.h"

namespace genrec {
namespace {

struct Operands {
  Tensor<const float> positive, negative;
  Tensor<const int64_t> targets, negatives;
  int64_t rows, count, length;

  explicit Operands(const Run& run)
      : positive(run.input<float>(0)),
        negative(run.input<float>(1)),
        targets(run.input<int64_t>(2)),
        negatives(run.input<int64_t>(3)),
        rows(negative.dim(0)),
        count(negative.dim(1)),
        length(targets.dim(1)) {
    check(positive.dim(0) == rows && targets.dim(0) * length == rows && negatives.dim(2) == count &&
              (negatives.dim(0) == 1 || negatives.dim(0) == targets.dim(0)) &&
              (negatives.dim(1) == 1 || negatives.dim(1) == length),
          "logits and ids do not fit");
  }

  const int64_t* ids(int64_t row) const {
    int64_t b = negatives.dim(0) == 1 ? 0 : row / length;
    int64_t t = negatives.dim(1) == 1 ? 0 : row % length;
    return negatives.data + (b * negatives.dim(1) + t) * count;
  }

  // Writes the shares of a row's negatives, up to a common factor, and gives the sum of all shares
  // and the largest logit, which stands for a share of 1.
  void shares(int64_t row, float* share, float* sum, float* top) const {
    const float* logits = negative.data + row * count;
    const int64_t* id = ids(row);
    int64_t target = targets.data[row];
    float largest = positive.data[row];
    for (int64_t n = 0; n < count; n++) {
      // Far below every logit: a share of 0.
      share[n] = id[n] == target ? -1e30f : logits[n];
      largest = share[n] > largest ? share[n] : largest;
    }
    for (int64_t n = count; n < padded(count); n++) share[n] = -1e30f;
    Reals sums = {};
    for (int64_t n = 0; n < count; n += kWidth) {
      Reals value = exponentialOrZero(load(share + n) - largest);
      store(share + n, value);
      sums += value;
    }
    *sum = total(sums, std::exp(positive.data[row] - largest));
    *top = largest;
  }
};

float* room(int64_t count) {
  Scratch& scratch = Scratch::ofThread();
  scratch.begin(Scratch::bytes<float>(padded(count)));
  return scratch.take<float>(padded(count));
}

}  // namespace

void SampledLogSoftmax::run(const Run& run) const {
  Operands in(run);
  float* y = run.output(0, in.positive.size);
  float* share = room(in.count);
  for (int64_t i = 0; i < in.rows; i++) {
    float sum, top;
    in.shares(i, share, &sum, &top);
    y[i] = in.positive.data[i] - top - std::log(sum);
  }
}

void SampledLogSoftmaxGradient::run(const Run& run) const {
  Operands in(run);
  Tensor<const float> outer = run.gradient(4, in.positive.size);
  float* byPositive = run.output(0, in.positive.size);
  float* byNegative = run.output(1, in.negative.size);
  float* share = room(in.count);
  for (int64_t i = 0; i < in.rows; i++) {
    float* to = byNegative + i * in.count;
    float given = outer.data[i];
    if (given == 0) {  // as for tokens that do not count
      byPositive[i] = 0;
      std::fill(to, to + in.count, 0.0f);
      continue;
    }
    float sum, top;
    in.shares(i, share, &sum, &top);
    byPositive[i] = given * (1 - std::exp(in.positive.data[i] - top) / sum);
    float factor = -given / sum;
    for (int64_t n = 0; n < in.count; n++) to[n] = factor * share[n];
  }
}

}  // namespace genrec
