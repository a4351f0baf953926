#include "kernels/common/cuda_launch.cuh"
#include "kernels/loc_int/peaks.hpp"

RL_KERNEL(radloom::loc_int::SumRows)
RL_KERNEL(radloom::loc_int::AddSpheres)
RL_KERNEL(radloom::loc_int::Features)
