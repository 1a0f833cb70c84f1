/* SPDX-License-Identifier: MIT
 * bench_text: what the text stage costs, on generated texts or on the files named as arguments.
 * Every figure is a median; ratios are to the scalar row in the same run. */
#include "base/platform.h"

/* The inlined XXH3 is the fairest rival of our word hash. */
#define XXH_INLINE_ALL
#include "bench.h"

#include "base/cpu.h"
#include "text/text.h"
#include "text/token_hash.h"

#include <stdio.h>
#include <string.h>

enum { VOCABULARY = 8192, LONGEST = 24 };

struct sample {
    const char *name;
    char *bytes;
    size_t length, words;
};

struct run {
    struct ndup_text *text;
    const struct sample *sample;
    struct ndup_tokens tokens;
    uint64_t sink;
    bool spans;
};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

struct script {
    const char *name;
    uint32_t first, count; /* letters */
    unsigned accents;      /* percent of the words that hold one accented Latin letter */
    unsigned spaced;       /* 0: no spaces, but a full stop every 20 letters */
};

static size_t put(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 63));
    out[2] = (char)(0x80 | (c & 63));
    return 3;
}

/* Word lengths as in English prose: 1 to 14 letters, 4.7 on average. */
static size_t word_length(uint64_t random)
{
    static const unsigned char lengths[32] = {1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4,  4,  4,
                                              4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 10, 12, 14};
    return lengths[random % 32];
}

static size_t put_word(char *out, const struct script *script, uint64_t word)
{
    uint64_t state = word;
    size_t letters = word_length(next_random(&state)), n = 0;
    bool accent = next_random(&state) % 100 < script->accents;
    for (size_t i = 0; i < letters; i++) {
        uint32_t c = script->first + (uint32_t)(next_random(&state) % script->count);
        n += put(out + n, accent && i == letters / 2 ? 0xE0 + c % 16 : c);
    }
    return n;
}

static struct sample generate(const struct script *script, size_t words)
{
    struct sample sample = {script->name, malloc(words * (3 * LONGEST + 4)), 0, words};
    uint64_t state = words;
    if (sample.bytes == NULL)
        exit(2);
    for (size_t i = 0; i < words; i++) {
        uint64_t r = next_random(&state);
        /* About Zipf: rank exp(uniform). */
        uint64_t rank = (next_random(&state) % VOCABULARY) >> r % 13;
        if (script->spaced == 0) {
            sample.length += put(sample.bytes + sample.length, script->first + (uint32_t)(r >> 8) % script->count);
            if (i % 20 == 19)
                sample.length += put(sample.bytes + sample.length, 0x3002);
            continue;
        }
        sample.length += put_word(sample.bytes + sample.length, script, rank);
        if (r >> 60 == 0)
            sample.bytes[sample.length++] = ',';
        sample.bytes[sample.length++] = ' ';
    }
    return sample;
}

static void run_tokenise(void *ctx)
{
    struct run *run = ctx;
    neardup_status status =
        ndup_text_tokenise(run->text, run->sample->bytes, run->sample->length, run->spans, &run->tokens, NULL);
    if (status != NEARDUP_OK)
        exit(2);
}

static void run_shingle(void *ctx)
{
    struct run *run = ctx;
    const uint64_t *hashes;
    size_t count;
    if (ndup_text_shingle(run->text, run->tokens.hash, run->tokens.count, &hashes, &count, NULL) != NEARDUP_OK)
        exit(2);
    run->sink += count > 0 ? hashes[count - 1] : 0;
}

static void run_digest(void *ctx)
{
    struct run *run = ctx;
    run->sink += XXH3_128bits(run->tokens.hash, run->tokens.count * sizeof(uint64_t)).low64;
}

static void print(const char *text, const char *what, const struct run *run, double ns, double scalar)
{
    printf("%-10s %7zu tok  %-18s %8.2f ns/token %7.2f GB/s", text, run->tokens.count, what,
           ns / (double)(run->tokens.count > 0 ? run->tokens.count : 1), (double)run->sample->length / ns);
    if (scalar > 0)
        printf("   x%.2f", scalar / ns);
    putchar('\n');
}

