#include "io/stored_volume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "io/digest.hpp"
#include "io/suv.hpp"
#include "radloom/error.hpp"

namespace radloom::io {
namespace {

/// Runs `work`; memory that runs out on the way becomes an error that names the file.
template <class F>
auto with_memory(const std::filesystem::path& path, F&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  throw Error(ErrorCode::memory_exhausted, fmt::format("{}: there is not enough memory to read it", path.string()));
}

DicomSeries open_dicom(const std::filesystem::path& path, const ReadOptions& options) {
  DicomSeries series = open_series(path);
  if (options.suv != Suv::none) {
    series.factor = suv_factor(series, options.suv);
    series.type = ScalarType::float64;
  }
  return series;
}

std::variant<Layout, DicomSeries> open(const std::filesystem::path& path, const ReadOptions& options) {
  return with_memory(path, [&]() -> std::variant<Layout, DicomSeries> {
    if (means_dicom(path)) return open_dicom(path, options);
    if (options.suv != Suv::none)
      throw Error(ErrorCode::file_unreadable,
          fmt::format("{}: is no DICOM series, so SUV cannot be computed; set suv to none", path.string()));
    return parse_header(path);
  });
}

}  // namespace

StoredVolume::StoredVolume(const std::filesystem::path& path, const ReadOptions& options)
    : path_(path), channel_(options.channel), stored_(open(path, options)) {}

const Geometry& StoredVolume::geometry() const {
  return std::visit([](const auto& stored) -> const Geometry& { return stored.geometry; }, stored_);
}

VolumeHeader StoredVolume::header() const {
  if (const auto* series = std::get_if<DicomSeries>(&stored_)) return {series->geometry, series->type, 1};
  const auto& layout = std::get<Layout>(stored_);
  return {layout.geometry, given_type(layout), layout.components};
}

std::string StoredVolume::frame_of_reference() const {
  const auto* series = std::get_if<DicomSeries>(&stored_);
  return series ? series->frame_of_reference() : "";
}

std::string StoredVolume::sha256() const {
  if (const auto* series = std::get_if<DicomSeries>(&stored_)) return sha256_of(series->files());
  return sha256_of(std::get<Layout>(stored_).files);
}

void StoredVolume::check_channel() const {
  const int components = header().components;
  if (std::holds_alternative<DicomSeries>(stored_) && channel_ > 0)
    throw Error(ErrorCode::usage,
        fmt::format("{}: is DICOM, whose pixels have one value, so there is no channel {}", path_.string(), channel_));
  if (components > 1 && channel_ < 0)
    throw Error(
        ErrorCode::vector_image, fmt::format("{}: has {} components in a voxel; name the one to take (Label_channel), "
                                             "or split it",
                                     path_.string(), components));
  if (channel_ >= components)
    throw Error(
        ErrorCode::usage, fmt::format("{}: has {} components in a voxel, so there is no channel {} (they count from 0)",
                              path_.string(), components, channel_));
}

Volume StoredVolume::read() const {
  return with_memory(path_, [&] {
    check_channel();
    if (const auto* series = std::get_if<DicomSeries>(&stored_)) return read_series(*series);
    return read_voxels(std::get<Layout>(stored_), std::max(channel_, 0));
  });
}

Reading::Reading(StoredVolume stored, bool digest, const Need& need) : stored_(std::move(stored)) {
  stored_.check_channel();
  if (const auto* layout = std::get_if<Layout>(&stored_.stored_);
      layout && !need.all && PartReading::is_possible(*layout, need.summary))
    part_.emplace(*layout, need.summary);
  // Whoever is idle takes what is older first: the decoding, which others can help with.
  decoding_.run([this] {
    if (part_) with_memory(stored_.path_, [&] { part_->run(); });
    else whole_ = stored_.read();
  });
  if (digest) digesting_.run([this] { sha256_ = stored_.sha256(); });
}

Reading::~Reading() {
  if (part_) part_->abandon();
  for (auto* tasks : {&decoding_, &digesting_}) {
    tasks->cancel();
    try {
      tasks->wait();
    } catch (...) {  // whoever did not wait for it does not want to know
    }
  }
}

namespace {

void wait_for(tbb::task_group& tasks) {
  if (tasks.wait() == tbb::task_group_status::canceled) throw Error(ErrorCode::interrupted, "stopped on request");
}

}  // namespace

KeptPart Reading::finish(const Box& box) {
  return with_memory(stored_.path_, [&] {
    if (part_) part_->want(box);
    wait_for(decoding_);
    return part_ ? part_->finish() : KeptPart{std::move(whole_), {{}, stored_.geometry().size}, std::nullopt};
  });
}

const std::string& Reading::sha256() {
  wait_for(digesting_);
  return sha256_;
}

}  // namespace radloom::io
