#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "filters/fourier/fourier.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/shape/further_features.hpp"
#include "kernels/shape/pair_spectra.hpp"

namespace radloom::shape {

/// Samples of a transformed line, so that no distance is met twice.
inline std::int64_t padded_line(std::int64_t size) { return filters::fast_size(2 * size - 1); }

/// Whether there are kernels for the pairs of voxels in a box of this size: a block's shared memory must hold the lines of four fields.
inline bool has_pair_kernels(const std::array<std::int64_t, 3>& size) {
  return std::all_of(size.begin(), size.end(), [](std::int64_t n) { return padded_line(n) <= tuning::longest_line; });
}

/// What the standard asks of a body's intensities: centre of mass shift, integrated intensity, Moran's I, Geary's C. Seven launches, and two more for
/// each part that the planes' spectra are made in where they do not fit `plane_bytes` at once. Device memory, of a box of n voxels: 8 n for
/// intensities, some 64 n for the spectra of rows, and those of planes: some 128 n, at most `plane_bytes` and a plane of each region.
template <class Device>
class PairsStage {
 public:
  /// `moments`: of the bodies, as CountSurface leaves them; `features` as Features leaves them. Throws DeviceOutOfMemory.
  PairsStage(const StageInput<Device>& input, Span<const std::uint64_t> moments, Span<double> features,
      std::int64_t plane_bytes = tuning::plane_bytes) {
    std::vector<PairRegion> regions = lay_out(input);
    const auto n = std::int64_t(regions.size());
    std::int64_t in_all = 0;
    for (const auto& r : regions) in_all += r.column_numbers(0, 1) * std::int64_t(sizeof(Complex));
    const int parts = int(std::max<std::int64_t>(1, (in_all + plane_bytes - 1) / plane_bytes));
    std::int64_t columns = 0;
    for (auto& r : regions) {
      r.columns = columns;
      std::int64_t most = 0;
      for (int p = 0; p < parts; ++p) most = std::max(most, r.column_numbers(p, parts));
      columns += most;
    }
    auto& device = input.device;
    const auto stream = input.stream;
    regions_ = {device, stream, regions};
    range_ = {device, stream, box_tile_ranges(input.boxes)};
    roots_ = {device, stream, root_table_};
    weighted_ = {device, stream, n};
    const auto tiles = input.box_tiles.size;
    const auto partials = input.template room<double>(tiles * WeighTile::k);
    const auto squares = input.template room<double>(tiles);
    const auto values = input.template room<double>(values_size_);
    const auto rows = input.template room<Complex>(rows_size_);
    const auto planes = input.template room<Complex>(columns);
    const auto shares = input.template room<double>(shares_size_);
    const LaunchShape over_tiles{
        tiles, tuning::weigh_threads, shared_room<double>(team_doubles(tuning::weigh_threads))};
    device.launch(WeighTile{regions_.span(), input.box_tiles, input.images, input.masks, partials}, over_tiles, stream);
    device.launch(Weigh{regions_.span(), range_.span(), partials, weighted_},
        {n, tuning::region_threads, shared_room<double>(team_doubles(tuning::region_threads))}, stream);
    device.launch(CentreTile{regions_.span(), input.box_tiles, input.images, input.masks, weighted_, values, squares},
        over_tiles, stream);

    const auto lines = [&](int threads, const auto& blocks, const auto& numbers, std::size_t more = 0) {
      Lines l;
      std::vector<std::int64_t> first;
      std::int64_t most = 0;
      for (const auto& r : regions) {
        first.push_back(l.shape.blocks);
        l.shape.blocks += blocks(r);
        most = std::max<std::int64_t>(most, numbers(r));
      }
      l.first = {device, stream, first};
      l.shape.threads = threads;
      l.shape.shared_bytes = std::size_t(most) * sizeof(Complex) + more;
      return l;
    };
    auto& along_x =
        lines_.emplace_back(lines(tuning::line_threads, TransformRows::blocks, TransformRows::shared_numbers));
    device.launch(TransformRows{regions_.span(), along_x.first.span(), roots_.span(), input.masks, values, rows},
        along_x.shape, stream);
    for (int p = 0; p < parts; ++p) {
      auto& along_y = lines_.emplace_back(lines(
          tuning::line_threads, [&](const PairRegion& r) { return TransformColumns::blocks(r, p, parts); },
          TransformColumns::shared_numbers));
      device.launch(TransformColumns{regions_.span(), along_y.first.span(), roots_.span(), rows, p, parts, planes},
          along_y.shape, stream);
      auto& along_z = lines_.emplace_back(lines(
          tuning::last_line_threads, [&](const PairRegion& r) { return AddSpectra::blocks(r, p, parts); },
          [](const PairRegion& r) { return AddSpectra::shared_numbers(r.padded[2]); },
          shared_room<double>(team_doubles(tuning::last_line_threads))));
      device.launch(AddSpectra{regions_.span(), along_z.first.span(), roots_.span(), planes, p, parts, shares},
          along_z.shape, stream);
    }
    device.launch(FurtherFeatures{regions_.span(), range_.span(), weighted_, squares, shares, moments, features},
        {n, tuning::feature_threads, shared_room<double>(team_doubles(tuning::feature_threads))}, stream);
  }

 private:
  struct Lines {
    Table<std::int64_t, Device> first;
    LaunchShape shape;
  };

  std::vector<PairRegion> lay_out(const StageInput<Device>& input) {
    std::vector<PairRegion> regions;
    std::map<std::int64_t, std::int64_t> known;  // length of a line: its first root
    for (std::size_t i = 0; i < input.boxes.size(); ++i) {
      PairRegion& r = regions.emplace_back();
      r.box = input.boxes[i];
      if (!input.intensity_masks.empty()) r.box.mask = input.intensity_masks[i];
      for (int d = 0; d < 3; ++d) {
        r.padded[d] = std::int32_t(padded_line(r.box.size[d]));
        const auto [place, fresh] = known.try_emplace(r.padded[d], std::int64_t(root_table_.size()));
        if (fresh)
          for (std::int32_t k = 0; k < r.padded[d]; ++k) {
            const double angle = -2 * std::numbers::pi * double(k) / double(r.padded[d]);
            root_table_.push_back({std::cos(angle), std::sin(angle)});
          }
        r.roots[d] = place->second;
      }
      r.values = values_size_;
      values_size_ += r.box.voxels();
      r.rows = rows_size_;
      rows_size_ += r.row_numbers();
      r.shares = shares_size_;
      shares_size_ += 3 * r.half() * r.padded[1];
    }
    return regions;
  }

  std::vector<Complex> root_table_;
  std::int64_t values_size_ = 0, rows_size_ = 0, shares_size_ = 0;
  Table<PairRegion, Device> regions_;
  Table<TileRange, Device> range_;
  Table<Complex, Device> roots_;
  backend::Buffer<Weighted, Device> weighted_;
  std::vector<Lines> lines_;
};

}  // namespace radloom::shape
