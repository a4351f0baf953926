#include "filters/convolve/plan.hpp"

#include <algorithm>
#include <cmath>

namespace radloom::convolve {

std::vector<Box> boxes_of(
    const Chain& chain, const Box& box, FilterBoundary boundary, const std::array<std::int64_t, 3>& whole) {
  std::vector<Box> out(chain.size() + 1, box);
  for (std::size_t k = chain.size(); k > 0; --k) out[k - 1] = filters::reach(out[k], chain[k - 1], boundary, whole);
  return out;
}

Box Plan::responses(const Box& box, const std::array<std::int64_t, 3>& whole) const {
  return energy ? filters::reach(box, *energy, boundary, whole) : box;
}

Box Plan::reach(const Box& box, const std::array<std::int64_t, 3>& whole) const {
  const Box made = responses(box, whole);
  Box out = made;
  for (const auto& chain : chains) out = hull_of(out, boxes_of(chain, made, boundary, whole)[0]);
  return out;
}

std::array<std::int64_t, 3> Plan::taps() const {
  std::array<std::int64_t, 3> out{};
  for (int d = 0; d < 3; ++d) {
    for (const auto& chain : chains)
      for (const auto& k : chain) out[d] = std::max(out[d], k[d].voxels());
    if (energy) out[d] = std::max(out[d], (*energy)[d].voxels());
  }
  return out;
}

filters::Field respond(const Plan& plan, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Box responses = plan.responses(box, image.whole);
  const auto field = filters::field_of(image, plan.reach(box, image.whole));
  filters::Pool pool(plan.merge);
  for (const auto& chain : plan.chains) {
    const auto boxes = boxes_of(chain, responses, plan.boundary, image.whole);
    filters::Field response;
    for (std::size_t k = 0; k < chain.size(); ++k)
      response = filters::convolve(k == 0 ? field : response, boxes[k + 1], chain[k], plan.boundary, image.whole, stop);
    pool.add(std::move(response));
  }
  filters::Field out = pool.result();
  if (!plan.energy) return out;
  for (double& v : out.values) v = std::abs(v);
  return filters::convolve(out, box, *plan.energy, plan.boundary, image.whole, stop);
}

}  // namespace radloom::convolve
