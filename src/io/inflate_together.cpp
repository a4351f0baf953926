#include "io/inflate_together.hpp"

#include <isa-l.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace radloom::io {
namespace {

constexpr std::size_t window_bytes = 32768;
/// What is decoded before it is looked at: in a core's cache where three decoders are compared; else so large that isa-l's copy of its 32 KiB
/// history, which it makes each time, is little beside the decoding.
constexpr std::size_t compared = std::size_t(1) << 16, step = std::size_t(1) << 19;
/// Stored bytes that isa-l is handed at a time, for the same reason.
constexpr std::uint64_t handed_bytes = std::uint64_t(1) << 18;
/// Stored bytes that are worth a thread's while.
constexpr std::uint64_t least_piece = std::uint64_t(1) << 20;
/// Stored bytes that are searched for the beginning of a block, which are a few tens of thousands apart.
constexpr std::uint64_t searched = std::uint64_t(1) << 18;

/// What a block has to decode to before it is taken for one.
constexpr std::size_t telling = 4096;
/// What three decoders are compared in at most: of each repeated byte eight are kept.
constexpr std::size_t most_compared = std::size_t(1) << 23;

using Window = std::array<std::uint8_t, window_bytes>;

/// isa-l from a bit of the stored bytes on, where a block begins.
class Decoder {
 public:
  enum class Stop { full, limit, finished, damaged };

  Decoder(const StoredBytes& stored, std::uint64_t bit, const Window* before)
      : stored_(stored.from(bit / 8)), state_(std::make_unique_for_overwrite<inflate_state>()) {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_DEFLATE;
    state_->avail_in = 0;
    if (before) isal_inflate_set_dict(state_.get(), const_cast<std::uint8_t*>(before->data()), window_bytes);
    if (bit % 8 != 0) {
      state_->read_in = stored_.take() >> (bit % 8);
      state_->read_in_length = std::int32_t(8 - bit % 8);
    }
  }

  /// Decodes up to `count` bytes and adds how many there were to `got`. limit(position) says up to which position isa-l may be handed bytes.
  template <class Limit>
  Stop read(std::byte* to, std::size_t count, std::size_t& got, const Limit& limit) {
    state_->next_out = reinterpret_cast<std::uint8_t*>(to);
    state_->avail_out = std::uint32_t(count);
    const auto done = [&](Stop why) {
      got += count - state_->avail_out;
      return why;
    };
    while (state_->avail_out > 0) {
      if (state_->avail_in == 0)
        if (const std::uint64_t last = limit(stored_.position()); last > stored_.position()) {
          const auto ready = stored_.ready();
          state_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(ready.data()));
          state_->avail_in = std::uint32_t(std::min<std::uint64_t>(ready.size(), last - stored_.position()));
          stored_.seek(stored_.position() + state_->avail_in);
        }
      const auto input = state_->avail_in, room = state_->avail_out;
      if (isal_inflate(state_.get()) != ISAL_DECOMP_OK) return done(Stop::damaged);
      if (state_->block_state == ISAL_BLOCK_FINISH) return done(Stop::finished);
      if (input == 0 && state_->avail_out == room) return done(Stop::limit);
    }
    return done(Stop::full);
  }

  /// The stored bytes that isa-l has been handed.
  std::uint64_t position() const noexcept { return stored_.position(); }
  /// Whether a block ends just before the bit, after all input up to it.
  bool ends_at(std::uint64_t bit) const noexcept {
    if (state_->block_state != ISAL_BLOCK_NEW_HDR && state_->block_state != ISAL_BLOCK_HDR) return false;
    const std::int64_t kept = state_->read_in_length + 8 * (std::int64_t(state_->avail_in) + state_->tmp_in_size);
    return std::int64_t(8 * position()) - kept == std::int64_t(bit);
  }
  /// The position after a stream that is finished.
  std::uint64_t end() const noexcept {
    return position() - state_->avail_in - std::uint64_t(std::max(state_->read_in_length, 0)) / 8;
  }

 private:
  StoredBytes stored_;
  std::unique_ptr<inflate_state> state_;
};

