#pragma once
#include <cstdint>

#include "kernels/common/line_transform.hpp"
#include "kernels/common/regions.hpp"
#include "kernels/shape/tuning.hpp"

namespace radloom::shape {

// Moran's I and Geary's C need sums over all pairs of voxels, weighted by the inverse distance. By Parseval's theorem they are sums over the
// spectra of the padded box, as on the host (families/shape/autocorrelation.cpp): nothing is transformed back.

/// What is transformed: the region (1 inside), its intensities less their mean, the squares of those, and the inverse distance, which is even along
/// every axis.
enum PairField : int { region_field, value_field, square_field, weight_field, pair_fields };

/// A region whose pairs are summed up, and where its spectra lie.
struct PairRegion {
  BoxRegion box;                ///< `mask` is that of the intensities
  std::int32_t padded[3] = {};  ///< samples of a transformed line along each axis; at least 2 size - 1
  std::int64_t roots[3] = {};   ///< the first root of unity of a line along each axis, in the batch's table
  std::int64_t values = 0;      ///< first centred intensity in the batch's: x fastest, 0 outside
  std::int64_t rows = 0;        ///< first number of the rows' spectra: [field][kx][z][y]
  std::int64_t columns =
      0;  ///< first number of the planes' spectra, of the frequencies along x of a part: [field][kx][ky][z]
  std::int64_t shares = 0;  ///< first of the shares in the sums: [kx][ky], three each

  /// All is real: frequencies along x above the half are mirror images.
  RL_HD std::int64_t half() const { return padded[0] / 2 + 1; }
  RL_HD std::int64_t row_numbers() const { return pair_fields * half() * box.size[1] * box.size[2]; }
  /// The first frequency along x of part number `part` of `parts`.
  RL_HD std::int64_t first(int part, int parts) const { return half() * part / parts; }
  RL_HD std::int64_t column_numbers(int part, int parts) const {
    return pair_fields * (first(part + 1, parts) - first(part, parts)) * padded[1] * box.size[2];
  }
  /// Is a spectrum with such frequencies along x and y met once? Others stand for their mirror image too.
  RL_HD bool alone(std::int64_t kx) const { return kx == 0 || 2 * kx == padded[0]; }
};

/// The sample a line of even values has in place of sample i: that of the distance; -1 where the box has no such distance.
RL_HD inline std::int64_t even_sample(std::int64_t i, std::int64_t size, std::int64_t padded) {
  const std::int64_t distance = i < padded - i ? i : padded - i;
  return distance < size ? distance : -1;
}

}  // namespace radloom::shape
