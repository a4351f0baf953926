// Run lengths, zones and dependences inside a neighbourhood: small matrices of gray level against size.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <vector>

#include "catalogue/indices.hpp"
#include "families/common/direction_features.hpp"
#include "families/common/entropy_table.hpp"
#include "families/common/size_matrix.hpp"
#include "families/gldm/formulas.hpp"
#include "families/glrlm/formulas.hpp"
#include "families/glszm/formulas.hpp"
#include "maps/one_by_one.hpp"

namespace radloom::maps {
namespace {

/// A matrix that is counted cell by cell and turned into the view that formulas want.
class SmallMatrix {
 public:
  /// `counts`: the largest sum of counts there can be; no more than 512 are looked up.
  SmallMatrix(std::size_t levels, std::size_t sizes, std::size_t counts, double epsilon)
      : sizes_(sizes), epsilon_(epsilon), weight_(levels * (sizes + 1)),
        entropy_(std::make_shared<const EntropyTable>(int(std::min<std::size_t>(counts, 512)),
            [=](double p) { return p > 0 ? size_entropy_term(p, epsilon) : 0.0; })) {
    by_level_.reserve(levels);
    size_weight_.resize(sizes + 1);
    by_size_.reserve(sizes);
    cell_.reserve(std::min(levels * sizes, std::size_t(1) << 16));
  }
  void add(std::int32_t rank, std::size_t size, double weight) {
    weight_[std::size_t(rank) * (sizes_ + 1) + size] += weight;
  }
  /// f(matrix, epsilon) of what was counted, of ranks with these gray levels; it is forgotten. `whole`: its weights are counts.
  template <class F>
  void take(std::span<const std::int32_t> gray_level, bool whole, const F& f) {
    const auto view = view_of(gray_level);
    double sum = 0;
    for (const auto& level : by_level_) sum += level.weight;
    if (whole && sum <= double(entropy_->largest())) f(TabledSizeMatrixView{view, entropy_->row(int(sum))}, epsilon_);
    else f(view, epsilon_);
  }

 private:
  /// What was counted, of ranks with these gray levels; it is forgotten, but for the view, which lives until the next one is made.
  SizeMatrixView view_of(std::span<const std::int32_t> gray_level) {
    cell_.clear();
    by_level_.clear();
    by_size_.clear();
    for (std::size_t r = 0; r < gray_level.size(); ++r) {
      double* const row = weight_.data() + r * (sizes_ + 1);
      const double level = gray_level[r];
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
    return {cell_.data(), std::int64_t(cell_.size()), by_level_.data(), std::int64_t(by_level_.size()), by_size_.data(),
        std::int64_t(by_size_.size())};
  }

  std::size_t sizes_;
  double epsilon_;
  std::vector<double> weight_;  ///< [rank][size], all 0 between matrices
  std::vector<double> size_weight_;
  std::vector<SizeMatrixView::Cell> cell_, by_level_, by_size_;
  std::shared_ptr<const EntropyTable> entropy_;
};

std::size_t most_levels(const Kernel& kernel, const Frame& frame) {
  return std::min(kernel.places().size(), frame.levels);
}

class Glrlm final : public OneByOne {
 public:
  Glrlm(const Kernel& kernel, const Frame& frame)
      : OneByOne(kernel, frame, feature::glrlm::count), averaged_(frame.averaged), merged_(frame.merged),
        drop_single_(frame.pyradiomics()), matrix_(most_levels(kernel, frame), std::size_t(2 * kernel.radius() + 1),
                                               kernel.places().size(), frame.epsilon()) {
    for (const auto& [step, weight] : run_directions(frame)) directions_.push_back({kernel.lines(step), weight});
  }
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Glrlm>(*this); }

  void measure(const Neighbourhood& around, std::span<double> averaged, std::span<double> merged) override {
    constexpr int features = feature::glrlm::count;
    if (averaged_) {
      MeanOfNumbers mean[features];
      double value[features];
      for (const auto& direction : directions_) {
        if (!count(around, direction.lines, 1)) continue;
        std::fill(value, value + features, NAN);
        matrix_.take(around.gray_level, true,
            [&](const auto& matrix, double epsilon) { glrlm::compute(SerialTeam{}, matrix, epsilon, &value[0]); });
        for (int f = 0; f < features; ++f) mean[f].add(value[f]);
      }
      for (int f = 0; f < features; ++f) averaged[std::size_t(f)] = mean[f].value();
    }
    if (merged_) {
      std::fill(merged.begin(), merged.end(), NAN);
      bool any = false;
      for (const auto& direction : directions_) any |= count(around, direction.lines, direction.weight);
      if (any)
        matrix_.take(around.gray_level, false,
            [&](const auto& matrix, double epsilon) { glrlm::compute(SerialTeam{}, matrix, epsilon, merged.data()); });
    }
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
    for (std::size_t l = 0; l + 1 < lines.start.size(); ++l) {
      std::int32_t level = -1;
      std::size_t length = 0;
      for (auto p = lines.start[l]; p < lines.start[l + 1]; ++p) {
        const auto next = rank[lines.places[p]];
        if (next == level) {
          ++length;
          continue;
        }
        if (level >= 0) matrix_.add(level, length, weight);
        level = next;
        length = 1;
      }
      if (level >= 0) matrix_.add(level, length, weight);
    }
    return true;
  }

