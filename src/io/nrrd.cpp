// NRRD: header and data in one file (.nrrd) or apart (.nhdr). https://teem.sourceforge.net/nrrd/format.html
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "io/layout.hpp"
#include "io/stored_file.hpp"
#include "io/text.hpp"
#include "radloom/error.hpp"

namespace radloom::io {
namespace {

/// The fields of a header and where it ends.
struct Text {
  std::string name;                           ///< of the file, for messages
  std::map<std::string, std::string> fields;  ///< lower-case name -> value
  std::vector<std::string> list;              ///< the lines after "data file: LIST"
  std::size_t end = 0;                        ///< first byte after the blank line, or the file's size

  [[noreturn]] void refuse(ErrorCode code, const std::string& why) const { throw Error(code, name + ": " + why); }
  std::optional<std::string_view> find(const char* field) const {
    const auto found = fields.find(field);
    if (found == fields.end()) return std::nullopt;
    return found->second;
  }
  std::string_view need(const char* field) const {
    const auto value = find(field);
    if (!value)
      refuse(ErrorCode::file_unreadable, fmt::format("the NRRD header lacks the field \"{}\"; it is damaged", field));
    return *value;
  }
  std::int64_t integer(const char* field, std::string_view text) const {
    const auto value = to_int(trim(text));
    if (!value)
      refuse(ErrorCode::file_unreadable,
          fmt::format("the NRRD field \"{}\" holds \"{}\" where a whole number is needed", field, shown(text)));
    return *value;
  }
  std::int64_t integer_or(const char* field, std::int64_t otherwise) const {
    const auto value = find(field);
    return value ? integer(field, *value) : otherwise;
  }
};

/// Two spellings of some fields are allowed.
std::string canonical(std::string field) {
  if (field == "datafile") return "data file";
  if (field == "lineskip") return "line skip";
  if (field == "byteskip") return "byte skip";
  if (field == "centerings") return "centers";
  if (field == "axismins") return "axis mins";
  if (field == "axismaxs") return "axis maxs";
  if (field == "blocksize") return "block size";
  return field;
}

Text read_text(const StoredFile& file) {
  constexpr std::size_t largest = std::size_t(1) << 24;
  Text text;
  text.name = file.path().string();
  if (file.size() == 0) text.refuse(ErrorCode::file_unreadable, "the file is empty; copy it again");
  for (std::size_t take = std::size_t(1) << 14;; take *= 8) {
    const std::vector<std::byte> bytes = file.head(take);
    const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (all.substr(0, 4) != "NRRD")
      text.refuse(ErrorCode::file_unreadable, "is no NRRD file, whatever its name; check what wrote it");
    text.fields.clear();
    text.list.clear();
    std::size_t at = 0;
    bool first = true, in_list = false, ended = false;
    while (at < all.size()) {
      const std::size_t newline = all.find('\n', at);
      if (newline == std::string_view::npos && bytes.size() < file.size()) break;
      const std::size_t stop = std::min(newline, all.size());
      std::string_view line = all.substr(at, stop - at);
      at = std::min(stop + 1, all.size());
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (std::exchange(first, false)) continue;
      if (line.empty()) {
        ended = true;
        break;
      }
      if (line.front() == '#') continue;
      if (in_list) {
        text.list.emplace_back(trim(line));
        continue;
      }
      const std::size_t colon = line.find(": "), pair = line.find(":=");
      if (pair < colon) continue;  // a key and its value: nothing of the volume
      if (colon == std::string_view::npos)
        text.refuse(ErrorCode::file_unreadable,
            fmt::format("the NRRD header has the line \"{}\", which is no field; it is damaged", shown(line)));
      const std::string field = canonical(lower(trim(line.substr(0, colon))));
      const std::string_view value = trim(line.substr(colon + 1));
      if (!text.fields.emplace(field, value).second)
        text.refuse(
            ErrorCode::file_unreadable, fmt::format("the NRRD header has the field \"{}\" twice", shown(field)));
      in_list = field == "data file" && lower(value).starts_with("list");
    }
    text.end = at;
    if (ended || bytes.size() == file.size()) return text;
    if (take >= largest)
      text.refuse(ErrorCode::file_unreadable, "its NRRD header does not end within 16 MiB; it is damaged");
  }
}

std::optional<Stored> stored_type(const std::string& name) {
  static const std::map<std::string_view, Stored> types{{"signed char", Stored::int8}, {"int8", Stored::int8},
      {"int8_t", Stored::int8}, {"char", Stored::int8}, {"uchar", Stored::uint8}, {"unsigned char", Stored::uint8},
      {"uint8", Stored::uint8}, {"uint8_t", Stored::uint8}, {"short", Stored::int16}, {"short int", Stored::int16},
      {"signed short", Stored::int16}, {"signed short int", Stored::int16}, {"int16", Stored::int16},
      {"int16_t", Stored::int16}, {"ushort", Stored::uint16}, {"unsigned short", Stored::uint16},
      {"unsigned short int", Stored::uint16}, {"uint16", Stored::uint16}, {"uint16_t", Stored::uint16},
      {"int", Stored::int32}, {"signed int", Stored::int32}, {"int32", Stored::int32}, {"int32_t", Stored::int32},
      {"uint", Stored::uint32}, {"unsigned int", Stored::uint32}, {"uint32", Stored::uint32},
      {"uint32_t", Stored::uint32}, {"longlong", Stored::int64}, {"long long", Stored::int64},
      {"long long int", Stored::int64}, {"signed long long", Stored::int64}, {"signed long long int", Stored::int64},
      {"int64", Stored::int64}, {"int64_t", Stored::int64}, {"ulonglong", Stored::uint64},
      {"unsigned long long", Stored::uint64}, {"unsigned long long int", Stored::uint64}, {"uint64", Stored::uint64},
      {"uint64_t", Stored::uint64}, {"float", Stored::float32}, {"double", Stored::float64}};
  const auto found = types.find(name);
  if (found == types.end()) return std::nullopt;
  return found->second;
}

using Vector = std::vector<double>;

/// "(1,0,0)" as numbers; "none" as nothing.
std::optional<Vector> vector_of(const Text& text, const char* field, std::string_view word, std::size_t dimension) {
  if (lower(word) == "none") return std::nullopt;
  Vector result;
  const bool brackets = word.size() > 2 && word.front() == '(' && word.back() == ')';
  std::string_view rest = brackets ? word.substr(1, word.size() - 2) : std::string_view();
  while (brackets) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto value = to_double(trim(rest.substr(0, comma)));
    if (!value) {
      result.clear();
      break;
    }
    result.push_back(*value);
    if (comma == rest.size()) break;
    rest.remove_prefix(comma + 1);
  }
  if (result.size() != dimension)
    text.refuse(ErrorCode::file_unreadable,
        fmt::format("the NRRD field \"{}\" holds \"{}\" where a vector of {} numbers is needed", field, shown(word),
            dimension));
  return result;
}

/// The vectors of a field; blanks may stand inside the brackets.
std::vector<std::optional<Vector>> vectors_of(
    const Text& text, const char* field, std::string_view value, std::size_t dimension) {
  std::vector<std::optional<Vector>> result;
  while (!(value = trim(value)).empty()) {
    const std::size_t end =
        value.front() == '(' ? value.find(')') : std::min(value.find_first_of(" \t("), value.size()) - 1;
    const std::size_t length = std::min(end == std::string_view::npos ? value.size() : end + 1, value.size());
    result.push_back(vector_of(text, field, value.substr(0, length), dimension));
    value.remove_prefix(length);
  }
  return result;
}

/// One of the numbers a field has for every axis.
std::vector<double> numbers_of(const Text& text, const char* field, std::size_t axes) {
  std::vector<double> result;
  const auto value = text.find(field);
  if (!value) return result;
  for (const std::string_view word : words(*value)) {
    const auto number = to_double(word);
    if (!number)
      text.refuse(ErrorCode::file_unreadable,
          fmt::format("the NRRD field \"{}\" holds \"{}\" where a number is needed", field, shown(word)));
    result.push_back(*number);
  }
  if (result.size() != axes)
    text.refuse(ErrorCode::file_unreadable,
        fmt::format("the NRRD field \"{}\" has {} values for {} axes", field, result.size(), axes));
  return result;
}

/// What turns the file's axes of space into left, posterior, superior.
std::array<double, 3> signs_of(const Text& text, const std::string& space) {
  if (space.starts_with("right-anterior-superior") || space == "ras" || space == "rast") return {-1, -1, 1};
  if (space.starts_with("left-anterior-superior") || space == "las" || space == "last") return {1, -1, 1};
  const bool kept = space.empty() || space.starts_with("left-posterior-superior") || space == "lps" ||
                    space == "lpst" || space.starts_with("scanner-xyz") || space.starts_with("3d-right-handed") ||
                    space.starts_with("3d-left-handed");
  if (!kept)
    text.refuse(ErrorCode::file_unreadable,
        fmt::format("the NRRD space \"{}\" is unknown; use left-posterior-superior", shown(space)));
  return {1, 1, 1};
}

struct Axis {
  std::int64_t size = 0;
  std::string kind;
  bool spatial = false;
};

bool domain(const std::string& kind) {
  return kind.empty() || kind == "domain" || kind == "space" || kind == "???" || kind == "none";
}

std::vector<Axis> axes_of(const Text& text) {
  const std::int64_t dimension = text.integer("dimension", text.need("dimension"));
  if (dimension < 1 || dimension > 16)
    text.refuse(
        ErrorCode::file_unreadable, fmt::format("the NRRD header claims {} dimensions; it is damaged", dimension));
  std::vector<Axis> axes;
  for (const std::string_view word : words(text.need("sizes")))
    axes.push_back({text.integer("sizes", word), {}, false});
  if (std::int64_t(axes.size()) != dimension)
    text.refuse(ErrorCode::file_unreadable,
        fmt::format("the NRRD header has {} sizes for {} dimensions", axes.size(), dimension));
  if (const auto kinds = text.find("kinds")) {
    const auto named = words(*kinds);
    if (named.size() != axes.size())
      text.refuse(ErrorCode::file_unreadable,
          fmt::format("the NRRD header has {} kinds for {} dimensions", named.size(), dimension));
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i].kind = lower(named[i]);
  }
  return axes;
}

