#include "kernels/common/cuda_launch.cuh"
#include "kernels/preprocess/copy_box.hpp"
#include "kernels/preprocess/discretise.hpp"
#include "kernels/preprocess/intensity_range.hpp"
#include "kernels/preprocess/resample.hpp"

RL_KERNEL(radloom::preprocess::CopyBox)
RL_KERNEL(radloom::preprocess::IntensityRange)
RL_KERNEL(radloom::preprocess::Discretise)
RL_KERNEL(radloom::preprocess::LoadBlock)
RL_KERNEL(radloom::preprocess::SplineLines)
RL_KERNEL(radloom::preprocess::Resample)
