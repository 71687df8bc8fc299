// Attention whose weights are not normalised, to keys that lie transposed, tile by tile:
//
//   a_i = scale * sum over j with mask_ij of SiLU(q_i . k_j + bias_ij) v_j
//
// Weights exist for a few queries and keys at a time only, in the first cache.
#pragma once

#include "kernel.h"

namespace genrec {

class SiluAttention {
 public:
  static constexpr const char* kName = "SiluAttention";
  // query [batch, queries, heads, width], key [batch, groups, width, keys], value [batch, groups,
  // keys, value width], mask and bias [1 or batch, 1 or queries, 1 or keys]; heads are a multiple
  // of groups
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat, kBool, kFloat};
  static constexpr size_t kResults = 1;

  explicit SiluAttention(const Attributes& attributes) : scale_(attributes.real("scale")) {}
  // Writes [batch, queries, heads, value width].
  void run(const Run& run) const;

 private:
  float scale_;
};

}  // namespace genrec
