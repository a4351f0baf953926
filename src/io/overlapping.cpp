#include "io/overlapping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/stored_file.hpp"
#include "radloom/error.hpp"

namespace radloom::io {

OverlappingRegions::OverlappingRegions(const Geometry& grid, const std::filesystem::path& reader)
    : grid_(grid), reader_(reader) {
  check_geometry(grid, "the image's grid");
  const std::size_t bytes = std::size_t(grid.voxels()) * sizeof(std::uint16_t);
  memory_ = allocate_zeros(bytes, reader);
  voxels_ = reinterpret_cast<std::uint16_t*>(memory_.get());
}

void OverlappingRegions::begin(std::size_t region) {
  region_ = region;
  with_.assign(members_.size(), 0);
  without_.assign(members_.size(), 0);
}

void OverlappingRegions::add(std::int64_t first, std::int64_t count) {
  for (std::uint16_t* v = voxels_ + first; v != voxels_ + first + count; ++v) {
    const std::uint16_t before = *v;
    if (!members_[before].empty() && members_[before].back() == region_) continue;
    if (with_[before] == 0) {
      if (members_.size() > 65535)
        throw Error(ErrorCode::file_unreadable,
            fmt::format("{}: its regions overlap in more than 65535 ways; choose fewer of them", reader_.string()));
      with_[before] = std::uint16_t(members_.size());
      auto members = members_[before];
      members.push_back(region_);
      members_.push_back(std::move(members));
      counts_.push_back(0);
      with_.push_back(0);
      without_.push_back(before);
    }
    *v = with_[before];
    ++counts_[*v];
    --counts_[before];
  }
}

void OverlappingRegions::drop() {
  // Combinations with this region come last; most regions that are refused have not begun to be drawn.
  if (members_.back().empty() || members_.back().back() != region_) return;
  for (std::int64_t i = 0; i < grid_.voxels(); ++i) {
    const std::uint16_t value = voxels_[i];
    if (members_[value].empty() || members_[value].back() != region_) continue;
    voxels_[i] = without_[value];
    --counts_[value];
    ++counts_[voxels_[i]];
  }
}

std::vector<std::int64_t> OverlappingRegions::values_of(std::size_t region) const {
  std::vector<std::int64_t> values;
  for (std::size_t value = 1; value < members_.size(); ++value)
    if (counts_[value] > 0 &&
        std::find(members_[value].begin(), members_[value].end(), region) != members_[value].end())
      values.push_back(std::int64_t(value));
  return values;
}

Volume OverlappingRegions::volume() const {
  return Volume(grid_, ScalarType::uint16, std::shared_ptr<const void>(memory_));
}

}  // namespace radloom::io
