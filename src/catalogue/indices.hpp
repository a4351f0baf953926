#pragma once
// Positions of the features inside their family, made from the table:
//   feature::glcm::contrast == 4 and feature::glcm::count == 26.
// They are constants of type int, so they index arrays and label cases on host and device alike.

namespace radloom::feature {

namespace detail {
enum FamilyTag { firstorder, shape, shape2d, glcm, glrlm, glszm, gldm, ngtdm, loc_int, ih, ivh, gldzm };

#define RL_FEATURE(family, identifier, ...) row_of_##family##_##identifier,
enum Row {
#include "catalogue/features.inc"
  row_count
};
#undef RL_FEATURE

#define RL_FEATURE(family, ...) family,
inline constexpr FamilyTag family_of_row[] = {
#include "catalogue/features.inc"
};
#undef RL_FEATURE

/// Rows of the table that belong to a family, and those before its first.
constexpr int rows(FamilyTag family) {
  int n = 0;
  for (int row = 0; row < row_count; ++row) n += family_of_row[row] == family;
  return n;
}
constexpr int rows_before(FamilyTag family) {
  int row = 0;
  while (row < row_count && family_of_row[row] != family) ++row;
  return row;
}
}  // namespace detail

#define RL_FEATURE(family, identifier, ...)                                                                            \
  namespace family {                                                                                                   \
  inline constexpr int identifier = int(detail::row_of_##family##_##identifier) - detail::rows_before(detail::family); \
  }
#include "catalogue/features.inc"
#undef RL_FEATURE

namespace firstorder {
inline constexpr int count = detail::rows(detail::firstorder);
}
namespace shape {
inline constexpr int count = detail::rows(detail::shape);
}
namespace shape2d {
inline constexpr int count = detail::rows(detail::shape2d);
}
namespace glcm {
inline constexpr int count = detail::rows(detail::glcm);
}
namespace glrlm {
inline constexpr int count = detail::rows(detail::glrlm);
}
namespace glszm {
inline constexpr int count = detail::rows(detail::glszm);
}
namespace gldm {
inline constexpr int count = detail::rows(detail::gldm);
}
namespace ngtdm {
inline constexpr int count = detail::rows(detail::ngtdm);
}
namespace loc_int {
inline constexpr int count = detail::rows(detail::loc_int);
}
namespace ih {
inline constexpr int count = detail::rows(detail::ih);
}
namespace ivh {
inline constexpr int count = detail::rows(detail::ivh);
}
namespace gldzm {
inline constexpr int count = detail::rows(detail::gldzm);
}

}  // namespace radloom::feature
