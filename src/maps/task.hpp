#pragma once
// What is measured of many voxels at once, by the host's threads or by a device.
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "maps/kernel.hpp"
#include "radloom/catalogue.hpp"
#include "radloom/config.hpp"

namespace radloom::maps {

/// What is the same for every neighbourhood of a map.
struct Frame {
  Settings settings;  ///< with force_2d as the approach of the columns has it
  Convention convention = Convention::pyradiomics;
  std::array<double, 3> spacing_mm{};
  std::int32_t highest_level = 0;        ///< of the whole region: N_g
  std::size_t levels = 0;                ///< that occur in the whole region
  bool averaged = true, merged = false;  ///< of the families with directions: what is asked for
  bool maximal_correlation = true;

  bool pyradiomics() const { return convention == Convention::pyradiomics; }
  /// A region of one gray level has an MCC of 1 everywhere, as PyRadiomics has it, also where there is no pair.
  bool correlation_is_one() const { return levels < 2 && maximal_correlation; }
  bool symmetric() const { return !pyradiomics() || settings.symmetrical_glcm; }
  /// What is added to intensities for their energy.
  double shift() const { return pyradiomics() ? settings.voxel_array_shift : 0; }
  double voxel_volume_mm3() const { return spacing_mm[0] * spacing_mm[1] * spacing_mm[2]; }
  /// What logarithms get added.
  double epsilon() const { return pyradiomics() ? 0x1p-52 : 0; }
};

/// Voxels whose neighbourhoods are measured, all of one family. Levels and intensities lie in a volume with as many zeros around it as
/// neighbourhoods reach.
struct Task {
  Family family;
  const Kernel& kernel;
  const Frame& frame;
  std::span<const std::uint16_t> levels;  ///< gray levels, 0 where a voxel does not count
  std::span<const double> intensities;    ///< for firstorder alone
  std::int64_t stride_y, stride_z;        ///< of both
  std::span<const std::int64_t> at;       ///< where the voxels lie among them, ascending

  /// From a voxel to each place of its neighbourhood.
  std::vector<std::int64_t> steps() const {
    std::vector<std::int64_t> steps;
    for (const auto& [x, y, z] : kernel.places()) steps.push_back(z * stride_z + y * stride_y + x);
    return steps;
  }
};

/// Measures all of a task, on a device: the features of each of its voxels by index, one voxel behind the other, as `FamilyMap::measure` has
/// them (of `averaged` and `merged` only what the frame asks for is touched). False where it cannot; then the host's threads do.
using Elsewhere = std::function<bool(const Task&, std::span<double> averaged, std::span<double> merged)>;

/// The pairs of places that a co-occurrence matrix of a neighbourhood is made of.
struct Cooccurrences {
  std::vector<Pair> pairs;
  double weight;  ///< of each, where directions are merged
};
/// Those of every direction that has any.
std::vector<Cooccurrences> cooccurrences(const Kernel& kernel, const Frame& frame);

/// A direction of runs, and its weight where directions are merged.
struct RunDirection {
  Offset step;
  double weight;
};
std::vector<RunDirection> run_directions(const Frame& frame);

/// The steps to the neighbours that dependences and gray tone differences look at; to one of each two opposite ones with `half`.
std::vector<Offset> looked_at(const Frame& frame, bool half);

}  // namespace radloom::maps
