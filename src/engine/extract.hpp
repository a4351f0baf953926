#pragma once
#include <functional>
#include <stop_token>
#include <string>

#include "backend/backend.hpp"
#include "engine/case_image.hpp"
#include "engine/labels.hpp"
#include "engine/plan.hpp"
#include "radloom/engine.hpp"
#include "radloom/record.hpp"

namespace radloom {

/// Measures every region of a case: checks, normalises, resamples, re-segments, and hands the regions to the backend, all of them
/// in one batch for each few images that are derived. Fills the record's regions, status and timings; what is wrong with the case as a whole is thrown as Error.
/// `volumes`, where there is one, is shown what regions are measured on (EngineOptions). `named` are the regions of a mask that names them;
/// without them, those that the selection finds in the mask.
void extract_case(const Config& config, const Plan& plan, const LabelSelection& selection,
    const backend::Backend& backend, const CaseImage& image, Volume mask,
    const std::function<void(const MeasuredVolume&)>& volumes, std::stop_token stop, CaseRecord& record,
    const std::vector<RegionLabels>* named = nullptr);

}  // namespace radloom
