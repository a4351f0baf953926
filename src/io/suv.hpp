#pragma once
// Standardised uptake values of PET.
#include "io/dicom_image.hpp"
#include "radloom/io.hpp"

namespace radloom::io {

/// What the rescaled values of a PET series (Bq/ml) are multiplied with to give SUV. Throws Error(file_unreadable) naming the
/// field of the header that is missing or does not fit.
double suv_factor(const DicomSeries& series, Suv suv);

}  // namespace radloom::io
