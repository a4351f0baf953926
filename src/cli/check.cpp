#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/text_table.hpp"
#include "cohort/inspect.hpp"
#include "cohort/manifest.hpp"

namespace radloom::cli {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  bool list_presets = false;
};

bool is_manifest(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return true;
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(
      extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return extension == ".csv" || extension == ".tsv" || extension == ".ndjson" || extension == ".jsonl";
}

/// "ok (...)"; throws Error for what is wrong.
std::string check_config(const std::string& path) {
  ConfigRequest request;
  request.file = path;
  const Config config = load_config(request);
  std::string text = fmt::format("{}: ok ({}, {} features a region, {})", path, convention_name(config.convention),
      columns(config).size(), config.digest);
  for (const auto& warning : config.warnings) text += "; " + warning;
  return text;
}

std::string check_manifest(const std::string& path) {
  const cohort::Manifest manifest = cohort::read_manifest(path);
  std::size_t bad = 0;
  std::string first;
  for (const auto& row : manifest.rows) {
    const std::string problem = cohort::inspect(row);
    if (problem.empty() || bad++) continue;
    first = fmt::format("{}: line {}: {}", path, row.line, problem);
  }
  if (bad > 1) first += fmt::format(" (and {} more of {} rows)", bad - 1, manifest.rows.size());
  if (bad) throw Error(ErrorCode::manifest_invalid, first);
  return fmt::format("{}: ok ({} {})", path, manifest.rows.size(), manifest.rows.size() == 1 ? "case" : "cases");
}

int list_presets() {
  TextTable table({"preset", "what it is"});
  for (const auto& preset : presets())
    table.add({preset.name, preset.available ? preset.description : preset.description + " (not in this release)"});
  write_stdout(table.text());
  return exit_ok;
}

int check(const CheckOptions& options) {
  if (options.list_presets) return list_presets();
  if (options.files.empty())
    throw Error(ErrorCode::usage, "FILE is missing: name configurations or manifests to check, or give --list-presets");
  int status = exit_ok;
  for (const auto& path : options.files) {
    std::string line;
    try {
      line = is_manifest(path) ? check_manifest(path) : check_config(path);
    } catch (const Error& error) {
      const std::string message = error.what();
      line = message.starts_with(path) ? message : path + ": " + message;
      status = exit_usage;
    }
    write_stdout(line + '\n');
  }
  return status;
}

}  // namespace

void add_check(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("check", "Validate configurations and manifests without computing");
  auto options = std::make_shared<CheckOptions>();
  command
      ->add_option("FILE", options->files, "Configurations (.yaml, .yml, .json) and manifests (.csv, .ndjson, .jsonl)")
      ->type_name("");
  command->add_flag("--list-presets", options->list_presets, "Name the built-in configurations");
  add_message_options(*command, session);
  teach(*command,
      {{"radloom check Params.yaml cohort.csv",
           "one line each: ok, or the key or row that is wrong and what would be accepted"},
          {"radloom check --list-presets", "the configurations built into the program"}},
      "  0  all are valid    1  at least one is not\n",
      "radloom schema config; radloom batch MANIFEST --dry-run, which compares the grids too; README.md");
  command->callback([&session, options] { session.action = [options] { return check(*options); }; });
}

}  // namespace radloom::cli
