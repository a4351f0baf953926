#pragma once
#include <tbb/task_group.h>

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "io/dicom_image.hpp"
#include "io/layout.hpp"
#include "io/voxels.hpp"
#include "radloom/io.hpp"

namespace radloom::io {

/// A volume in its files: the header is read, voxels are not. Immutable; any number of threads may read.
class StoredVolume {
 public:
  /// Throws what read_header throws.
  StoredVolume(const std::filesystem::path& path, const ReadOptions& options);

  const Geometry& geometry() const;
  VolumeHeader header() const;
  /// Empty but of DICOM.
  std::string frame_of_reference() const;
  /// As records state it.
  std::string sha256() const;
  /// Throws what read_volume throws.
  Volume read() const;

 private:
  /// Throws where there is no such channel.
  void check_channel() const;

  friend class Reading;
  std::filesystem::path path_;
  int channel_;
  std::variant<Layout, DicomSeries> stored_;
};

/// What is needed of a volume, whichever box that will be.
struct Need {
  bool all = false;      ///< every voxel
  bool summary = false;  ///< of every voxel, if some are not kept
};

/// A volume that is read, and its digest made, by whoever is idle in the task arena, while it is found out how much of it is wanted.
class Reading {
 public:
  /// Begins. Throws what there is to say of the channel.
  Reading(StoredVolume stored, bool digest, const Need& need);
  /// Waits for what has begun, which ends early where it can.
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  const StoredVolume& stored() const { return stored_; }
  /// Names the box, waits and helps. Gives all where all is needed, or where a box alone cannot be had. Once. Throws what read_volume
  /// throws, and Error(interrupted) where the task arena was stopped.
  KeptPart finish(const Box& box);
  /// As records state it, if that was asked for; waits for it, and helps. Throws what StoredFile::read throws, and Error(interrupted).
  const std::string& sha256();

 private:
  const StoredVolume stored_;
  std::optional<PartReading> part_;
  Volume whole_;
  std::string sha256_;
  tbb::task_group decoding_, digesting_;
};

}  // namespace radloom::io
