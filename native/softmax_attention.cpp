#include "softmax_attention.h"

#include <algorithm>

#include "heads.h"

namespace genrec {
namespace {

// The logit of a key that is not seen. A query that sees none weighs all keys alike, as the formula
// does.
constexpr float kHidden = -1e30f;
// Behind the last key: weight 0 even then.
constexpr float kNothing = -3e38f;

// The operands that both kernels begin with.
struct Operands {
  Tensor<const float> query;       // [batch, queries, heads, width]
  Tensor<const float> key, value;  // [batch, keys, groups, width]; groups divide heads
  Tensor<const bool> mask;         // [1 or batch, 1 or queries, keys]
  AttentionSizes sizes;

  explicit Operands(const Run& run)
      : query(run.input<float>(0)),
        key(run.input<float>(1)),
        value(run.input<float>(2)),
        mask(run.input<bool>(3)),
        sizes(query, key, value) {
    sizes.requireMask(mask);
  }
};

// The weights of a block of queries.
class Weights {
 public:
  static size_t bytes(const AttentionSizes& sizes) {
    return Scratch::bytes<float>(kBlock * sizes.keyColumns);
  }

  Weights(float scale, const Operands& in, Scratch& scratch)
      : scale_(scale), mask_(in.mask), sizes_(in.sizes) {
    instead_ = scratch.take<float>(kBlock * sizes_.keyColumns);
  }

  // Goes to a sequence's queries from this one on; gives how many keys any sees, rounded up.
  int64_t block(int64_t sequence, int64_t first) {
    int64_t different = mask_.dim(1);  // rows of a sequence: one if all its queries see the same
    int64_t down = different == 1 ? 0 : sizes_.keys;
    const bool* rows = mask_.data + (mask_.dim(0) == 1 ? 0 : sequence) * different * sizes_.keys +
                       first * down;
    count_ = std::min<int64_t>(kBlock, sizes_.queries - first);
    int64_t end = 0;
    for (int64_t r = 0; r < count_; r++) {
      const bool* row = rows + r * down;
      int64_t last = sizes_.keys;
      while (last > 0 && !row[last - 1]) last--;
      end = last == 0 ? sizes_.keys : std::max(end, last);
    }
    end_ = tiled(end);
    int64_t known = std::min(end_, sizes_.keys);
    for (int64_t r = 0; r < kBlock; r++) {
      float* to = instead_ + r * sizes_.keyColumns;
      const bool* row = rows + r * down;
      for (int64_t j = 0; j < known; j++) to[j] = r >= count_ || row[j] ? 0.0f : kHidden;
      std::fill(to + known, to + end_, kNothing);
    }
    return end_;
  }

  int64_t count() const { return count_; }

  // Makes weights of the products of all queries and keys.
  void of(float* products) const {
    for (int64_t r = 0; r < kBlock; r++) {
      float* row = products + r * sizes_.keyColumns;
      const float* instead = instead_ + r * sizes_.keyColumns;
      Reals most = all(kNothing);
      for (int64_t j = 0; j < end_; j += kWidth) {
        Reals other = load(instead + j);
        Reals logit = other == Reals{} ? load(row + j) * scale_ : other;
        store(row + j, logit);
        most = logit > most ? logit : most;
      }
      float top = most[0];
      for (int lane = 1; lane < kWidth; lane++) top = std::max(top, most[lane]);
      Reals sums = {};
      for (int64_t j = 0; j < end_; j += kWidth) {
        Reals share = exponentialOrZero(load(row + j) - top);
        store(row + j, share);
        sums += share;
      }
      Reals inverse = all(1 / total(sums));
      for (int64_t j = 0; j < end_; j += kWidth) store(row + j, load(row + j) * inverse);
    }
  }

  // Makes gradients by products of gradients by weights.
  void gradient(const float* weights, float* changes) const {
    for (int64_t r = 0; r < kBlock; r++) {
      const float* w = weights + r * sizes_.keyColumns;
      float* d = changes + r * sizes_.keyColumns;
      const float* instead = instead_ + r * sizes_.keyColumns;
      Reals sums = {};
      for (int64_t j = 0; j < end_; j += kWidth) sums += load(w + j) * load(d + j);
      float along = total(sums);
      for (int64_t j = 0; j < end_; j += kWidth) {
        Reals change = load(w + j) * (load(d + j) - along) * scale_;
        store(d + j, load(instead + j) == Reals{} ? change : Reals{});
      }
    }
  }

