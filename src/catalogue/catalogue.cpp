#include "radloom/catalogue.hpp"

#include <algorithm>
#include <array>

#include "catalogue/indices.hpp"

namespace radloom {
namespace {

#define RL_FEATURE(family, identifier, name, deprecated, ibsi_family, ibsi_feature, ibsi, unit, definition)         \
  FeatureDefinition{Family::family, feature::family::identifier, name, deprecated, ibsi_family, ibsi_feature, ibsi, \
      unit, definition},
constexpr FeatureDefinition table[] = {
#include "catalogue/features.inc"
};
#undef RL_FEATURE

static_assert(feature::firstorder::count == 22 && feature::shape::count == 32 && feature::shape2d::count == 10 &&
              feature::glcm::count == 26 && feature::glrlm::count == 16 && feature::glszm::count == 16 &&
              feature::gldm::count == 17 && feature::ngtdm::count == 5 && feature::loc_int::count == 2 &&
              feature::ih::count == 21 && feature::ivh::count == 6 && feature::gldzm::count == 16);

}  // namespace

std::string_view convention_name(Convention convention) noexcept {
  return convention == Convention::ibsi ? "ibsi" : "pyradiomics";
}

std::string_view family_name(Family family) noexcept {
  constexpr std::array<std::string_view, family_count> names{
      "firstorder", "shape", "shape2D", "glcm", "glrlm", "glszm", "gldm", "ngtdm", "loc_int", "ih", "ivh", "gldzm"};
  return names[std::size_t(family)];
}

std::span<const FeatureDefinition> features() noexcept { return table; }

std::span<const FeatureDefinition> features(Family family) noexcept {
  const auto [first, last] =
      std::equal_range(std::begin(table), std::end(table), FeatureDefinition{family, 0, {}, false, {}, {}, {}, {}, {}},
          [](const FeatureDefinition& a, const FeatureDefinition& b) { return a.family < b.family; });
  return {first, last};
}

}  // namespace radloom
