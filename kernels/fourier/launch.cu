#include "kernels/common/cuda_launch.cuh"
#include "kernels/fourier/transform_lines.hpp"

RL_KERNEL(radloom::fourier::TransformLines)
