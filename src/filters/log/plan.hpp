#pragma once
/// In which order the axes are filtered, with what, and how much is kept: decided on the host, once, for every backend.
#include <array>
#include <cstdint>

#include "filters/log/recursive_gaussian.hpp"
#include "radloom/geometry.hpp"

namespace radloom::log {

/// The axes of a term of the Laplacian in their order: the second derivative goes along the first, the Gaussian along the two others.
inline std::array<int, 3> axes_of_term(int axis) { return {axis, axis == 0 ? 1 : 0, axis == 2 ? 1 : 2}; }

struct Term {
  std::array<int, 3> axes;
  std::array<std::array<std::int64_t, 3>, 4>
      size;      ///< after so many passes: cut to the box along the axes that are done
  double scale;  ///< of the term in the sum: per mm^2

  std::int64_t voxels(int passes) const { return size[passes][0] * size[passes][1] * size[passes][2]; }
};

inline Term term_along(
    int axis, const std::array<std::int64_t, 3>& whole, const std::array<double, 3>& spacing_mm, const Box& box) {
  Term t{axes_of_term(axis), {whole, whole, whole, whole}, 1.0 / (spacing_mm[axis] * spacing_mm[axis])};
  for (int step = 0; step < 3; ++step)
    for (int later = step + 1; later < 4; ++later) t.size[later][t.axes[step]] = box.size[t.axes[step]];
  return t;
}

inline RecursiveFilter filter_at(int step, double sigma_mm, double spacing_mm) {
  return step == 0 ? second_derivative(sigma_mm, spacing_mm) : gaussian(sigma_mm, spacing_mm);
}

/// Throws Error(usage) where a block is not the whole image, or too small.
inline void check_whole(const std::array<std::int64_t, 3>& block, const std::array<std::int64_t, 3>& whole) {
  if (whole != block) throw Error(ErrorCode::usage, "a recursive filter needs the whole image");
  for (const auto n : block)
    if (n < 4) throw Error(ErrorCode::usage, "a recursive filter needs four voxels along each axis");
}

}  // namespace radloom::log
