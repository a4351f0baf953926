#include "simt/engine.hpp"

RADLOOM_SIMT_UNWATCHED
namespace radloom::simt {

Engine& engine() {
  static thread_local Engine e;
  return e;
}

void Engine::check(const LaunchShape& s) {
  const auto refuse = [&](const char* why) {
    throw Fault(
        "launch of " + std::to_string(s.blocks) + " blocks of " + std::to_string(s.threads) + " threads: " + why);
  };
  if (s.threads <= 0 || s.threads % warp_size || s.threads > 1024)
    refuse("threads must be a multiple of 32, at most 1,024");
  if (s.blocks < 0 || s.blocks > 2147483647) refuse("blocks must be at most 2^31 - 1");
  if (s.shared_bytes > (std::size_t(1) << 20)) refuse("no device has that much shared memory");
}

Counters Engine::run(Job job, const void* body, const LaunchShape& shape, std::uint64_t seed, Memory* memory) {
  check(shape);
  if (shape.blocks <= 0) return {};
  if (current_ || running_) throw Fault("a launch inside a launch");
  const FramesOnTheStack frames;
  begin(job, body, shape, seed, memory);
  for (int slot = 0; slot < resident_; ++slot) start_block(*blocks_[slot]);
  if (detail::Thread* t = pick()) enter(main_, *t);
  if (fault_) unwind();
  running_ = false;
  if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
  return counters_;
}

void Engine::sync_block(const Site& at) {
  auto& self = *current_;
  auto& block = *self.block;
  if (self.warp->waiting) diverged(at, detail::Wait::block, self.warp->site, self.warp->wait, "of the warp");
  if (block.ended)
    throw Fault("divergent barrier: threads of the block have ended, " + who() + " is at sync_block at " + text(at));
  if (block.waiting == 0) block.site = at;
  else if (!same(block.site, at)) diverged(at, detail::Wait::block, block.site, detail::Wait::block, "of the block");
  ++self.warp->at_block;
  if (++block.waiting < shape_.threads) return suspend();
  ++counters_.block_barriers;
  block.waiting = 0;
  ++block.barriers;
  for (int w = 0; w < warps(); ++w) {
    block.warps[w].at_block = 0;
    new_interval(block, w);
  }
  release(block, 0, shape_.threads, &self);
}

void Engine::sync_warp(const Site& at) {
  if (!arrive(detail::Wait::warp, at)) return;
  ++counters_.warp_barriers;
  auto& block = *current_->block;
  new_interval(block, current_->index / warp_size);
  go_on();
}

const std::uint64_t* Engine::exchange(detail::Wait what, std::uint64_t sent, const Site& at) {
  auto& warp = *current_->warp;
  const unsigned turn = warp.turn;
  warp.sent[turn][current_->lane] = sent;
  if (arrive(what, at)) {
    ++(what == detail::Wait::ballot ? counters_.ballots : counters_.shuffles);
    if (banks_) count_banks(warp);
    warp.turn ^= 1;  // a lane that is ahead fills the other half; it cannot come to this one before all have read it
    go_on();
  }
  return warp.sent[turn];
}

void Engine::log_shared(std::size_t byte, std::size_t bytes, Touch kind) {
  auto& log = current_->warp->shared_log[current_->lane];
  if (log.size() < 65536)
    log.push_back(
        std::uint32_t(byte / 4) | (kind == Touch::atomic ? atomic_access : 0u) | (bytes == 8 ? wide_access : 0u));
}

const detail::SharedArray& Engine::shared(
    std::size_t words, std::size_t word_bytes, std::size_t granule, const Site& at) {
  auto& self = *current_;
  auto& block = *self.block;
  const std::size_t call = self.shared_calls++;
  if (call == block.shared.size()) {
    const std::size_t bytes = (words * word_bytes + 15) / 16 * 16;
    if (words > (std::size_t(1) << 30) || block.shared_used + bytes > shape_.shared_bytes)
      throw Fault("shared memory: " + std::to_string(block.shared_used) + " + " + std::to_string(words) + " * " +
                  std::to_string(word_bytes) + " bytes are taken at " + text(at) + ", the launch asked for " +
                  std::to_string(shape_.shared_bytes));
    const std::size_t cells = words * word_bytes / granule;
    std::memset(block.memory.data() + block.shared_used, 0xcd, bytes);
    block.shared.push_back({block.shared_used, words, word_bytes, block.cells.data() + block.cells_used});
    block.shared_used += bytes;
    block.cells_used += cells;
  }
  const auto& array = block.shared[call];
  if (array.words != words || array.word_bytes != word_bytes)
    throw Fault("shared memory: threads of the block ask for different arrays; " + who() + " at " + text(at));
  return array;
}

std::string Engine::who() const {
  return "thread " + std::to_string(current_->index) + " of block " + std::to_string(current_->block->index);
}

std::string Engine::who(Mark mark) const {
  const Key key = now_.key_of_mark(mark & ~1u);
  return "thread " + std::to_string((key & 31) * warp_size + lane_of(mark)) + " of block " + std::to_string(key >> 33);
}

void Engine::begin(Job job, const void* body, const LaunchShape& shape, std::uint64_t seed, Memory* memory) {
  running_ = true;
  unwinding_ = false;
  fault_ = nullptr;
  job_ = job, body_ = body, shape_ = shape, memory_ = memory;
  random_ = Random(seed);
  patience_ = 0;
  counters_ = {};
  if (intervals_ > most_intervals / 2) {  // numbers start anew, and all shadows with them
    intervals_ = 1;
    stamp_ = detail::next_stamp();
  }
  launch_ = detail::next_stamp();
  if (plain_.size() > 64) plain_.clear();
  recent_.fill({});
  regions_.fill(nullptr);
  keys_.clear();
  now_.first_interval = intervals_;
  launch_base_ = mark_of(intervals_, 0);
  newest_first_ = random_() & 1;
  // Blocks start in shuffled order: i -> (a i + c) mod n, where a has no factor in common with n.
  next_block_ = 0;
  offset_ = random_.below(std::uint32_t(shape.blocks));
  do stride_ = 1 + random_.below(std::uint32_t(shape.blocks));
  while (std::gcd(stride_, shape.blocks) != 1);
  const int most = std::clamp(2048 / shape.threads, 1, 4);
  resident_ = int(std::min<std::int64_t>(shape.blocks, 1 + random_.below(std::uint32_t(most))));
  while (int(blocks_.size()) < resident_) blocks_.push_back(std::make_unique<detail::Block>());
  for (int b = 0; b < resident_; ++b) {
    auto& block = *blocks_[b];
    block.memory.resize(std::max(block.memory.size(), shape.shared_bytes));
    if (block.cells.size() < shape.shared_bytes) block.cells.resize(shape.shared_bytes);
    if (block.stamp != stamp_) std::fill(block.cells.begin(), block.cells.end(), Cell{});
    block.stamp = stamp_;
    while (int(block.threads.size()) < shape.threads) {
      block.threads.push_back(std::make_unique<detail::Thread>());
      block.threads.back()->fiber.prepare(&Engine::thread_main, unsigned(block.threads.size()));
    }
  }
  ready_.clear();
  ready_.reserve(std::size_t(resident_) * shape.threads);
}

bool Engine::start_block(detail::Block& block) {
  if (next_block_ == shape_.blocks) return false;
  block.index = (offset_ + next_block_++ * stride_) % shape_.blocks;
  block.barriers = 0;
  block.waiting = block.ended = 0;
  block.base = mark_of(intervals_, 0);
  block.shared.clear();
  block.shared.reserve(64);
  block.shared_used = block.cells_used = 0;
  for (int w = 0; w < warps(); ++w) {
    auto& warp = block.warps[w];
    warp.waiting = warp.at_block = warp.ended = 0;
    for (auto& log : warp.shared_log) log.clear();
    new_interval(block, w);
  }
  for (int t = 0; t < shape_.threads; ++t) {
    auto& thread = *block.threads[t];
    thread.block = &block;
    thread.warp = &block.warps[t / warp_size];
    thread.index = t;
    thread.lane = unsigned(t % warp_size);
    thread.shared_calls = 0;
  }
  release(block, 0, shape_.threads, nullptr);
  ++counters_.blocks;
  counters_.threads += std::uint64_t(shape_.threads);
  return true;
}

void Engine::new_interval(detail::Block& block, int w) {
  if (intervals_ == most_intervals) throw Fault("the launch is too long for the emulator: 2^26 barriers of warps");
  auto& warp = block.warps[w];
  if (banks_) count_banks(warp);
  warp.interval = intervals_++;
  warp.key = key_of(std::uint64_t(block.index), block.barriers, std::uint64_t(w));
  keys_.push_back(warp.key);
  now_.keys = keys_.data();
}

void Engine::count_banks(detail::Warp& warp) {
  std::size_t longest = 0;
  for (const auto& log : warp.shared_log) longest = std::max(longest, log.size());
  for (std::size_t k = 0; k < longest; ++k) {
    std::array<std::vector<std::uint32_t>, warp_size> banks;
    std::size_t most = 1;
    const auto settle = [&] {
      counters_.bank_conflicts += most - 1;
      banks = {};
      most = 1;
    };
    bool wide = false;
    for (int lane = 0; lane < warp_size; ++lane) {
      if (lane == warp_size / 2 && wide) settle();
      if (k >= warp.shared_log[lane].size()) continue;
      const std::uint32_t access = warp.shared_log[lane][k], word = access & ~(atomic_access | wide_access);
      wide |= (access & wide_access) != 0;
      for (std::uint32_t w = word; w <= word + ((access & wide_access) != 0); ++w) {
        auto& bank = banks[w % 32];
        if (!(access & atomic_access) && std::find(bank.begin(), bank.end(), w) != bank.end()) continue;
        bank.push_back(w);
        most = std::max(most, bank.size());
      }
    }
    settle();
  }
  for (auto& log : warp.shared_log) log.clear();
}

bool Engine::same(const Site& a, const Site& b) {
  const auto equal = [](const char* x, const char* y) { return x == y || std::strcmp(x, y) == 0; };
  return a.line() == b.line() && a.column() == b.column() && equal(a.file_name(), b.file_name()) &&
         equal(a.function_name(), b.function_name());
}

void Engine::diverged(const Site& at, detail::Wait wait, const Site& other, detail::Wait other_wait, const char* of) {
  throw Fault("divergent barrier: " + who() + " is at " + name(wait) + " at " + text(at) + " while threads " + of +
              " are at " + name(other_wait) + " at " + text(other));
}

bool Engine::arrive(detail::Wait what, const Site& at) {
  auto& self = *current_;
  auto& warp = *self.warp;
  if (warp.at_block) diverged(at, what, self.block->site, detail::Wait::block, "of the warp");
  if (warp.ended)
    throw Fault(std::string("divergent barrier: lanes of the warp have ended, ") + who() + " is at " + name(what) +
                " at " + text(at));
  if (warp.waiting == 0) warp.site = at, warp.wait = what;
  else if (warp.wait != what || !same(warp.site, at)) diverged(at, what, warp.site, warp.wait, "of the warp");
  if (++warp.waiting == warp_size) {
    warp.waiting = 0;
    return true;
  }
  suspend();
  return false;
}

void Engine::go_on() {
  const int first = current_->index / warp_size * warp_size;
  release(*current_->block, first, first + warp_size, current_);
}

void Engine::release(detail::Block& block, int first, int last, detail::Thread* self) {
  const std::size_t begin = ready_.size();
  for (int t = first; t < last; ++t) ready_.push_back(block.threads[t].get());
  if (newest_first_)
    for (std::size_t i = ready_.size() - 1; i > begin; --i)
      std::swap(ready_[i], ready_[begin + random_.below(std::uint32_t(i - begin + 1))]);
  if (self) change_to(*pick());
}

detail::Thread* Engine::pick() {
  if (ready_.empty()) return nullptr;
  if (!newest_first_ || (random_() & 31) == 0)
    std::swap(ready_[random_.below(std::uint32_t(ready_.size()))], ready_.back());
  detail::Thread* t = ready_.back();
  ready_.pop_back();
  return t;
}

void Engine::another() {
  patience_ = int(random_.below(128));
  if (ready_.empty() || unwinding_) return;
  const std::uint32_t i = random_.below(std::uint32_t(ready_.size()));
  detail::Thread* const t = std::exchange(ready_[i], current_);
  change_to(*t);
}

void Engine::suspend() {
  detail::Thread* t = pick();
  // Every wait is checked when it begins, so there is always someone who can go on.
  if (!t) throw Fault("divergent barrier: every thread waits");
  change_to(*t);
}

void Engine::change_to(detail::Thread& t) {
  detail::Thread* self = current_;
  if (&t != self) {
    ++counters_.switches;
    self->suspended = true;
    enter(self->fiber, t);
    self->suspended = false;
    current_ = self;
    if (unwinding_) throw detail::Unwind{};
  }
  now_.mark = mark_of(self->warp->interval, self->lane);
  now_.key = self->warp->key;
}

void Engine::enter(Fiber& from, detail::Thread& to) {
  entering_ = &to;
  Fiber::change(from, to.fiber);
}

void Engine::live(detail::Thread& self) {
  for (;;) {
    current_ = &self;
    now_.mark = mark_of(self.warp->interval, self.lane);
    now_.key = self.warp->key;
    try {
      job_(body_, *this, self);
      leave(self);
    } catch (const detail::Unwind&) {
    } catch (...) {
      if (!fault_) fault_ = std::current_exception();
    }
    detail::Thread* next = fault_ ? nullptr : pick();
    if (next == &self) continue;
    current_ = nullptr;
    ++counters_.switches;
    if (next) enter(self.fiber, *next);
    else Fiber::change(self.fiber, main_);
  }
}

void Engine::leave(detail::Thread& self) {
  auto& block = *self.block;
  auto& warp = *self.warp;
  if (warp.waiting)
    throw Fault("divergent barrier: " + who() + " ends while lanes of its warp are at " + name(warp.wait) + " at " +
                text(warp.site));
  if (block.waiting)
    throw Fault(
        "divergent barrier: " + who() + " ends while threads of its block are at sync_block at " + text(block.site));
  ++warp.ended;
  if (self.shared_calls != block.threads[0]->shared_calls && block.ended + 1 == shape_.threads) uneven_shared();
  if (++block.ended == shape_.threads) {
    for (int t = 0; t < shape_.threads; ++t)
      if (block.threads[t]->shared_calls != self.shared_calls) uneven_shared();
    if (banks_)
      for (int w = 0; w < warps(); ++w) count_banks(block.warps[w]);
    start_block(block);
  }
}

void Engine::uneven_shared() const {
  throw Fault("shared memory: threads of block " + std::to_string(current_->block->index) +
              " made different numbers of calls of shared()");
}

void Engine::unwind() {
  unwinding_ = true;
  for (int b = 0; b < resident_; ++b)
    for (int t = 0; t < shape_.threads; ++t)
      if (auto& thread = *blocks_[b]->threads[t]; thread.suspended) enter(main_, thread);
  unwinding_ = false;
  current_ = nullptr;
}

void Engine::thread_main() {
  Engine& e = engine();
  detail::Thread& self = *e.entering_;
  self.fiber.arrived();
  e.live(self);
}

}  // namespace radloom::simt
RADLOOM_SIMT_WATCHED
