#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/conformance.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/text_table.hpp"
#include "cohort/csv.hpp"
#include "radloom/engine.hpp"

namespace radloom::cli {
namespace {

namespace fs = std::filesystem;

#define RL_REFERENCE(...) Reference{__VA_ARGS__},
constexpr Reference chapter_1[] = {
#include "cli/conformance_values.inc"
};
#undef RL_REFERENCE

struct ConformanceOptions {
  EngineOptions engine;
  std::string data, out;
};

/// The rule of the reference tables: ours, rounded to three significant digits, differs by the tolerance at most.
bool passes(double ours, const Reference& r) {
  if (!std::isfinite(ours)) return false;
  const double rounded = ours == 0 ? 0 : std::stod(fmt::format("{:.2e}", ours));
  return std::fabs(rounded - r.value) <= r.tolerance + 1e-12 * std::fabs(r.value);  // decimals have no exact doubles
}

/// Whether a column is what a reference value is of. Two pairs of features of the intensity-volume histogram share identifiers and differ in
/// their threshold, 10 or 90 %, which both names carry.
bool is_of(const Column& column, const Reference& r) {
  const std::string_view aggregation = column.aggregation.ibsi.empty() ? "DHQ4" : column.aggregation.ibsi;
  if (column.feature->ibsi != r.ibsi || aggregation != r.aggregation) return false;
  if (r.ibsi != "BC2M" && r.ibsi != "GBPN") return true;
  const std::string_view threshold = r.tag.ends_with("90") ? "90" : "10";
  return column.feature->ibsi_feature.find(threshold) != std::string_view::npos;
}

std::vector<Compared> compare(std::string_view configuration, const RunInfo& run, const RegionRecord& region) {
  std::vector<Compared> all;
  for (const auto& r : chapter_1) {
    if (r.configuration != configuration) continue;
    Compared c{r, {}, "no such feature", false};
    for (std::size_t k = 0; k < run.columns.size(); ++k) {
      if (!is_of(run.columns[k], r)) continue;
      take(c, region, k);
      break;
    }
    c.passed = c.ours && passes(*c.ours, r);
    all.push_back(std::move(c));
  }
  return all;
}

/// The digital phantom of IBSI 1 (A. Zwanenburg et al., CC BY 4.0): 5 x 4 x 4 voxels of 2 mm.
std::pair<Volume, Volume> digital_phantom() {
  std::vector<std::uint8_t> levels{1, 4, 4, 1, 1, 1, 4, 6, 1, 1, 4, 1, 6, 4, 1, 4, 4, 6, 4, 1,  //
      1, 4, 4, 1, 1, 1, 1, 6, 1, 1, 1, 1, 3, 1, 1, 4, 4, 6, 1, 1,                               //
      1, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 1, 1, 1, 1, 6, 1, 1,                               //
      1, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 1, 1};
  std::vector<std::uint8_t> inside(levels.size(), 1);
  for (const int outside : {30, 43, 44, 52, 63, 64}) inside[std::size_t(outside)] = 0;
  Geometry grid;
  grid.size = {5, 4, 4};
  grid.spacing_mm = {2, 2, 2};
  return {Volume::from(grid, std::move(levels)), Volume::from(grid, std::move(inside))};
}

/// Looks where the consortium's own data set has them, and for image.nii.gz and mask.nii.gz.
std::optional<Files> ct_phantom(const fs::path& folder) {
  std::error_code error;
  for (const char* within : {"", "ct_phantom", "ibsi_1_ct_radiomics_phantom", "ibsi1/ct_phantom"})
    for (const auto& [image, mask] :
        {std::pair{"image.nii.gz", "mask.nii.gz"}, std::pair{"nifti/image/phantom.nii.gz", "nifti/mask/mask.nii.gz"}}) {
      const Files files{folder / within / image, folder / within / mask};
      if (fs::is_regular_file(files.image, error) && fs::is_regular_file(files.mask, error)) return files;
    }
  return {};
}

/// What --data names: the CT phantom, the agreed response maps, or both. Throws Error(usage).
struct Data {
  std::optional<Files> ct;
  fs::path maps;

