#pragma once
/// Stacks that take turns on one thread of the operating system, and the switch between them.
///
/// The switch is a dozen instructions without a system call on x86-64 and AArch64, and ucontext elsewhere. AddressSanitizer is told of
/// every switch, so that bodies run under it. ThreadSanitizer is too, for its call stacks, but does not watch what runs there: the stacks
/// of one thread take turns, their races are found by the emulator's own shadow, and order between a thousand of them would be half the time.
#include <cstddef>
#include <cstdint>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

#include "simt/fault.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define RADLOOM_SIMT_ASAN
#elif defined(__SANITIZE_THREAD__)
#define RADLOOM_SIMT_TSAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RADLOOM_SIMT_ASAN
#elif __has_feature(thread_sanitizer)
#define RADLOOM_SIMT_TSAN
#endif
#endif
#ifdef RADLOOM_SIMT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include <mutex>
/// AddressSanitizer's own switch, which every function asks at its beginning: does its frame come from the heap?
extern "C" int __asan_option_detect_stack_use_after_return;
#endif
#ifdef RADLOOM_SIMT_TSAN
#include <sanitizer/tsan_interface.h>
extern "C" void __tsan_ignore_thread_begin();
extern "C" void __tsan_ignore_thread_end();
#endif

#if defined(__ELF__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(RADLOOM_SIMT_UCONTEXT)
#define RADLOOM_SIMT_ASSEMBLY
#else
#include <ucontext.h>
#endif

#ifdef RADLOOM_SIMT_ASSEMBLY
extern "C" void radloom_simt_switch(void** leave, void* enter);
// In a group of its own, so that one copy is linked however many files include this.
#if defined(__x86_64__)
asm(R"(
.pushsection .text.radloom_simt_switch,"axG",@progbits,radloom_simt_switch,comdat
.weak radloom_simt_switch
.type radloom_simt_switch,@function
radloom_simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size radloom_simt_switch,.-radloom_simt_switch
.popsection
)");
#else
asm(R"(
.pushsection .text.radloom_simt_switch,"axG",@progbits,radloom_simt_switch,comdat
.weak radloom_simt_switch
.type radloom_simt_switch,@function
radloom_simt_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size radloom_simt_switch,.-radloom_simt_switch
.popsection
)");
#endif
#endif

RADLOOM_SIMT_UNWATCHED
namespace radloom::simt {

/// A stack that runs or waits. One that was made by default stands for the stack of the caller.
class Fiber {
 public:
  /// Bytes of a stack; the system gives pages as they are touched. AddressSanitizer's frames are larger.
#ifdef RADLOOM_SIMT_ASAN
  static constexpr std::size_t stack_bytes = 512 * 1024;
#else
  static constexpr std::size_t stack_bytes = 256 * 1024;
#endif

  Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber() {
#ifdef RADLOOM_SIMT_ASAN
    // What AddressSanitizer marked on this stack would else be held against whoever is given these addresses next.
    if (map_) __asan_unpoison_memory_region(map_, stack_bytes);
#endif
#ifdef RADLOOM_SIMT_TSAN
    if (map_) {
      there(__tsan_ignore_thread_end);
      __tsan_destroy_fiber(tsan_);
    }
#endif
    if (map_) munmap(map_, stack_bytes);
  }

