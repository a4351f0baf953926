#pragma once
#include <memory>

#include "backend/backend.hpp"

namespace radloom::backend {

/// The CPU: oneTBB across regions, families, directions and slices, in an arena of `threads` (0: all that are allowed).
std::unique_ptr<Backend> make_cpu_backend(int threads);

}  // namespace radloom::backend
