#include "engine/standard_processing.hpp"

#include "filters/common/field.hpp"
#include "preprocess/crop.hpp"
#include "preprocess/resample_plan.hpp"
#include "preprocess/resampling_grid.hpp"
#include "preprocess/round.hpp"
#include "preprocess/smooth.hpp"

namespace radloom {

StandardProcessing::StandardProcessing(const Settings& settings, const Geometry& image)
    : s_(settings), image_(image), grid_(centred_grid(image, settings)) {}

MaskPart StandardProcessing::mask(
    const Volume& mask, const std::vector<std::int64_t>& labels, const LabelExtent& extent) const {
  if (!grid_) return {select(mask, labels, extent.box), extent.box};
  const auto reach = mask_reach(s_.mask_interpolator);
  const Box around = filters::widened(extent.box, {reach, reach, reach}, image_.size);
  MaskPart part = interpolate_mask(
      {select(mask, labels, around), around}, mask.geometry(), *grid_, s_.mask_interpolator, s_.mask_threshold);
  if (part.box.voxels() == 0) return {Volume::from<std::uint8_t>(Geometry{}, {}), {}};
  const auto found = extent_of(part.mask);
  if (found.voxels == 0) return {part.mask, part.box};
  part.mask = crop(part.mask, found.box);
  for (int d = 0; d < 3; ++d) part.box.first[d] += found.box.first[d];
  part.box.size = found.box.size;
  return part;
}

std::array<double, 3> StandardProcessing::sigma() const {
  std::array<double, 3> sigma{};
  for (int d = 0; d < 3; ++d) {
    const double ratio = grid_->spacing_mm[d] / image_.spacing_mm[d];
    if (s_.antialias && ratio > 1) sigma[d] = *s_.antialias * ratio;
  }
  return sigma;
}

Box StandardProcessing::needed(const Box& box) const {
  if (!grid_) return box;
  const Box needed = plan_centred(image_.size, image_.spacing_mm, *grid_, box, *s_.interpolator).needed;
  const auto width = sigma();
  std::array<std::int64_t, 3> margin{};
  for (int d = 0; d < 3; ++d)
    if (width[d] > 0) margin[d] = smoothing_reach(width[d]);
  return filters::widened(needed, margin, image_.size);
}

Source StandardProcessing::source(
    const io::KeptPart& image, const Box& box, const backend::Backend& backend, const std::stop_token& stop) const {
  if (!grid_) {
    const auto whole = backend.upload(image.volume);
    if (!s_.normalize) return {whole, image.box, image_.size};
    return {normalised(whole, box, s_, backend, stop), box, image_.size};
  }
  const Box from = needed(box);
  Volume input = s_.normalize ? backend.download(normalised(backend.upload(image.volume), from, s_, backend, stop))
                              : crop(image.volume, within(from, image.box));
  input = in_double(input);
  if (s_.antialias) input = smooth(input, sigma());
  backend::Derivation d{backend::Derivation::Kind::interpolate, backend.upload(input), box};
  d.grid = *grid_;
  d.interpolator = *s_.interpolator;
  d.first = from.first;
  d.whole = image_.size;
  auto out = backend.derive({&d, 1}, stop)[0];
  if (s_.round_intensities) out = backend.upload(rounded(backend.download(out)));
  return {out, box, grid_->size};
}

}  // namespace radloom
