// Products of the rows of each sequence, x [batch, length, width], with some rows of a table
// [entries, width] that the sequence's rows share:
//
//   y[b, i, n] = x[b, i] . table[ids[b, n]]
#pragma once

#include "kernel.h"

namespace genrec {

class SharedProducts {
 public:
  static constexpr const char* kName = "SharedProducts";
  static constexpr int kOperands[] = {kFloat, kFloat, kInt64};
  static constexpr size_t kResults = 1;

  explicit SharedProducts(const Attributes&) {}
  void run(const Run& run) const;
};

// One operand more, the loss's gradient by y; results are the gradients by x and by the table.
class SharedProductsGradient {
 public:
  static constexpr const char* kName = "SharedProductsGradient";
  static constexpr int kOperands[] = {kFloat, kFloat, kInt64, kFloat};
  static constexpr size_t kResults = 2;

  explicit SharedProductsGradient(const Attributes&) {}
  void run(const Run& run) const;
};

}  // namespace genrec
