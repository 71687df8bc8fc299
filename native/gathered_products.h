// Products of each row of x [rows, width] with some rows of a table [entries, width]:
//
//   y[i, n] = x[i] . table[ids[i, n]]
#pragma once

#include "kernel.h"

namespace genrec {

class GatheredProducts {
 public:
  static constexpr const char* kName = "GatheredProducts";
  static constexpr int kOperands[] = {kFloat, kFloat, kInt64};
  static constexpr size_t kResults = 1;

  explicit GatheredProducts(const Attributes&) {}
  void run(const Run& run) const;
};

// One operand more, the loss's gradient by y; results are the gradients by x and by the table.
class GatheredProductsGradient {
 public:
  static constexpr const char* kName = "GatheredProductsGradient";
  static constexpr int kOperands[] = {kFloat, kFloat, kInt64, kFloat};
  static constexpr size_t kResults = 2;

  explicit GatheredProductsGradient(const Attributes&) {}
  void run(const Run& run) const;
};

}  // namespace genrec
