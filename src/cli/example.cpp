#include "cohort/example.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"

namespace radloom::cli {

void add_example(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("example", "Write a small cohort to try radloom on");
  auto folder = std::make_shared<std::string>();
  command->add_option("DIR", *folder, "Folder to write into")->required()->type_name("");
  add_message_options(*command, session);
  teach(*command,
      {{"radloom example demo",
           "six synthetic volumes (three CT-like, three MR-like), masks of three labels, manifest.csv, labels.csv"},
          {"radloom batch demo/manifest.csv --label all -o demo/out", "the features of all eighteen regions"},
          {"radloom extract demo/ct-1_image.nii.gz demo/ct-1_mask.nii.gz --label 2+3",
              "those of one tumour, its necrotic core included"}},
      "  0  written    1  the folder cannot be written    5  interrupted\n", "README.md");
  command->callback([&session, folder] {
    session.action = [&session, folder]() -> int {
      const StopOnSignal stop(session.log);
      cohort::write_example_cohort(*folder, stop.token());
      const auto manifest = std::filesystem::path(*folder) / "manifest.csv";
      session.log->info("wrote {} cases; next: radloom batch {} --label all -o {}", cohort::example_cases,
          manifest.string(), (std::filesystem::path(*folder) / "out").string());
      return exit_ok;
    };
  });
}

}  // namespace radloom::cli
