#pragma once
// What the rules of pair_files have in common.
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radloom::cohort {

/// An image with its mask.
struct Pair {
  std::filesystem::path image, mask;
  std::string name;  ///< of the case within the mask's folder; empty where the folder names it
};

/// A file that has no partner, and why, where there is more to say than that.
struct Unpaired {
  std::filesystem::path path;
  std::string reason;

  friend auto operator<=>(const Unpaired&, const Unpaired&) = default;
};

struct Pairing {
  std::vector<Pair> pairs;
  std::vector<Unpaired> alone;
};

/// The words that a mask's name ends in.
constexpr std::array<std::string_view, 7> mask_words{"mask", "label", "labels", "seg", "dseg", "segmentation", "roi"};

/// The stem (in lower case) without "_word" or "-word"; nothing of a word alone, and none where it does not end in one.
std::optional<std::string> without_mask_word(const std::string& stem);

/// Pairs masks of BIDS derivatives with images anywhere in the data set, by the entities of their names; pair_files.hpp has the rule.
/// `masks` are those that no other rule has paired.
Pairing pair_bids(const std::vector<std::filesystem::path>& masks, const std::vector<std::filesystem::path>& volumes);

/// Pairs structure sets and segmentations with the series they refer to; pair_files.hpp has the rule. `files` may be DICOM.
Pairing pair_dicom(const std::vector<std::filesystem::path>& files);

}  // namespace radloom::cohort
