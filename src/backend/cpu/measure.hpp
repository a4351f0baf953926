#pragma once
#include "backend/backend.hpp"
#include "backend/cpu/task_clock.hpp"
#include "core/large_memory.hpp"

namespace radloom::backend::cpu {

/// Measures one region on the calling thread's arena: discretises once, counts the matrices the columns need, and turns them
/// into features. Families run beside each other, and the large ones split by slices or directions.
/// `surroundings` is the image the region's `place` counts in; it may be `image`. What takes much memory takes it from `memory`.
Measurement measure(const Region& region, const Volume& image, const Volume& surroundings, bool keep_matrices,
    TaskClock& clock, const std::shared_ptr<KeptMemory>& memory);

}  // namespace radloom::backend::cpu
