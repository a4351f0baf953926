#include "engine/labels.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.hpp"
#include "core/skip_zeros.hpp"
#include "core/utf8.hpp"
#include "preprocess/resample.hpp"

namespace radloom {
namespace {

constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();

/// Box and count that grow by runs of a row.
struct Growing {
  std::int64_t voxels = 0;
  std::array<std::int64_t, 3> low{INT64_MAX, INT64_MAX, INT64_MAX}, high{-1, -1, -1};
  void add(std::int64_t x0, std::int64_t x1, std::int64_t y, std::int64_t z) {
    voxels += x1 - x0;
    reach({x0, y, z});
    reach({x1 - 1, y, z});
  }
  void reach(const std::array<std::int64_t, 3>& at) {
    for (int d = 0; d < 3; ++d) {
      low[d] = std::min(low[d], at[d]);
      high[d] = std::max(high[d], at[d]);
    }
  }
  void add(const Growing& other) {
    voxels += other.voxels;
    for (int d = 0; d < 3; ++d) {
      low[d] = std::min(low[d], other.low[d]);
      high[d] = std::max(high[d], other.high[d]);
    }
  }
  LabelExtent extent() const {
    LabelExtent e{voxels, {}};
    if (voxels == 0) return e;
    for (int d = 0; d < 3; ++d) e.box.first[d] = low[d], e.box.size[d] = high[d] - low[d] + 1;
    return e;
  }
};

template <class T>
std::int64_t label_of(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value) || value < 0 || value > 4294967295.0)
      throw Error(ErrorCode::file_unreadable,
          fmt::format("the mask holds {}, which is no label; labels are whole numbers from 0 on", value));
  } else if constexpr (std::is_signed_v<T>) {
    if (value < 0)
      throw Error(ErrorCode::file_unreadable,
          fmt::format("the mask holds {}, which is no label; labels are whole numbers from 0 on", value));
  }
  return std::int64_t(value);
}

/// Calls f(label, x0, x1, y, z) for every run of a non-zero value in slices [z0, z1).
template <class T, class F>
void for_runs(
    std::span<const T> v, const std::array<std::int64_t, 3>& size, std::int64_t z0, std::int64_t z1, const F& f) {
  for (std::int64_t z = z0; z < z1; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y) {
      const T* const row = v.data() + (z * size[1] + y) * size[0];
      for (std::int64_t x = skip_zeros(row, 0, size[0]); x < size[0]; x = skip_zeros(row, x, size[0])) {
        const std::int64_t first = x;
        while (x < size[0] && row[x] == row[first]) ++x;
        if (x == first) ++x;  // NaN equals nothing
        f(row[first], first, x, y, z);
      }
    }
}

}  // namespace

std::map<std::int64_t, LabelExtent> find_labels(const Volume& mask) {
  const auto& size = mask.geometry().size;
  const auto pieces = pieces_for(size[2], mask.geometry().voxels(), 1 << 20);
  std::vector<std::map<std::int64_t, Growing>> found(pieces);
  mask.visit([&](auto v) {
    for_pieces(size[2], pieces, [&](std::int64_t p, std::int64_t first, std::int64_t last) {
      std::int64_t label = none;
      Growing* growing = nullptr;
      for_runs(v, size, first, last, [&](auto value, std::int64_t x0, std::int64_t x1, std::int64_t y, std::int64_t z) {
        if (const auto l = label_of(value); l != label) growing = &found[p][label = l];
        growing->add(x0, x1, y, z);
      });
    });
  });
  for (std::int64_t p = 1; p < pieces; ++p)
    for (const auto& [label, g] : found[p]) found[0][label].add(g);
  std::map<std::int64_t, LabelExtent> out;
  for (const auto& [label, g] : found[0])
    if (label != 0) out[label] = g.extent();  // a fraction is cut to label 0
  return out;
}