/// The third axis of a slice in space: perpendicular to the other two.
Vector perpendicular(const Vector& a, const Vector& b) {
  Vector c{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
  const double length = std::hypot(c[0], c[1], c[2]);
  if (length > 0)
    for (double& x : c) x /= length;
  return c;
}

/// Spacing, origin and direction from directions in space.
void place_in_space(Geometry& grid, const Text& text, std::vector<Vector> directions, std::size_t dimension) {
  const std::array<double, 3> sign = signs_of(text, lower(text.find("space").value_or("")));
  Vector origin(3, 0.0);
  if (const auto value = text.find("space origin"))
    if (const auto vector = vector_of(text, "space origin", *value, dimension))
      std::copy(vector->begin(), vector->end(), origin.begin());
  for (Vector& direction : directions) direction.resize(3, 0.0);
  if (directions.size() == 2) directions.push_back(perpendicular(directions[0], directions[1]));
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const Vector& d = directions[axis];
    const double length = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    grid.spacing_mm[axis] = length;
    for (std::size_t row = 0; row < 3; ++row)
      grid.direction[3 * row + axis] = sign[row] * (d[row] * (1.0 / length)) + 0.0;
    grid.origin_mm[axis] = sign[axis] * origin[axis] + 0.0;
  }
}

/// Spacing and origin of a volume that says nothing of space, as ITK takes them: spacings as they are; the origin from the
/// lowest positions, which are those of voxel borders unless the axis says "node".
void place_by_axes(Geometry& grid, const Text& text, const std::vector<Axis>& axes) {
  const auto spacings = numbers_of(text, "spacings", axes.size()), lowest = numbers_of(text, "axis mins", axes.size()),
             highest = numbers_of(text, "axis maxs", axes.size());
  std::vector<std::string_view> centers;
  if (const auto value = text.find("centers")) centers = words(*value);
  centers.resize(axes.size());
  std::array<double, 3> origin{};
  std::size_t d = 0;
  for (std::size_t i = 0; i < axes.size() && d < 3; ++i) {
    if (!axes[i].spatial) continue;
    const bool node = lower(centers[i]) == "node";
    if (!spacings.empty()) grid.spacing_mm[d] = spacings[i];
    double step = spacings.empty() ? NAN : spacings[i];
    if (std::isnan(step) && !highest.empty() && !lowest.empty())
      step = (highest[i] - lowest[i]) / double(axes[i].size - (node ? 1 : 0));
    origin[d++] = lowest.empty() ? NAN : lowest[i] + (node ? 0 : step / 2);
  }
  const bool known =
      std::all_of(origin.begin(), origin.begin() + std::ptrdiff_t(d), [](double x) { return std::isfinite(x); });
  if (known) grid.origin_mm = origin;
}

