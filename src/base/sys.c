/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/sys.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#if defined(__GLIBC__)
#    include <malloc.h>
#endif

double ndup_sys_seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0.0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The number after `key` in /proc/self/status, given there in kB. */
static uint64_t status_bytes(const char *key)
{
    char text[4096];
    int descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    ssize_t n = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *at = strstr(text, key);
    return at != NULL ? (uint64_t)strtoull(at + strlen(key), NULL, 10) * 1024 : 0;
}

uint64_t ndup_sys_peak_bytes(void)
{
    /* ru_maxrss survives exec: a small program started by a large one would report the large one's peak. */
    uint64_t bytes = status_bytes("\nVmHWM:");
    if (bytes > 0)
        return bytes;
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0 || usage.ru_maxrss < 0)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}

uint64_t ndup_sys_resident_bytes(void)
{
    return status_bytes("\nVmRSS:");
}

bool ndup_sys_trim(void)
{
#if defined(__GLIBC__)
    return malloc_trim(0) != 0;
#else
    return false;
#endif
}

uint64_t ndup_sys_memory_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
}

unsigned ndup_sys_cores(void)
{
    /* The kernel refuses a mask shorter than its own, so try larger ones. */
    for (int cpus = 1024; cpus <= 1 << 16; cpus *= 4) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        if (set == NULL)
            break;
        size_t size = CPU_ALLOC_SIZE((size_t)cpus);
        CPU_ZERO_S(size, set);
        int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0)
            return (unsigned)count;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}
