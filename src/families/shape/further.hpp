#pragma once
#include <memory>

#include "core/large_memory.hpp"
#include "families/shape/measure.hpp"

namespace radloom::shape {

/// Fills in what the standard asks of a region besides `compute` (IBSI 3.1): densities, and what needs intensities. `morphological` and
/// `intensity` are masks (uint8) on the grid of `image`, the second within the first. NaN where a definition divides by zero; all that needs
/// intensities where the intensity mask is empty. Spectra lie in `memory`, where there is one.
void compute_further(const Volume& image, const Volume& morphological, const Volume& intensity,
    const std::shared_ptr<KeptMemory>& memory, double* out);

/// The densities alone, of a body whose other features `out` has, from points of which its convex hull is known (hull_candidates).
void compute_densities(const std::vector<Position>& points, double* out);

/// The features that `compute_further` fills in.
bool is_further(int feature);

}  // namespace radloom::shape
