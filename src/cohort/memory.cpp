#include "cohort/memory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <fstream>

#include "radloom/error.hpp"
#include "radloom/io.hpp"
#include "radloom/mask.hpp"

namespace radloom::cohort {
namespace {

/// Measured, between what small and large regions take: see the room's README.
constexpr std::uint64_t working_bytes_per_voxel = 8;

std::uint64_t decoded(const VolumeHeader& header) {
  return std::uint64_t(header.geometry.voxels()) * bytes_of(header.type);  // of several components one is kept
}

}  // namespace

MemoryNeed memory_needed(const CaseInput& input, const Settings& settings) try {
  const VolumeHeader image = read_header(input.image, {.suv = suv_named(settings.suv)});
  MemoryNeed need;
  need.volumes = decoded(image);
  if (NamedMask::open(input.mask)) need.volumes += 2 * std::uint64_t(image.geometry.voxels());  // it is drawn as uint16
  else need.volumes += decoded(read_header(input.mask));
  need.expected = need.volumes + working_bytes_per_voxel * std::uint64_t(image.geometry.voxels());
  return need;
} catch (const Error&) {
  return {};
}

std::uint64_t parse_size(const std::string& text) {
  const char* const end = text.data() + text.size();
  double number = -1;
  const auto [last, error] = std::from_chars(text.data(), end, number);
  std::string unit(last, end);
  for (char& c : unit)
    if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
  if (unit.ends_with("IB")) unit.resize(unit.size() - 2);
  else if (unit.size() > 1 && unit.ends_with("B")) unit.resize(unit.size() - 1);
  const auto power = std::string_view("BKMGT").find(unit.empty() ? 'B' : unit[0]);
  const double bytes = number * std::pow(1024.0, double(power == std::string_view::npos ? 0 : power));
  if (error != std::errc{} || unit.size() > 1 || power == std::string_view::npos || !(bytes >= 1) || bytes > 1e18)
    throw Error(ErrorCode::usage, fmt::format("--memory-limit takes a size such as 8G or 512M, not '{}'", text));
  return std::uint64_t(bytes);
}

std::string size_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = double(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit < 4; ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::optional<std::string> beyond(const MemoryNeed& need, std::uint64_t limit) {
  if (need.volumes <= limit) return std::nullopt;
  return fmt::format(
      "image and mask alone may take {} in memory, and --memory-limit allows {}; raise it, or store less around the region",
      size_text(need.volumes), size_text(limit));
}

CaseRecord failed_record(const CaseInput& input, ErrorCode code, const std::string& message) {
  CaseRecord record;
  record.case_id = input.case_id;
  record.status = Status::failed;
  record.error = {std::string(code_name(code)), message};
  record.image.path = input.image.string();
  record.mask.path = input.mask.string();
  record.carried = input.carried;
  return record;
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return file ? resident * std::uint64_t(::sysconf(_SC_PAGESIZE)) : 0;
}

bool MemoryBudget::take(std::uint64_t bytes, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto fits = [&] { return !limit_ || holders_ == 0 || (out_ + bytes <= *limit_ && used_() + bytes <= *limit_); };
  if (!changed_.wait(lock, stop, fits)) return false;
  out_ += bytes;
  ++holders_;
  return true;
}

void MemoryBudget::give_back(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    out_ -= bytes;
    --holders_;
  }
  changed_.notify_all();
}

}  // namespace radloom::cohort
