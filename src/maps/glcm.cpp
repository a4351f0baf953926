// Co-occurrences inside a neighbourhood: at most 18 pairs a direction where the radius is 1, so the matrix is kept as its cells.
#include <algorithm>
#include <cmath>
#include <vector>

#include "catalogue/indices.hpp"
#include "families/common/direction_features.hpp"
#include "families/glcm/features.hpp"
#include "families/glcm/formulas.hpp"
#include "families/glcm/log_tables.hpp"
#include "families/glcm/maximal_correlation.hpp"
#include "families/glcm/small_correlation.hpp"
#include "maps/family_map.hpp"

namespace radloom::maps {
namespace {

constexpr int features = feature::glcm::count;
constexpr std::size_t largest_tabled = 64;  ///< total of counts up to which logarithms are looked up: 0.7 MB

/// Multiplies cells that lie by row (see glcm::maximal_correlation).
struct Product {
  std::span<const glcm::Cell> cells;  ///< weights are probabilities
  const double* over_marginals;       ///< of each cell, its probability over those of its row and column
  int levels;

  void down(const double* v, const double* root, const double* inverse, double* a, double* b) const {
    std::fill(a, a + levels, 0);
    std::fill(b, b + levels, 0);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      a[cells[c].column] += cells[c].weight * inverse[cells[c].row] * v[cells[c].row];
      b[cells[c].column] += over_marginals[c] * root[cells[c].row] * v[cells[c].row];
    }
  }
  void up(const double* a, const double* b, const double* root, const double* inverse, double* image) const {
    std::fill(image, image + levels, 0);
    for (std::size_t c = 0; c < cells.size(); ++c)
      image[cells[c].row] += (root[cells[c].row] * over_marginals[c] * a[cells[c].column] +
                                 inverse[cells[c].row] * cells[c].weight * b[cells[c].column]) /
                             2;
  }
};

class Glcm final : public FamilyMap {
 public:
  Glcm(const Kernel& kernel, const Frame& frame)
      : frame_(frame), pyradiomics_(frame.convention == Convention::pyradiomics),
        symmetric_(!pyradiomics_ || frame.settings.symmetrical_glcm) {
    const auto offsets = neighbours(frame.settings.distances, frame.settings, true);
    const auto weights = pyradiomics_
                             ? glcm::direction_weights(offsets, frame.spacing_mm, frame.settings.weighting_norm)
                             : distance_weights(offsets, frame.settings);
    std::size_t most = 0, longest = 0;
    for (std::size_t d = 0; d < offsets.size(); ++d) {
      auto pairs = kernel.pairs(offsets[d]);
      if (pairs.empty()) continue;
      most += pairs.size();
      longest = std::max(longest, pairs.size() * (symmetric_ ? 2 : 1));
      directions_.push_back({std::move(pairs), weights[d]});
    }
    const std::size_t levels = std::min(kernel.places().size(), frame.levels),
                      cells = std::min(2 * most, levels * levels);
    correlations_.resize(directions_.size());
    probability_.resize(std::min<std::size_t>(levels * levels, 32 * 32));
    words_ = (levels + 63) / 64;
    weight_.resize(levels * levels);
    met_.resize(levels * words_);
    cells_.reserve(cells);
    for (auto* room : {&row_, &column_}) room->resize(levels);
    for (auto* room : {&row_count_, &column_count_}) room->resize(levels);
    if (frame.averaged)
      tables_ =
          std::make_shared<const glcm::LogTables>(int(std::min(longest, largest_tabled)), pyradiomics_ ? 0x1p-52 : 0.0);
    for (auto* room : {&sum_, &difference_, &over_marginals_}) room->resize(cells);
    sum_level_.resize(cells);
    difference_level_.resize(cells);
    sum_at_.assign(2 * std::size_t(frame.highest_level) + 1, -1);
    difference_at_.assign(std::size_t(frame.highest_level) + 1, -1);
    const int n = int(levels);
    steps_ = glcm::correlation_steps(n);
    search_.resize(std::size_t(glcm::correlation_vectors * n + glcm::correlation_coefficients * steps_));
  }

  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Glcm>(*this); }

