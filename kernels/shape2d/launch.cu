#include "kernels/common/cuda_launch.cuh"
#include "kernels/shape2d/features.hpp"

RL_KERNEL(radloom::shape2d::Features)
