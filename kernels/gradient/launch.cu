#include "kernels/common/cuda_launch.cuh"
#include "kernels/gradient/magnitudes.hpp"

RL_KERNEL(radloom::gradient::Magnitudes)