  /// Gives it a stack on which `entry` runs when it is first switched to. `entry` must not return. Fibers of different `number` begin at
  /// different offsets in a page: else the tops of all stacks, which every switch touches, would share a few lines of the cache.
  void prepare(void (*entry)(), [[maybe_unused]] unsigned number) {
    const auto page = std::size_t(sysconf(_SC_PAGESIZE));
    map_ = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map_ == MAP_FAILED) {
      map_ = nullptr;
      throw std::bad_alloc();
    }
    mprotect(map_, page, PROT_NONE);  // a body that needs more stack dies here, and not in its neighbour's
    bottom_ = static_cast<char*>(map_) + page;
    size_ = stack_bytes - page;
#ifdef RADLOOM_SIMT_TSAN
    tsan_ = __tsan_create_fiber(0);
    there(__tsan_ignore_thread_begin);
#endif
#ifdef RADLOOM_SIMT_ASSEMBLY
    auto** top = reinterpret_cast<void**>(static_cast<char*>(map_) + stack_bytes - number * 320 % 4096 / 64 * 64);
#if defined(__x86_64__)
    *--top = nullptr;  // where entry would return to; backtraces end here
    *--top = reinterpret_cast<void*>(entry);
    for (int saved = 0; saved < 6; ++saved) *--top = nullptr;
#else
    top -= 20;
    for (int saved = 0; saved < 20; ++saved) top[saved] = nullptr;
    top[11] = reinterpret_cast<void*>(entry);  // x30
#endif
    pointer_ = top;
#else
    getcontext(&context_);
    context_.uc_stack.ss_sp = const_cast<void*>(bottom_);
    context_.uc_stack.ss_size = size_;
    context_.uc_link = nullptr;
    makecontext(&context_, entry, 0);
#endif
  }

  /// Leaves `from`, which runs, and goes on in `to`. Returns when someone switches back.
  static void change(Fiber& from, Fiber& to) {
#ifdef RADLOOM_SIMT_ASAN
    leaving() = &from;
    __sanitizer_start_switch_fiber(&from.fake_stack_, to.bottom_, to.size_);
#endif
#ifdef RADLOOM_SIMT_TSAN
    if (!from.map_) from.tsan_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to.tsan_, __tsan_switch_to_fiber_no_sync);
#endif
#ifdef RADLOOM_SIMT_ASSEMBLY
    radloom_simt_switch(&from.pointer_, to.pointer_);
#else
    swapcontext(&from.context_, &to.context_);
#endif
    from.arrived();
  }

  /// The first thing an entry does.
  void arrived() {
#ifdef RADLOOM_SIMT_ASAN
    Fiber* left = leaving();
    __sanitizer_finish_switch_fiber(fake_stack_, &left->bottom_, &left->size_);
#endif
  }

 private:
#ifdef RADLOOM_SIMT_ASAN
  static Fiber*& leaving() {
    static thread_local Fiber* fiber = nullptr;
    return fiber;
  }
  void* fake_stack_ = nullptr;
#endif
#ifdef RADLOOM_SIMT_TSAN
  /// Says something about this stack, which may only be said on it.
  void there(void (*say)()) {
    void* const here = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_, __tsan_switch_to_fiber_no_sync);
    say();
    __tsan_switch_to_fiber(here, __tsan_switch_to_fiber_no_sync);
  }
  void* tsan_ = nullptr;
#endif
#ifdef RADLOOM_SIMT_ASSEMBLY
  void* pointer_ = nullptr;
#else
  ucontext_t context_{};
#endif
  void* map_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
};

/// While one lives, frames lie on the stack and use after return is not looked for, in all threads; everything else is. A body under
/// AddressSanitizer costs less than half, and a fiber leaves nothing behind: AddressSanitizer would keep a heap of frames for every stack,
/// hundreds of megabytes a launch, and learns of its end only on that stack. A frame knows where it lies, so the switch may be turned at
/// any time.
class FramesOnTheStack {
 public:
#ifdef RADLOOM_SIMT_ASAN
  FramesOnTheStack() { count(1); }
  ~FramesOnTheStack() { count(-1); }
#else
  FramesOnTheStack() {}  // so that one is not an unused variable
#endif
  FramesOnTheStack(const FramesOnTheStack&) = delete;
  FramesOnTheStack& operator=(const FramesOnTheStack&) = delete;

#ifdef RADLOOM_SIMT_ASAN
 private:
  static void count(int change) {
    static std::mutex mutex;
    static int living = 0, found = 0;
    const std::lock_guard lock(mutex);
    if (living == 0) found = __asan_option_detect_stack_use_after_return;
    living += change;
    __asan_option_detect_stack_use_after_return = living == 0 ? found : 0;
  }
#endif
};

}  // namespace radloom::simt
RADLOOM_SIMT_WATCHED
