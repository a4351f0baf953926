#include "radloom/error.hpp"

namespace radloom {

std::string_view code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::usage: return "usage";
    case ErrorCode::config_invalid: return "config_invalid";
    case ErrorCode::config_unsupported: return "config_unsupported";
    case ErrorCode::manifest_invalid: return "manifest_invalid";
    case ErrorCode::file_missing: return "file_missing";
    case ErrorCode::not_a_file: return "not_a_file";
    case ErrorCode::file_unreadable: return "file_unreadable";
    case ErrorCode::file_truncated: return "file_truncated";
    case ErrorCode::file_corrupt: return "file_corrupt";
    case ErrorCode::unsupported_dimension: return "unsupported_dimension";
    case ErrorCode::vector_image: return "vector_image";
    case ErrorCode::geometry_invalid: return "geometry_invalid";
    case ErrorCode::geometry_mismatch: return "geometry_mismatch";
    case ErrorCode::label_absent: return "label_absent";
    case ErrorCode::empty_mask: return "empty_mask";
    case ErrorCode::region_too_small: return "region_too_small";
    case ErrorCode::region_outside_image: return "region_outside_image";
    case ErrorCode::resegmentation_empty: return "resegmentation_empty";
    case ErrorCode::non_finite: return "non_finite";
    case ErrorCode::too_many_gray_levels: return "too_many_gray_levels";
    case ErrorCode::output_unwritable: return "output_unwritable";
    case ErrorCode::device_unavailable: return "device_unavailable";
    case ErrorCode::device_failed: return "device_failed";
    case ErrorCode::memory_exhausted: return "memory_exhausted";
    case ErrorCode::timed_out: return "timed_out";
    case ErrorCode::interrupted: return "interrupted";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

}  // namespace radloom
