#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/labels.hpp"
#include "io/stored_volume.hpp"
#include "radloom/engine.hpp"

namespace radloom {

/// A case as its files hold it.
struct ReadCase {
  std::unique_ptr<io::Reading> image;  ///< is on its way: how much of it is needed is known once the mask is
  Volume mask;
  std::string mask_sha256;
  LabelSelection selection;
  std::optional<std::vector<RegionLabels>> named;  ///< the regions of a mask that names them, drawn on the image's grid
};

/// Begins to read the image, and reads the mask beside it; structures and
/// segments are drawn on the image's grid. Throws what read_volume and NamedMask throw, and Error(label_absent) where a mask has no such name.
ReadCase read_case(const Settings& settings, const CaseInput& input,
    const std::function<io::Need(const Geometry& grid)>& of_the_image);

}  // namespace radloom
