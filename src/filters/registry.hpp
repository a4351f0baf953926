#pragma once
// Where every image type but Original is made: one line a room.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/image_types.hpp"
#include "core/large_memory.hpp"
#include "filters/block.hpp"

namespace radloom::filters {

/// What an image type is asked for.
struct Request {
  const Settings& settings;  ///< of the image type
  Convention convention;
  std::span<const DerivedImage> images;          ///< some of those the image type makes
  std::shared_ptr<KeptMemory> memory = nullptr;  ///< where large volumes come from and go back to; null for the system
};

struct Filter {
  std::string_view image_type;
  /// The part of an image of the grid `whole` that the values of `box` depend on.
  Box (*needed)(const Request& request, const Box& box, const Grid& whole);
  /// The values of `box` (a part of the whole image), one volume for each of the request's images, as the whole image gives them.
  std::vector<Volume> (*derive)(
      const Request& request, const Block& image, const Box& box, const std::stop_token& stop);
  /// Why an image of this grid has no such derived image, or nothing; null where every image has.
  std::string (*unsuited)(const Request& request, const DerivedImage& image, const Grid& grid) = nullptr;
  /// What is worth knowing of a derived image that is made all the same, or nothing; null where there is never anything.
  std::string (*remark)(const Request& request, const DerivedImage& image, const Grid& grid) = nullptr;
};

/// The filter of an image type. Throws Error(internal) for one that has none.
const Filter& filter_of(std::string_view image_type);

/// What of an image of the grid `whole` the values of `box` depend on: `needed` of the image type's filter.
Box needed(std::string_view image_type, const Request& request, const Box& box, const Grid& whole);

/// Why an image of the grid `whole` has no such derived image, or nothing.
std::string unsuited(std::string_view image_type, const Request& request, const DerivedImage& image, const Grid& whole);

/// What stands for a derived image that cannot be had: on this grid, not a number everywhere.
Volume undefined(const Geometry& grid);

/// The derived images of `box`. One that an image of this grid has not is `undefined`.
/// Throws Error(usage) where the block lacks voxels, Error(interrupted).
std::vector<Volume> derive(std::string_view image_type, const Request& request, const Block& image, const Box& box,
    const std::stop_token& stop);

}  // namespace radloom::filters
