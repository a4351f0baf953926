#include "cli/usage.hpp"

#include <fmt/format.h>

#include <vector>

#include "config/nearest.hpp"

namespace radloom::cli {
namespace {

std::vector<std::string> long_options(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const auto* command : program.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

/// The first argument nobody wanted; options come before values, for a value may have belonged to an unknown option.
std::string unwanted(const CLI::App& command) {
  const auto rest = command.remaining();
  for (const auto& argument : rest)
    if (argument.size() > 1 && argument[0] == '-') return argument;
  return rest.empty() ? std::string() : rest[0];
}

}  // namespace

std::string explain(const CLI::App& program, const CLI::ParseError& error) {
  const auto used = program.get_subcommands();
  const CLI::App& command = used.empty() ? program : *used[0];
  const std::string name = used.empty() ? "radloom" : "radloom " + command.get_name();
  std::string argument = unwanted(command);
  if (argument.empty() && !used.empty()) argument = unwanted(program);
  std::string problem = error.what();
  if (argument.starts_with('-')) {
    const std::string option = argument.substr(0, argument.find('='));
    problem = fmt::format("unknown option {}{}", option, config::did_you_mean(option, long_options(command)));
  } else if (!argument.empty() && used.empty()) {
    problem = fmt::format("unknown command '{}'{}", argument, config::did_you_mean(argument, command_names(program)));
  } else if (!argument.empty()) {
    problem = fmt::format("one argument too many: '{}'", argument);
  } else if (dynamic_cast<const CLI::RequiredError*>(&error) && problem.ends_with(" is required")) {
    problem = fmt::format("{} is missing", problem.substr(0, problem.size() - 12));
  }
  for (char& c : problem)
    if (c == '\n') c = ' ';
  return fmt::format("{}; see {} --help", problem, name);
}

}  // namespace radloom::cli
