#include "maps/one_by_one.hpp"

#include <algorithm>
#include <cmath>

namespace radloom::maps {

OneByOne::OneByOne(const Kernel& kernel, const Frame& frame, int features)
    : averaged_wanted_(frame.averaged), merged_wanted_(frame.merged), of_level_(std::size_t(frame.highest_level) + 1),
      rank_(kernel.places().size()), averaged_(std::size_t(features), NAN), merged_(std::size_t(features), NAN) {
  gray_level_.reserve(rank_.size());
}

void OneByOne::measure(const Block& around, double* averaged, double* merged) {
  const std::size_t places = rank_.size();
  for (int lane = 0; lane < around.voxels; ++lane) {
    gray_level_.clear();
    for (std::size_t k = 0; k < places; ++k) {
      const auto g = around.level[k * lanes + std::size_t(lane)];
      if (g == 0 || of_level_[g] != 0) continue;
      of_level_[g] = 1;
      gray_level_.push_back(g);
    }
    std::sort(gray_level_.begin(), gray_level_.end());
    for (std::size_t r = 0; r < gray_level_.size(); ++r) of_level_[std::size_t(gray_level_[r])] = std::int32_t(r);
    for (std::size_t k = 0; k < places; ++k) {
      const auto g = around.level[k * lanes + std::size_t(lane)];
      rank_[k] = g == 0 ? -1 : of_level_[g];
    }
    for (const auto g : gray_level_) of_level_[std::size_t(g)] = 0;
    measure_one({rank_, gray_level_}, averaged_, merged_);
    if (averaged_wanted_)
      for (std::size_t f = 0; f < averaged_.size(); ++f) averaged[f * lanes + std::size_t(lane)] = averaged_[f];
    if (merged_wanted_)
      for (std::size_t f = 0; f < merged_.size(); ++f) merged[f * lanes + std::size_t(lane)] = merged_[f];
  }
}

}  // namespace radloom::maps