  void measure(const Neighbourhood& around, std::span<double> averaged, std::span<double> merged) override {
    around_ = &around;
    levels_ = int(around.gray_level.size());
    if (frame_.averaged) {
      MeanOfNumbers mean[features];
      double value[features];
      std::fill(correlations_.begin(), correlations_.end(), NAN);
      for (std::size_t d = 0; d < directions_.size(); ++d) {
        count(directions_[d], 1);
        if (!compute(value, true, correlations_[d])) continue;
        for (int f = 0; f < features; ++f) mean[f].add(value[f]);
      }
      search_small_.solve();
      for (const double c : correlations_) mean[feature::glcm::mcc].add(c);
      for (int f = 0; f < features; ++f) averaged[std::size_t(f)] = mean[f].value();
      settle(averaged);
    }
    if (frame_.merged) {
      for (const auto& direction : directions_) count(direction, direction.weight);
      double correlation = NAN;
      if (!compute(merged.data(), false, correlation)) std::fill(merged.begin(), merged.end(), NAN);
      search_small_.solve();
      merged[feature::glcm::mcc] = correlation;
      settle(merged);
    }
  }

 private:
  struct Direction {
    std::vector<Pair> pairs;
    double weight;
  };

  /// A region of one gray level has an MCC of 1 everywhere, as PyRadiomics has it.
  void settle(std::span<double> out) const {
    if (frame_.levels < 2 && frame_.maximal_correlation) out[feature::glcm::mcc] = 1;
  }

  void count(const Direction& direction, double weight) {
    const auto* const rank = around_->rank.data();
    for (const auto& pair : direction.pairs) {
      const auto i = rank[pair.first], j = rank[pair.second];
      if ((i | j) < 0) continue;
      add(i, j, weight);
      if (symmetric_) add(j, i, weight);
    }
  }

  void add(std::int32_t i, std::int32_t j, double weight) {
    weight_[std::size_t(i) * std::size_t(levels_) + std::size_t(j)] += weight;
    met_[std::size_t(i) * words_ + std::size_t(j) / 64] |= std::uint64_t(1) << (j % 64);
  }

  /// The features of what was counted, which is forgotten. False where nothing was. `whole`: weights are counts.
  /// MCC goes to `mcc`, at the latest when small matrices are solved.
  bool compute(double* out, bool whole, double& mcc) {
    gather();
    if (cells_.empty()) return false;
    std::fill(out, out + features, NAN);
    const glcm::ListedView<const glcm::Cell*, const std::int32_t*> listed{
        {cells_.data(), std::int64_t(cells_.size()), around_->gray_level.data(), levels_, frame_.highest_level, total_,
            largest_},
        sum_level_.data(), std::int64_t(sums_), difference_level_.data(), std::int64_t(differences_)};
    const glcm::Marginals<double*> marginals{row_.data(), column_.data(), sum_.data(), difference_.data()};
    if (whole && total_ <= double(largest_tabled)) {
      const int total = int(total_);
      for (int i = 0; i < levels_; ++i) {
        row_count_[std::size_t(i)] = std::int32_t(row_[std::size_t(i)]);
        column_count_[std::size_t(i)] = std::int32_t(column_[std::size_t(i)]);
      }
      const glcm::TabledView<const glcm::Cell*, const std::int32_t*> tabled{listed, tables_->entropy(total),
          tables_->exact_entropy(total), tables_->log_product(total), glcm::LogTables::stride(total), row_count_.data(),
          column_count_.data()};
      glcm::compute(SerialTeam{}, tabled, marginals, pyradiomics_, out);
    } else {
      glcm::compute(SerialTeam{}, listed, marginals, pyradiomics_, out);
    }
    if (frame_.maximal_correlation) correlate(mcc);
    for (std::size_t s = 0; s < sums_; ++s) sum_at_[std::size_t(sum_level_[s])] = -1;
    for (std::size_t d = 0; d < differences_; ++d) difference_at_[std::size_t(difference_level_[d])] = -1;
    return true;
  }

