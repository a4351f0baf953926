#pragma once
/// The options that mean the same under every command.
#include <CLI/CLI.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/session.hpp"
#include "radloom/config.hpp"
#include "radloom/engine.hpp"

namespace radloom::cli {

/// Accepts one of a few words.
CLI::Validator one_of(std::vector<std::string> words);
/// Accepts a whole number from `least` on, of at most nine digits; `what` it counts.
CLI::Validator whole_number(int least, const std::string& what);

struct ConfigOptions {
  std::string file, preset, convention, label;
  std::vector<std::string> overrides;

  bool given() const {
    return !file.empty() || !preset.empty() || !convention.empty() || !label.empty() || !overrides.empty();
  }
  /// Throws Error(usage) for a --set that is no KEY=VALUE, and for a file and a preset at once.
  ConfigRequest request() const;
};

/// IMAGE, the first word of a command.
void add_image(CLI::App& command, std::string& path);
/// MASK, the second.
void add_mask(CLI::App& command, std::string& path);
/// A message about a case, with the files it is about where it names neither.
std::string placed(const std::string& message, const std::string& image, const std::string& mask);

/// --config, --preset, --set, --convention and, where regions are measured, --label.
void add_config_options(CLI::App& command, ConfigOptions& options, bool with_label);

/// --device and --threads.
void add_device_options(CLI::App& command, EngineOptions& options);

/// Says where it is computed and, where that was left to radloom, why.
void log_device(const RunInfo& run, Session& session);

/// --log-level and --quiet; they act while the line is parsed.
void add_message_options(CLI::App& command, Session& session);

/// An option of INTERFACE.md that this release does not have: using it is an error that says so.
void add_later_option(CLI::App& command, const std::string& names, bool takes_value);

/// Loads the configuration and logs its warnings.
Config load(const ConfigOptions& options, Session& session);

/// The end of a --help: worked examples (command, what it does), exit statuses, where to read on; notes come first.
void teach(CLI::App& command, std::initializer_list<std::pair<const char*, const char*>> examples,
    const std::string& exit_statuses, const std::string& read_on, const std::string& notes = {});

}  // namespace radloom::cli