/// 32 KiB before a piece that nobody knows. What comes out of them as 0, f and g > 0 came from place f + 256 (g - 1); what comes out alike did not.
struct Unknown {
  Window zeros{}, f, g;
  Unknown() {
    for (std::size_t i = 0; i < window_bytes; ++i) f[i] = std::uint8_t(i), g[i] = std::uint8_t(1 + i / 256);
  }
};
const Unknown& unknown() {
  static const Unknown only;
  return only;
}

/// A byte of a piece that came from the 32 KiB before it.
struct Repeated {
  std::uint32_t at;
  std::uint16_t place;
};

struct Piece {
  std::uint64_t first = 0;   ///< bit where it begins
  std::uint64_t last = 0;    ///< bit where the next one begins, or the end of what is stored
  std::uint64_t handed = 0;  ///< position up to which isa-l has been handed bytes
  std::unique_ptr<Decoder> decoder;
  Decoder::Stop stop = Decoder::Stop::full;  ///< damaged where it was given up, too
  // Of all but the first:
  std::uint64_t known_by = 0;  ///< position up to which its history has to be known
  std::vector<std::shared_ptr<std::byte>> blocks;
  std::size_t bytes = 0;
  std::vector<Repeated> repeated;
};
constexpr std::size_t block_bytes = std::size_t(1) << 21;
static_assert(block_bytes % step == 0 && step % compared == 0);

/// First bit of `bytes`, but for the last 16 of them, where the header of a block with codes of its own (RFC 1951, 3.2.7) can stand; what is
/// called with it says whether it does.
template <class Try>
std::optional<std::uint64_t> find_block(std::span<const std::byte> bytes, const Try& is_block) {
  if (bytes.size() < 16) return std::nullopt;
  for (std::uint64_t bit = 0; bit < 8 * (bytes.size() - 16); ++bit) {
    const auto at = [&](std::uint64_t from) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data() + from / 8, sizeof word);
      return word >> (from % 8);
    };
    const std::uint64_t head = at(bit);
    if ((head & 7) != 4 || (head >> 3 & 31) > 29 || (head >> 8 & 31) > 29) continue;
    // The lengths of the code of lengths, three bits each, must make a complete code.
    const auto lengths = unsigned(head >> 13 & 15) + 4;
    unsigned sum = 0;
    std::uint64_t word = at(bit + 17);
    for (unsigned i = 0; i < lengths; ++i, word >>= 3) {
      if (i == 16) word = at(bit + 17 + 48);
      if (word & 7) sum += 128u >> (word & 7);
    }
    if (sum == 128 && is_block(bit)) return bit;
  }
  return std::nullopt;
}

class Together {
 public:
  Together(const StoredBytes& stored, std::size_t count) : stored_(stored), count_(count) {
    Piece& whole = pieces_.emplace_back();
    whole.first = 8 * stored.position();
    whole.last = 8 * stored.size();
    whole.handed = stored.position();
    whole.decoder = std::make_unique<Decoder>(stored, whole.first, nullptr);
  }

  std::optional<Inflated> decode(
      std::size_t skip, Sink& sink, const std::function<void(std::span<const std::byte>)>& see) {
    tbb::task_group helpers;
    for (std::int64_t i = helpers_worth_having(stored_); i > 0; --i)
      helpers.run([&] {
        try {
          help();
        } catch (const std::exception&) {  // no memory, or a file that cannot be read: whoever goes on instead tells
        }
      });
    // Whatever happens, they are waited for, and have no more to do then.
    struct Guard {
      Together& together;
      tbb::task_group& helpers;
      ~Guard() {
        together.end();
        helpers.wait();
      }
    } const guard{*this, helpers};
    const auto read = [&](Piece& piece, std::span<std::byte> room) {
      std::size_t got = 0;
      piece.stop = piece.decoder->read(room.data(), room.size(), got, [&](auto at) { return hand(piece, at); });
      const auto bytes = room.first(got);
      see(bytes);
      return bytes;
    };
    auto current = pieces_.begin();
    std::vector<std::byte> skipped(std::min(skip, step));
    while (skip > 0 && current->stop == Decoder::Stop::full)
      skip -= read(*current, std::span(skipped).first(std::min(skip, skipped.size()))).size();
    std::size_t done = 0;
    const auto take = [&](std::span<const std::byte> bytes) {
      sink.take(bytes);
      done += bytes.size();
      const std::size_t kept = window_bytes - std::min(window_bytes, bytes.size());
      std::memmove(last_.data(), last_.data() + (window_bytes - kept), kept);
      std::memcpy(last_.data() + kept, bytes.data() + (bytes.size() - (window_bytes - kept)), window_bytes - kept);
    };
    const auto go_on = [&](Piece& piece) {
      while (piece.stop == Decoder::Stop::full && done < count_)
        take(read(piece, sink.room(std::min(step, count_ - done))));
    };
    if (skip > 0) return std::nullopt;  // a piece that begins in what is dropped has been taken, or there is no more
    go_on(*current);
    if (current->stop != Decoder::Stop::limit) end();
    helpers.wait();
    int pieces = 1;
    while (current->stop == Decoder::Stop::limit) {
      const auto next = std::next(current);
      if (current->handed >= (current->last + 7) / 8) {
        if (next == pieces_.end()) break;
        if (current->decoder->ends_at(next->first) && done >= window_bytes && next->bytes <= count_ - done) {
          append(*next, take, see);
          current = next;
          ++pieces;
          continue;
        }
        drop(next);
      }
      current->stop = Decoder::Stop::full;  // what was dropped after it is its own
      go_on(*current);
    }
    if (current->stop == Decoder::Stop::full) {  // the end of the stream is left, unless there is more of it
      std::array<std::byte, 1> none;
      if (!read(*current, none).empty()) return std::nullopt;
    }
    if (current->stop != Decoder::Stop::finished || done != count_) return std::nullopt;
    return Inflated{current->decoder->end(), pieces};
  }

