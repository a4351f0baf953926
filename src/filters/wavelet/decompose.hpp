#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/large_memory.hpp"
#include "filters/block.hpp"
#include "radloom/geometry.hpp"

namespace radloom::wavelet {

/// A sub-band: bit 0 is set where the high-pass filter goes along x, bit 1 along y, bit 2 along z.
using Band = unsigned;

struct Request {
  std::string wavelet = "coif1";
  int level = 1;  ///< 1: the first decomposition; 2: that of its approximation; ...
  /// Holes in the filter: level j has 2^(j-1) - 1 zeros after each tap (a trous, PyWavelets' swtn). Without, every level has the
  /// same filter, which is what PyRadiomics does.
  bool dilated = false;
  /// The period of an axis is its length; with this, the next even number, the voxel that is missing being the first one once
  /// more. PyRadiomics pads so, since PyWavelets takes even lengths only.
  bool even_period = true;
  std::array<bool, 3> axes{true, true, true};  ///< x, y, z: which are decomposed
};

/// The undecimated separable wavelet decomposition of an image with periodic extension, first along x, then y, then z: per axis
///     y[n] = sum over k of h[k] x[n + (N/2 - k) d],  N taps, d = 2^(level-1) where dilated and 1 otherwise.
/// Gives the values of `box` (a part of the whole image) for each of `bands`, in their order, equal bit for bit to PyWavelets 1.x:
/// float32 images are computed and returned in float32, all others in float64.
/// Throws Error(config_invalid) for a wavelet that is not known, Error(usage) where the block lacks voxels that `needed` names or a
/// band is high along an axis that is not decomposed, Error(interrupted).
std::vector<Volume> decompose(const filters::Block& image, const Box& box, const Request& request,
    const std::vector<Band>& bands, const std::stop_token& stop = {},
    const std::shared_ptr<KeptMemory>& memory = nullptr);

/// The part of an image of size `whole` that the values of `box` depend on. Where the filter reaches over an end of an axis, that is
/// the whole axis, since it goes on at the other end.
Box needed(const Box& box, const std::array<std::int64_t, 3>& whole, const Request& request);

}  // namespace radloom::wavelet