  explicit Data(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error))
      throw Error(ErrorCode::usage, fmt::format("--data {}: there is no such folder", folder.string()));
    ct = ct_phantom(folder);
    maps = response_maps_in(folder);
    if (!ct && maps.empty())
      throw Error(ErrorCode::usage,
          fmt::format("--data {}: holds neither the CT phantom (image.nii.gz with mask.nii.gz, or "
                      "nifti/image/phantom.nii.gz with nifti/mask/mask.nii.gz, there or in ct_phantom or "
                      "ibsi_1_ct_radiomics_phantom) nor response maps (1.a.1.nii.gz or 1_a_1-ValidCRM.nii, there or in "
                      "response_maps or reference_response_maps)",
              folder.string()));
  }
  Data() = default;
};

/// What a value is written as in the report: shortest that reads back.
std::string number(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; }

/// The table of the consortium's comparisons (data set, family, image biomarker, consensus, benchmark value, tolerance, tag), ours beside.
std::string report(const std::vector<Compared>& all) {
  std::string text =
      "data_set,family,image_biomarker,ibsi_id,aggregation_id,tag,consensus,benchmark_value,tolerance,result,passed,"
      "remark\n";
  for (const auto& c : all) {
    const auto& r = c.reference;
    const std::string set = r.configuration == "digital" ? "digital phantom"
                            : r.family == "response map" ? fmt::format("test {}", r.configuration)
                                                         : fmt::format("configuration {}", r.configuration);
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", set, r.family,
        cohort::csv_field(std::string(r.feature)), r.ibsi, r.aggregation, r.tag, r.consensus, number(r.value),
        number(r.tolerance), number(c.ours), c.passed ? "yes" : "no", cohort::csv_field(c.remark));
  }
  return text;
}

/// Passed of all, by family and configuration.
std::string counts(const std::vector<Compared>& all, const std::vector<std::string>& configurations) {
  std::vector<std::string> header{"family"};
  header.insert(header.end(), configurations.begin(), configurations.end());
  TextTable table(header);
  std::vector<std::string_view> families;
  for (const auto& r : chapter_1)
    if (std::find(families.begin(), families.end(), r.family) == families.end()) families.push_back(r.family);
  const auto row = [&](const std::string& name, std::string_view family) {
    std::vector<std::string> cells{name};
    for (const auto& configuration : configurations) {
      int passed = 0, of = 0;
      for (const auto& c : all)
        if (c.reference.configuration == configuration && (family.empty() || c.reference.family == family)) {
          passed += c.passed;
          ++of;
        }
      cells.push_back(fmt::format("{} of {}", passed, of));
    }
    table.add(cells);
  };
  for (const auto family : families) row(std::string(family), family);
  row("all", "");
  return table.text();
}

std::string misses(const std::vector<Compared>& all) {
  TextTable table({"configuration", "family", "feature", "aggregation", "ours", "reference", "tolerance"});
  for (const auto& c : all)
    if (const auto& r = c.reference; !c.passed)
      table.add({std::string(r.configuration), std::string(r.family), std::string(r.feature),
          r.aggregation == "DHQ4" ? "" : std::string(r.aggregation), c.ours ? fmt::format("{:.6g}", *c.ours) : c.remark,
          number(r.value), number(r.tolerance)});
  return table.empty() ? "" : table.text();
}

std::size_t passed(const std::vector<Compared>& all) {
  return std::size_t(std::count_if(all.begin(), all.end(), [](const Compared& c) { return c.passed; }));
}

