#include "families/ivh/features.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "families/ivh/formulas.hpp"

namespace radloom::ivh {

Rule rule_of(const Settings& s) {
  Rule rule{s.ivh_discretisation, s.ivh_bin_width, double(s.ivh_bin_count), false, 0, 0};
  if (s.ivh_range.size() == 2) {
    rule.has_range = true;
    rule.low = s.ivh_range[0];
    rule.high = s.ivh_range[1];
    if (!(rule.high > rule.low))
      throw Error(ErrorCode::config_invalid,
          fmt::format("ivh_range [{:g}, {:g}] has no width; give the lower end, then the upper", rule.low, rule.high));
  } else if (s.resegment_mode == ResegmentMode::absolute && s.resegment_range.size() == 2) {
    rule.has_range = true;
    rule.low = std::min(s.resegment_range[0], s.resegment_range[1]);
    rule.high = std::max(s.resegment_range[0], s.resegment_range[1]);
  }
  return rule;
}

std::vector<double> compute(const Volume& image, const Volume& mask, const Settings& settings) {
  const Rule rule = rule_of(settings);
  std::vector<double> v;
  const auto inside = mask.as<std::uint8_t>();
  image.visit([&](auto voxels) {
    for (std::size_t i = 0; i < voxels.size(); ++i)
      if (inside[i]) v.push_back(double(voxels[i]));
  });
  const auto [least, largest] = std::minmax_element(v.begin(), v.end());
  const Scale scale(rule, *least, *largest, std::all_of(v.begin(), v.end(), is_whole));
  const double most = scale(*largest);
  if (rule.discretisation != IvhDiscretisation::none)
    for (auto& i : v) i = scale(i);

  const auto n = std::int64_t(v.size());
  Measures m;
  m.n = double(n);
  m.most = most;
  for (int k = 0; k < percentages; ++k) {
    const int x = percentage(k);
    m.reached[k] = double(std::count_if(v.begin(), v.end(), [&](double i) { return scale.reaches(i, x); }));
    const auto at = v.begin() + rank_below(n, x);
    std::nth_element(v.begin(), at, v.end());
    m.below[k] = *at;
    m.next[k] = most;
    if (scale.step() > 0) continue;
    for (const double i : v)
      if (i > m.below[k]) m.next[k] = std::min(m.next[k], i);
  }
  std::vector<double> out(feature::ivh::count);
  ivh::compute(m, scale, out.data());
  return out;
}

}  // namespace radloom::ivh
