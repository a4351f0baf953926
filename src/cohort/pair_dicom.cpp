// DICOM files of a folder tree: each structure set and segmentation with the series it was drawn on.
#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <map>
#include <set>

#include "cohort/manifest.hpp"
#include "cohort/pairing.hpp"
#include "io/dicom_links.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

struct Series {
  std::set<fs::path> folders;
  std::set<std::string> frames_of_reference;
  bool is_paired = false;
};

class DicomTree {
 public:
  explicit DicomTree(const std::vector<fs::path>& files) {
    std::vector<std::optional<io::DicomLinks>> links(files.size());
    std::vector<std::string> problems(files.size());
    tbb::parallel_for(std::size_t(0), files.size(), [&](std::size_t i) {
      try {
        links[i] = io::links_of(files[i]);
      } catch (const Error& error) {
        problems[i] = error.what();
      }
    });
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!problems[i].empty()) result_.alone.push_back({files[i], problems[i]});
      if (!links[i]) continue;
      if (links[i]->kind == io::DicomKind::named_mask) {
        ++masks_in_[files[i].parent_path()];
        masks_.emplace_back(files[i], std::move(*links[i]));
      } else if (links[i]->kind == io::DicomKind::image) {
        Series& series = series_[links[i]->series];
        series.folders.insert(files[i].parent_path());
        series.frames_of_reference.insert(links[i]->frames_of_reference.begin(), links[i]->frames_of_reference.end());
        series_in_[files[i].parent_path()].insert(links[i]->series);
      }
    }
  }

  Pairing pair() {
    for (const auto& [mask, links] : masks_) pair(mask, links);
    for (const auto& [uid, series] : series_)
      if (!series.is_paired)
        for (const fs::path& folder : series.folders)
          result_.alone.push_back({path_of(folder, uid), "no structure set or segmentation refers to this series"});
    return std::move(result_);
  }

 private:
  void pair(const fs::path& mask, const io::DicomLinks& links) {
    const bool refers = !links.referenced_series.empty();
    std::set<std::string> found;
    for (const std::string& uid : links.referenced_series)
      if (series_.count(uid)) found.insert(uid);
    if (!refers)
      for (const auto& [uid, series] : series_)
        for (const std::string& frame : links.frames_of_reference)
          if (series.frames_of_reference.count(frame)) found.insert(uid);
    const auto alone = [&](std::string reason) { result_.alone.push_back({mask, std::move(reason)}); };
    if (found.empty())
      return alone(refers ? fmt::format("the series it refers to, {}, is not here", listed(links.referenced_series))
                          : "refers to no series, and no image here lies in its frame of reference");
    if (found.size() > 1)
      return alone(fmt::format("{} ({}); name one in a manifest",
          refers ? "refers to several series" : "refers to no series, and several lie in its frame of reference",
          listed({found.begin(), found.end()})));
    Series& series = series_[*found.begin()];
    if (series.folders.size() > 1 && !series.folders.count(mask.parent_path())) {
      std::vector<std::string> folders;
      for (const fs::path& folder : series.folders) folders.push_back(folder.string());
      return alone(
          fmt::format("the series it refers to lies in several folders ({}); name one in a manifest", listed(folders)));
    }
    const fs::path& folder = series.folders.size() > 1 ? mask.parent_path() : *series.folders.begin();
    series.is_paired = true;
    result_.pairs.push_back(
        {path_of(folder, *found.begin()), mask, masks_in_[mask.parent_path()] > 1 ? volume_stem(mask) : std::string()});
  }

  /// What names a series in a manifest: its folder, followed by its UID where others lie there too.
  fs::path path_of(const fs::path& folder, const std::string& uid) const {
    return series_in_.at(folder).size() > 1 ? folder / uid : folder;
  }

  static std::string listed(const std::vector<std::string>& names) {
    std::string all;
    for (std::size_t i = 0; i < names.size() && i < 3; ++i) all += (i ? ", " : "") + names[i];
    return names.size() > 3 ? all + ", ..." : all;
  }

  std::vector<std::pair<fs::path, io::DicomLinks>> masks_;
  std::map<fs::path, int> masks_in_;
  std::map<std::string, Series> series_;
  std::map<fs::path, std::set<std::string>> series_in_;
  Pairing result_;
};

}  // namespace

Pairing pair_dicom(const std::vector<fs::path>& files) { return DicomTree(files).pair(); }

}  // namespace radloom::cohort
