#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>

#include "maps/task.hpp"
#include "radloom/catalogue.hpp"
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom::maps {

/// The families that maps are made of.
bool has_map(Family family) noexcept;

/// What is computed of an image around every voxel of a region.
struct Request {
  const Settings* settings = nullptr;  ///< of the image type
  Convention convention = Convention::pyradiomics;
  std::span<const Column> columns;  ///< each of a family that has_map
};

/// Who gets what is computed, on the thread that called.
struct Receiver {
  /// A column (its place among the request's) and its values at the region's voxels, in the order of memory; NaN where it is undefined.
  std::function<void(std::size_t column, std::span<const double> values)> column;
  /// Neighbourhoods measured since the last call; of `neighbourhoods` in all.
  std::function<void(std::int64_t)> progress;
};

/// How many neighbourhoods a request measures: those of every voxel, once for each family (and approach).
std::int64_t neighbourhoods(const Request& request, std::int64_t voxels);

/// Measures the neighbourhoods of every voxel of `region` (uint8, on the image's grid). The image holds what neighbourhoods reach:
/// beyond it there is nothing. Gray levels are those of the whole region, or of the whole image without masked_kernel. A family at a time is computed, on all threads of
/// the caller's arena; memory: 8 bytes a voxel of the region and feature of the largest family, and 2 (with firstorder 10) a voxel of the image.
/// `elsewhere`, where there is one, is asked first, and takes another 8 bytes a feature of 262,144 voxels.
/// Throws Error(empty_mask | too_many_gray_levels | non_finite | interrupted).
void measure(const Volume& image, const Volume& region, const Request& request, const Receiver& receiver,
    std::stop_token stop, const Elsewhere& elsewhere = {});

/// A map on the region's grid: `values` at its voxels, `elsewhere` at the others; float64.
Volume painted(const Volume& region, std::span<const double> values, double elsewhere);

}  // namespace radloom::maps
