#include "silu_attention.h"

#include <algorithm>

#include "vectors.h"

namespace genrec {
namespace {

// Keys of a tile: with their values and the weights of kRows queries they stay in the first cache.
// Three vectors of each row of keys are multiplied at a time.
constexpr int64_t kKeys = 9 * 16;

// Where a value of each query and key stands: a step of 0 where all of them share it.
template <class T>
struct Grid {
  const T* data;
  int64_t bySequence, byQuery, byKey;

  Grid(const Tensor<const T>& from, int64_t batch, int64_t queries, int64_t keys)
      : data(from.data) {
    auto step = [&](size_t axis, int64_t full, int64_t step) -> int64_t {
      check(from.dim(axis) == full || from.dim(axis) == 1,
            "mask or bias do not fit queries and keys");
      return from.dim(axis) == 1 ? 0 : step;
    };
    byKey = step(2, keys, 1);
    byQuery = step(1, queries, from.dim(2));
    bySequence = step(0, batch, from.dim(1) * from.dim(2));
  }

  const T* at(int64_t sequence, int64_t query, int64_t key) const {
    return data + sequence * bySequence + query * byQuery + key * byKey;
  }
};

struct Operands {
  Tensor<const float> query, key, value;
  int64_t batch, queries, heads, width, groups, keys, valueWidth;
  Grid<bool> mask;
  Grid<float> bias;

  explicit Operands(const Run& run)
      : query(run.input<float>(0)),
        key(run.input<float>(1)),
        value(run.input<float>(2)),
        batch(query.dim(0)),
        queries(query.dim(1)),
        heads(query.dim(2)),
        width(query.dim(3)),
        groups(key.dim(1)),
        keys(key.dim(3)),
        valueWidth(value.dim(3)),
        mask(run.input<bool>(3), batch, queries, keys),
        bias(run.input<float>(4), batch, queries, keys) {
    check(key.size == std::vector<int64_t>({batch, groups, width, keys}) &&
              value.size == std::vector<int64_t>({batch, groups, keys, valueWidth}) &&
              groups > 0 && heads % groups == 0,
          "keys and values do not fit queries");
  }
};

// Values of some queries and the keys of a tile, as reals in rows of kKeys.
class Tile {
 public:
  explicit Tile(Scratch& scratch) : room_(scratch.take<float>(kRows * kKeys)) {}

  // Copies rows; those of queries that share one are one.
  template <class T>
  void fill(const Grid<T>& from, int64_t sequence, int64_t query, int64_t rows, int64_t key,
            int64_t keys) {
    down_ = from.byQuery == 0 ? 0 : kKeys;
    least_ = most_ = static_cast<float>(*from.at(sequence, query, key));
    for (int64_t r = 0; r < (down_ == 0 ? 1 : kRows); r++) {
      const T* row = from.at(sequence, query + std::min(r, rows - 1), key);
      float* to = room_ + r * kKeys;
      for (int64_t j = 0; j < keys; j++) {
        to[j] = static_cast<float>(row[j * from.byKey]);
        least_ = std::min(least_, to[j]);
        most_ = std::max(most_, to[j]);
      }
      std::fill(to + keys, to + padded(keys), 0.0f);
    }
  }

  const float* row(int64_t r) const { return room_ + r * down_; }
  float least() const { return least_; }
  float most() const { return most_; }

 private:
  float* room_;
  int64_t down_ = 0;
  float least_ = 0, most_ = 0;
};

// Copies a matrix whose rows are so far apart; up to a whole vector there are zeros behind each.
void copy(const float* from, int64_t rows, int64_t columns, int64_t down, float* to, int64_t room) {
  for (int64_t r = 0; r < rows; r++, from += down, to += room) {
    std::copy(from, from + columns, to);
    std::fill(to + columns, to + padded(columns), 0.0f);
  }
}

// weight[r, j] = SiLU(weight[r, j] + bias[r, j]) of kRows queries.
void activate(float* weight, const Tile& bias, int64_t columns) {
  for (int64_t r = 0; r < kRows; r++) {
    const float* added = bias.row(r);
    float* row = weight + r * kKeys;
    for (int64_t j = 0; j < columns; j += kWidth) {
      store(row + j, silu(load(row + j) + load(added + j)));
    }
  }
}

void hide(float* weight, const Tile& mask, int64_t columns) {
  for (int64_t r = 0; r < kRows; r++) {
    const float* seen = mask.row(r);
    float* row = weight + r * kKeys;
    for (int64_t j = 0; j < columns; j += kWidth) store(row + j, load(row + j) * load(seen + j));
  }
}

}  // namespace

void SiluAttention::run(const Run& run) const {
  Operands in(run);
  float* out = run.output(0, {in.batch, in.queries, in.heads, in.valueWidth});
  int64_t rows = roundedUp(in.queries, kRows);
  int64_t room = padded(in.width);
  int64_t valueRoom = padded(in.valueWidth);

  Scratch& scratch = Scratch::ofThread();
  scratch.begin(Scratch::bytes<float>(rows * room) + Scratch::bytes<float>(rows * valueRoom) +
                Scratch::bytes<float>(in.width * kKeys) + Scratch::bytes<float>(kKeys * valueRoom) +
                3 * Scratch::bytes<float>(kRows * kKeys));
  float* query = scratch.take<float>(rows * room);
  float* sum = scratch.take<float>(rows * valueRoom);
  float* key = scratch.take<float>(in.width * kKeys);
  float* value = scratch.take<float>(kKeys * valueRoom);
  float* weight = scratch.take<float>(kRows * kKeys);
  Tile bias(scratch);
  Tile mask(scratch);

  for (int64_t b = 0; b < in.batch; b++) {
    for (int64_t h = 0; h < in.heads; h++) {
      int64_t group = b * in.groups + h / (in.heads / in.groups);
      const float* keys = in.key.data + group * in.width * in.keys;
      const float* values = in.value.data + group * in.keys * in.valueWidth;
      copy(in.query.data + (b * in.queries * in.heads + h) * in.width, in.queries, in.width,
           in.heads * in.width, query, room);
      std::fill(query + in.queries * room, query + rows * room, 0.0f);
      std::fill(sum, sum + rows * valueRoom, 0.0f);

      for (int64_t first = 0; first < in.keys; first += kKeys) {
        int64_t count = std::min(kKeys, in.keys - first);
        int64_t columns = padded(count);
        copy(keys + first, in.width, count, in.keys, key, kKeys);
        copy(values + first * in.valueWidth, count, in.valueWidth, in.valueWidth, value, valueRoom);
        for (int64_t i = 0; i < rows; i += kRows) {
          int64_t real = std::min<int64_t>(kRows, in.queries - i);
          if (i == 0 || in.mask.byQuery != 0) mask.fill(in.mask, b, i, real, first, count);
          if (i == 0 || in.bias.byQuery != 0) bias.fill(in.bias, b, i, real, first, count);
          if (mask.most() == 0) continue;
          product(kRows, columns, in.width, {query + i * room, room, 1}, key, kKeys, weight, kKeys,
                  false);
          activate(weight, bias, columns);
          if (mask.least() == 0) hide(weight, mask, columns);
          product(kRows, valueRoom, count, {weight, kKeys, 1}, value, valueRoom,
                  sum + i * valueRoom, valueRoom, true);
        }
      }
      for (int64_t i = 0; i < in.queries; i++) {
        float* to = out + ((b * in.queries + i) * in.heads + h) * in.valueWidth;
        for (int64_t c = 0; c < in.valueWidth; c++) to[c] = sum[i * valueRoom + c] * scale_;
      }
    }
  }
}

}  // namespace genrec
