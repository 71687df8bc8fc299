#include "gathered_products.h"

#include <algorithm>

#include "vectors.h"

namespace genrec {
namespace {

struct Operands {
  Tensor<const float> x, table;
  Tensor<const int64_t> ids;
  int64_t rows, width, entries, count;

  explicit Operands(const Run& run)
      : x(run.input<float>(0)),
        table(run.input<float>(1)),
        ids(run.input<int64_t>(2)),
        rows(x.dim(0)),
        width(x.dim(1)),
        entries(table.dim(0)),
        count(ids.dim(1)) {
    check(table.dim(1) == width && ids.dim(0) == rows, "rows, table and ids do not fit");
    requireRows(ids, entries);
  }
};

constexpr int kMaxVectors = 8;

// A row of x as vectors. Rows of the table lie side by side without room between them, so the last
// vector begins early enough to end with the row; what it repeats is 0 here and so counts once.
template <int vectors>
struct Row {
  Reals part[vectors];
  int64_t tail;

  Row(const float* from, int64_t width) : tail(width - kWidth) {
    for (int v = 0; v < vectors; v++) part[v] = load(from + at(v));
    for (int lane = 0; lane < kWidth; lane++) {
      if (tail + lane < (vectors - 1) * kWidth) part[vectors - 1][lane] = 0;
    }
  }

  int64_t at(int v) const { return v == vectors - 1 ? tail : v * kWidth; }
};

// Halves of two vectors folded: the first half of each group of 2 * span lanes is a's sum, the
// second b's.
template <int span>
inline Reals fold(Reals a, Reals b) {
  Wholes low, high;
  for (int lane = 0; lane < kWidth; lane++) {
    int group = lane / (2 * span) * (2 * span), within = lane % (2 * span);
    low[lane] = within < span ? group + within : kWidth + group + within - span;
    high[lane] = low[lane] + span;
  }
  return __builtin_shuffle(a, b, low) + __builtin_shuffle(a, b, high);
}

// The sums of kWidth vectors, one in each lane.
template <int span>
inline Reals totals(Reals* x) {
#pragma GCC unroll 16
  for (int i = 0; i < span; i++) x[i] = fold<span>(x[i], x[i + span]);
  if constexpr (span == 1) {
    return x[0];
  } else {
    return totals<span / 2>(x);
  }
}

template <int vectors>
void forward(const Operands& in, float* y) {
  for (int64_t i = 0; i < in.rows; i++) {
    Row<vectors> row(in.x.data + i * in.width, in.width);
    const int64_t* ids = in.ids.data + i * in.count;
    float* out = y + i * in.count;
    for (int64_t n = 0; n < in.count; n += kWidth) {
      Reals sums[kWidth];
      int64_t some = std::min<int64_t>(kWidth, in.count - n);
      for (int64_t lane = 0; lane < some; lane++) {
        const float* entry = in.table.data + ids[n + lane] * in.width;
        Reals sum = row.part[0] * load(entry + row.at(0));
#pragma GCC unroll 8
        for (int v = 1; v < vectors; v++) sum += row.part[v] * load(entry + row.at(v));
        sums[lane] = sum;
      }
      if (some == kWidth) {
        store(out + n, totals<kWidth / 2>(sums));
      } else {
        for (int64_t lane = 0; lane < some; lane++) out[n + lane] = total(sums[lane]);
      }
    }
  }
}

template <int vectors>
void backward(const Operands& in, const float* outer, float* byX, float* byTable) {
  for (int64_t i = 0; i < in.rows; i++) {
    Row<vectors> row(in.x.data + i * in.width, in.width);
    const int64_t* ids = in.ids.data + i * in.count;
    Reals sum[vectors] = {};
    for (int64_t n = 0; n < in.count; n++) {
      float given = outer[i * in.count + n];
      if (given == 0) continue;  // as for tokens that do not count
      Reals change = all(given);
      const float* entry = in.table.data + ids[n] * in.width;
      float* to = byTable + ids[n] * in.width;
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) {
        sum[v] += change * load(entry + row.at(v));
        store(to + row.at(v), load(to + row.at(v)) + change * row.part[v]);
      }
    }
    // The last vector first: what it repeats is overwritten by those before it with the same.
    for (int v = vectors - 1; v >= 0; v--) store(byX + i * in.width + row.at(v), sum[v]);
  }
}

// Rows of any width, one number at a time.
void forwardPlain(const Operands& in, float* y) {
  for (int64_t i = 0; i < in.rows * in.count; i++) {
    const float* x = in.x.data + i / in.count * in.width;
    const float* entry = in.table.data + in.ids.data[i] * in.width;
    float sum = 0;
    for (int64_t c = 0; c < in.width; c++) sum += x[c] * entry[c];
    y[i] = sum;
  }
}

void backwardPlain(const Operands& in, const float* outer, float* byX, float* byTable) {
  std::fill(byX, byX + in.rows * in.width, 0.0f);
  for (int64_t i = 0; i < in.rows * in.count; i++) {
    const float* x = in.x.data + i / in.count * in.width;
    float* toX = byX + i / in.count * in.width;
    const float* entry = in.table.data + in.ids.data[i] * in.width;
    float* to = byTable + in.ids.data[i] * in.width;
    for (int64_t c = 0; c < in.width; c++) {
      toX[c] += outer[i] * entry[c];
      to[c] += outer[i] * x[c];
    }
  }
}

// Calls work with as many vectors as a row takes, or plain for widths that are too small or large.
template <int vectors, class Work, class Plain>
void dispatch(int64_t width, Work work, Plain plain) {
  if constexpr (vectors > kMaxVectors) {
    plain();
  } else if (width < kWidth) {
    plain();
  } else if (width <= vectors * kWidth) {
    work(std::integral_constant<int, vectors>());
  } else {
    dispatch<vectors + 1>(width, work, plain);
  }
}

}  // namespace

void GatheredProducts::run(const Run& run) const {
  Operands in(run);
  float* y = run.output(0, in.ids.size);
  dispatch<1>(
      in.width, [&](auto vectors) { forward<vectors()>(in, y); }, [&] { forwardPlain(in, y); });
}

void GatheredProductsGradient::run(const Run& run) const {
  Operands in(run);
  Tensor<const float> outer = run.gradient(3, in.ids.size);
  float* byX = run.output(0, in.x.size);
  float* byTable = run.output(1, in.table.size);
  std::fill(byTable, byTable + in.entries * in.width, 0.0f);
  dispatch<1>(
      in.width, [&](auto vectors) { backward<vectors()>(in, outer.data, byX, byTable); },
      [&] { backwardPlain(in, outer.data, byX, byTable); });
}

}  // namespace genrec
