#include "cohort/pair_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "cohort/manifest.hpp"
#include "io/dicom_object.hpp"
#include "io/text.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view image_words[] = {"image", "img"};

bool is_volume(const fs::path& path) {
  return volume_stem(path) != path.filename().string() && io::lower(path.extension().string()) != ".dcm";
}

std::string key_of(const fs::path& path) { return io::lower(volume_stem(path)); }

/// The volumes of one folder, by their names in lower case.
using Files = std::map<std::string, std::vector<fs::path>>;

class Folder {
 public:
  explicit Folder(const fs::path& root)
      : root_(root.has_filename() ? root.lexically_normal() : root.parent_path().lexically_normal()) {}

  PairedFiles pair() {
    scan();
    std::map<std::pair<fs::path, std::string>, const Files*> by_name;  // {parent, lower-case name}
    for (const auto& [folder, files] : folders_)
      by_name.emplace(std::pair(folder.parent_path(), io::lower(folder.filename().string())), &files);
    for (const auto& [folder, files] : folders_) {
      const std::string name = io::lower(folder.filename().string());
      const Files* images = nullptr;
      for (const std::string_view word : {"labels", "masks"})
        if (name.starts_with(word))
          if (const auto found = by_name.find({folder.parent_path(), "images" + name.substr(word.size())});
              found != by_name.end())
            images = found->second;
      for (const auto& [key, paths] : files)
        for (std::size_t i = 0; i < paths.size(); ++i) {
          const fs::path& path = paths[i];
          if (i > 0 && volume_stem(path) == volume_stem(paths[i - 1])) continue;  // the same in another format
          const auto name_of_case = without_mask_word(key);
          const auto& known = name_of_case && !name_of_case->empty() ? *name_of_case : key;
          if (images &&
              (from(*images, {key, key + "_0000"}, path, key) || from(*images, {known, known + "_0000"}, path, known)))
            continue;
          if (name_of_case && !in_its_folder(files, *name_of_case, path)) masks_left_.push_back(path);
        }
    }
    take(pair_bids(masks_left_, {all_.begin(), all_.end()}));
    Pairing dicom = pair_dicom(may_be_dicom_);
    for (Pair& pair : dicom.pairs)  // this folder is called as the user calls it, which may be "."
      if (below(pair.mask.parent_path()) == ".") pair.name = volume_stem(pair.mask);
    take(std::move(dicom));
    return written();
  }

 private:
  void scan() {
    std::error_code error;
    fs::recursive_directory_iterator entry(root_, error), end;
    for (; !error && entry != end; entry.increment(error)) {
      const fs::path& path = entry->path();
      std::error_code ignored;
      const bool is_hidden = path.filename().string().starts_with('.');
      if (entry->is_directory(ignored)) {
        if (is_hidden || entry->is_symlink(ignored)) entry.disable_recursion_pending();
        else if (std::error_code refused; fs::directory_iterator(path, refused), refused) {
          alone_.push_back({path, fmt::format("this folder cannot be searched: {}", refused.message())});
          entry.disable_recursion_pending();
        }
      } else if (is_hidden) {
        continue;
      } else if (is_volume(path)) {
        // A link whose file is not here (fetched on demand, as DataLad has it) takes part: what it belongs to must not go to another.
        const bool is_here = entry->is_regular_file(ignored);
        if (!is_here && !entry->is_symlink(ignored)) continue;
        if (!is_here) absent_.insert(path);
        folders_[path.parent_path()][key_of(path)].push_back(path);
        all_.insert(path);
      } else if (entry->is_regular_file(ignored) && io::may_be_dicom(path)) {
        may_be_dicom_.push_back(path);
      }
    }
    for (auto& [folder, files] : folders_)
      for (auto& [key, paths] : files) std::sort(paths.begin(), paths.end());
    if (error)
      throw Error(ErrorCode::file_unreadable,
          fmt::format("{}: the folder cannot be searched: {}", root_.string(), error.message()));
    std::sort(may_be_dicom_.begin(), may_be_dicom_.end());
  }

  void take(Pairing more) {
    std::move(more.pairs.begin(), more.pairs.end(), std::back_inserter(pairs_));
    std::move(more.alone.begin(), more.alone.end(), std::back_inserter(alone_));
  }

  /// Pairs a mask with the first image there is. Of several that differ by letters' case it is the one that is spelt as the mask, of two formats of
  /// one name always the same. False where there is none.
  bool from(const Files& images, const std::vector<std::string>& keys, const fs::path& mask, const std::string& name) {
    const std::string spelt = volume_stem(mask).substr(0, name.size());
    for (const auto& key : keys) {
      const auto found = images.find(key);
      if (found == images.end()) continue;
      std::map<std::string, fs::path> spellings;
      for (const fs::path& path : found->second)
        if (path != mask) spellings.emplace(volume_stem(path), path);
      if (spellings.size() > 1)
        std::erase_if(spellings, [&](const auto& one) { return !one.first.starts_with(spelt); });
      if (spellings.size() != 1) continue;
      pairs_.push_back({spellings.begin()->second, mask, name});
      return true;
    }
    return false;
  }

