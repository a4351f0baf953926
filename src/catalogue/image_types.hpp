#pragma once
// THE table of image types: what each derives, by the names columns have. filters/registry.cpp says how.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radloom/catalogue.hpp"
#include "radloom/config.hpp"

namespace radloom {

/// One of the images an image type makes.
struct DerivedImage {
  std::string name;  ///< as columns spell it: "original", "wavelet-LLH"
  int index =
      0;  ///< Wavelet, Simoncelli, Riesz: the level, from 1; LoG, Riesz: the place of its sigma; LBP3D: the degree
  unsigned band = 0;  ///< Wavelet: bit 0 is set where the high-pass filter goes along x, bit 1 along y, bit 2 along z
};

struct ImageTypeRow {
  std::string_view name;  ///< PyRadiomics': "Original", "Wavelet"
  /// What it makes with these settings, by PyRadiomics' names and in its order.
  std::vector<DerivedImage> (*images)(const Settings& settings);
  bool in_pyradiomics = true;  ///< whether its parameter files know it
};

/// The rows, PyRadiomics' first and in its order.
std::span<const ImageTypeRow> image_types() noexcept;

/// The row of that name, or null.
const ImageTypeRow* find_image_type(std::string_view name) noexcept;

/// The images of a request, named in the run's convention. Those of the ibsi convention are lower snake case: "wavelet_llh".
std::vector<DerivedImage> images_of(const ImageTypeRequest& request, Convention convention);

}  // namespace radloom
