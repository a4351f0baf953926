#include "catalogue/image_types.hpp"

#include <array>

namespace radloom {
namespace {

std::vector<DerivedImage> original(const Settings&) { return {{"original", 0, 0}}; }

/// Sub-bands of every level but the approximation, which only the last one reports.
std::vector<DerivedImage> wavelet(const Settings& s) {
  std::vector<unsigned> axes;
  for (const unsigned axis : {0U, 1U, 2U})
    if (!s.force_2d || int(axis) != 2 - s.force_2d_dimension) axes.push_back(axis);
  std::vector<DerivedImage> all;
  for (int level = 1; level <= s.wavelet_levels; ++level) {
    const std::string prefix = level == 1 ? "wavelet-" : "wavelet" + std::to_string(level) + "-";
    const auto add = [&](unsigned letters) {  // the first letter is the highest bit
      std::string name = prefix;
      unsigned band = 0;
      for (std::size_t k = 0; k < axes.size(); ++k) {
        const bool high = letters >> (axes.size() - 1 - k) & 1U;
        name += high ? 'H' : 'L';
        if (high) band |= 1U << axes[k];
      }
      all.push_back({name, s.wavelet_start_level + level, band});
    };
    for (unsigned letters = 1; letters < 1U << axes.size(); ++letters) add(letters);
    if (level == s.wavelet_levels) add(0);
  }
  return all;
}

constexpr std::array<ImageTypeRow, 10> table{{
    {"Original", original},
    {"Wavelet", wavelet},
    {"LoG", nullptr},
    {"Square", nullptr},
    {"SquareRoot", nullptr},
    {"Logarithm", nullptr},
    {"Exponential", nullptr},
    {"Gradient", nullptr},
    {"LBP2D", nullptr},
    {"LBP3D", nullptr},
}};

}  // namespace

std::span<const ImageTypeRow> image_types() noexcept { return table; }

const ImageTypeRow* find_image_type(std::string_view name) noexcept {
  for (const auto& row : table)
    if (row.name == name) return &row;
  return nullptr;
}

std::vector<DerivedImage> images_of(const ImageTypeRequest& request, Convention convention) {
  const auto* row = find_image_type(request.name);
  if (!row || !row->images)
    throw Error(ErrorCode::config_unsupported, "the image type " + request.name + " is not built");
  auto all = row->images(request.settings);
  if (convention == Convention::ibsi)
    for (auto& image : all)
      for (char& c : image.name) c = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return all;
}

}  // namespace radloom
