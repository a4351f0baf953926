#pragma once
/// A small cohort made by the program itself, so that a first run needs nobody's data: three CT-like and three MR-like
/// volumes with three labels each. Every voxel is the same on every machine: noise comes from integer hashes, and nothing but
/// +, -, *, / and rounding touches it.
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom::cohort {

struct ExampleRegion {
  int label = 0;
  std::string name;         ///< "tumour"
  std::int64_t voxels = 0;  ///< with this label in the mask
};

struct ExampleCase {
  std::string id;        ///< "ct-1"
  std::string modality;  ///< "CT" or "MR"
  Volume image, mask;    ///< CT: int16 in HU; MR: uint16 or float32 in arbitrary units; masks: uint8
  std::vector<ExampleRegion> regions;
};

inline constexpr int example_cases = 6;

/// The case of this number, 0 .. example_cases - 1. Throws Error(usage) for another.
ExampleCase make_example(int number);

/// Writes images, masks, `manifest.csv` and `labels.csv` (what each label is) into `folder`, which is made where it is
/// missing. Files of the same names are replaced, the manifest last. Throws Error(output_unwritable | interrupted).
void write_example_cohort(const std::filesystem::path& folder, std::stop_token stop = {});

}  // namespace radloom::cohort
