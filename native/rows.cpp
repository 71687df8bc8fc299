#include "rows.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "vectors.h"

namespace genrec {
namespace {

// Fewer than kWidth entries, zeros behind them.
Reals loadSome(const float* from, int64_t count) {
  float room[kWidth] = {};
  std::copy(from, from + count, room);
  return load(room);
}

void storeSome(float* to, Reals value, int64_t count) {
  float room[kWidth];
  store(room, value);
  std::copy(room, room + count, to);
}

// Applies a function to vectors of one or two operands.
template <class Function>
void map(int64_t count, const float* a, const float* b, float* y, Function function) {
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) store(y + i, function(load(a + i), load(b + i)));
  if (i < count) {
    storeSome(y + i, function(loadSome(a + i, count - i), loadSome(b + i, count - i)), count - i);
  }
}

// The sum of a function's values over a row.
template <class Function>
float sum(int64_t count, const float* a, const float* b, Function function) {
  Reals sums = {};
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) sums += function(load(a + i), load(b + i));
  float rest = 0;
  if (i < count) {
    Reals last = function(loadSome(a + i, count - i), loadSome(b + i, count - i));
    for (int64_t lane = 0; lane < count - i; lane++) rest += last[lane];
  }
  return total(sums) + rest;
}

// Mean and one over the deviation of a row.
struct Moments {
  float mean, inverse;

  Moments(const float* x, int64_t width, float epsilon) {
    mean = sum(width, x, x, [](Reals a, Reals) { return a; }) / width;
    Reals centre = all(mean);
    float squares = sum(width, x, x, [&](Reals a, Reals) { return (a - centre) * (a - centre); });
    inverse = 1 / std::sqrt(squares / width + epsilon);
  }
};

// One over the root of a row's mean square.
float inverseRoot(const float* x, int64_t width, float epsilon) {
  float squares = sum(width, x, x, [](Reals a, Reals) { return a * a; });
  return 1 / std::sqrt(squares / width + epsilon);
}

// The next kWidth entries, or fewer with zeros behind them.
Reals next(const float* from, int64_t left) {
  return left >= kWidth ? load(from) : loadSome(from, left);
}

void put(float* to, Reals value, int64_t left) {
  if (left >= kWidth) {
    store(to, value);
  } else {
    storeSome(to, value, left);
  }
}

// A row of LayerNorm(x) * scale + shift, by vectors.
class AffineRow {
 public:
  AffineRow(const float* x, const float* scale, const float* shift, int64_t width, float epsilon)
      : x_(x), scale_(scale), shift_(shift), width_(width) {
    Moments row(x, width, epsilon);
    mean_ = all(row.mean);
    inverse = all(row.inverse);
  }

  Reals x(int64_t i) const { return next(x_ + i, width_ - i); }
  Reals scale(int64_t i) const { return next(scale_ + i, width_ - i); }
  Reals normal(int64_t i) const { return (x(i) - mean_) * inverse; }
  Reals value(int64_t i) const {
    return normal(i) * scale(i) + next(shift_ + i, width_ - i);
  }

  Reals inverse;

 private:
  const float *x_, *scale_, *shift_;
  int64_t width_;
  Reals mean_;
};

// A scale or a shift: a number for each place in a row.
Tensor<const float> learned(const Run& run, size_t index, int64_t width) {
  Tensor<const float> given = run.input<float>(index);
  check(given.size == std::vector<int64_t>({width}), "scale and shift do not fit rows");
  return given;
}

// y = value(i), or x(i) * sigmoid(value(i)), row by row.
template <bool kSwish>
void affine(const Run& run, float epsilon) {
  Tensor<const float> x = run.input<float>(0);
  int64_t width = x.size.back(), count = x.count();
  Tensor<const float> scale = learned(run, 1, width), shift = learned(run, 2, width);
  float* y = run.output(0, x.size);
  for (int64_t at = 0; at < count; at += width) {
    AffineRow row(x.data + at, scale.data, shift.data, width, epsilon);
    for (int64_t i = 0; i < width; i += kWidth) {
      Reals value = row.value(i);
      put(y + at + i, kSwish ? row.x(i) * sigmoid(value) : value, width - i);
    }
  }
}

