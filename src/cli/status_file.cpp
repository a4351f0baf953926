#include "cli/status_file.hpp"

#include <nlohmann/json.hpp>

#include "radloom/error.hpp"
#include "radloom/record.hpp"

namespace radloom::cli {

StatusFile::StatusFile(std::string path, const Session& session) : path_(std::move(path)), session_(session) {
  if (!path_.empty()) write("running", {});
}

void StatusFile::show(const cohort::BatchProgress& progress) {
  const auto now = Clock::now();
  if (path_.empty() || now - last_ < std::chrono::seconds(1)) return;
  last_ = now;
  try {
    write("running", progress);
  } catch (const Error& error) {  // what tells of the run is no reason to end it
    if (!warned_) session_.log->warn("{}", error.what());
    warned_ = true;
  }
}

void StatusFile::end(const std::string& state, const cohort::BatchProgress& progress) {
  if (path_.empty()) return;
  try {
    write(state, progress);
  } catch (const Error& error) {
    session_.log->warn("{}", error.what());
  }
}

void StatusFile::write(const std::string& state, const cohort::BatchProgress& p) const {
  using Json = nlohmann::ordered_json;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const std::size_t finished = p.done + p.kept;
  Json json{{"schema", "radloom.status/1"}, {"state", state}, {"updated", cohort::utc_now()}, {"cases", p.cases},
      {"finished", finished}, {"computed", p.done}, {"kept", p.kept}, {"partial", p.partial}, {"failed", p.failed},
      {"regions", p.regions}, {"voxels", p.voxels}, {"seconds", seconds}};
  const double rate = seconds > 0 ? double(p.done) / seconds : 0;
  json["cases_per_second"] = rate;
  json["seconds_left"] = rate > 0 ? Json(double(p.cases - finished) / rate) : Json(nullptr);
  const auto& busy = p.occupancy;
  json["workers"] = Json{{"count", busy.workers}, {"reading_s", busy.reading}, {"computing_s", busy.computing},
      {"writing_s", busy.writing}, {"waiting_for_memory_s", busy.waiting}, {"checking_s", busy.checking}};
  write_whole(path_, json.dump(2) + '\n', false);
}

}  // namespace radloom::cli
