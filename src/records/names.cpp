#include "radloom/record.hpp"

namespace radloom {

std::string_view undefined_name(Undefined reason) noexcept {
  switch (reason) {
    case Undefined::none: return "none";
    case Undefined::one_voxel: return "one_voxel";
    case Undefined::one_gray_level: return "one_gray_level";
    case Undefined::no_neighbours: return "no_neighbours";
    case Undefined::flat: return "flat";
    case Undefined::not_planar: return "not_planar";
    case Undefined::no_spread: return "no_spread";
    case Undefined::not_finite: return "not_finite";
    case Undefined::empty_region: break;
  }
  return "empty_region";
}

std::string_view status_name(Status status) noexcept {
  switch (status) {
    case Status::ok: return "ok";
    case Status::partial: return "partial";
    case Status::failed: break;
  }
  return "failed";
}

}  // namespace radloom
