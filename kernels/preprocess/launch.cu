#include "kernels/common/cuda_launch.cuh"
#include "kernels/preprocess/copy_box.hpp"
#include "kernels/preprocess/discretise.hpp"
#include "kernels/preprocess/intensity_range.hpp"

RL_KERNEL(radloom::preprocess::CopyBox)
RL_KERNEL(radloom::preprocess::IntensityRange)
RL_KERNEL(radloom::preprocess::Discretise)
