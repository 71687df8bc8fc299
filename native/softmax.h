// The logarithm of a target's share among its own logit and those of negatives:
//
//   y[i] = positive[i] - ln(exp(positive[i]) + sum over n with negative id != target id of
//                           exp(negative[i, n]))
#pragma once

#include "kernel.h"

namespace genrec {

class SampledLogSoftmax {
 public:
  static constexpr const char* kName = "SampledLogSoftmax";
  // positive [rows, 1], negative [rows, count], targets [batch, length, 1] and negatives [1 or
  // batch, 1 or length, count], with batch * length = rows
  static constexpr int kOperands[] = {kFloat, kFloat, kInt64, kInt64};
  static constexpr size_t kResults = 1;

  explicit SampledLogSoftmax(const Attributes&) {}
  void run(const Run& run) const;
};

// One operand more, the loss's gradient by y; results are the gradients by both logits.
class SampledLogSoftmaxGradient {
 public:
  static constexpr const char* kName = "SampledLogSoftmaxGradient";
  static constexpr int kOperands[] = {kFloat, kFloat, kInt64, kInt64, kFloat};
  static constexpr size_t kResults = 2;

  explicit SampledLogSoftmaxGradient(const Attributes&) {}
  void run(const Run& run) const;
};

}  // namespace genrec
