#include "filters/convolve/plan.hpp"

#include <algorithm>
#include <cmath>

namespace radloom::convolve {

Box Plan::responses(const Box& box, const std::array<std::int64_t, 3>& whole) const {
  return energy ? filters::reach(box, *energy, boundary, whole) : box;
}

Box Plan::reach(const Box& box, const std::array<std::int64_t, 3>& whole) const {
  const Box made = responses(box, whole);
  Box out = made;
  for (const auto& k : kernels) out = hull_of(out, filters::reach(made, k, boundary, whole));
  return out;
}

std::array<std::int64_t, 3> Plan::taps() const {
  std::array<std::int64_t, 3> out{};
  for (int d = 0; d < 3; ++d) {
    for (const auto& k : kernels) out[d] = std::max(out[d], std::int64_t(k[d].weights.size()));
    if (energy) out[d] = std::max(out[d], std::int64_t((*energy)[d].weights.size()));
  }
  return out;
}

filters::Field respond(const Plan& plan, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Box responses = plan.responses(box, image.whole);
  const auto field = filters::field_of(image, plan.reach(box, image.whole));
  filters::Pool pool(plan.merge);
  for (const auto& k : plan.kernels) pool.add(filters::convolve(field, responses, k, plan.boundary, image.whole, stop));
  filters::Field out = pool.result();
  if (!plan.energy) return out;
  for (double& v : out.values) v = std::abs(v);
  return filters::convolve(out, box, *plan.energy, plan.boundary, image.whole, stop);
}

}  // namespace radloom::convolve
