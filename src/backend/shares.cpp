#include "backend/shares.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "catalogue/lookup.hpp"
#include "families/shape/further.hpp"
#include "kernels/shape/pairs_stage.hpp"

namespace radloom::backend {
namespace {

bool is_shape(const Column& c) { return c.feature->family == Family::shape || c.feature->family == Family::shape2d; }

}  // namespace

bool has_kernels(const Region& region, const Column& column) {
  if (region.convention == Convention::pyradiomics) return true;
  const bool further = column.feature->family == Family::shape && shape::is_further(column.feature->index);
  return !further || shape::has_pair_kernels(region.mask.geometry().size);
}

Shares::Shares(const Batch& batch) : batch_(batch) {
  for (std::size_t i = 0; i < batch.regions.size(); ++i) {
    const Region& r = batch.regions[i];
    const auto own = approach_of({}, *r.settings);
    // What the device measures of a region is measured on one mask (but for the distances of GLDZM) and in one approach. Shape has a mask of its
    // own where the two differ.
    std::vector<std::size_t> shape, host, of[approach_count];
    for (std::size_t c = 0; c < r.columns.size(); ++c) {
      const Column& column = r.columns[c];
      (!has_kernels(r, column)                                ? host
          : is_shape(column) && !r.morphological_mask.empty() ? shape
                                                              : of[int(approach_of(column.aggregation, *r.settings))])
          .push_back(c);
    }
    if (of[int(own)].size() == r.columns.size()) {
      there_.push_back({r, own, true});
      parts_there_.push_back({i, true, {}, {}});
      continue;
    }
    const auto add_there = [&](std::vector<std::size_t> columns, Approach approach, bool keeps_matrices) {
      there_.push_back({r, approach, keeps_matrices});
      add(parts_there_, i, std::move(columns));
    };
    if (!shape.empty()) {
      add_there(std::move(shape), own, false);
      there_.back().mask = r.morphological_mask;
      there_.back().intensity_mask = r.mask;
    }
    for (int a = 0; a < approach_count; ++a) {
      const bool keeps = Approach(a) == own;
      if (!of[a].empty() || (keeps && batch.keep_matrices)) add_there(std::move(of[a]), Approach(a), keeps);
    }
    if (!host.empty()) {
      here_.push_back(r);
      add(parts_here_, i, std::move(host));
    }
  }
  // The parts stay where they are from now on.
  for (std::size_t p = 0; p < there_.size(); ++p)
    if (!parts_there_[p].whole) there_[p].columns = parts_there_[p].own;
  for (std::size_t p = 0; p < here_.size(); ++p) here_[p].columns = parts_here_[p].own;
}

void Shares::add(std::vector<Part>& parts, std::size_t region, std::vector<std::size_t> columns) {
  Part part{region, false, std::move(columns), {}};
  for (const auto c : part.columns) part.own.push_back(batch_.regions[region].columns[c]);
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
        to.warnings.push_back(
            fmt::format("{} of {} columns have no kernels for a region of this size and were computed on the CPU",
                part.columns.size(), columns.size()));
    }
  };
  take(measured.first, parts_there_, false);
  take(measured.second, parts_here_, true);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!out[i].failure.code.empty()) out[i].values.clear();
  return out;
}

}  // namespace radloom::backend
