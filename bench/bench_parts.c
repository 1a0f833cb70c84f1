/* SPDX-License-Identifier: MIT
 * The stages of repeated paragraphs, on generated English-like text: splitting, tokens without echoes as a ratio to plain
 * tokenising, repeats inside a document. */
#include "base/platform.h"

#include "bench.h"

#include "match/intra_document.h"
#include "text/paragraphs.h"

#include <stdio.h>
#include <string.h>

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
    uint64_t x = random_state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

struct run {
    char *bytes;
    size_t length, found;
    neardup_unit unit;
    struct ndup_text *text;
    struct ndup_part *part;
    bool echoes;
};

/* Paragraphs of `lines` lines of about `width` letters; `alphabet` is the first letter's code, two bytes from 0x80 on. */
static void generate(struct run *run, size_t bytes, size_t width, size_t lines, uint32_t alphabet)
{
    size_t n = 0, column = 0, line = 0;
    run->bytes = malloc(bytes + 64);
    if (run->bytes == NULL)
        abort();
    while (n < bytes) {
        uint64_t word = (next_random() % 8192) >> next_random() % 13;
        size_t letters = 1 + word * 7 % 9;
        for (size_t i = 0; i < letters; i++) {
            uint32_t c = alphabet + (uint32_t)((word >> i) * 11 + i * 5) % 26;
            if (c >= 0x80)
                run->bytes[n++] = (char)(0xC0 | c >> 6);
            run->bytes[n++] = (char)(c >= 0x80 ? 0x80 | (c & 63) : c);
        }
        column += letters + 1;
        run->bytes[n++] = column >= width ? '\n' : ' ';
        if (column < width)
            continue;
        column = 0;
        if (++line % lines == 0)
            run->bytes[n++] = '\n';
    }
    run->length = n;
}

static void run_split(void *context)
{
    struct run *run = context;
    struct ndup_split split;
    struct ndup_span part;
    ndup_split_begin(&split, run->unit, run->bytes, run->length);
    while (ndup_split_next(&split, &part))
        run->found++;
}

static void bench_split(const char *name, size_t width, size_t lines, neardup_unit unit)
{
    struct run run = {.unit = unit};
    generate(&run, 1 << 20, width, lines, 'a');
    double ns = bench_median_ns(run_split, &run);
    printf("| split: %s | %.2f GB/s |\n", name, (double)run.length / ns);
    free(run.bytes);
}

static void run_plain(void *context)
{
    struct run *run = context;
    struct ndup_tokens tokens;
    struct ndup_split split;
    struct ndup_span part;
    ndup_split_begin(&split, run->unit, run->bytes, run->length);
    while (ndup_split_next(&split, &part)) {
        if (ndup_text_tokenise(run->text, run->bytes + part.begin, part.end - part.begin, run->echoes, &tokens, NULL) !=
            NEARDUP_OK)
            abort();
        run->found += tokens.count;
    }
}

static void run_parts(void *context)
{
    struct run *run = context;
    struct ndup_part_tokens tokens;
    struct ndup_split split;
    struct ndup_span part;
    ndup_split_begin(&split, run->unit, run->bytes, run->length);
    while (ndup_split_next(&split, &part)) {
        if (ndup_part_tokenise(run->part, run->text, run->bytes + part.begin, part.end - part.begin, run->echoes,
                               NDUP_KEYED, &tokens, NULL) != NEARDUP_OK)
            abort();
        run->found += tokens.count;
    }
}

static void bench_part(const char *name, size_t width, size_t lines, uint32_t alphabet)
{
    const neardup_profile profile = {NEARDUP_TOKENS_WORD, 3};
    struct run run = {.unit = NEARDUP_UNIT_PARAGRAPH};
    if (ndup_part_create(&run.part, NULL) != NEARDUP_OK ||
        ndup_text_create(&run.text, &profile, NEARDUP_CPU_AUTO, NULL) != NEARDUP_OK)
        abort();
    generate(&run, 1 << 18, width, lines, alphabet);
    double plain = bench_median_ns(run_plain, &run);
    run.echoes = true;
    double echoes = bench_median_ns(run_parts, &run);
    printf("| part: %s | %.2f GB/s, plain %.2f GB/s, x%.2f of its time |\n", name, (double)run.length / echoes,
           (double)run.length / plain, echoes / plain);
    ndup_text_destroy(run.text);
    ndup_part_destroy(run.part);
    free(run.bytes);
}

#define DOCUMENTS 64u

struct documents {
    struct ndup_intra_document *within;
    uint64_t *hashes;
    size_t parts, shingles, found; /* of a document; of a part */
};

static void run_within(void *context)
{
    struct documents *d = context;
    for (size_t k = 0; k < DOCUMENTS; k++) {
        struct ndup_intra_found found;
        ndup_intra_begin(d->within);
        for (size_t p = 0; p < d->parts; p++)
            if (ndup_intra_add(d->within, d->hashes + (k * d->parts + p) * d->shingles, d->shingles,
                               (uint32_t)d->shingles + 2, true, NULL) != NEARDUP_OK)
                abort();
        if (ndup_intra_find(d->within, 0.7, 0.9, 0, &found, NULL) != NEARDUP_OK)
            abort();
        d->found += found.contained_count + found.bucket_count;
    }
}

/* Of `repeats` in a hundred documents the last part repeats the first one, except for one shingle. */
static void bench_within(size_t parts, size_t shingles, unsigned repeats)
{
    struct documents d = {.parts = parts, .shingles = shingles};
    size_t total = DOCUMENTS * parts * shingles;
    d.hashes = malloc(total * sizeof *d.hashes);
    if (d.hashes == NULL || ndup_intra_create(&d.within, NULL) != NEARDUP_OK)
        abort();
    for (size_t i = 0; i < total; i++)
        d.hashes[i] = next_random();
    for (size_t k = 0; k < DOCUMENTS * repeats / 100; k++)
        memcpy(d.hashes + (k * parts + parts - 1) * shingles, d.hashes + k * parts * shingles,
               (shingles - 1) * sizeof *d.hashes);
    double ns = bench_median_ns(run_within, &d);
    printf("| within: %zu parts of %zu shingles, %u %% of documents repeat one | %.2f ns a shingle |\n", parts,
           shingles, repeats, ns / (double)total);
    ndup_intra_destroy(d.within);
    free(d.hashes);
}

int main(void)
{
    printf("| stage | median |\n|---|---|\n");
    bench_split("paragraphs of one line, 500 letters", 500, 1, NEARDUP_UNIT_PARAGRAPH);
    bench_split("paragraphs of 8 lines, 72 letters", 72, 8, NEARDUP_UNIT_PARAGRAPH);
    bench_split("no blank line, 72 letters", 72, (size_t)-1, NEARDUP_UNIT_PARAGRAPH);
    bench_split("lines of 72 letters", 72, 8, NEARDUP_UNIT_LINE);
    bench_split("lines of 20 letters", 20, 8, NEARDUP_UNIT_LINE);
    bench_part("one line, 200 letters", 200, 1, 'a');
    bench_part("8 lines, 72 letters", 72, 8, 'a');
    bench_part("100 lines, 72 letters", 72, 100, 'a');
    bench_part("8 lines, 30 letters", 30, 8, 'a');
    bench_part("8 lines, 72 letters, Cyrillic", 72, 8, 0x430);
    bench_part("8 lines, 30 letters, Cyrillic", 30, 8, 0x430);
    bench_within(12, 33, 0);
    bench_within(12, 33, 5);
    bench_within(12, 33, 100);
    bench_within(40, 8, 0);
    bench_within(1000, 60, 0);
    return 0;
}
