#pragma once
/// The narrow interface every backend stands behind: `derive` makes images from images, `measure` makes features of
/// regions. Both take batches; the result of a region never depends on what shares its batch.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "backend/matrices.hpp"
#include "catalogue/image_types.hpp"
#include "maps/task.hpp"
#include "radloom/catalogue.hpp"
#include "radloom/config.hpp"
#include "radloom/record.hpp"
#include "radloom/volume.hpp"

namespace radloom::backend {

/// An image that lives where the backend computes. Only the backend that made it can read it.
class Image {
 public:
  virtual ~Image() = default;
  virtual const Geometry& geometry() const noexcept = 0;
};
using ImageHandle = std::shared_ptr<const Image>;

/// What turns one image into others: into one, but for a filter, which makes one for each of `images`.
struct Derivation {
  enum class Kind { crop, normalize, resample, interpolate, filter };
  Kind kind = Kind::crop;
  ImageHandle source = {};
  Box box = {};                            ///< crop, normalize, interpolate (of `grid`), filter: what to keep
  double scale = 1;                        ///< normalize
  std::optional<double> clip_sigmas = {};  ///< normalize: removeOutliers
  Geometry grid = {};                      ///< resample: the grid to make; interpolate: centred on the whole image
  Interpolator interpolator = Interpolator::bspline;  ///< resample, interpolate

  // filter: the values the whole image gives there; `box` counts from the first voxel of that image
  std::string_view image_type = {};           ///< as the catalogue names it; outlives the call
  std::span<const DerivedImage> images = {};  ///< what to make of it; outlives the call
  const Settings* settings = nullptr;         ///< of the image type; outlives the call
  Convention convention = Convention::ibsi;
  // filter, interpolate
  std::array<std::int64_t, 3> first = {};  ///< where the source's first voxel lies in the whole image, ...
  std::array<std::int64_t, 3> whole = {};  ///< ... whose size this is; the source holds what is reached
};

/// A region: voxels of an image, chosen by a mask of the same size.
struct Region {
  ImageHandle image;
  Volume mask;                         ///< uint8 on the image's grid: 1 inside, 0 outside
  const Settings* settings = nullptr;  ///< of its image type; outlives the call
  std::span<const Column> columns;     ///< what to compute, in this order; outlives the call
  Convention convention = Convention::ibsi;
  /// uint8 on the image's grid: the region before re-segmentation, which the standard's morphological features and the distances of
  /// GLDZM are measured on; `mask` lies within it. Empty: the same as `mask`.
  Volume morphological_mask = {};
  /// The image with what lies around the region, which local intensities look at (6.2 mm from the region's voxels is all that is needed),
  /// and where the first voxel of `image` lies in it. Null: `image` itself is all there is.
  ImageHandle surroundings = {};
  std::array<std::int64_t, 3> place = {};
};

/// Regions of any number of cases, of any size mix.
struct Batch {
  std::vector<Region> regions;
  bool keep_matrices = false;  ///< bring the matrices back too
};

struct Measurement {
  std::vector<FeatureValue> values;  ///< one for each of the region's columns; empty when failed
  Failure failure;
  std::vector<std::string> warnings;
  std::optional<Matrices> matrices;
  /// Spent counting and in formulas, by all threads together; a thread that waits for the parts of its task counts too, but
  /// never for the same time twice.
  double matrices_ms = 0, features_ms = 0;
};

/// Thread safety: const after construction, callable from any thread. Throws Error(memory_exhausted | interrupted);
/// what is wrong with a region is in its measurement.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;
  /// Runs `job` on the backend's own threads, so that what it starts in parallel stays within their number.
  virtual void run(const std::function<void()>& job) const = 0;
  virtual ImageHandle upload(const Volume& volume) const = 0;
  virtual Volume download(const ImageHandle& image) const = 0;
  /// The images of every request, one request after the other.
  virtual std::vector<ImageHandle> derive(std::span<const Derivation> requests, std::stop_token stop) const = 0;
  virtual std::vector<Measurement> measure(const Batch& batch, std::stop_token stop) const = 0;
  /// Who measures the neighbourhoods of maps in place of the calling threads; nobody where there are no kernels.
  virtual maps::Elsewhere maps() const { return {}; }
  /// The most memory of a device that was taken at one time; 0 where there is none. With several devices, of the one that took most.
  virtual std::size_t peak_device_bytes() const { return 0; }
};

struct TakenDevice {
  std::unique_ptr<Backend> backend;
  std::string why;  ///< why `auto` took it; empty where the device was named
};

/// The backend a device name stands for. Throws Error(device_unavailable) for one that cannot be had, Error(usage) for
/// a name that means nothing.
TakenDevice take_device(const std::string& device, int threads);
std::unique_ptr<Backend> make_backend(const std::string& device, int threads);

}  // namespace radloom::backend
