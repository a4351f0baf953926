#include "kernels/common/cuda_launch.cuh"
#include "kernels/maps/cooccurrences.hpp"
#include "kernels/maps/dependences.hpp"
#include "kernels/maps/differences.hpp"
#include "kernels/maps/intensities.hpp"
#include "kernels/maps/runs.hpp"
#include "kernels/maps/zones.hpp"

RL_KERNEL(radloom::maps::CooccurrenceMaps)
RL_KERNEL(radloom::maps::RunMaps)
RL_KERNEL(radloom::maps::ZoneMaps)
RL_KERNEL(radloom::maps::DependenceMaps)
RL_KERNEL(radloom::maps::DifferenceMaps)
RL_KERNEL(radloom::maps::IntensityMaps)
