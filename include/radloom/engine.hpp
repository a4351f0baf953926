#pragma once
/// The engine: volumes and regions in, features out.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "radloom/config.hpp"
#include "radloom/record.hpp"
#include "radloom/volume.hpp"

namespace radloom {

namespace backend {
class Backend;
}

/// A volume that a region was measured on: cut to the region's box, on the grid that was measured on, in the type that was computed in.
struct MeasuredVolume {
  std::string case_id;
  std::string label;  ///< the region's, as its record spells it
  /// "original": the image after normalisation, resampling and rounding. "mask": 1 where intensities and textures are measured.
  /// "morphological_mask": what shape is measured on (and the standard's GLDZM distances), where re-segmentation makes that another.
  /// Else a derived image, as columns spell it: "wavelet-LLH".
  std::string name;
  Volume volume;
};

struct EngineOptions {
  std::string device = "auto";  ///< "auto", "cpu", "cuda", "cuda:N"
  int threads = 0;              ///< CPU threads, the caller's included; 0 takes all that affinity and cgroup allow
  /// Computes on this backend instead, so that engines of several configurations share one device and its memory.
  std::shared_ptr<const backend::Backend> backend = nullptr;
  /// Called by `extract` with what every region is measured on, as soon as it is made: image and masks first, then derived images in the
  /// order of the columns; none is kept. Derived images that the region cannot have are left out. From any thread, and for several
  /// cases at a time. An Error thrown by it fails the case.
  std::function<void(const MeasuredVolume&)> volumes = nullptr;
};

/// A case to read and measure.
struct CaseInput {
  std::string case_id;
  std::filesystem::path image;
  std::filesystem::path mask;
  std::optional<LabelSelection> label;  ///< instead of the configuration's
  std::vector<std::pair<std::string, std::string>> carried;
  std::optional<int> label_channel;  ///< instead of the configuration's
};

/// Computes what a configuration asks for.
///
/// Thread safety: an Engine never changes after construction; any number of threads may call `extract` on one. It owns its
/// worker threads and its device memory and gives both back in its destructor, which must not run while a call does.
/// Ownership: volumes are shared, never copied whole; records own their strings and numbers.
/// Cancellation: a requested stop ends a call at the next stage of the next region with Error(interrupted); no partial
/// record is returned.
/// Errors: construction throws Error(device_unavailable), Error(config_unsupported). What is wrong with a case (bad file,
/// absent label, ...) is in its record; `extract` throws only Error(interrupted) and std::bad_alloc.
class Engine {
 public:
  explicit Engine(Config config, EngineOptions options = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// What is the same for every record: version, device, configuration, columns.
  const RunInfo& run() const noexcept;
  const Config& config() const noexcept;
  /// The most memory of a GPU that was taken at one time so far, in bytes; 0 on the CPU. With several GPUs, of the one that took most.
  std::size_t peak_device_bytes() const;

  /// Measures volumes in memory. They must share a grid unless `correct_mask` is set.
  CaseRecord extract(
      const Volume& image, const Volume& mask, const std::string& case_id = {}, std::stop_token stop = {}) const;
  /// Reads, checks and measures a case.
  CaseRecord extract(const CaseInput& input, std::stop_token stop = {}) const;
  /// Measures many cases in parallel; `done` is called once a case, from any thread, one call at a time.
  void extract(const std::vector<CaseInput>& inputs, const std::function<void(CaseRecord)>& done,
      std::stop_token stop = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A device that can compute, or the reason why not.
struct DeviceReport {
  std::string name;  ///< "cpu", "cuda:0", "cuda"
  bool usable = false;
  std::string details;  ///< "8 threads", or why not: "built without CUDA"
};
std::vector<DeviceReport> devices();

/// "0.1.0"
std::string_view version() noexcept;
/// Raised by every change that moves a value.
int numerics_version() noexcept;

}  // namespace radloom