// The gradients of the same by x, scale and shift.
template <bool kSwish>
void affineGradient(const Run& run, float epsilon) {
  Tensor<const float> x = run.input<float>(0);
  int64_t width = x.size.back(), count = x.count();
  Tensor<const float> scale = learned(run, 1, width), shift = learned(run, 2, width);
  Tensor<const float> outer = run.gradient(3, x.size);
  float* dx = run.output(0, x.size);
  float* dscale = run.output(1, scale.size);
  float* dshift = run.output(2, shift.size);
  int64_t vectors = padded(width) / kWidth;
  std::vector<Reals> byScale(vectors, Reals{}), byShift(vectors, Reals{});
  std::vector<Reals> direct(vectors), byNormal(vectors);
  for (int64_t at = 0; at < count; at += width) {
    AffineRow row(x.data + at, scale.data, shift.data, width, epsilon);
    Reals plain = {}, along = {};
    for (int64_t v = 0; v < vectors; v++) {
      int64_t i = v * kWidth;
      Reals by = next(outer.data + at + i, width - i);  // by the value; 0 behind the row's end
      if (kSwish) {
        Reals gate = sigmoid(row.value(i));
        direct[v] = by * gate;
        by *= row.x(i) * gate * (1.0f - gate);
      }
      Reals normal = row.normal(i);
      byScale[v] += by * normal;
      byShift[v] += by;
      byNormal[v] = by * row.scale(i);
      plain += byNormal[v];
      along += byNormal[v] * normal;
    }
    Reals mean = all(total(plain) / width), slope = all(total(along) / width);
    for (int64_t v = 0; v < vectors; v++) {
      int64_t i = v * kWidth;
      Reals by = row.inverse * (byNormal[v] - mean - row.normal(i) * slope);
      put(dx + at + i, kSwish ? direct[v] + by : by, width - i);
    }
  }
  for (int64_t v = 0; v < vectors; v++) {
    put(dscale + v * kWidth, byScale[v], width - v * kWidth);
    put(dshift + v * kWidth, byShift[v], width - v * kWidth);
  }
}

}  // namespace

void AffineLayerNorm::run(const Run& run) const { affine<false>(run, epsilon_); }

void AffineLayerNormGradient::run(const Run& run) const { affineGradient<false>(run, epsilon_); }

void SwishLayerNorm::run(const Run& run) const { affine<true>(run, epsilon_); }

void SwishLayerNormGradient::run(const Run& run) const { affineGradient<true>(run, epsilon_); }

void Silu::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  float* y = run.output(0, x.size);
  map(x.count(), x.data, x.data, y, [](Reals a, Reals) { return a * sigmoid(a); });
}

void SiluGradient::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  Tensor<const float> outer = run.gradient(1, x.size);
  float* y = run.output(0, x.size);
  map(x.count(), x.data, outer.data, y, [](Reals a, Reals dy) {
    Reals s = sigmoid(a);
    return dy * (s + a * s * (1.0f - s));
  });
}

void LayerNorm::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  float* y = run.output(0, x.size);
  int64_t width = x.size.back(), count = x.count();
  for (int64_t i = 0; i < count; i += width) {
    Moments row(x.data + i, width, epsilon_);
    Reals mean = all(row.mean), inverse = all(row.inverse);
    map(width, x.data + i, x.data + i, y + i,
        [&](Reals a, Reals) { return (a - mean) * inverse; });
  }
}

void LayerNormGradient::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  Tensor<const float> outer = run.gradient(1, x.size);
  float* y = run.output(0, x.size);
  int64_t width = x.size.back(), count = x.count();
  for (int64_t i = 0; i < count; i += width) {
    const float* a = x.data + i;
    const float* dy = outer.data + i;
    Moments row(a, width, epsilon_);
    Reals mean = all(row.mean), inverse = all(row.inverse);
    float plain = sum(width, dy, dy, [](Reals g, Reals) { return g; }) / width;
    float along = sum(width, a, dy,
                      [&](Reals v, Reals g) { return g * (v - mean) * inverse; }) / width;
    map(width, a, dy, y + i, [&](Reals v, Reals g) {
      return inverse * (g - plain - (v - mean) * inverse * along);
    });
  }
}

void RmsNorm::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  float* y = run.output(0, x.size);
  int64_t width = x.size.back(), count = x.count();
  for (int64_t i = 0; i < count; i += width) {
    Reals inverse = all(inverseRoot(x.data + i, width, epsilon_));
    map(width, x.data + i, x.data + i, y + i, [&](Reals a, Reals) { return a * inverse; });
  }
}

void RmsNormGradient::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  Tensor<const float> outer = run.gradient(1, x.size);
  float* y = run.output(0, x.size);
  int64_t width = x.size.back(), count = x.count();
  for (int64_t i = 0; i < count; i += width) {
    const float* a = x.data + i;
    const float* dy = outer.data + i;
    float root = inverseRoot(a, width, epsilon_);
    float along = sum(width, a, dy, [](Reals v, Reals g) { return v * g; }) / width;
    Reals inverse = all(root), pull = all(along * root * root);
    map(width, a, dy, y + i, [&](Reals v, Reals g) { return inverse * (g - v * pull); });
  }
}

}  // namespace genrec
