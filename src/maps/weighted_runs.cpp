// Runs inside a neighbourhood where directions are merged with weights: cells hold no counts then, and neighbourhoods are measured one by one.
#include <algorithm>
#include <cmath>
#include <vector>

#include "catalogue/indices.hpp"
#include "families/common/direction_features.hpp"
#include "families/glrlm/formulas.hpp"
#include "maps/one_by_one.hpp"

namespace radloom::maps {
namespace {

class WeightedRuns final : public OneByOne {
 public:
  WeightedRuns(const Kernel& kernel, const Frame& frame)
      : OneByOne(kernel, frame, feature::glrlm::count), averaged_(frame.averaged), drop_single_(frame.pyradiomics()),
        epsilon_(frame.epsilon()), sizes_(std::size_t(2 * kernel.radius() + 1)) {
    const std::size_t levels = std::min(kernel.places().size(), frame.levels);
    weight_.resize(levels * (sizes_ + 1));
    size_weight_.resize(sizes_ + 1);
    cell_.reserve(levels * sizes_);
    by_level_.reserve(levels);
    by_size_.reserve(sizes_);
    for (const auto& [step, weight] : run_directions(frame)) directions_.push_back({kernel.lines(step), weight});
  }
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<WeightedRuns>(*this); }

  void measure_one(const Neighbourhood& around, std::span<double> averaged, std::span<double> merged) override {
    constexpr int features = feature::glrlm::count;
    if (averaged_) {
      MeanOfNumbers mean[features];
      double value[features];
      for (const auto& direction : directions_) {
        if (!count(around, direction.lines, 1)) continue;
        compute(around, value);
        for (int f = 0; f < features; ++f) mean[f].add(value[f]);
      }
      for (int f = 0; f < features; ++f) averaged[std::size_t(f)] = mean[f].value();
    }
    bool any = false;
    for (const auto& direction : directions_) any |= count(around, direction.lines, direction.weight);
    if (any) compute(around, merged.data());
    else std::fill(merged.begin(), merged.end(), NAN);
  }

 private:
  struct Direction {
    Lines lines;
    double weight;
  };

  /// Adds the runs of a direction. False, and nothing is added, where no line holds two voxels and those directions are left out.
  bool count(const Neighbourhood& around, const Lines& lines, double weight) {
    const auto* const rank = around.rank.data();
    if (drop_single_) {
      bool two = false;
      for (std::size_t l = 0; l + 1 < lines.start.size() && !two; ++l) {
        int inside = 0;
        for (auto p = lines.start[l]; p < lines.start[l + 1]; ++p) inside += rank[lines.places[p]] >= 0;
        two = inside > 1;
      }
      if (!two) return false;
    }
    const auto add = [&](std::int32_t level, std::size_t length) {
      if (level >= 0) weight_[std::size_t(level) * (sizes_ + 1) + length] += weight;
    };
    for (std::size_t l = 0; l + 1 < lines.start.size(); ++l) {
      std::int32_t level = -1;
      std::size_t length = 0;
      for (auto p = lines.start[l]; p < lines.start[l + 1]; ++p) {
        const auto next = rank[lines.places[p]];
        if (next == level) {
          ++length;
          continue;
        }
        add(level, length);
        level = next;
        length = 1;
      }
      add(level, length);
    }
    return true;
  }

  /// The features of what was counted, which is forgotten.
  void compute(const Neighbourhood& around, double* out) {
    cell_.clear();
    by_level_.clear();
    by_size_.clear();
    for (std::size_t r = 0; r < around.gray_level.size(); ++r) {
      double* const row = weight_.data() + r * (sizes_ + 1);
      const double level = around.gray_level[r];
      double sum = 0;
      for (std::size_t s = 1; s <= sizes_; ++s) {
        if (row[s] == 0) continue;
        cell_.push_back({level, double(s), row[s]});
        sum += row[s];
        size_weight_[s] += row[s];
        row[s] = 0;
      }
      if (sum > 0) by_level_.push_back({level, 0, sum});
    }
    for (std::size_t s = 1; s <= sizes_; ++s) {
      if (size_weight_[s] == 0) continue;
      by_size_.push_back({0, double(s), size_weight_[s]});
      size_weight_[s] = 0;
    }
    const SizeMatrixView matrix{cell_.data(), std::int64_t(cell_.size()), by_level_.data(),
        std::int64_t(by_level_.size()), by_size_.data(), std::int64_t(by_size_.size())};
    glrlm::compute(SerialTeam{}, matrix, epsilon_, out);
  }

  bool averaged_, drop_single_;
  double epsilon_;
  std::size_t sizes_;
  std::vector<Direction> directions_;
  std::vector<double> weight_, size_weight_;  ///< [rank][size], of all ranks; all 0 between matrices
  std::vector<SizeMatrixView::Cell> cell_, by_level_, by_size_;
};

}  // namespace

std::unique_ptr<FamilyMap> make_weighted_runs(const Kernel& kernel, const Frame& frame) {
  return std::make_unique<WeightedRuns>(kernel, frame);
}

}  // namespace radloom::maps
