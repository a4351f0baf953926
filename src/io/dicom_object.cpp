#include "io/dicom_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "io/text.hpp"

namespace radloom::io {
namespace {

constexpr std::uint32_t undefined_length = 0xFFFFFFFF;
constexpr Tag item_begin = tag(0xFFFE, 0xE000), item_end = tag(0xFFFE, 0xE00D), sequence_end = tag(0xFFFE, 0xE0DD);
/// Real files nest six deep; a file made to exhaust the stack nests a million deep.
constexpr int deepest = 32;
/// Values longer than this are none that radloom reads, contours apart.
constexpr std::uint64_t longest_value = std::uint64_t(1) << 20;

constexpr std::array wanted_sequences{tags::plane_position, tags::plane_orientation, tags::pixel_measures,
    tags::value_transformation, tags::radiopharmaceutical, tags::segments, tags::segment_identification,
    tags::structure_rois, tags::roi_contours, tags::contours, tags::shared_groups, tags::frame_groups,
    tags::modality_lut, tags::referenced_series, tags::structure_frames, tags::structure_studies,
    tags::structure_series};
constexpr std::array wanted_values{tags::character_set, tags::sop_instance, tags::modality, tags::series_date,
    tags::acquisition_date, tags::series_time, tags::acquisition_time, tags::timezone, tags::series_description,
    tags::patient_sex, tags::patient_size, tags::patient_weight, tags::slice_thickness, tags::spacing_between_slices,
    tags::gantry_tilt, tags::pharmaceutical_time, tags::total_dose, tags::half_life, tags::pharmaceutical_datetime,
    tags::series_instance, tags::position, tags::orientation, tags::frame_of_reference, tags::samples,
    tags::photometric, tags::frames, tags::rows, tags::columns, tags::pixel_spacing, tags::corrected_image,
    tags::bits_allocated, tags::bits_stored, tags::high_bit, tags::pixel_representation, tags::intercept, tags::slope,
    tags::units, tags::suv_type, tags::decay_correction, tags::segmentation_type, tags::segment_number,
    tags::segment_label, tags::referenced_segment, tags::maximum_fraction, tags::roi_number,
    tags::roi_frame_of_reference, tags::roi_name, tags::contour_type, tags::contour_data, tags::referenced_roi};

template <std::size_t N>
bool among(const std::array<Tag, N>& list, Tag tag) {
  return std::find(list.begin(), list.end(), tag) != list.end();
}

std::uint32_t load(const std::byte* bytes, int count, bool big) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value |= std::uint32_t(bytes[i]) << (8 * (big ? count - 1 - i : i));
  return value;
}

std::string_view padding_removed(std::string_view text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  return trim(text);
}

/// How elements are written: with their type or without, and in which byte order.
struct Grammar {
  bool with_type = true, big_endian = false;
};

/// Walks through the file, element by element. Every length is compared with what encloses it before it is used.
class Walker {
 public:
  Walker(const StoredFile& file, DicomObject& object) : file_(file), object_(object) {}

  void run() {
    if (file_.size() < 132) object_.refuse(ErrorCode::file_truncated, "is shorter than any DICOM file");
    at_ = 128;
    if (std::memcmp(bytes(4), "DICM", 4) != 0)
      object_.refuse(ErrorCode::file_unreadable,
          "has not the mark of a DICOM file (DICM at byte 128); it is damaged, or older than DICOM 3");
    at_ += 4;
    read_meta();
    const std::string& syntax = object_.transfer_syntax;
    if (syntax == "1.2.840.10008.1.2.1.99")
      object_.refuse(ErrorCode::file_unreadable,
          "is deflated as a whole (transfer syntax 1.2.840.10008.1.2.1.99), which is not read; convert it (dcmconv +te)");
    const Grammar grammar{syntax != "1.2.840.10008.1.2", syntax == "1.2.840.10008.1.2.2"};
    walk(&object_.root, file_.size(), false, grammar, 0);
  }

 private:
  [[noreturn]] void corrupt(const char* problem) const {
    object_.refuse(ErrorCode::file_corrupt, fmt::format("{} at byte {}; it is damaged", problem, at_));
  }
  [[noreturn]] void truncated() const {
    object_.refuse(ErrorCode::file_truncated,
        fmt::format("ends, or what encloses it does, before the element at byte {} is complete; copy it again", at_));
  }

  /// The next bytes, which stay where they are. At most a few.
  const std::byte* bytes(std::size_t count) {
    if (at_ < window_at_ || at_ + count > window_at_ + window_.size()) {
      if (file_.size() - std::min(at_, file_.size()) < count) truncated();
      window_.resize(std::size_t(std::min<std::uint64_t>(std::uint64_t(1) << 14, file_.size() - at_)));
      window_at_ = at_;
      file_.read(at_, window_.data(), window_.size());
    }
    return window_.data() + (at_ - window_at_);
  }

