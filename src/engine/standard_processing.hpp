#pragma once
#include <array>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/labels.hpp"
#include "engine/source.hpp"
#include "io/voxels.hpp"
#include "preprocess/interpolate_mask.hpp"

namespace radloom {

/// The standard's processing up to the grid that is measured on (manual, 2.3 to 2.5): normalisation, interpolation of image and mask, rounding.
class StandardProcessing {
 public:
  /// `image`: the grid of the image as it was read. Both outlive this.
  StandardProcessing(const Settings& settings, const Geometry& image);

  /// The grid that is measured on: of the image, or the interpolated one.
  const Geometry& grid() const { return grid_ ? *grid_ : image_; }
  bool interpolates() const { return grid_.has_value(); }

  /// The labels of a mask on that grid, before re-segmentation, cropped to their own box; a box of no voxels where none is left. `extent` is theirs in
  /// the mask.
  MaskPart mask(const Volume& mask, const std::vector<std::int64_t>& labels, const LabelExtent& extent) const;

  /// What of the image a box of the grid is made of.
  Box needed(const Box& box) const;
  /// A box of the grid, or more of it, out of an image of which there is at least what is needed; all of it where it is normalised.
  Source source(
      const io::KeptPart& image, const Box& box, const backend::Backend& backend, const std::stop_token& stop) const;

 private:
  /// Of the Gaussian before interpolation, in voxels of the image.
  std::array<double, 3> sigma() const;

  const Settings& s_;
  const Geometry& image_;
  std::optional<Geometry> grid_;
};

}  // namespace radloom
