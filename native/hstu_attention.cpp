#include "hstu_attention.h"

#include <algorithm>
#include <cmath>

#include "heads.h"

namespace genrec {
namespace {

// So few queries of a sequence meet keys and values where these lie.
constexpr int kFew = 3;

// Absent times and a real time are as far apart as no real times are.
constexpr int64_t kNoTime = INT64_MIN;
constexpr double kFar = 2305843009213693952.0;  // 2^61

// The operands that both kernels begin with.
struct Operands {
  Tensor<const float> query, key, value;  // [batch, queries or keys, heads, width]
  Tensor<const bool> mask;                // [1 or batch, 1 or queries, keys]; not read if causal
  Tensor<const int64_t> queryPosition, keyPosition;  // [1 or batch, queries or keys]
  Tensor<const int64_t> queryTime, keyTime;          // [batch, queries or keys]
  Tensor<const float> positionBias;                  // [2 N - 1]
  Tensor<const float> timeBias;                      // [buckets]
  AttentionSizes sizes;

  Operands(const HstuOptions& options, const Run& run)
      : query(run.input<float>(0)),
        key(run.input<float>(1)),
        value(run.input<float>(2)),
        mask(run.input<bool>(3)),
        queryPosition(run.input<int64_t>(4)),
        keyPosition(run.input<int64_t>(5)),
        queryTime(run.input<int64_t>(6)),
        keyTime(run.input<int64_t>(7)),
        positionBias(run.input<float>(8)),
        timeBias(run.input<float>(9)),
        sizes(query, key, value) {
    check(sizes.groups == sizes.heads, "keys do not fit");
    if (options.causal) {
      check(sizes.queries == sizes.keys, "causal attention needs as many keys as queries");
    } else {
      sizes.requireMask(mask);
    }
    std::vector<int64_t> ofQueries = {sizes.batch, sizes.queries};
    std::vector<int64_t> ofKeys = {sizes.batch, sizes.keys};
    check(fit(queryPosition, ofQueries) && fit(keyPosition, ofKeys), "positions do not fit");
    check(queryTime.size == ofQueries && keyTime.size == ofKeys, "times do not fit");
  }

  // Whether they are those of each sequence or of all.
  static bool fit(const Tensor<const int64_t>& positions, const std::vector<int64_t>& size) {
    return positions.size == size || positions.size == std::vector<int64_t>({1, size[1]});
  }
};

// What the queries of a block see of the keys of their sequence.
class Pairs {
 public:
  static size_t bytes(const Operands& in) {
    const AttentionSizes& sizes = in.sizes;
    return Scratch::bytes<float>(kBlock * sizes.keyColumns) * 2 +
           Scratch::bytes<int32_t>(kBlock * sizes.keyColumns) +
           Scratch::bytes<double>(sizes.keyColumns) +
           Scratch::bytes<float>(in.positionBias.dim(0) + 2 * kWidth);
  }

  Pairs(const HstuOptions& options, const Operands& in, Scratch& scratch)
      : options_(options), in_(in), sizes_(in.sizes) {
    bias_ = scratch.take<float>(kBlock * sizes_.keyColumns);
    mask_ = scratch.take<float>(kBlock * sizes_.keyColumns);
    bucket_ = scratch.take<int32_t>(kBlock * sizes_.keyColumns);
    keyTime_ = scratch.take<double>(sizes_.keyColumns);
    int64_t entries = in.positionBias.dim(0);
    position_ = scratch.take<float>(entries + 2 * kWidth);
    std::copy(in.positionBias.data, in.positionBias.data + entries, position_);
    std::fill(position_ + entries, position_ + entries + 2 * kWidth, 0.0f);
  }

