#pragma once
// Builds a function once for each instruction set and picks one when the program starts. The choice cannot be seen in a result: integers are counted,
// and sums of doubles have an order of their own, whose products are never contracted. Sanitizers and clang get one version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(RADLOOM_SANITIZED) && \
    defined(__OPTIMIZE__)
#define RL_SIMD_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#define RL_SIMD_WIDTHS(name, Argument, function)                                                \
  __attribute__((target("arch=x86-64-v3"), flatten)) void name(Argument a) { function<32>(a); } \
  __attribute__((target("default"), flatten)) void name(Argument a) { function<16>(a); }
#define RL_SIMD_WIDTHS_TO_512(name, Argument, function)                                         \
  __attribute__((target("arch=x86-64-v4"), flatten)) void name(Argument a) { function<64>(a); } \
  RL_SIMD_WIDTHS(name, Argument, function)
#elif defined(RADLOOM_SANITIZED) && defined(__clang__)  // what wide vectors reach must be seen, however slow
#define RL_SIMD_CLONES
#define RL_SIMD_WIDTHS(name, Argument, function) \
  void name(Argument a) { function<32>(a); }
#define RL_SIMD_WIDTHS_TO_512(name, Argument, function) \
  void name(Argument a) { function<64>(a); }
#else
#define RL_SIMD_CLONES
#define RL_SIMD_WIDTHS(name, Argument, function) \
  void name(Argument a) { function<16>(a); }
#define RL_SIMD_WIDTHS_TO_512 RL_SIMD_WIDTHS
#endif

// RL_SIMD_WIDTHS(name, Argument, function): name(a) is function<bytes>(a), which is written with vectors of so many bytes and always inlined, for each
// instruction set with vectors as wide as its registers. Wider ones g++ takes to pieces in memory, twenty times slower; so nothing that works with
// vectors may be left outside (`flatten`).
// RL_SIMD_WIDTHS_TO_512: with AVX-512 too, where it was measured to gain (bench/README.md). Not everywhere: what mostly compares loses many times over,
// since g++ 12 takes comparisons of such vectors to pieces, and what loads and stores as much as it computes gains nothing.

// Before a loop whose steps touch memory of their own: g++ keeps no `restrict` in the versions for instruction sets.
#if defined(__GNUC__) && !defined(__clang__)
#define RL_INDEPENDENT _Pragma("GCC ivdep")
#else
#define RL_INDEPENDENT
#endif

// Has a vector that several operations read loaded once, where g++ makes it an operand of each, and loads are what bounds them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define RL_IN_REGISTER(vector) __asm__("" : "+v"(vector))
#else
#define RL_IN_REGISTER(vector)
#endif
