#pragma once
/// With what status the program ends.
#include <cstddef>

#include "cohort/batch.hpp"
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

/// Of `cases`, of which `bad` have failed or are partial, and `failed` of those have failed.
inline ExitStatus exit_of(std::size_t bad, std::size_t failed, std::size_t cases) noexcept {
  if (bad == 0) return exit_ok;
  return failed == cases ? exit_none_computed : exit_some_failed;
}

/// Of a run that is over. Where it gave up after too many failures, a device that failed is named as the cause of them.
inline ExitStatus exit_of(const cohort::BatchProgress& run, bool gave_up) noexcept {
  if (gave_up && run.device_failed) return exit_no_device;
  return exit_of(run.failed + run.partial, run.failed, run.done + run.kept);
}

}  // namespace radloom::cli
