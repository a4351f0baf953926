#include "kernels/common/cuda_launch.cuh"
#include "kernels/ngtdm/difference_features.hpp"

RL_KERNEL(radloom::ngtdm::DifferenceFeatures)
