#include "cohort/methods.hpp"

#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace radloom::cli {
namespace {

struct MethodsOptions {
  ConfigOptions config;
  std::string folder, out;
};

int methods(const MethodsOptions& options, Session& session) {
  if (!options.folder.empty() && options.config.given())
    throw Error(ErrorCode::usage, "a folder's run has its configuration; give DIR or a configuration, not both");
  if (options.folder.empty() && !options.config.given())
    throw Error(ErrorCode::usage,
        "DIR is missing: name a folder that radloom batch wrote, or a configuration with --preset or --config");
  const std::string text = options.folder.empty() ? cohort::methods_text(load(options.config, session), {})
                                                  : cohort::methods_text(options.folder);
  Output(options.out).write(text);
  return exit_ok;
}

}  // namespace

void add_methods(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("methods", "The methods section of a run");
  auto options = std::make_shared<MethodsOptions>();
  command->add_option("DIR", options->folder, "A folder that radloom batch wrote with --out")->type_name("");
  command->add_option("-o,--out", options->out, "File to write; - is standard output (default)")->type_name("PATH");
  add_config_options(*command, options->config, true);
  add_message_options(*command, session);
  teach(*command,
      {{"radloom methods features", "what a run computed, from its run.json: sentences for a paper, with what to cite"},
          {"radloom methods --preset ibsi --set bin_width=10",
              "the same of a configuration, before anything is computed"}},
      "  0  written    1  wrong usage or configuration, or no run there\n",
      "the IBSI reference manual's reporting guideline; radloom catalog; README.md");
  command->callback(
      [&session, options] { session.action = [&session, options] { return methods(*options, session); }; });
}

}  // namespace radloom::cli
