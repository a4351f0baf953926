#include "io/named_mask.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/utf8.hpp"
#include "io/digest.hpp"
#include "io/layout.hpp"
#include "io/overlapping.hpp"
#include "io/text.hpp"

namespace radloom {

struct NamedMask::State {
  std::filesystem::path path;
  std::unique_ptr<io::RegionSource> source;
};

namespace {

/// The only structure set or segmentation of a folder; nothing where an image lies there too.
std::optional<io::DicomObject> only_one_in(const std::filesystem::path& folder) {
  std::optional<io::DicomObject> found;
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    auto object = io::read_dicom(it->path());
    if (!object) continue;
    if (!io::is_named_mask(*object)) {
      if (object->has_pixels) return std::nullopt;
      continue;
    }
    names.push_back(object->path.filename().string());
    found = std::move(object);
  }
  if (names.size() > 1) {  // said when no image was met, in whatever order files are listed
    std::sort(names.begin(), names.end());
    throw Error(ErrorCode::file_unreadable,
        fmt::format("{}: the folder holds several structure sets or segmentations ({}, {}); name the file of one",
            folder.string(), names[0], names[1]));
  }
  return found;
}

}  // namespace

std::optional<NamedMask> NamedMask::open(const std::filesystem::path& path) try {
  std::error_code ignored;
  std::optional<io::DicomObject> object;
  if (std::filesystem::is_directory(path, ignored)) object = only_one_in(path);
  else if (!io::format_named(path) && std::filesystem::is_regular_file(path, ignored)) object = io::read_dicom(path);
  if (!object || !io::is_named_mask(*object)) return std::nullopt;
  auto state = std::make_unique<State>();
  state->path = object->path;
  const bool structures = object->root.text(io::tags::modality) == "RTSTRUCT";
  state->source = structures ? io::make_structures(std::move(*object)) : io::make_segments(std::move(*object));
  std::set<std::int64_t> numbers;
  for (const MaskName& name : state->source->names())
    if (!numbers.insert(name.number).second)
      throw Error(ErrorCode::file_corrupt,
          fmt::format("{}: number {} occurs twice among its regions", state->path.string(), name.number));
  return NamedMask(std::move(state));
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::memory_exhausted, fmt::format("{}: there is not enough memory to read it", path.string()));
} catch (const std::length_error&) {
  throw Error(ErrorCode::memory_exhausted, fmt::format("{}: there is not enough memory to read it", path.string()));
}

NamedMask::NamedMask(std::unique_ptr<State> state) : state_(std::move(state)) {}
NamedMask::~NamedMask() = default;
NamedMask::NamedMask(NamedMask&&) noexcept = default;
NamedMask& NamedMask::operator=(NamedMask&&) noexcept = default;

const std::filesystem::path& NamedMask::path() const noexcept { return state_->path; }
const std::vector<MaskName>& NamedMask::names() const noexcept { return state_->source->names(); }
std::string NamedMask::sha256() const { return io::sha256_of({state_->path}); }

DrawnMask NamedMask::draw(
    const Geometry& image, const std::string& frame_of_reference, const std::vector<std::int64_t>& numbers) const try {
  io::OverlappingRegions regions(image, state_->path);
  DrawnMask drawn;
  for (const std::int64_t number : numbers) {
    const auto found =
        std::find_if(names().begin(), names().end(), [&](const MaskName& name) { return name.number == number; });
    if (found == names().end())
      throw Error(ErrorCode::usage, fmt::format("{}: has no region of number {}", state_->path.string(), number));
    const std::size_t index = drawn.regions.size();
    drawn.regions.push_back({*found, {}, {}});
    regions.begin(index);
    try {
      state_->source->draw(std::size_t(found - names().begin()), image, frame_of_reference, regions);
    } catch (const Error& error) {
      drawn.regions.back().problem = error;
      regions.drop();
    }
  }
  for (std::size_t index = 0; index < drawn.regions.size(); ++index)
    drawn.regions[index].values = regions.values_of(index);
  drawn.volume = regions.volume();
  return drawn;
} catch (const std::bad_alloc&) {
  throw Error(
      ErrorCode::memory_exhausted, fmt::format("{}: there is not enough memory to draw it", state_->path.string()));
} catch (const std::length_error&) {
  throw Error(
      ErrorCode::memory_exhausted, fmt::format("{}: there is not enough memory to draw it", state_->path.string()));
}

namespace io {
namespace {

/// The text with a question mark for every byte that belongs to no character: what a record holds is UTF-8.
std::string valid_utf8(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_character(text, at);
    if (length == 0) result += '?';
    else result += text.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return result;
}

}  // namespace

bool is_named_mask(const DicomObject& object) {
  const std::string modality = object.root.text(tags::modality);
  return modality == "RTSTRUCT" || modality == "SEG";
}

std::string to_utf8(const DicomObject& object, const std::string& text) {
  const std::string set = object.root.text(tags::character_set);
  if (set == "ISO_IR 192") return valid_utf8(text);
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) result += c;
    else if (set == "ISO_IR 100") (result += char(0xC0 | byte >> 6)) += char(0x80 | (byte & 0x3F));
    else result += '?';
  }
  return result;
}

std::string named(const char* what, const MaskName& name) {
  return fmt::format("{} {} ({})", what, name.number, shown(name.name));
}

void check_frame_of_reference(const DicomObject& object, const std::string& own, const std::string& of_the_image) {
  if (!own.empty() && !of_the_image.empty() && own != of_the_image)
    object.refuse(ErrorCode::geometry_mismatch,
        fmt::format("was drawn in the frame of reference {}, and the image lies in {}; name the image it was drawn on",
            shown(own), shown(of_the_image)));
}

}  // namespace io
}  // namespace radloom
