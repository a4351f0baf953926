#pragma once
// The data elements of a DICOM file (PS3.5, section 7; PS3.10, section 7), without its pixels.
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/stored_file.hpp"
#include "radloom/error.hpp"

namespace radloom::io {

using Tag = std::uint32_t;
constexpr Tag tag(unsigned group, unsigned element) { return Tag(group) << 16 | Tag(element); }

/// The elements that radloom reads; all others are skipped by their length and never kept.
namespace tags {
constexpr Tag transfer_syntax = tag(0x0002, 0x0010);
constexpr Tag character_set = tag(0x0008, 0x0005), sop_instance = tag(0x0008, 0x0018), modality = tag(0x0008, 0x0060);
constexpr Tag referenced_series = tag(0x0008, 0x1115);
constexpr Tag series_date = tag(0x0008, 0x0021), acquisition_date = tag(0x0008, 0x0022),
              series_time = tag(0x0008, 0x0031), acquisition_time = tag(0x0008, 0x0032);
constexpr Tag timezone = tag(0x0008, 0x0201), series_description = tag(0x0008, 0x103E);
constexpr Tag patient_sex = tag(0x0010, 0x0040), patient_size = tag(0x0010, 0x1020),
              patient_weight = tag(0x0010, 0x1030);
constexpr Tag slice_thickness = tag(0x0018, 0x0050), spacing_between_slices = tag(0x0018, 0x0088),
              gantry_tilt = tag(0x0018, 0x1120), pharmaceutical_time = tag(0x0018, 0x1072),
              total_dose = tag(0x0018, 0x1074), half_life = tag(0x0018, 0x1075),
              pharmaceutical_datetime = tag(0x0018, 0x1078);
constexpr Tag series_instance = tag(0x0020, 0x000E), position = tag(0x0020, 0x0032), orientation = tag(0x0020, 0x0037),
              frame_of_reference = tag(0x0020, 0x0052), plane_position = tag(0x0020, 0x9113),
              plane_orientation = tag(0x0020, 0x9116);
constexpr Tag samples = tag(0x0028, 0x0002), photometric = tag(0x0028, 0x0004), frames = tag(0x0028, 0x0008),
              rows = tag(0x0028, 0x0010), columns = tag(0x0028, 0x0011), pixel_spacing = tag(0x0028, 0x0030),
              corrected_image = tag(0x0028, 0x0051), bits_allocated = tag(0x0028, 0x0100),
              bits_stored = tag(0x0028, 0x0101), high_bit = tag(0x0028, 0x0102),
              pixel_representation = tag(0x0028, 0x0103), intercept = tag(0x0028, 0x1052), slope = tag(0x0028, 0x1053),
              modality_lut = tag(0x0028, 0x3000), pixel_measures = tag(0x0028, 0x9110),
              value_transformation = tag(0x0028, 0x9145);
constexpr Tag radiopharmaceutical = tag(0x0054, 0x0016), units = tag(0x0054, 0x1001), suv_type = tag(0x0054, 0x1006),
              decay_correction = tag(0x0054, 0x1102);
constexpr Tag segmentation_type = tag(0x0062, 0x0001), segments = tag(0x0062, 0x0002),
              segment_number = tag(0x0062, 0x0004), segment_label = tag(0x0062, 0x0005),
              segment_identification = tag(0x0062, 0x000A), referenced_segment = tag(0x0062, 0x000B),
              maximum_fraction = tag(0x0062, 0x000E);
constexpr Tag structure_frames = tag(0x3006, 0x0010), structure_studies = tag(0x3006, 0x0012),
              structure_series = tag(0x3006, 0x0014);
constexpr Tag structure_rois = tag(0x3006, 0x0020), roi_number = tag(0x3006, 0x0022),
              roi_frame_of_reference = tag(0x3006, 0x0024), roi_name = tag(0x3006, 0x0026),
              roi_contours = tag(0x3006, 0x0039), contours = tag(0x3006, 0x0040), contour_type = tag(0x3006, 0x0042),
              contour_data = tag(0x3006, 0x0050), referenced_roi = tag(0x3006, 0x0084);
constexpr Tag shared_groups = tag(0x5200, 0x9229), frame_groups = tag(0x5200, 0x9230);
constexpr Tag float_pixels = tag(0x7FE0, 0x0008), double_pixels = tag(0x7FE0, 0x0009), pixels = tag(0x7FE0, 0x0010);
}  // namespace tags

struct DicomItem;

struct DicomElement {
  Tag tag = 0;
  std::string value;             ///< the stored bytes; of a sequence nothing
  std::vector<DicomItem> items;  ///< of a sequence
};

/// Elements in the order of the file, each tag once (the first counts).
struct DicomItem {
  std::vector<DicomElement> elements;
  bool big_endian = false;  ///< of binary values

  const DicomElement* find(Tag tag) const noexcept;
  /// The items of a sequence; none where it is absent.
  const std::vector<DicomItem>& sequence(Tag tag) const noexcept;
  /// Text without the padding; empty where it is absent. The bytes are as the file has them, whatever its character set.
  std::string text(Tag tag) const;
};

struct Extent64 {
  std::uint64_t offset = 0, length = 0;
};

/// A DICOM file. Everything is in `root` but the pixels, which stay on disk.
class DicomObject {
 public:
  /// Throws Error(file_missing | not_a_file | file_unreadable | file_truncated | file_corrupt).
  explicit DicomObject(const std::filesystem::path& path);
  explicit DicomObject(const StoredFile& file);

  std::filesystem::path path;
  std::string transfer_syntax;
  DicomItem root;
  bool has_pixels = false, encapsulated = false, float_pixels = false;
  Extent64 pixels;                  ///< where they lie, not encapsulated
  std::vector<Extent64> fragments;  ///< encapsulated: without the offset table
  std::vector<std::uint32_t>
      frame_offsets;  ///< the basic offset table: of each frame, from the first fragment's item on

  [[noreturn]] void refuse(ErrorCode code, const std::string& problem) const;
  /// Numbers written as text (DS, IS). Throws Error(file_corrupt) where one is none.
  std::vector<double> decimals(const DicomItem& item, Tag tag, const char* name) const;
  /// The first of them, or nothing where the element is absent or empty.
  std::optional<double> decimal(const DicomItem& item, Tag tag, const char* name) const;
  /// A whole number of 16 bits (US), or nothing where it is absent.
  std::optional<std::uint32_t> number(const DicomItem& item, Tag tag, const char* name) const;
};

/// "(0020,0032)".
std::string tag_text(Tag tag);

/// Whether the file starts as a DICOM file does (PS3.10, 7.1): 128 bytes of anything, then DICM.
bool is_dicom_file(const std::filesystem::path& path);
/// Whether the name says so: .dcm, .ima, .dicom.
bool is_called_dicom(const std::filesystem::path& path);
/// Whether a file of such a name may be DICOM: it is called so, or has no extension or a number for one.
bool may_be_dicom(const std::filesystem::path& path);
/// The file where it starts so, else nothing. Throws what DicomObject throws.
std::optional<DicomObject> read_dicom(const std::filesystem::path& path);

}  // namespace radloom::io
