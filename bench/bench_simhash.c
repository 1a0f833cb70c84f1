/* SPDX-License-Identifier: MIT
 * Time of a fingerprint by row, bits, weights and shingles, and of other ways to count votes, which doc/simhash.md
 * names. Each call takes another of 64 texts. Prints tab-separated lines; with arguments ROW BITS SHINGLES CALLS it
 * computes exactly that many fingerprints, for valgrind to count instructions. */
#include "base/platform.h"

#include "base/cpu.h"
#include "bench.h"
#include "sketch/simhash.h"

#include <stdio.h>
#include <string.h>

#if NDUP_X86
#    include <immintrin.h>
#endif

#define TEXTS   64u
#define LONGEST 20000u

struct work {
    struct ndup_simhash *simhash;
    const uint64_t *hashes;
    size_t count, turn;
    uint64_t sink;
};

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static const uint64_t *next_text(struct work *work)
{
    return work->hashes + (work->turn++ % TEXTS) * work->count;
}

static void one_fingerprint(void *context)
{
    struct work *work = context;
    struct ndup_fingerprint f;
    if (ndup_simhash_compute(work->simhash, next_text(work), work->count, &f, NULL) != NEARDUP_OK)
        exit(2);
    work->sink += f.low ^ f.high;
}

/* ---- other ways; 64 bits, ties are 0 ---- */

/* One number a bit */
static void numbers(void *context)
{
    struct work *work = context;
    const uint64_t *hashes = next_text(work);
    int32_t votes[64] = {0};
    for (size_t i = 0; i < work->count; i++)
        for (unsigned b = 0; b < 64; b++)
            votes[b] += (hashes[i] >> b & 1) != 0 ? 1 : -1;
    for (unsigned b = 0; b < 64; b++)
        work->sink += (uint64_t)(votes[b] > 0) << b;
}

#if NDUP_X86
static void take_bytes(const uint8_t *bytes, uint32_t *votes)
{
    for (unsigned b = 0; b < 64; b++)
        votes[b] += bytes[b];
}

static void finish(struct work *work, const uint32_t *votes)
{
    for (unsigned b = 0; b < 64; b++)
        work->sink += (uint64_t)(votes[b] > work->count / 2) << b;
}

/* One byte a bit, emptied every 255 hashes: a hash is a mask of 64 bytes. */
__attribute__((target("avx512f,avx512bw"))) static void bytes_avx512(void *context)
{
    struct work *work = context;
    const uint64_t *hashes = next_text(work);
    uint32_t votes[64] = {0};
    uint8_t bytes[64];
    for (size_t at = 0; at < work->count;) {
        size_t end = work->count - at > 255 ? at + 255 : work->count;
        __m512i sum = _mm512_setzero_si512(), odd = sum;
        for (; at + 1 < end; at += 2) {
            sum = _mm512_mask_add_epi8(sum, hashes[at], sum, _mm512_set1_epi8(1));
            odd = _mm512_mask_add_epi8(odd, hashes[at + 1], odd, _mm512_set1_epi8(1));
        }
        for (; at < end; at++)
            sum = _mm512_mask_add_epi8(sum, hashes[at], sum, _mm512_set1_epi8(1));
        _mm512_storeu_si512(bytes, _mm512_add_epi8(sum, odd));
        take_bytes(bytes, votes);
    }
    finish(work, votes);
}

