#include "cohort/batch.hpp"

#include <fmt/format.h>
#include <tbb/info.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <unordered_set>

#include "cohort/make_folder.hpp"
#include "cohort/memory.hpp"
#include "cohort/resume.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

BatchFiles::BatchFiles(const BatchOptions& options) {
  const std::string part = options.shard.suffix();
  cases = options.out / "cases";
  features = options.out / ("features" + part + ".csv");
  failures = options.out / ("failures" + part + ".json");
  records = options.out / ("records" + part + ".ndjson");
  run = options.out / ("run" + part + ".json");
  manifest = options.out / "manifest.ndjson";
  config = options.out / "config.json";
}

fs::path BatchFiles::record(const ManifestRow& row) const { return cases / (row.file_name + ".json"); }

namespace {

/// Takes away what a killed process left half written of these files: ".NAME.PID-N.partial" (write_whole), ".NAME.XXXXXXXX.part"
/// (io::OutputFile).
void sweep(const fs::path& folder, const std::unordered_set<std::string>& names) {
  std::error_code error;
  std::vector<fs::path> left;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') || !(name.ends_with(".partial") || name.ends_with(".part"))) continue;
    const auto suffix = name.rfind('.'), token = name.rfind('.', suffix - 1);
    if (suffix > 0 && token > 0 && token != std::string::npos && names.contains(name.substr(1, token - 1)))
      left.push_back(entry->path());
  }
  for (const auto& path : left) fs::remove(path, error);
}

/// The rows as they were understood, one JSON object a line: what read_manifest makes of it is `manifest`.
std::string manifest_text(const Manifest& manifest) {
  std::string text;
  for (const auto& row : manifest.rows) {
    nlohmann::ordered_json json{{"ID", row.input.case_id}, {"Image", fs::absolute(row.input.image).string()},
        {"Mask", fs::absolute(row.input.mask).string()}};
    if (row.input.label) json["Label"] = row.input.label->text();
    if (row.input.label_channel) json["Label_channel"] = *row.input.label_channel;
    for (const auto& [name, value] : row.input.carried) json[name] = value;
    text += json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
  }
  return text;
}

}  // namespace

