#include "filters/fourier/multiply.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/four.hpp"
#include "core/simd.hpp"
#include "filters/common/field.hpp"
#include "filters/fourier/frequency.hpp"
#include "filters/fourier/real_rows.hpp"
#include "radloom/error.hpp"

namespace radloom::filters {
namespace {

constexpr std::int64_t lanes = LineTransforms::lanes;
static_assert(lanes == 4);

/// The frequencies of an axis: their lengths, each once, and for every frequency and for the opposite one which length it has and its sign.
struct Frequencies {
  std::vector<double> lengths;
  struct Place {
    std::int64_t length;
    double sign;
  };
  std::vector<Place> here, opposite;

  Frequencies(std::int64_t n, bool transformed) {
    const auto at = [&](std::int64_t k) { return transformed ? frequency(k, n) : 0; };
    for (std::int64_t k = 0; k < n; ++k) lengths.push_back(std::abs(at(k)));
    std::sort(lengths.begin(), lengths.end());
    lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
    for (std::int64_t k = 0; k < n; ++k)
      for (auto* places : {&here, &opposite}) {
        const double nu = at(places == &here ? k : (n - k) % n);
        const auto length = std::lower_bound(lengths.begin(), lengths.end(), std::abs(nu)) - lengths.begin();
        places->push_back({length, nu < 0 ? -1.0 : 1.0});
      }
  }
};

/// Reads n samples of an image, `step` apart from sample `first` on.
using ReadSamples = std::function<void(std::int64_t first, std::int64_t step, std::int64_t n, double* to)>;

/// Lines side by side, sample by sample: `real` and `imaginary` parts.
struct Lines {
  double *real, *imaginary;
};

/// A factor of every sample, four lanes at a time: the mean of what two rows of a table hold, for the frequency and the opposite one.
struct Factors {
  const double *here, *opposite;
  double of_here, of_opposite;
};

/// What is multiplied by i has its parts exchanged.
RL_SIMD_CLONES void multiply(const Factors& f, const Frequencies& along, bool odd, bool by_i, Lines from, Lines to) {
  const auto* here = along.here.data();
  const auto* opposite = along.opposite.data();
  const auto n = std::int64_t(along.here.size());
  for (std::int64_t i = 0; i < n; ++i) {
    const double a = odd ? f.of_here * here[i].sign : f.of_here;
    const double b = odd ? f.of_opposite * opposite[i].sign : f.of_opposite;
    Four of_here, of_opposite, real, imaginary;
    load(f.here + here[i].length * 2 * lanes, of_here);
    load(f.opposite + opposite[i].length * 2 * lanes + lanes, of_opposite);
    load(from.real + i * lanes, real);
    load(from.imaginary + i * lanes, imaginary);
    const Four factor = a * of_here + b * of_opposite;
    store(factor * (by_i ? -imaginary : real), to.real + i * lanes);
    store(factor * (by_i ? real : imaginary), to.imaginary + i * lanes);
  }
}

/// Has numbers that are about to be read brought into the cache.
template <class T>
void expect(const T* first, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += 64 / std::int64_t(sizeof(T))) __builtin_prefetch(first + i);
}

/// Images along their axes `a`, whose half spectrum is kept, `b` and `c`, which may be left as it is.
class Multiplication {
 public:
  Multiplication(const ReadSamples& read, const std::array<std::int64_t, 3>& size, const std::array<bool, 3>& axes,
      const Box& box, const std::shared_ptr<KeptMemory>& memory, const std::stop_token& stop)
      : read_(read), n_(size), box_(box), memory_(memory), stop_(stop), in_space_(axes[0] && axes[1] && axes[2]),
        a_(axes[0] ? 0 : 1), b_(axes[1] && axes[0] ? 1 : 2), c_(3 - a_ - b_), rows_(n_[a_], n_[b_]), along_b_(n_[b_]) {
    for (int d = 0; d < 3; ++d) frequencies_.emplace_back(n_[d], axes[d]);
    if (in_space_) along_c_.emplace(n_[c_]);
  }

  std::vector<std::shared_ptr<double[]>> operator()(std::span<const Multiplier> multipliers) {
    std::vector<std::shared_ptr<double[]>> out;
    for (std::size_t i = 0; i < multipliers.size(); ++i)
      out.push_back(large_memory<double>(std::size_t(box_.voxels()), memory_));
    if (in_space_) in_space(multipliers, out);
    else in_slices(multipliers, out);
    return out;
  }

