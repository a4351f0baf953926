#pragma once
// What the fuzzers of files share.
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "radloom/volume.hpp"

namespace radloom::fuzz {

/// One folder a process; its files are written over and over.
inline const std::filesystem::path& folder() {
  static const std::filesystem::path path = [] {
    const auto made =
        std::filesystem::temp_directory_path() / ("radloom-fuzz-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(made);
    return made;
  }();
  return path;
}

/// Reads every voxel, so that a sanitizer sees it.
inline void touch(const Volume& volume) {
  volume.visit([](auto values) {
    double sum = 0;
    for (const auto v : values) sum += double(v);
    if (sum == 0.123) std::abort();
  });
}

}  // namespace radloom::fuzz