  bool in_its_folder(const Files& files, const std::string& name, const fs::path& mask) {
    std::vector<std::string> keys;
    if (!name.empty()) keys.push_back(name);
    for (const auto word : image_words) {
      if (name.empty()) keys.emplace_back(word);
      else
        for (const char joint : {'_', '-'}) keys.push_back(fmt::format("{}{}{}", name, joint, word));
    }
    if (from(files, keys, mask, name)) return true;
    if (!name.empty()) return false;
    std::vector<std::string> images;
    for (const auto& [key, paths] : files)
      if (!without_mask_word(key)) images.push_back(key);
    return images.size() == 1 && from(files, images, mask, name);
  }

  /// The path below the root, links as they are.
  std::string below(const fs::path& path) const { return path.lexically_relative(root_).generic_string(); }

  /// The folder below the root, and the case.
  std::string id_of(const Pair& pair, bool shared) const {
    const std::string folder = below(pair.mask.parent_path());
    std::string name = shared ? volume_stem(pair.mask) : volume_stem(pair.mask).substr(0, pair.name.size());
    if (folder == ".") return name.empty() ? volume_stem(pair.image) : name;
    return name.empty() ? folder : folder + '/' + name;
  }

  PairedFiles written() {
    std::erase_if(pairs_, [&](const Pair& pair) {
      if (!absent_.count(pair.image) && !absent_.count(pair.mask)) return false;
      alone_.push_back({pair.mask, fmt::format("{} is a link to a file that is not here",
                                       absent_.count(pair.mask) ? std::string("it") : pair.image.string())});
      return true;
    });
    std::map<fs::path, int> masks_of;
    for (const auto& pair : pairs_) ++masks_of[pair.image];
    std::map<std::string, const Pair*> cases;
    for (const auto& pair : pairs_) {
      // "a/b_mask" and "a/b/mask" are both "a/b".
      std::string id = id_of(pair, masks_of[pair.image] > 1);
      while (!cases.emplace(id, &pair).second) id += '+';
      all_.erase(pair.image);
      all_.erase(pair.mask);
    }
    PairedFiles out;
    for (const Unpaired& one : alone_) all_.erase(one.path);
    out.alone = std::move(alone_);
    for (const fs::path& path : all_) out.alone.push_back({path, {}});
    std::sort(out.alone.begin(), out.alone.end());
    if (cases.empty()) refuse(out.alone);
    for (const auto& [id, pair] : cases) {
      const nlohmann::ordered_json row = {{"ID", id}, {"Image", below(pair->image)}, {"Mask", below(pair->mask)}};
      try {
        out.manifest += row.dump() + '\n';
      } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::manifest_invalid,
            fmt::format("{}: this name is not UTF-8; rename the file", pair->mask.string()));
      }
    }
    return out;
  }

  [[noreturn]] void refuse(const std::vector<Unpaired>& alone) const {
    const auto said = std::find_if(alone.begin(), alone.end(), [](const Unpaired& one) { return !one.reason.empty(); });
    throw Error(ErrorCode::manifest_invalid,
        fmt::format(
            "{}: holds no image with its mask: {} volumes or series were found, none called <case>_mask, <case>_label or <case>_seg "
            "beside <case> or <case>_image, nor in folders labels... and images..., nor a DICOM structure set or segmentation with its series{}; "
            "write a manifest",
            root_.string(), alone.size(),
            said == alone.end() ? "" : fmt::format(" ({}: {})", said->path.string(), said->reason)));
  }

  const fs::path root_;
  std::map<fs::path, Files> folders_;
  std::set<fs::path> all_, absent_;
  std::vector<fs::path> may_be_dicom_, masks_left_;
  std::vector<Pair> pairs_;
  std::vector<Unpaired> alone_;
};

}  // namespace

std::optional<std::string> without_mask_word(const std::string& stem) {
  for (const auto word : mask_words) {
    if (stem == word) return "";
    if (stem.size() > word.size() + 1 && stem.ends_with(word)) {
      const std::size_t at = stem.size() - word.size() - 1;
      if (stem[at] == '_' || stem[at] == '-') return stem.substr(0, at);
    }
  }
  return std::nullopt;
}

PairedFiles pair_files(const fs::path& folder) { return Folder(folder).pair(); }

}  // namespace radloom::cohort
