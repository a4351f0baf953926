#pragma once
#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom {

/// A matrix of gray level against size: run lengths, zone sizes or dependences. The same sixteen sums serve them all
/// (IBSI 3.7, 3.8, 3.11), so they are written once.
struct SizeMatrixView {
  struct Cell {
    double level;   ///< gray level
    double size;    ///< run length, zone size, dependence; >= 1
    double weight;  ///< how many; > 0
  };
  const Cell* cell;  ///< cells that are not zero, by level, then size
  std::int64_t cells;
  const Cell* by_level;  ///< marginal: level and weight
  std::int64_t levels;
  const Cell* by_size;  ///< marginal: size and weight
  std::int64_t sizes;
};

struct SizeMatrixSums {
  double small_emphasis, large_emphasis, level_nonuniformity, level_nonuniformity_normalized, size_nonuniformity,
      size_nonuniformity_normalized, percentage, level_variance, size_variance, entropy, low_level_emphasis,
      high_level_emphasis, small_low, small_high, large_low, large_high;
};

/// `epsilon` stands in PyRadiomics' logarithm, 0 in the standard's. The matrix must not be empty.
RL_HD inline SizeMatrixSums size_matrix_sums(const SizeMatrixView& m, double epsilon) {
  SizeMatrixSums r{};
  double n = 0, voxels = 0, mean_level = 0, mean_size = 0;
  for (std::int64_t i = 0; i < m.levels; ++i) n += m.by_level[i].weight;
  for (std::int64_t i = 0; i < m.levels; ++i) {
    const double w = m.by_level[i].weight, g2 = m.by_level[i].level * m.by_level[i].level;
    r.level_nonuniformity += w * w;
    r.low_level_emphasis += w / g2;
    r.high_level_emphasis += w * g2;
    mean_level += m.by_level[i].level * (w / n);
  }
  for (std::int64_t i = 0; i < m.sizes; ++i) {
    const double w = m.by_size[i].weight, s = m.by_size[i].size;
    r.size_nonuniformity += w * w;
    r.small_emphasis += w / (s * s);
    r.large_emphasis += w * (s * s);
    voxels += w * s;
    mean_size += s * (w / n);
  }
  for (std::int64_t i = 0; i < m.levels; ++i) {
    const double d = m.by_level[i].level - mean_level;
    r.level_variance += m.by_level[i].weight / n * d * d;
  }
  for (std::int64_t i = 0; i < m.sizes; ++i) {
    const double d = m.by_size[i].size - mean_size;
    r.size_variance += m.by_size[i].weight / n * d * d;
  }
  for (std::int64_t c = 0; c < m.cells; ++c) {
    const double g2 = m.cell[c].level * m.cell[c].level, s2 = m.cell[c].size * m.cell[c].size, w = m.cell[c].weight;
    const double p = w / n;
    r.entropy -= p * log2(p + epsilon);
    r.small_low += w / (g2 * s2);
    r.small_high += w * g2 / s2;
    r.large_low += w * s2 / g2;
    r.large_high += w * g2 * s2;
  }
  r.percentage = n / voxels;
  r.level_nonuniformity_normalized = r.level_nonuniformity / (n * n);
  r.size_nonuniformity_normalized = r.size_nonuniformity / (n * n);
  r.level_nonuniformity /= n;
  r.size_nonuniformity /= n;
  r.small_emphasis /= n;
  r.large_emphasis /= n;
  r.low_level_emphasis /= n;
  r.high_level_emphasis /= n;
  r.small_low /= n;
  r.small_high /= n;
  r.large_low /= n;
  r.large_high /= n;
  return r;
}

}  // namespace radloom
