#include "shared_products.h"

#include <algorithm>

#include "vectors.h"

namespace genrec {
namespace {

// Rows of the table that are gathered at a time, so that they stay in the first cache.
constexpr int64_t kEntries = 64;

struct Operands {
  Tensor<const float> x, table;
  Tensor<const int64_t> ids;
  int64_t batch, length, width, entries, count;
  int64_t rows;  // the length rounded up to whole tiles
  int64_t room;  // the width rounded up to whole vectors

  explicit Operands(const Run& run)
      : x(run.input<float>(0)),
        table(run.input<float>(1)),
        ids(run.input<int64_t>(2)),
        batch(x.dim(0)),
        length(x.dim(1)),
        width(x.dim(2)),
        entries(table.dim(0)),
        count(ids.dim(1)),
        rows(roundedUp(length, kRows)),
        room(padded(width)) {
    check(table.dim(1) == width && ids.dim(0) == batch, "rows, table and ids do not fit");
    requireRows(ids, entries);
  }

  const int64_t* idsOf(int64_t sequence) const { return ids.data + sequence * count; }

  const float* rowsOf(int64_t sequence) const { return x.data + sequence * length * width; }

  // Entries of the table one below the other, [kEntries, room], with zeros beyond.
  void gather(const int64_t* id, int64_t some, float* to) const {
    for (int64_t n = 0; n < some; n++, to += room) {
      const float* from = table.data + id[n] * width;
      std::copy(from, from + width, to);
      std::fill(to + width, to + room, 0.0f);
    }
    std::fill(to, to + (kEntries - some) * room, 0.0f);
  }
};

}  // namespace

void SharedProducts::run(const Run& run) const {
  Operands in(run);
  float* y = run.output(0, {in.batch, in.length, in.count});
  int64_t columns = padded(in.length);
  Scratch& scratch = Scratch::ofThread();
  scratch.begin(Scratch::bytes<float>(in.width * columns) +
                Scratch::bytes<float>(kEntries * in.room) +
                Scratch::bytes<float>(kEntries * columns));
  float* across = scratch.take<float>(in.width * columns);  // x, transposed
  float* entry = scratch.take<float>(kEntries * in.room);
  float* found = scratch.take<float>(kEntries * columns);
  std::fill(across, across + in.width * columns, 0.0f);
  for (int64_t b = 0; b < in.batch; b++) {
    const float* x = in.rowsOf(b);
    for (int64_t i = 0; i < in.length; i++) {
      for (int64_t c = 0; c < in.width; c++) across[c * columns + i] = x[i * in.width + c];
    }
    for (int64_t first = 0; first < in.count; first += kEntries) {
      int64_t some = std::min(kEntries, in.count - first);
      in.gather(in.idsOf(b) + first, some, entry);
      product(kEntries, columns, in.width, {entry, in.room, 1}, across, columns, found, columns,
              false);
      for (int64_t i = 0; i < in.length; i++) {
        float* to = y + (b * in.length + i) * in.count + first;
        for (int64_t n = 0; n < some; n++) to[n] = found[n * columns + i];
      }
    }
  }
}

void SharedProductsGradient::run(const Run& run) const {
  Operands in(run);
  Tensor<const float> outer = run.gradient(3, {in.batch, in.length, in.count});
  float* byX = run.output(0, in.x.size);
  float* byTable = run.output(1, in.table.size);
  std::fill(byTable, byTable + in.entries * in.width, 0.0f);

  int64_t room = in.room;
  Scratch& scratch = Scratch::ofThread();
  scratch.begin(2 * Scratch::bytes<float>(in.rows * room) +
                2 * Scratch::bytes<float>(kEntries * room) +
                Scratch::bytes<float>(in.rows * kEntries));
  float* x = scratch.take<float>(in.rows * room);
  float* xSum = scratch.take<float>(in.rows * room);
  float* entry = scratch.take<float>(kEntries * room);
  float* entrySum = scratch.take<float>(kEntries * room);
  float* given = scratch.take<float>(in.rows * kEntries);
  std::fill(x, x + in.rows * room, 0.0f);
  std::fill(given, given + in.rows * kEntries, 0.0f);
  for (int64_t b = 0; b < in.batch; b++) {
    const float* from = in.rowsOf(b);
    for (int64_t i = 0; i < in.length; i++) {
      std::copy(from + i * in.width, from + (i + 1) * in.width, x + i * room);
    }
    std::fill(xSum, xSum + in.rows * room, 0.0f);
    for (int64_t first = 0; first < in.count; first += kEntries) {
      const int64_t* id = in.idsOf(b) + first;
      int64_t some = std::min(kEntries, in.count - first);
      in.gather(id, some, entry);
      for (int64_t i = 0; i < in.length; i++) {
        const float* row = outer.data + (b * in.length + i) * in.count + first;
        std::copy(row, row + some, given + i * kEntries);
        std::fill(given + i * kEntries + some, given + (i + 1) * kEntries, 0.0f);
      }
      product(in.rows, room, kEntries, {given, kEntries, 1}, entry, room, xSum, room, true);
      product(kEntries, room, in.length, {given, 1, kEntries}, x, room, entrySum, room, false);
      for (int64_t n = 0; n < some; n++) {
        float* to = byTable + id[n] * in.width;
        const float* change = entrySum + n * room;
        for (int64_t c = 0; c < in.width; c++) to[c] += change[c];
      }
    }
    for (int64_t i = 0; i < in.length; i++) {
      std::copy(xSum + i * room, xSum + i * room + in.width, byX + (b * in.length + i) * in.width);
    }
  }
}

}  // namespace genrec