  void sequence(int64_t index) {
    sequence_ = index;
    if (!options_.causal) {
      maskRows_ =
          in_.mask.data + (in_.mask.dim(0) == 1 ? 0 : index) * in_.mask.dim(1) * sizes_.keys;
      maskDown_ = in_.mask.dim(1) == 1 ? 0 : sizes_.keys;
    }
    queryPosition_ = in_.queryPosition.data +
                     (in_.queryPosition.dim(0) == 1 ? 0 : index) * sizes_.queries;
    keyPosition_ =
        in_.keyPosition.data + (in_.keyPosition.dim(0) == 1 ? 0 : index) * sizes_.keys;
    const int64_t* times = in_.keyTime.data + index * sizes_.keys;
    for (int64_t j = 0; j < sizes_.keys; j++) {
      keyTime_[j] = times[j] == kNoTime ? -kFar : static_cast<double>(times[j]);
    }
    std::fill(keyTime_ + sizes_.keys, keyTime_ + sizes_.keyColumns, 0.0);
    if (options_.byPosition && sizes_.queries > 0 && sizes_.keys > 0) {
      auto [leastKey, mostKey] = std::minmax_element(keyPosition_, keyPosition_ + sizes_.keys);
      auto [leastQuery, mostQuery] =
          std::minmax_element(queryPosition_, queryPosition_ + sizes_.queries);
      int64_t offset = in_.positionBias.dim(0) / 2;
      check(offset - *mostQuery + *leastKey >= 0 &&
                offset - *leastQuery + *mostKey < in_.positionBias.dim(0),
            "a position is beyond the table of biases");
      following_ = 1;
      while (following_ < sizes_.keys &&
             keyPosition_[following_] == keyPosition_[0] + following_) {
        following_++;
      }
    }
  }

  // Goes to the queries from this one on; gives how many keys any of them sees, rounded up.
  int64_t block(int64_t first) {
    first_ = first;
    count_ = std::min<int64_t>(kBlock, sizes_.queries - first);
    end_ = tiled(lastSeen());
    if (end_ == 0) return 0;
    for (int64_t r = 0; r < kBlock; r++) {
      float* mask = mask_ + r * sizes_.keyColumns;
      if (r >= count_) {
        std::fill(mask, mask + end_, 0.0f);
        std::fill(bias(r), bias(r) + end_, 0.0f);
        continue;
      }
      fillMask(r);
      fillBias(r);
    }
    return end_;
  }

  int64_t count() const { return count_; }
  float* bias(int64_t row) const { return bias_ + row * sizes_.keyColumns; }
  const float* mask(int64_t row) const { return mask_ + row * sizes_.keyColumns; }
  const int32_t* bucket(int64_t row) const { return bucket_ + row * sizes_.keyColumns; }

  // Adds what belongs to the keys of a query to a table like that of position biases.
  void addByPosition(int64_t row, const float* from, float* table) const {
    if (end_ == 0) return;
    float* to = table + place(row, 0);
    int64_t j = 0;
    int64_t vectors = following_ < end_ ? following_ / kWidth * kWidth : end_;
    for (; j < vectors; j += kWidth) store(to + j, load(to + j) + load(from + j));
    for (; j < end_ && j < sizes_.keys; j++) table[place(row, j)] += from[j];
  }

 private:
  // How many keys, from the first on, the queries of the block need.
  int64_t lastSeen() const {
    if (options_.causal) return first_ + count_;
    int64_t end = 0;
    for (int64_t r = 0; r < count_; r++) {
      const bool* row = maskRows_ + (first_ + r) * maskDown_;
      int64_t last = sizes_.keys;
      while (last > end && !row[last - 1]) last--;
      end = std::max(end, last);
    }
    return end;
  }

  void fillMask(int64_t r) {
    float* mask = mask_ + r * sizes_.keyColumns;
    int64_t known = std::min(end_, options_.causal ? first_ + r + 1 : sizes_.keys);
    if (options_.causal) {
      std::fill(mask, mask + known, 1.0f);
    } else {
      const bool* row = maskRows_ + (first_ + r) * maskDown_;
      for (int64_t j = 0; j < known; j++) mask[j] = row[j] ? 1.0f : 0.0f;
    }
    std::fill(mask + known, mask + end_, 0.0f);
  }

  // Where in the table of position biases a key of a query stands.
  int64_t place(int64_t row, int64_t key) const {
    return in_.positionBias.dim(0) / 2 - queryPosition_[first_ + row] + keyPosition_[key];
  }

