#include <fmt/format.h>

#include "cli/commands.hpp"
#include "radloom/engine.hpp"

namespace radloom::cli {

void add_later_commands(CLI::App& program, Session& session) {
  constexpr std::pair<const char*, const char*> commands[] = {
      {"merge", "One table out of a cohort's records"},
      {"methods", "The methods section of a run"},
  };
  for (const auto& [name, what] : commands) {
    CLI::App* command = program.add_subcommand(name, what)->group("Not in this release")->allow_extras();
    command->footer(fmt::format("radloom {} is not in release {}; radloom --help lists what is.", name, version()));
    command->callback([&session, name = std::string(name)] {
      session.action = [name]() -> int {
        throw Error(ErrorCode::usage,
            fmt::format("radloom {} is not in release {}; radloom --help lists what is", name, version()));
      };
    });
  }
}

}  // namespace radloom::cli
