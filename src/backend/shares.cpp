#include "backend/shares.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "catalogue/lookup.hpp"
#include "families/shape/further.hpp"

namespace radloom::backend {
namespace {

bool is_shape(const Column& c) { return c.feature->family == Family::shape || c.feature->family == Family::shape2d; }

}  // namespace

bool has_kernels(const Region& region, const Column& column) {
  if (region.convention == Convention::pyradiomics) return true;
  const Settings& s = *region.settings;
  const Family family = column.feature->family;
  if (!is_pyradiomics_class(family) && family != Family::gldzm) return false;
  if (family == Family::shape) return !shape::is_further(column.feature->index);
  if (approach_of(column.aggregation, s) != approach_of({}, s)) return false;
  if (family == Family::glcm || family == Family::glrlm)
    return s.distance_weighting == DistanceWeighting::none || !column.aggregation.suffix.ends_with("_mrg");
  if (family == Family::gldm || family == Family::ngtdm)
    for (int d = 1; d < *std::max_element(s.distances.begin(), s.distances.end()); ++d)
      if (std::find(s.distances.begin(), s.distances.end(), d) == s.distances.end()) return false;
  return true;
}

Shares::Shares(const Batch& batch) : batch_(batch) {
  for (std::size_t i = 0; i < batch.regions.size(); ++i) {
    const Region& r = batch.regions[i];
    // What the device measures of a region is measured on one mask (but for the distances of GLDZM): shape has its own where the two differ.
    std::vector<std::size_t> shape, others, host;
    for (std::size_t c = 0; c < r.columns.size(); ++c)
      (!has_kernels(r, r.columns[c]) ? host : is_shape(r.columns[c]) ? shape : others).push_back(c);
    if (r.morphological_mask.empty()) {
      others.insert(others.end(), shape.begin(), shape.end());
      std::sort(others.begin(), others.end());
      shape.clear();
    }
    if (!shape.empty()) {
      add(there_, parts_there_, i, std::move(shape));
      there_.back().mask = r.morphological_mask;
    }
    if (others.size() == r.columns.size()) add_whole(i);
    else if (!others.empty() || batch.keep_matrices) add(there_, parts_there_, i, std::move(others));
    if (!host.empty()) add(here_, parts_here_, i, std::move(host));
  }
  // The parts stay where they are from now on.
  for (auto [regions, parts] : {std::pair(&there_, &parts_there_), std::pair(&here_, &parts_here_)})
    for (std::size_t p = 0; p < parts->size(); ++p)
      if (!(*parts)[p].whole) (*regions)[p].columns = (*parts)[p].own;
}

void Shares::add_whole(std::size_t region) {
  there_.push_back(batch_.regions[region]);
  parts_there_.push_back({region, true, {}, {}});
}

void Shares::add(
    std::vector<Region>& regions, std::vector<Part>& parts, std::size_t region, std::vector<std::size_t> columns) {
  const Region& r = batch_.regions[region];
  regions.push_back(r);
  Part part{region, false, std::move(columns), {}};
  for (const auto c : part.columns) part.own.push_back(r.columns[c]);
  parts.push_back(std::move(part));
}

std::vector<Measurement> Shares::put_together(
    std::pair<std::vector<Measurement>, std::vector<Measurement>> measured) const {
  std::vector<Measurement> out(batch_.regions.size());
  std::vector<char> begun(out.size());
  const auto take = [&](std::vector<Measurement>& from, const std::vector<Part>& parts, bool host) {
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const Part& part = parts[p];
      Measurement& to = out[part.region];
      Measurement& m = from[p];
      if (part.whole) {
        to = std::move(m);
        continue;
      }
      const auto columns = batch_.regions[part.region].columns;
      if (!begun[part.region]) to.values.resize(columns.size());
      begun[part.region] = true;
      if (!m.failure.code.empty() && to.failure.code.empty()) to.failure = m.failure;
      for (std::size_t c = 0; c < m.values.size(); ++c) to.values[part.columns[c]] = m.values[c];
      to.warnings.insert(to.warnings.end(), m.warnings.begin(), m.warnings.end());
      to.matrices_ms += m.matrices_ms;
      to.features_ms += m.features_ms;
      if (m.matrices) to.matrices = std::move(m.matrices);
      if (host)
        to.warnings.push_back(fmt::format(
            "{} of {} columns have no kernels yet and were computed on the CPU", part.columns.size(), columns.size()));
    }
  };
  take(measured.first, parts_there_, false);
  take(measured.second, parts_here_, true);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!out[i].failure.code.empty()) out[i].values.clear();
  return out;
}

}  // namespace radloom::backend
