#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/labels.hpp"
#include "radloom/engine.hpp"

namespace radloom {

/// A case as its files hold it.
struct ReadCase {
  Volume image, mask;
  std::string image_sha256, mask_sha256;
  LabelSelection selection;
  std::optional<std::vector<RegionLabels>> named;  ///< the regions of a mask that names them, drawn on the image's grid
};

/// Reads image and mask beside each other; structures and segments are drawn once the image's grid is known. Throws what read_volume and
/// NamedMask throw, and Error(label_absent) where a mask has no such name.
ReadCase read_case(const Settings& settings, const CaseInput& input);

}  // namespace radloom
