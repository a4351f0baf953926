#pragma once
/// How much memory cases take, and how many of them may take it at once.
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "radloom/engine.hpp"

namespace radloom::cohort {

/// What the headers let expect of a case, in bytes.
struct MemoryNeed {
  std::uint64_t volumes = 0;  ///< the decoded image and mask: less is impossible
  std::uint64_t expected =
      0;  ///< with what is made of them; an estimate, since no header tells how large the regions are
};

/// Reads both headers and no voxel. Files that cannot be read need nothing: their case fails by itself.
MemoryNeed memory_needed(const CaseInput& input, const Settings& settings);

/// Reads "8G", "512M", "1.5T", "2048" (bytes): powers of 1024. Throws Error(usage).
std::uint64_t parse_size(const std::string& text);
/// "8.0 GiB"
std::string size_text(std::uint64_t bytes);

/// Why a case cannot be computed within the limit; nothing where it can be.
std::optional<std::string> beyond(const MemoryNeed& need, std::uint64_t limit);

/// The record of a case that was not even begun, or was given up.
CaseRecord failed_record(const CaseInput& input, ErrorCode code, const std::string& message);

/// What the process has in memory now, in bytes; 0 where the system does not tell.
std::uint64_t resident_bytes();

/// A budget that cases share. What is expected of one that is larger than all of it is given when nothing else is out. Since headers do not
/// tell how large regions are, what is `used` in truth counts as well: while it leaves no room, no case is added to those that run.
class MemoryBudget {
 public:
  explicit MemoryBudget(
      std::optional<std::uint64_t> limit, std::function<std::uint64_t()> used = [] { return 0; })
      : limit_(limit), used_(std::move(used)) {}

  /// Waits until `bytes` are free. Returns whether they are: not where a stop was requested first.
  bool take(std::uint64_t bytes, std::stop_token stop);
  void give_back(std::uint64_t bytes);

 private:
  const std::optional<std::uint64_t> limit_;
  const std::function<std::uint64_t()> used_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t out_ = 0;
  std::size_t holders_ = 0;
};

}  // namespace radloom::cohort
