#pragma once
// What the two chapters of `radloom conformance` share: a reference value, and ours beside it.
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cli/session.hpp"
#include "radloom/engine.hpp"

namespace radloom::cli {

struct Reference {
  std::string_view configuration, family, feature, ibsi, aggregation, tag;
  double value, tolerance;
  std::string_view consensus;
};

/// A reference value, and ours.
struct Compared {
  Reference reference;
  std::optional<double> ours;  ///< none where there is no such value
  std::string remark;          ///< why there is none; of a response map, which voxel it is
  bool passed = false;
};

/// Takes our value of a column, or the reason why there is none.
void take(Compared& compared, const RegionRecord& region, std::size_t column);

/// Image and mask of the CT phantom.
struct Files {
  std::filesystem::path image, mask;
};

/// What was compared of chapter 2, the image filters.
struct FilterConformance {
  std::vector<Compared> values;  ///< intensity statistics of the CT phantom
  std::vector<Compared> maps;    ///< response maps; of each the voxel that differs most from the agreed one
  std::size_t failed = 0;        ///< configurations and maps that could not be computed, each of them logged

  /// Passed of all, by filter.
  std::string counts() const;
};

/// Where the agreed response maps lie in `data`, or nothing: files as 1.a.1.nii.gz or, as the consortium's repository has them,
/// 1_a_1-ValidCRM.nii, there or in response_maps, reference_response_maps, ibsi_2_reference_data or ibsi2.
std::filesystem::path response_maps_in(const std::filesystem::path& data);

/// Compares every voxel of the 33 response maps, whose phantoms are made by formula, where `maps` is a folder of agreed ones, and the 323
/// feature values where there is a CT phantom. Throws Error(device_unavailable | interrupted).
FilterConformance filter_conformance(EngineOptions options, const std::filesystem::path& maps,
    const std::optional<Files>& ct, const Session& session, const std::stop_token& stop);

}  // namespace radloom::cli
