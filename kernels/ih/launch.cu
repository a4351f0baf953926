#include "kernels/common/cuda_launch.cuh"
#include "kernels/ih/features.hpp"

RL_KERNEL(radloom::ih::Features)