void find_data(Layout& layout, const Text& text, const std::filesystem::path& header, std::size_t axes) {
  const std::int64_t lines = text.integer_or("line skip", 0), bytes = text.integer_or("byte skip", 0);
  if (lines < 0 || bytes < -1)
    text.refuse(ErrorCode::file_unreadable, "the NRRD header skips a negative number of lines or bytes; it is damaged");
  Part part;
  part.skip_lines = lines;
  if (layout.encoding == Encoding::deflate) {
    if (bytes < 0)
      text.refuse(ErrorCode::file_unreadable, "\"byte skip: -1\" needs the raw encoding; the header is damaged");
    layout.skip_decoded = bytes;
  } else if (bytes >= 0) {
    part.skip_bytes = bytes;
  } else if (layout.encoding == Encoding::raw) {
    part.offset = -1;
  }
  const auto named = text.find("data file");
  layout.files = {header};
  if (!named) {
    part.path = header;
    if (part.offset >= 0) part.offset = std::int64_t(text.end);
    layout.parts = {part};
  } else {
    std::vector<std::string> names;
    const auto parameters = words(*named);
    std::int64_t dimensions_of_part = std::int64_t(axes) - 1;
    if (!parameters.empty() && lower(parameters[0]) == "list") {
      names = text.list;
      if (parameters.size() > 1) dimensions_of_part = text.integer("data file", parameters[1]);
    } else if (parameters.size() >= 4 && parameters[0].find('%') != std::string_view::npos) {
      names = expand_pattern(parameters[0], text.integer("data file", parameters[1]),
          text.integer("data file", parameters[2]), text.integer("data file", parameters[3]), header);
      if (parameters.size() > 4) dimensions_of_part = text.integer("data file", parameters[4]);
    } else {
      names = {std::string(*named)};
      dimensions_of_part = std::int64_t(axes) - 1;
    }
    if (dimensions_of_part != std::int64_t(axes) - 1)
      text.refuse(
          ErrorCode::file_unreadable, "its data files hold other than one slice each; join them into one .nrrd");
    if (names.empty()) text.refuse(ErrorCode::file_unreadable, "the NRRD header names no data file; it is damaged");
    layout.add_parts(part, names, header);
  }
}

}  // namespace

