#pragma once
/// From the columns of a region to what a backend computes, and from what it computed to the columns' values.
#include <array>
#include <vector>

#include "backend/backend.hpp"
#include "catalogue/lookup.hpp"

namespace radloom::backend {

/// What decides which families are computed and how, read once from a region's columns, all of them or those of one approach.
struct Wanted {
  bool family[family_count] = {};
  bool averaged = false, merged = false;  ///< of the families with directions
  bool maximal_correlation = false;
  bool further_shape = false;  ///< what shape::compute_further makes

  Wanted() = default;
  explicit Wanted(const Region& region);
  Wanted(const Region& region, Approach approach);
  bool operator==(const Wanted&) const = default;
  bool operator[](Family f) const { return family[int(f)]; }
  static bool is_texture(Family family);
  /// Families that look at gray levels and their neighbours.
  bool textures() const;
  /// Families that need gray levels at all.
  bool levels() const { return textures() || family[int(Family::firstorder)] || family[int(Family::ih)]; }
  /// Families that need intensities; the others look at the mask alone.
  bool intensities() const { return levels() || family[int(Family::ivh)] || family[int(Family::loc_int)]; }

 private:
  void add(const Region& region, const Column& column);
};

/// The values of a family, by feature index; empty where it was not computed.
struct FamilyValues {
  std::vector<double> averaged;  ///< over directions; the only one where directions play no part
  std::vector<double> merged;
};

/// By approach, then by family. Families that know no approach have the one of the settings.
using Values = std::array<std::array<FamilyValues, family_count>, approach_count>;

/// What a region is like, for the reason why a value is undefined.
struct RegionFacts {
  std::int64_t voxels = 0;
  std::int64_t body = 0;                        ///< voxels of the morphological mask
  std::int64_t gray_levels = 0;                 ///< present
  std::array<bool, approach_count> no_pairs{};  ///< no voxel has a neighbour inside, in any direction counted
};

/// The axis (0 = x) across the plane of a 2D run, -1 where the region is not one slice thick along it.
int flat_axis(const Region& region);

/// The value of each of the region's columns, undefined with its reason where it is not a finite number.
std::vector<FeatureValue> values_of_columns(const Region& region, const Values& values, const RegionFacts& facts);

}  // namespace radloom::backend
