// The names of BIDS and its derivatives: sub-01_ses-2_space-T1w_label-lesion_mask.nii.gz, entities and a suffix.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "cohort/manifest.hpp"
#include "cohort/pairing.hpp"
#include "io/text.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

/// Entities that a derivative adds to those of its source (BIDS 1.9, derivatives, "Common data types").
constexpr std::array<std::string_view, 9> of_derivatives{
    "space", "res", "den", "label", "desc", "seg", "atlas", "hemi", "mode"};
/// Suffixes of volumes that hold no intensities.
constexpr std::array<std::string_view, 5> no_intensities{"probseg", "defacemask", "xfm", "warp", "regref"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct BidsName {
  fs::path path;
  fs::path data_set;
  std::string source;  ///< the entities of what was acquired, such as "sub-01_ses-2", in order of their keys
  std::string space, resolution;
  std::string suffix;  ///< of an image; of a mask, that of its image, where its name has it ("sub-01_T1w_seg")
  bool is_derived = false;
};

/// The folder of a data set: what lies above the subject's, and above derivatives, rawdata or sourcedata.
fs::path data_set_of(const fs::path& path) {
  fs::path above;
  for (const fs::path& part : path.parent_path()) {
    const std::string name = part.string();
    if (name.starts_with("sub-") || name == "derivatives" || name == "rawdata" || name == "sourcedata") break;
    above /= part;
  }
  return above;
}

/// The parts of a name that begins with sub-; none of another.
std::optional<BidsName> parse(const fs::path& path, const std::string& stem) {
  if (!stem.starts_with("sub-")) return std::nullopt;
  BidsName name{path, data_set_of(path), {}, {}, {}, {}, false};
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
    if (among(of_derivatives, key)) name.is_derived = true;
    else source[key] = value;
  }
  for (const auto& [key, value] : source) name.source += (name.source.empty() ? "" : "_") + key + '-' + value;
  return name;
}

/// The volumes that a mask's sidecar says it was made of, by their file names: those of SpatialReference and Sources, else those of RawSources.
struct Sources {
  std::vector<std::string> names;
  bool are_raw = false;  ///< the mask may lie on an image that was derived of them
};

Sources sources_of(const fs::path& mask) {
  constexpr std::uintmax_t most_bytes = 1 << 20;
  const fs::path path = mask.parent_path() / (volume_stem(mask) + ".json");
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > most_bytes || error) return {};
  std::ifstream file(path, std::ios::binary);
  // Nothing that is asked for lies deeper, and what nests a million deep ends a parser's stack.
  const auto json = nlohmann::json::parse(
      file, [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= 3; }, false);
  Sources found;
  if (!json.is_object()) return found;
  const auto add = [&](const nlohmann::json& value) {
    if (!value.is_string()) return;
    const std::string text = value.get<std::string>();
    const std::string name = text.substr(text.find_last_of(":/") + 1);
    if (volume_stem(name) != name) found.names.push_back(name);
  };
  const auto add_all = [&](const char* key) {
    const auto value = json.find(key);
    if (value == json.end()) return;
    add(*value);
    if (value->is_array() || value->is_object())
      for (const auto& one : *value) add(one);
  };
  add_all("SpatialReference");
  add_all("Sources");
  if (found.names.empty()) {
    add_all("RawSources");
    found.are_raw = true;
  }
  return found;
}

/// The suffix of a file's name: T1w of sub-01_T1w.nii.gz.
std::string suffix_of(const std::string& name) {
  const std::string stem = volume_stem(name);
  return stem.substr(stem.find_last_of('_') + 1);
}

bool is_named(const Sources& sources, const BidsName& image) {
  const std::string name = image.path.filename().string();
  return std::any_of(sources.names.begin(), sources.names.end(),
      [&](const std::string& one) { return one == name || (sources.are_raw && suffix_of(one) == image.suffix); });
}

bool shares_space(const BidsName& mask, const BidsName& image) {
  if (image.resolution != mask.resolution) return false;
  // "space-T1w" and "space-orig" are an acquired image's own.
  return image.space == mask.space || (image.space.empty() && (mask.space == image.suffix || mask.space == "orig"));
}

using Candidates = std::vector<const BidsName*>;

std::string listed(const Candidates& candidates) {
  std::string names;
  for (const BidsName* name : candidates) names += (names.empty() ? "" : ", ") + name->path.string();
  return names;
}

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
  std::set<fs::path> with_images;
  for (const fs::path& path : volumes) {
    const std::string stem = volume_stem(path);
    if (without_mask_word(io::lower(stem))) continue;
    auto name = parse(path, stem);
    if (!name || name->suffix.empty() || among(no_intensities, name->suffix)) continue;
    with_images.insert(name->data_set);
    images[name->source].push_back(std::move(*name));
  }
  Pairing result;
  for (const fs::path& path : masks) {
    const std::string whole = volume_stem(path);
    const auto stem = without_mask_word(io::lower(whole));
    const auto mask = stem ? parse(path, whole.substr(0, stem->size())) : std::nullopt;
    if (!mask) continue;
    const auto alone = [&](std::string reason) { result.alone.push_back({path, std::move(reason)}); };
    // Two data sets have subjects of one name. A data set of masks alone belongs to the only one of images.
    const bool is_elsewhere = !with_images.count(mask->data_set) && with_images.size() == 1;
    Candidates candidates;
    for (const BidsName& image : images[mask->source])
      if ((is_elsewhere || image.data_set == mask->data_set) && shares_space(*mask, image) &&
          (mask->suffix.empty() || mask->suffix == image.suffix))
        candidates.push_back(&image);
    if (candidates.empty()) {
      alone(fmt::format("no image of its data set has its entities ({}{}{})", mask->source,
          mask->space.empty() ? "" : "_space-", mask->space));
      continue;
    }
    if (const Sources sources = sources_of(path); !sources.names.empty()) {
      std::erase_if(candidates, [&](const BidsName* image) { return !is_named(sources, *image); });
      if (candidates.empty()) {
        alone(fmt::format("its .json names {}, which is not among the images that have its entities",
            fmt::join(sources.names, ", ")));
        continue;
      }
    }
    prefer(candidates, [&](const BidsName& name) { return name.path.parent_path() == path.parent_path(); });
    prefer(candidates, [](const BidsName& name) { return !name.is_derived; });
    prefer(candidates,
        [&](const BidsName& name) { return name.path.parent_path().filename() == path.parent_path().filename(); });
    if (candidates.size() > 1) {
      alone(fmt::format("several images have its entities ({}); name one as Sources in its .json", listed(candidates)));
      continue;
    }
    result.pairs.push_back({candidates.front()->path, path, *stem});
  }
  return result;
}

}  // namespace radloom::cohort
