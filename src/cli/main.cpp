/// The program: reads its line, runs one command, and turns whatever goes wrong into one line and an exit status.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <new>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/usage.hpp"
#include "radloom/engine.hpp"

namespace radloom::cli {
namespace {

int run(int count, char** arguments, Session& session) {
  CLI::App program("radloom: radiomic features of medical volumes and their segmentations", "radloom");
  program.set_version_flag("--version", fmt::format("radloom {} (numerics {})", version(), numerics_version()),
      "Print the version and leave");
  program.set_help_flag("-h,--help", "Print this help and leave");
  program.require_subcommand(0, 1);
  program.get_formatter()->column_width(34);
  add_extract(program, session);
  add_batch(program, session);
  add_map(program, session);
  add_merge(program, session);
  add_methods(program, session);
  add_filter(program, session);
  add_catalog(program, session);
  add_check(program, session);
  add_devices(program, session);
  add_schema(program, session);
  add_example(program, session);
  add_conformance(program, session);
  teach(program,
      {{"radloom example demo && radloom batch demo/manifest.csv --label all -o demo/out",
           "make a small cohort and measure every region of it"},
          {"radloom extract ct.nii.gz mask.nii.gz --preset pyradiomics -o features.json",
              "one case, with PyRadiomics' names and values"},
          {"radloom catalog --preset ibsi", "the features that makes, with their IBSI identifiers"}},
      "  0  everything asked for was computed (undefined features are no failure)\n"
      "  1  wrong usage or configuration\n"
      "  2  some cases failed or are partial; their records say why\n"
      "  3  no case could be computed\n"
      "  4  the device asked for cannot be had\n"
      "  5  interrupted; batch goes on with --resume\n",
      "radloom COMMAND --help, and README.md");
  try {
    program.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error, std::cout, std::cerr);
    session.log->error("{}", explain(program, error));
    return exit_usage;
  }
  if (session.action) return session.action();
  std::cout << program.help();
  return exit_usage;
}

/// What one case gives back serves the next: glibc returns blocks of over 128 KiB to the system, which clears every page of the next one.
/// Blocks of over 32 MiB, and what is idle beyond 32 MiB of each thread, still go back.
void keep_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
#endif
}

}  // namespace
}  // namespace radloom::cli

int main(int count, char** arguments) {
  using namespace radloom;
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of writing, not the end of a batch
  std::signal(SIGXFSZ, SIG_IGN);  // and so is a file that may not grow
  cli::keep_memory();
  cli::Session session;
  session.log = cli::make_log();
  try {
    return cli::run(count, arguments, session);
  } catch (const Error& error) {
    session.log->error("{}", error.what());
    return cli::exit_status(error.code());
  } catch (const cli::ReaderGone&) {
    return cli::exit_usage;
  } catch (const std::bad_alloc&) {
    session.log->error("not enough memory; try fewer threads with --threads");
    return cli::exit_none_computed;
  } catch (const std::exception& error) {
    session.log->error("a defect of radloom, please report it: {}", error.what());
    return cli::exit_usage;
  }
}
