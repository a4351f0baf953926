#include "io/dicom_image.hpp"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>

#include "io/layout.hpp"
#include "io/text.hpp"

namespace radloom::io {
namespace {

namespace fs = std::filesystem;
using Vector = std::array<double, 3>;

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
double norm(const Vector& a) { return std::sqrt(dot(a, a)); }
Vector unit(Vector a) {
  const double scale = 1 / norm(a);  // as ITK's vectors are normalised, to the last bit
  for (double& x : a) x *= scale;
  return a;
}
Vector minus(const Vector& a, const Vector& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

bool is_uid(std::string_view text) {
  return text.size() > 2 && text.size() <= 64 && text.find('.') != std::string_view::npos &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// What a path means: one file, or the files of a folder, perhaps those of one series alone.
struct Place {
  fs::path folder, file;
  std::string series;
};

std::optional<Place> place_of(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return Place{path, {}, {}};
  if (fs::exists(path, ignored)) return Place{{}, path, {}};
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (is_uid(path.filename().string()) && fs::is_directory(parent, ignored))
    return Place{parent, {}, path.filename().string()};
  return std::nullopt;
}

/// A file of a folder that has not the mark of DICOM may be one that is damaged there. Told by its name, else by a zero byte
/// among its first, which no text has.
bool may_be_damaged(const fs::path& path) {
  if (path.filename().string().starts_with(".") || !may_be_dicom(path)) return false;
  if (is_called_dicom(path)) return true;
  const StoredFile file(path);
  const auto head = file.head(4096);
  return std::find(head.begin(), head.end(), std::byte{0}) != head.end();
}

/// A file as a listing shows it.
struct ListedFile {
  fs::path path;
  std::uintmax_t size;
  fs::file_time_type written;
  bool operator==(const ListedFile&) const = default;
};

/// Sorted, so that of several damaged files the same one is told.
std::vector<ListedFile> files_in(const fs::path& folder) {
  std::vector<ListedFile> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored))
      files.push_back({it->path(), it->file_size(ignored), it->last_write_time(ignored)});
  }
  if (error)
    throw Error(ErrorCode::file_unreadable, fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
  std::sort(files.begin(), files.end(), [](const ListedFile& a, const ListedFile& b) { return a.path < b.path; });
  return files;
}

/// Which series the files of a folder belong to: of the folder that was looked through last. An archive that keeps many series in one folder
/// is asked for one after the other, and need not be read whole for each, as long as no file came, went or changed.
class LastFolder {
 public:
  /// Leaves the files of one series where it is known which they are.
  void choose(std::vector<ListedFile>& files, const std::string& series) const {
    const std::lock_guard lock(mutex_);
    if (files != files_ || std::find(series_.begin(), series_.end(), series) == series_.end()) return;
    files.clear();
    for (std::size_t i = 0; i < files_.size(); ++i)
      if (series_[i] == series) files.push_back(files_[i]);
  }
  /// `series` of each file, empty where it is no image.
  void remember(std::vector<ListedFile> files, std::vector<std::string> series) {
    const std::lock_guard lock(mutex_);
    files_ = std::move(files);
    series_ = std::move(series);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<ListedFile> files_;
  std::vector<std::string> series_;
};

std::vector<DicomObject> objects_in(const Place& place) {
  static LastFolder last_folder;
  std::vector<ListedFile> files = files_in(place.folder);
  const std::size_t all = files.size();
  if (!place.series.empty()) last_folder.choose(files, place.series);
  std::vector<std::optional<DicomObject>> found(files.size());
  std::vector<std::optional<Error>> wrong(files.size());
  tbb::parallel_for(std::size_t(0), files.size(), [&](std::size_t i) {
    const fs::path& path = files[i].path;
    try {
      found[i] = read_dicom(path);
      if (!found[i] && may_be_damaged(path))
        wrong[i].emplace(ErrorCode::file_corrupt,
            fmt::format(
                "{}: lies in a DICOM folder and has not the mark of a DICOM file; copy it again or take it away",
                path.string()));
    } catch (const Error& refusal) {
      wrong[i] = refusal;
    }
  });
  for (const auto& refusal : wrong)
    if (refusal) throw Error(*refusal);
  std::vector<DicomObject> objects;
  std::vector<std::string> series(files.size());
  for (std::size_t i = 0; i < files.size(); ++i)
    if (found[i] && is_image(*found[i])) {
      series[i] = found[i]->root.text(tags::series_instance);
      objects.push_back(std::move(*found[i]));
    }
  if (!place.series.empty() && files.size() == all) last_folder.remember(std::move(files), std::move(series));
  return objects;
}

/// Leaves the objects of one series, or says which there are.
void choose_series(std::vector<DicomObject>& objects, const Place& place) {
  std::map<std::string, std::pair<std::size_t, std::string>> series;
  for (const DicomObject& object : objects) {
    auto& [count, what] = series[object.root.text(tags::series_instance)];
    ++count;
    if (what.empty()) what = object.root.text(tags::modality) + " " + shown(object.root.text(tags::series_description));
  }
  if (objects.empty())
    throw Error(ErrorCode::not_a_file,
        fmt::format(
            "{}: is a directory that holds no DICOM image (folders in it are not searched); name the folder of a series",
            place.folder.string()));
  if (place.series.empty() && series.size() == 1) return;
  if (!place.series.empty() && series.contains(place.series)) {
    std::erase_if(
        objects, [&](const DicomObject& object) { return object.root.text(tags::series_instance) != place.series; });
    return;
  }
  std::string list;
  for (const auto& [uid, what] : series) {
    if (!list.empty()) list += "; ";
    if (list.size() > 600) {
      list += "...";
      break;
    }
    list += fmt::format("{} ({} files, {})", shown(uid), what.first, trim(what.second));
  }
  const std::string folder = place.folder.string();
  if (place.series.empty())
    throw Error(ErrorCode::file_unreadable,
        fmt::format("{}: the folder holds {} series; name one by adding its SeriesInstanceUID to the path ({}): {}",
            folder, series.size(), (place.folder / series.begin()->first).string(), list));
  throw Error(ErrorCode::file_missing,
      fmt::format("{}: the folder holds no series {}; it holds {}", folder, place.series, list));
}

template <std::size_t N>
std::optional<std::array<double, N>> numbers_of(
    const DicomObject& object, const DicomItem& item, Tag which, const char* name) {
  const auto numbers = object.decimals(item, which, name);
  if (numbers.empty()) return std::nullopt;
  if (numbers.size() != N)
    object.refuse(ErrorCode::file_corrupt,
        fmt::format("its {} {} has {} numbers where {} are due", name, tag_text(which), numbers.size(), N));
  std::array<double, N> result;
  std::copy(numbers.begin(), numbers.end(), result.begin());
  return result;
}

std::string place_text(const Vector& p) { return fmt::format("({:g}, {:g}, {:g})", p[0], p[1], p[2]); }

/// Refuses what does not fit the first frame's plane: a folder that holds several stacks, a localizer, a damaged header.
void check_alike(const DicomSeries& series) {
  const DicomFrame& first = series.frames.front();
  const DicomObject& front = series.objects[first.object];
  for (const DicomFrame& frame : series.frames) {
    const DicomObject& object = series.objects[frame.object];
    const auto differs = [&](const std::string& what) {
      object.refuse(ErrorCode::geometry_mismatch,
          fmt::format("{} from that of {}; they are no slices of one volume", what, front.path.filename().string()));
    };
    for (std::size_t i = 0; i < 6; ++i)
      if (!(std::abs(frame.orientation[i] - first.orientation[i]) <= 1e-4))
        differs("its ImageOrientationPatient differs");
    for (std::size_t i = 0; i < 2; ++i)
      if (!(std::abs(frame.spacing[i] - first.spacing[i]) <= 1e-4 * first.spacing[i]))
        differs("its PixelSpacing differs");
    if (object.root.text(tags::frame_of_reference) != front.root.text(tags::frame_of_reference))
      differs("its FrameOfReferenceUID differs");
  }
}

/// Sorts the frames along their normal and checks that they make a regular grid.
void make_grid(DicomSeries& series, const fs::path& path) {
  const auto refuse = [&](const std::string& problem) {
    throw Error(ErrorCode::geometry_invalid, fmt::format("{}: {}", path.string(), problem));
  };
  const auto name = [&](const DicomFrame& frame) {
    const DicomObject& object = series.objects[frame.object];
    return object.path.filename().string() +
           (series.formats[frame.object].frames > 1 ? fmt::format(" (frame {})", frame.index + 1) : std::string());
  };
  auto& frames = series.frames;
  Geometry& grid = series.geometry;
  grid.direction = direction_of(frames.front().orientation);
  const Vector normal{grid.direction[2], grid.direction[5], grid.direction[8]};
  if (!std::isfinite(normal[0] + normal[1] + normal[2]) ||
      std::abs(dot({frames[0].orientation[0], frames[0].orientation[1], frames[0].orientation[2]},
          {frames[0].orientation[3], frames[0].orientation[4], frames[0].orientation[5]})) > 0.01)
    refuse(fmt::format("the rows and columns of {} are not at right angles to each other", name(frames[0])));
  std::stable_sort(frames.begin(), frames.end(),
      [&](const DicomFrame& a, const DicomFrame& b) { return dot(a.position, normal) < dot(b.position, normal); });
  const DicomFrame &first = frames.front(), &last = frames.back();
  grid.size = {series.formats.front().columns, series.formats.front().rows, std::int64_t(frames.size())};
  grid.spacing_mm = {first.spacing[1], first.spacing[0], 1};
  grid.origin_mm = first.position;
  if (frames.size() == 1) {
    const DicomObject& object = series.objects[first.object];
    const DicomItem& measures = functional_group(object, tags::pixel_measures, first.index);
    double& thickness = grid.spacing_mm[2];
    for (const auto& [which, what] : {std::pair{tags::spacing_between_slices, "SpacingBetweenSlices"},
             std::pair{tags::slice_thickness, "SliceThickness"}})
      if (const auto value = object.decimal(measures, which, what); value && *value > 0) {
        thickness = *value;
        break;
      }
    return;
  }
  // The slices' distances: twice the same place, then gaps, then all that is not regular.
  std::vector<double> steps(frames.size() - 1);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i] = dot(minus(frames[i + 1].position, frames[i].position), normal);
    if (steps[i] < 1e-3)
      refuse(fmt::format(
          "{} and {} lie at the same place, {}: the folder holds a slice twice, or several volumes (phases, "
          "echoes) in one series; leave one volume in it",
          name(frames[i]), name(frames[i + 1]), place_text(frames[i].position)));
  }
  auto sorted = steps;
  std::nth_element(sorted.begin(), sorted.begin() + std::ptrdiff_t(sorted.size() / 2), sorted.end());
  const double usual = sorted[sorted.size() / 2];
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i] > 1.5 * usual)
      refuse(fmt::format(
          "slices are missing between {} at {} and {} at {} (about {}): {:g} mm lie between them, and {:g} mm between "
          "others; copy the series again",
          name(frames[i]), place_text(frames[i].position), name(frames[i + 1]), place_text(frames[i + 1].position),
          std::lround(steps[i] / usual) - 1, steps[i], usual));
  const Vector along = minus(last.position, first.position);
  const double distance = norm(along) / double(frames.size() - 1);  // as ITK computes it
  grid.spacing_mm[2] = distance;
  const double across = std::min(first.spacing[0], first.spacing[1]);
  const auto tilt =
      series.objects[first.object].decimal(series.objects[first.object].root, tags::gantry_tilt, "GantryDetectorTilt");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Vector offset = minus(frames[i].position, first.position);
    const double height = dot(offset, normal);
    const double sideways = std::sqrt(std::max(0.0, dot(offset, offset) - height * height));
    if (sideways > 0.1 * across && sideways > 1e-4 * height)
      refuse(fmt::format(
          "the slices are not stacked at right angles to their plane: {} lies {:g} mm beside {}{}; resample the "
          "series to a regular grid",
          name(frames[i]), sideways, name(first),
          tilt && *tilt != 0 ? fmt::format(" (gantry tilt {:g} degrees)", *tilt) : ""));
    if (std::abs(height - double(i) * distance) > 0.05 * distance)
      refuse(fmt::format("the slices are not equally far apart: {} lies {:g} mm from {} where {:g} are due",
          name(frames[i]), height, name(first), double(i) * distance));
  }
}

