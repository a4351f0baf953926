#include "cli/session.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace radloom::cli {

ExitStatus exit_status(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::device_unavailable: return exit_no_device;
    case ErrorCode::interrupted: return exit_interrupted;
    default: return exit_usage;
  }
}

std::shared_ptr<spdlog::logger> make_log() {
  const char* no_color = std::getenv("NO_COLOR");
  const auto mode = no_color && *no_color ? spdlog::color_mode::never : spdlog::color_mode::automatic;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode);
  auto log = std::make_shared<spdlog::logger>("radloom", std::move(sink));
  log->set_pattern("%^%l:%$ %v");
  return log;
}

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

}  // namespace radloom::cli
