#include "catalogue/image_types.hpp"

#include <fmt/format.h>

#include <algorithm>
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

/// A number as Python writes it, its point as a dash: "1-0" for 1.0, "1" for 1.
std::string dashed(const Sigma& sigma) {
  std::string text = fmt::format("{}", sigma.mm);
  if (!sigma.whole && text.find_first_of(".e") == std::string::npos) text += ".0";
  std::replace(text.begin(), text.end(), '.', '-');
  return text;
}

std::vector<DerivedImage> laplacian(const Settings& s) {
  std::vector<DerivedImage> all;
  for (std::size_t i = 0; i < s.log_sigma_mm.size(); ++i)
    all.push_back({"log-sigma-" + dashed(s.log_sigma_mm[i]) + "-mm-3D", int(i), 0});
  return all;
}

std::vector<DerivedImage> square(const Settings&) { return {{"square", 0, 0}}; }
std::vector<DerivedImage> square_root(const Settings&) { return {{"squareroot", 0, 0}}; }
std::vector<DerivedImage> logarithm(const Settings&) { return {{"logarithm", 0, 0}}; }
std::vector<DerivedImage> exponential(const Settings&) { return {{"exponential", 0, 0}}; }
std::vector<DerivedImage> gradient(const Settings&) { return {{"gradient", 0, 0}}; }
std::vector<DerivedImage> lbp_2d(const Settings&) { return {{"lbp-2D", 0, 0}}; }

/// One image a degree, then the kurtosis.
std::vector<DerivedImage> lbp_3d(const Settings& s) {
  std::vector<DerivedImage> all;
  for (int degree = 0; degree < s.lbp3d_levels; ++degree)
    all.push_back({"lbp-3D-m" + std::to_string(degree + 1), degree, 0});
  all.push_back({"lbp-3D-k", -1, 0});
  return all;
}

std::vector<DerivedImage> mean(const Settings&) { return {{"mean", 0, 0}}; }
std::vector<DerivedImage> laws(const Settings& s) {
  return {{"laws-" + s.laws_kernels + (s.laws_energy_delta ? "-energy" : ""), 0, 0}};
}
std::vector<DerivedImage> gabor(const Settings&) { return {{"gabor", 0, 0}}; }

std::vector<DerivedImage> simoncelli(const Settings& s) {
  std::vector<DerivedImage> all;
  for (int level = 1; level <= s.wavelet_levels; ++level)
    all.push_back({"simoncelli-" + std::to_string(s.wavelet_start_level + level), s.wavelet_start_level + level, 0});
  return all;
}

/// As many images as the filter makes that it transforms.
std::vector<DerivedImage> riesz(const Settings& s) {
  auto all = s.riesz_filter == "LoG" ? laplacian(s) : simoncelli(s);
  std::string order;
  for (const int l : s.riesz_order) order += std::to_string(l);
  for (auto& image : all) image.name = "riesz-" + order + "-" + image.name;
  return all;
}

constexpr std::array<ImageTypeRow, 15> table{{
    {"Original", original},
    {"Wavelet", wavelet},
    {"LoG", laplacian},
    {"Square", square},
    {"SquareRoot", square_root},
    {"Logarithm", logarithm},
    {"Exponential", exponential},
    {"Gradient", gradient},
    {"LBP2D", lbp_2d},
    {"LBP3D", lbp_3d},
    {"Mean", mean, false},
    {"Laws", laws, false},
    {"Gabor", gabor, false},
    {"Simoncelli", simoncelli, false},
    {"Riesz", riesz, false},
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
  if (!row) throw Error(ErrorCode::usage, "there is no image type " + request.name);
  auto all = row->images(request.settings);
  if (convention == Convention::ibsi)
    for (auto& image : all)
      for (char& c : image.name) c = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return all;
}

}  // namespace radloom
