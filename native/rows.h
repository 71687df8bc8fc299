// Functions of single entries and of rows, in one pass each where ONNX Runtime makes several.
#pragma once

#include "kernel.h"

namespace genrec {

// y = x / (1 + exp(-x)), entry by entry.
class Silu {
 public:
  static constexpr const char* kName = "Silu";
  static constexpr int kOperands[] = {kFloat};
  static constexpr size_t kResults = 1;

  explicit Silu(const Attributes&) {}
  void run(const Run& run) const;
};

// From x and the loss's gradient by y to the gradient by x.
class SiluGradient {
 public:
  static constexpr const char* kName = "SiluGradient";
  static constexpr int kOperands[] = {kFloat, kFloat};
  static constexpr size_t kResults = 1;

  explicit SiluGradient(const Attributes&) {}
  void run(const Run& run) const;
};

// Norms add a small number before they take the root.
class Norm {
 public:
  explicit Norm(const Attributes& attributes) : epsilon_(attributes.real("epsilon")) {}

 protected:
  float epsilon_;
};

// y = (x - mean) / sqrt(variance + epsilon) over the last axis.
class LayerNorm : Norm {
 public:
  static constexpr const char* kName = "LayerNorm";
  static constexpr int kOperands[] = {kFloat};
  static constexpr size_t kResults = 1;

  using Norm::Norm;
  void run(const Run& run) const;
};

// From x and the loss's gradient by y to the gradient by x.
class LayerNormGradient : Norm {
 public:
  static constexpr const char* kName = "LayerNormGradient";
  static constexpr int kOperands[] = {kFloat, kFloat};
  static constexpr size_t kResults = 1;

  using Norm::Norm;
  void run(const Run& run) const;
};

// y = LayerNorm(x) * scale + shift.
class AffineLayerNorm : Norm {
 public:
  static constexpr const char* kName = "AffineLayerNorm";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat};
  static constexpr size_t kResults = 1;

  using Norm::Norm;
  void run(const Run& run) const;
};

// From x, scale, shift and the loss's gradient by y to the gradients by x, scale and shift.
class AffineLayerNormGradient : Norm {
 public:
  static constexpr const char* kName = "AffineLayerNormGradient";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat, kFloat};
  static constexpr size_t kResults = 3;

  using Norm::Norm;
  void run(const Run& run) const;
};

// y = x * sigmoid(LayerNorm(x) * scale + shift).
class SwishLayerNorm : Norm {
 public:
  static constexpr const char* kName = "SwishLayerNorm";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat};
  static constexpr size_t kResults = 1;

  using Norm::Norm;
  void run(const Run& run) const;
};

// From x, scale, shift and the loss's gradient by y to the gradients by x, scale and shift.
class SwishLayerNormGradient : Norm {
 public:
  static constexpr const char* kName = "SwishLayerNormGradient";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat, kFloat};
  static constexpr size_t kResults = 3;

  using Norm::Norm;
  void run(const Run& run) const;
};

// y = x / sqrt(mean of squares + epsilon) over the last axis.
class RmsNorm : Norm {
 public:
  static constexpr const char* kName = "RmsNorm";
  static constexpr int kOperands[] = {kFloat};
  static constexpr size_t kResults = 1;

  using Norm::Norm;
  void run(const Run& run) const;
};

// From x and the loss's gradient by y to the gradient by x.
class RmsNormGradient : Norm {
 public:
  static constexpr const char* kName = "RmsNormGradient";
  static constexpr int kOperands[] = {kFloat, kFloat};
  static constexpr size_t kResults = 1;

  using Norm::Norm;
  void run(const Run& run) const;
};

}  // namespace genrec
