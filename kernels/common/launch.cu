#include "kernels/common/cuda_launch.cuh"
#include "kernels/common/size_marginals.hpp"
#include "kernels/common/size_rows.hpp"

RL_KERNEL(radloom::LayRows)
RL_KERNEL(radloom::SizeMarginals)
