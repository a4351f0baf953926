#pragma once
/// Voxel-based feature maps: every first-order and texture feature of the neighbourhood of every voxel of a region.
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "radloom/config.hpp"
#include "radloom/engine.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// One feature of one image type of one region as a volume, or the reason why an image has no maps.
struct FeatureMap {
  std::string label;  ///< of the region, as records spell it: "1", or "1+2" for a union
  std::string name;   ///< of the column, "original_glcm_Contrast"; of the image where there is a problem: "wavelet-LLH"
  Volume volume;      ///< float64, on the grid that is measured on, cropped; empty where there is a problem
  std::string problem;  ///< one line, or nothing
};

/// How far a call is: neighbourhoods are counted once for each family.
struct MapProgress {
  std::int64_t done = 0, total = 0;
};

/// Who gets what is made; both are called on the calling thread's arena, one call at a time.
struct MapReceiver {
  std::function<void(FeatureMap)> map;                    ///< as soon as it is made; one at a time is kept
  std::function<void(const MapProgress&)> progress = {};  ///< now and then
};

/// Measures the neighbourhood of every voxel of every region that the configuration's label selects: its features of first order and
/// texture, in the order of the columns within a family. Shape and what describes a region as a whole have no maps and are left out.
///
/// A neighbourhood reaches `kernel_radius` voxels along each axis (in the plane alone with force_2d), as far as the crop goes; neighbours
/// outside the region count unless `masked_kernel` is set. Gray levels are made once, of the whole region (without `masked_kernel`: of the whole crop). Values are those of
/// PyRadiomics 3.0.1 (voxelBased=True) in the `pyradiomics` convention, and of the standard's formulas in `ibsi`; NaN where one is
/// undefined, `init_value` outside the region. The crop is the region's box and `kernel_radius` voxels around it, within the image
/// or, where it is resampled, within the grid that it is resampled on.
///
/// Measured on the device that the options name, a stretch of voxels at a time; on the CPU where a neighbourhood is too large for it. Memory:
/// src/maps/README.md. Returns the device taken.
/// Throws Error(config_invalid) where no column has a map, Error(config_unsupported), what is wrong with the case (geometry_mismatch, label_absent,
/// region_too_small, ...), Error(device_unavailable), Error(interrupted), Error(memory_exhausted).
std::string map_features(const Config& config, const EngineOptions& options, const Volume& image, const Volume& mask,
    const MapReceiver& receiver, std::stop_token stop = {});

/// The same of files, read as Engine::extract reads them. Throws what reading throws too.
std::string map_features(const Config& config, const EngineOptions& options, const CaseInput& input,
    const MapReceiver& receiver, std::stop_token stop = {});

}  // namespace radloom