namespace {

std::string label_text(const std::vector<std::int64_t>& labels) { return fmt::format("{}", fmt::join(labels, "+")); }

/// Whether a name fits a pattern of * and ?. Linear but for the last star, which is tried again further on.
bool fits(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = std::string_view::npos, after = 0;
  while (n < name.size()) {
    const char wanted = p < pattern.size() ? pattern[p] : '\0';
    const std::size_t matched = wanted == '?' ? utf8_character(name, n) : wanted == name[n];
    if (wanted == '*') {
      star = p++;
      after = n;
    } else if (matched > 0) {
      ++p;
      n += matched;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++after;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// What a text chooses among the names of a mask.
class Chooser {
 public:
  explicit Chooser(const NamedMask& mask) : mask_(mask) {}

  std::vector<std::vector<std::int64_t>> choose(const std::string& text) const {
    if (const auto number = of_name(text)) return {{*number}};
    if (text.find('+') == std::string::npos) {
      std::vector<std::vector<std::int64_t>> regions;
      for (const auto number : matches(text)) regions.push_back({number});
      return regions;
    }
    std::vector<std::int64_t> united;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('+', at), text.size());
      const std::string part = trimmed(text.substr(at, end - at));
      if (const auto number = of_name(part)) add(united, *number);
      else if (!part.empty() && part.size() < 10 && part.find_first_not_of("0123456789") == std::string::npos)
        add(united, of_number(std::stoll(part)));
      else
        for (const auto each : matches(part)) add(united, each);
      at = end + 1;
    }
    return {united};
  }

  std::int64_t of_number(std::int64_t number) const {
    for (const auto& name : mask_.names())
      if (name.number == number) return number;
    absent(fmt::format("{}", number));
  }

  /// Those with an outline.
  std::vector<std::int64_t> matches(const std::string& pattern) const {
    std::vector<std::int64_t> numbers;
    for (const auto& name : mask_.names())
      if (name.outlined && fits(name.name, pattern)) numbers.push_back(name.number);
    if (numbers.empty()) absent("'" + pattern + "'");
    return numbers;
  }

 private:
  static std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
  }

  static void add(std::vector<std::int64_t>& numbers, std::int64_t number) {
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
  }

  std::optional<std::int64_t> of_name(const std::string& text) const {
    std::vector<std::int64_t> found;
    for (const auto& name : mask_.names())
      if (name.name == text) found.push_back(name.number);
    if (found.size() > 1)
      throw Error(ErrorCode::label_absent, fmt::format("{}: {} regions are called '{}'; choose one by its number: {}",
                                               mask_.path().string(), found.size(), text, fmt::join(found, ", ")));
    return found.empty() ? std::nullopt : std::optional(found.front());
  }

  [[noreturn]] void absent(const std::string& what) const {
    std::string list;
    for (const auto& name : mask_.names()) {
      if (list.size() > 400) {
        list += ", ...";
        break;
      }
      list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", name.name, name.number);
    }
    throw Error(ErrorCode::label_absent,
        fmt::format("{}: names no region {}; it names {}; choose with --label", mask_.path().string(), what, list));
  }

  const NamedMask& mask_;
};

}  // namespace

std::vector<RegionLabels> regions_of(
    const LabelSelection& selection, const std::map<std::int64_t, LabelExtent>& present) {
  if (!selection.names.empty())
    throw Error(ErrorCode::label_absent,
        fmt::format("label '{}' is a name, and this mask has none; choose a number, a union such as 1+2, or all",
            selection.names));
  if (present.empty()) throw Error(ErrorCode::empty_mask, "the mask holds nothing but 0; is it the right file?");
  std::vector<RegionLabels> regions;
  if (selection.every_label) {
    for (const auto& [label, extent] : present) regions.push_back({{label}, label_text({label}), {}, {}});
    return regions;
  }
  std::vector<std::int64_t> absent;
  for (const auto l : selection.labels)
    if (!present.contains(l)) absent.push_back(l);
  if (!absent.empty()) {
    std::vector<std::int64_t> labels;
    for (const auto& [label, extent] : present) labels.push_back(label);
    const bool many = labels.size() > 20;
    if (many) labels.resize(20);
    throw Error(
        ErrorCode::label_absent, fmt::format("label {} is not in the mask, which holds {}{}; choose with --label",
                                     fmt::join(absent, " and "), fmt::join(labels, ", "), many ? ", ..." : ""));
  }
  regions.push_back({selection.labels, label_text(selection.labels), {}, {}});
  return regions;
}

std::vector<std::vector<std::int64_t>> chosen_of(const LabelSelection& selection, const NamedMask& mask) {
  const Chooser chooser(mask);
  if (!selection.names.empty()) return chooser.choose(selection.names);
  std::vector<std::vector<std::int64_t>> regions;
  if (selection.every_label)
    for (const auto number : chooser.matches("*")) regions.push_back({number});
  else regions.push_back(selection.labels);
  for (const auto& region : regions)
    for (const auto number : region) chooser.of_number(number);
  return regions;
}

