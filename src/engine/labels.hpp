#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radloom/config.hpp"
#include "radloom/mask.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// Where a label lies.
struct LabelExtent {
  std::int64_t voxels = 0;
  Box box;
};

/// Every label of a mask but 0, in one pass. Values are cut to integers, as PyRadiomics casts masks; negative or non-finite ones
/// are Error(file_unreadable).
std::map<std::int64_t, LabelExtent> find_labels(const Volume& mask);

/// A region: the values of the mask that belong to it, and what it is called.
struct RegionLabels {
  std::vector<std::int64_t> values;
  std::string label;             ///< "1", or "1+2"
  std::string name = {};         ///< empty where the mask names none
  std::optional<Error> problem;  ///< why it cannot be measured
};

/// The regions a selection means. Throws Error(empty_mask) where the mask holds none, and Error(label_absent), which lists
/// those present, where one that was asked for is not, or where names are asked for: the labels of a volume have none.
std::vector<RegionLabels> regions_of(
    const LabelSelection& selection, const std::map<std::int64_t, LabelExtent>& present);

/// The regions that a selection means of a mask that names them, by what it calls a number: each a list of numbers. Of "all" and of
/// patterns, regions without an outline are no match. Throws Error(label_absent), which lists the names.
std::vector<std::vector<std::int64_t>> chosen_of(const LabelSelection& selection, const NamedMask& mask);

/// The regions of chosen_of in a mask that was drawn.
std::vector<RegionLabels> regions_of(const std::vector<std::vector<std::int64_t>>& chosen, const DrawnMask& drawn);

/// The box and the number of voxels of a union.
LabelExtent extent_of(const std::vector<std::int64_t>& labels, const std::map<std::int64_t, LabelExtent>& present);

/// A uint8 mask of `box`: 1 where the voxel holds one of the labels.
Volume select(const Volume& mask, const std::vector<std::int64_t>& labels, const Box& box);

/// The same on another grid, by nearest neighbour (PyRadiomics resamples masks so, whatever the image's interpolator).
Volume select_on(const Volume& mask, const std::vector<std::int64_t>& labels, const Geometry& grid);

/// The box of the voxels of a uint8 mask that are not 0, and their number (0 with an empty box).
LabelExtent extent_of(const Volume& mask);

}  // namespace radloom
