#include <algorithm>
#include <cstring>
#include <vector>

#include "../arguments.h"
#include "../scratch.h"
#include "bit-rows.h"
#include "segmentation.h"

namespace deephealth {

namespace {

/** Bit j of word i becomes bit i of word j: blocks of half the size change places, down to single bits. */
inline void transpose64(uint64_t* words) {
  uint64_t keep = 0x00000000ffffffffu;
  for (size_t half = 32; half != 0; half >>= 1, keep ^= keep << half) {
    for (size_t start = 0; start < 64; start += 2 * half) {
      for (size_t i = start; i < start + half; i++) {
        const uint64_t moved = ((words[i] >> half) ^ words[i + half]) & keep;
        words[i] ^= moved << half;
        words[i + half] ^= moved;
      }
    }
  }
}

/** Lines of bits, each starting a word of its own; the bits of a line beyond `length` are 0. */
struct BitLines {
  size_t lines;
  size_t length;
  size_t wordsPerLine;
  std::vector<uint64_t> words;

  BitLines(size_t lineCount, size_t lineLength)
      : lines(lineCount),
        length(lineLength),
        wordsPerLine(wordsOf(lineLength)),
        words(lineCount * wordsOf(lineLength)) {}
};

/** Turns `from`, up to 64 lines, into 64-bit pieces at word `band` of every line of `to`. */
void transposeBand(const std::vector<uint64_t>& from, size_t fromLines, size_t fromWords, size_t band, BitLines& to) {
  uint64_t block[64];
  for (size_t k = 0; k < fromWords; k++) {
    for (size_t i = 0; i < 64; i++) block[i] = i < fromLines ? from[i * fromWords + k] : 0;
    transpose64(block);
    const size_t end = std::min<size_t>(64, to.lines - 64 * k);
    for (size_t i = 0; i < end; i++) to.words[(64 * k + i) * to.wordsPerLine + band] = block[i];
  }
}

BitLines columnsOf(const uint8_t* mask, size_t width, size_t height) {
  BitLines columns(width, height);
  const RowScanner<uint8_t> scan = nonZeroScanner();
  const size_t rowWords = wordsOf(width);
  std::vector<uint64_t> band(64 * rowWords);
  for (size_t y = 0; y < height; y += 64) {
    const size_t rows = std::min<size_t>(64, height - y);
    for (size_t i = 0; i < rows; i++) scan(mask + (y + i) * width, width, band.data() + i * rowWords);
    transposeBand(band, rows, rowWords, y / 64, columns);
  }
  return columns;
}

BitLines oneLineOf(const uint8_t* mask, size_t total) {
  BitLines line(1, total);
  nonZeroScanner()(mask, total, line.words.data());
  return line;
}

/** Calls `visit(word, base)` with the places where an element differs from the one before it, line after line. */
template <typename Visit>
void forEachChange(const BitLines& bits, Visit visit) {
  uint64_t before = 0;
  const size_t lastBits = bits.length % 64;
  const uint64_t lastMask = lastBits == 0 ? ~uint64_t{0} : (uint64_t{1} << lastBits) - 1;
  const uint64_t* word = bits.words.data();
  for (size_t line = 0; line < bits.lines; line++) {
    for (size_t k = 0; k < bits.wordsPerLine; k++, word++) {
      const bool isLast = k + 1 == bits.wordsPerLine;
      visit((*word ^ (*word << 1 | before)) & (isLast ? lastMask : ~uint64_t{0}), line * bits.length + 64 * k);
      before = *word >> (isLast && lastBits != 0 ? lastBits - 1 : 63) & 1;
    }
  }
}

/** Sets the bits of every second count: first one bit where each run begins, then their running parity. */
void setColumnRuns(const Span<const uint32_t>& counts, BitLines& columns) {
  uint64_t* line = columns.words.data();
  const uint64_t* end = line + columns.words.size();
  uint64_t* word = line;
  uint64_t begins = 0;
  size_t at = 0;
  for (size_t i = 0; i < counts.length; i++) {
    at += counts.data[i];
    while (at >= columns.length && line != end) {
      at -= columns.length;
      line += columns.wordsPerLine;
    }
    // Nothing begins after the last run.
    if (line == end) break;
    // Bits of one word gather in a register: short runs would else wait for the word that they wrote.
    if (line + at / 64 != word) {
      *word ^= begins;
      begins = 0;
      word = line + at / 64;
    }
    begins ^= uint64_t{1} << (at % 64);
  }
  *word ^= begins;
  uint64_t carry = 0;
  for (uint64_t& bits : columns.words) {
    // Bits past the end of a column repeat its last element, so the carry needs no care there.
    for (size_t shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    bits ^= carry;
    carry = bits >> 63 != 0 ? ~uint64_t{0} : 0;
  }
}

/** Eight bits as eight bytes of 0 or 1. */
struct ByteTable {
  uint8_t bytes[256][8];

  ByteTable() {
    for (size_t value = 0; value < 256; value++) {
      for (size_t bit = 0; bit < 8; bit++) bytes[value][bit] = value >> bit & 1;
    }
  }
};

void writeBytes(uint64_t bits, size_t count, uint8_t* to) {
  static const ByteTable table;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) std::memcpy(to + i, table.bytes[bits >> i & 255], 8);
  for (; i < count; i++) to[i] = bits >> i & 1;
}

void writeColumns(const BitLines& columns, size_t width, size_t height, uint8_t* mask) {
  uint64_t block[64];
  for (size_t y = 0; y < height; y += 64) {
    const size_t rows = std::min<size_t>(64, height - y);
    for (size_t x = 0; x < width; x += 64) {
      const size_t count = std::min<size_t>(64, width - x);
      for (size_t i = 0; i < 64; i++) {
        block[i] = i < count ? columns.words[(x + i) * columns.wordsPerLine + y / 64] : 0;
      }
      transpose64(block);
      for (size_t i = 0; i < rows; i++) writeBytes(block[i], count, mask + (y + i) * width + x);
    }
  }
}

struct Extents {
  size_t width;
  size_t height;
};

Extents checkedExtents(const Napi::CallbackInfo& info, size_t index, size_t maskLength) {
  const int64_t width = integer(info, index, "width", 0, INT32_MAX);
  const int64_t height = integer(info, index + 1, "height", 0, INT32_MAX);
  const size_t total = product(info.Env(), {width, height});
  if (total > INT32_MAX) throw Napi::RangeError::New(info.Env(), "the extents are too large");
  requireLength(info.Env(), "mask", maskLength, total);
  return {static_cast<size_t>(width), static_cast<size_t>(height)};
}

}  // namespace

// encodeRunLengths(mask, width, height, isColumnMajor): the counts
Napi::Value encodeRunLengths(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto mask = typedArray<const uint8_t>(info, 0, "mask");
  const auto [width, height] = checkedExtents(info, 1, mask.length);
  const bool isColumnMajor = boolean(info, 3, "isColumnMajor");
  if (mask.length == 0) return Napi::Uint32Array::New(env, 0);
  const size_t columns = width;
  const size_t rows = height;
  return withScratch(env, [&] {
    const BitLines bits =
        isColumnMajor ? columnsOf(mask.data, columns, rows) : oneLineOf(mask.data, mask.length);
    size_t changes = 0;
    forEachChange(bits, [&](uint64_t word, size_t) { changes += __builtin_popcountll(word); });
    Napi::Uint32Array counts = Napi::Uint32Array::New(env, changes + 1);
    uint32_t* next = counts.Data();
    size_t before = 0;
    forEachChange(bits, [&](uint64_t word, size_t base) {
      forEachBit(word, base, [&](size_t at) {
        *next++ = static_cast<uint32_t>(at - before);
        before = at;
      });
    });
    *next = static_cast<uint32_t>(mask.length - before);
    return counts;
  });
}

// decodeRunLengths(counts, width, height, isColumnMajor, mask)
void decodeRunLengths(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto counts = typedArray<const uint32_t>(info, 0, "counts");
  const bool isColumnMajor = boolean(info, 3, "isColumnMajor");
  const auto mask = typedArray<uint8_t>(info, 4, "mask");
  const auto [width, height] = checkedExtents(info, 1, mask.length);
  const size_t columnCount = width;
  const size_t rows = height;
  uint64_t sum = 0;
  for (size_t i = 0; i < counts.length; i++) sum += counts.data[i];
  if (sum != mask.length) throw Napi::RangeError::New(env, "the counts do not fill the mask");
  requireApart(env, "the mask", mask, {counts});
  if (mask.length == 0) return;
  // Below, no count is trusted to fit: shared memory could change between this check and its use.
  if (!isColumnMajor) {
    size_t at = 0;
    for (size_t i = 0; i < counts.length; i++) {
      const size_t length = std::min<size_t>(counts.data[i], mask.length - at);
      std::memset(mask.data + at, i % 2, length);
      at += length;
    }
    return;
  }
  withScratch(env, [&] {
    BitLines columns(columnCount, rows);
    setColumnRuns(counts, columns);
    writeColumns(columns, columnCount, rows, mask.data);
  });
}

}  // namespace deephealth
