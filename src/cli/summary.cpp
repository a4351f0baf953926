#include "cli/summary.hpp"

#include <fmt/format.h>

#include "cli/text_table.hpp"

namespace radloom::cli {
namespace {

struct Telling {
  Family family;
  const char* feature;  ///< PyRadiomics' name
  const char* title;
};

constexpr Telling telling[] = {
    {Family::shape, "MeshVolume", "volume mm3"},
    {Family::shape, "Sphericity", "sphericity"},
    {Family::shape2d, "PixelSurface", "area mm2"},
    {Family::firstorder, "Mean", "mean"},
    {Family::firstorder, "Entropy", "entropy"},
    {Family::glcm, "Contrast", "contrast"},
    {Family::glszm, "ZonePercentage", "zone %"},
    {Family::ngtdm, "Coarseness", "coarseness"},
};

}  // namespace

Summary::Summary(const RunInfo& run, std::size_t longest) : longest_(longest) {
  for (const auto& wanted : telling)
    for (std::size_t c = 0; c < run.columns.size(); ++c) {
      const auto& column = run.columns[c];
      if (column.image_type != "original" || column.feature->family != wanted.family ||
          column.feature->pyradiomics != wanted.feature)
        continue;
      shown_.push_back({wanted.title, c});
      break;
    }
}

void Summary::add(const CaseRecord& record) {
  const auto show = [&](std::vector<std::string> row) {
    if (rows_.size() < longest_) rows_.push_back(std::move(row));
    else ++left_out_;
  };
  if (record.regions.empty()) return show({record.case_id, "", fmt::format("failed: {}", record.error.code)});
  for (const auto& region : record.regions) {
    if (region.status == Status::failed) {
      show({record.case_id, region.label, fmt::format("failed: {}", region.error.code)});
      continue;
    }
    std::vector<std::string> row{record.case_id, region.label, grouped(region.voxels)};
    for (const auto& shown : shown_) {
      const FeatureValue& value = region.values[shown.column];
      const double factor = shown.title == "zone %" ? 100 : 1;
      row.push_back(value.undefined == Undefined::none ? rounded(factor * value.value) : "-");
    }
    show(std::move(row));
  }
}

std::string Summary::text() const {
  std::vector<std::string> header{"case", "label", "voxels"};
  for (const auto& shown : shown_) header.push_back(shown.title);
  TextTable table(std::move(header));
  for (const auto& row : rows_) table.add(row);
  return table.text() + (left_out_ ? fmt::format("... and {} more\n", grouped(std::int64_t(left_out_))) : "");
}

}  // namespace radloom::cli
