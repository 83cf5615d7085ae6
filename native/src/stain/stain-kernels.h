// Per-pixel work of stain normalisation on 8-bit RGB. Each function computes the same bits as its twin
// in lib/stain/*.twin.ts, where the definitions are. Lengths are the callers' care.
#pragma once

#include <cstddef>
#include <cstdint>

namespace deephealth {

/** Numbers per row table: 3 channels, 256 bytes, 4 columns. */
constexpr size_t kRowTableLength = 3 * 256 * 4;
/** Bins of a histogram of angles or of row sums. */
constexpr size_t kBins = 16384;
/** Partial sums per quantity. */
constexpr size_t kLanes = 8;
/** Pieces per unit of linear light. */
constexpr int32_t kPieces = 4096;

void grayHistogram(const uint8_t* pixels, size_t count, uint32_t* counts);
void tissueMask(const uint8_t* pixels, size_t width, size_t height, int32_t threshold, uint8_t* mask);

size_t densityMoments(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* density, double* sums);
void densityAngles(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* density,
                   const double* axes, uint32_t* counts);

void rowSumHistograms(const uint8_t* pixels, size_t count, const double* rows, uint32_t* counts);
void rowProducts(const uint8_t* pixels, size_t count, const double* rows, uint8_t* output);

struct LabTables {
  const double* rows;
  const double* root;
  const double* matrix;
  const uint8_t* base;
  const double* threshold;
};

size_t labMoments(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* rows, const double* root,
                  double* sums);
void labTransfer(const uint8_t* pixels, const uint8_t* mask, size_t count, const LabTables& tables,
                 const double* coefficients, uint8_t* output);

}  // namespace deephealth
