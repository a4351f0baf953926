#pragma once
#include <chrono>
#include <string>

#include "cli/session.hpp"
#include "cohort/batch.hpp"

namespace radloom::cli {

/// How far a cohort is, as a JSON file (schema radloom.status/1) that a scheduler or a web page may read at any time: it is replaced whole,
/// at most once a second.
class StatusFile {
 public:
  /// Without a path nothing is written. Throws Error(output_unwritable) where it cannot be.
  StatusFile(std::string path, const Session& session);

  void show(const cohort::BatchProgress& progress);
  /// The last word: complete, gave_up, interrupted or failed.
  void end(const std::string& state, const cohort::BatchProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  void write(const std::string& state, const cohort::BatchProgress& progress) const;

  std::string path_;
  const Session& session_;
  bool warned_ = false;
  Clock::time_point start_ = Clock::now(), last_ = start_ - std::chrono::hours(1);
};

}  // namespace radloom::cli
