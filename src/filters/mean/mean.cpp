#include "filters/mean/mean.hpp"

namespace radloom::mean {

convolve::Plan plan(const filters::Request& request, const DerivedImage&, const filters::Grid&) {
  const Settings& s = request.settings;
  return {{{filters::box_mean(s, s.mean_support)}}, filters::Merge::sum, s.filter_boundary};
}

}  // namespace radloom::mean
