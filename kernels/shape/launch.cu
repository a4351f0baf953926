#include "kernels/common/cuda_launch.cuh"
#include "kernels/shape/compare_pairs.hpp"
#include "kernels/shape/compare_planes.hpp"
#include "kernels/shape/count_surface.hpp"
#include "kernels/shape/features.hpp"
#include "kernels/shape/find_candidates.hpp"
#include "kernels/shape/further_features.hpp"
#include "kernels/shape/pack_bits.hpp"
#include "kernels/shape/pair_spectra.hpp"
#include "kernels/shape/place_candidates.hpp"
#include "kernels/shape/thin_out.hpp"

RL_KERNEL(radloom::shape::PackBits)
RL_KERNEL(radloom::shape::CountSurface)
RL_KERNEL(radloom::shape::ComparePlanes)
RL_KERNEL(radloom::shape::FindCandidates)
RL_KERNEL(radloom::shape::ThinOut)
RL_KERNEL(radloom::shape::ComparePairs)
RL_KERNEL(radloom::shape::Features)
RL_KERNEL(radloom::shape::PlaceCandidates)
RL_KERNEL(radloom::shape::WeighTile)
RL_KERNEL(radloom::shape::Weigh)
RL_KERNEL(radloom::shape::CentreTile)
RL_KERNEL(radloom::shape::TransformRows)
RL_KERNEL(radloom::shape::TransformColumns)
RL_KERNEL(radloom::shape::AddSpectra)
RL_KERNEL(radloom::shape::FurtherFeatures)
