#include "cohort/resume.hpp"

#include <algorithm>

#include "cohort/stored_record.hpp"
#include "io/digest.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

/// When an input was last written: of a DICOM folder its youngest file, or the folder itself where files came or went. A
/// series of a folder is named below it, where nothing lies.
fs::file_time_type last_written(const fs::path& input) {
  const fs::path& place = fs::exists(input) ? input : input.parent_path();
  auto last = fs::last_write_time(place);
  if (fs::is_directory(place))
    for (const auto& entry : fs::directory_iterator(place)) last = std::max(last, entry.last_write_time());
  return last;
}

}  // namespace

bool is_done(
    const fs::path& record, const ManifestRow& row, const Manifest& manifest, const Engine& engine, bool verify) try {
  if (!fs::exists(record)) return false;
  const StoredRecord stored = read_record(record, engine.run());
  if (stored.record.status != Status::ok || stored.record.case_id != row.input.case_id) return false;
  if (stored.version != engine.run().version || stored.config_digest != engine.run().config_digest) return false;
  if (stored.record.image.path != row.input.image.string() || stored.record.mask.path != row.input.mask.string())
    return false;
  const LabelSelection label = row.input.label.value_or(engine.config().settings.label);
  if (!label.every_label && label.names.empty() &&
      (stored.record.regions.size() != 1 || stored.record.regions[0].label != label.text()))
    return false;
  if (verify && (io::sha256_of_image(row.input.image) != stored.record.image.sha256 ||
                    io::sha256_of_mask(row.input.mask) != stored.record.mask.sha256))
    return false;
  const auto written = fs::last_write_time(record);
  if (!verify && (last_written(row.input.image) > written || last_written(row.input.mask) > written)) return false;
  const bool own_settings = row.input.label || row.input.label_channel;
  return !own_settings || fs::last_write_time(manifest.path) <= written;
} catch (const Error&) {
  return false;  // not a whole record of this run: computed again
} catch (const fs::filesystem_error&) {
  return false;  // an input is gone: its case says so
}

}  // namespace radloom::cohort
