#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace radloom::cli {

/// What is wrong with a command line, as one line: names unknown options and commands with the nearest known one, and ends
/// with the --help to read.
std::string explain(const CLI::App& program, const CLI::ParseError& error);

}  // namespace radloom::cli