  /// The file's own description: always explicit, little endian, group 2.
  void read_meta() {
    DicomItem meta;
    while (at_ < file_.size()) {
      const std::byte* const b = bytes(std::size_t(std::min<std::uint64_t>(4, file_.size() - at_)));
      if (file_.size() - at_ < 4) truncated();
      if (load(b, 2, false) != 2) break;
      const Tag which = tag(2, load(b + 2, 2, false));
      const auto [type, length] = read_head({}, file_.size());
      if (length > file_.size() - at_) truncated();
      if (which == tags::transfer_syntax) object_.transfer_syntax = std::string(padding_removed(take(length)));
      at_ += length;
    }
    if (object_.transfer_syntax.empty())
      object_.refuse(ErrorCode::file_corrupt, "names no transfer syntax (0002,0010); it is damaged");
  }

  std::string take(std::uint64_t length) {
    std::string value(std::size_t(length), '\0');
    if (at_ >= window_at_ && at_ + length <= window_at_ + window_.size())
      std::memcpy(value.data(), window_.data() + (at_ - window_at_), value.size());
    else file_.read(at_, value.data(), value.size());
    return value;
  }

  /// Type (0 where there is none) and length of an element, of which the tag is still to be skipped.
  std::pair<std::string, std::uint32_t> read_head(Grammar grammar, std::uint64_t end) {
    if (end - at_ < 8) truncated();
    const std::byte* b = bytes(8);
    if (!grammar.with_type) {
      at_ += 8;
      return {"", load(b + 4, 4, grammar.big_endian)};
    }
    const std::string type{char(b[4]), char(b[5])};
    for (const char c : type)
      if (c < 'A' || c > 'Z') corrupt("an element has no type where one is due");
    for (const char* wide : {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}) {
      if (type != wide) continue;
      if (end - at_ < 12) truncated();
      b = bytes(12);
      at_ += 12;
      return {type, load(b + 8, 4, grammar.big_endian)};
    }
    at_ += 8;
    return {type, load(b + 6, 2, grammar.big_endian)};
  }

  /// Elements up to `end`, or up to the item's end mark. Without an item they are passed over.
  void walk(DicomItem* item, std::uint64_t end, bool to_mark, Grammar grammar, int depth) {
    if (depth > deepest) corrupt("sequences nest deeper than 32 levels");
    if (item) item->big_endian = grammar.big_endian;
    while (true) {
      if (at_ == end && !to_mark) return;
      if (end - at_ < 8) truncated();
      const std::byte* const b = bytes(8);
      const Tag which = tag(load(b, 2, grammar.big_endian), load(b + 2, 2, grammar.big_endian));
      if (which == item_end && to_mark) {
        at_ += 8;
        return;
      }
      if (which >> 16 == 0xFFFE) corrupt("the mark of an item stands where none is open,");
      const auto [type, length] = read_head(grammar, end);
      if (depth == 0 && (which == tags::pixels || which == tags::float_pixels || which == tags::double_pixels)) {
        object_.has_pixels = true;
        object_.float_pixels = which != tags::pixels;
        if (length == undefined_length) return read_fragments(end);
        if (length > end - at_) truncated();
        object_.pixels = {at_, length};
        return;  // nothing that is read follows
      }
      const bool wanted = item && !item->find(which);
      if (length == undefined_length) {
        if (grammar.with_type && type != "SQ" && type != "UN") corrupt("an element has no length,");
        // Sequences of unknown type are written without types (PS3.5, 6.2.2).
        read_items(wanted ? item : nullptr, which, end, true, type == "UN" ? Grammar{false, false} : grammar, depth);
        continue;
      }
      if (length > end - at_) truncated();
      if (wanted && among(wanted_sequences, which)) {
        read_items(item, which, at_ + length, false, type == "UN" ? Grammar{false, false} : grammar, depth);
        continue;
      }
      if (wanted && among(wanted_values, which) && (length <= longest_value || which == tags::contour_data))
        item->elements.push_back({which, take(length), {}});
      at_ += length;
    }
  }

  void read_items(DicomItem* item, Tag which, std::uint64_t end, bool to_mark, Grammar grammar, int depth) {
    const bool keep = item && among(wanted_sequences, which);
    std::vector<DicomItem> items;
    while (true) {
      if (at_ == end && !to_mark) break;
      if (end - at_ < 8) truncated();
      const std::byte* const b = bytes(8);
      const Tag mark = tag(load(b, 2, grammar.big_endian), load(b + 2, 2, grammar.big_endian));
      const std::uint32_t length = load(b + 4, 4, grammar.big_endian);
      if (mark == sequence_end && to_mark) {
        at_ += 8;
        break;
      }
      if (mark != item_begin) corrupt("a sequence holds something that is no item");
      at_ += 8;
      if (length != undefined_length && length > end - at_) truncated();
      if (!keep && length != undefined_length) {
        at_ += length;
        continue;
      }
      DicomItem* inner = nullptr;
      if (keep) inner = &items.emplace_back();
      walk(inner, length == undefined_length ? end : at_ + length, length == undefined_length, grammar, depth + 1);
    }
    if (keep) item->elements.push_back({which, {}, std::move(items)});
  }

