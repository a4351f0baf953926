#include "radloom/engine.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "backend/backend.hpp"
#include "engine/extract.hpp"
#include "engine/read_case.hpp"

namespace radloom {

std::string_view version() noexcept { return RADLOOM_VERSION; }
int numerics_version() noexcept { return 6; }

struct Engine::State {
  Config config;
  std::shared_ptr<const backend::Backend> backend;
  std::function<void(const MeasuredVolume&)> volumes;
  RunInfo run;
  Plan plan;
};

namespace {

void set_failure(CaseRecord& record, ErrorCode code, const std::string& message) {
  record.status = Status::failed;
  record.error = {std::string(code_name(code)), message};
  record.regions.clear();
}

/// Runs `job`, which fills the record; what it throws becomes the record's error, but for an interruption.
template <class Job>
CaseRecord guarded(CaseRecord record, const Job& job) {
  try {
    job(record);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::interrupted) throw;
    set_failure(record, e.code(), e.what());
  } catch (const std::bad_alloc&) {
    set_failure(record, ErrorCode::memory_exhausted, "not enough memory for this case");
  } catch (const std::exception& e) {
    set_failure(record, ErrorCode::internal, std::string("a defect of radloom: ") + e.what());
  }
  return record;
}

template <class State>
void read_and_extract(const State& state, const CaseInput& input, std::stop_token stop, CaseRecord& record) {
  const auto loading = [&](const auto& work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    record.timing_ms.load +=
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  };
  ReadCase read;
  loading([&] {
    read = read_case(state.config.settings, input,
        [&](const Geometry& grid) { return needed_of_the_image(state.config, state.plan, grid); });
  });
  const Geometry& grid = read.image->stored().geometry();
  record.image = {input.image.string(), "", grid};
  record.mask = {input.mask.string(), read.mask_sha256, read.mask.geometry()};
  const auto digest = [&] { loading([&] { record.image.sha256 = read.image->sha256(); }); };
  try {
    if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    const CaseImage image{grid, [&](const Box& box) { return read.image->finish(box); }};
    extract_case(state.config, state.plan, read.selection, *state.backend, image, std::move(read.mask), state.volumes,
        stop, record, read.named ? &*read.named : nullptr);
  } catch (...) {
    if (stop.stop_requested()) throw;
    try {
      digest();
    } catch (const Error&) {  // what went wrong first is what is told
    }
    throw;
  }
  digest();
}

}  // namespace

Engine::Engine(Config config, EngineOptions options) : state_(std::make_unique<State>()) {
  std::string why;
  if (options.backend) {
    state_->backend = std::move(options.backend);
  } else {
    auto taken = backend::take_device(options.device, options.threads);
    state_->backend = std::move(taken.backend);
    why = std::move(taken.why);
  }
  state_->volumes = std::move(options.volumes);
  state_->run = {std::string(version()), config.convention, state_->backend->name(), config.digest,
      config.effective_json, columns(config), std::move(why)};
  state_->plan = make_plan(config, state_->run.columns);
  state_->config = std::move(config);
}

Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

const RunInfo& Engine::run() const noexcept { return state_->run; }
const Config& Engine::config() const noexcept { return state_->config; }
std::size_t Engine::peak_device_bytes() const { return state_->backend->peak_device_bytes(); }

CaseRecord Engine::extract(
    const Volume& image, const Volume& mask, const std::string& case_id, std::stop_token stop) const {
  CaseRecord start;
  start.case_id = case_id;
  start.image.geometry = image.geometry();
  start.mask.geometry = mask.geometry();
  const CaseImage in_memory{image.geometry(), [&](const Box&) {
                              return io::KeptPart{image, {{}, image.geometry().size}, std::nullopt};
                            }};
  return guarded(std::move(start), [&](CaseRecord& record) {
    state_->backend->run([&] {
      extract_case(state_->config, state_->plan, state_->config.settings.label, *state_->backend, in_memory, mask,
          state_->volumes, stop, record);
    });
  });
}

CaseRecord Engine::extract(const CaseInput& input, std::stop_token stop) const {
  CaseRecord start;
  start.case_id = input.case_id;
  start.image.path = input.image.string();
  start.mask.path = input.mask.string();
  start.carried = input.carried;
  return guarded(std::move(start),
      [&](CaseRecord& record) { state_->backend->run([&] { read_and_extract(*state_, input, stop, record); }); });
}

void Engine::extract(
    const std::vector<CaseInput>& inputs, const std::function<void(CaseRecord)>& done, std::stop_token stop) const {
  std::mutex one_at_a_time;
  state_->backend->run([&] {
    tbb::parallel_for(std::size_t(0), inputs.size(), [&](std::size_t i) {
      if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      auto record = extract(inputs[i], stop);
      const std::lock_guard lock(one_at_a_time);
      done(std::move(record));
    });
  });
}

}  // namespace radloom
