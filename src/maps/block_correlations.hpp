#pragma once
// The maximal correlation coefficients of a block of neighbourhoods.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "families/glcm/small_correlation.hpp"
#include "maps/correlations.hpp"
#include "maps/count_pairs.hpp"

namespace radloom::maps {

/// MCC of what `count_pairs` counted, a neighbourhood and direction after the other.
template <class T>
class BlockCorrelations {
 public:
  BlockCorrelations(std::size_t places, std::size_t most_pairs, std::int32_t highest_level)
      : places_(places), large_(places, 2 * most_pairs), rank_(places * lanes), gray_level_(places * lanes),
        levels_(lanes), of_level_(std::size_t(highest_level) + 1), marginal_(places) {
    cells_.reserve(2 * most_pairs);
  }

  /// Numbers the levels of each neighbourhood of a block as they come; `levels`: [place][lane].
  void number_levels(const T* levels, int voxels) {
    for (int lane = 0; lane < voxels; ++lane) {
      std::int32_t n = 0;
      std::int32_t* const gray_level = gray_level_.data() + std::size_t(lane) * places_;
      for (std::size_t k = 0; k < places_; ++k) {
        const auto level = std::size_t(levels[k * lanes + std::size_t(lane)]);
        std::int32_t& number = of_level_[level];  // from 1 on
        if (number == 0 && level != 0) {
          gray_level[n] = std::int32_t(level);
          number = ++n;
        }
        rank_[k * lanes + std::size_t(lane)] = std::uint16_t(number - 1);
      }
      for (std::size_t k = 0; k < places_; ++k)
        if (levels[k * lanes + std::size_t(lane)] == 0) rank_[k * lanes + std::size_t(lane)] = std::uint16_t(n);
      for (std::int32_t i = 0; i < n; ++i) of_level_[std::size_t(gray_level[i])] = 0;
      levels_[std::size_t(lane)] = n;
    }
  }

  /// MCC of one of them in one direction goes to `mcc`, at the latest when `solve` is called.
  void put(const PairCount<T>& count, int lane, double& mcc) {
    const double total = count.total[lane];
    if (total == 0) {
      mcc = NAN;
      return;
    }
    switch (Fate(count.fate[lane])) {
      case Fate::one_level: mcc = 0; return;
      case Fate::apart: mcc = 1; return;
      case Fate::two_levels: {  // the second eigenvalue of two by two probabilities, of which the first is 1
        const double ends = count.first_row[lane];
        mcc = std::fabs(1 - total * count.unlike[lane] / (ends * (total - ends)));
        return;
      }
      case Fate::open: break;
    }
    const auto levels = std::size_t(levels_[std::size_t(lane)]);
    if (levels <= small) gather(count, lane, int(levels), mcc);
    else search(count, lane, levels, mcc);
  }

  /// Works out what is left.
  void solve() { small_.solve(); }

 private:
  static constexpr std::size_t small = glcm::SmallCorrelations::most_levels;

  /// Without branches on what was counted: places that do not count have a level more, and the first of pairs that are alike comes last.
  void gather(const PairCount<T>& count, int lane, int levels, double& mcc) {
    std::uint32_t met[small + 1];
    double row[small + 1];
    T weight[(small + 1) * (small + 1)];
    const auto apart = std::size_t(levels) + 1;
    std::fill_n(met, apart, 0u);
    std::fill_n(weight, apart * apart, T(0));
    for (std::size_t k = 0; k < count.place.size(); ++k)
      row[rank(count.place[k], lane)] = count.ends[k * lanes + std::size_t(lane)];
    for (std::size_t p = count.pair.size(); p-- > 0;) {
      const T w = count.cell[p * lanes + std::size_t(lane)];
      const auto i = rank(count.place[count.pair[p].first], lane), j = rank(count.place[count.pair[p].second], lane);
      const std::uint32_t edge = w != 0;
      met[i] |= edge << (j % 32);
      met[j] |= edge << (i % 32);
      weight[i * apart + j] = weight[j * apart + i] = w;
    }
    small_.put(
        levels, met, row, [&](int i, int j) { return weight[std::size_t(i) * apart + std::size_t(j)]; }, &mcc);
  }

  void search(const PairCount<T>& count, int lane, std::size_t levels, double& mcc) {
    std::fill_n(marginal_.begin(), levels, 0.0);
    for (std::size_t k = 0; k < count.place.size(); ++k)
      if (count.row[k * lanes + std::size_t(lane)])
        marginal_[rank(count.place[k], lane)] = count.row[k * lanes + std::size_t(lane)];
    cells_.clear();
    for (std::size_t p = 0; p < count.pair.size(); ++p) {
      const double w = count.cell[p * lanes + std::size_t(lane)];
      if (w == 0) continue;
      const auto i = std::int32_t(rank(count.place[count.pair[p].first], lane)),
                 j = std::int32_t(rank(count.place[count.pair[p].second], lane));
      cells_.push_back({i, j, w});
      if (i != j) cells_.push_back({j, i, w});
    }
    mcc = large_.search(cells_, {gray_level_.data() + std::size_t(lane) * places_, levels}, marginal_.data(),
        marginal_.data(), count.total[lane]);
  }

  /// The number of a place's level in a neighbourhood; one more than there are where the voxel does not count.
  std::size_t rank(std::uint32_t place, int lane) const { return rank_[place * lanes + std::size_t(lane)]; }

  std::size_t places_;
  glcm::SmallCorrelations small_;
  LargeCorrelations large_;
  std::vector<std::uint16_t> rank_;       ///< [place][lane]: see rank()
  std::vector<std::int32_t> gray_level_;  ///< [lane][number]
  std::vector<std::int32_t> levels_;      ///< [lane]
  std::vector<std::int32_t> of_level_;    ///< by gray level, all 0 between neighbourhoods
  std::vector<double> marginal_;
  std::vector<glcm::Cell> cells_;
};

}  // namespace radloom::maps
