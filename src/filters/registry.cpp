#include "filters/registry.hpp"

#include <string>

#include "filters/wavelet/image_type.hpp"

namespace radloom::filters {
namespace {

constexpr Filter table[] = {
    {"Wavelet", wavelet::needed_by, wavelet::derive},
};

}  // namespace

const Filter& filter_of(std::string_view image_type) {
  for (const auto& row : table)
    if (row.image_type == image_type) return row;
  throw Error(ErrorCode::internal, "no filter makes the image type " + std::string(image_type));
}

}  // namespace radloom::filters
