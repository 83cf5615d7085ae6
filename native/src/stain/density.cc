// Covariance and angles of optical densities. Both gather the stained pixels of a block side by side, so
// that vectors are full, and then work on vectors of eight.
#include <cmath>

#include "stain-kernels.h"
#include "vectors.h"

namespace deephealth {
namespace {

constexpr size_t kBlock = 512;
constexpr uint8_t kStainedMaximum = 205;

struct Densities {
  // A block and what the one before has left over.
  double red[kBlock + kLanes];
  double green[kBlock + kLanes];
  double blue[kBlock + kLanes];
};

/** Appends the densities of stained pixels; returns the number of pixels then held. */
DEEPHEALTH_INLINE size_t gather(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* density,
                                Densities& to, size_t held) {
  for (size_t i = 0; i < count; i++) {
    const uint8_t red = pixels[3 * i];
    const uint8_t green = pixels[3 * i + 1];
    const uint8_t blue = pixels[3 * i + 2];
    to.red[held] = density[red];
    to.green[held] = density[green];
    to.blue[held] = density[blue];
    // Written in any case, kept where it counts: no branch to predict.
    held += static_cast<size_t>((mask[i] != 0) & (red <= kStainedMaximum) & (green <= kStainedMaximum) &
                                (blue <= kStainedMaximum));
  }
  return held;
}

DEEPHEALTH_INLINE void keepRest(Densities& held, size_t from, size_t count) {
  for (size_t i = 0; i < count; i++) {
    held.red[i] = held.red[from + i];
    held.green[i] = held.green[from + i];
    held.blue[i] = held.blue[from + i];
  }
}

struct Moments {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* density,
                                    double* sums, size_t* counted) {
    Double8 total[9];
    for (size_t k = 0; k < 9; k++) load(sums + k * kLanes, total[k]);
    Densities block;
    size_t held = 0;
    size_t done = 0;
    for (size_t start = 0; start < count; start += kBlock) {
      const size_t length = count - start < kBlock ? count - start : kBlock;
      held = gather(pixels + 3 * start, mask + start, length, density, block, held);
      const size_t full = held - held % kLanes;
      for (size_t i = 0; i < full; i += kLanes) {
        Double8 r, g, b;
        load(block.red + i, r);
        load(block.green + i, g);
        load(block.blue + i, b);
        total[0] += r;
        total[1] += g;
        total[2] += b;
        total[3] += r * r;
        total[4] += g * g;
        total[5] += b * b;
        total[6] += r * g;
        total[7] += r * b;
        total[8] += g * b;
      }
      held -= full;
      done += full;
      keepRest(block, full, held);
    }
    for (size_t k = 0; k < 9; k++) store(total[k], sums + k * kLanes);
    for (size_t lane = 0; lane < held; lane++) {
      const double r = block.red[lane], g = block.green[lane], b = block.blue[lane];
      const double terms[9] = {r, g, b, r * r, g * g, b * b, r * g, r * b, g * b};
      for (size_t k = 0; k < 9; k++) sums[k * kLanes + lane] += terms[k];
    }
    *counted = done + held;
  }
};

struct Angles {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* density,
                                    const double* axes, uint32_t* counts) {
    Densities block;
    int32_t bins[kBlock + kLanes];
    for (size_t start = 0; start < count; start += kBlock) {
      const size_t length = count - start < kBlock ? count - start : kBlock;
      const size_t held = gather(pixels + 3 * start, mask + start, length, density, block, 0);
      for (size_t i = 0; i < held; i++) {
        const double a = axes[0] * block.red[i] + axes[1] * block.green[i] + axes[2] * block.blue[i];
        const double b = axes[3] * block.red[i] + axes[4] * block.green[i] + axes[5] * block.blue[i];
        const double diamond = 1 - a / (std::fabs(a) + std::fabs(b));
        double bin = ((b < 0 ? -diamond : diamond) + 2) * (kBins / 4);
        bin = bin > 0 ? bin : 0;
        bins[i] = static_cast<int32_t>(bin < kBins - 1 ? bin : kBins - 1);
      }
      for (size_t i = 0; i < held; i++) counts[bins[i]]++;
    }
  }
};

}  // namespace

size_t densityMoments(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* density,
                      double* sums) {
  size_t counted = 0;
  dispatch<Moments>(pixels, mask, count, density, sums, &counted);
  return counted;
}

void densityAngles(const uint8_t* pixels, const uint8_t* mask, size_t count, const double* density,
                   const double* axes, uint32_t* counts) {
  dispatch<Angles>(pixels, mask, count, density, axes, counts);
}

}  // namespace deephealth
