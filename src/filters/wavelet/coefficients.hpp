#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace radloom::wavelet {

/// The decomposition filters of a discrete wavelet, as PyWavelets has them (dec_lo, dec_hi). Their length is even; those of the
/// spline wavelets are padded with zeros to one length.
template <class T>
struct FilterPair {
  std::vector<T> low, high;
};

/// Whether there is a discrete wavelet of this name: haar, db1..38, sym2..20, coif1..17, bior and rbio 1.1..6.8, dmey.
bool is_known(std::string_view name);

/// Its filters, T being float or double. Those in single precision are PyWavelets' own, which are not the others rounded where it
/// multiplies them (coif). Throws Error(config_invalid) for a name that is not known.
template <class T>
FilterPair<T> filters_of(std::string_view name);

/// The names, in the order of the table.
std::vector<std::string> names();

}  // namespace radloom::wavelet