/// The narrowest type that holds all rescaled values, none narrower than the stored one: GDCM's rule, and so SimpleITK's.
ScalarType type_of(const DicomSeries& series) {
  double low = 0, high = 0;
  for (const DicomFrame& frame : series.frames) {
    if (frame.slope != std::trunc(frame.slope) || frame.intercept != std::trunc(frame.intercept))
      return ScalarType::float64;
    const PixelFormat& format = series.formats[frame.object];
    for (const std::int64_t end : {format.lowest(), format.highest()}) {
      const double value = double(end) * frame.slope + frame.intercept;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  const unsigned bits = series.formats.front().allocated;
  if (low >= 0) {
    if (high <= 255 && bits == 8) return ScalarType::uint8;
    if (high <= 65535 && bits <= 16) return ScalarType::uint16;
    return high <= 4294967295.0 ? ScalarType::uint32 : ScalarType::float64;
  }
  if (low >= -128 && high <= 127 && bits == 8) return ScalarType::int8;
  if (low >= -32768 && high <= 32767 && bits <= 16) return ScalarType::int16;
  return low >= -2147483648.0 && high <= 2147483647.0 ? ScalarType::int32 : ScalarType::float64;
}

template <class T>
Volume decode(const DicomSeries& series) {
  const std::size_t pixels = std::size_t(series.formats.front().pixels_of_a_frame());
  const auto memory = allocate(pixels * series.frames.size() * sizeof(T), series.objects.front().path);
  T* const voxels = reinterpret_cast<T*>(memory.get());
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, series.frames.size()), [&](const auto& range) {
    std::vector<std::int32_t> stored;
    std::unique_ptr<StoredFile> file;
    std::size_t opened = 0;
    for (std::size_t z = range.begin(); z < range.end(); ++z) {
      const DicomFrame& frame = series.frames[z];
      const DicomObject& object = series.objects[frame.object];
      if (!file || opened != frame.object) file = std::make_unique<StoredFile>(object.path);
      opened = frame.object;
      read_frame(*file, object, series.formats[frame.object], frame.index, stored);
      T* const slice = voxels + z * pixels;
      if constexpr (std::is_same_v<T, double>) {
        for (std::size_t i = 0; i < pixels; ++i)
          slice[i] = (double(stored[i]) * frame.slope + frame.intercept) * series.factor;
      } else {
        const auto slope = std::int64_t(frame.slope), intercept = std::int64_t(frame.intercept);
        for (std::size_t i = 0; i < pixels; ++i) slice[i] = T(stored[i] * slope + intercept);
      }
    }
  });
  return Volume(series.geometry, scalar_type_of<T>(), std::shared_ptr<const void>(memory));
}

}  // namespace

