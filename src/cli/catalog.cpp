#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/text_table.hpp"
#include "cohort/csv.hpp"

namespace radloom::cli {
namespace {

struct CatalogOptions {
  ConfigOptions config;
  std::string format = "table", out;
};

/// A line of the catalogue; empty text stands for null.
struct Entry {
  std::string name, family, feature, ibsi, aggregation, unit, definition;
};

/// The columns a configuration makes, in order.
std::vector<Entry> entries(const Config& config) {
  std::vector<Entry> made;
  for (const Column& column : columns(config)) {
    const auto& f = *column.feature;
    const bool standard = config.convention == Convention::ibsi;
    made.push_back({column.name, std::string(standard ? f.ibsi_family : family_name(f.family)),
        std::string(standard ? f.ibsi_feature : f.pyradiomics), std::string(f.ibsi),
        std::string(column.aggregation.ibsi), std::string(f.unit), std::string(f.definition)});
  }
  return made;
}

/// Every feature there is, under PyRadiomics' name or the standard's where that has it alone; the IBSI names of its twin come with --convention ibsi or a configuration.
std::vector<Entry> entries() {
  std::vector<Entry> made;
  for (const auto& f : features())
    made.push_back({fmt::format("{}_{}", family_name(f.family), own_name(f)), std::string(family_name(f.family)),
        std::string(own_name(f)), std::string(f.ibsi), {}, std::string(f.unit), std::string(f.definition)});
  return made;
}

std::string as_json(const std::vector<Entry>& list) {
  using Json = nlohmann::ordered_json;
  const auto or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  Json json = Json::array();
  for (const auto& e : list)
    json.push_back({{"name", e.name}, {"family", e.family}, {"feature", e.feature}, {"ibsi", or_null(e.ibsi)},
        {"aggregation", or_null(e.aggregation)}, {"unit", e.unit}, {"definition", e.definition}});
  return json.dump(2) + '\n';
}

std::string as_csv(const std::vector<Entry>& list) {
  std::string text = "name,family,feature,ibsi,aggregation,unit,definition\n";
  for (const auto& e : list)
    text += fmt::format("{},{},{},{},{},{},{}\n", cohort::csv_field(e.name), e.family, e.feature, e.ibsi, e.aggregation,
        cohort::csv_field(e.unit), cohort::csv_field(e.definition));
  return text;
}

std::string as_table(const std::vector<Entry>& list) {
  TextTable table({"name", "ibsi", "aggregation", "unit", "definition"});
  for (const auto& e : list) table.add({e.name, e.ibsi, e.aggregation, e.unit, e.definition});
  return table.text();
}

int catalog(const CatalogOptions& options, Session& session) {
  const auto list = options.config.given() ? entries(load(options.config, session)) : entries();
  const Output output(options.out);
  output.write(options.format == "json" ? as_json(list) : options.format == "csv" ? as_csv(list) : as_table(list));
  return exit_ok;
}

}  // namespace

void add_catalog(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("catalog", "Every feature: name, IBSI identifier, unit, definition");
  auto options = std::make_shared<CatalogOptions>();
  command->add_option("--format", options->format, "table (default), json or csv")
      ->type_name("NAME")
      ->check(one_of({"table", "json", "csv"}));
  command->add_option("-o,--out", options->out, "File to write; - is standard output (default)")->type_name("PATH");
  add_config_options(*command, options->config, false);
  add_message_options(*command, session);
  teach(*command,
      {{"radloom catalog", "every feature there is, with its definition"},
          {"radloom catalog --preset ibsi --format csv", "exactly the columns that configuration makes, in order"},
          {"radloom catalog -c Params.yaml --format json", "the same of a parameter file, for a program"}},
      "  0  written    1  wrong usage or configuration\n",
      "the IBSI reference manual, whose identifiers stand in the column ibsi; README.md");
  command->callback(
      [&session, options] { session.action = [&session, options] { return catalog(*options, session); }; });
}

}  // namespace radloom::cli
