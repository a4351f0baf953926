// Bodies that tests alone launch.
#include "kernels/shape/compare_planes.hpp"
#include "simt/launch.hpp"

// Of so few slots that small regions fill them.
RL_KERNEL(radloom::shape::ComparePlanesOf<16, 40, 4>)
