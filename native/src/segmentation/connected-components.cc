#include <cstring>
#include <vector>

#include "../arguments.h"
#include "../scratch.h"
#include "bit-rows.h"
#include "segmentation.h"

namespace deephealth {

namespace {

/** Neighbouring foreground elements of one row: [begin, end). */
struct Run {
  uint32_t begin;
  uint32_t end;
};

struct Grid {
  size_t width;
  size_t height;
  size_t depth;
};

/**
 * Runs of all rows, in raster order, and a union-find forest over them in which every root is the first
 * run of its tree. Numbering roots in order is then numbering components by their first element.
 */
class Labelling {
 public:
  Labelling(const uint8_t* mask, const Grid& grid, bool isByValue)
      : mask_(mask), grid_(grid), isByValue_(isByValue) {}

  void findRuns() {
    const size_t rows = grid_.height * grid_.depth;
    std::vector<uint64_t> words(wordsOf(grid_.width));
    firstRunOf_.reserve(rows + 1);
    firstRunOf_.push_back(0);
    const RowScanner<uint8_t> scan = isByValue_ ? changeScanner8() : nonZeroScanner();
    for (size_t row = 0; row < rows; row++) {
      const uint8_t* elements = rowOf(row);
      scan(elements, grid_.width, words.data());
      if (isByValue_) addValueRuns(elements, words.data());
      else addRuns(words.data());
      firstRunOf_.push_back(static_cast<uint32_t>(runs_.size()));
    }
    parents_.resize(runs_.size());
    for (size_t i = 0; i < parents_.size(); i++) parents_[i] = static_cast<uint32_t>(i);
  }

  /** Joins runs whose elements are neighbours: `order` is the number of axes that a step may change. */
  void joinRuns(int order) {
    for (size_t z = 0; z < grid_.depth; z++) {
      for (size_t y = 0; y < grid_.height; y++) {
        const size_t row = z * grid_.height + y;
        if (y > 0) joinRows(row, row - 1, order - 1);
        if (z == 0) continue;
        const size_t behind = row - grid_.height;
        if (y > 0 && order >= 2) joinRows(row, behind - 1, order - 2);
        joinRows(row, behind, order - 1);
        if (y + 1 < grid_.height && order >= 2) joinRows(row, behind + 1, order - 2);
      }
    }
  }

  /** Replaces parents by labels; returns how many there are. */
  uint32_t number() {
    uint32_t count = 0;
    for (size_t i = 0; i < parents_.size(); i++) {
      // A parent comes before its children and holds its label already.
      parents_[i] = parents_[i] == i ? ++count : parents_[parents_[i]];
    }
    return count;
  }

  void write(uint32_t* labels) const {
    const size_t rows = grid_.height * grid_.depth;
    for (size_t row = 0; row < rows; row++, labels += grid_.width) {
      std::memset(labels, 0, grid_.width * sizeof(uint32_t));
      for (uint32_t i = firstRunOf_[row]; i < firstRunOf_[row + 1]; i++) {
        const uint32_t label = parents_[i];
        for (uint32_t x = runs_[i].begin; x < runs_[i].end; x++) labels[x] = label;
      }
    }
  }

 private:
  const uint8_t* rowOf(size_t row) const { return mask_ + row * grid_.width; }

  void addRuns(const uint64_t* words) {
    size_t toggles = 0;
    forEachToggleWord(words, grid_.width, [&](uint64_t word, size_t) { toggles += __builtin_popcountll(word); });
    if (toggles == 0) return;
    const size_t before = runs_.size();
    runs_.resize(before + toggles / 2);
    // Starts and ends in turn are runs as they lie in memory.
    uint32_t* next = &runs_.data()[before].begin;
    forEachToggleWord(words, grid_.width, [&](uint64_t word, size_t base) {
      forEachBit(word, base, [&](size_t x) { *next++ = static_cast<uint32_t>(x); });
    });
  }

  void addValueRuns(const uint8_t* elements, const uint64_t* words) {
    bool isInside = false;
    for (size_t k = 0; k < wordsOf(grid_.width); k++) {
      forEachBit(words[k], 64 * k, [&](size_t x) {
        if (isInside) runs_.back().end = static_cast<uint32_t>(x);
        isInside = elements[x] != 0;
        if (isInside) runs_.push_back({static_cast<uint32_t>(x), static_cast<uint32_t>(grid_.width)});
      });
    }
  }

