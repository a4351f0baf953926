#pragma once
// What of an image is at hand, for features and for maps.
#include <array>
#include <cstdint>
#include <stop_token>

#include "backend/backend.hpp"
#include "radloom/config.hpp"

namespace radloom {

/// An image that filters look at, and regions are cut from: all of a case's image, or what is needed of it.
struct Source {
  backend::ImageHandle image;
  Box box;                            ///< which part of the whole it is
  std::array<std::int64_t, 3> whole;  ///< the size of the whole
};

/// Where a box lies in another.
inline Box within(Box box, const Box& other) {
  for (int d = 0; d < 3; ++d) box.first[d] -= other.first[d];
  return box;
}

/// A box of an image that is all there, normalised as the settings ask.
inline backend::ImageHandle normalised(const backend::ImageHandle& image, const Box& box, const Settings& settings,
    const backend::Backend& backend, const std::stop_token& stop) {
  backend::Derivation d{backend::Derivation::Kind::normalize, image, box};
  d.scale = settings.normalize_scale;
  d.clip_sigmas = settings.remove_outliers;
  return backend.derive({&d, 1}, stop)[0];
}

}  // namespace radloom