 private:
  /// What a thread needs for a slice.
  struct Scratch {
    explicit Scratch(const Multiplication& of)
        : rows(of.rows_), slice(of.rows_.words()), product(slice.size()), lines(of.along_b_.words()) {}
    RealRows::Scratch rows;
    AlignedDoubles slice, product;  ///< rows that fill the last group are 0 in `product` for ever
    LineBuffers lines;
  };
  using Scratches = tbb::enumerable_thread_specific<Scratch>;

  void check() const {
    if (stop_.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
  }
  Lines lines(double* spectrum, std::int64_t block) const {
    double* const first = spectrum + block * rows_.block();
    return {first, first + rows_.part()};
  }

  void read_slice(std::int64_t c, double* spectrum, Scratch& s) const {
    const std::array<std::int64_t, 3> step{1, n_[0], n_[0] * n_[1]};
    rows_.forth([&](std::int64_t b, double* to) { read_(c * step[c_] + b * step[b_], step[a_], n_[a_], to); }, spectrum,
        s.rows);
  }
  void write_slice(std::int64_t c, const double* spectrum, double* out, Scratch& s) const {
    const std::array<std::int64_t, 3> step{1, box_.size[0], box_.size[0] * box_.size[1]};
    double* const first = out + (c - box_.first[c_]) * step[c_];
    rows_.back(
        spectrum, box_.first[b_], box_.first[b_] + box_.size[b_],
        [&](std::int64_t b, const double* from) {
          double* const to = first + (b - box_.first[b_]) * step[b_];
          if (step[a_] == 1) std::copy_n(from + box_.first[a_], box_.size[a_], to);
          else
            for (std::int64_t i = 0; i < box_.size[a_]; ++i) to[i * step[a_]] = from[box_.first[a_] + i];
        },
        s.rows);
  }
  /// Transforms lines along b; the inverse has real and imaginary parts exchanged.
  void along_b(Lines from, Lines to, Scratch& s) const {
    along_b_(from.real, from.imaginary, to.real, to.imaginary, s.lines.data(), s.lines.room());
  }
  static Lines exchanged(Lines l) { return {l.imaginary, l.real}; }

  /// The values of a multiplier at four frequencies along a, and at their opposites, for every length along `middle` and `last`, over the number of
  /// samples.
  struct Table {
    AlignedDoubles values;   ///< [middle][last][lane, opposite of lane]
    std::vector<char> zero;  ///< [middle]: whether all are
  };
  Table table(const Multiplier& m, std::int64_t block, int middle, int last) const {
    const auto &along = frequencies_[a_], &across = frequencies_[middle], &down = frequencies_[last];
    double samples = double(n_[a_]) * double(n_[b_]);
    if (in_space_) samples *= double(n_[c_]);
    double length[2 * lanes], weight[2 * lanes];
    std::int64_t same[2 * lanes];  // the first that has its length, or -1 for what is beyond the half
    for (std::int64_t l = 0; l < 2 * lanes; ++l) {
      const std::int64_t k = block * lanes + l % lanes;
      length[l] = weight[l] = 0;
      same[l] = -1;
      if (2 * k > n_[a_] || k >= n_[a_]) continue;
      const auto& place = (l < lanes ? along.here : along.opposite)[std::size_t(k)];
      length[l] = along.lengths[std::size_t(place.length)];
      weight[l] = (m.odd[a_] ? place.sign : 1) / samples;
      for (same[l] = 0; same[same[l]] < 0 || length[same[l]] != length[l];) ++same[l];
    }
    const auto rows = down.lengths.size();
    Table out{AlignedDoubles(across.lengths.size() * down.lengths.size() * 2 * lanes),
        std::vector<char>(across.lengths.size(), true)};
    tbb::parallel_for(std::size_t(0), across.lengths.size(), [&](std::size_t i) {
      std::array<double, 3> nu{};
      nu[middle] = across.lengths[i];
      double* const first = out.values.data() + i * rows * 2 * lanes;
      std::vector<double> values(rows);
      for (std::int64_t l = 0; l < 2 * lanes; ++l) {
        if (same[l] != l) continue;
        nu[a_] = length[l];
        std::fill(values.begin(), values.end(), 1.0);
        if (m.of_square) {
          const double others = nu[a_] * nu[a_] + nu[middle] * nu[middle];
          for (std::size_t j = 0; j < rows; ++j) values[j] = others + down.lengths[j] * down.lengths[j];
          m.of_square(values);
        }
        for (std::size_t j = 0; m.at && j < rows; ++j) {
          nu[last] = down.lengths[j];
          values[j] *= m.at(nu[0], nu[1], nu[2]);
        }
        if (std::ranges::all_of(values, [](double v) { return v == 0; })) continue;
        out.zero[i] = false;
        for (std::int64_t k = l; k < 2 * lanes; ++k)
          if (same[k] == l)
            for (std::size_t j = 0; j < rows; ++j) first[std::int64_t(j) * 2 * lanes + k] = values[j] * weight[k];
      }
    });
    return out;
  }
  /// Those of a line along `last` at frequency k along `middle`.
  Factors factors(const Multiplier& m, const Table& table, int middle, std::int64_t k, int last) const {
    const auto row = std::int64_t(frequencies_[last].lengths.size()) * 2 * lanes;
    const auto here = frequencies_[middle].here[std::size_t(k)],
               opposite = frequencies_[middle].opposite[std::size_t(k)];
    const bool odd = m.odd[middle];
    return {table.values.data() + here.length * row, table.values.data() + opposite.length * row,
        odd ? 0.5 * here.sign : 0.5, (by_i(m) ? -0.5 : 0.5) * (odd ? opposite.sign : 1)};
  }
  /// Whether they are all 0.
  bool is_zero(const Table& table, int middle, std::int64_t k) const {
    const auto& f = frequencies_[middle];
    return table.zero[std::size_t(f.here[std::size_t(k)].length)] &&
           table.zero[std::size_t(f.opposite[std::size_t(k)].length)];
  }
  static bool by_i(const Multiplier& m) { return (m.odd[0] + m.odd[1] + m.odd[2]) % 2 == 1; }

  void in_slices(std::span<const Multiplier> multipliers, std::vector<std::shared_ptr<double[]>>& out) {
    std::vector<std::vector<Table>> tables;  // of each multiplier and block
    for (const auto& m : multipliers) {
      auto& of = tables.emplace_back();
      for (std::int64_t block = 0; block < rows_.blocks(); ++block) of.push_back(table(m, block, c_, b_));
    }
    Scratches scratches([&] { return Scratch(*this); });
    tbb::parallel_for(box_.first[c_], box_.first[c_] + box_.size[c_], [&](std::int64_t c) {
      check();
      Scratch& s = scratches.local();
      read_slice(c, s.slice.data(), s);
      for (std::int64_t block = 0; block < rows_.blocks(); ++block) {
        const Lines of = lines(s.slice.data(), block);
        along_b(of, of, s);
      }
      for (std::size_t i = 0; i < out.size(); ++i) {
        const auto& m = multipliers[i];
        for (std::int64_t block = 0; block < rows_.blocks(); ++block) {
          const Lines product = lines(s.product.data(), block);
          multiply(factors(m, tables[i][std::size_t(block)], c_, 0, b_), frequencies_[b_], m.odd[b_], by_i(m),
              lines(s.slice.data(), block), product);
          along_b(exchanged(product), exchanged(product), s);
        }
        write_slice(c, s.product.data(), out[i].get(), s);
      }
    });
  }

  void in_space(std::span<const Multiplier> multipliers, std::vector<std::shared_ptr<double[]>>& out) {
    Scratches scratches([&] { return Scratch(*this); });
    const auto slice = std::int64_t(rows_.words());
    const auto spectrum = large_memory<double>(std::size_t(n_[c_] * slice), memory_);
    tbb::parallel_for(std::int64_t(0), n_[c_], [&](std::int64_t c) {
      check();
      Scratch& s = scratches.local();
      double* const to = spectrum.get() + c * slice;
      read_slice(c, s.slice.data(), s);
      for (std::int64_t block = 0; block < rows_.blocks(); ++block)
        along_b(lines(s.slice.data(), block), lines(to, block), s);
    });
    std::shared_ptr<double[]> product;
    for (std::size_t i = 0; i < out.size(); ++i) {
      // The last one may take the place of the spectrum.
      if (i + 1 == out.size()) product = spectrum;
      else if (!product) product = large_memory<double>(std::size_t(n_[c_] * slice), memory_);
      along_c(multipliers[i], spectrum.get(), product.get());
      tbb::parallel_for(box_.first[c_], box_.first[c_] + box_.size[c_], [&](std::int64_t c) {
        check();
        Scratch& s = scratches.local();
        for (std::int64_t block = 0; block < rows_.blocks(); ++block)
          along_b(exchanged(lines(product.get() + c * slice, block)), exchanged(lines(s.product.data(), block)), s);
        write_slice(c, s.product.data(), out[i].get(), s);
      });
    }
  }

  /// Transforms lines along c, multiplies, and transforms back; several lines that lie beside each other are brought into the cache together.
  void along_c(const Multiplier& m, double* spectrum, double* product) const {
    constexpr std::int64_t together = 16;
    const std::int64_t n = n_[c_], slice = std::int64_t(rows_.words());
    const std::int64_t apart =
        2 * n * lanes + 8;  // a cache line more, or they would lie in the same places of the cache
    struct Room {
      AlignedDoubles group;
      LineBuffers lines;
    };
    tbb::enumerable_thread_specific<Room> rooms([&] {
      return Room{AlignedDoubles(std::size_t(together * apart)), LineBuffers(along_c_->words())};
    });
    const auto copy = [](const double* from, std::int64_t from_apart, double* to, std::int64_t to_apart,
                          std::int64_t count) {
      for (std::int64_t l = 0; l < count; ++l, from += from_apart, to += to_apart) {
        Four v;
        load(from, v);
        store(v, to);
      }
    };
    for (std::int64_t block = 0; block < rows_.blocks(); ++block) {
      const auto values = table(m, block, b_, c_);
      tbb::parallel_for(std::int64_t(0), (n_[b_] + together - 1) / together, [&](std::int64_t group) {
        check();
        Room& r = rooms.local();
        const std::int64_t first = group * together, count = std::min(together, n_[b_] - first);
        const auto place = [&](double* volume, std::int64_t c, std::int64_t part) {
          return volume + c * slice + block * rows_.block() + part * rows_.part() + first * lanes;
        };
        constexpr std::int64_t ahead = 8;  // slices, which lie too far apart for the processor to foresee
        for (std::int64_t c = 0; c < n; ++c)
          for (std::int64_t part = 0; part < 2; ++part) {
            if (c + ahead < n) expect(place(spectrum, c + ahead, part), count * lanes);
            copy(place(spectrum, c, part), lanes, r.group.data() + (part * n + c) * lanes, apart, count);
          }
        for (std::int64_t l = 0; l < count; ++l) {
          double* const line = r.group.data() + l * apart;
          if (is_zero(values, b_, first + l)) {
            std::fill_n(line, 2 * n * lanes, 0.0);
            continue;
          }
          double* const out = (*along_c_)(line, line + n * lanes, n, r.lines.data(), r.lines.room());
          const Lines at{out, out + n * lanes};
          multiply(factors(m, values, b_, first + l, c_), frequencies_[c_], m.odd[c_], by_i(m), at,
              {line, line + n * lanes});
          (*along_c_)(line + n * lanes, line, line + n * lanes, line, r.lines.data(), r.lines.room());
        }
        for (std::int64_t c = box_.first[c_]; c < box_.first[c_] + box_.size[c_]; ++c)
          for (std::int64_t part = 0; part < 2; ++part)
            copy(r.group.data() + (part * n + c) * lanes, apart, place(product, c, part), lanes, count);
      });
    }
  }

  const ReadSamples& read_;
  const std::array<std::int64_t, 3> n_;
  const Box box_;
  const std::shared_ptr<KeptMemory>& memory_;
  const std::stop_token& stop_;
  const bool in_space_;
  const int a_, b_, c_;
  const RealRows rows_;
  const LineTransforms along_b_;
  std::optional<LineTransforms> along_c_;
  std::vector<Frequencies> frequencies_;
};

}  // namespace

std::vector<Volume> multiplied(const Block& image, const std::array<bool, 3>& axes,
    std::span<const Multiplier> multipliers, const Box& box, const std::shared_ptr<KeptMemory>& memory,
    const std::stop_token& stop) {
  grid_of(image, {{}, image.whole});  // the block must be the whole image
  return image.voxels.visit([&](auto voxels) {
    const ReadSamples read = [&](std::int64_t first, std::int64_t step, std::int64_t n, double* to) {
      if (step == 1) {
        const auto next = first + RealRows::together * n;  // of the rows that are transformed next
        if (next + n <= std::int64_t(voxels.size())) expect(voxels.data() + next, n);
        std::copy_n(voxels.begin() + first, n, to);
      } else
        for (std::int64_t i = 0; i < n; ++i) to[i] = double(voxels[std::size_t(first + i * step)]);
    };
    std::vector<Volume> out;
    for (auto& values : Multiplication(read, image.whole, axes, box, memory, stop)(multipliers))
      out.push_back(volume_over(grid_of(image, box), values));
    return out;
  });
}

}  // namespace radloom::filters
