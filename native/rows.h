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

// y = (x - mean) / sqrt(variance + epsilon) over the last axis.
class LayerNorm {
 public:
  static constexpr const char* kName = "LayerNorm";
  static constexpr int kOperands[] = {kFloat};
  static constexpr size_t kResults = 1;

  explicit LayerNorm(const Attributes& attributes) : epsilon_(attributes.real("epsilon")) {}
  void run(const Run& run) const;

 private:
  float epsilon_;
};

// From x and the loss's gradient by y to the gradient by x.
class LayerNormGradient {
 public:
  static constexpr const char* kName = "LayerNormGradient";
  static constexpr int kOperands[] = {kFloat, kFloat};
  static constexpr size_t kResults = 1;

  explicit LayerNormGradient(const Attributes& attributes)
      : epsilon_(attributes.real("epsilon")) {}
  void run(const Run& run) const;

 private:
  float epsilon_;
};

// y = LayerNorm(x) * scale + shift.
class AffineLayerNorm {
 public:
  static constexpr const char* kName = "AffineLayerNorm";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat};
  static constexpr size_t kResults = 1;

  explicit AffineLayerNorm(const Attributes& attributes) : epsilon_(attributes.real("epsilon")) {}
  void run(const Run& run) const;

 private:
  float epsilon_;
};

// From x, scale, shift and the loss's gradient by y to the gradients by x, scale and shift.
class AffineLayerNormGradient {
 public:
  static constexpr const char* kName = "AffineLayerNormGradient";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat, kFloat};
  static constexpr size_t kResults = 3;

  explicit AffineLayerNormGradient(const Attributes& attributes)
      : epsilon_(attributes.real("epsilon")) {}
  void run(const Run& run) const;

 private:
  float epsilon_;
};

// y = x * sigmoid(LayerNorm(x) * scale + shift).
class SwishLayerNorm {
 public:
  static constexpr const char* kName = "SwishLayerNorm";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat};
  static constexpr size_t kResults = 1;

  explicit SwishLayerNorm(const Attributes& attributes) : epsilon_(attributes.real("epsilon")) {}
  void run(const Run& run) const;

 private:
  float epsilon_;
};

// From x, scale, shift and the loss's gradient by y to the gradients by x, scale and shift.
class SwishLayerNormGradient {
 public:
  static constexpr const char* kName = "SwishLayerNormGradient";
  static constexpr int kOperands[] = {kFloat, kFloat, kFloat, kFloat};
  static constexpr size_t kResults = 3;

  explicit SwishLayerNormGradient(const Attributes& attributes)
      : epsilon_(attributes.real("epsilon")) {}
  void run(const Run& run) const;

 private:
  float epsilon_;
};

// y = x / sqrt(mean of squares + epsilon) over the last axis.
class RmsNorm {
 public:
  static constexpr const char* kName = "RmsNorm";
  static constexpr int kOperands[] = {kFloat};
  static constexpr size_t kResults = 1;

  explicit RmsNorm(const Attributes& attributes) : epsilon_(attributes.real("epsilon")) {}
  void run(const Run& run) const;

 private:
  float epsilon_;
};

// From x and the loss's gradient by y to the gradient by x.
class RmsNormGradient {
 public:
  static constexpr const char* kName = "RmsNormGradient";
  static constexpr int kOperands[] = {kFloat, kFloat};
  static constexpr size_t kResults = 1;

  explicit RmsNormGradient(const Attributes& attributes) : epsilon_(attributes.real("epsilon")) {}
  void run(const Run& run) const;

 private:
  float epsilon_;
};

}  // namespace genrec
