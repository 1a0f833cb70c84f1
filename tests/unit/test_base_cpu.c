/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/cpu.h"

#include <criterion/criterion.h>

Test(base_cpu, names)
{
    cr_assert_str_eq(ndup_cpu_name(NEARDUP_CPU_SCALAR), "scalar");
    cr_assert_str_eq(ndup_cpu_name(NEARDUP_CPU_AVX2), "avx2");
    cr_assert_str_eq(ndup_cpu_name(NEARDUP_CPU_AVX512), "avx512");
    cr_assert_str_eq(ndup_cpu_name(NEARDUP_CPU_NEON), "neon");
}

Test(base_cpu, never_better_than_wanted_nor_than_the_machine)
{
    neardup_cpu best = ndup_cpu_resolve(NEARDUP_CPU_AUTO);
    cr_assert_neq(best, NEARDUP_CPU_AUTO);
    cr_assert_eq(ndup_cpu_resolve(best), best);
    cr_assert_eq(ndup_cpu_resolve(NEARDUP_CPU_SCALAR), NEARDUP_CPU_SCALAR);
    neardup_cpu avx2 = ndup_cpu_resolve(NEARDUP_CPU_AVX2), avx512 = ndup_cpu_resolve(NEARDUP_CPU_AVX512);
    cr_assert(avx2 == NEARDUP_CPU_SCALAR || avx2 == NEARDUP_CPU_AVX2);
#if NDUP_X86
    cr_assert_eq(avx512, best, "the best x86 set at most");
    cr_assert_eq(ndup_cpu_resolve(NEARDUP_CPU_NEON), NEARDUP_CPU_SCALAR);
#else
    cr_assert_eq(avx512, NEARDUP_CPU_SCALAR);
#endif
}
