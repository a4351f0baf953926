#pragma once
/// What every command shares: the log, exit statuses and how an error becomes one line.
#include <spdlog/logger.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "radloom/error.hpp"

namespace radloom::cli {

/// Exit statuses, as INTERFACE.md and every --help list them.
enum ExitStatus : int {
  exit_ok = 0,             ///< everything asked for was computed
  exit_usage = 1,          ///< wrong usage or configuration
  exit_some_failed = 2,    ///< some cases failed or are partial
  exit_none_computed = 3,  ///< no case could be computed
  exit_no_device = 4,      ///< the device asked for cannot be had
  exit_interrupted = 5,    ///< interrupted, and resumable
};

/// The status with which the program ends when this error reaches it.
ExitStatus exit_status(ErrorCode code) noexcept;

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
