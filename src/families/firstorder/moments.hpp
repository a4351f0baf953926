#pragma once
#include <cmath>
#include <cstdint>

#include "core/numbers.hpp"
#include "families/firstorder/measure.hpp"
#include "families/firstorder/order_statistics.hpp"

namespace radloom::firstorder {

/// Fills the percentiles of n intensities; `at(k)` is the k-th smallest of them, from 0.
template <class At, class Number>
void measure_percentiles(std::int64_t n, const At& at, MeasuresOf<Number>& m) {
  Number* const to[percentiles] = {&m.p10, &m.p25, &m.median, &m.p75, &m.p90};
  for (int i = 0; i < percentiles; ++i) {
    const auto place = percentile_place(n, percentile_fraction(i));
    const Number a = at(place.lower);
    *to[i] = interpolate(a, place.upper > place.lower ? at(place.upper) : a, place.t);
  }
}

/// Fills everything but the order statistics and n, which it takes. `sums(f, g, ...)` are the sums of f(v), g(v), ... over the intensities v.
template <class SumsOver, class Number>
void measure_moments(const SumsOver& sums, double shift, MeasuresOf<Number>& m) {
  using std::fabs;
  const auto first =
      sums([](const Number& v) { return v; }, [=](const Number& v) { return (v + shift) * (v + shift); });
  m.mean = first[0] / m.n;
  m.energy = first[1];
  const Number mean = m.mean, median = m.median, low = m.p10, high = m.p90, none = 0;
  const auto second = sums([=](const Number& v) { return (v - mean) * (v - mean); },
      [=](const Number& v) { return (v - mean) * (v - mean) * (v - mean); },
      [=](const Number& v) { return (v - mean) * (v - mean) * ((v - mean) * (v - mean)); },
      [=](const Number& v) { return fabs(v - mean); }, [=](const Number& v) { return fabs(v - median); },
      [=](const Number& v) { return choose(is_robust(v, low, high), Number(1), none); },
      [=](const Number& v) { return choose(is_robust(v, low, high), v, none); });
  m.moment2 = second[0] / m.n;
  m.moment3 = second[1] / m.n;
  m.moment4 = second[2] / m.n;
  m.absolute_deviation = second[3] / m.n;
  m.median_absolute_deviation = second[4] / m.n;
  const Number within = second[5], robust = second[6] / within;
  const auto third = sums([=](const Number& v) { return choose(is_robust(v, low, high), fabs(v - robust), none); });
  m.robust_absolute_deviation = third[0] / within;
}

}  // namespace radloom::firstorder
