#include "kernels/common/cuda_launch.cuh"
#include "kernels/shape/compare_pairs.hpp"
#include "kernels/shape/compare_planes.hpp"
#include "kernels/shape/count_surface.hpp"
#include "kernels/shape/features.hpp"
#include "kernels/shape/find_candidates.hpp"
#include "kernels/shape/pack_bits.hpp"
#include "kernels/shape/thin_out.hpp"

RL_KERNEL(radloom::shape::PackBits)
RL_KERNEL(radloom::shape::CountSurface)
RL_KERNEL(radloom::shape::ComparePlanes)
RL_KERNEL(radloom::shape::FindCandidates)
RL_KERNEL(radloom::shape::ThinOut)
RL_KERNEL(radloom::shape::ComparePairs)
RL_KERNEL(radloom::shape::Features)