Layout parse_nrrd(const std::filesystem::path& path) {
  const StoredFile file(path);
  const Text text = read_text(file);
  Layout layout;

  const std::string type = lower(text.need("type"));
  const auto stored = stored_type(type);
  if (!stored) text.refuse(ErrorCode::file_unreadable, fmt::format("the NRRD type \"{}\" is not read", shown(type)));
  layout.type = *stored;

  const std::string encoding = lower(text.need("encoding"));
  if (encoding == "raw") layout.encoding = Encoding::raw;
  else if (encoding == "gzip" || encoding == "gz") layout.encoding = Encoding::deflate;
  else if (encoding == "ascii" || encoding == "text" || encoding == "txt") layout.encoding = Encoding::text;
  else if (encoding == "hex") layout.encoding = Encoding::hex;
  else
    text.refuse(ErrorCode::file_unreadable,
        fmt::format("the NRRD encoding \"{}\" is not read; write it again as gzip or raw", shown(encoding)));

  const bool binary = layout.encoding != Encoding::text && bytes_of(layout.type) > 1;
  const std::string endian = lower(binary ? text.need("endian") : "little");
  if (endian != "little" && endian != "big")
    text.refuse(ErrorCode::file_unreadable,
        fmt::format("the NRRD field \"endian\" holds \"{}\"; little or big is needed", shown(endian)));
  layout.big_endian = endian == "big";

  std::vector<Axis> axes = axes_of(text);
  std::vector<Vector> directions;
  std::size_t space_dimension = 0;
  const auto space_directions = text.find("space directions");
  if (space_directions) {
    const auto dimension = text.find("space dimension");
    const std::string space = lower(text.find("space").value_or(""));
    const bool with_time = space.ends_with("-time") || space == "rast" || space == "last" || space == "lpst";
    const std::int64_t count = dimension ? text.integer("space dimension", *dimension) : with_time ? 4 : 3;
    if (count < 2 || count > 3)
      text.refuse(
          ErrorCode::unsupported_dimension, fmt::format("lies in a space of {} dimensions; 2 or 3 are read", count));
    space_dimension = std::size_t(count);
    const auto vectors = vectors_of(text, "space directions", *space_directions, space_dimension);
    if (vectors.size() != axes.size())
      text.refuse(ErrorCode::file_unreadable,
          fmt::format("the NRRD header has {} space directions for {} axes", vectors.size(), axes.size()));
    for (std::size_t i = 0; i < axes.size(); ++i) {
      axes[i].spatial = vectors[i].has_value();
      if (vectors[i]) directions.push_back(*vectors[i]);
    }
  } else {
    for (Axis& axis : axes) axis.spatial = domain(axis.kind);
  }

  std::size_t spatial = 0;
  std::int64_t faster = 1;  // voxels that lie together before the axis
  for (const Axis& axis : axes) {
    if (axis.spatial && spatial < 3) {
      layout.geometry.size[spatial++] = axis.size;
      if (axis.size > 0 && faster <= (std::int64_t(1) << 62) / axis.size) faster *= axis.size;
      continue;
    }
    if (axis.size == 1) continue;
    if (axis.size < 1)
      text.refuse(
          ErrorCode::geometry_invalid, fmt::format("an axis has {} samples; it must have one or more", axis.size));
    if (axis.spatial || axis.kind == "time" || (domain(axis.kind) && !space_directions))
      text.refuse(ErrorCode::unsupported_dimension,
          fmt::format("has {} dimensions with {} volumes along one; split it into 3D volumes", axes.size(), axis.size));
    if (layout.components > 1)
      text.refuse(ErrorCode::unsupported_dimension,
          fmt::format("has {} dimensions, two of them of components; split it", axes.size()));
    if (axis.size > 65536)
      text.refuse(ErrorCode::unsupported_dimension, fmt::format("has {} components in a voxel", axis.size));
    layout.components = int(axis.size);
    layout.component_run = faster;
  }
  if (spatial < 2)
    text.refuse(ErrorCode::unsupported_dimension,
        fmt::format("has {} dimension in space; a volume (3) or a slice (2) is needed", spatial));
  if (spatial == 2) layout.geometry.size[2] = 1;

  if (space_directions) {
    if (directions.size() > 3 || directions.size() > space_dimension)
      text.refuse(ErrorCode::file_unreadable,
          fmt::format("the NRRD header has {} axes in a space of {}", directions.size(), space_dimension));
    place_in_space(layout.geometry, text, directions, space_dimension);
  } else {
    place_by_axes(layout.geometry, text, axes);
  }
  check_geometry(layout.geometry, text.name);
  find_data(layout, text, path, axes.size());
  return layout;
}

}  // namespace radloom::io
