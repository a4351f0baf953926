#pragma once
// The image type Riesz (IBSI 2, AYRS): the Riesz transform of order (l_x, l_y, l_z), L their sum, of the response of LoG or of
// Simoncelli: its spectrum times
//     (-i)^L sqrt(L! / (l_x! l_y! l_z!))  product over axes d of (nu_d / |nu|)^l_d
// on the grid of frequencies of Simoncelli; 0 where |nu| is. Not steered.
#include "filters/registry.hpp"
#include "filters/riesz/formulas.hpp"

namespace radloom::riesz {

/// That of the settings. Throws Error(usage).
Transform transform_of(const Settings& settings);

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);
/// Of the LoG that is transformed.
std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::riesz
