#pragma once
#include <span>
#include <utility>
#include <vector>

#include "backend/backend.hpp"

namespace radloom::backend {

/// Whether the device has kernels for this column of the region: not for the densities and autocorrelations of shape, which only the standard has, where
/// the region's box is longer than `has_pair_kernels` allows.
bool has_kernels(const Region& region, const Column& column);

/// What the device measures of a region at once.
struct DeviceShare : Region {
  Approach approach;    ///< of its columns
  bool keeps_matrices;  ///< the region's matrices are this share's, where they are asked for
  Volume intensity_mask =
      {};  ///< shape: where the intensities are, within `mask`, on its grid; empty: the same as `mask`
};

/// The regions of a batch, taken apart by who measures their columns. A region that the device can measure whole stays as it is.
class Shares {
 public:
  /// `batch` must outlive this.
  explicit Shares(const Batch& batch);
  Shares(const Shares&) = delete;  // its regions point into it
  Shares& operator=(const Shares&) = delete;
  std::span<const DeviceShare> there() const { return there_; }  ///< what the device measures
  const std::vector<Region>& here() const { return here_; }      ///< what the host measures

  /// The measurements of the batch's regions from those of `there` (first) and `here` (second). Where the host took part, a warning says
  /// so. The first failure of a region is the region's.
  std::vector<Measurement> put_together(std::pair<std::vector<Measurement>, std::vector<Measurement>> measured) const;

 private:
  struct Part {
    std::size_t region;                ///< of the batch
    bool whole;                        ///< all of its columns
    std::vector<std::size_t> columns;  ///< else of the region, in order
    std::vector<Column> own;           ///< the same columns, as the region of this part has them
  };
  void add(std::vector<Part>& parts, std::size_t region, std::vector<std::size_t> columns);
  const Batch& batch_;
  std::vector<DeviceShare> there_;
  std::vector<Region> here_;
  std::vector<Part> parts_there_, parts_here_;
};

}  // namespace radloom::backend
