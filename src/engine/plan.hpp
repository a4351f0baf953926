#pragma once
// Which columns are measured on which image: a configuration, sorted by what has to be derived.
#include <cstddef>
#include <vector>

#include "catalogue/image_types.hpp"
#include "radloom/catalogue.hpp"
#include "radloom/config.hpp"

namespace radloom {

/// Columns that are measured together, and their places in the record.
struct ColumnGroup {
  std::vector<Column> columns;
  std::vector<std::size_t> places;
};

struct Plan {
  /// An image type that is derived: its images, and the columns of each. Those without columns are left out.
  struct Filtered {
    std::size_t image_type;  ///< its place in the configuration
    /// Those of the image type. In the ibsi convention without the range of re-segmentation, which is one of the image's own
    /// intensities: bins of a derived image do not start there.
    Settings settings;
    std::vector<DerivedImage> images;
    std::vector<ColumnGroup> groups;
  };
  ColumnGroup shape, original;
  std::size_t original_type = 0;  ///< the place of Original in the configuration, where it has columns
  std::vector<Filtered> filtered;
  std::size_t columns = 0;
};

/// `columns` are those of `config`.
Plan make_plan(const Config& config, const std::vector<Column>& columns);

}  // namespace radloom
