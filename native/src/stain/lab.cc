// CIELAB by tables: a straight line per piece for the cube root, a threshold per piece for the byte.
#include <algorithm>

#include "stain-kernels.h"
#include "vectors.h"

namespace deephealth {
namespace {

constexpr size_t kBlock = 256;

struct Compressed {
  double x[kBlock];
  double y[kBlock];
  double z[kBlock];
};

/** f(X / Xn), f(Y / Yn) and f(Z / Zn) of a pixel. */
DEEPHEALTH_INLINE void compress(const uint8_t* pixel, const double* rows, const double* root, Compressed& to,
                                size_t at) {
  const Double4 zero = {0, 0, 0, 0};
  const Double4 last = zero + static_cast<double>(kPieces + 1);
  Double4 t, green, blue;
  load(rows + 4 * pixel[0], t);
  load(rows + 1024 + 4 * pixel[1], green);
  load(rows + 2048 + 4 * pixel[2], blue);
  t = t + green + blue;
  Double4 scaled = t * static_cast<double>(kPieces);
  scaled = scaled > zero ? scaled : zero;
  scaled = scaled < last ? scaled : last;
  const Int4 pieces = __builtin_convertvector(scaled, Int4);
  to.x[at] = root[2 * pieces[0]] + root[2 * pieces[0] + 1] * t[0];
  to.y[at] = root[2 * pieces[1]] + root[2 * pieces[1] + 1] * t[1];
  to.z[at] = root[2 * pieces[2]] + root[2 * pieces[2] + 1] * t[2];
}

struct Moments {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* rows,
                                    const double* root, double* sums, size_t* counted) {
    Double8 total[6];
    for (size_t k = 0; k < 6; k++) load(sums + k * kLanes, total[k]);
    Compressed block;
    size_t held = 0;
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
      if (mask[i] == 0) continue;
      compress(pixels + 3 * i, rows, root, block, held++);
      if (held < kBlock) continue;
      for (size_t at = 0; at < kBlock; at += kLanes) {
        Double8 x, y, z;
        load(block.x + at, x);
        load(block.y + at, y);
        load(block.z + at, z);
        const Double8 lightness = 116.0 * y - 16.0;
        const Double8 a = 500.0 * (x - y);
        const Double8 b = 200.0 * (y - z);
        total[0] += lightness;
        total[1] += a;
        total[2] += b;
        total[3] += lightness * lightness;
        total[4] += a * a;
        total[5] += b * b;
      }
      done += kBlock;
      held = 0;
    }
    for (size_t k = 0; k < 6; k++) store(total[k], sums + k * kLanes);
    for (size_t at = 0; at < held; at++) {
      const double lightness = 116 * block.y[at] - 16;
      const double a = 500 * (block.x[at] - block.y[at]);
      const double b = 200 * (block.y[at] - block.z[at]);
      const double terms[6] = {lightness, a, b, lightness * lightness, a * a, b * b};
      for (size_t k = 0; k < 6; k++) sums[k * kLanes + at % kLanes] += terms[k];
    }
    *counted = done + held;
  }
};

/** The inverse of the compression. */
DEEPHEALTH_INLINE double expand(double f) {
  const double cube = f * f * f;
  const double line = (f - 16.0 / 116.0) * (1 / 7.787);
  return f > 0.2068966 ? cube : line;
}

struct Transfer {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* pixels, const uint8_t* mask, size_t count,
                                    const LabTables* tables, const double* coefficients, uint8_t* output) {
    const LabTables table = *tables;
    double factor[6];
    double matrix[9];
    std::copy(coefficients, coefficients + 6, factor);
    std::copy(table.matrix, table.matrix + 9, matrix);
    Compressed block;
    double light[3][kBlock];
    int32_t piece[3][kBlock];
    for (size_t start = 0; start < count; start += kBlock) {
      const size_t length = std::min(kBlock, count - start);
      const uint8_t* from = pixels + 3 * start;
      uint8_t* to = output + 3 * start;
      for (size_t i = 0; i < length; i++) compress(from + 3 * i, table.rows, table.root, block, i);
      for (size_t i = 0; i < length; i++) {
        const double lightness = (116 * block.y[i] - 16) * factor[0] + factor[3];
        const double a = 500 * (block.x[i] - block.y[i]) * factor[1] + factor[4];
        const double b = 200 * (block.y[i] - block.z[i]) * factor[2] + factor[5];
        const double newY = (lightness + 16) * (1.0 / 116);
        const double newX = newY + a * (1.0 / 500);
        const double newZ = newY - b * (1.0 / 200);
        const double x = expand(newX);
        const double y = expand(newY);
        const double z = expand(newZ < 0 ? 0 : newZ);
        for (size_t c = 0; c < 3; c++) {
          const double value = matrix[3 * c] * x + matrix[3 * c + 1] * y + matrix[3 * c + 2] * z;
          light[c][i] = value;
          double scaled = value * kPieces;
          scaled = scaled > 0 ? scaled : 0;
          piece[c][i] = static_cast<int32_t>(scaled < kPieces ? scaled : kPieces);
        }
      }
      for (size_t i = 0; i < length; i++) {
        const bool isTissue = mask[start + i] != 0;
        for (size_t c = 0; c < 3; c++) {
          const int32_t at = piece[c][i];
          const int32_t byte = table.base[at] + (light[c][i] >= table.threshold[at] ? 1 : 0);
          to[3 * i + c] = isTissue ? static_cast<uint8_t>(byte) : from[3 * i + c];
        }
      }
    }
  }
};

}  // namespace

size_t labMoments(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* rows, const double* root,
                  double* sums) {
  size_t counted = 0;
  dispatch<Moments>(pixels, mask, count, rows, root, sums, &counted);
  return counted;
}

void labTransfer(const uint8_t* pixels, const uint8_t* mask, size_t count, const LabTables& tables,
                 const double* coefficients, uint8_t* output) {
  dispatch<Transfer>(pixels, mask, count, &tables, coefficients, output);
}

}  // namespace deephealth
