#pragma once
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "kernels/common/stage.hpp"
#include "kernels/loc_int/peaks.hpp"

namespace radloom::loc_int {

/// Local intensity peaks of a batch. Three launches.
template <class Device>
class Stage {
 public:
  /// `around` says for each region where in `input.images` what its spheres reach lies (Around::box and Around::at; the rest is filled in
  /// here); `extremes` as preprocess::IntensityRange leaves them. `output.averaged` gets feature::loc_int::count doubles a region.
  Stage(const StageInput<Device>& input, std::vector<Around> around, Span<const std::uint64_t> extremes,
      const FamilyOutput& output) {
    auto& device = input.device;
    const auto stream = input.stream;
    std::map<std::array<double, 3>, std::array<std::int32_t, 2>> known;  // spacing: first row, rows
    std::vector<Row> spheres;
    std::vector<RowTile> tiles;
    std::int64_t doubles = 0;
    for (std::size_t i = 0; i < around.size(); ++i) {
      Around& a = around[i];
      const std::array<double, 3> spacing{a.box.spacing_mm[0], a.box.spacing_mm[1], a.box.spacing_mm[2]};
      const auto [place, fresh] = known.try_emplace(spacing);
      if (fresh) {
        const auto rows = sphere(spacing);
        place->second = {std::int32_t(spheres.size()), std::int32_t(rows.size())};
        spheres.insert(spheres.end(), rows.begin(), rows.end());
      }
      a.first_row = place->second[0];
      a.rows = place->second[1];
      const std::int64_t rows = std::int64_t(a.box.size[1]) * a.box.size[2];
      a.sums = doubles;
      doubles += rows * (a.box.size[0] + 1);
      for (std::int64_t first = 0; first < rows; first += tuning::row_threads)
        tiles.push_back({std::int32_t(i), first});
    }
    around_ = {device, stream, around};
    spheres_ = {device, stream, spheres};
    tiles_ = {device, stream, tiles};
    // Given back in the stream's order, behind what reads them: the sums are the largest memory of the stage.
    const auto sums = input.template room<double>(doubles);
    const auto peaks = input.template zeroed<std::uint64_t>(2 * input.count());
    device.launch(
        SumRows{around_.span(), tiles_.span(), input.images, sums}, {tiles_.size(), tuning::row_threads, 0}, stream);
    device.launch(AddSpheres{input.box, input.box_tiles, input.images, input.masks, around_.span(), spheres_.span(),
                      sums, extremes, peaks},
        {input.box_tiles.size, tuning::tile_threads, 0}, stream);
    device.launch(Features{peaks, output.averaged},
        {(input.count() + tuning::region_threads - 1) / tuning::region_threads, tuning::region_threads, 0}, stream);
  }

 private:
  Table<Around, Device> around_;
  Table<Row, Device> spheres_;
  Table<RowTile, Device> tiles_;
};

}  // namespace radloom::loc_int
