/* SPDX-License-Identifier: MIT
 * Which instruction sets this machine can run. Detection lives here only. */
#ifndef NDUP_CPU_H
#define NDUP_CPU_H

#include "base/platform.h"
#include "neardup.h"

/* The best set of AUTO, or `wanted` itself if the machine has it, else the best below it. Never AUTO.
 * AVX512 here means F, BW, DQ, VL, CD, VBMI, VBMI2 and VPOPCNTDQ (Ice Lake and Zen 4 on); AVX2 includes BMI2. */
neardup_cpu ndup_cpu_resolve(neardup_cpu wanted);

/* "scalar", "avx2", "avx512", "neon" */
const char *ndup_cpu_name(neardup_cpu cpu);

#endif
