/* SPDX-License-Identifier: MIT
 * Every instruction set this machine has, the scalar row included, computes the bits of counters of the plain sort, and
 * reads nothing else. */
#include "base/platform.h"

#include "simhash_tools.h"
#include "support/skip.h"

#include <sys/mman.h>
#include <unistd.h>

static const neardup_cpu rows[] = {NEARDUP_CPU_SCALAR, NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_NEON};
#define ROWS    (sizeof rows / sizeof *rows)
#define LONGEST 140000u

/* doc/simhash.md, word for word */
static uint64_t second_word(uint64_t h)
{
    uint64_t x = h ^ UINT64_C(0xCBBB9D5DC1059ED8);
    x = x ^ (x >> 32);
    x = x * UINT64_C(0x9B05688C2B3E6C1F);
    x = x ^ (x >> 29);
    x = x * UINT64_C(0x1F83D9ABFB41BD6B);
    return x ^ (x >> 32);
}

static uint64_t order_of(uint64_t h)
{
    uint64_t low = h & UINT32_MAX, high = h >> 32;
    return (low ^ high) << 32 | low;
}

static struct ndup_fingerprint plain(unsigned bits, const uint64_t *hashes, size_t count)
{
    int64_t votes[128] = {0};
    uint64_t decider[2], out[2] = {0, 0}, least = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        uint64_t words[2] = {hashes[i], second_word(hashes[i])};
        for (unsigned b = 0; b < 128; b++)
            votes[b] += (words[b / 64] >> (b % 64) & 1) != 0 ? 1 : -1;
        if (order_of(hashes[i]) <= least) {
            least = order_of(hashes[i]);
            memcpy(decider, words, sizeof words);
        }
    }
    for (unsigned b = 0; count > 0 && b < bits; b++)
        if (votes[b] > 0 || (votes[b] == 0 && (decider[b / 64] >> (b % 64) & 1) != 0))
            out[b / 64] |= UINT64_C(1) << (b % 64);
    return (struct ndup_fingerprint){.low = out[0], .high = out[1]};
}

static void check(const uint64_t *hashes, size_t count, const char *what)
{
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        struct ndup_fingerprint expected = plain(bits, hashes, count);
        for (size_t r = 0; r < ROWS; r++) {
            struct ndup_fingerprint got = tool_fingerprint(bits, NEARDUP_WEIGHTS_COUNT, rows[r], hashes, count);
            cr_assert(tool_equal(got, expected), "%s: %s, %u bits, %zu hashes: %016lx %016lx, not %016lx %016lx", what,
                      ndup_cpu_name(ndup_cpu_resolve(rows[r])), bits, count, got.high, got.low, expected.high,
                      expected.low);
        }
    }
}

static uint64_t *random_hashes(size_t count, uint64_t seed)
{
    uint64_t *hashes = malloc(count * sizeof *hashes);
    cr_assert(hashes != NULL);
    tool_fill(hashes, count, seed);
    return hashes;
}

Test(simhash_rows, all_small_counts)
{
    uint64_t *hashes = random_hashes(700, 1);
    for (size_t count = 0; count <= 700; count++)
        check(hashes, count, "random");
    free(hashes);
}

Test(simhash_rows, around_powers_of_two)
{
    uint64_t *hashes = random_hashes(LONGEST, 2);
    for (size_t power = 1024; power <= 131072; power *= 2)
        for (size_t count = power - 2; count <= power + 2; count++)
            check(hashes, count, "random");
    free(hashes);
}

/* Every vote the same way: each counter runs through its whole range, and every carry there is happens. */
Test(simhash_rows, unanimous)
{
    uint64_t *hashes = malloc(LONGEST * sizeof *hashes);
    cr_assert(hashes != NULL);
    for (int side = 0; side < 2; side++) {
        memset(hashes, side == 0 ? 0xff : 0, LONGEST * sizeof *hashes);
        for (size_t count = 1; count < 600; count++)
            check(hashes, count, "unanimous");
        for (size_t count = 65534; count <= 65538; count++)
            check(hashes, count, "unanimous");
        check(hashes, 131071, "unanimous");
    }
    free(hashes);
}

/* Counters one vote before the tie, on it, and one after it, for counts around every block size */
Test(simhash_rows, close_votes)
{
    static const size_t halves[] = {1, 2, 7, 8, 31, 32, 63, 64, 65, 127, 128, 129, 500, 512, 1000, 32768};
    uint64_t *hashes = malloc(LONGEST * sizeof *hashes);
    uint64_t state = 3;
    cr_assert(hashes != NULL);
    for (size_t h = 0; h < sizeof halves / sizeof *halves; h++) {
        for (size_t i = 0; i < halves[h]; i++) {
            hashes[2 * i] = tool_random(&state);
            hashes[2 * i + 1] = ~hashes[2 * i];
        }
        tool_shuffle(hashes, 2 * halves[h], &state);
        hashes[2 * halves[h]] = tool_random(&state);
        check(hashes, 2 * halves[h] - 1, "one less");
        check(hashes, 2 * halves[h], "tied");
        check(hashes, 2 * halves[h] + 1, "one more");
    }
    free(hashes);
}

/* Equal high parts of the key, extreme halves, the one hash whose second word is 0 */
Test(simhash_rows, extreme_hashes)
{
    static const uint64_t extreme[] = {0,
                                       UINT64_MAX,
                                       1,
                                       UINT64_C(1) << 63,
                                       UINT32_MAX,
                                       UINT64_MAX << 32,
                                       0x80000000,
                                       0x7fffffff7fffffff,
                                       0x8000000080000000,
                                       0x0000000100000002,
                                       0x0000000200000001,
                                       0xCBBB9D5DC1059ED8};
    uint64_t hashes[240];
    uint64_t state = 4;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < 240; i++)
            hashes[i] = extreme[tool_random(&state) % (sizeof extreme / sizeof *extreme)];
        for (size_t count = 1; count <= 240; count += 1 + (size_t)round)
            check(hashes, count, "extreme");
    }
}

/* The end and the beginning of the hashes lie at inaccessible pages. */
Test(simhash_rows, guard_pages)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 396};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *all = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(all != MAP_FAILED);
    cr_assert_eq(mprotect(all, page, PROT_NONE), 0);
    cr_assert_eq(mprotect(all + 2 * page, page, PROT_NONE), 0);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t bytes = counts[c] * sizeof(uint64_t);
        for (int side = 0; side < 2; side++) {
            uint64_t *hashes = (uint64_t *)(void *)(side == 0 ? all + page : all + 2 * page - bytes);
            tool_fill(hashes, counts[c], c);
            check(hashes, counts[c], "guarded");
        }
    }
    munmap(all, 3 * page);
}

TEST_KERNELS(simhash_rows, "the kernel of SimHash")
