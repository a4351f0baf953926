#pragma once
// Where every image type but Original is made: one line a room.
#include <array>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "catalogue/image_types.hpp"
#include "filters/block.hpp"

namespace radloom::filters {

/// What an image type is asked for.
struct Request {
  const Settings& settings;  ///< of the image type
  Convention convention;
  std::span<const DerivedImage> images;  ///< some of those the image type makes
};

struct Filter {
  std::string_view image_type;
  /// The part of an image of size `whole` that the values of `box` depend on.
  Box (*needed)(const Request& request, const Box& box, const std::array<std::int64_t, 3>& whole);
  /// The values of `box` (a part of the whole image), one volume for each of the request's images, as the whole image gives them.
  std::vector<Volume> (*derive)(
      const Request& request, const Block& image, const Box& box, const std::stop_token& stop);
};

/// The filter of an image type. Throws Error(internal) for one that has none.
const Filter& filter_of(std::string_view image_type);

}  // namespace radloom::filters
