#pragma once
#include <cstddef>

#include "families/shape/formulas.hpp"
#include "radloom/volume.hpp"

namespace radloom::shape {

/// Moran's I and Geary's C of the intensities of `image` inside `mask` (uint8, same size), weighted by the inverse distance in mm: the exact sums
/// over all pairs of voxels, from spectra of the region's box, doubled (Parseval's theorem). Cost: n log n in the voxels n of the box, and about 80
/// bytes a voxel, of which spectra take at most `most_bytes` at a time: beyond that rows are transformed again for each part of the frequencies.
/// Results do not depend on it.
Autocorrelation autocorrelation(const Volume& image, const Volume& mask, std::size_t most_bytes = std::size_t(2) << 30);

}  // namespace radloom::shape
