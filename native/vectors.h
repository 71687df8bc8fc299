// Vectors of reals, products of small matrices, and memory that is reused.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace genrec {

#ifdef __AVX512F__
constexpr int kWidth = 16;
#else
constexpr int kWidth = 8;
#endif

typedef float Reals __attribute__((vector_size(kWidth * 4), aligned(4), may_alias));
typedef int32_t Wholes __attribute__((vector_size(kWidth * 4), aligned(4), may_alias));

inline Reals load(const float* from) { return *reinterpret_cast<const Reals*>(from); }

inline void store(float* to, Reals value) { *reinterpret_cast<Reals*>(to) = value; }

// Nothing subtracted, rather than added, is no operation: it keeps the sign of 0.
inline Reals all(float value) { return value - Reals{}; }

inline int64_t roundedUp(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

// Rounded up to whole vectors.
inline int64_t padded(int64_t count) { return roundedUp(count, kWidth); }

inline Wholes bits(Reals x) { return reinterpret_cast<Wholes>(x); }

inline Reals reals(Wholes x) { return reinterpret_cast<Reals>(x); }

// exp(x) with a relative error below 3e-7: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2]. Beyond
// -87 and 88 it stays where it is there.
inline Reals exponential(Reals x) {
  x = x > all(88.0f) ? all(88.0f) : x;
  x = x < all(-87.0f) ? all(-87.0f) : x;
  // Adding this rounds to a whole number, which then stands in the lowest bits.
  const Reals magic = all(12582912.0f);
  Reals shifted = x * 1.44269504f + magic;
  Reals n = shifted - magic;
  Reals r = x - n * 0.693359375f - n * -2.12194440e-4f;
  Reals y = all(1.9875691500e-4f);
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1.0f;
  return reals(bits(y) + (bits(shifted) << 23));
}

// exp(x), but 0 where that is too small to add to 1: what is far away does not add up.
inline Reals exponentialOrZero(Reals x) { return x < all(-86.0f) ? Reals{} : exponential(x); }

inline Reals sigmoid(Reals x) { return 1.0f / (1.0f + exponential(-x)); }

// x / (1 + exp(-x)) with a relative error below 3e-6, for where a division is dear.
#ifdef __AVX512F__
inline Reals silu(Reals x) {
  constexpr __mmask16 kAll = 0xFFFF;
  // 2^(k / 16) from a table, times a polynomial on [-ln 2 / 32, ln 2 / 32].
  const Reals powers = {1.0f,        1.04427378f, 1.09050773f, 1.13878863f,
                        1.18920712f, 1.24185781f, 1.29683955f, 1.35425555f,
                        1.41421356f, 1.47682615f, 1.54221083f, 1.61049033f,
                        1.68179283f, 1.75625216f, 1.83400809f, 1.91520656f};
  // Adding this rounds to a sixteenth, which then stands in the lowest bits.
  const Reals magic = all(786432.0f);
  Reals y = x < all(-87.0f) ? all(-87.0f) : x;
  y = y > all(87.0f) ? all(87.0f) : y;
  Reals shifted = y * -1.44269504f + magic;
  Reals n = shifted - magic;
  Reals f = y * -1.44269504f - n;
  Reals power = Reals(_mm512_maskz_permutexvar_ps(kAll, __m512i(bits(shifted)), __m512(powers)));
  power += power * f * (f * 0.240226507f + 0.69314718f);
  Reals z = 1.0f + Reals(_mm512_maskz_scalef_ps(kAll, __m512(power), __m512(n)));
  Reals inverse = Reals(_mm512_maskz_rcp14_ps(kAll, __m512(z)));
  return x * (inverse * (2.0f - z * inverse));
}
#else
inline Reals silu(Reals x) { return x * sigmoid(x); }
#endif

// ln(x) for x of 1 and above, as accurate.
inline Reals logarithm(Reals x) {
  Wholes exponent = (bits(x) >> 23) - 126;
  Reals m = reals((bits(x) & 0x007FFFFF) | 0x3F000000);  // in [0.5, 1)
  Wholes low = m < all(0.70710678f);
  exponent += low;  // true is -1
  m = low ? m + m : m;
  Reals r = m - 1.0f;
  Reals z = r * r;
  Reals y = all(7.0376836292e-2f);
  y = y * r - 1.1514610310e-1f;
  y = y * r + 1.1676998740e-1f;
  y = y * r - 1.2420140846e-1f;
  y = y * r + 1.4249322787e-1f;
  y = y * r - 1.6668057665e-1f;
  y = y * r + 2.0000714765e-1f;
  y = y * r - 2.4999993993e-1f;
  y = y * r + 3.3333331174e-1f;
  Reals e = __builtin_convertvector(exponent, Reals);
  y = y * r * z + e * -2.12194440e-4f - 0.5f * z;
  return r + y + e * 0.693359375f;
}

// The sum of a vector's entries, added to a number one by one.
inline float total(Reals x, float sum = 0) {
  for (int lane = 0; lane < kWidth; lane++) sum += x[lane];
  return sum;
}

// The product of two rows.
inline float dot(const float* a, const float* b, int64_t width) {
  Reals sums = {};
  int64_t c = 0;
  for (; c + kWidth <= width; c += kWidth) sums += load(a + c) * load(b + c);
  float sum = 0;
  for (; c < width; c++) sum += a[c] * b[c];
  for (int half = kWidth / 2; half > 0; half /= 2) {
    for (int lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
  }
  return sum + sums[0];
}

// A matrix in memory: entry (row, column) at data[row * down + column * across].
struct Matrix {
  const float* data;
  int64_t down;
  int64_t across;
};

constexpr int kRows = 8;

// Rounded up to whole vectors and whole tiles: what a product has as columns, the next one has as
// rows.
inline int64_t tiled(int64_t count) {
  constexpr int kBoth = std::max(kRows, kWidth);
  static_assert(kBoth % kRows == 0 && kBoth % kWidth == 0);
  return roundedUp(count, kBoth);
}

template <int columns>
inline void tile(int64_t inner, Matrix a, const float* b, int64_t bDown, float* c, int64_t cDown,
                 bool add) {
  Reals sum[kRows][columns];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; i++) {
#pragma GCC unroll 3
    for (int j = 0; j < columns; j++) {
      sum[i][j] = add ? load(c + i * cDown + j * kWidth) : Reals{};
    }
  }
  for (int64_t k = 0; k < inner; k++) {
    Reals row[columns];
#pragma GCC unroll 3
    for (int j = 0; j < columns; j++) row[j] = load(b + k * bDown + j * kWidth);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; i++) {
      Reals left = all(a.data[i * a.down + k * a.across]);
#pragma GCC unroll 3
      for (int j = 0; j < columns; j++) sum[i][j] += left * row[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; i++) {
#pragma GCC unroll 3
    for (int j = 0; j < columns; j++) store(c + i * cDown + j * kWidth, sum[i][j]);
  }
}

// c = a b, or c += a b: rows a multiple of kRows, columns a multiple of kWidth; rows of b and c lie
// contiguous.
inline void product(int64_t rows, int64_t columns, int64_t inner, Matrix a, const float* b,
                    int64_t bDown, float* c, int64_t cDown, bool add) {
  for (int64_t i = 0; i < rows; i += kRows) {
    Matrix left{a.data + i * a.down, a.down, a.across};
    float* out = c + i * cDown;
    int64_t j = 0;
    while (j < columns) {
      int64_t left_over = (columns - j) / kWidth;
      // Four vectors are two and two, not three and one.
      if (left_over == 1) {
        tile<1>(inner, left, b + j, bDown, out + j, cDown, add);
        j += kWidth;
      } else if (left_over == 2 || left_over == 4) {
        tile<2>(inner, left, b + j, bDown, out + j, cDown, add);
        j += 2 * kWidth;
      } else {
        tile<3>(inner, left, b + j, bDown, out + j, cDown, add);
        j += 3 * kWidth;
      }
    }
  }
}

// Memory of one thread, handed out piece by piece and kept for the next run.
class Scratch {
 public:
  ~Scratch() { std::free(memory_); }

  // Room for so many bytes; earlier pieces are forgotten.
  void begin(size_t bytes) {
    used_ = 0;
    if (bytes > capacity_) {
      std::free(memory_);
      memory_ = nullptr;
      capacity_ = 0;
      memory_ = static_cast<char*>(std::aligned_alloc(kLine, (bytes + kLine - 1) / kLine * kLine));
      if (memory_ == nullptr) throw std::bad_alloc();
      capacity_ = bytes;
    }
  }

  template <class T>
  T* take(int64_t count) {
    T* piece = reinterpret_cast<T*>(memory_ + used_);
    used_ += bytes<T>(count);
    if (used_ > capacity_) throw std::bad_alloc();
    return piece;
  }

  template <class T>
  static size_t bytes(int64_t count) {
    return (static_cast<size_t>(count) * sizeof(T) + kLine - 1) / kLine * kLine;
  }

  static Scratch& ofThread() {
    static thread_local Scratch scratch;
    return scratch;
  }

 private:
  static constexpr size_t kLine = 64;
  char* memory_ = nullptr;
  size_t capacity_ = 0;
  size_t used_ = 0;
};

}  // namespace genrec
