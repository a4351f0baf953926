#include "kernels/common/cuda_launch.cuh"
#include "kernels/preprocess/discretise.hpp"
#include "kernels/preprocess/intensity_range.hpp"

RL_KERNEL(radloom::preprocess::IntensityRange)
RL_KERNEL(radloom::preprocess::Discretise)