  /// Cells by row, then column, and their marginals.
  void gather() {
    const auto& level = around_->gray_level;
    const auto n = std::size_t(levels_);
    cells_.clear();
    total_ = largest_ = 0;
    sums_ = differences_ = 0;
    std::fill_n(row_.begin(), n, 0.0);
    std::fill_n(column_.begin(), n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t w = 0; w < words_; ++w) {
        auto& bits = met_[i * words_ + w];
        for (; bits; bits &= bits - 1) {
          const std::size_t j = 64 * w + std::size_t(__builtin_ctzll(bits));
          auto& cell = weight_[i * n + j];
          const double weight = cell;
          cell = 0;
          cells_.push_back({std::int32_t(i), std::int32_t(j), weight});
          total_ += weight;
          largest_ = std::max(largest_, weight);
          row_[i] += weight;
          column_[j] += weight;
          const auto a = level[i], b = level[j];
          put(a + b, weight, sum_at_, sum_level_, sum_, sums_);
          put(std::abs(a - b), weight, difference_at_, difference_level_, difference_, differences_);
        }
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

  /// MCC, after probabilities were made of the marginals.
  void correlate(double& mcc) {
    const int n = levels_;
    if (symmetric_ && n <= glcm::SmallCorrelations::most_levels) {
      std::uint32_t met[glcm::SmallCorrelations::most_levels];
      for (int i = 0; i < n; ++i) met[i] = 0;
      for (const auto& cell : cells_) {
        met[cell.row] |= 1u << cell.column;
        probability_[std::size_t(cell.row * n + cell.column)] = cell.weight / total_;
      }
      if (search_small_.full()) search_small_.solve();
      search_small_.put(
          n, met, row_.data(), [&](int i, int j) { return probability_[std::size_t(i * n + j)]; }, &mcc);
      return;
    }
    mcc = n < 2 ? 0 : search();
  }

  double search() {
    const int n = levels_;
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      auto& cell = cells_[c];
      cell.weight /= total_;
      over_marginals_[c] =
          cell.weight / (row_[std::size_t(cell.row)] * column_[std::size_t(cell.column)] + glcm::correlation_epsilon);
    }
    double* at = search_.data();
    const auto take = [&](int size) {
      double* const part = at;
      at += size;
      return part;
    };
    const int steps = glcm::correlation_steps(n);
    const glcm::CorrelationScratch<double*> scratch{take(n), take(n), take(n), take(n), take(n), take(n), take(n),
        take(n), take(n), take(steps), take(steps), take(steps), take(steps), steps};
    return glcm::maximal_correlation(
        SerialTeam{}, n, around_->gray_level.data(), row_.data(), Product{cells_, over_marginals_.data(), n}, scratch);
  }

  Frame frame_;
  bool pyradiomics_, symmetric_;
  std::vector<Direction> directions_;
  const Neighbourhood* around_ = nullptr;
  int levels_ = 0;                  ///< of the neighbourhood
  std::size_t words_ = 1;           ///< of a row of met_
  std::vector<double> weight_;      ///< [row][column], all 0 between matrices
  std::vector<std::uint64_t> met_;  ///< a bit for each weight that is not 0
  std::vector<glcm::Cell> cells_;
  double total_ = 0, largest_ = 0;
  std::vector<double> row_, column_, sum_, difference_, over_marginals_, search_;
  std::vector<double> correlations_;  ///< by direction
  std::vector<double> probability_;   ///< of the pairs of a small matrix
  glcm::SmallCorrelations search_small_;
  std::vector<std::int32_t> row_count_, column_count_;
  std::shared_ptr<const glcm::LogTables> tables_;
  std::vector<std::int32_t> sum_level_, difference_level_;
  std::vector<std::int32_t> sum_at_,
      difference_at_;  ///< by sum or difference: where it stands, -1 where it did not occur
  std::size_t sums_ = 0, differences_ = 0;
  int steps_ = 0;
};

}  // namespace

std::unique_ptr<FamilyMap> make_glcm(const Kernel& kernel, const Frame& frame) {
  return std::make_unique<Glcm>(kernel, frame);
}

}  // namespace radloom::maps