  /// Compressed pixels (PS3.5, A.4): an offset table, then pieces.
  void read_fragments(std::uint64_t end) {
    object_.encapsulated = true;
    bool first = true;
    while (true) {
      if (end - at_ < 8) truncated();
      const std::byte* const b = bytes(8);
      const Tag mark = tag(load(b, 2, false), load(b + 2, 2, false));
      const std::uint32_t length = load(b + 4, 4, false);
      if (mark == sequence_end) return;
      if (mark != item_begin) corrupt("the compressed pixels hold something that is no piece of them");
      at_ += 8;
      if (length > end - at_) truncated();
      if (first && length <= (1 << 24)) {
        const std::string table = take(length);
        for (std::size_t i = 0; i + 4 <= table.size(); i += 4)
          object_.frame_offsets.push_back(load(reinterpret_cast<const std::byte*>(table.data()) + i, 4, false));
      }
      if (!first) object_.fragments.push_back({at_, length});
      first = false;
      at_ += length;
    }
  }

  const StoredFile& file_;
  DicomObject& object_;
  std::uint64_t at_ = 0, window_at_ = 0;
  std::vector<std::byte> window_;
};

bool has_mark(const StoredFile& file) {
  if (file.size() < 132) return false;
  std::array<char, 4> mark{};
  file.read(128, mark.data(), mark.size());
  return std::memcmp(mark.data(), "DICM", 4) == 0;
}

}  // namespace

std::string tag_text(Tag tag) { return fmt::format("({:04X},{:04X})", tag >> 16, tag & 0xFFFF); }

const DicomElement* DicomItem::find(Tag tag) const noexcept {
  for (const DicomElement& element : elements)
    if (element.tag == tag) return &element;
  return nullptr;
}

const std::vector<DicomItem>& DicomItem::sequence(Tag tag) const noexcept {
  static const std::vector<DicomItem> none;
  const DicomElement* const element = find(tag);
  return element ? element->items : none;
}

std::string DicomItem::text(Tag tag) const {
  const DicomElement* const element = find(tag);
  return element ? std::string(padding_removed(element->value)) : std::string();
}

DicomObject::DicomObject(const std::filesystem::path& file_path) : DicomObject(StoredFile(file_path)) {}

DicomObject::DicomObject(const StoredFile& file) : path(file.path()) { Walker(file, *this).run(); }

void DicomObject::refuse(ErrorCode code, const std::string& problem) const {
  throw Error(code, fmt::format("{}: {}", path.string(), problem));
}

std::vector<double> DicomObject::decimals(const DicomItem& item, Tag tag, const char* name) const {
  const std::string text = item.text(tag);
  std::vector<double> numbers;
  if (text.empty()) return numbers;
  std::string_view rest = text;
  while (true) {
    const std::size_t end = std::min(rest.find('\\'), rest.size());
    const auto number = to_double(padding_removed(rest.substr(0, end)));
    if (!number || !std::isfinite(*number))
      refuse(ErrorCode::file_corrupt,
          fmt::format("its {} {} holds \"{}\" where a number is due", name, tag_text(tag), shown(rest.substr(0, end))));
    numbers.push_back(*number);
    if (end == rest.size()) return numbers;
    rest.remove_prefix(end + 1);
  }
}

std::optional<double> DicomObject::decimal(const DicomItem& item, Tag tag, const char* name) const {
  const auto numbers = decimals(item, tag, name);
  return numbers.empty() ? std::nullopt : std::optional(numbers.front());
}

std::optional<std::uint32_t> DicomObject::number(const DicomItem& item, Tag tag, const char* name) const {
  const DicomElement* const element = item.find(tag);
  if (!element) return std::nullopt;
  if (element->value.size() < 2)
    refuse(ErrorCode::file_corrupt, fmt::format("its {} {} is empty", name, tag_text(tag)));
  return load(reinterpret_cast<const std::byte*>(element->value.data()), 2, item.big_endian);
}

bool is_dicom_file(const std::filesystem::path& path) { return has_mark(StoredFile(path)); }

bool is_called_dicom(const std::filesystem::path& path) {
  const std::string extension = lower(path.extension().string());
  return extension == ".dcm" || extension == ".ima" || extension == ".dicom";
}

bool may_be_dicom(const std::filesystem::path& path) {
  return is_called_dicom(path) || path.extension().string().find_first_not_of(".0123456789") == std::string::npos;
}

std::optional<DicomObject> read_dicom(const std::filesystem::path& path) {
  const StoredFile file(path);
  return has_mark(file) ? std::optional<DicomObject>(file) : std::nullopt;
}

}  // namespace radloom::io
