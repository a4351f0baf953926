#include "kernels/common/cuda_launch.cuh"
#include "kernels/log/filter_rows.hpp"

RL_KERNEL(radloom::log::FilterLines)
RL_KERNEL(radloom::log::FilterRows)
