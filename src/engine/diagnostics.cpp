#include "engine/diagnostics.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "core/extremes.hpp"
#include "core/parallel.hpp"
#include "core/summary.hpp"
#include "core/sums.hpp"
#include "engine/labels.hpp"
#include "families/glszm/count.hpp"
#include "radloom/engine.hpp"

namespace radloom {
namespace {

/// Of all voxels.
Summary summary_of(const Volume& image) {
  return image.visit([&]<class T>(std::span<const T> v) -> Summary {
    const auto n = std::int64_t(v.size());
    if constexpr (sums_exactly<T>) {
      const auto pieces = pieces_for(n, n, 1 << 20);
      std::vector<ExactSums<T>> parts(static_cast<std::size_t>(pieces));
      for_pieces(n, pieces, [&](std::int64_t p, std::int64_t first, std::int64_t last) {
        parts[std::size_t(p)].add(reinterpret_cast<const std::byte*>(v.data() + first), last - first);
      });
      ExactSums<T> all;
      for (const auto& part : parts) all.add(part);
      return all.summary();
    } else {
      const auto seen = extremes_of(v.data(), n);
      return {
          pairwise_sum(n, [&](auto i) { return double(v[i]); }) / double(n), double(seen.least), double(seen.largest)};
    }
  });
}

/// Of the voxels inside.
Summary summary_of(const Volume& image, std::span<const std::uint8_t> mask) {
  return image.visit([&]<class T>(std::span<const T> v) -> Summary {
    const auto n = std::int64_t(v.size());
    const auto seen = extremes_of(v.data(), mask.data(), n);
    const auto voxels = n - std::count(mask.begin(), mask.end(), 0);
    return {pairwise_sum(n, [&](auto i) { return mask[i] ? double(v[i]) : 0.0; }) / double(voxels), double(seen.least),
        double(seen.largest)};
  });
}

/// Connected components of a mask (26 neighbours): the zones of a region of one gray level.
std::uint64_t components(const Volume& mask) {
  Discretised levels;
  LevelGrid<std::uint8_t> grid(mask.geometry().size, 1);
  const auto& n = mask.geometry().size;
  const auto inside = mask.as<std::uint8_t>();
  for (std::int64_t z = 0; z < n[2]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y) {
      std::copy_n(inside.data() + (z * n[1] + y) * n[0], n[0], grid.row(y, z));
      grid.extent(y, z) = {0, std::int32_t(n[0])};
    }
  levels.gray_levels = {1};
  levels.voxels = {std::uint64_t(std::count(inside.begin(), inside.end(), 1))};
  levels.highest = 1;
  levels.grid = std::move(grid);
  std::uint64_t zones = 0;
  for (const auto& cell : glszm::count_zones(levels, Settings())) zones += cell.count;
  return zones;
}

}  // namespace

ImageSummary::ImageSummary(const Volume& image) : ImageSummary(image.geometry(), summary_of(image)) {}

template <class T>
void Diagnostics::add(const std::string& name, const T& value) const {
  record_.diagnostics.emplace_back("diagnostics_" + name, nlohmann::json(value).dump());
}

void Diagnostics::add_run(const Config& config) {
  add("Versions_radloom", std::string(version()));
  record_.diagnostics.emplace_back("diagnostics_Configuration_Settings", config.effective_json);
}

void Diagnostics::add_image(const std::string& stage, const ImageSummary& image) const {
  const auto& g = image.geometry;
  if (stage == "original") add("Image-original_Dimensionality", "3D");
  add("Image-" + stage + "_Spacing", g.spacing_mm);
  add("Image-" + stage + "_Size", g.size);
  add("Image-" + stage + "_Mean", image.of_all.mean);
  add("Image-" + stage + "_Minimum", image.of_all.minimum);
  add("Image-" + stage + "_Maximum", image.of_all.maximum);
}

void Diagnostics::add_mask(const std::string& stage, const Geometry& grid, const Volume& mask,
    const std::array<std::int64_t, 3>& first, const Volume* image) {
  const std::string prefix = "Mask-" + stage;
  const auto& n = mask.geometry().size;
  const auto inside = mask.as<std::uint8_t>();
  std::array<std::int64_t, 3> low{INT64_MAX, INT64_MAX, INT64_MAX}, high{-1, -1, -1}, sum{};
  std::int64_t voxels = 0;
  for (std::int64_t z = 0, i = 0; z < n[2]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y)
      for (std::int64_t x = 0; x < n[0]; ++x, ++i) {
        if (!inside[i]) continue;
        ++voxels;
        const std::array<std::int64_t, 3> at{x + first[0], y + first[1], z + first[2]};
        for (int d = 0; d < 3; ++d) {
          low[d] = std::min(low[d], at[d]);
          high[d] = std::max(high[d], at[d]);
          sum[d] += at[d];
        }
      }
  add(prefix + "_Spacing", grid.spacing_mm);
  add(prefix + "_Size", grid.size);
  if (voxels == 0) return;
  add(prefix + "_BoundingBox",
      std::array{low[0], low[1], low[2], high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1});
  add(prefix + "_VoxelNum", voxels);
  add(prefix + "_VolumeNum", components(mask));
  std::array<double, 3> centre;
  for (int d = 0; d < 3; ++d) centre[d] = double(sum[d]) / double(voxels);
  add(prefix + "_CenterOfMassIndex", centre);
  add(prefix + "_CenterOfMass", grid.to_physical(centre));
  if (!image) return;
  const auto i = summary_of(*image, inside);
  add(prefix + "_Mean", i.mean);
  add(prefix + "_Minimum", i.minimum);
  add(prefix + "_Maximum", i.maximum);
}

void Diagnostics::add_standard_image(const std::string& stage, const ImageSummary& image) const {
  const auto& g = image.geometry;
  const std::string end = "_" + stage + "_img";
  for (int d = 0; d < 3; ++d) add(std::string("img_dim_") + "xyz"[d] + end, g.size[d]);
  for (int d = 0; d < 3; ++d) add(std::string("vox_dim_") + "xyz"[d] + end, g.spacing_mm[d]);
  add("mean_int" + end, image.of_all.mean);
  add("min_int" + end, image.of_all.minimum);
  add("max_int" + end, image.of_all.maximum);
}

void Diagnostics::add_standard_masks(const std::string& stage, const Geometry& grid, const Volume& image,
    const Volume& intensity, const Volume& morphological) const {
  const std::string end = "_" + stage + "_roi";
  for (int d = 0; d < 3; ++d) add(std::string("int_mask_dim_") + "xyz"[d] + end, grid.size[d]);
  const auto of = extent_of(intensity), whole = extent_of(morphological);
  for (int d = 0; d < 3; ++d) add(std::string("int_mask_bb_dim_") + "xyz"[d] + end, of.box.size[d]);
  for (int d = 0; d < 3; ++d) add(std::string("morph_mask_bb_dim_") + "xyz"[d] + end, whole.box.size[d]);
  add("int_mask_vox_count" + end, of.voxels);
  add("morph_mask_vox_count" + end, whole.voxels);
  const auto i = summary_of(image, intensity.as<std::uint8_t>());
  add("int_mask_mean_int" + end, i.mean);
  add("int_mask_min_int" + end, i.minimum);
  add("int_mask_max_int" + end, i.maximum);
}

}  // namespace radloom
