// Co-occurrences inside a neighbourhood: at most 18 pairs a direction where the radius is 1, so the matrix is kept as its cells.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "catalogue/indices.hpp"
#include "families/common/direction_features.hpp"
#include "families/glcm/features.hpp"
#include "families/glcm/formulas.hpp"
#include "maps/correlations.hpp"
#include "maps/glcm_blocks.hpp"
#include "maps/one_by_one.hpp"

namespace radloom::maps {
namespace {

constexpr int features = feature::glcm::count;

class Glcm final : public OneByOne {
 public:
  Glcm(const Kernel& kernel, const Frame& frame)
      : OneByOne(kernel, frame, feature::glcm::count), frame_(frame), pyradiomics_(frame.pyradiomics()),
        symmetric_(frame.symmetric()), directions_(cooccurrences(kernel, frame)) {
    std::size_t most = 0;
    for (const auto& direction : directions_) most += direction.pairs.size();
    const std::size_t levels = std::min(kernel.places().size(), frame.levels),
                      cells = std::min(2 * most, levels * levels);
    search_ = Correlations(levels, cells);
    correlations_.resize(directions_.size());
    weight_.resize(levels * levels);
    cell_.resize(cells);
    touched_.resize(cells + 1);  // one more is written than is kept
    for (auto* room : {&row_, &column_}) room->resize(levels);
    for (auto* room : {&sum_, &difference_}) room->resize(cells);
    sum_level_.resize(cells);
    difference_level_.resize(cells);
    sum_at_.assign(2 * std::size_t(frame.highest_level) + 1, -1);
    difference_at_.assign(std::size_t(frame.highest_level) + 1, -1);
  }

  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Glcm>(*this); }

  void measure_one(const Neighbourhood& around, std::span<double> averaged, std::span<double> merged) override {
    around_ = &around;
    levels_ = int(around.gray_level.size());
    if (frame_.averaged) {
      MeanOfNumbers mean[features];
      double value[features];
      std::fill(correlations_.begin(), correlations_.end(), NAN);
      for (std::size_t d = 0; d < directions_.size(); ++d) {
        count(directions_[d], 1);
        if (!compute(value, correlations_[d])) continue;
        for (int f = 0; f < features; ++f) mean[f].add(value[f]);
      }
      search_.solve();
      for (const double c : correlations_) mean[feature::glcm::mcc].add(c);
      for (int f = 0; f < features; ++f) averaged[std::size_t(f)] = mean[f].value();
      if (frame_.correlation_is_one()) averaged[feature::glcm::mcc] = 1;
    }
    if (frame_.merged) {
      for (const auto& direction : directions_)
        if (direction.weight > 0) count(direction, direction.weight);  // the weight of a step of 28 mm is 0 in a double
      double correlation = NAN;
      if (!compute(merged.data(), correlation)) std::fill(merged.begin(), merged.end(), NAN);
      search_.solve();
      merged[feature::glcm::mcc] = correlation;
      if (frame_.correlation_is_one()) merged[feature::glcm::mcc] = 1;
    }
  }

 private:
  struct Touched {
    std::int32_t row, column;
  };

  /// Adds the pairs of a direction, of a weight above 0: a cell of weight 0 is one that was not met. Of a symmetric matrix only the upper half is kept, each pair once.
  void count(const Cooccurrences& direction, double weight) {
    const auto* const rank = around_->rank.data();
    for (const auto& pair : direction.pairs) {
      auto i = rank[pair.first], j = rank[pair.second];
      if ((i | j) < 0) continue;
      if (symmetric_ && i > j) std::swap(i, j);
      double& cell = weight_[std::size_t(i) * std::size_t(levels_) + std::size_t(j)];
      touched_[pairs_] = {i, j};
      pairs_ += cell == 0;
      cell += weight;
    }
  }

