/* SPDX-License-Identifier: MIT
 * Every instruction set this machine has computes the bits of the scalar row, and touches nothing else. */
#include "base/platform.h"

#include "sketch_tools.h"
#include "support/skip.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const neardup_cpu rows[] = {NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_NEON};
#define ROWS (sizeof rows / sizeof *rows)

/* bytes that end (or begin) at an inaccessible page; released with the process */
static void *guarded(size_t bytes, bool at_end)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = (bytes + page - 1) / page * page;
    char *all = mmap(NULL, inner + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(all != MAP_FAILED);
    cr_assert_eq(mprotect(all, page, PROT_NONE), 0);
    cr_assert_eq(mprotect(all + page + inner, page, PROT_NONE), 0);
    return at_end ? all + page + inner - bytes : all + page;
}

static void compare(neardup_sketch_kind kind, uint32_t slots, neardup_cpu cpu, const uint64_t *hashes, size_t count)
{
    uint32_t padded = ndup_sketch_padded_slots(slots);
    struct ndup_sketch *scalar = tool_sketch(kind, slots, 42, NEARDUP_CPU_SCALAR);
    struct ndup_sketch *vector = tool_sketch(kind, slots, 42, cpu);
    uint32_t *expected = malloc(padded * sizeof *expected), *got = malloc(padded * sizeof *got);
    cr_assert(expected != NULL && got != NULL);
    memset(got, 0x5a, padded * sizeof *got);
    ndup_sketch_compute(scalar, hashes, count, expected);
    ndup_sketch_compute(vector, hashes, count, got);
    for (uint32_t s = 0; s < padded; s++)
        cr_assert_eq(got[s], expected[s], "kind %d, %s, %u slots, %zu hashes, slot %u: %08x, not %08x", (int)kind,
                     ndup_cpu_name(cpu), slots, count, s, got[s], expected[s]);
    free(expected);
    free(got);
    ndup_sketch_destroy(scalar);
    ndup_sketch_destroy(vector);
}

static void compare_rows(uint32_t slots, const uint64_t *hashes, size_t count)
{
    for (size_t r = 0; r < ROWS; r++)
        for (size_t k = 0; k < TOOL_KINDS; k++)
            if (ndup_cpu_resolve(rows[r]) == rows[r])
                compare(tool_kinds[k], slots, rows[r], hashes, count);
}

Test(sketch_rows, small_counts)
{
    uint64_t hashes[64];
    tool_fill(hashes, 64, 1);
    for (size_t count = 0; count <= 3 * 16; count++) {
        compare_rows(1, hashes, count);
        compare_rows(17, hashes, count);
        compare_rows(130, hashes, count);
    }
}

Test(sketch_rows, all_slot_counts)
{
    uint64_t hashes[300];
    tool_fill(hashes, 300, 2);
    for (uint32_t slots = 1; slots <= 330; slots++) {
        compare_rows(slots, hashes, 40);
        compare_rows(slots, hashes, 300);
    }
    compare_rows(511, hashes, 300);
    compare_rows(513, hashes, 300);
    compare_rows(NDUP_MAX_SLOTS, hashes, 300);
}

Test(sketch_rows, random_sizes_and_alignments)
{
    static uint64_t hashes[5000];
    uint64_t state = 3;
    tool_fill(hashes, 5000, 4);
    for (int i = 0; i < 400; i++) {
        size_t count = tool_random(&state) % (i % 8 == 0 ? 4500 : 600);
        size_t begin = tool_random(&state) % 500;
        compare_rows((uint32_t)(1 + tool_random(&state) % 320), hashes + begin, count);
    }
}

/* Few distinct, extreme and repeated hashes: ties, bins at both ends, products that overflow. */
Test(sketch_rows, extreme_hashes)
{
    static const uint64_t extreme[] = {0,          UINT64_MAX,           1,          UINT64_C(1) << 63,
                                       UINT32_MAX, UINT64_MAX << 32,     0x80000000, 0x7fffffff,
                                       0x10000,    0xffff0000ffff0000ull};
    uint64_t hashes[200];
    for (size_t i = 0; i < 200; i++)
        hashes[i] = extreme[i % (sizeof extreme / sizeof *extreme)];
    for (size_t count = 1; count <= 200; count++)
        compare_rows(128, hashes, count);
}

Test(sketch_rows, guard_pages)
{
    static const size_t counts[] = {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 255, 256, 257, 396, 1000};
    static const uint32_t slots[] = {5, 16, 100, 130, 288};
    neardup_cpu all[ROWS + 1] = {NEARDUP_CPU_SCALAR};
    memcpy(all + 1, rows, sizeof rows);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (size_t s = 0; s < sizeof slots / sizeof *slots; s++) {
            for (int side = 0; side < 2; side++) {
                size_t bytes = ndup_sketch_padded_slots(slots[s]) * sizeof(uint32_t);
                uint64_t *hashes = guarded(counts[c] * sizeof *hashes, side != 0);
                uint32_t *signature = guarded(bytes, side != 0);
                tool_fill(hashes, counts[c], c);
                for (size_t r = 0; r <= ROWS; r++) {
                    for (size_t k = 0; k < TOOL_KINDS; k++) {
                        struct ndup_sketch *sketch = tool_sketch(tool_kinds[k], slots[s], 1, all[r]);
                        ndup_sketch_compute(sketch, hashes, counts[c], signature);
                        ndup_sketch_destroy(sketch);
                        cr_assert_neq(signature[0], UINT32_MAX);
                    }
                }
            }
        }
    }
}

TEST_KERNELS(sketch_rows, "the kernel of MinHash")
