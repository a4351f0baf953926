#include "cli/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

#include "cli/session.hpp"

namespace radloom::cli {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

StopOnSignal::StopOnSignal(std::shared_ptr<spdlog::logger> log) : log_(std::move(log)) {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { wait(); });
}

StopOnSignal::~StopOnSignal() {
  closing_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void StopOnSignal::wait() {
  const sigset_t signals = stop_signals();
  for (int got = 0;; ++got) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (closing_) return;
    if (got > 0) ::_exit(exit_interrupted);
    log_->warn("stopping; once more to leave at once");
    stop_.request_stop();
  }
}

}  // namespace radloom::cli