  bool averaged_, merged_, drop_single_;
  SmallMatrix matrix_;
  std::vector<Direction> directions_;
};

class Glszm final : public OneByOne {
 public:
  Glszm(const Kernel& kernel, const Frame& frame)
      : OneByOne(kernel, frame, feature::glszm::count),
        matrix_(most_levels(kernel, frame), kernel.places().size(), kernel.places().size(), frame.epsilon()),
        parent_(kernel.places().size()), size_(kernel.places().size()) {
    for (const auto& step : neighbours({1}, frame.settings, true)) {
      const auto pairs = kernel.pairs(step);
      pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
    }
  }
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Glszm>(*this); }

  void measure(const Neighbourhood& around, std::span<double> averaged, std::span<double>) override {
    const auto& rank = around.rank;
    for (std::uint32_t p = 0; p < parent_.size(); ++p) {
      parent_[p] = p;
      size_[p] = 0;
    }
    for (const auto& pair : pairs_)
      if (rank[pair.first] >= 0 && rank[pair.first] == rank[pair.second]) {
        const auto a = root(pair.first), b = root(pair.second);
        if (a != b) parent_[std::max(a, b)] = std::min(a, b);
      }
    for (std::uint32_t p = 0; p < parent_.size(); ++p)
      if (rank[p] >= 0) ++size_[root(p)];
    for (std::uint32_t p = 0; p < parent_.size(); ++p)
      if (size_[p]) matrix_.add(rank[p], size_[p], 1);
    matrix_.take(around.gray_level, true,
        [&](const auto& matrix, double epsilon) { glszm::compute(SerialTeam{}, matrix, epsilon, averaged.data()); });
  }

 private:
  std::uint32_t root(std::uint32_t p) {
    while (parent_[p] != p) p = parent_[p] = parent_[parent_[p]];
    return p;
  }

  SmallMatrix matrix_;
  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> parent_, size_;
};

class Gldm final : public OneByOne {
 public:
  Gldm(const Kernel& kernel, const Frame& frame)
      : OneByOne(kernel, frame, feature::gldm::count), alpha_(frame.settings.gldm_a), matrix_(1, 1, 1, 0),
        dependent_(kernel.places().size()) {
    std::size_t most = 1;
    for (const auto& step : looked_at(frame, true)) {
      const auto pairs = kernel.pairs(step);
      pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
      most += pairs.empty() ? 0 : 2;
    }
    matrix_ = SmallMatrix(
        most_levels(kernel, frame), std::min(most, kernel.places().size()), kernel.places().size(), frame.epsilon());
  }
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Gldm>(*this); }

  void measure(const Neighbourhood& around, std::span<double> averaged, std::span<double>) override {
    const auto& rank = around.rank;
    const auto& level = around.gray_level;
    std::fill(dependent_.begin(), dependent_.end(), 1);
    for (const auto& pair : pairs_) {
      const auto a = rank[pair.first], b = rank[pair.second];
      if ((a | b) < 0) continue;
      const bool depends = a == b || (alpha_ > 0 && std::abs(level[std::size_t(a)] - level[std::size_t(b)]) <= alpha_);
      dependent_[pair.first] += depends;
      dependent_[pair.second] += depends;
    }
    for (std::size_t p = 0; p < dependent_.size(); ++p)
      if (rank[p] >= 0) matrix_.add(rank[p], dependent_[p], 1);
    matrix_.take(around.gray_level, true,
        [&](const auto& matrix, double epsilon) { gldm::compute(SerialTeam{}, matrix, epsilon, averaged.data()); });
  }

 private:
  int alpha_;
  SmallMatrix matrix_;
  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> dependent_;
};

}  // namespace

std::vector<RunDirection> run_directions(const Frame& frame) {
  const auto steps = neighbours({1}, frame.settings, true);
  const auto weights = distance_weights(steps, frame.settings);
  std::vector<RunDirection> directions;
  for (std::size_t d = 0; d < steps.size(); ++d)
    directions.push_back({steps[d],
        frame.pyradiomics() ? step_length(steps[d], frame.spacing_mm, frame.settings.weighting_norm) : weights[d]});
  return directions;
}

std::vector<Offset> looked_at(const Frame& frame, bool half) {
  return neighbours(neighbourhood_distances(frame.settings, frame.convention), frame.settings, half);
}

std::unique_ptr<FamilyMap> make_glrlm(const Kernel& kernel, const Frame& frame) {
  return std::make_unique<Glrlm>(kernel, frame);
}
std::unique_ptr<FamilyMap> make_glszm(const Kernel& kernel, const Frame& frame) {
  return std::make_unique<Glszm>(kernel, frame);
}
std::unique_ptr<FamilyMap> make_gldm(const Kernel& kernel, const Frame& frame) {
  return std::make_unique<Gldm>(kernel, frame);
}

}  // namespace radloom::maps
