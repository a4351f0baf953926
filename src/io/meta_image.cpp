// MetaImage: header and data in one file (.mha) or apart (.mhd). https://itk.org/Wiki/MetaIO/Documentation
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "io/layout.hpp"
#include "io/stored_file.hpp"
#include "io/text.hpp"
#include "radloom/error.hpp"

namespace radloom::io {
namespace {

struct Text {
  std::string name;
  std::map<std::string, std::string> fields;
  std::vector<std::string> list;  ///< the lines after "ElementDataFile = LIST"
  std::size_t end = 0;            ///< first byte after the line of ElementDataFile

  [[noreturn]] void refuse(ErrorCode code, const std::string& why) const { throw Error(code, name + ": " + why); }
  /// The first of several names of a field that the header has.
  std::optional<std::string_view> find(std::initializer_list<const char*> names) const {
    for (const char* field : names)
      if (const auto found = fields.find(field); found != fields.end()) return found->second;
    return std::nullopt;
  }
  bool flag(std::initializer_list<const char*> names, bool otherwise) const {
    const auto value = find(names);
    if (!value || value->empty()) return otherwise;
    return value->front() == 'T' || value->front() == 't' || value->front() == '1';
  }
  std::int64_t integer(const char* field, std::int64_t otherwise) const {
    const auto value = find({field});
    if (!value) return otherwise;
    const auto number = to_int(*value);
    if (!number)
      refuse(ErrorCode::file_unreadable,
          fmt::format("\"{}\" holds \"{}\" where a whole number is needed", field, shown(*value)));
    return *number;
  }
  /// `count` numbers, or none where the field is absent.
  std::vector<double> numbers(std::initializer_list<const char*> names, std::size_t count) const {
    std::vector<double> result;
    const auto value = find(names);
    if (!value) return result;
    for (const std::string_view word : words(*value)) {
      const auto number = to_double(word);
      if (!number)
        refuse(ErrorCode::file_unreadable,
            fmt::format("\"{}\" holds \"{}\" where a number is needed", *names.begin(), shown(word)));
      result.push_back(*number);
    }
    if (result.size() != count)
      refuse(ErrorCode::file_unreadable,
          fmt::format("\"{}\" has {} numbers where {} are needed", *names.begin(), result.size(), count));
    return result;
  }
};

Text read_text(const StoredFile& file) {
  constexpr std::size_t largest = std::size_t(1) << 24;
  Text text;
  text.name = file.path().string();
  if (file.size() == 0) text.refuse(ErrorCode::file_unreadable, "the file is empty; copy it again");
  for (std::size_t take = std::size_t(1) << 14;; take *= 8) {
    const std::vector<std::byte> bytes = file.head(take);
    const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const bool whole = bytes.size() == file.size();
    text.fields.clear();
    text.list.clear();
    bool found = false, broken = false;
    std::size_t at = 0;
    while (at < all.size() && !found) {
      const std::size_t newline = all.find('\n', at);
      if (newline == std::string_view::npos && !whole) break;
      const std::size_t stop = std::min(newline, all.size());
      const std::string_view line = trim(all.substr(at, stop - at));
      at = std::min(stop + 1, all.size());
      if (line.empty() || line.front() == '#') continue;
      const std::size_t equals = line.find('=');
      if (equals == std::string_view::npos) {
        broken = true;
        break;
      }
      const std::string_view key = trim(line.substr(0, equals));
      text.fields[std::string(key)] = trim(line.substr(equals + 1));
      found = key == "ElementDataFile";
    }
    if (broken || (!found && whole))
      text.refuse(ErrorCode::file_unreadable,
          "is no MetaImage file or has a damaged header (no ElementDataFile); check what wrote it");
    if (found) {
      text.end = at;
      while (whole && at < all.size()) {
        const std::size_t stop = std::min(all.find('\n', at), all.size());
        if (const std::string_view line = trim(all.substr(at, stop - at)); !line.empty()) text.list.emplace_back(line);
        at = stop + 1;
        if (text.list.size() > 100000) break;
      }
      if (whole || !lower(text.fields["ElementDataFile"]).starts_with("list")) return text;
    }
    if (take >= largest)
      text.refuse(ErrorCode::file_unreadable, "its MetaImage header does not end within 16 MiB; it is damaged");
  }
}

std::optional<Stored> stored_type(std::string_view name) {
  if (name.ends_with("_ARRAY")) name.remove_suffix(6);
  static const std::map<std::string_view, Stored> types{{"MET_CHAR", Stored::int8}, {"MET_ASCII_CHAR", Stored::int8},
      {"MET_UCHAR", Stored::uint8}, {"MET_SHORT", Stored::int16}, {"MET_USHORT", Stored::uint16},
      {"MET_INT", Stored::int32}, {"MET_UINT", Stored::uint32}, {"MET_LONG", Stored::int32},
      {"MET_ULONG", Stored::uint32}, {"MET_LONG_LONG", Stored::int64}, {"MET_ULONG_LONG", Stored::uint64},
      {"MET_FLOAT", Stored::float32}, {"MET_DOUBLE", Stored::float64}};
  const auto found = types.find(name);
  if (found == types.end()) return std::nullopt;
  return found->second;
}

void place(Geometry& grid, const Text& text, std::size_t dimensions) {
  auto spacing = text.numbers({"ElementSpacing"}, dimensions);
  if (spacing.empty()) spacing = text.numbers({"ElementSize"}, dimensions);
  const auto origin = text.numbers({"Offset", "Position", "Origin"}, dimensions);
  const auto matrix = text.numbers({"TransformMatrix", "Rotation", "Orientation"}, dimensions * dimensions);
  for (std::size_t i = 0; i < std::min<std::size_t>(dimensions, 3); ++i) {
    if (!spacing.empty()) grid.spacing_mm[i] = spacing[i];
    if (!origin.empty()) grid.origin_mm[i] = origin[i];
    // A row of the matrix is the direction of an axis.
    for (std::size_t j = 0; j < std::min<std::size_t>(dimensions, 3) && !matrix.empty(); ++j)
      grid.direction[3 * j + i] = matrix[i * dimensions + j];
  }
}

void find_data(Layout& layout, const Text& text, const std::filesystem::path& header, std::int64_t slices) {
  const std::string named(*text.find({"ElementDataFile"}));
  const auto parameters = words(named);
  Part part;
  part.path = header;
  const std::int64_t skip = text.integer("HeaderSize", 0);
  if (skip < -1) text.refuse(ErrorCode::file_unreadable, fmt::format("\"HeaderSize\" is {}; it is damaged", skip));
  const bool compressed = layout.encoding == Encoding::deflate;
  if (compressed) part.length = text.integer("CompressedDataSize", -1);
  if (part.length == 0 || part.length < -1) part.length = -1;
  layout.files = {header};
  if (parameters.empty())
    text.refuse(ErrorCode::file_unreadable, "\"ElementDataFile\" names no file; the header is damaged");
  const std::string kind = lower(parameters[0]);
  if (kind == "local") {
    part.offset = std::int64_t(text.end);
    layout.parts = {part};
    return;
  }
  part.offset = compressed ? 0 : skip;
  std::vector<std::string> names{named};
  if (kind == "list") {
    const auto dimensions = parameters.size() > 1 ? to_int(parameters[1]) : std::optional<std::int64_t>(2);
    if (dimensions != 2)
      text.refuse(ErrorCode::file_unreadable, "its data files hold other than one slice each; join them into one .mha");
    names = text.list;
  } else if (named.find('%') != std::string::npos && parameters.size() >= 3) {
    const auto first = to_int(parameters[1]), last = to_int(parameters[2]);
    const auto step = parameters.size() > 3 ? to_int(parameters[3]) : std::optional<std::int64_t>(1);
    if (!first || !last || !step)
      text.refuse(ErrorCode::file_unreadable, "\"ElementDataFile\" holds a pattern without numbers");
    names = expand_pattern(parameters[0], *first, *last, *step, header);
  }
  if ((kind == "list" || names.size() > 1) && std::int64_t(names.size()) != slices)
    text.refuse(ErrorCode::file_unreadable, fmt::format("names {} data files for {} slices", names.size(), slices));
  if (names.size() > 1) part.length = -1;
  layout.add_parts(part, names, header);
}

}  // namespace

Layout parse_meta_image(const std::filesystem::path& path) {
  const StoredFile file(path);
  const Text text = read_text(file);
  Layout layout;
  const auto object = text.find({"ObjectType"});
  if (object && *object != "Image")
    text.refuse(ErrorCode::file_unreadable, fmt::format("holds a {}, no image", shown(*object)));
  const std::int64_t dimensions = text.integer("NDims", -1);
  if (dimensions < 1 || dimensions > 10)
    text.refuse(ErrorCode::file_unreadable, "the header lacks \"NDims\" or it is damaged; check what wrote it");
  const auto sizes = words(text.find({"DimSize"}).value_or(""));
  if (std::int64_t(sizes.size()) != dimensions)
    text.refuse(ErrorCode::file_unreadable,
        fmt::format("\"DimSize\" has {} numbers for {} dimensions", sizes.size(), dimensions));
  if (dimensions == 1)
    text.refuse(ErrorCode::unsupported_dimension, "has 1 dimension; a volume (3) or a slice (2) is needed");
  layout.geometry.size = {1, 1, 1};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto size = to_int(sizes[i]);
    if (!size)
      text.refuse(ErrorCode::file_unreadable,
          fmt::format("\"DimSize\" holds \"{}\" where a whole number is needed", shown(sizes[i])));
    if (i < 3) layout.geometry.size[i] = *size;
    else if (*size != 1)
      text.refuse(ErrorCode::unsupported_dimension,
          fmt::format("has {} dimensions with {} volumes along one; split it into 3D volumes", dimensions, *size));
  }
  const std::string_view type = text.find({"ElementType"}).value_or("");
  const auto stored = stored_type(type);
  if (!stored)
    text.refuse(ErrorCode::file_unreadable, fmt::format("the MetaImage type \"{}\" is not read", shown(type)));
  layout.type = *stored;
  const std::int64_t channels = text.integer("ElementNumberOfChannels", 1);
  if (channels < 1 || channels > 65536)
    text.refuse(ErrorCode::file_unreadable, fmt::format("\"ElementNumberOfChannels\" is {}; it is damaged", channels));
  layout.components = int(channels);
  layout.big_endian = text.flag({"BinaryDataByteOrderMSB", "ElementByteOrderMSB"}, false);
  const bool compressed = text.flag({"CompressedData"}, false);
  layout.encoding = !text.flag({"BinaryData"}, true) ? Encoding::text : compressed ? Encoding::deflate : Encoding::raw;
  place(layout.geometry, text, std::size_t(dimensions));
  check_geometry(layout.geometry, text.name);
  find_data(layout, text, path, layout.geometry.size[std::size_t(std::min<std::int64_t>(dimensions, 3)) - 1]);
  return layout;
}

}  // namespace radloom::io
