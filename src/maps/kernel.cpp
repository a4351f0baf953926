#include "maps/kernel.hpp"

#include <cstdlib>

namespace radloom::maps {
namespace {

Offset behind(const Offset& place, const Offset& step, int times) {
  return {place[0] + times * step[0], place[1] + times * step[1], place[2] + times * step[2]};
}

}  // namespace

Kernel::Kernel(int radius, int flat) : radius_(radius), reach_{radius, radius, radius} {
  if (flat >= 0) reach_[std::size_t(flat)] = 0;
  for (int z = -reach_[2]; z <= reach_[2]; ++z)
    for (int y = -reach_[1]; y <= reach_[1]; ++y)
      for (int x = -reach_[0]; x <= reach_[0]; ++x) places_.push_back({x, y, z});
}

std::int64_t Kernel::number_of(const Offset& place) const {
  for (std::size_t d = 0; d < 3; ++d)
    if (std::abs(place[d]) > reach_[d]) return -1;
  const std::int64_t width = 2 * reach_[0] + 1, height = 2 * reach_[1] + 1;
  return ((place[2] + reach_[2]) * height + place[1] + reach_[1]) * width + place[0] + reach_[0];
}

std::vector<Pair> Kernel::pairs(const Offset& step) const {
  std::vector<Pair> pairs;
  const auto next = moved(step);
  for (std::size_t p = 0; p < next.size(); ++p)
    if (next[p] >= 0) pairs.push_back({std::uint32_t(p), std::uint32_t(next[p])});
  return pairs;
}

std::vector<std::int32_t> Kernel::moved(const Offset& step) const {
  std::vector<std::int32_t> next;
  for (const auto& place : places_) next.push_back(std::int32_t(number_of(behind(place, step, 1))));
  return next;
}

Lines Kernel::lines(const Offset& step) const {
  Lines lines{{}, {0}};
  for (const auto& place : places_) {
    if (number_of(behind(place, step, -1)) >= 0) continue;  // not the first of its line
    for (int k = 0;; ++k) {
      const auto p = number_of(behind(place, step, k));
      if (p < 0) break;
      lines.places.push_back(std::uint32_t(p));
    }
    lines.start.push_back(std::uint32_t(lines.places.size()));
  }
  return lines;
}

}  // namespace radloom::maps
