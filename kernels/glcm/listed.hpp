#pragma once
#include <bit>
#include <vector>

#include "kernels/common/stage.hpp"
#include "kernels/glcm/listed_features.hpp"
#include "kernels/glcm/tuning.hpp"

namespace radloom::glcm {

/// The host side of sorted lists: pairs of some regions as keys, sorted, counted, by row. Everything is put on the stream.
///
/// Memory: 20 bytes a key; a key a direction and voxel of the (padded) box, or two where mirrored. At most 2^32 keys.
template <class Device>
class ListedPairs {
 public:
  ListedPairs() = default;
  /// `regions` of the input; `pairs` is added to where it is not empty.
  ListedPairs(const StageInput<Device>& input, const std::vector<std::int32_t>& regions, Span<const Step> steps,
      bool merged, Mirror mirror, bool correlation, Span<std::uint64_t> pairs)
      : device_(&input.device), stream_(input.stream), pyradiomics_(input.pyradiomics()), mirror_(mirror),
        correlation_(correlation), region_(input.region), histogram_(input.histogram) {
    key_ = {int(regions.size()), int(steps.size), merged ? int(std::bit_width(std::uint64_t(steps.size))) : 0};
    const std::int64_t copies = mirror == Mirror::none ? 1 : 2, matrices = key_.matrices();
    std::vector<Share> shares;
    std::int64_t keys = 0;
    for (const auto r : regions) {
      const LevelRegion& region = input.regions[std::size_t(r)];
      const std::int64_t n = region.highest, first = region.at(0, 0, 0),
                         end = region.at(region.size[0] - 1, region.size[1] - 1, region.size[2] - 1) + 1;
      for (std::int64_t v = first; v < end; v += tuning::least_share)
        shares.push_back(
            {std::int32_t(list_.size()), 0, std::int16_t(steps.size), v, std::min(v + tuning::least_share, end)});
      list_.push_back({r, std::int32_t(n), first, end - first, keys, rows_, room_, sums_});
      keys += copies * key_.directions * (end - first);
      rows_ += matrices * (n + 1);
      room_ += matrices * scratch_doubles(n, correlation);
      sums_ += key_.directions * (3 * n + 1);
    }
    auto& device = *device_;
    const auto stream = stream_;
    listed_ = {device, stream, list_};
    shares_ = {device, stream, shares};
    cells_ = {device, stream, keys};
    words_ = {device, stream, keys};
    counts_ = {device, stream, keys};
    number_ = {device, stream, 1};
    launch(
        WritePairKeys{input.region, input.levels, listed_.span(), shares_.span(), steps, cells_, pairs, key_, mirror},
        shares_.size());
    const int bits = std::bit_width(std::uint64_t(sets() * key_.regions * matrices)) + 32 + key_.direction_bits;
    device.sort(cells_, words_.span(), 0, bits, stream);
    device.run_length_encode(words_, cells_.span(), counts_.span(), number_.span(), stream);
  }

  /// Features into `out`, [region][matrix][feature]. Once: the cells are used up.
  void features(Span<const double> weights, Span<double> out) {
    auto& device = *device_;
    const auto stream = stream_;
    const std::int64_t matrices = std::int64_t(key_.regions) * key_.matrices();
    row_starts_ = {device, stream, sets() * rows_};
    launch(FindRows{listed_.span(), cells_, number_, row_starts_, rows_, key_}, sets() * matrices);
    scratch_ = {device, stream, room_};
    sum_counts_ = {device, stream, sums_};
    launch(ListedFeatures{region_, histogram_, listed_.span(), cells_, counts_, row_starts_, rows_, words_, sum_counts_,
               scratch_, weights, out, key_, mirror_ == Mirror::same_set, pyradiomics_, correlation_},
        matrices, sizeof(double) * team_doubles(tuning::listed_threads));
    // Given back in stream order, before another list takes as much.
    for (auto* b : {&cells_, &words_, &sum_counts_}) *b = {};
    for (auto* b : {&counts_, &number_, &row_starts_}) *b = {};
    scratch_ = {};
  }

  /// What was counted, unless it was mirrored, into [direction][row * n + column] of each region's matrices, whose gray levels are
  /// known. Waits.
  void collect(std::span<Matrices> out) {
    auto& device = *device_;
    backend::Pinned<std::uint32_t, Device> number(device, 1);
    backend::download(device, number, number_.span(), stream_);
    device.synchronise(device.record(stream_));
    backend::Pinned<std::uint64_t, Device> cells(device, number[0]);
    backend::Pinned<std::uint32_t, Device> counts(device, number[0]);
    backend::download(device, cells, cells_.span().part(0, number[0]), stream_);
    backend::download(device, counts, counts_.span().part(0, number[0]), stream_);
    device.synchronise(device.record(stream_));
    std::int64_t at = 0;
    for (int slot = 0; slot < key_.regions; ++slot) {
      const Listed& list = list_[std::size_t(slot)];
      Matrices& m = out[std::size_t(list.region)];
      const std::size_t n = m.gray_levels.size();
      std::vector<std::size_t> rank(std::size_t(list.levels));
      for (std::size_t i = 0; i < n; ++i) rank[std::size_t(m.gray_levels[i]) - 1] = i;
      for (int d = 0; d < key_.directions; ++d) {
        auto& matrix = m.glcm.emplace_back(n * n);
        const std::uint64_t end = key_.row(0, slot * key_.directions + d, list.levels);
        for (; at < cells.size() && cells[at] < end; ++at)
          matrix[rank[std::size_t(key_.row_of(cells[at]))] * n + rank[std::size_t(key_.column_of(cells[at]))]] =
              counts[at];
      }
    }
  }

 private:
  std::int64_t sets() const { return mirror_ == Mirror::transposed_set ? 2 : 1; }
  template <class Body>
  void launch(const Body& body, std::int64_t blocks, std::size_t shared_bytes = 0) {
    if (blocks > 0) device_->launch(body, {blocks, tuning::listed_threads, shared_bytes}, stream_);
  }

  Device* device_ = nullptr;
  backend::Stream stream_ = 0;
  bool pyradiomics_ = false;
  Mirror mirror_ = Mirror::none;
  bool correlation_ = false;
  Span<const LevelRegion> region_;
  Span<const std::uint64_t> histogram_;
  PairKeys key_{};
  std::vector<Listed> list_;
  std::int64_t rows_ = 0, room_ = 0, sums_ = 0;
  Table<Listed, Device> listed_;
  Table<Share, Device> shares_;
  backend::Buffer<std::uint64_t, Device> cells_, words_, sum_counts_;
  backend::Buffer<std::uint32_t, Device> counts_, number_, row_starts_;
  backend::Buffer<double, Device> scratch_;
};

}  // namespace radloom::glcm