bool is_image(const DicomObject& object) {
  const std::string modality = object.root.text(tags::modality);
  return object.has_pixels && modality != "SEG" && modality != "RTDOSE" && modality != "PR";
}

std::vector<fs::path> DicomSeries::files() const {
  std::vector<fs::path> paths;
  for (const DicomObject& object : objects) paths.push_back(object.path);
  return paths;
}

fs::path stored_at(const fs::path& path) {
  const auto place = place_of(path);
  return place && place->file.empty() ? place->folder : path;
}

bool means_dicom(const fs::path& path) {
  const std::string name = lower(path.filename().string());
  if (format_named(path)) return false;
  const auto place = place_of(path);
  if (!place) return false;
  if (place->file.empty() || name.ends_with(".dcm")) return true;
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && is_dicom_file(path);
}

const DicomItem& functional_group(const DicomObject& object, Tag which, std::int64_t index) {
  const auto& frames = object.root.sequence(tags::frame_groups);
  const auto& shared = object.root.sequence(tags::shared_groups);
  if (std::size_t(index) < frames.size())
    if (const auto& own = frames[std::size_t(index)].sequence(which); !own.empty()) return own.front();
  if (!shared.empty())
    if (const auto& common = shared.front().sequence(which); !common.empty()) return common.front();
  return object.root;
}

