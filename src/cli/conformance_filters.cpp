#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "backend/backend.hpp"
#include "cli/conformance.hpp"
#include "cli/ibsi_filters.hpp"
#include "cli/text_table.hpp"
#include "radloom/filter.hpp"
#include "radloom/io.hpp"

namespace radloom::cli {
namespace {

namespace fs = std::filesystem;

#define RL_REFERENCE(...) Reference{__VA_ARGS__},
constexpr Reference chapter_2[] = {
#include "cli/conformance_filter_values.inc"
};
#undef RL_REFERENCE

/// The file of a test's agreed map in a folder, or nothing.
fs::path map_file(const fs::path& folder, std::string test) {
  std::error_code error;
  for (const char* end : {".nii.gz", ".nii"})
    if (const auto file = folder / (test + end); fs::is_regular_file(file, error)) return file;
  std::replace(test.begin(), test.end(), '.', '_');
  for (const char* end : {"-ValidCRM.nii", "-ValidCRM.nii.gz"})
    if (const auto file = folder / (test + end); fs::is_regular_file(file, error)) return file;
  return {};
}

/// The derived image that the study compares, of a phantom.
Volume response(const ibsi_filters::Map& map, const EngineOptions& options, const std::stop_token& stop) {
  Volume wanted;
  std::string problem = "makes no such image";
  derive_images(
      ibsi_filters::config_of(map), options, ibsi_filters::phantom(map.phantom),
      [&](const DerivedVolume& made) {
        if (map.image && made.name != map.image) return;
        wanted = made.volume;
        problem = made.problem;
      },
      stop);
  if (!problem.empty()) throw Error(ErrorCode::internal, fmt::format("{}: {}", map.image_type, problem));
  return wanted;
}

Compared compared(
    const ibsi_filters::Map& map, const fs::path& folder, const EngineOptions& options, const std::stop_token& stop) {
  Compared c{{map.test, "response map", map.image_type, "", "", "", 0, 0, ""}, {}, "", false};
  const fs::path file = map_file(folder, map.test);
  if (file.empty())
    throw Error(ErrorCode::file_missing,
        fmt::format("{} holds no agreed map of this test; looked for {}.nii.gz", folder.string(), map.test));
  const auto worst = ibsi_filters::compare(response(map, options, stop), read_volume(file).volume);
  if (!worst) throw Error(ErrorCode::geometry_mismatch, fmt::format("{}: not the size of the phantom", file.string()));
  c.ours = worst->ours;
  c.reference.value = worst->reference;
  c.reference.tolerance = worst->tolerance;
  c.passed = worst->misses == 0;
  c.remark = fmt::format("voxel {} {} {}", worst->voxel[0], worst->voxel[1], worst->voxel[2]);
  if (!c.passed) c.remark += fmt::format(", one of {} beyond the tolerance", worst->misses);
  return c;
}

std::vector<Compared> compared(const ibsi_filters::Features& f, const Engine& engine, const RegionRecord& region) {
  std::vector<Compared> all;
  const auto& columns = engine.run().columns;
  for (const auto& r : chapter_2) {
    if (r.configuration != f.name) continue;
    Compared c{r, {}, "no such feature", false};
    for (std::size_t k = 0; k < columns.size(); ++k)
      if (columns[k].image_type == f.image && columns[k].feature->ibsi == r.ibsi) take(c, region, k);
    c.passed = c.ours && std::fabs(*c.ours - r.value) <= r.tolerance;
    all.push_back(std::move(c));
  }
  return all;
}

}  // namespace

fs::path response_maps_in(const fs::path& data) {
  for (const char* within : {"", "response_maps", "reference_response_maps", "ibsi2/response_maps",
           "ibsi_2_reference_data/reference_response_maps"})
    if (!map_file(data / within, ibsi_filters::maps[0].test).empty()) return data / within;
  return {};
}

FilterConformance filter_conformance(EngineOptions options, const fs::path& maps, const std::optional<Files>& ct,
    const Session& session, const std::stop_token& stop) {
  FilterConformance out;
  if (!options.backend) options.backend = backend::take_device(options.device, options.threads).backend;
  const auto attempt = [&](const std::string& what, const auto& job) {
    try {
      job();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted) throw;
      session.log->error("{}: {}", what, error.what());
      ++out.failed;
    }
  };
  if (!maps.empty())
    for (const auto& map : ibsi_filters::maps)
      attempt(fmt::format("response map {}", map.test), [&] {
        session.log->debug("response map {}", map.test);
        out.maps.push_back(compared(map, maps, options, stop));
      });
  if (ct)
    attempt("the CT phantom", [&] {
      const Volume image = read_volume(ct->image).volume, mask = read_volume(ct->mask).volume;  // once for all 18
      for (const auto& f : ibsi_filters::features) {
        session.log->debug("configuration {}", f.name);
        const Engine engine(ibsi_filters::config_of(f), options);
        const auto record = engine.extract(image, mask, f.name, stop);
        attempt(fmt::format("configuration {}", f.name), [&] {
          if (record.status != Status::ok) throw Error(ErrorCode::internal, record.error.message);
          const auto values = compared(f, engine, record.regions.at(0));
          out.values.insert(out.values.end(), values.begin(), values.end());
        });
      }
    });
  return out;
}

std::string FilterConformance::counts() const {
  struct Row {
    std::array<std::size_t, 3> passed{}, of{};  // maps, by slice, in space
  };
  std::vector<std::pair<std::string, Row>> rows;
  const auto add = [&](std::string_view filter, int column, bool passed) {
    for (const std::string& name : {std::string(filter == "Original" ? "none" : filter), std::string("all")}) {
      auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.first == name; });
      if (row == rows.end()) row = rows.insert(name == "all" ? rows.end() : rows.end() - !rows.empty(), {name, {}});
      row->second.passed[column] += passed;
      ++row->second.of[column];
    }
  };
  for (const auto& c : values)
    for (const auto& f : ibsi_filters::features)
      if (c.reference.configuration == f.name) add(f.image_type, f.by_slice() ? 1 : 2, c.passed);
  for (const auto& c : maps) add(c.reference.feature, 0, c.passed);
  TextTable table({"filter", "response maps", "values by slice", "values in space"});
  for (const auto& [name, row] : rows) {
    std::vector<std::string> cells{name};
    for (int k = 0; k < 3; ++k)
      cells.push_back(row.of[k] == 0 ? "" : fmt::format("{} of {}", row.passed[k], row.of[k]));
    table.add(cells);
  }
  return table.text();
}

}  // namespace radloom::cli
