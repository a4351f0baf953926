#pragma once
// Builds a function once for each instruction set and picks one when the program starts. The counts it makes are
// integers, so the choice cannot be seen in a result. Sanitizers and clang get the plain version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(RADLOOM_SANITIZED) && \
    defined(__OPTIMIZE__)
#define RL_SIMD_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RL_SIMD_CLONES
#endif

// Before a loop whose steps touch memory of their own: g++ keeps no `restrict` in the versions for instruction sets.
#if defined(__GNUC__) && !defined(__clang__)
#define RL_INDEPENDENT _Pragma("GCC ivdep")
#else
#define RL_INDEPENDENT
#endif
