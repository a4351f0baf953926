#include "kernels/common/cuda_launch.cuh"
#include "kernels/convolve/convolve_axis.hpp"

RL_KERNEL(radloom::convolve::ConvolveAxis)