std::vector<RegionLabels> regions_of(const std::vector<std::vector<std::int64_t>>& chosen, const DrawnMask& drawn) {
  std::vector<RegionLabels> regions;
  for (const auto& numbers : chosen) {
    RegionLabels& region = regions.emplace_back();
    region.label = label_text(numbers);
    for (const auto number : numbers) {
      const auto part = std::find_if(
          drawn.regions.begin(), drawn.regions.end(), [&](const DrawnRegion& r) { return r.name.number == number; });
      region.name += (region.name.empty() ? "" : "+") + part->name.name;
      region.values.insert(region.values.end(), part->values.begin(), part->values.end());
      if (!region.problem) region.problem = part->problem;
    }
    std::sort(region.values.begin(), region.values.end());
    region.values.erase(std::unique(region.values.begin(), region.values.end()), region.values.end());
    if (!region.problem && region.values.empty())
      region.problem = Error(ErrorCode::empty_mask,
          fmt::format("region {} ({}) encloses the centre of no voxel of the image", region.label, region.name));
  }
  return regions;
}

LabelExtent extent_of(const std::vector<std::int64_t>& labels, const std::map<std::int64_t, LabelExtent>& present) {
  Growing g;
  for (const auto l : labels) {
    const auto& [voxels, box] = present.at(l);
    g.voxels += voxels;
    g.reach(box.first);
    g.reach({box.first[0] + box.size[0] - 1, box.first[1] + box.size[1] - 1, box.first[2] + box.size[2] - 1});
  }
  return g.extent();
}

namespace {

/// Whether a value is one of these labels: by a table, for structures that overlap have many values.
class AnyOf {
 public:
  explicit AnyOf(const std::vector<std::int64_t>& labels) : labels_(labels) {
    const std::int64_t largest = labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end());
    if (largest > 65535) return;
    table_.resize(std::size_t(largest) + 1);
    for (const auto label : labels) table_[std::size_t(label)] = 1;
  }
  bool operator()(std::int64_t value) const {
    if (table_.empty()) return std::find(labels_.begin(), labels_.end(), value) != labels_.end();
    return value >= 0 && value < std::int64_t(table_.size()) && table_[std::size_t(value)] != 0;
  }

 private:
  std::vector<std::int64_t> labels_;
  std::vector<std::uint8_t> table_;
};

}  // namespace

Volume select(const Volume& mask, const std::vector<std::int64_t>& labels, const Box& box) {
  const auto& size = mask.geometry().size;
  std::vector<std::uint8_t> out(box.voxels());
  const auto fill = [&](auto v, auto&& is_inside) {
    auto* to = out.data();
    for (std::int64_t z = 0; z < box.size[2]; ++z)
      for (std::int64_t y = 0; y < box.size[1]; ++y, to += box.size[0]) {
        const auto* const from = v.data() + ((z + box.first[2]) * size[1] + y + box.first[1]) * size[0] + box.first[0];
        for (std::int64_t x = 0; x < box.size[0]; ++x) to[x] = is_inside(from[x]);
      }
  };
  mask.visit([&]<class T>(std::span<const T> v) {
    if (labels.size() == 1) fill(v, [l = labels[0]](T value) { return std::uint8_t(std::int64_t(value) == l); });
    else fill(v, [is_one = AnyOf(labels)](T value) { return std::uint8_t(is_one(std::int64_t(value))); });
  });
  return Volume::from<std::uint8_t>(crop(mask.geometry(), box), std::move(out));
}

Volume select_on(const Volume& mask, const std::vector<std::int64_t>& labels, const Geometry& grid) {
  const auto xs = nearest_indices(mask.geometry(), grid, 0), ys = nearest_indices(mask.geometry(), grid, 1),
             zs = nearest_indices(mask.geometry(), grid, 2);
  const auto& size = mask.geometry().size;
  std::vector<std::uint8_t> out(grid.voxels());
  const AnyOf is_one(labels);
  mask.visit([&](auto v) {
    std::size_t i = 0;
    for (const auto z : zs)
      for (const auto y : ys)
        for (const auto x : xs) {
          if (x >= 0 && y >= 0 && z >= 0) out[i] = is_one(std::int64_t(v[(z * size[1] + y) * size[0] + x]));
          ++i;
        }
  });
  return Volume::from<std::uint8_t>(grid, std::move(out));
}

LabelExtent extent_of(const Volume& mask) {
  const auto& size = mask.geometry().size;
  Growing g;
  for_runs(mask.as<std::uint8_t>(), size, 0, size[2],
      [&](auto, std::int64_t x0, std::int64_t x1, std::int64_t y, std::int64_t z) { g.add(x0, x1, y, z); });
  return g.extent();
}

}  // namespace radloom
