#include "families/ih/features.hpp"

#include "families/ih/formulas.hpp"

namespace radloom::ih {

std::vector<double> compute(const Discretised& levels) {
  std::vector<double> out(feature::ih::count);
  std::vector<std::uint64_t> count(levels.highest);  // of level i + 1
  for (std::size_t i = 0; i < levels.gray_levels.size(); ++i) count[levels.gray_levels[i] - 1] = levels.voxels[i];
  compute(SerialTeam{}, firstorder::measure(count, 1), count.data(), levels.highest, out.data());
  return out;
}

}  // namespace radloom::ih
