// HSTU's pointwise attention (arXiv 2402.17152, equation 2) and its gradient, tile by tile:
//
//   a_i = scale * sum over j with mask_ij of SiLU(q_i . k_j + bias_ij) v_j
// where mask_ij may be that j <= i, which needs no mask of its own, and
//
//   bias_ij = position[offset - (p_i - p_j)] + time[min(trunc(ln(max(|t_i - t_j|, 1)) / width), last)]
//
// Pairs of tokens exist for one block of queries at a time only.
#pragma once

#include "kernel.h"

namespace genrec {

struct HstuOptions {
  float scale;
  float bucketWidth;
  bool byPosition;
  bool byTime;
  bool causal;

  explicit HstuOptions(const Attributes& attributes);
};

#define GENREC_HSTU_OPERANDS                                                               \
  kFloat, kFloat, kFloat, kBool, kInt64, kInt64, kInt64, kInt64, kFloat, kFloat

class HstuAttention {
 public:
  static constexpr const char* kName = "HstuAttention";
  static constexpr int kOperands[] = {GENREC_HSTU_OPERANDS};
  static constexpr size_t kResults = 1;

  explicit HstuAttention(const Attributes& attributes) : options_(attributes) {}
  void run(const Run& run) const;

 private:
  HstuOptions options_;
};

// One operand more, the loss's gradient by the result; results are the gradients by query, key,
// value and both tables.
class HstuAttentionGradient {
 public:
  static constexpr const char* kName = "HstuAttentionGradient";
  static constexpr int kOperands[] = {GENREC_HSTU_OPERANDS, kFloat};
  static constexpr size_t kResults = 5;

  explicit HstuAttentionGradient(const Attributes& attributes) : options_(attributes) {}
  void run(const Run& run) const;

 private:
  HstuOptions options_;
};

}  // namespace genrec
