#pragma once
/// What comes out: one record a case.
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "radloom/catalogue.hpp"
#include "radloom/geometry.hpp"

namespace radloom {

/// Why a feature has no value: the closed list of the schema.
enum class Undefined : std::uint8_t {
  none,            ///< it has one
  one_voxel,       ///< the region is a single voxel
  one_gray_level,  ///< the region has a single gray level
  no_neighbours,   ///< no two voxels of the region are neighbours in any direction
  flat,            ///< the region has no extent along an axis the feature divides by
  not_planar,      ///< a 2D feature of a region of several slices
  no_spread,       ///< the intensities have no variance, or a mean of zero they are divided by
  not_finite,      ///< the definition gives no finite number here
  empty_region,    ///< re-segmentation left nothing to measure
};
std::string_view undefined_name(Undefined reason) noexcept;

/// A value, or the reason why there is none.
struct FeatureValue {
  double value = 0;
  Undefined undefined = Undefined::none;
};

enum class Status { ok, partial, failed };
std::string_view status_name(Status status) noexcept;

struct Failure {
  std::string code;  ///< `code_name`, empty when nothing failed
  std::string message;
};

/// A file that was read: what a record says of it.
struct SourceInfo {
  std::string path;
  std::string sha256;  ///< of the stored bytes, hexadecimal; empty for volumes given in memory
  Geometry geometry;
};

struct RegionRecord {
  std::string label = "1";     ///< "1", or "1+2" for a union
  std::string label_name;      ///< empty where the mask names none
  Status status = Status::ok;  ///< ok or failed
  Failure error;
  std::int64_t voxels = 0;           ///< of the mask as read
  Box bounding_box;                  ///< of the mask as read
  std::vector<FeatureValue> values;  ///< one for each column of the plan; empty when failed
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::string>> diagnostics;  ///< name, value as JSON text; `pyradiomics` only
};

/// Wall time. Counting and formulas share that of measuring in proportion to the time of their tasks.
struct Timing {
  double load = 0, preprocess = 0, filter = 0, matrices = 0, features = 0;  ///< milliseconds
};

struct CaseRecord {
  std::string case_id;
  Status status = Status::ok;
  Failure error;  ///< of the case as a whole
  SourceInfo image, mask;
  std::vector<RegionRecord> regions;
  Timing timing_ms;
  std::vector<std::pair<std::string, std::string>> carried;  ///< the manifest's own columns
};

/// What is the same for every record of a run.
struct RunInfo {
  std::string version;
  Convention convention = Convention::ibsi;
  std::string device;  ///< "cpu", "cuda:0"; several: "cuda:0,cuda:1"
  std::string config_digest;
  std::string config_json;
  std::vector<Column> columns;
  std::string device_reason;  ///< why `auto` took it; empty where the device was named
};

/// The record as JSON of schema "radloom.case/1", indented by `indent` blanks or on one line (-1), without a line end.
/// A region that failed has no features; a value that is not finite is written as undefined. Throws Error(internal) where a
/// region holds another number of values than the run has columns.
std::string to_json(const CaseRecord& record, const RunInfo& run, int indent = 2);

/// The header and the rows (one a region; one row for a failed case) of the CSV table, each line ended by "\n". Carried columns
/// come first, in the order of the record; one that has the name of another column is headed "manifest_<name>". Quoting is that
/// of RFC 4180; numbers read back as the same double whatever the locale.
std::string csv_header(const RunInfo& run, const std::vector<std::string>& carried);
std::string to_csv(const CaseRecord& record, const RunInfo& run);

/// The JSON Schema (draft 7) of a record.
std::string case_schema();

/// Writes the whole text or nothing: a temporary file beside `path`, then a rename. With `flush` it is on the disk before it has its
/// name, so that a power cut leaves it whole or absent too. Throws Error(output_unwritable).
void write_whole(const std::filesystem::path& path, std::string_view text, bool flush = true);

}  // namespace radloom