  void fillBias(int64_t r) {
    float* bias = this->bias(r);
    if (options_.byPosition) {
      const float* from = position_ + place(r, 0);
      int64_t j = 0;
      for (; j < end_ && j < following_; j += kWidth) store(bias + j, load(from + j));
      // Candidates, and padding behind them, all stand at one position.
      for (j = following_; j < end_; j++) {
        bias[j] = j < sizes_.keys ? position_[place(r, j)] : 0.0f;
      }
    } else {
      std::fill(bias, bias + end_, 0.0f);
    }
    if (!options_.byTime) return;
    int64_t given = in_.queryTime.data[sequence_ * sizes_.queries + first_ + r];
    double time = given == kNoTime ? kFar : static_cast<double>(given);
    int32_t* bucket = bucket_ + r * sizes_.keyColumns;
    float elapsed[kWidth];
    const float* table = in_.timeBias.data;
    Reals last = all(static_cast<float>(in_.timeBias.dim(0) - 1));
    Reals width = all(options_.bucketWidth);
    for (int64_t j = 0; j < end_; j += kWidth) {
      for (int lane = 0; lane < kWidth; lane++) {
        elapsed[lane] = static_cast<float>(std::fabs(time - keyTime_[j + lane]));
      }
      Reals seconds = load(elapsed);
      seconds = seconds > all(1.0f) ? seconds : all(1.0f);
      Reals found = logarithm(seconds) / width;
      found = found < last ? found : last;
      Wholes index = __builtin_convertvector(found, Wholes);
      *reinterpret_cast<Wholes*>(bucket + j) = index;
      for (int lane = 0; lane < kWidth; lane++) bias[j + lane] += table[index[lane]];
    }
  }

