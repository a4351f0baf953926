#pragma once
// The two formats behind NamedMask.
#include <memory>

#include "io/dicom_object.hpp"
#include "radloom/mask.hpp"

namespace radloom::io {

class OverlappingRegions;

/// Whether the file is a structure set or a segmentation.
bool is_named_mask(const DicomObject& object);

/// What a format knows of its regions. Immutable after construction.
class RegionSource {
 public:
  virtual ~RegionSource() = default;
  const std::vector<MaskName>& names() const noexcept { return names_; }
  /// Adds the voxels of region `index` of names(). Throws Error for what is wrong with that region.
  virtual void draw(std::size_t index, const Geometry& image, const std::string& frame_of_reference,
      OverlappingRegions& to) const = 0;

 protected:
  std::vector<MaskName> names_;
};

/// A DICOM RTSTRUCT (PS3.3, C.8.8.5 and C.8.8.6).
std::unique_ptr<RegionSource> make_structures(DicomObject object);
/// A DICOM SEG (PS3.3, C.8.20): binary, fractional or a label map.
std::unique_ptr<RegionSource> make_segments(DicomObject object);

/// Text of the file in UTF-8: of ISO_IR 192 and ISO_IR 100; of other character sets, what is not ASCII becomes a question mark.
std::string to_utf8(const DicomObject& object, const std::string& text);
/// "structure 3 (GTV-1)", for messages.
std::string named(const char* what, const MaskName& name);
/// Refuses a region that was drawn in another frame of reference than the image's.
void check_frame_of_reference(const DicomObject& object, const std::string& own, const std::string& of_the_image);

}  // namespace radloom::io
