/* SPDX-License-Identifier: MIT
 * The vector rows against the scalar one, between guard pages. */
#include "base/platform.h"

#include "base/cpu.h"
#include "text/ascii.h"
#include "text/shingle.h"
#include "text/text.h"
#include "support/skip.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const neardup_cpu rows[] = {NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_NEON};
enum { ROWS = 3, ROOM = 16384 };

/* ROOM bytes between two pages that must not be touched. */
static unsigned char *guarded(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *all = mmap(NULL, ROOM + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(all != MAP_FAILED);
    cr_assert(mprotect(all + page, ROOM, PROT_READ | PROT_WRITE) == 0);
    return all + page;
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* style 0: any byte; 1: any ASCII; 2: prose-like; 3: letters only; 4: mostly ASCII and some characters of all kinds */
static void fill(unsigned char *bytes, size_t n, unsigned style, uint64_t *state)
{
    static const char *const pieces[] = {
        "é",    "ß",        "中", "か\xE3\x82\x99", "ก", "่",        "\xC2\xAD", "\xE2\x80\x8B", "🙂", "Ж",
        "\xFF", "\xE4\xB8", "한", "\xE1\x86\xAB",   "ﷺ", "\xCC\x81"};
    for (size_t i = 0; i < n; i++) {
        uint64_t r = next_random(state);
        unsigned char letter = (unsigned char)((r >> 8 & 1 ? 'a' : 'A') + (r >> 16) % 26);
        bytes[i] = style == 0   ? (unsigned char)r
                   : style == 1 ? (unsigned char)(r & 127)
                   : style == 3 ? letter
                   : r % 6 == 0 ? (unsigned char)' '
                                : letter;
        const char *piece = pieces[(r >> 32) % 16];
        size_t length = strlen(piece);
        if (style == 4 && r >> 58 < 4 && n - i >= length) {
            memcpy(bytes + i, piece, length);
            i += length - 1;
        }
    }
}

static void compare_scan_as(const unsigned char *bytes, size_t n, neardup_cpu cpu, enum ndup_scan scan)
{
    static struct ndup_chunk want, got;
    ndup_ascii_scan_scalar(&want, bytes, n, scan);
    ndup_ascii_scan_for(cpu)(&got, bytes, n, scan);
    cr_assert(want.stop == got.stop && want.edge_count == got.edge_count, "%s, n %zu: stop %zu %zu, edges %zu %zu",
              ndup_cpu_name(cpu), n, want.stop, got.stop, want.edge_count, got.edge_count);
    cr_assert(memcmp(want.edges, got.edges, want.edge_count * sizeof want.edges[0]) == 0, "%s, n %zu",
              ndup_cpu_name(cpu), n);
    cr_assert(want.sign_count == got.sign_count &&
                  memcmp(want.signs, got.signs, want.sign_count * sizeof want.signs[0]) == 0,
              "%s, n %zu: signs %zu %zu", ndup_cpu_name(cpu), n, want.sign_count, got.sign_count);
    cr_assert(memcmp(want.digits, got.digits, (want.stop + 63) / 64 * sizeof want.digits[0]) == 0, "%s, n %zu: digits",
              ndup_cpu_name(cpu), n);
    for (size_t e = 0; e < want.edge_count; e += 2) {
        size_t begin = want.edges[e], end = e + 1 < want.edge_count ? want.edges[e + 1] : want.stop;
        cr_assert(memcmp(want.lower + begin, got.lower + begin, end - begin) == 0, "%s, n %zu, word at %zu",
                  ndup_cpu_name(cpu), n, begin);
    }
}

static void compare_scan(const unsigned char *bytes, size_t n, neardup_cpu cpu)
{
    compare_scan_as(bytes, n, cpu, NDUP_SCAN_WORDS);
    compare_scan_as(bytes, n, cpu, NDUP_SCAN_SIGNS);
    compare_scan_as(bytes, n, cpu, NDUP_SCAN_HIGH);
}

Test(text_rows, scans_agree_at_all_sizes_and_both_guards)
{
    unsigned char *bytes = guarded();
    uint64_t state = 1;
    for (size_t r = 0; r < ROWS; r++) {
        if (ndup_cpu_resolve(rows[r]) != rows[r])
            continue;
        for (size_t n = 0; n <= 3 * 64 + 3; n++)
            for (unsigned style = 0; style < 5; style++) {
                unsigned char *at = bytes + ROOM - n;
                fill(at, n, style, &state);
                compare_scan(at, n, rows[r]);
                fill(bytes, n, style, &state);
                compare_scan(bytes, n, rows[r]);
            }
        for (unsigned i = 0; i < 400; i++) {
            size_t n = next_random(&state) % (NDUP_CHUNK + 1);
            fill(bytes + ROOM - n, n, i % 5, &state);
            compare_scan(bytes + ROOM - n, n, rows[r]);
        }
    }
}

/* Every byte value at every place of a block, alone among letters and alone among spaces. */
Test(text_rows, scans_agree_on_every_byte)
{
    unsigned char bytes[130];
    for (size_t r = 0; r < ROWS; r++) {
        if (ndup_cpu_resolve(rows[r]) != rows[r])
            continue;
        for (unsigned value = 0; value < 256; value++)
            for (size_t at = 0; at < sizeof bytes; at++) {
                memset(bytes, value & 1 ? 'q' : ' ', sizeof bytes);
                bytes[at] = (unsigned char)value;
                compare_scan(bytes, sizeof bytes, rows[r]);
                memset(bytes, value & 1 ? ' ' : 'Q', sizeof bytes);
                bytes[at] = (unsigned char)value;
                compare_scan(bytes, sizeof bytes, rows[r]);
            }
    }
}

static void compare_texts(neardup_tokens kind, const unsigned char *bytes, size_t n, neardup_cpu cpu)
{
    const neardup_profile profile = {kind, 3};
    struct ndup_text *scalar = NULL, *row = NULL;
    struct ndup_tokens want, got;
    cr_assert(ndup_text_create(&scalar, &profile, NEARDUP_CPU_SCALAR, NULL) == NEARDUP_OK);
    cr_assert(ndup_text_create(&row, &profile, cpu, NULL) == NEARDUP_OK);
    for (int spans = 0; spans < 2; spans++) {
        cr_assert(ndup_text_tokenise(scalar, (const char *)bytes, n, NDUP_SPANS | NDUP_FORM, &want, NULL) ==
                  NEARDUP_OK);
        cr_assert(ndup_text_tokenise(row, (const char *)bytes, n, NDUP_FORM | (spans != 0 ? NDUP_SPANS : 0u), &got,
                                     NULL) == NEARDUP_OK);
        cr_assert(want.form == got.form && want.form != 0, "n %zu", n);
        cr_assert(want.count == got.count && want.invalid_utf8 == got.invalid_utf8, "n %zu", n);
        if (want.count > 0)
            cr_assert(memcmp(want.hash, got.hash, want.count * sizeof want.hash[0]) == 0, "n %zu", n);
        for (size_t i = 0; spans != 0 && i < want.count; i++)
            cr_assert(want.spans[i].begin == got.spans[i].begin && want.spans[i].end == got.spans[i].end);
    }
    const uint64_t *a, *b;
    size_t a_count, b_count;
    cr_assert(ndup_text_shingle(scalar, want.hash, want.count, &a, &a_count, NULL) == NEARDUP_OK);
    cr_assert(ndup_text_shingle(row, got.hash, got.count, &b, &b_count, NULL) == NEARDUP_OK);
    cr_assert(a_count == b_count);
    if (a_count > 0)
        cr_assert(memcmp(a, b, a_count * sizeof *a) == 0);
    ndup_text_destroy(scalar);
    ndup_text_destroy(row);
}

Test(text_rows, texts_agree)
{
    unsigned char *bytes = guarded();
    uint64_t state = 2;
    for (size_t r = 0; r < ROWS; r++) {
        if (ndup_cpu_resolve(rows[r]) != rows[r])
            continue;
        for (unsigned i = 0; i < 300; i++) {
            size_t n = next_random(&state) % (i % 4 == 0 ? ROOM : 300);
            fill(bytes + ROOM - n, n, i % 5, &state);
            compare_texts(i % 3 == 0 ? NEARDUP_TOKENS_CHAR : NEARDUP_TOKENS_WORD, bytes + ROOM - n, n, rows[r]);
        }
    }
}

/* Counts around the vectors, every n, tokens up to the end of a guarded room. */
Test(text_rows, shingles_agree)
{
    enum { MOST = 200 };
    static uint64_t want[MOST], got[MOST + 1];
    uint64_t *tokens = (uint64_t *)(void *)guarded() + ROOM / sizeof(uint64_t) - MOST;
    uint64_t state = 3;
    for (size_t r = 0; r < ROWS; r++) {
        if (ndup_cpu_resolve(rows[r]) != rows[r])
            continue;
        for (size_t n = 1; n <= 64; n++)
            for (size_t count = n; count <= (n < 12 ? 60 : n + 20) || count == MOST; count++) {
                uint64_t *at = tokens + MOST - count;
                for (size_t i = 0; i < count; i++)
                    at[i] = next_random(&state);
                ndup_shingle_scalar(at, count, n, want);
                got[count - n + 1] = 77;
                ndup_shingle_for(rows[r], n)(at, count, n, got);
                cr_assert(memcmp(want, got, (count - n + 1) * sizeof *got) == 0, "n %zu, count %zu", n, count);
                cr_assert(got[count - n + 1] == 77, "n %zu, count %zu: written after the end", n, count);
            }
    }
}

TEST_KERNELS(text_rows, "the kernel of text")
