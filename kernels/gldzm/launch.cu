#include "kernels/common/cuda_launch.cuh"
#include "kernels/gldzm/border_distances.hpp"
#include "kernels/gldzm/distance_features.hpp"
#include "kernels/gldzm/nearest_voxels.hpp"
#include "kernels/gldzm/tally_distances.hpp"

RL_KERNEL(radloom::gldzm::RowDistances)
RL_KERNEL(radloom::gldzm::ColumnDistances)
RL_KERNEL(radloom::gldzm::NearestVoxels)
RL_KERNEL(radloom::gldzm::TallyDistances)
RL_KERNEL(radloom::gldzm::DistanceFeatures)