void prepare_output(const Rows& rows, const BatchOptions& options) {
  const BatchFiles files(options);
  make_folder(options.out);
  make_folder(files.cases);
  std::vector<fs::path> earlier{files.features, files.failures, files.records};
  if (!options.resume)
    for (const ManifestRow* row : rows) earlier.push_back(files.record(*row));
  if (options.shard.count == 1) {
    std::error_code error;
    for (fs::directory_iterator entry(options.out, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().filename().string().starts_with("run.shard-")) earlier.push_back(entry->path());
  }
  for (const fs::path& path : earlier) {
    std::error_code error;
    if (fs::is_directory(path) || (fs::remove(path, error), error))
      throw Error(ErrorCode::output_unwritable,
          fmt::format("{}: cannot be replaced; choose another folder with --out", path.string()));
  }
  std::unordered_set<std::string> records, tables;
  for (const auto* row : rows) records.insert(row->file_name + ".json");
  sweep(files.cases, records);
  for (const auto& path : {files.features, files.failures, files.records, files.run})
    tables.insert(path.filename().string());
  if (options.shard.count == 1)  // of what shards share, another may be writing now
    for (const auto& path : {files.manifest, files.config}) tables.insert(path.filename().string());
  sweep(options.out, tables);
}

RunFile begin_run(const Engine& engine, const Manifest& manifest, const Rows& rows, const BatchOptions& options) {
  const BatchFiles files(options);
  const RunInfo& info = engine.run();
  RunFile run;
  run.version = info.version;
  run.numerics = numerics_version();
  run.convention = info.convention;
  run.device = info.device;
  run.device_reason = info.device_reason;
  run.threads = options.threads;
  run.config_source = engine.config().source;
  run.config_digest = info.config_digest;
  run.config_json = info.config_json;
  run.manifest_path = fs::absolute(manifest.path).string();
  run.manifest_sha256 = manifest.sha256;
  run.manifest_rows = manifest.rows.size();
  run.shard = options.shard;
  run.columns = info.columns.size();
  run.cases = rows.size();
  run.began = utc_now();
  write_whole(files.manifest, manifest_text(manifest), options.fsync);
  write_whole(files.config, nlohmann::ordered_json::parse(info.config_json).dump(2) + '\n', options.fsync);
  write_whole(files.run, to_json(run), options.fsync);
  return run;
}

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Whether a device failed while the case was computed.
bool device_failed(const CaseRecord& record) {
  const auto is_device = [](const Failure& failure) { return failure.code == code_name(ErrorCode::device_failed); };
  return is_device(record.error) ||
         std::any_of(record.regions.begin(), record.regions.end(), [&](const auto& r) { return is_device(r.error); });
}

/// The cases in flight and when each is late.
class Deadlines {
 public:
  using Handle = std::list<std::pair<Clock::time_point, std::stop_source>>::iterator;

  Handle add(Clock::time_point when, std::stop_source source) {
    const std::lock_guard lock(mutex_);
    return running_.emplace(running_.end(), when, std::move(source));
  }
  void remove(Handle handle) {
    const std::lock_guard lock(mutex_);
    running_.erase(handle);
  }
  void stop_late() {
    const std::lock_guard lock(mutex_);
    for (auto& [when, source] : running_)
      if (Clock::now() >= when) source.request_stop();
  }

 private:
  std::mutex mutex_;
  std::list<std::pair<Clock::time_point, std::stop_source>> running_;
};

/// One run: what its workers share.
class Cases {
 public:
  Cases(const Engine& engine, const Manifest& manifest, const Rows& rows, const BatchOptions& options,
      const BatchReport& report, std::stop_token stop)
      : engine_(engine), manifest_(manifest), rows_(rows), options_(options), report_(report), stop_(std::move(stop)),
        files_(options), budget_(options.memory_limit, resident_bytes) {
    progress_.cases = rows.size();
    const int threads = options.threads > 0 ? options.threads : tbb::info::default_concurrency();
    progress_.occupancy.workers = int(std::min<std::size_t>(std::size_t(threads), rows.size()));
  }

  bool compute() {
    report_(progress_, nullptr);
    const std::stop_callback forward(stop_, [this] { give_up_.request_stop(); });
    {
      const std::jthread watch([this](const std::stop_token& over) { keep_time(over); });
      std::vector<std::jthread> workers;
      for (int w = 0; w < progress_.occupancy.workers; ++w) workers.emplace_back([this] { work(); });
    }
    report_(progress_, nullptr);
    if (failure_) std::rethrow_exception(failure_);
    if (stop_.stop_requested() && progress_.done + progress_.kept < rows_.size())
      throw Error(ErrorCode::interrupted, "stopped on request");
    return !too_many_;
  }

 private:
  void work() noexcept try {
    for (std::size_t at = next_++; at < rows_.size() && !give_up_.stop_requested(); at = next_++) one(*rows_[at]);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
    give_up_.request_stop();
  }

  void one(const ManifestRow& row) {
    auto began = Clock::now();
    if (options_.resume) {
      const bool done = is_done(files_.record(row), row, manifest_, engine_, options_.verify);
      const std::lock_guard lock(mutex_);
      progress_.occupancy.checking += seconds_since(began);
      if (done) {
        ++progress_.kept;
        report_(progress_, nullptr);
        return;
      }
      began = Clock::now();
    }
    const MemoryNeed need = options_.memory_limit ? memory_needed(row.input, engine_.config().settings) : MemoryNeed{};
    if (!budget_.take(need.expected, give_up_.get_token())) return;
    const double waited = seconds_since(began);
    began = Clock::now();
    std::optional<CaseRecord> record;
    try {
      record = extract(row.input, need);
    } catch (...) {
      budget_.give_back(need.expected);
      throw;
    }
    budget_.give_back(need.expected);
    if (!record) return;  // stopped
    finish(row, *record, waited, seconds_since(began));
  }

  /// Nothing where the run is to stop.
  std::optional<CaseRecord> extract(const CaseInput& input, const MemoryNeed& need) {
    if (options_.memory_limit)
      if (auto why = beyond(need, *options_.memory_limit))
        return failed_record(input, ErrorCode::memory_exhausted, *std::move(why));
    std::stop_source source;
    const std::stop_callback forward(give_up_.get_token(), [&] { source.request_stop(); });
    std::optional<Deadlines::Handle> deadline;
    if (options_.case_timeout_s)
      deadline = deadlines_.add(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                   std::chrono::duration<double>(*options_.case_timeout_s)),
          source);
    std::optional<CaseRecord> record;
    try {
      record = engine_.extract(input, source.get_token());
    } catch (const Error& error) {
      if (deadline) deadlines_.remove(*deadline);
      if (error.code() != ErrorCode::interrupted) throw;
      if (give_up_.stop_requested()) return std::nullopt;
      return failed_record(input, ErrorCode::timed_out,
          fmt::format("took longer than {} s, as --case-timeout allows; give it more time, or find out why it is large",
              *options_.case_timeout_s));
    }
    if (deadline) deadlines_.remove(*deadline);
    return record;
  }

  void finish(const ManifestRow& row, const CaseRecord& record, double waited, double worked) {
    const auto began = Clock::now();
    write_whole(files_.record(row), to_json(record, engine_.run()) + '\n', options_.fsync);
    const double wrote = seconds_since(began), read = std::min(worked, record.timing_ms.load / 1000);
    const std::lock_guard lock(mutex_);
    auto& busy = progress_.occupancy;
    busy.waiting += waited;
    busy.reading += read;
    busy.computing += worked - read;
    busy.writing += wrote;
    ++progress_.done;
    progress_.partial += record.status == Status::partial;
    progress_.failed += record.status == Status::failed;
    progress_.device_failed += device_failed(record);
    progress_.regions += record.regions.size();
    for (const auto& region : record.regions) progress_.voxels += region.voxels;
    report_(progress_, &record);
    if (options_.max_failures && progress_.failed > *options_.max_failures && !stop_.stop_requested()) {
      too_many_ = true;
      give_up_.request_stop();
    }
  }

  /// Ends late cases and reports, until it is over.
  void keep_time(const std::stop_token& over) {
    const auto tick = std::chrono::milliseconds(options_.case_timeout_s ? 50 : 1000);
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    for (auto last = Clock::now(); !never.wait_for(lock, over, tick, [&] { return over.stop_requested(); });) {
      deadlines_.stop_late();
      if (Clock::now() - last < std::chrono::seconds(1)) continue;
      last = Clock::now();
      const std::lock_guard one_at_a_time(mutex_);
      report_(progress_, nullptr);
    }
  }

  const Engine& engine_;
  const Manifest& manifest_;
  const Rows& rows_;
  const BatchOptions& options_;
  const BatchReport& report_;
  const std::stop_token stop_;
  const BatchFiles files_;
  MemoryBudget budget_;
  Deadlines deadlines_;
  std::stop_source give_up_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;  // of all below
  BatchProgress progress_;
  bool too_many_ = false;
  std::exception_ptr failure_;
};

}  // namespace

bool compute_cases(const Engine& engine, const Manifest& manifest, const Rows& rows, const BatchOptions& options,
    const BatchReport& report, std::stop_token stop) {
  return Cases(engine, manifest, rows, options, report, std::move(stop)).compute();
}

}  // namespace radloom::cohort