/* The same: bytes are spread over 32 lanes, and a comparison finds those with their bit set. */
__attribute__((target("avx2"))) static void bytes_avx2(void *context)
{
    struct work *work = context;
    const uint64_t *hashes = next_text(work);
    uint32_t votes[64] = {0};
    uint8_t bytes[64];
    const __m256i bit = _mm256_set1_epi64x((long long)UINT64_C(0x8040201008040201));
    const __m256i low = _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0);
    const __m256i high = _mm256_add_epi8(low, _mm256_set1_epi8(4));
    for (size_t at = 0; at < work->count;) {
        size_t end = work->count - at > 255 ? at + 255 : work->count;
        __m256i sum0 = _mm256_setzero_si256(), sum1 = sum0;
        for (; at < end; at++) {
            __m256i h = _mm256_set1_epi64x((long long)hashes[at]);
            __m256i a = _mm256_and_si256(_mm256_shuffle_epi8(h, low), bit);
            __m256i b = _mm256_and_si256(_mm256_shuffle_epi8(h, high), bit);
            sum0 = _mm256_sub_epi8(sum0, _mm256_cmpeq_epi8(a, bit));
            sum1 = _mm256_sub_epi8(sum1, _mm256_cmpeq_epi8(b, bit));
        }
        _mm256_storeu_si256((__m256i *)(void *)bytes, sum0);
        _mm256_storeu_si256((__m256i *)(void *)(bytes + 32), sum1);
        take_bytes(bytes, votes);
    }
    finish(work, votes);
}
#endif

static const size_t counts[] = {4, 16, 36, 100, 200, 396, 2000, LONGEST};
static const neardup_cpu rows[] = {NEARDUP_CPU_SCALAR, NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_NEON};

static void measure(const char *way, const char *row, unsigned bits, const char *weights, void (*fn)(void *),
                    struct work *work)
{
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        work->count = counts[c];
        double ns = bench_median_ns(fn, work);
        printf("%s\t%s\t%u\t%s\t%zu\t%.0f\t%.2f\n", way, row, bits, weights, counts[c], ns, ns / (double)counts[c]);
        fflush(stdout);
    }
}

static void measure_all(struct work *work)
{
    static const char *const weights[] = {"count", "one"};
    printf("way\trow\tbits\tweights\tshingles\tns\tns/shingle\n");
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        if (ndup_cpu_resolve(rows[r]) != rows[r])
            continue;
        for (unsigned bits = 64; bits <= 128; bits += 64) {
            for (int w = NEARDUP_WEIGHTS_COUNT; w <= NEARDUP_WEIGHTS_ONE; w++) {
                if (ndup_simhash_create(&work->simhash, bits, (neardup_weights)w, rows[r], NULL) != NEARDUP_OK)
                    exit(2);
                measure("slices", ndup_cpu_name(rows[r]), bits, weights[w], one_fingerprint, work);
                ndup_simhash_destroy(work->simhash);
            }
        }
    }
    measure("numbers", "scalar", 64, "count", numbers, work);
#if NDUP_X86
    if (ndup_cpu_resolve(NEARDUP_CPU_AVX2) == NEARDUP_CPU_AVX2)
        measure("bytes", "avx2", 64, "count", bytes_avx2, work);
    if (ndup_cpu_resolve(NEARDUP_CPU_AVX512) == NEARDUP_CPU_AVX512)
        measure("bytes", "avx512", 64, "count", bytes_avx512, work);
#endif
}

static int count_instructions(char **arguments, struct work *work)
{
    unsigned bits = (unsigned)atoi(arguments[1]);
    long calls = atol(arguments[3]);
    work->count = (size_t)atol(arguments[2]);
    if (work->count > LONGEST)
        return 2;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        if (strcmp(arguments[0], ndup_cpu_name(rows[r])) != 0)
            continue;
        if (ndup_simhash_create(&work->simhash, bits, NEARDUP_WEIGHTS_COUNT, rows[r], NULL) != NEARDUP_OK)
            return 2;
        for (long i = 0; i < calls; i++)
            one_fingerprint(work);
        ndup_simhash_destroy(work->simhash);
        return 0;
    }
    return 2;
}

int main(int argc, char **argv)
{
    static struct work work;
    uint64_t state = 1;
    int result = 0;
    if (argc != 1 && argc != 5)
        return 2;
    uint64_t *hashes = malloc(TEXTS * LONGEST * sizeof *hashes);
    if (hashes == NULL)
        return 2;
    for (size_t i = 0; i < (size_t)TEXTS * LONGEST; i++)
        hashes[i] = next(&state);
    work.hashes = hashes;
    if (argc == 5)
        result = count_instructions(argv + 1, &work);
    else
        measure_all(&work);
    free(hashes);
    return work.sink == 1 ? 1 : result;
}