  void joinRows(size_t row, size_t other, int stepsLeft) {
    const uint32_t reach = stepsLeft > 0 ? 1 : 0;
    if (isByValue_) joinValueRows(row, other, reach);
    else joinPlainRows(row, other, reach);
  }

  void joinPlainRows(size_t row, size_t other, uint32_t reach) {
    uint32_t a = firstRunOf_[row];
    uint32_t b = firstRunOf_[other];
    const uint32_t aEnd = firstRunOf_[row + 1];
    const uint32_t bEnd = firstRunOf_[other + 1];
    const Run* runs = runs_.data();
    while (a < aEnd && b < bEnd) {
      const Run ours = runs[a];
      const Run theirs = runs[b];
      if ((ours.begin < theirs.end + reach) & (theirs.begin < ours.end + reach)) join(a, b);
      // The run that ends first touches no later run of the other row, since runs lie apart. Written
      // without branches: on noise they could not be predicted.
      a += ours.end <= theirs.end;
      b += theirs.end <= ours.end;
    }
  }

  void joinValueRows(size_t row, size_t other, uint32_t reach) {
    const uint8_t* values = rowOf(row);
    const uint8_t* otherValues = rowOf(other);
    const auto joinIfTouching = [&](uint32_t a, uint32_t b) {
      const Run ours = runs_[a];
      const Run theirs = runs_[b];
      if (ours.begin >= theirs.end + reach || theirs.begin >= ours.end + reach) return;
      if (values[ours.begin] == otherValues[theirs.begin]) join(a, b);
    };
    uint32_t a = firstRunOf_[row];
    uint32_t b = firstRunOf_[other];
    const uint32_t aEnd = firstRunOf_[row + 1];
    const uint32_t bEnd = firstRunOf_[other + 1];
    while (a < aEnd && b < bEnd) {
      joinIfTouching(a, b);
      const uint32_t end = runs_[a].end;
      const uint32_t otherEnd = runs_[b].end;
      if (end == otherEnd) {
        // Runs of different values adjoin: a diagonal step can lead from each to the other's successor.
        if (a + 1 < aEnd) joinIfTouching(a + 1, b);
        if (b + 1 < bEnd) joinIfTouching(a, b + 1);
      }
      a += end <= otherEnd;
      b += otherEnd <= end;
    }
  }

  uint32_t root(uint32_t i) {
    while (parents_[i] != i) {
      parents_[i] = parents_[parents_[i]];
      i = parents_[i];
    }
    return i;
  }

  void join(uint32_t a, uint32_t b) {
    if (parents_[a] == parents_[b]) return;
    a = root(a);
    b = root(b);
    if (a < b) parents_[b] = a;
    else parents_[a] = b;
  }

  const uint8_t* mask_;
  Grid grid_;
  bool isByValue_;
  std::vector<Run> runs_;
  std::vector<uint32_t> parents_;
  std::vector<uint32_t> firstRunOf_;
};

}  // namespace

// connectedComponents(mask, width, height, depth, order, isByValue, labels): the number of components.
Napi::Value connectedComponents(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto mask = typedArray<const uint8_t>(info, 0, "mask");
  const int64_t width = integer(info, 1, "width", 0, INT32_MAX);
  const int64_t height = integer(info, 2, "height", 0, INT32_MAX);
  const int64_t depth = integer(info, 3, "depth", 0, INT32_MAX);
  const int order = static_cast<int>(integer(info, 4, "order", 1, 3));
  const bool isByValue = boolean(info, 5, "isByValue");
  const AnyTypedArray labels = anyTypedArray(info, 6, "labels");
  if (labels.type != napi_int32_array && labels.type != napi_uint32_array) {
    throw Napi::TypeError::New(env, "labels has another element type");
  }
  const size_t total = product(env, {width, height, depth});
  if (total > INT32_MAX) throw Napi::RangeError::New(env, "the extents are too large");
  requireLength(env, "mask", mask.length, total);
  requireLength(env, "labels", labels.length, total);
  requireApart(env, "labels", labels, {mask});
  if (total == 0) return Napi::Number::New(env, 0);
  return withScratch(env, [&] {
    const Grid grid{static_cast<size_t>(width), static_cast<size_t>(height), static_cast<size_t>(depth)};
    Labelling labelling(mask.data, grid, isByValue);
    labelling.findRuns();
    labelling.joinRuns(order);
    const uint32_t count = labelling.number();
    labelling.write(static_cast<uint32_t*>(labels.data));
    return Napi::Number::New(env, count);
  });
}

}  // namespace deephealth