  const HstuOptions& options_;
  const Operands& in_;
  const AttentionSizes& sizes_;
  float* bias_;
  float* mask_;
  int32_t* bucket_;
  double* keyTime_;
  float* position_;
  int64_t sequence_ = 0, first_ = 0, count_ = 0, end_ = 0;
  int64_t following_ = 0;  // how many keys, from the first on, have positions that follow each other
  const bool* maskRows_ = nullptr;
  int64_t maskDown_ = 0;
  const int64_t* queryPosition_ = nullptr;
  const int64_t* keyPosition_ = nullptr;
};

// A few queries, such as a history's last ones: to lay all keys out anew would cost more than it
// saves.
void few(const HstuOptions& options, const Operands& in, float* out) {
  const AttentionSizes& sizes = in.sizes;
  Scratch& scratch = Scratch::ofThread();
  scratch.begin(Pairs::bytes(in));
  Pairs pairs(options, in, scratch);
  std::fill(out, out + sizes.batch * sizes.queries * sizes.heads * sizes.valueWidth, 0.0f);
  for (int64_t b = 0; b < sizes.batch; b++) {
    pairs.sequence(b);
    int64_t end = std::min(pairs.block(0), sizes.keys);
    for (int64_t r = 0; r < sizes.queries; r++) {
      const float* bias = pairs.bias(r);
      const float* mask = pairs.mask(r);
      for (int64_t j = 0; j < end; j++) {
        if (mask[j] == 0) continue;
        for (int64_t h = 0; h < sizes.heads; h++) {
          int64_t query = (b * sizes.queries + r) * sizes.heads + h;
          int64_t key = (b * sizes.keys + j) * sizes.heads + h;
          float x = bias[j] + dot(in.query.data + query * sizes.width,
                                  in.key.data + key * sizes.width, sizes.width);
          float weight = options.scale * x / (1 + std::exp(-x));
          const float* from = in.value.data + key * sizes.valueWidth;
          float* to = out + query * sizes.valueWidth;
          for (int64_t c = 0; c < sizes.valueWidth; c++) to[c] += weight * from[c];
        }
      }
    }
  }
}

}  // namespace

HstuOptions::HstuOptions(const Attributes& attributes)
    : scale(attributes.real("scale")),
      bucketWidth(attributes.real("bucket_width")),
      byPosition(attributes.whole("position") != 0),
      byTime(attributes.whole("time") != 0),
      causal(attributes.whole("causal") != 0) {}

void HstuAttention::run(const Run& run) const {
  Operands in(options_, run);
  const AttentionSizes& sizes = in.sizes;
  float* out = run.output(0, {sizes.batch, sizes.queries, sizes.heads, sizes.valueWidth});
  if (sizes.queries <= kFew) return few(options_, in, out);

  int64_t packedQuery = sizes.queryRows * sizes.widthRoom;
  int64_t packedKey = sizes.width * sizes.keyColumns;
  int64_t packedValue = sizes.keyColumns * sizes.valueRoom;
  Scratch& scratch = Scratch::ofThread();
  scratch.begin(Pairs::bytes(in) +
                Scratch::bytes<float>(sizes.heads * packedQuery) +
                Scratch::bytes<float>(sizes.heads * packedKey) +
                Scratch::bytes<float>(sizes.heads * packedValue) +
                Scratch::bytes<float>(kBlock * sizes.keyColumns) +
                Scratch::bytes<float>(kBlock * sizes.valueRoom));
  Pairs pairs(options_, in, scratch);
  float* query = scratch.take<float>(sizes.heads * packedQuery);
  float* key = scratch.take<float>(sizes.heads * packedKey);
  float* value = scratch.take<float>(sizes.heads * packedValue);
  float* score = scratch.take<float>(kBlock * sizes.keyColumns);
  float* sum = scratch.take<float>(kBlock * sizes.valueRoom);

  for (int64_t b = 0; b < sizes.batch; b++) {
    pairs.sequence(b);
    for (int64_t h = 0; h < sizes.heads; h++) {
      pack(in.query, b, h, query + h * packedQuery, sizes.queryRows, sizes.widthRoom);
      packTransposed(in.key, b, h, key + h * packedKey, sizes.keyColumns);
      pack(in.value, b, h, value + h * packedValue, sizes.keyColumns, sizes.valueRoom);
    }
    for (int64_t first = 0; first < sizes.queries; first += kBlock) {
      int64_t end = pairs.block(first);
      for (int64_t h = 0; h < sizes.heads; h++) {
        Matrix q{query + h * packedQuery + first * sizes.widthRoom, sizes.widthRoom, 1};
        product(kBlock, end, sizes.width, q, key + h * packedKey, sizes.keyColumns, score,
                sizes.keyColumns, false);
        for (int64_t r = 0; r < kBlock; r++) {
          float* row = score + r * sizes.keyColumns;
          for (int64_t j = 0; j < end; j += kWidth) {
            Reals x = load(row + j) + load(pairs.bias(r) + j);
            store(row + j, x * sigmoid(x) * load(pairs.mask(r) + j));
          }
        }
        Matrix weights{score, sizes.keyColumns, 1};
        product(kBlock, sizes.valueRoom, end, weights, value + h * packedValue, sizes.valueRoom,
                sum, sizes.valueRoom, false);
        unpack(sum, sizes.valueRoom, first, pairs.count(), out, b, sizes.queries, h, sizes.heads,
               sizes.valueWidth, options_.scale);
      }
    }
  }
}

void HstuAttentionGradient::run(const Run& run) const {
  Operands in(options_, run);
  const AttentionSizes& sizes = in.sizes;
  Tensor<const float> outer =
      run.gradient(10, {sizes.batch, sizes.queries, sizes.heads, sizes.valueWidth});
  float* byQuery = run.output(0, in.query.size);
  float* byKey = run.output(1, in.key.size);
  float* byValue = run.output(2, in.value.size);
  float* byPosition = run.output(3, in.positionBias.size);
  float* byTime = run.output(4, in.timeBias.size);
  int64_t positions = in.positionBias.dim(0);
  int64_t buckets = in.timeBias.dim(0);

  int64_t room = sizes.widthRoom, valueRoom = sizes.valueRoom, columns = sizes.keyColumns;
  int64_t heads = sizes.heads;
  Scratch& scratch = Scratch::ofThread();
  scratch.begin(Pairs::bytes(in) +
                Scratch::bytes<float>(heads * sizes.queryRows * room) +
                Scratch::bytes<float>(heads * sizes.queryRows * valueRoom) +
                Scratch::bytes<float>(heads * sizes.width * columns) +
                Scratch::bytes<float>(heads * sizes.valueWidth * columns) +
                2 * Scratch::bytes<float>(heads * columns * room) +
                Scratch::bytes<float>(heads * columns * valueRoom) +
                3 * Scratch::bytes<float>(kBlock * columns) +
                Scratch::bytes<float>(kBlock * room) +
                Scratch::bytes<float>(positions + 2 * kWidth) +
                Scratch::bytes<float>(buckets * kWidth));
  Pairs pairs(options_, in, scratch);
  float* query = scratch.take<float>(heads * sizes.queryRows * room);
  float* gradient = scratch.take<float>(heads * sizes.queryRows * valueRoom);
  float* keyAcross = scratch.take<float>(heads * sizes.width * columns);
  float* valueAcross = scratch.take<float>(heads * sizes.valueWidth * columns);
  float* key = scratch.take<float>(heads * columns * room);
  float* keySum = scratch.take<float>(heads * columns * room);
  float* valueSum = scratch.take<float>(heads * columns * valueRoom);
  float* weight = scratch.take<float>(kBlock * columns);
  float* change = scratch.take<float>(kBlock * columns);
  float* biasChange = scratch.take<float>(kBlock * columns);
  float* querySum = scratch.take<float>(kBlock * room);
  float* positionSum = scratch.take<float>(positions + 2 * kWidth);
  // One sum for each lane, so that neighbours in one bucket do not wait for each other.
  float* timeSum = scratch.take<float>(buckets * kWidth);
  std::fill(positionSum, positionSum + positions + 2 * kWidth, 0.0f);
  std::fill(timeSum, timeSum + buckets * kWidth, 0.0f);

  Reals scale = all(options_.scale);
  for (int64_t b = 0; b < sizes.batch; b++) {
    pairs.sequence(b);
    for (int64_t h = 0; h < heads; h++) {
      pack(in.query, b, h, query + h * sizes.queryRows * room, sizes.queryRows, room);
      pack(outer, b, h, gradient + h * sizes.queryRows * valueRoom, sizes.queryRows, valueRoom);
      packTransposed(in.key, b, h, keyAcross + h * sizes.width * columns, columns);
      packTransposed(in.value, b, h, valueAcross + h * sizes.valueWidth * columns, columns);
      pack(in.key, b, h, key + h * columns * room, columns, room);
    }
    std::fill(keySum, keySum + heads * columns * room, 0.0f);
    std::fill(valueSum, valueSum + heads * columns * valueRoom, 0.0f);
    for (int64_t first = 0; first < sizes.queries; first += kBlock) {
      int64_t end = pairs.block(first);
      for (int64_t h = 0; h < heads; h++) {
        const float* q = query + (h * sizes.queryRows + first) * room;
        const float* g = gradient + (h * sizes.queryRows + first) * valueRoom;
        product(kBlock, end, sizes.width, {q, room, 1}, keyAcross + h * sizes.width * columns,
                columns, weight, columns, false);
        product(kBlock, end, sizes.valueWidth, {g, valueRoom, 1},
                valueAcross + h * sizes.valueWidth * columns, columns, change, columns, false);
        for (int64_t r = 0; r < kBlock; r++) {
          float* w = weight + r * columns;
          float* d = change + r * columns;
          float* sum = biasChange + r * columns;
          for (int64_t j = 0; j < end; j += kWidth) {
            Reals x = load(w + j) + load(pairs.bias(r) + j);
            Reals s = sigmoid(x);
            Reals seen = load(pairs.mask(r) + j) * scale;
            Reals silu = x * s;
            store(w + j, silu * seen);
            Reals slope = load(d + j) * seen * (s + silu * (1.0f - s));
            store(d + j, slope);
            store(sum + j, h == 0 ? slope : load(sum + j) + slope);
          }
        }
        product(kBlock, room, end, {change, columns, 1}, key + h * columns * room, room, querySum,
                room, false);
        unpack(querySum, room, first, pairs.count(), byQuery, b, sizes.queries, h, heads,
               sizes.width, 1);
        product(end, room, kBlock, {change, 1, columns}, q, room, keySum + h * columns * room,
                room, true);
        product(end, valueRoom, kBlock, {weight, 1, columns}, g, valueRoom,
                valueSum + h * columns * valueRoom, valueRoom, true);
      }
      for (int64_t r = 0; r < pairs.count(); r++) {
        const float* from = biasChange + r * columns;
        if (options_.byPosition) pairs.addByPosition(r, from, positionSum);
        if (options_.byTime) {
          const int32_t* bucket = pairs.bucket(r);
          for (int64_t j = 0; j < end; j++) {
            timeSum[bucket[j] * kWidth + (j & (kWidth - 1))] += from[j];
          }
        }
      }
    }
    for (int64_t h = 0; h < heads; h++) {
      unpack(keySum + h * columns * room, room, 0, sizes.keys, byKey, b, sizes.keys, h, heads,
             sizes.width, 1);
      unpack(valueSum + h * columns * valueRoom, valueRoom, 0, sizes.keys, byValue, b, sizes.keys,
             h, heads, sizes.valueWidth, 1);
    }
  }
  std::copy(positionSum, positionSum + positions, byPosition);
  for (int64_t i = 0; i < buckets; i++) byTime[i] = total(load(timeSum + i * kWidth));
}

}  // namespace genrec
