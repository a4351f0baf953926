// The names of BIDS and its derivatives: sub-01_ses-2_space-T1w_label-lesion_mask.nii.gz, entities and a suffix.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "cohort/manifest.hpp"
#include "cohort/pairing.hpp"
#include "io/text.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

/// Entities that a derivative adds to those of its source (BIDS 1.9, derivatives, "Common data types").
constexpr std::array<std::string_view, 9> of_derivatives{
    "space", "res", "den", "label", "desc", "seg", "atlas", "hemi", "mode"};

struct BidsName {
  fs::path path;
  std::string source;  ///< the entities of what was acquired, such as "sub-01_ses-2", in order of their keys
  std::string space, resolution;
  std::string suffix;  ///< of an image; of a mask, that of its image, where its name has it ("sub-01_T1w_seg")
  bool is_derived = false;
};

/// The parts of a name that begins with sub-; none of another.
std::optional<BidsName> parse(const fs::path& path, const std::string& stem) {
  if (!stem.starts_with("sub-")) return std::nullopt;
  BidsName name{path, {}, {}, {}, {}, false};
  std::map<std::string, std::string> source;
  for (std::size_t at = 0; at <= stem.size();) {
    const std::size_t end = std::min(stem.find('_', at), stem.size());
    const std::string part = stem.substr(at, end - at);
    at = end + 1;
    const std::size_t dash = part.find('-');
    if (dash == std::string::npos) {
      name.suffix = part;
      continue;
    }
    const std::string key = part.substr(0, dash), value = part.substr(dash + 1);
    if (key == "space") name.space = value;
    if (key == "res") name.resolution = value;
    if (std::find(of_derivatives.begin(), of_derivatives.end(), key) != of_derivatives.end()) name.is_derived = true;
    else source[key] = value;
  }
  for (const auto& [key, value] : source) name.source += (name.source.empty() ? "" : "_") + key + '-' + value;
  return name;
}

/// What the mask's sidecar says it was made of: Sources, RawSources, SpatialReference, as one text. Empty where there is none to read.
std::string sidecar_of(const fs::path& mask) {
  std::ifstream file(mask.parent_path() / (volume_stem(mask) + ".json"), std::ios::binary);
  const auto json = nlohmann::json::parse(file, nullptr, false);
  std::string all;
  if (json.is_object())
    for (const char* key : {"Sources", "RawSources", "SpatialReference"})
      if (const auto found = json.find(key); found != json.end())
        all += found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  return all;
}

bool shares_space(const BidsName& mask, const BidsName& image) {
  if (image.space == mask.space) return image.resolution == mask.resolution;
  // "space-T1w" and "space-orig" are an acquired image's own.
  return image.space.empty() && (mask.space == io::lower(image.suffix) || mask.space == "orig");
}

using Candidates = std::vector<const BidsName*>;

/// Those that fulfil the condition, or all where none does.
template <typename Condition>
void prefer(Candidates& candidates, Condition condition) {
  Candidates chosen;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(chosen),
      [&](const BidsName* name) { return condition(*name); });
  if (!chosen.empty()) candidates = std::move(chosen);
}

}  // namespace

Pairing pair_bids(const std::vector<fs::path>& masks, const std::vector<fs::path>& volumes) {
  std::map<std::string, std::vector<BidsName>> images;  // by their source
  for (const fs::path& path : volumes) {
    const std::string stem = volume_stem(path);
    if (without_mask_word(io::lower(stem))) continue;
    if (auto name = parse(path, io::lower(stem)); name && !name->suffix.empty())
      images[name->source].push_back(std::move(*name));
  }
  Pairing result;
  for (const fs::path& path : masks) {
    const auto stem = without_mask_word(io::lower(volume_stem(path)));
    const auto mask = stem ? parse(path, *stem) : std::nullopt;
    if (!mask) continue;
    Candidates candidates;
    for (const BidsName& image : images[mask->source])
      if (shares_space(*mask, image) && (mask->suffix.empty() || mask->suffix == image.suffix))
        candidates.push_back(&image);
    if (candidates.empty()) {
      result.alone.push_back({path, fmt::format("no image has its entities ({}{}{})", mask->source,
                                        mask->space.empty() ? "" : "_space-", mask->space)});
      continue;
    }
    if (candidates.size() > 1) {
      const std::string sources = sidecar_of(path);
      prefer(candidates,
          [&](const BidsName& name) { return sources.find(name.path.filename().string()) != std::string::npos; });
    }
    prefer(candidates, [&](const BidsName& name) { return name.path.parent_path() == path.parent_path(); });
    prefer(candidates, [](const BidsName& name) { return !name.is_derived; });
    prefer(candidates,
        [&](const BidsName& name) { return name.path.parent_path().filename() == path.parent_path().filename(); });
    if (candidates.size() > 1) {
      std::string names;
      for (const BidsName* name : candidates) names += (names.empty() ? "" : ", ") + name->path.filename().string();
      result.alone.push_back(
          {path, fmt::format("several images have its entities ({}); name one as Sources in its .json", names)});
      continue;
    }
    result.pairs.push_back({candidates.front()->path, path, *stem});
  }
  return result;
}

}  // namespace radloom::cohort
