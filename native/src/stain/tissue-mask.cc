#include <algorithm>
#include <cstring>
#include <vector>

#include "../simd.h"
#include "stain-kernels.h"

namespace deephealth {
namespace {

constexpr size_t kBorder = 10;
constexpr size_t kBlock = 4096;

/** ITU-R BT.601 in 16-bit fixed point. */
DEEPHEALTH_INLINE uint8_t gray(const uint8_t* pixel) {
  return static_cast<uint8_t>((19595u * pixel[0] + 38470u * pixel[1] + 7471u * pixel[2] + 32768u) >> 16);
}

struct Gray {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* pixels, size_t count, uint8_t* levels) {
    for (size_t i = 0; i < count; i++) levels[i] = gray(pixels + 3 * i);
  }
};

/** A row of the bordered tile, a pixel per bit, the first in the lowest bit of the first word. */
using Word = uint64_t;

/** Moves a row's pixels by up to 63 towards its end and adds them to another row. */
DEEPHEALTH_INLINE void addLater(const Word* row, size_t words, unsigned by, Word* to) {
  to[0] |= row[0] << by;
  for (size_t i = 1; i < words; i++) to[i] |= (row[i] << by) | (row[i - 1] >> (64 - by));
}

/** Moves a row's pixels by up to 63 towards its start and adds them to another row. */
DEEPHEALTH_INLINE void addEarlier(const Word* row, size_t words, unsigned by, Word* to) {
  for (size_t i = 0; i + 1 < words; i++) to[i] |= (row[i] >> by) | (row[i + 1] << (64 - by));
  to[words - 1] |= row[words - 1] >> by;
}

/** The same in place; the order of the words lets each be read before it is written. */
DEEPHEALTH_INLINE void spreadEarlier(Word* row, size_t words, unsigned by) { addEarlier(row, words, by, row); }

DEEPHEALTH_INLINE void spreadLater(Word* row, size_t words, unsigned by) {
  for (size_t i = words - 1; i > 0; i--) row[i] |= (row[i] << by) | (row[i - 1] >> (64 - by));
  row[0] |= row[0] << by;
}

DEEPHEALTH_INLINE void add(const Word* row, size_t words, Word* to) {
  for (size_t i = 0; i < words; i++) to[i] |= row[i];
}

struct Bitmap {
  size_t width;
  size_t height;
  size_t words;
  std::vector<Word> bits;

  Bitmap(size_t width, size_t height)
      : width(width), height(height), words((width + 63) / 64), bits(words * height, 0) {}
  Word* row(size_t y) { return bits.data() + y * words; }
};

/** Dark pixels, dilated by a disc of radius 2. */
struct Dilate {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* pixels, size_t width, size_t height, int32_t threshold,
                                    Bitmap* dilated) {
    const size_t words = dilated->words;
    std::vector<uint8_t> flags(words * 64, 0);
    std::vector<Word> line(words);
    for (size_t y = 0; y < height; y++) {
      const uint8_t* from = pixels + y * width * 3;
      uint8_t* to = flags.data() + kBorder;
      for (size_t x = 0; x < width; x++) to[x] = gray(from + 3 * x) < threshold ? 1 : 0;
      Word any = 0;
      for (size_t i = 0; i < words; i++) {
        Word word = 0;
        for (size_t part = 0; part < 8; part++) {
          Word bytes;
          std::memcpy(&bytes, flags.data() + 64 * i + 8 * part, 8);
          // Eight bytes of 0 or 1 to eight bits.
          word |= ((bytes * 0x0102040810204080u) >> 56) << (8 * part);
        }
        line[i] = word;
        any |= word;
      }
      if (any == 0) continue;
      const size_t row = y + kBorder;
      add(line.data(), words, dilated->row(row - 2));
      add(line.data(), words, dilated->row(row + 2));
      for (size_t near = row - 1; near <= row + 1; near++) {
        add(line.data(), words, dilated->row(near));
        addLater(line.data(), words, 1, dilated->row(near));
        addEarlier(line.data(), words, 1, dilated->row(near));
      }
      addLater(line.data(), words, 2, dilated->row(row));
      addEarlier(line.data(), words, 2, dilated->row(row));
    }
  }
};

