#pragma once
#include <cstddef>
#include <memory>

#include "core/large_memory.hpp"
#include "families/shape/formulas.hpp"
#include "radloom/volume.hpp"

namespace radloom::shape {

inline constexpr std::size_t most_of_spectra = std::size_t(2) << 30;  ///< bytes

/// Moran's I and Geary's C of the intensities of `image` inside `mask` (uint8, same size), weighted by the inverse distance in mm: the exact sums
/// over all pairs of voxels, from spectra of the region's box, doubled (Parseval's theorem). Cost: n log n in the voxels n of the box, and about 60
/// bytes a voxel, of which spectra take at most `most_bytes` at a time: beyond that rows are transformed again for each part of the frequencies.
/// Results do not depend on it. Spectra lie in `memory` where there is one.
Autocorrelation autocorrelation(const Volume& image, const Volume& mask, std::size_t most_bytes = most_of_spectra,
    const std::shared_ptr<KeptMemory>& memory = nullptr);

}  // namespace radloom::shape
