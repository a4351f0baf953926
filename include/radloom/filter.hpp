#pragma once
/// Derived images as volumes: what features of image types beside Original are measured on.
#include <functional>
#include <stop_token>
#include <string>

#include "radloom/config.hpp"
#include "radloom/engine.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// An image that was derived of a whole volume, on its grid, or the reason why this volume has none.
struct DerivedVolume {
  std::string name;     ///< as columns spell it: "wavelet-LLH"
  Volume volume;        ///< empty where there is a problem
  std::string problem;  ///< one line: "the image has 3 voxels along z, and a width of 3 mm needs 4"
  std::string warning;  ///< one line, or nothing: what is computed all the same
};

/// Derives every image of the configuration's image types but Original of a whole volume, normalised first where that is asked for,
/// and hands each to `done` as soon as it is made, in the order of the columns; one at a time is kept. Returns the device taken.
/// Throws Error(config_invalid) where no image type beside Original is asked for, Error(config_unsupported) where resampling is,
/// or cropping to a region, Error(geometry_invalid), Error(device_unavailable), Error(interrupted), Error(memory_exhausted).
std::string derive_images(const Config& config, const EngineOptions& options, const Volume& image,
    const std::function<void(DerivedVolume)>& done, std::stop_token stop = {});

}  // namespace radloom
