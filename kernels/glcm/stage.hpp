#pragma once
#include <optional>
#include <vector>

#include "families/common/direction_features.hpp"
#include "families/glcm/features.hpp"
#include "kernels/common/mean_over_directions.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/glcm/count.hpp"
#include "kernels/glcm/dense_features.hpp"
#include "kernels/glcm/listed.hpp"
#include "kernels/glcm/merge_directions.hpp"
#include "kernels/glcm/tuning.hpp"

namespace radloom::glcm {

/// Co-occurrences of a batch and their features, all directions in one pass over the levels. Regions go, by their highest level and what
/// shared memory holds, to one of three classes of private counters, to counters in global memory, or to sorted lists; the number of
/// launches is the same for any number of regions.
///
/// Device memory: 8 bytes a direction and cell of dense matrices, 8 more a cell where directions are merged; for regions of more than
/// `most_dense_levels` levels 20 or 40 bytes a direction and voxel of the padded box (ListedPairs).
template <class Device>
class Stage {
 public:
  /// Features of wanted.averaged and wanted.merged, where `output` has room for them (see FamilyOutput). `pairs` (zeroed by
  /// the caller) gets how many pairs a region has in all directions. Throws DeviceOutOfMemory.
  Stage(const StageInput<Device>& input, const FamilyOutput& output, Span<std::uint64_t> pairs)
      : input_(input), offsets_(neighbours(input.settings.distances, input.settings, true)), pairs_(pairs),
        averaged_(input.wanted.averaged && output.averaged.size > 0),
        merged_(input.wanted.merged && output.merged.size > 0) {
    std::vector<Step> steps;
    for (const auto& o : offsets_) steps.push_back({{o[0], o[1], o[2]}});
    steps_ = {input.device, input.stream, steps};
    plan();
    count();
    if (merged_) weigh();
    const std::int64_t n = input.count(), per_direction = directions() * std::int64_t(feature::glcm::count);
    if (averaged_) each_ = {input.device, input.stream, n * per_direction};
    if (merged_) merge(output.merged);
    if (averaged_) measure(counts_.span(), places_.span(), int(directions()), each_.span());
    list(output.merged);
    if (averaged_) {
      const MeanOverDirections mean{
          each_.span(), input.wholes, output.averaged, int(directions()), feature::glcm::count};
      input.device.launch(mean, mean.shape(), input.stream);
    }
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Fills glcm_offsets and glcm of each region; its gray_levels stand there already. For StageInput::keep_matrices. Waits.
  void collect(std::span<Matrices> out) {
    input_.device.synchronise(input_.device.record(input_.stream));
    for (auto& m : out) m.glcm_offsets = offsets_;
    for (std::size_t r = 0; r < out.size(); ++r) {
      if (place_[r] < 0) continue;
      const auto side = std::int64_t(input_.regions[r].highest);
      const auto& levels = out[r].gray_levels;
      for (std::int64_t d = 0; d < directions(); ++d) {
        auto& matrix = out[r].glcm.emplace_back();
        matrix.reserve(levels.size() * levels.size());
        const std::int64_t first = place_[r] + d * side * side;
        for (const auto i : levels)
          for (const auto j : levels) matrix.push_back(kept_[first + (i - 1) * side + j - 1]);
      }
    }
    if (raw_) raw_->collect(out);
  }

 private:
  std::int64_t directions() const { return std::int64_t(offsets_.size()); }
  bool correlation() const { return input_.wanted.maximal_correlation; }
  bool symmetric() const { return !input_.pyradiomics() || input_.settings.symmetrical_glcm; }

  static std::int64_t feature_bytes(std::int64_t levels, int threads, bool correlation) {
    return std::int64_t(sizeof(double)) * (scratch_doubles(levels, correlation) + 1 + team_doubles(threads));
  }
  int feature_class(std::int32_t levels) const {
    for (int c = 0; c < tuning::feature_classes; ++c)
      if (levels <= tuning::feature_levels[c]) return c;
    return -1;
  }
  /// Do the formulas of so many levels find room in a block?
  bool dense(std::int32_t levels) const {
    const int c = feature_class(levels);
    return c >= 0 &&
           feature_bytes(levels, tuning::feature_threads[c], true) <= std::int64_t(input_.device.shared_limit());
  }

  /// Words of a class's private counters.
  std::int64_t private_words(int c) const {
    const auto limit = std::int64_t(input_.device.shared_limit()), reserved = std::int64_t(tuning::reserved_bytes);
    const std::int64_t bytes = (limit + reserved) / tuning::private_blocks[c] - reserved - strides_bytes();
    return bytes < 16 ? 0 : bytes / 16 * 4;
  }
  std::int64_t strides_bytes() const { return (directions() * 8 + 15) / 16 * 16; }
  /// Directions that a block of a class counts for so many levels.
  std::int64_t directions_a_block(int c, std::int64_t side) const {
    return std::min(directions(), 2 * private_words(c) / (side * side));
  }

  /// Which region goes where.
  void plan() {
    const auto wanted = std::min<std::int64_t>(directions(), tuning::least_directions);
    std::int64_t cells = 0, voxels = 0;
    std::vector<int> of;
    for (const auto& r : input_.regions) {
      const bool is_dense = dense(r.highest);
      place_.push_back(is_dense ? cells : -1);
      if (is_dense) {
        cells += directions() * r.highest * r.highest;
        voxels += length(r);
      }
      int c = global_counters;
      if (!is_dense) c = lists;
      else
        for (int p = tuning::private_classes - 1; p >= 0; --p)
          if (directions_a_block(p, r.highest) >= (p + 1 < tuning::private_classes ? wanted : 1)) c = p;
      of.push_back(c);
    }
    cells_ = cells;
    const std::int64_t share =
        std::clamp((voxels / tuning::wanted_blocks + 1023) / 1024 * 1024, tuning::least_share, tuning::most_share);
    for (std::size_t i = 0; i < of.size(); ++i) {
      const LevelRegion& r = input_.regions[i];
      if (of[i] == lists) {
        listed_.push_back(std::int32_t(i));
        continue;
      }
      feature_regions_[feature_class(r.highest)].push_back(std::int32_t(i));
      const std::int64_t a_block = of[i] == global_counters ? directions() : directions_a_block(of[i], r.highest);
      const std::int64_t groups = a_block > 0 ? (directions() + a_block - 1) / a_block : 0;
      const std::int64_t first = r.at(0, 0, 0), end = first + length(r);
      for (std::int64_t v = first; v < end; v += share)
        for (std::int64_t g = 0; g < groups; ++g) {
          const std::int64_t d = g * directions() / groups, next = (g + 1) * directions() / groups;
          shares_[of[i]].push_back(
              {std::int32_t(i), std::int16_t(d), std::int16_t(next - d), v, std::min(v + share, end)});
        }
    }
    places_ = {input_.device, input_.stream, place_};
    for (int c = 0; c <= global_counters; ++c) share_tables_[c] = {input_.device, input_.stream, shares_[c]};
    for (int c = 0; c < tuning::feature_classes; ++c)
      feature_tables_[c] = {input_.device, input_.stream, feature_regions_[c]};
  }
  /// Voxels of a region's levels from the first to the last, padding between rows included.
  static std::int64_t length(const LevelRegion& r) {
    return r.at(r.size[0] - 1, r.size[1] - 1, r.size[2] - 1) + 1 - r.at(0, 0, 0);
  }

  void count() {
    counts_ = {input_.device, input_.stream, cells_};
    counts_.zero();
    const auto in = [&](int c) {
      return DenseCounts{
          input_.region, input_.levels, share_tables_[c].span(), steps_.span(), places_.span(), counts_, pairs_};
    };
    for (int c = 0; c < tuning::private_classes; ++c) {
      const std::int64_t words = private_words(c);
      launch(CountPrivately{in(c), words, tuning::most_copied_words, tuning::most_copies}, share_tables_[c].size(),
          tuning::private_threads[c], words * 4 + strides_bytes());
    }
    launch(CountGlobally{in(global_counters)}, share_tables_[global_counters].size(), tuning::global_threads,
        strides_bytes());
    if (!input_.keep_matrices) return;
    kept_ = {input_.device, cells_};  // before the formulas use them up
    kept_settled_ = {input_.device, input_.stream};
    backend::download(input_.device, kept_, counts_.span(), input_.stream);
  }

  /// The weight of every direction where they are merged, as the cpu has it.
  void weigh() {
    const auto standard = distance_weights(offsets_, input_.settings);
    std::vector<double> weights;
    for (const auto& r : input_.regions) {
      const auto own = input_.pyradiomics()
                           ? direction_weights(offsets_, {r.spacing_mm[0], r.spacing_mm[1], r.spacing_mm[2]},
                                 input_.settings.weighting_norm)
                           : standard;
      weights.insert(weights.end(), own.begin(), own.end());
    }
    weights_ = {input_.device, input_.stream, weights};
  }

  void merge(Span<double> out) {
    std::vector<std::int64_t> at;
    std::vector<CellTile> tiles;
    std::int64_t cells = 0;
    for (std::size_t i = 0; i < place_.size(); ++i) {
      at.push_back(cells);
      if (place_[i] < 0) continue;
      const std::int64_t n = input_.regions[i].highest;
      for (std::int64_t first = 0; first < n * n; first += tuning::merge_tile)
        tiles.push_back({std::int32_t(i), first});
      cells += n * n;
    }
    merged_places_ = {input_.device, input_.stream, at};
    merge_tiles_ = {input_.device, input_.stream, tiles};
    merged_cells_ = {input_.device, input_.stream, cells};
    launch(MergeDirections{input_.region, merge_tiles_.span(), tuning::merge_tile, places_.span(),
               merged_places_.span(), counts_, weights_.span(), merged_cells_, int(directions()), symmetric()},
        merge_tiles_.size(), tuning::merge_threads, 0);
    measure(merged_cells_.span(), merged_places_.span(), 1, out);
  }

  template <class Word>
  void measure(Span<Word> words, Span<const std::int64_t> places, int matrices, Span<double> out) {
    for (int c = 0; c < tuning::feature_classes; ++c) {
      std::int32_t most = 0;
      for (const auto r : feature_regions_[c]) most = std::max(most, input_.regions[std::size_t(r)].highest);
      const std::int64_t room = (scratch_doubles(most, correlation()) + 1) / 2 * 2;
      launch(DenseFeatures<Word>{feature_tables_[c].span(), input_.region, input_.histogram, places, words, out,
                 matrices, room, symmetric(), input_.pyradiomics(), correlation()},
          feature_tables_[c].size() * matrices, tuning::feature_threads[c],
          std::int64_t(sizeof(double)) * (room + team_doubles(tuning::feature_threads[c])));
    }
  }

  /// Regions of very many levels.
  void list(Span<double> merged) {
    if (listed_.empty()) return;
    const Mirror mirror = symmetric() ? Mirror::same_set : Mirror::transposed_set;
    Span<std::uint64_t> pairs = pairs_;
    if (input_.keep_matrices) {
      raw_.emplace(input_, listed_, steps_.span(), false, Mirror::none, false, pairs);
      pairs = {};
    }
    if (averaged_) {
      ListedPairs<Device> each(input_, listed_, steps_.span(), false, mirror, correlation(), pairs);
      each.features({}, each_.span());
      pairs = {};
      listed_each_.emplace(std::move(each));
    }
    if (merged_) {
      ListedPairs<Device> all(input_, listed_, steps_.span(), true, mirror, correlation(), pairs);
      all.features(weights_.span(), merged);
      listed_all_.emplace(std::move(all));
    }
  }

  template <class Body>
  void launch(const Body& body, std::int64_t blocks, int threads, std::int64_t shared_bytes) {
    if (blocks > 0) input_.device.launch(body, {blocks, threads, std::size_t(shared_bytes)}, input_.stream);
  }

  static constexpr int global_counters = tuning::private_classes, lists = global_counters + 1;

  const StageInput<Device> input_;
  const std::vector<Offset> offsets_;
  const Span<std::uint64_t> pairs_;
  const bool averaged_, merged_;

  std::vector<std::int64_t> place_;  ///< where the dense counts of each region begin; -1: it is listed
  std::int64_t cells_ = 0;
  std::vector<Share> shares_[global_counters + 1];
  std::vector<std::int32_t> feature_regions_[tuning::feature_classes], listed_;

  Table<Step, Device> steps_;
  Table<std::int64_t, Device> places_, merged_places_;
  Table<Share, Device> share_tables_[global_counters + 1];
  Table<std::int32_t, Device> feature_tables_[tuning::feature_classes];
  Table<CellTile, Device> merge_tiles_;
  Table<double, Device> weights_;
  backend::Buffer<std::uint64_t, Device> counts_;
  backend::Buffer<double, Device> merged_cells_, each_;
  backend::Pinned<std::uint64_t, Device> kept_;
  std::optional<ListedPairs<Device>> raw_, listed_each_, listed_all_;
  backend::Settle<Device> kept_settled_;
};

}  // namespace radloom::glcm