std::array<double, 9> direction_of(const std::array<double, 6>& o) {
  const Vector normal = unit(cross({o[0], o[1], o[2]}, {o[3], o[4], o[5]}));
  const Vector row = unit(cross({o[3], o[4], o[5]}, normal));
  const Vector column = cross(normal, row);
  return {row[0], column[0], normal[0], row[1], column[1], normal[1], row[2], column[2], normal[2]};
}

std::vector<DicomFrame> frames_of(const DicomObject& object, std::int64_t count) {
  std::vector<DicomFrame> frames;
  const std::size_t described = object.root.sequence(tags::frame_groups).size();
  if (count > 1 && std::int64_t(described) != count)
    object.refuse(ErrorCode::file_unreadable,
        fmt::format(
            "has {} frames of which {} are described; only the enhanced multi-frame formats say where each lies", count,
            described));
  for (std::int64_t index = 0; index < count; ++index) {
    const auto lacks = [&](Tag which, const char* what) {
      object.refuse(ErrorCode::geometry_invalid,
          fmt::format("has no {} {}{}, so where it lies is unknown; only images with a place in the patient are read",
              what, tag_text(which), count > 1 ? fmt::format(" of frame {}", index + 1) : ""));
    };
    DicomFrame frame;
    frame.index = index;
    const auto position = numbers_of<3>(
        object, functional_group(object, tags::plane_position, index), tags::position, "ImagePositionPatient");
    const auto orientation = numbers_of<6>(
        object, functional_group(object, tags::plane_orientation, index), tags::orientation, "ImageOrientationPatient");
    const auto spacing = numbers_of<2>(
        object, functional_group(object, tags::pixel_measures, index), tags::pixel_spacing, "PixelSpacing");
    if (!position) lacks(tags::position, "ImagePositionPatient");
    if (!orientation) lacks(tags::orientation, "ImageOrientationPatient");
    if (!spacing) lacks(tags::pixel_spacing, "PixelSpacing");
    frame.position = *position;
    frame.orientation = *orientation;
    frame.spacing = *spacing;
    const DicomItem& values = functional_group(object, tags::value_transformation, index);
    frame.slope = object.decimal(values, tags::slope, "RescaleSlope").value_or(1);
    frame.intercept = object.decimal(values, tags::intercept, "RescaleIntercept").value_or(0);
    if (frame.slope == 0) object.refuse(ErrorCode::file_corrupt, "its RescaleSlope (0028,1053) is 0");
    frames.push_back(frame);
  }
  return frames;
}

