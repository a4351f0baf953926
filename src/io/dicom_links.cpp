#include "io/dicom_links.hpp"

#include <algorithm>

#include "io/dicom_image.hpp"
#include "io/dicom_object.hpp"
#include "io/named_mask.hpp"

namespace radloom::io {
namespace {

void add(std::vector<std::string>& to, std::string uid) {
  if (!uid.empty() && std::find(to.begin(), to.end(), uid) == to.end()) to.push_back(std::move(uid));
}

}  // namespace

std::optional<DicomLinks> links_of(const std::filesystem::path& path) {
  const auto object = read_dicom(path);
  if (!object) return std::nullopt;
  const DicomItem& root = object->root;
  DicomLinks links;
  links.kind = is_image(*object) ? DicomKind::image : is_named_mask(*object) ? DicomKind::named_mask : DicomKind::other;
  links.series = root.text(tags::series_instance);
  add(links.frames_of_reference, root.text(tags::frame_of_reference));
  for (const DicomItem& roi : root.sequence(tags::structure_rois))
    add(links.frames_of_reference, roi.text(tags::roi_frame_of_reference));
  for (const DicomItem& series : root.sequence(tags::referenced_series))  // SEG (PS3.3, C.12.2)
    add(links.referenced_series, series.text(tags::series_instance));
  for (const DicomItem& frame : root.sequence(tags::structure_frames))  // RTSTRUCT (PS3.3, C.8.8.5)
    for (const DicomItem& study : frame.sequence(tags::structure_studies))
      for (const DicomItem& series : study.sequence(tags::structure_series))
        add(links.referenced_series, series.text(tags::series_instance));
  return links;
}

}  // namespace radloom::io
