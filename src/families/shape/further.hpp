#pragma once
#include <memory>

#include "core/large_memory.hpp"
#include "families/shape/measure.hpp"

namespace radloom::shape {

/// Fills in what the standard asks of a region besides `compute` (IBSI 3.1): densities, and what needs intensities. `morphological` and
/// `intensity` are masks (uint8) on the grid of `image`, the second within the first. NaN where a definition divides by zero; all that needs
/// intensities where the intensity mask is empty. Spectra lie in `memory`.
void compute_further(const Measures& m, const Volume& image, const Volume& morphological, const Volume& intensity,
    const std::shared_ptr<KeptMemory>& memory, double* out);

/// The features that `compute_further` fills in.
bool is_further(int feature);

}  // namespace radloom::shape