DicomSeries open_series(const fs::path& path) {
  const auto place = place_of(path);
  if (!place) StoredFile missing(path);  // says so
  DicomSeries series;
  if (place->file.empty()) {
    series.objects = objects_in(*place);
    choose_series(series.objects, *place);
  } else {
    series.objects.emplace_back(place->file);
    if (!is_image(series.objects.front()))
      series.objects.front().refuse(ErrorCode::file_unreadable,
          fmt::format("is DICOM ({}) and no image", shown(series.objects.front().root.text(tags::modality))));
  }
  std::stable_sort(series.objects.begin(), series.objects.end(), [](const DicomObject& a, const DicomObject& b) {
    return a.root.text(tags::sop_instance) < b.root.text(tags::sop_instance);
  });
  for (std::size_t i = 0; i < series.objects.size(); ++i) {
    const DicomObject& object = series.objects[i];
    const PixelFormat format = pixel_format(object);
    if (format.allocated == 1)
      object.refuse(ErrorCode::file_unreadable, "has pixels of one bit; an image has 8, 16 or 32");
    if (object.root.text(tags::photometric) == "MONOCHROME1")
      object.refuse(ErrorCode::file_unreadable,
          "is stored inverted (MONOCHROME1); convert it, so that larger values are larger intensities");
    if (object.root.find(tags::modality_lut))
      object.refuse(
          ErrorCode::file_unreadable, "has a modality look-up table (0028,3000), which is not read; convert it");
    series.formats.push_back(format);
    const PixelFormat& first = series.formats.front();
    if (format.rows != first.rows || format.columns != first.columns || format.allocated != first.allocated)
      object.refuse(ErrorCode::geometry_mismatch,
          fmt::format("has {} x {} pixels of {} bits where {} has {} x {} of {}; they are no slices of one volume",
              format.columns, format.rows, format.allocated, series.objects.front().path.filename().string(),
              first.columns, first.rows, first.allocated));
    for (DicomFrame frame : frames_of(object, format.frames)) {
      frame.object = i;
      series.frames.push_back(frame);
    }
  }
  check_alike(series);
  make_grid(series, path);
  check_geometry(series.geometry, path.string());
  series.type = type_of(series);
  return series;
}

Volume read_series(const DicomSeries& series) {
  switch (series.type) {
    case ScalarType::int8: return decode<std::int8_t>(series);
    case ScalarType::uint8: return decode<std::uint8_t>(series);
    case ScalarType::int16: return decode<std::int16_t>(series);
    case ScalarType::uint16: return decode<std::uint16_t>(series);
    case ScalarType::int32: return decode<std::int32_t>(series);
    case ScalarType::uint32: return decode<std::uint32_t>(series);
    default: return decode<double>(series);
  }
}

}  // namespace radloom::io
