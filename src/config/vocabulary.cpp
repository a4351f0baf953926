#include "config/vocabulary.hpp"

#include "catalogue/lookup.hpp"

namespace radloom::config {

const std::vector<std::string>& radloom_parts() {
  static const std::vector<std::string> parts{"schema", "convention", "image_types", "families", "settings"};
  return parts;
}

const std::vector<std::string>& pyradiomics_parts() {
  static const std::vector<std::string> parts{"imageType", "featureClass", "setting", "voxelSetting"};
  return parts;
}

const std::vector<std::string>& voxel_settings() {
  static const std::vector<std::string> names{"kernelRadius", "maskedKernel", "initValue", "voxelBatch"};
  return names;
}

std::vector<std::string> family_keys(Dialect dialect) {
  std::vector<std::string> keys;
  for (const auto name : family_names())
    if (dialect == Dialect::radloom || find_family(name)[0].ibsi_family.empty()) keys.emplace_back(name);
  return keys;
}

std::vector<FamilyRequest> default_families(Convention convention) {
  using F = Family;
  std::vector<FamilyRequest> families;
  if (convention == Convention::ibsi) {
    for (const F family :
        {F::shape, F::loc_int, F::firstorder, F::ih, F::ivh, F::glcm, F::glrlm, F::glszm, F::gldzm, F::ngtdm, F::gldm})
      families.push_back({family, {}});
  } else {
    for (const F family : {F::firstorder, F::glcm, F::gldm, F::glrlm, F::glszm, F::ngtdm, F::shape, F::shape2d})
      families.push_back({family, {}});
  }
  return families;
}

}  // namespace radloom::config
