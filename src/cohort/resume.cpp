#include "cohort/resume.hpp"

#include "cohort/stored_record.hpp"
#include "io/digest.hpp"
#include "io/layout.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

/// As records state it.
std::string stored_sha256(const fs::path& path) { return io::sha256_of(io::parse_header(path).files); }

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
  if (!label.every_label && (stored.record.regions.size() != 1 || stored.record.regions[0].label != label.text()))
    return false;
  if (verify && (stored_sha256(row.input.image) != stored.record.image.sha256 ||
                    stored_sha256(row.input.mask) != stored.record.mask.sha256))
    return false;
  const auto written = fs::last_write_time(record);
  if (!verify && (fs::last_write_time(row.input.image) > written || fs::last_write_time(row.input.mask) > written))
    return false;
  const bool own_settings = row.input.label || row.input.label_channel;
  return !own_settings || fs::last_write_time(manifest.path) <= written;
} catch (const Error&) {
  return false;  // not a whole record of this run: computed again
} catch (const fs::filesystem_error&) {
  return false;  // an input is gone: its case says so
}

}  // namespace radloom::cohort