 private:
  float scale_;
  const Tensor<const bool>& mask_;
  const AttentionSizes& sizes_;
  float* instead_;  // 0 where a key is seen, else its logit
  int64_t count_ = 0, end_ = 0;
};

}  // namespace

void SoftmaxAttention::run(const Run& run) const {
  Operands in(run);
  const AttentionSizes& sizes = in.sizes;
  float* out = run.output(0, {sizes.batch, sizes.queries, sizes.heads, sizes.valueWidth});

  int64_t room = sizes.widthRoom, valueRoom = sizes.valueRoom, columns = sizes.keyColumns;
  Scratch& scratch = Scratch::ofThread();
  scratch.begin(Weights::bytes(sizes) + Scratch::bytes<float>(sizes.queryRows * room) +
                Scratch::bytes<float>(sizes.width * columns) +
                Scratch::bytes<float>(columns * valueRoom) +
                Scratch::bytes<float>(kBlock * columns) +
                Scratch::bytes<float>(kBlock * valueRoom));
  Weights weights(scale_, in, scratch);
  float* query = scratch.take<float>(sizes.queryRows * room);
  float* key = scratch.take<float>(sizes.width * columns);
  float* value = scratch.take<float>(columns * valueRoom);
  float* weight = scratch.take<float>(kBlock * columns);
  float* sum = scratch.take<float>(kBlock * valueRoom);

  for (int64_t b = 0; b < sizes.batch; b++) {
    for (int64_t h = 0; h < sizes.heads; h++) {
      pack(in.query, b, h, query, sizes.queryRows, room);
      if (h == 0 || sizes.group(h) != sizes.group(h - 1)) {
        packTransposed(in.key, b, sizes.group(h), key, columns);
        pack(in.value, b, sizes.group(h), value, columns, valueRoom);
      }
      for (int64_t first = 0; first < sizes.queries; first += kBlock) {
        int64_t end = weights.block(b, first);
        product(kBlock, end, sizes.width, {query + first * room, room, 1}, key, columns, weight,
                columns, false);
        weights.of(weight);
        product(kBlock, valueRoom, end, {weight, columns, 1}, value, valueRoom, sum, valueRoom,
                false);
        unpack(sum, valueRoom, first, weights.count(), out, b, sizes.queries, h, sizes.heads,
               sizes.valueWidth, 1);
      }
    }
  }
}

void SoftmaxAttentionGradient::run(const Run& run) const {
  Operands in(run);
  const AttentionSizes& sizes = in.sizes;
  Tensor<const float> outer =
      run.gradient(4, {sizes.batch, sizes.queries, sizes.heads, sizes.valueWidth});
  float* byQuery = run.output(0, in.query.size);
  float* byKey = run.output(1, in.key.size);
  float* byValue = run.output(2, in.value.size);

  int64_t room = sizes.widthRoom, valueRoom = sizes.valueRoom, columns = sizes.keyColumns;
  Scratch& scratch = Scratch::ofThread();
  scratch.begin(Weights::bytes(sizes) + Scratch::bytes<float>(sizes.queryRows * room) +
                Scratch::bytes<float>(sizes.queryRows * valueRoom) +
                Scratch::bytes<float>(sizes.width * columns) +
                Scratch::bytes<float>(sizes.valueWidth * columns) +
                2 * Scratch::bytes<float>(columns * room) +
                Scratch::bytes<float>(columns * valueRoom) +
                2 * Scratch::bytes<float>(kBlock * columns) +
                Scratch::bytes<float>(kBlock * room));
  Weights weights(scale_, in, scratch);
  float* query = scratch.take<float>(sizes.queryRows * room);
  float* gradient = scratch.take<float>(sizes.queryRows * valueRoom);
  float* keyAcross = scratch.take<float>(sizes.width * columns);
  float* valueAcross = scratch.take<float>(sizes.valueWidth * columns);
  float* key = scratch.take<float>(columns * room);
  float* keySum = scratch.take<float>(columns * room);
  float* valueSum = scratch.take<float>(columns * valueRoom);
  float* weight = scratch.take<float>(kBlock * columns);
  float* change = scratch.take<float>(kBlock * columns);
  float* querySum = scratch.take<float>(kBlock * room);

  for (int64_t b = 0; b < sizes.batch; b++) {
    for (int64_t h = 0; h < sizes.heads; h++) {
      int64_t group = sizes.group(h);
      pack(in.query, b, h, query, sizes.queryRows, room);
      pack(outer, b, h, gradient, sizes.queryRows, valueRoom);
      if (h == 0 || group != sizes.group(h - 1)) {
        packTransposed(in.key, b, group, keyAcross, columns);
        packTransposed(in.value, b, group, valueAcross, columns);
        pack(in.key, b, group, key, columns, room);
        std::fill(keySum, keySum + columns * room, 0.0f);
        std::fill(valueSum, valueSum + columns * valueRoom, 0.0f);
      }
      for (int64_t first = 0; first < sizes.queries; first += kBlock) {
        int64_t end = weights.block(b, first);
        const float* q = query + first * room;
        const float* g = gradient + first * valueRoom;
        product(kBlock, end, sizes.width, {q, room, 1}, keyAcross, columns, weight, columns,
                false);
        product(kBlock, end, sizes.valueWidth, {g, valueRoom, 1}, valueAcross, columns, change,
                columns, false);
        weights.of(weight);
        weights.gradient(weight, change);
        product(kBlock, room, end, {change, columns, 1}, key, room, querySum, room, false);
        unpack(querySum, room, first, weights.count(), byQuery, b, sizes.queries, h, sizes.heads,
               sizes.width, 1);
        product(end, room, kBlock, {change, 1, columns}, q, room, keySum, room, true);
        product(end, valueRoom, kBlock, {weight, 1, columns}, g, valueRoom, valueSum, valueRoom,
                true);
      }
      if (h + 1 == sizes.heads || group != sizes.group(h + 1)) {
        unpack(keySum, room, 0, sizes.keys, byKey, b, sizes.keys, group, sizes.groups,
               sizes.width, 1);
        unpack(valueSum, valueRoom, 0, sizes.keys, byValue, b, sizes.keys, group, sizes.groups,
               sizes.valueWidth, 1);
      }
    }
  }
}

}  // namespace genrec