 private:
  /// Up to which position the piece's decoder may be handed bytes; it will be.
  std::uint64_t hand(Piece& piece, std::uint64_t position) {
    const std::lock_guard lock(mutex_);
    if (over_ && &piece != &pieces_.front()) return position;
    piece.handed = std::max(position, std::min((piece.last + 7) / 8, position + handed_bytes));
    return piece.handed;
  }

  /// Nothing more is needed of those that help.
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }

  /// Takes half of what the piece has left that has most, for as long as that is worth it.
  void help() {
    for (;;) {
      std::uint64_t middle = 0, left = 0;
      {
        const std::lock_guard lock(mutex_);
        if (over_) return;
        for (const Piece& piece : pieces_)
          if (const auto its = piece.last / 8 - std::min(piece.last / 8, piece.handed); its > left) {
            left = its;
            middle = piece.handed + (its + least_piece) / 2;  // what a piece costs more than to go on is worth so much
          }
      }
      if (left < 2 * least_piece) return;
      const auto first = block_from(middle, std::min(searched, left / 4));
      if (!first) return;
      const auto mine = take(*first);
      if (mine == pieces_.end()) continue;
      try {
        mine->stop = decode_piece(*mine);
      } catch (const std::exception&) {
        mine->stop = Decoder::Stop::damaged;
      }
      if (mine->stop == Decoder::Stop::damaged) return drop(mine);
    }
  }

  /// The first bit among so many bytes from the position on where a block begins, if there is one.
  std::optional<std::uint64_t> block_from(std::uint64_t position, std::uint64_t count) const {
    std::vector<std::byte> bytes(static_cast<std::size_t>(count)), decoded(compared);
    stored_.copy(position, bytes);
    const StoredBytes these{std::span<const std::byte>(bytes)};
    const auto bit = find_block(bytes, [&](std::uint64_t at) {
      std::size_t got = 0;
      const auto stop =
          Decoder(these, at, &unknown().zeros).read(decoded.data(), compared, got, [&](auto) { return count; });
      return stop == Decoder::Stop::finished || (stop != Decoder::Stop::damaged && got >= telling);
    });
    if (!bit) return std::nullopt;
    return 8 * position + *bit;
  }

  using Place = std::list<Piece>::iterator;

  /// Leaves a piece to the one before it.
  void drop(Place piece) {
    const std::lock_guard lock(mutex_);
    std::prev(piece)->last = piece->last;
    pieces_.erase(piece);
  }

  /// Begins a piece at the bit, where the one that it lies in then ends; not where that one has gone too far.
  Place take(std::uint64_t first) {
    const std::lock_guard lock(mutex_);
    const auto before =
        std::find_if(pieces_.begin(), pieces_.end(), [&](const Piece& p) { return p.first < first && first < p.last; });
    if (before == pieces_.end() || 8 * before->handed > first) return pieces_.end();
    const auto piece = pieces_.emplace(std::next(before));
    piece->first = first;
    piece->last = std::exchange(before->last, first);
    piece->handed = first / 8;
    piece->known_by = piece->handed + std::min((piece->last - first) / 32, least_piece / 2);
    return piece;
  }

  Decoder::Stop decode_piece(Piece& piece) {
    using Stop = Decoder::Stop;
    piece.decoder = std::make_unique<Decoder>(stored_, piece.first, &unknown().zeros);
    const auto limit = [&](auto at) { return hand(piece, at); };
    const auto room = [&] {
      if (piece.bytes % block_bytes == 0) piece.blocks.push_back(allocate(block_bytes, "compressed data"));
      return piece.blocks.back().get() + piece.bytes % block_bytes;
    };
    const auto handed = [&](auto) { return piece.decoder->position(); };
    Decoder f_decoder(stored_, piece.first, &unknown().f), g_decoder(stored_, piece.first, &unknown().g);
    std::vector<std::byte> f(compared), g(compared);
    std::size_t clean_from = 0;
    for (Stop stop = Stop::full; stop == Stop::full && piece.bytes - clean_from < window_bytes;) {
      std::byte* const zero = room();
      std::size_t got = 0, of_f = 0, of_g = 0;
      stop = piece.decoder->read(zero, compared, got, limit);
      if (stop == Stop::damaged) return stop;
      f_decoder.read(f.data(), got, of_f, handed);
      g_decoder.read(g.data(), got, of_g, handed);
      if (of_f != got || of_g != got) return Stop::damaged;
      if (std::memcmp(zero, g.data(), got) != 0)
        for (std::size_t i = 0; i < got; ++i)
          if (zero[i] != g[i]) {
            piece.repeated.push_back(
                {std::uint32_t(piece.bytes + i), std::uint16_t(std::uint8_t(f[i]) + 256 * (std::uint8_t(g[i]) - 1))});
            clean_from = piece.bytes + i + 1;
          }
      piece.bytes += got;
      if (stop == Stop::finished) return stop;
      // It has to be able to go on where the piece after it is dropped, so it must know its history.
      if (stop == Stop::limit || piece.decoder->position() > piece.known_by || piece.bytes >= most_compared)
        return Stop::damaged;
    }
    for (;;) {
      std::size_t got = 0;
      const Stop stop = piece.decoder->read(room(), step - piece.bytes % step, got, limit);
      piece.bytes += got;
      if (stop != Stop::full) return stop;
      if ((helped_ += got) > count_) return Stop::damaged;  // pieces of what is not damaged make no more together
    }
  }

  /// What repeats the bytes before the piece is put right where it lies, and then handed over.
  template <class Take>
  void append(Piece& piece, const Take& take, const std::function<void(std::span<const std::byte>)>& see) {
    const Window before = last_;
    auto repeated = piece.repeated.begin();
    for (std::size_t at = 0; at < piece.bytes; at += step) {
      const std::size_t n = std::min(step, piece.bytes - at);
      std::byte* const bytes = piece.blocks[at / block_bytes].get() + at % block_bytes;
      for (; repeated != piece.repeated.end() && repeated->at < at + n; ++repeated)
        bytes[repeated->at - at] = std::byte(before[repeated->place]);
      see({bytes, n});
      take({bytes, n});
      if ((at + n) % block_bytes == 0) piece.blocks[at / block_bytes].reset();
    }
  }

  const StoredBytes& stored_;
  const std::size_t count_;
  Window last_{};                        ///< of what the sink has taken
  std::atomic<std::size_t> helped_ = 0;  ///< bytes that pieces have decoded
  std::mutex mutex_;                     ///< of what follows, but for what a piece has decoded
  bool over_ = false;
  std::list<Piece> pieces_;
};

}  // namespace

std::int64_t helpers_worth_having(const StoredBytes& stored) {
  const auto worth = std::int64_t(stored.left() / least_piece) - 1;
  return std::clamp<std::int64_t>(worth, 0, tbb::this_task_arena::max_concurrency() - 1);
}

std::optional<Inflated> inflate_together(const StoredBytes& stored, std::size_t skip, std::size_t count, Sink& sink,
    const std::function<void(std::span<const std::byte>)>& see) {
  return Together(stored, count).decode(skip, sink, see);
}

}  // namespace radloom::io
