/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/cpu.h"

static neardup_cpu best(void)
{
#if NDUP_X86
    /* These builtins include the check that the operating system saves the registers. */
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("bmi2"))
        return NEARDUP_CPU_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
        return NEARDUP_CPU_AVX2;
    return NEARDUP_CPU_SCALAR;
#elif NDUP_NEON
    return NEARDUP_CPU_NEON;
#else
    return NEARDUP_CPU_SCALAR;
#endif
}

neardup_cpu ndup_cpu_resolve(neardup_cpu wanted)
{
    neardup_cpu have = best();
    if (wanted == NEARDUP_CPU_AUTO || wanted == have)
        return have;
    if (wanted == NEARDUP_CPU_AVX2 && have == NEARDUP_CPU_AVX512)
        return NEARDUP_CPU_AVX2;
    if (wanted == NEARDUP_CPU_AVX512 && have == NEARDUP_CPU_AVX2)
        return NEARDUP_CPU_AVX2;
    return NEARDUP_CPU_SCALAR;
}

const char *ndup_cpu_name(neardup_cpu cpu)
{
    switch (cpu) {
    case NEARDUP_CPU_SCALAR:
        return "scalar";
    case NEARDUP_CPU_AVX2:
        return "avx2";
    case NEARDUP_CPU_AVX512:
        return "avx512";
    case NEARDUP_CPU_NEON:
        return "neon";
    case NEARDUP_CPU_AUTO:
        break;
    }
    return "auto";
}
