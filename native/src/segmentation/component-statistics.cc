#include <vector>

#include "../arguments.h"
#include "../scratch.h"
#include "bit-rows.h"
#include "segmentation.h"

namespace deephealth {

namespace {

struct Statistics {
  double* sizes;
  uint32_t* boxes;
  double* sums;
};

/** Adds the elements [begin, end) of row (y, z). All sums are integers below 2^53, so FP64 is exact. */
inline void addRun(const Statistics& to, size_t index, size_t begin, size_t end, size_t y, size_t z) {
  const double length = static_cast<double>(end - begin);
  uint32_t* box = to.boxes + 6 * index;
  const uint32_t first[3] = {static_cast<uint32_t>(begin), static_cast<uint32_t>(y), static_cast<uint32_t>(z)};
  const uint32_t last[3] = {static_cast<uint32_t>(end), first[1] + 1, first[2] + 1};
  const bool isNew = to.sizes[index] == 0;
  for (size_t axis = 0; axis < 3; axis++) {
    if (isNew || first[axis] < box[axis]) box[axis] = first[axis];
    if (last[axis] > box[axis + 3]) box[axis + 3] = last[axis];
  }
  to.sizes[index] += length;
  double* sums = to.sums + 3 * index;
  sums[0] += static_cast<double>((begin + end - 1) * (end - begin) / 2);
  sums[1] += static_cast<double>(y) * length;
  sums[2] += static_cast<double>(z) * length;
}

}  // namespace

// componentStatistics(labels, width, height, depth, count, sizes, boxes, sums)
void componentStatistics(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray labels = anyTypedArray(info, 0, "labels");
  if (labels.type != napi_int32_array && labels.type != napi_uint32_array) {
    throw Napi::TypeError::New(env, "labels has another element type");
  }
  const int64_t width = integer(info, 1, "width", 0, INT32_MAX);
  const int64_t height = integer(info, 2, "height", 0, INT32_MAX);
  const int64_t depth = integer(info, 3, "depth", 0, INT32_MAX);
  const int64_t count = integer(info, 4, "count", 0, INT32_MAX);
  const auto sizes = typedArray<double>(info, 5, "sizes");
  const auto boxes = typedArray<uint32_t>(info, 6, "boxes");
  const auto sums = typedArray<double>(info, 7, "sums");
  const size_t total = product(env, {width, height, depth});
  if (total > INT32_MAX) throw Napi::RangeError::New(env, "the extents are too large");
  requireLength(env, "labels", labels.length, total);
  requireLength(env, "sizes", sizes.length, product(env, {count}));
  requireLength(env, "boxes", boxes.length, product(env, {count, 6}));
  requireLength(env, "sums", sums.length, product(env, {count, 3}));
  requireApart(env, "sizes", sizes, {labels, boxes, sums});
  requireApart(env, "boxes", boxes, {labels, sums});
  requireApart(env, "sums", sums, {labels});
  for (size_t i = 0; i < sizes.length; i++) sizes.data[i] = 0;
  for (size_t i = 0; i < boxes.length; i++) boxes.data[i] = 0;
  for (size_t i = 0; i < sums.length; i++) sums.data[i] = 0;
  if (total == 0) return;
  withScratch(env, [&] {
    const Statistics statistics{sizes.data, boxes.data, sums.data};
    const size_t columns = static_cast<size_t>(width);
    const size_t rows = static_cast<size_t>(height) * static_cast<size_t>(depth);
    const uint32_t* row = static_cast<const uint32_t*>(labels.data);
    const RowScanner<uint32_t> scan = changeScanner32();
    std::vector<uint64_t> words(wordsOf(columns));
    for (size_t r = 0; r < rows; r++, row += columns) {
      const size_t y = r % static_cast<size_t>(height);
      const size_t z = r / static_cast<size_t>(height);
      scan(row, columns, words.data());
      size_t begin = 0;
      const auto endRun = [&](size_t end) {
        const uint32_t label = row[begin];
        if (label > static_cast<uint32_t>(count)) throw Napi::RangeError::New(env, "a label is outside 0 to count");
        if (label != 0) addRun(statistics, label - 1, begin, end, y, z);
        begin = end;
      };
      for (size_t k = 0; k < words.size(); k++) {
        // Bit 0 of the row starts its first run and ends none.
        forEachBit(k == 0 ? words[0] & ~uint64_t{1} : words[k], 64 * k, endRun);
      }
      endRun(columns);
    }
  });
}

}  // namespace deephealth