int conformance(const ConformanceOptions& options, Session& session) {
  const Data data = options.data.empty() ? Data() : Data(options.data);
  const auto& ct = data.ct;
  const Output output(options.out);
  const StopOnSignal stop(session.log);
  std::vector<std::string> configurations{"digital"};
  if (ct) configurations.insert(configurations.end(), {"A", "B", "C", "D", "E"});
  std::vector<std::string> computed;
  std::vector<Compared> all;
  for (const auto& name : configurations) {
    ConfigRequest request;
    request.preset = name == "digital" ? "ibsi1-digital" : fmt::format("ibsi1-{}", char(name[0] - 'A' + 'a'));
    const Engine engine(load_config(request), options.engine);
    if (name == "digital") log_device(engine.run(), session);
    session.log->debug("configuration {}", name);
    CaseRecord record;
    if (name == "digital") {
      const auto [image, mask] = digital_phantom();
      record = engine.extract(image, mask, name, stop.token());
    } else {
      CaseInput input;
      input.case_id = name;
      input.image = ct->image;
      input.mask = ct->mask;
      record = engine.extract(input, stop.token());
    }
    if (record.status != Status::ok) {
      session.log->error("configuration {}: {}", name, record.error.message);
      continue;
    }
    computed.push_back(name);
    const auto compared = compare(name, engine.run(), record.regions.at(0));
    all.insert(all.end(), compared.begin(), compared.end());
  }
  if (computed.empty()) return exit_none_computed;

  const auto filters = filter_conformance(options.engine, data.maps, ct, session, stop.token());
  std::vector<Compared> written = all;
  written.insert(written.end(), filters.values.begin(), filters.values.end());
  written.insert(written.end(), filters.maps.begin(), filters.maps.end());
  if (!options.out.empty()) output.write(report(written));
  if (options.out != "-") {
    const auto missed = misses(written);
    std::string text = counts(all, computed) + '\n';
    if (!filters.values.empty() || !filters.maps.empty()) text += filters.counts() + '\n';
    if (!missed.empty()) text += missed + '\n';
    text += fmt::format("{} of {} reference values reproduced\n", passed(all), all.size());
    if (!filters.values.empty())
      text += fmt::format("{} of {} reference values of chapter 2 (filters) reproduced\n", passed(filters.values),
          filters.values.size());
    if (!filters.maps.empty())
      text +=
          fmt::format("{} of {} response maps reproduced, voxel by voxel\n", passed(filters.maps), filters.maps.size());
    write_stdout(text);
  }
  if (!ct)
    session.log->info(
        "the CT phantom (configurations A to E, and 1.A to 9.B of filters) was left out; name its folder with --data");
  if (data.maps.empty())
    session.log->info("the response maps of chapter 2 were left out; name their folder with --data");
  const bool everything =
      computed.size() == configurations.size() && filters.failed == 0 && passed(written) == written.size();
  return everything ? exit_ok : exit_some_failed;
}

}  // namespace

void take(Compared& compared, const RegionRecord& region, std::size_t column) {
  const auto& value = region.values.at(column);
  const bool defined = value.undefined == Undefined::none;
  compared.ours = defined ? std::optional(value.value) : std::nullopt;
  compared.remark = defined ? "" : undefined_name(value.undefined);
}

void add_conformance(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("conformance", "Reference values of the IBSI phantoms, ours beside them");
  auto options = std::make_shared<ConformanceOptions>();
  command
      ->add_option("--data", options->data,
          "Folder with the CT phantom of the IBSI as NIfTI, its agreed response maps, or both; without it, the digital "
          "phantom alone, which is built in")
      ->type_name("DIR");
  command
      ->add_option("-o,--out", options->out,
          "Write every value as CSV too, as the IBSI's tables have them; - is standard output")
      ->type_name("PATH");
  add_device_options(*command, options->engine);
  add_later_option(*command, "--memory-limit", true);
  add_message_options(*command, session);
  teach(*command,
      {{"radloom conformance", "the 482 values of the digital phantom, by family"},
          {"radloom conformance --data ibsi/data_sets -o report.csv",
              "those of configurations A to E too, with chapter 2 (image filters), and every value in a table"}},
      "  0  every value is reproduced    1  wrong usage    2  some values are not, or some configurations failed\n"
      "  3  no configuration could be computed    4  the device cannot be had    5  interrupted\n",
      "the IBSI's manuals (arXiv:1612.07003, arXiv:2006.05470); the phantoms: github.com/theibsi/data_sets; the response\n"
      "maps: github.com/theibsi/ibsi_2_reference_data",
      "A value is reproduced where ours, rounded to three significant digits, differs by the tolerance at most; one of chapter 2\n"
      "where ours does as it is. A response map is where every voxel differs by 1% of the map's range at most; the table shows\n"
      "the voxel that differs most.\n");
  command->callback(
      [&session, options] { session.action = [&session, options] { return conformance(*options, session); }; });
}

}  // namespace radloom::cli
