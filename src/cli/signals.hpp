#pragma once
#include <spdlog/logger.h>

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>

namespace radloom::cli {

/// While it lives, SIGINT and SIGTERM ask for a stop and a second one ends the program at once. Make it before any thread,
/// so that no thread but its own takes these signals.
class StopOnSignal {
 public:
  explicit StopOnSignal(std::shared_ptr<spdlog::logger> log);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const noexcept { return stop_.get_token(); }

 private:
  void wait();

  std::shared_ptr<spdlog::logger> log_;
  std::stop_source stop_;
  std::atomic<bool> closing_{false};
  std::thread thread_;
};

}  // namespace radloom::cli
