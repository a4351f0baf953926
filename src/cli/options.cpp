#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace radloom::cli {
namespace {

constexpr const char* shared = "Shared options";

/// "a", "a or b", "a, b or c"
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> words) {
  return CLI::Validator(
      [words = std::move(words)](std::string& value) {
        const bool good = std::find(words.begin(), words.end(), value) != words.end();
        return good ? "" : fmt::format("takes {}, not '{}'", listed(words), value);
      },
      "");
}

CLI::Validator whole_number(int least, const std::string& what) {
  return CLI::Validator(
      [least, what](std::string& value) {
        const bool digits =
            !value.empty() && value.size() < 10 && value.find_first_not_of("0123456789") == std::string::npos;
        return digits && std::stoi(value) >= least
                   ? ""
                   : fmt::format("takes a number of {} from {} on, not '{}'", what, least, value);
      },
      "");
}

ConfigRequest ConfigOptions::request() const {
  if (!file.empty() && !preset.empty())
    throw Error(
        ErrorCode::usage, "--config and --preset are two configurations; give one, and change settings with --set");
  ConfigRequest request;
  if (!file.empty()) request.file = file;
  if (!preset.empty()) request.preset = preset;
  if (!convention.empty()) request.convention = convention == "ibsi" ? Convention::ibsi : Convention::pyradiomics;
  if (!label.empty()) request.label = label;
  for (const auto& text : overrides) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorCode::usage, fmt::format("--set takes KEY=VALUE, such as bin_width=10, not '{}'", text));
    request.overrides.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return request;
}

void add_image(CLI::App& command, std::string& path) {
  command
      .add_option("IMAGE", path, "The volume: .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd, or a DICOM series (its folder)")
      ->required()
      ->type_name("");
}

void add_mask(CLI::App& command, std::string& path) {
  command.add_option("MASK", path, "Its segmentation: a volume on the same grid, or a DICOM RTSTRUCT or SEG")
      ->required()
      ->type_name("");
}

std::string placed(const std::string& message, const std::string& image, const std::string& mask) {
  const bool has_place = message.find(image) != std::string::npos || message.find(mask) != std::string::npos;
  return has_place ? message : fmt::format("{} with {}: {}", image, mask, message);
}

void add_config_options(CLI::App& command, ConfigOptions& options, bool with_label) {
  command.add_option("-c,--config", options.file, "A radloom configuration or a PyRadiomics parameter file")
      ->type_name("FILE")
      ->group(shared);
  command.add_option("--preset", options.preset, "A built-in configuration; see radloom check --list-presets")
      ->type_name("NAME")
      ->group(shared);
  command.add_option("-s,--set", options.overrides, "Override one setting; repeatable")
      ->type_name("KEY=VALUE")
      ->group(shared)
      ->allow_extra_args(false);
  command.add_option("--convention", options.convention, "Numerics and names: ibsi or pyradiomics")
      ->type_name("NAME")
      ->group(shared)
      ->check(one_of({"ibsi", "pyradiomics"}));
  if (with_label)
    command
        .add_option("--label", options.label,
            "One label (default 1), a union such as 1+2, or all: each a region of its own; of a DICOM RTSTRUCT or SEG also "
            "names and patterns (GTV*)")
        ->type_name("N|A+B|all")
        ->group(shared);
}

void add_device_options(CLI::App& command, EngineOptions& options) {
  command.add_option("--device", options.device, "Where to compute: auto, cpu, cuda or cuda:N")
      ->type_name("NAME")
      ->group(shared);
  command.add_option("-j,--threads", options.threads, "CPU threads; all that may be used by default")
      ->type_name("N")
      ->group(shared)
      ->check(whole_number(1, "threads"));
}

void log_device(const RunInfo& run, Session& session) {
  // On a machine without a GPU a line each time would only be in the way.
  const auto level = run.device == "cpu" || run.device_reason.empty() ? spdlog::level::debug : spdlog::level::info;
  session.log->log(level, "computing on {}{}{}", run.device, run.device_reason.empty() ? "" : ": ", run.device_reason);
}

void add_message_options(CLI::App& command, Session& session) {
  command
      .add_option_function<std::string>(
          "--log-level",
          [&session](const std::string& level) { session.log->set_level(spdlog::level::from_str(level)); },
          "Messages to show: debug, info (default), warning, error or off")
      ->type_name("LEVEL")
      ->group(shared)
      ->check(one_of({"debug", "info", "warning", "error", "off"}));
  command
      .add_flag_callback(
          "--quiet",
          [&session] {
            session.quiet = true;
            session.log->set_level(spdlog::level::err);
          },
          "Errors only")
      ->group(shared);
}

void add_later_option(CLI::App& command, const std::string& names, bool takes_value) {
  const auto refuse = [names] {
    throw Error(ErrorCode::usage, fmt::format("{} is not in this release; leave it out", names));
  };
  if (takes_value)
    command.add_option_function<std::string>(names, [refuse](const std::string&) { refuse(); })->group("");
  else command.add_flag_callback(names, refuse)->group("");
}

Config load(const ConfigOptions& options, Session& session) {
  Config config = load_config(options.request());
  for (const auto& warning : config.warnings) session.log->warn("{}", warning);
  return config;
}

void teach(CLI::App& command, std::initializer_list<std::pair<const char*, const char*>> examples,
    const std::string& exit_statuses, const std::string& read_on, const std::string& notes) {
  std::string text = notes + (notes.empty() ? "" : "\n") + "Examples:\n";
  for (const auto& [line, what] : examples) text += fmt::format("  {}\n      {}\n", line, what);
  text += "\nExit status:\n" + exit_statuses;
  command.footer(text + "\nRead on: " + read_on);
}

}  // namespace radloom::cli
