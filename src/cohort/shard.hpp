#pragma once
/// One of several parts of a cohort, computed side by side by jobs that know nothing of each other.
#include <functional>
#include <string>
#include <vector>

#include "cohort/manifest.hpp"

namespace radloom::cohort {

/// Part `index`, from 1, of `count`.
struct Shard {
  int index = 1, count = 1;

  /// Reads "2/8". Throws Error(usage).
  static Shard parse(const std::string& text);

  /// The part that a scheduler gave this job: an array task of Slurm, an array job of AWS Batch or an indexed Job of Kubernetes, asked for
  /// in this order. Where the scheduler tells no count (Kubernetes never does), RADLOOM_SHARD_COUNT does. `variable` gives the value of an
  /// environment variable, or null. Throws Error(usage) that says which variable is missing or makes no sense.
  static Shard from_environment(const std::function<const char*(const char*)>& variable);

  /// ".shard-2-of-8", or nothing where there is one part: what its files are marked with.
  std::string suffix() const;
};

/// Rows of a manifest, in its order; they outlive no manifest.
using Rows = std::vector<const ManifestRow*>;

/// The rows of a shard. The largest case goes first to the part that has the least so far, sizes being those of the stored files and
/// the order of the manifest deciding between equals: every job comes to the same parts without asking another, as long as the files stay as
/// they are. A file that is not there has no size.
Rows rows_of(const Manifest& manifest, const Shard& shard);

}  // namespace radloom::cohort
