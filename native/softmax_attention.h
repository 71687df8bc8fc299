// Scaled dot-product attention (arXiv 1706.03762, equation 1) and its gradient, block by block:
//
//   a_i = sum over j of softmax over j with mask_ij (scale q_i . k_j) v_j
//
// Several heads may share keys and values (arXiv 2305.13245). Pairs of tokens exist for one block of
// queries at a time only.
#pragma once

#include "kernel.h"

namespace genrec {

class SoftmaxAttention {
 public:
  static constexpr const char* kName = "SoftmaxAttention";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat, kBool};
  static constexpr size_t kResults = 1;

  explicit SoftmaxAttention(const Attributes& attributes) : scale_(attributes.real("scale")) {}
  void run(const Run& run) const;

 private:
  float scale_;
};

// One operand more, the loss's gradient by the result; results are the gradients by query, key and
// value.
class SoftmaxAttentionGradient {
 public:
  static constexpr const char* kName = "SoftmaxAttentionGradient";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat, kBool, kFloat};
  static constexpr size_t kResults = 3;

  explicit SoftmaxAttentionGradient(const Attributes& attributes)
      : scale_(attributes.real("scale")) {}
  void run(const Run& run) const;

 private:
  float scale_;
};

}  // namespace genrec