static void bench_sample(const struct sample *sample)
{
    static const neardup_cpu rows[] = {NEARDUP_CPU_SCALAR, NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_NEON};
    const neardup_profile profile = NEARDUP_PROFILE_INIT;
    double scalar = 0;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct run run = {NULL, sample, {0}, 0, false};
        if (ndup_cpu_resolve(rows[r]) != rows[r])
            continue;
        if (ndup_text_create(&run.text, &profile, rows[r], NULL) != NEARDUP_OK)
            exit(2);
        char what[32];
        snprintf(what, sizeof what, "tokenise %s", ndup_cpu_name(rows[r]));
        double ns = bench_median_ns(run_tokenise, &run);
        if (rows[r] == NEARDUP_CPU_SCALAR)
            scalar = ns;
        print(sample->name, what, &run, ns, scalar);
        ndup_text_destroy(run.text);
    }
    struct run run = {NULL, sample, {0}, 0, true};
    if (ndup_text_create(&run.text, &profile, NEARDUP_CPU_AUTO, NULL) != NEARDUP_OK)
        exit(2);
    print(sample->name, "tokenise +spans", &run, bench_median_ns(run_tokenise, &run), scalar);
    double fast = bench_median_ns(run_shingle, &run);
    print(sample->name, "digest", &run, bench_median_ns(run_digest, &run), 0);
    struct ndup_text *best = run.text;
    if (ndup_text_create(&run.text, &profile, NEARDUP_CPU_SCALAR, NULL) != NEARDUP_OK)
        exit(2);
    scalar = bench_median_ns(run_shingle, &run);
    print(sample->name, "shingle 5 scalar", &run, scalar, scalar);
    print(sample->name, "shingle 5 best", &run, fast, scalar);
    ndup_text_destroy(run.text);
    run.text = best;
    ndup_text_destroy(run.text);
    const neardup_profile chars = {NEARDUP_TOKENS_CHAR, 9};
    if (ndup_text_create(&run.text, &chars, NEARDUP_CPU_AUTO, NULL) != NEARDUP_OK)
        exit(2);
    run.spans = false;
    print(sample->name, "tokenise char", &run, bench_median_ns(run_tokenise, &run), 0);
    ndup_text_destroy(run.text);
}

/* The words of a text one after the other, for the token hash alone. */
struct words {
    unsigned char *bytes;
    uint16_t *begin, *end;
    size_t count;
    uint64_t sink;
};

static void run_ours(void *ctx)
{
    struct words *words = ctx;
    for (size_t i = 0; i < words->count; i++)
        words->sink ^= ndup_token_hash(words->bytes + words->begin[i], (size_t)words->end[i] - words->begin[i]);
}

static void run_xxh3(void *ctx)
{
    struct words *words = ctx;
    for (size_t i = 0; i < words->count; i++)
        words->sink ^= XXH3_64bits(words->bytes + words->begin[i], (size_t)words->end[i] - words->begin[i]);
}

static void bench_hash(const struct sample *sample)
{
    enum { MOST = 8192 };
    static uint16_t begin[MOST], end[MOST];
    struct words words = {(unsigned char *)sample->bytes, begin, end, 0, 0};
    for (size_t i = 0; i < sample->length && i < UINT16_MAX && words.count < MOST; i++) {
        if (sample->bytes[i] == ' ' || sample->bytes[i] == ',')
            continue;
        begin[words.count] = (uint16_t)i;
        while (sample->bytes[i] != ' ' && sample->bytes[i] != ',')
            i++;
        end[words.count++] = (uint16_t)i;
    }
    double bytes = words.count > 0 ? end[words.count - 1] : 1;
    double rival = bench_median_ns(run_xxh3, &words), ours = bench_median_ns(run_ours, &words);
    printf("token hash, %zu words: XXH3 inlined %.2f ns %.2f GB/s, ours %.2f ns %.2f GB/s, x%.2f\n", words.count,
           rival / (double)words.count, bytes / rival, ours / (double)words.count, bytes / ours, rival / ours);
}

static struct sample read_file(const char *path)
{
    struct sample sample = {strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path, NULL, 0, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        exit(2);
    sample.length = (size_t)ftell(file);
    sample.bytes = malloc(sample.length + 1);
    rewind(file);
    if (sample.bytes == NULL || fread(sample.bytes, 1, sample.length, file) != sample.length)
        exit(2);
    fclose(file);
    return sample;
}

int main(int argc, char **argv)
{
    static const struct script scripts[] = {
        {"english", 'a', 26, 0, 1},     {"german", 'a', 26, 10, 1},      {"french", 'a', 26, 22, 1},
        {"cyrillic", 0x430, 32, 0, 1},  {"chinese", 0x4E00, 3000, 0, 0}, {"thai", 0xE01, 46, 0, 0},
        {"hiragana", 0x3042, 80, 0, 0}, {"korean", 0xAC00, 2000, 0, 1},
    };
    for (int i = 1; i < argc; i++) {
        struct sample sample = read_file(argv[i]);
        bench_sample(&sample);
        free(sample.bytes);
    }
    if (argc > 1)
        return 0;
    for (size_t words = 20; words <= 20000; words *= 10) {
        struct sample sample = generate(&scripts[0], words);
        bench_sample(&sample);
        bench_hash(&sample);
        free(sample.bytes);
    }
    for (size_t s = 1; s < sizeof scripts / sizeof scripts[0]; s++) {
        struct sample sample = generate(&scripts[s], 20000);
        bench_sample(&sample);
        free(sample.bytes);
    }
    return 0;
}
