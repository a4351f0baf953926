#include "kernels/common/cuda_launch.cuh"
#include "kernels/ivh/count_reached.hpp"

RL_KERNEL(radloom::ivh::CountReached)
RL_KERNEL(radloom::ivh::Features)