/** Turns a bitmap of walls into one of what steps of -10..9 in each axis do not reach from outside. */
struct FillHoles {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(Bitmap* walls, Bitmap* reached) {
    const size_t words = walls->words;
    const size_t height = walls->height;
    // Dilation reaches 2 pixels into the border of 10, so that its outer rows are free of walls.
    for (size_t y = 0; y < 8; y++) {
      for (size_t i = 0; i < words; i++) {
        reached->row(y)[i] = ~walls->row(y)[i];
        reached->row(height - 1 - y)[i] = ~walls->row(height - 1 - y)[i];
      }
    }
    std::vector<Word> near(words);
    std::vector<Word> wide(words);
    bool isChanged = true;
    // Downwards and upwards in turn until nothing changes.
    for (bool isDown = true; isChanged; isDown = !isDown) {
      isChanged = false;
      for (size_t step = 0; step < height; step++) {
        const size_t y = isDown ? step : height - 1 - step;
        const size_t first = y < 9 ? 0 : y - 9;
        const size_t last = std::min(y + 10, height - 1);
        const Word* wall = walls->row(y);
        Word* row = reached->row(y);
        Word open = 0;
        for (size_t i = 0; i < words; i++) open |= ~wall[i] & ~row[i];
        if (open == 0) continue;
        std::fill(near.begin(), near.end(), 0);
        for (size_t from = first; from <= last; from++) add(reached->row(from), words, near.data());
        for (;;) {
          // From 9 pixels before to 10 pixels after.
          wide = near;
          spreadEarlier(wide.data(), words, 1);
          spreadEarlier(wide.data(), words, 2);
          spreadEarlier(wide.data(), words, 4);
          spreadEarlier(wide.data(), words, 3);
          spreadLater(wide.data(), words, 9);
          Word news = 0;
          for (size_t i = 0; i < words; i++) {
            const Word now = row[i] | (wide[i] & ~wall[i]);
            news |= now ^ row[i];
            row[i] = now;
            near[i] |= now;
          }
          if (news == 0) break;
          isChanged = true;
        }
      }
    }
  }
};

/** 1 where a pixel of the tile is not reached. */
struct WriteMask {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(Bitmap* reached, size_t width, size_t height, uint8_t* mask) {
    for (size_t y = 0; y < height; y++) {
      const Word* row = reached->row(y + kBorder);
      uint8_t* to = mask + y * width;
      for (size_t x = 0; x < width; x += 8) {
        const size_t at = x + kBorder;
        Word bits = row[at / 64] >> (at % 64);
        if (at % 64 > 56 && at / 64 + 1 < reached->words) bits |= row[at / 64 + 1] << (64 - at % 64);
        // Eight bits to eight bytes of 0 or 1.
        const Word picked = ((~bits & 0xff) * 0x0101010101010101u) & 0x8040201008040201u;
        const Word bytes = ((picked + 0x7f7f7f7f7f7f7f7fu) >> 7) & 0x0101010101010101u;
        std::memcpy(to + x, &bytes, std::min<size_t>(8, width - x));
      }
    }
  }
};

}  // namespace

void grayHistogram(const uint8_t* pixels, size_t count, uint32_t* counts) {
  uint8_t levels[kBlock];
  // Neighbours are often equal: four histograms keep one increment from waiting for the last.
  uint32_t parts[4][256] = {};
  for (size_t start = 0; start < count; start += kBlock) {
    const size_t length = std::min(kBlock, count - start);
    dispatch<Gray>(pixels + 3 * start, length, static_cast<uint8_t*>(levels));
    size_t i = 0;
    for (; i + 4 <= length; i += 4) {
      parts[0][levels[i]]++;
      parts[1][levels[i + 1]]++;
      parts[2][levels[i + 2]]++;
      parts[3][levels[i + 3]]++;
    }
    for (; i < length; i++) parts[0][levels[i]]++;
  }
  for (size_t level = 0; level < 256; level++) {
    counts[level] += parts[0][level] + parts[1][level] + parts[2][level] + parts[3][level];
  }
}

void tissueMask(const uint8_t* pixels, size_t width, size_t height, int32_t threshold, uint8_t* mask) {
  Bitmap walls(width + 2 * kBorder, height + 2 * kBorder);
  dispatch<Dilate>(pixels, width, height, threshold, &walls);
  Bitmap reached(walls.width, walls.height);
  dispatch<FillHoles>(&walls, &reached);
  dispatch<WriteMask>(&reached, width, height, mask);
}

}  // namespace deephealth
