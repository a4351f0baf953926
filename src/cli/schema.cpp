#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "radloom/config.hpp"
#include "radloom/record.hpp"

namespace radloom::cli {

void add_schema(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("schema", "The JSON Schema of a record or of a configuration");
  auto what = std::make_shared<std::string>(), out = std::make_shared<std::string>();
  command->add_option("WHAT", *what, "case or config")->required()->type_name("")->check(one_of({"case", "config"}));
  command->add_option("-o,--out", *out, "File to write; - is standard output (default)")->type_name("PATH");
  add_message_options(*command, session);
  teach(*command,
      {{"radloom schema case -o case.schema.json", "what a record of radloom.case/1 looks like"},
          {"radloom schema config", "every key of a configuration, for an editor that completes and checks"}},
      "  0  written    1  wrong usage, or the file cannot be written\n", "radloom extract --help; README.md");
  command->callback([&session, what, out] {
    session.action = [what, out]() -> int {
      Output(*out).write((*what == "case" ? case_schema() : config_schema()) + '\n');
      return exit_ok;
    };
  });
}

}  // namespace radloom::cli
