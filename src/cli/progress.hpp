#pragma once
#include <chrono>
#include <string>

#include "cli/session.hpp"
#include "cohort/batch.hpp"
#include "radloom/map.hpp"

namespace radloom::cli {

/// How far a cohort or a map is, on standard error: a bar on a terminal, a line every few seconds in a log.
class Progress {
 public:
  explicit Progress(const Session& session);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const cohort::BatchProgress& progress);
  void show(const MapProgress& progress);
  /// Takes the bar away, so that a message can be written.
  void clear();

 private:
  /// Whether it is time to show something again.
  bool is_due();
  /// `part` of the work is done, 0 to 1.
  void draw(double part, const std::string& state);

  using Clock = std::chrono::steady_clock;
  const Session& session_;
  bool bar_, drawn_ = false;
  Clock::time_point start_ = Clock::now(), last_ = start_;
};

/// "0:42", "3:05:00"
std::string clock_text(double seconds);

}  // namespace radloom::cli
