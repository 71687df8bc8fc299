#include "rows.h"

#include <algorithm>
#include <cmath>

#include "vectors.h"

namespace genrec {
namespace {

int64_t entries(const std::vector<int64_t>& size) {
  int64_t count = 1;
  for (int64_t axis : size) count *= axis;
  return count;
}

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

float total(Reals x) {
  float sum = 0;
  for (int lane = 0; lane < kWidth; lane++) sum += x[lane];
  return sum;
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

}  // namespace

void Silu::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  float* y = run.output(0, x.size);
  map(entries(x.size), x.data, x.data, y, [](Reals a, Reals) { return a * sigmoid(a); });
}

void SiluGradient::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  Tensor<const float> outer = run.input<float>(1);
  float* y = run.output(0, x.size);
  map(entries(x.size), x.data, outer.data, y, [](Reals a, Reals dy) {
    Reals s = sigmoid(a);
    return dy * (s + a * s * (1.0f - s));
  });
}

void LayerNorm::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  float* y = run.output(0, x.size);
  int64_t width = x.size.back(), count = entries(x.size);
  for (int64_t i = 0; i < count; i += width) {
    Moments row(x.data + i, width, epsilon_);
    Reals mean = all(row.mean), inverse = all(row.inverse);
    map(width, x.data + i, x.data + i, y + i,
        [&](Reals a, Reals) { return (a - mean) * inverse; });
  }
}

void LayerNormGradient::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  Tensor<const float> outer = run.input<float>(1);
  float* y = run.output(0, x.size);
  int64_t width = x.size.back(), count = entries(x.size);
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
  int64_t width = x.size.back(), count = entries(x.size);
  for (int64_t i = 0; i < count; i += width) {
    Reals inverse = all(inverseRoot(x.data + i, width, epsilon_));
    map(width, x.data + i, x.data + i, y + i, [&](Reals a, Reals) { return a * inverse; });
  }
}

void RmsNormGradient::run(const Run& run) const {
  Tensor<const float> x = run.input<float>(0);
  Tensor<const float> outer = run.input<float>(1);
  float* y = run.output(0, x.size);
  int64_t width = x.size.back(), count = entries(x.size);
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
