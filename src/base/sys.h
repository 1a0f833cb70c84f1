/* SPDX-License-Identifier: MIT
 * Facts about the machine and the process: clock, memory, cores. */
#ifndef NDUP_SYS_H
#define NDUP_SYS_H

#include "base/platform.h"

/* Monotonic clock; only differences mean something. */
double ndup_sys_seconds(void);

/* Largest resident set of this process so far, and the present one; 0 if unknown. */
uint64_t ndup_sys_peak_bytes(void);
uint64_t ndup_sys_resident_bytes(void);

/* Asks the allocator to give freed memory back to the system; true if some was. */
bool ndup_sys_trim(void);

/* Physical memory of the machine; 0 if unknown. */
uint64_t ndup_sys_memory_bytes(void);

/* Cores this process may run on (its affinity mask, not the machine's count); at least 1. */
unsigned ndup_sys_cores(void);

#endif
