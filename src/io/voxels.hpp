#pragma once
// From stored bytes to voxels.
#include <optional>

#include "core/summary.hpp"
#include "io/layout.hpp"
#include "io/sink.hpp"
#include "radloom/volume.hpp"

namespace radloom::io {

/// Decodes the voxels of one component. Nothing is allocated before the files were seen to be able to hold it all.
/// Throws Error(file_missing | file_unreadable | file_truncated | file_corrupt | memory_exhausted).
Volume read_voxels(const Layout& layout, int component);

/// What is kept of a volume.
struct KeptPart {
  Volume volume;  ///< on the grid of `box`
  Box box;
  std::optional<Summary> summary;  ///< of all voxels, if it was asked for and less than all of them are kept
};

/// Decodes all voxels, checks them as read_voxels does, and keeps those of a box, which may be named meanwhile, and a summary of all if
/// that is asked for.
class PartReading {
 public:
  /// Only of volumes of one component whose voxels come in their order out of one file that holds more than zeros, and with a summary only of whole numbers of up to
  /// 16 bits: that of others depends on the order in which they are added.
  static bool is_possible(const Layout& layout, bool summed);

  /// The layout has to outlive it.
  PartReading(const Layout& layout, bool summed);
  /// Throws what read_voxels throws.
  void run();
  /// Once, from any thread. Throws Error(memory_exhausted).
  void want(const Box& box);
  /// From any thread: nobody wants any, and run() may end early.
  void abandon() { sink_.abandon(); }
  /// Once, after run() and want().
  KeptPart finish();

 private:
  const Layout& layout_;
  BoxSink sink_;
  std::shared_ptr<std::byte> memory_;
  Box box_;
};

}  // namespace radloom::io
