#pragma once
#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "backend/matrices.hpp"
#include "kernels/common/size_cells.hpp"
#include "kernels/common/size_marginals.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/glszm/forest.hpp"
#include "kernels/glszm/size_zones.hpp"
#include "kernels/glszm/tally_zones.hpp"
#include "kernels/glszm/tuning.hpp"
#include "kernels/glszm/zone_features.hpp"

namespace radloom::glszm {

/// Zones of a batch. Five launches beside those of the forest, two sorts and two run-length encodings at most. Throws DeviceOutOfMemory, also for
/// a batch whose keys would need more than 64 bits.
template <class Device>
class Stage {
 public:
  /// `forest` is needed until this returns.
  Stage(const StageInput<Device>& input, const Forest<Device>& forest, const FamilyOutput& output) : input_(input) {
    const std::int64_t n = input.count();
    if (n == 0) return;
    SizeRowsTotal total;
    std::int64_t most_large = 0, most_voxels = 0;
    std::int32_t most_levels = 0;
    for (const LevelRegion& r : input.regions) {
      rows_.push_back(size_rows(r, std::int32_t(std::min<std::int64_t>(tuning::small_zones, r.voxels())), total));
      most_large += r.voxels() / (tuning::small_zones + 1);
      most_voxels = std::max(most_voxels, r.voxels());
      most_levels = std::max(most_levels, r.highest);
    }
    keys_.size_bits = int(std::bit_width(std::uint64_t(most_voxels)));
    keys_.level_bits = int(std::bit_width(std::uint64_t(most_levels)));
    keys_.region_bits = int(std::bit_width(std::uint64_t(n)));       // n itself ends the last region's keys
    if (keys_.cell_bits() > 64) throw backend::DeviceOutOfMemory();  // a batch of half as many regions will do

    row_table_ = {input.device, input.stream, rows_};
    row_end_ = input_.template room<std::uint32_t>(input.histogram.size);
    auto cell_level = input_.template room<std::uint16_t>(total.cells);
    counts_ = input_.template zeroed<std::uint32_t>(total.cells);
    auto by_level = input_.template zeroed<std::uint32_t>(input.histogram.size);
    input.device.launch(LayRows{input.region, row_table_.span(), input.histogram, row_end_, cell_level},
        {n, tuning::rows_threads, LayRows::shared_bytes(tuning::rows_threads)}, input.stream);

    auto large_cells = input_.template zeroed<std::uint64_t>(most_large),
         large_sizes = input_.template zeroed<std::uint64_t>(most_large);
    {
      auto sizes = input_.template zeroed<std::uint32_t>(input.levels.size);
      launch_tiles(SizeZones{input.region, input.level_tiles, input.levels, forest.parents(), sizes, forest.along()},
          SizeZones::shared_bytes());
      auto large = input_.template zeroed<std::uint32_t>(1);
      const std::int32_t words =
          std::min(most_levels * tuning::private_zones * PrivateSizes::most_copies, tuning::private_words);
      launch_tiles(TallyZones{input.region, row_table_.span(), input.level_tiles, input.levels, sizes, row_end_,
                       counts_, by_level, large_cells, large_sizes, large, keys_, words},
          std::size_t(words) * sizeof(std::uint32_t));
    }
    cells_ = sorted(std::move(large_cells), keys_.cell_bits());
    if (output.averaged.size == 0) return;

    const Sorted by_large_size = sorted(std::move(large_sizes), keys_.of_size_bits());
    auto by_size = input_.template zeroed<std::uint32_t>(total.sizes);
    input.device.launch(
        SizeMarginals{input.region, row_table_.span(), row_end_, cell_level, counts_, by_level, by_size, 1},
        {n, tuning::marginals_threads, 0}, input.stream);
    input.device.launch(
        ZoneFeatures{input.region, row_table_.span(), row_end_, cell_level, counts_, by_level, by_size, cells_.zones(),
            by_large_size.zones(), keys_, input.pyradiomics() ? 0x1p-52 : 0.0, output.averaged},
        {n, tuning::features_threads, ZoneFeatures::shared_bytes(tuning::features_threads)}, input.stream);
  }

  /// Fills Matrices::glszm of every region. Waits.
  void collect(std::span<Matrices> out) {
    if (out.empty()) return;
    const auto row_end = fetched(input_.device, input_.stream, row_end_.span());
    const auto counts = fetched(input_.device, input_.stream, counts_.span());
    std::vector<std::uint64_t> key;
    std::vector<std::uint32_t> count;
    if (cells_.keys.size()) {
      const std::int64_t n = fetched(input_.device, input_.stream, cells_.keys.span())[0];
      key = fetched(input_.device, input_.stream, cells_.key.span().part(0, n));
      count = fetched(input_.device, input_.stream, cells_.count.span().part(0, n));
    }
    std::size_t next = !key.empty() && key[0] == 0;  // places that no zone took
    for (std::size_t i = 0; i < out.size(); ++i) {
      auto& cells = out[i].glszm;
      cells = size_cells(input_.regions[i], rows_[i], row_end, counts, 0, 1);
      const auto small = std::ptrdiff_t(cells.size());
      for (; next < key.size() && key[next] < keys_.cell(std::int64_t(i) + 1, 0, 0); ++next)
        cells.push_back({keys_.level(key[next]), std::int64_t(keys_.size(key[next])), count[next]});
      std::inplace_merge(cells.begin(), cells.begin() + small, cells.end(),
          [](const auto& a, const auto& b) { return a.level != b.level ? a.level < b.level : a.size < b.size; });
    }
  }

 private:
  /// Keys of large zones, each once.
  struct Sorted {
    backend::Buffer<std::uint64_t, Device> key;
    backend::Buffer<std::uint32_t, Device> count, keys;
    LargeZones zones() const { return {key, count, keys}; }
  };

  template <class Body>
  void launch_tiles(const Body& body, std::size_t shared_bytes) const {
    if (input_.level_tiles.size)
      input_.device.launch(body, {input_.level_tiles.size, tuning::threads, shared_bytes}, input_.stream);
  }

  Sorted sorted(backend::Buffer<std::uint64_t, Device> list, int bits) const {
    if (list.size() == 0) return {};
    Device& device = input_.device;
    const auto in_order = input_.template room<std::uint64_t>(list.size());
    device.sort(list, in_order, 0, bits, input_.stream);
    Sorted s{
        std::move(list), input_.template room<std::uint32_t>(in_order.size()), input_.template room<std::uint32_t>(1)};
    device.run_length_encode(in_order, s.key, s.count, s.keys, input_.stream);
    return s;
  }

  StageInput<Device> input_;
  ZoneKeys keys_;
  std::vector<SizeRows> rows_;
  Table<SizeRows, Device> row_table_;
  backend::Buffer<std::uint32_t, Device> row_end_, counts_;
  Sorted cells_;
};

}  // namespace radloom::glszm
