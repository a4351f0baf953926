#pragma once
/// What every command shares: the log and what the command line asks for.
#include <spdlog/logger.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "cli/exit_status.hpp"

namespace radloom::cli {

struct Session {
  std::shared_ptr<spdlog::logger> log;  ///< to standard error
  bool quiet = false;
  std::function<int()> action;  ///< what the command line asks for; returns an exit status
};

/// A logger that writes "error: ..." lines to standard error, in colour on a terminal unless NO_COLOR is set.
std::shared_ptr<spdlog::logger> make_log();

/// Whether somebody looks at the stream.
bool is_terminal(std::FILE* stream);

}  // namespace radloom::cli