  /// The features of what was counted, which is forgotten. False where nothing was. MCC goes to `mcc`, at the latest when it is solved.
  bool compute(double* out, double& mcc) {
    gather();
    if (cells_ == 0) return false;
    std::fill(out, out + features, NAN);
    const glcm::ListedView<const glcm::Cell*, const std::int32_t*> listed{
        {cell_.data(), std::int64_t(cells_), around_->gray_level.data(), levels_, frame_.highest_level, total_,
            largest_},
        sum_level_.data(), std::int64_t(sums_), difference_level_.data(), std::int64_t(differences_)};
    if (frame_.maximal_correlation)
      search_.put({cell_.data(), cells_}, around_->gray_level, row_.data(), column_.data(), total_, symmetric_, &mcc);
    const glcm::Marginals<double*> marginals{row_.data(), column_.data(), sum_.data(), difference_.data()};
    glcm::compute(SerialTeam{}, listed, marginals, pyradiomics_, out);
    for (std::size_t t = 0; t < pairs_; ++t) weight_of(touched_[t]) = 0;
    pairs_ = 0;
    for (std::size_t s = 0; s < sums_; ++s) sum_at_[std::size_t(sum_level_[s])] = -1;
    for (std::size_t d = 0; d < differences_; ++d) difference_at_[std::size_t(difference_level_[d])] = -1;
    return true;
  }

  double& weight_of(const Touched& t) {
    return weight_[std::size_t(t.row) * std::size_t(levels_) + std::size_t(t.column)];
  }

  /// Makes cells of what was counted, and their marginals.
  void gather() {
    const auto& level = around_->gray_level;
    const auto n = std::size_t(levels_);
    total_ = largest_ = 0;
    cells_ = sums_ = differences_ = 0;
    std::fill_n(row_.begin(), n, 0.0);
    std::fill_n(column_.begin(), n, 0.0);
    for (std::size_t t = 0; t < pairs_; ++t) {
      const auto [row, column] = touched_[t];
      const auto i = std::size_t(row), j = std::size_t(column);
      const double counted = weight_of(touched_[t]);
      const bool mirrored = symmetric_ && i != j;
      const double whole = symmetric_ ? 2 * counted : counted, each = mirrored ? counted : whole;
      cell_[cells_++] = {row, column, each};
      row_[i] += each;
      column_[j] += each;
      if (mirrored) {
        cell_[cells_++] = {column, row, each};
        row_[j] += each;
        column_[i] += each;
      }
      total_ += whole;
      largest_ = std::max(largest_, each);
      const auto a = level[i], b = level[j];
      put(a + b, whole, sum_at_, sum_level_, sum_, sums_);
      put(std::abs(a - b), whole, difference_at_, difference_level_, difference_, differences_);
    }
  }

  static void put(std::int32_t key, double weight, std::vector<std::int32_t>& at, std::vector<std::int32_t>& keys,
      std::vector<double>& weights, std::size_t& n) {
    auto& place = at[std::size_t(key)];
    if (place < 0) {
      place = std::int32_t(n);
      keys[n] = key;
      weights[n++] = 0;
    }
    weights[std::size_t(place)] += weight;
  }

  Frame frame_;
  bool pyradiomics_, symmetric_;
  std::vector<Cooccurrences> directions_;
  const Neighbourhood* around_ = nullptr;
  int levels_ = 0;                ///< of the neighbourhood
  std::vector<double> weight_;    ///< [row][column], all 0 between matrices
  std::vector<Touched> touched_;  ///< where weights are not 0
  std::vector<glcm::Cell> cell_;
  std::size_t pairs_ = 0, cells_ = 0;  ///< of touched_ and cell_, in use
  double total_ = 0, largest_ = 0;
  std::vector<double> row_, column_, sum_, difference_;
  std::vector<double> correlations_;  ///< by direction
  Correlations search_{0, 0};
  std::vector<std::int32_t> sum_level_, difference_level_;
  std::vector<std::int32_t> sum_at_,
      difference_at_;  ///< by sum or difference: where it stands, -1 where it did not occur
  std::size_t sums_ = 0, differences_ = 0;
};

}  // namespace

std::vector<Cooccurrences> cooccurrences(const Kernel& kernel, const Frame& frame) {
  const auto offsets = neighbours(frame.settings.distances, frame.settings, true);
  const auto weights = frame.pyradiomics()
                           ? glcm::direction_weights(offsets, frame.spacing_mm, frame.settings.weighting_norm)
                           : distance_weights(offsets, frame.settings);
  std::vector<Cooccurrences> directions;
  for (std::size_t d = 0; d < offsets.size(); ++d)
    if (auto pairs = kernel.pairs(offsets[d]); !pairs.empty()) directions.push_back({std::move(pairs), weights[d]});
  return directions;
}

std::unique_ptr<FamilyMap> make_glcm(const Kernel& kernel, const Frame& frame) {
  if (auto blocks = make_glcm_blocks(kernel, frame)) return blocks;
  return std::make_unique<Glcm>(kernel, frame);
}

}  // namespace radloom::maps
