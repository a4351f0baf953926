#pragma once
/// The commands, one file each. `add_` hangs a command into the program; its callback sets Session::action.
#include <CLI/CLI.hpp>

#include "cli/session.hpp"

namespace radloom::cli {

void add_extract(CLI::App& program, Session& session);
void add_batch(CLI::App& program, Session& session);
void add_merge(CLI::App& program, Session& session);
void add_methods(CLI::App& program, Session& session);
void add_filter(CLI::App& program, Session& session);
void add_map(CLI::App& program, Session& session);
void add_catalog(CLI::App& program, Session& session);
void add_check(CLI::App& program, Session& session);
void add_devices(CLI::App& program, Session& session);
void add_schema(CLI::App& program, Session& session);
void add_example(CLI::App& program, Session& session);
void add_conformance(CLI::App& program, Session& session);

}  // namespace radloom::cli
