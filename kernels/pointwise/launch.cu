#include "kernels/common/cuda_launch.cuh"
#include "kernels/pointwise/map_voxels.hpp"

RL_KERNEL(radloom::pointwise::LargestMagnitude)
RL_KERNEL(radloom::pointwise::MapVoxels)
