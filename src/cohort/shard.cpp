#include "cohort/shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <optional>
#include <queue>
#include <string_view>

#include "io/dicom_image.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

constexpr const char* shard_count = "RADLOOM_SHARD_COUNT";

/// What has to be read of a file or of a series' folder.
std::uint64_t bytes_of(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (!error) return size;
  std::uint64_t sum = 0;
  error.clear();
  for (fs::directory_iterator entry(io::stored_at(path), error), end; !error && entry != end; entry.increment(error)) {
    std::error_code none;
    const auto part = entry->file_size(none);
    if (!none) sum += part;
  }
  return sum;
}

/// A case costs something whatever its size, so that rows without files are dealt out too.
constexpr std::uint64_t least_cost = 4096;

using Variable = std::function<const char*(const char*)>;

/// The value of a variable as a whole number from 0 on, or nothing where it is not set.
std::optional<int> number(const Variable& variable, const char* name) {
  const char* text = variable(name);
  if (!text || !*text) return std::nullopt;
  int value = -1;
  const char* const end = text + std::char_traits<char>::length(text);
  const auto [last, error] = std::from_chars(text, end, value);
  if (error != std::errc{} || last != end || value < 0)
    throw Error(ErrorCode::usage, fmt::format("--shard auto: {} is '{}', not a whole number", name, text));
  return value;
}

/// The part of this index, counted from 0, whose count is in one of two variables.
Shard indexed(const Variable& variable, const char* index_name, int index, const char* count_name, const char* remedy) {
  auto count = number(variable, count_name);
  if (!count && std::string_view(count_name) != shard_count) {
    count = number(variable, shard_count);
    if (count) count_name = shard_count;
  }
  if (!count || *count == 0)
    throw Error(ErrorCode::usage,
        fmt::format("--shard auto: {} is {}, but nothing says of how many: {}", index_name, index, remedy));
  if (index >= *count)
    throw Error(ErrorCode::usage, fmt::format("--shard auto: {} is {}, but {} tells of {} parts, which count from 0",
                                      index_name, index, count_name, *count));
  return {index + 1, *count};
}

}  // namespace

Shard Shard::from_environment(const Variable& variable) {
  if (const auto id = number(variable, "SLURM_ARRAY_TASK_ID")) {
    const auto first = number(variable, "SLURM_ARRAY_TASK_MIN"), count = number(variable, "SLURM_ARRAY_TASK_COUNT");
    if (!first || !count)
      throw Error(ErrorCode::usage,
          fmt::format(
              "--shard auto: SLURM_ARRAY_TASK_ID is {}, but {} is not set; this Slurm is too old, or the variable was taken away: "
              "give --shard i/N",
              *id, first ? "SLURM_ARRAY_TASK_COUNT" : "SLURM_ARRAY_TASK_MIN"));
    const int step = std::max(1, number(variable, "SLURM_ARRAY_TASK_STEP").value_or(1));
    const int index = (*id - *first) / step;
    if (*id < *first || (*id - *first) % step != 0 || index >= *count)
      throw Error(ErrorCode::usage,
          fmt::format(
              "--shard auto: the array has gaps (task {} of {} from {} on in steps of {}), so tasks cannot be counted; submit "
              "--array=1-N, or give --shard i/N",
              *id, *count, *first, step));
    return {index + 1, *count};
  }
  if (const auto index = number(variable, "AWS_BATCH_JOB_ARRAY_INDEX"))
    return indexed(variable, "AWS_BATCH_JOB_ARRAY_INDEX", *index, "AWS_BATCH_JOB_ARRAY_SIZE",
        "set RADLOOM_SHARD_COUNT to the size of the array job");
  if (const auto index = number(variable, "JOB_COMPLETION_INDEX"))
    return indexed(
        variable, "JOB_COMPLETION_INDEX", *index, shard_count, "set RADLOOM_SHARD_COUNT to the Job's spec.completions");
  throw Error(ErrorCode::usage,
      "--shard auto: none of SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX and JOB_COMPLETION_INDEX is set, so this is no array job; give "
      "--shard i/N");
}

Shard Shard::parse(const std::string& text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto [slash, bad_index] = std::from_chars(text.data(), end, shard.index);
  bool good = bad_index == std::errc{} && slash != end && *slash == '/';
  if (good) {
    const auto [last, bad_count] = std::from_chars(slash + 1, end, shard.count);
    good = bad_count == std::errc{} && last == end;
  }
  if (!good || shard.index < 1 || shard.index > shard.count)
    throw Error(
        ErrorCode::usage, fmt::format("--shard takes i/N with i from 1 to N, such as 1/8, or auto, not '{}'", text));
  return shard;
}

std::string Shard::suffix() const { return count > 1 ? fmt::format(".shard-{}-of-{}", index, count) : ""; }

Rows rows_of(const Manifest& manifest, const Shard& shard) {
  const auto& all = manifest.rows;
  Rows rows;
  if (shard.count == 1) {
    for (const auto& row : all) rows.push_back(&row);
    return rows;
  }
  std::vector<std::uint64_t> costs;
  for (const auto& row : all) costs.push_back(least_cost + bytes_of(row.input.image) + bytes_of(row.input.mask));
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
  using Part = std::pair<std::uint64_t, int>;  // what it has so far, its index
  std::priority_queue<Part, std::vector<Part>, std::greater<>> parts;
  for (int index = 1; index <= shard.count && std::size_t(index) <= all.size(); ++index) parts.push({0, index});
  std::vector<std::size_t> mine;
  for (const std::size_t row : order) {
    const auto [cost, index] = parts.top();
    parts.pop();
    parts.push({cost + costs[row], index});
    if (index == shard.index) mine.push_back(row);
  }
  std::sort(mine.begin(), mine.end());
  for (const std::size_t row : mine) rows.push_back(&all[row]);
  return rows;
}

}  // namespace radloom::cohort
