#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "../arguments.h"
#include "../scratch.h"
#include "bit-rows.h"
#include "segmentation.h"

namespace deephealth {

namespace {

constexpr uint32_t kNone = UINT32_MAX;

/** A corner of a ring. Its successor on the ring is `next`. */
struct Corner {
  uint32_t x;
  uint32_t y;
  uint32_t next;
  uint32_t ring;
};

/** A hole may begin at a corner; the ring through `witness` is then of the component around it. */
struct Candidate {
  uint32_t corner;
  uint32_t witness;
};

/**
 * Sweeps the grid lines from top to bottom. Every corner has one horizontal and one vertical crack: two
 * corners of one line share a horizontal segment, and a vertical crack joins a corner to the one that
 * waits in its column. Cracks run with the foreground on their right as the screen shows it.
 */
class CornerSweep {
 public:
  CornerSweep(size_t width, size_t height, bool isDiagonal)
      : width_(width), height_(height), isDiagonal_(isDiagonal), words_(wordsOf(width + 1)), waiting_(width + 1) {}

  void run(const uint8_t* mask) {
    std::vector<uint64_t> upper(words_, 0);
    std::vector<uint64_t> lower(words_, 0);
    const RowScanner<uint8_t> scan = nonZeroScanner();
    for (size_t y = 0; y <= height_; y++) {
      if (y < height_) scan(mask + y * width_, width_, lower.data());
      else std::fill(lower.begin(), lower.end(), 0);
      line(static_cast<uint32_t>(y), upper.data(), lower.data());
      std::swap(upper, lower);
    }
  }

  std::vector<Corner> corners;
  std::vector<Candidate> candidates;

 private:
  void line(uint32_t y, const uint64_t* upper, const uint64_t* lower) {
    uint64_t upperCarry = 0;
    uint64_t lowerCarry = 0;
    uint32_t witness = kNone;
    open_ = kNone;
    for (size_t k = 0; k < words_; k++) {
      const uint64_t up = upper[k];
      const uint64_t down = lower[k];
      const uint64_t upLeft = up << 1 | upperCarry;
      const uint64_t downLeft = down << 1 | lowerCarry;
      upperCarry = up >> 63;
      lowerCarry = down >> 63;
      const uint64_t above = up ^ upLeft;
      const uint64_t below = down ^ downLeft;
      forEachBit(above | below, 64 * k, [&](size_t column) {
        const uint32_t x = static_cast<uint32_t>(column);
        const size_t bit = column & 63;
        const bool isAbove = above >> bit & 1;
        const bool isBelow = below >> bit & 1;
        const bool isUp = up >> bit & 1;
        const bool isDown = down >> bit & 1;
        // The left end of a run of the upper row: whatever ring passes there is the component's.
        if (isAbove && isUp) witness = waiting_[x];
        if (isAbove && isBelow) {
          // Straight on where both rows change alike; else two elements meet at this point only.
          if (isUp != isDown) diagonal(x, y, isUp, isDown, witness);
        } else if (open_ != kNone) {
          closeSegment(x, y, isBelow);
        } else {
          openSegment(x, y, isBelow, isUp, isDown, witness);
        }
      });
    }
  }

  uint32_t add(uint32_t x, uint32_t y) {
    corners.push_back({x, y, kNone, kNone});
    return static_cast<uint32_t>(corners.size() - 1);
  }

  /** Joins a corner to what waits above it, or lets it wait for what comes below. */
  void connect(uint32_t corner, uint32_t x, bool isBelow, bool leavesVertically) {
    if (isBelow) {
      waiting_[x] = corner;
    } else if (leavesVertically) {
      corners[corner].next = waiting_[x];
    } else {
      corners[waiting_[x]].next = corner;
    }
  }

  /** The left corner of a horizontal segment: cracks run to the right where the foreground is below. */
  void openSegment(uint32_t x, uint32_t y, bool isBelow, bool isUp, bool isDown, uint32_t witness) {
    const uint32_t corner = add(x, y);
    connect(corner, x, isBelow, isUp);
    open_ = corner;
    opensRightwards_ = isDown;
    if (isUp && isBelow) candidates.push_back({corner, witness});
  }

