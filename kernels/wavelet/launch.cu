#include "kernels/common/cuda_launch.cuh"
#include "kernels/wavelet/filter_axis.hpp"

RL_KERNEL(radloom::wavelet::FilterAxis<float>)
RL_KERNEL(radloom::wavelet::FilterAxis<double>)
