#include "kernels/common/cuda_launch.cuh"
#include "kernels/firstorder/moments.hpp"

RL_KERNEL(radloom::firstorder::StartSelection)
RL_KERNEL(radloom::firstorder::CountDigit)
RL_KERNEL(radloom::firstorder::ChooseDigit)
RL_KERNEL(radloom::firstorder::SumTile<radloom::firstorder::Pass::mean>)
RL_KERNEL(radloom::firstorder::SumTile<radloom::firstorder::Pass::moments>)
RL_KERNEL(radloom::firstorder::SumTile<radloom::firstorder::Pass::robust>)
RL_KERNEL(radloom::firstorder::FinishPass<radloom::firstorder::Pass::mean>)
RL_KERNEL(radloom::firstorder::FinishPass<radloom::firstorder::Pass::moments>)
RL_KERNEL(radloom::firstorder::FinishPass<radloom::firstorder::Pass::robust>)