  void closeSegment(uint32_t x, uint32_t y, bool isBelow) {
    const uint32_t corner = add(x, y);
    connect(corner, x, isBelow, opensRightwards_);
    if (opensRightwards_) corners[open_].next = corner;
    else corners[corner].next = open_;
    open_ = kNone;
  }

  /**
   * The left segment ends and the right one begins. Elements that meet here are one component if
   * diagonal steps count, and two otherwise: that decides which segment turns upwards.
   */
  void diagonal(uint32_t x, uint32_t y, bool isUp, bool isDown, uint32_t witness) {
    // An element at the upper left kept apart has its lower edge on the left and its right edge above.
    const bool leftTurnsUp = isUp == isDiagonal_;
    const uint32_t above = waiting_[x];
    const uint32_t left = add(x, y);
    const uint32_t right = add(x, y);
    if (opensRightwards_) corners[open_].next = left;
    else corners[left].next = open_;
    // Both horizontal segments run towards this point, or both away from it.
    const uint32_t upper = leftTurnsUp ? left : right;
    if (opensRightwards_) corners[upper].next = above;
    else corners[above].next = upper;
    waiting_[x] = leftTurnsUp ? right : left;
    open_ = right;
    opensRightwards_ = isDown;
    if (isUp && leftTurnsUp) candidates.push_back({right, witness});
  }

  size_t width_;
  size_t height_;
  bool isDiagonal_;
  size_t words_;
  std::vector<uint32_t> waiting_;
  uint32_t open_ = kNone;
  bool opensRightwards_ = false;
};

template <typename Array, typename T>
Array copied(Napi::Env env, const std::vector<T>& elements) {
  Array array = Array::New(env, elements.size());
  if (!elements.empty()) std::memcpy(array.Data(), elements.data(), elements.size() * sizeof(T));
  return array;
}

}  // namespace

// traceContours(mask, width, height, isDiagonal): [points, starts, outers]
Napi::Value traceContours(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto mask = typedArray<const uint8_t>(info, 0, "mask");
  const int64_t width = integer(info, 1, "width", 0, INT32_MAX);
  const int64_t height = integer(info, 2, "height", 0, INT32_MAX);
  const bool isDiagonal = boolean(info, 3, "isDiagonal");
  const size_t total = product(env, {width, height});
  // At most two corners per grid point, so that their numbers fit into 32 bits.
  if (total > (size_t{1} << 29)) throw Napi::RangeError::New(env, "the extents are too large");
  requireLength(env, "mask", mask.length, total);
  std::vector<int32_t> points;
  std::vector<uint32_t> starts{0};
  std::vector<int32_t> outers;
  withScratch(env, [&] {
    if (total == 0) return;
    CornerSweep sweep(static_cast<size_t>(width), static_cast<size_t>(height), isDiagonal);
    sweep.run(mask.data);
    auto candidate = sweep.candidates.begin();
    std::vector<Corner>& corners = sweep.corners;
    points.resize(2 * corners.size());
    int32_t* point = points.data();
    for (uint32_t first = 0; first < corners.size(); first++) {
      if (corners[first].ring != kNone) continue;
      const uint32_t ring = static_cast<uint32_t>(outers.size());
      while (candidate != sweep.candidates.end() && candidate->corner < first) ++candidate;
      int32_t outer = -1;
      if (candidate != sweep.candidates.end() && candidate->corner == first) {
        const uint32_t around = corners[candidate->witness].ring;
        outer = outers[around] < 0 ? static_cast<int32_t>(around) : outers[around];
      }
      uint32_t at = first;
      do {
        Corner& corner = corners[at];
        corner.ring = ring;
        *point++ = static_cast<int32_t>(corner.x);
        *point++ = static_cast<int32_t>(corner.y);
        at = corner.next;
      } while (at != first);
      outers.push_back(outer);
      starts.push_back(static_cast<uint32_t>((point - points.data()) / 2));
    }
  });
  Napi::Array result = Napi::Array::New(env, 3);
  result.Set(uint32_t{0}, copied<Napi::Int32Array>(env, points));
  result.Set(uint32_t{1}, copied<Napi::Uint32Array>(env, starts));
  result.Set(uint32_t{2}, copied<Napi::Int32Array>(env, outers));
  return result;
}

}  // namespace deephealth
