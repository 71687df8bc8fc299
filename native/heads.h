// What kernels of attention share: blocks of queries, and the rows of one head of a tensor of all.
#pragma once

#include <algorithm>
#include <vector>

#include "kernel.h"
#include "vectors.h"

namespace genrec {

// Queries of a block: their scores stay in the second cache, and keys beyond the last one that any
// of them sees are left out.
constexpr int kBlock = 16;

// The sizes of attention: queries [batch, queries, heads, width] meet keys and values [batch, keys,
// groups, width], of which each group belongs to as many heads.
struct AttentionSizes {
  int64_t batch, queries, keys, heads, groups, width, valueWidth;
  int64_t queryRows, keyColumns;  // rounded up to whole blocks and tiles
  int64_t widthRoom, valueRoom;   // rounded up to whole vectors

  AttentionSizes(const Tensor<const float>& query, const Tensor<const float>& key,
                 const Tensor<const float>& value)
      : batch(query.dim(0)),
        queries(query.dim(1)),
        keys(key.dim(1)),
        heads(query.dim(2)),
        groups(key.dim(2)),
        width(query.dim(3)),
        valueWidth(value.dim(3)),
        queryRows(roundedUp(queries, kBlock)),
        keyColumns(tiled(keys)),
        widthRoom(padded(width)),
        valueRoom(padded(valueWidth)) {
    check(groups > 0 && heads % groups == 0, "heads do not share keys evenly");
    check(key.size == std::vector<int64_t>({batch, keys, groups, width}), "keys do not fit");
    check(value.size == std::vector<int64_t>({batch, keys, groups, valueWidth}),
          "values do not fit");
  }

  // Refuses a mask that is not [1 or batch, 1 or queries, keys].
  void requireMask(const Tensor<const bool>& mask) const {
    check((mask.dim(0) == 1 || mask.dim(0) == batch) &&
              (mask.dim(1) == 1 || mask.dim(1) == queries) && mask.dim(2) == keys,
          "the mask does not fit");
  }

  int64_t group(int64_t head) const { return head / (heads / groups); }
};

// Rows [length, width] of one head of [batch, length, heads, width], with zeros beyond.
inline void pack(const Tensor<const float>& from, int64_t sequence, int64_t head, float* to,
                 int64_t rows, int64_t room) {
  int64_t length = from.dim(1), heads = from.dim(2), width = from.dim(3);
  const float* row = from.data + (sequence * length * heads + head) * width;
  for (int64_t i = 0; i < rows; i++, to += room) {
    int64_t count = i < length ? width : 0;
    std::copy(row, row + count, to);
    std::fill(to + count, to + room, 0.0f);
    if (i < length) row += heads * width;
  }
}

// The same, transposed: [width, columns].
inline void packTransposed(const Tensor<const float>& from, int64_t sequence, int64_t head,
                           float* to, int64_t columns) {
  int64_t length = from.dim(1), heads = from.dim(2), width = from.dim(3);
  const float* row = from.data + (sequence * length * heads + head) * width;
  int64_t down = heads * width;
  int64_t j = 0;
  for (; j + kWidth <= length; j += kWidth, row += kWidth * down) {
    for (int64_t c = 0; c < width; c++) {
      for (int lane = 0; lane < kWidth; lane++) to[c * columns + j + lane] = row[lane * down + c];
    }
  }
  for (; j < length; j++, row += down) {
    for (int64_t c = 0; c < width; c++) to[c * columns + j] = row[c];
  }
  for (int64_t c = 0; c < width; c++) {
    std::fill(to + c * columns + length, to + (c + 1) * columns, 0.0f);
  }
}

// Writes rows [rows, room], multiplied by a factor, to one head of [batch, length, heads, width].
inline void unpack(const float* from, int64_t room, int64_t first, int64_t rows, float* to,
                   int64_t sequence, int64_t length, int64_t head, int64_t heads, int64_t width,
                   float scale) {
  float* row = to + ((sequence * length + first) * heads + head) * width;
  for (int64_t i = 0; i < rows; i++, from += room, row += heads * width) {
    for (int64_t c = 0; c < width; c++) row[c] = from[c] * scale;
  }
}

}  // namespace genrec
