/* SPDX-License-Identifier: MIT
 * Leaks between splits against brute force: every text compared with every document of the other splits. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS_MAX 900u
#define TEXT_MAX      4096u
#define SPLITS_MAX    3u

TestSuite(job_leaks, .init = test_folder_make, .fini = test_folder_remove);

static unsigned long long random_state;

static unsigned next_random(unsigned below)
{
    unsigned long long x = random_state += 0x9E3779B97F4A7C15ull;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ x >> 27) * 0x94D049BB133111EBull;
    return (unsigned)((x ^ x >> 31) >> 33) % below;
}

/* ---- corpora ---- */

struct document {
    char text[TEXT_MAX];
    unsigned split, file;        /* of the split's folder */
    uint64_t line;               /* in the file */
    uint64_t tokens[TEXT_MAX];   /* these three: of a profile */
    uint64_t shingles[TEXT_MAX]; /* distinct, ascending */
    size_t token_count, shingle_count;
};

struct corpus {
    struct document documents[DOCUMENTS_MAX]; /* by split, then line: input order */
    size_t count;
    unsigned splits;
};

static void add_words(char *text, unsigned count, unsigned vocabulary, bool chinese)
{
    size_t at = strlen(text);
    for (unsigned i = 0; i < count && at + 16 < TEXT_MAX; i++) {
        unsigned w = next_random(vocabulary);
        if (chinese)
            at += (size_t)snprintf(text + at, TEXT_MAX - at, "%c%c%c", 0xE4, 0xB8 + (int)(w >> 6 & 7),
                                   0x80 + (int)(w & 63));
        else
            at += (size_t)snprintf(text + at, TEXT_MAX - at, "w%u ", w);
    }
}

/* Forty words that all have in common, and some of its own between them. */
static void add_template(char *text, unsigned own, unsigned vocabulary)
{
    size_t at = strlen(text);
    for (unsigned i = 0; i < 40 && at + 16 < TEXT_MAX; i++) {
        at += (size_t)snprintf(text + at, TEXT_MAX - at, "form%u ", i);
        if (own > 0 && i % (40 / own) == 3)
            at += (size_t)snprintf(text + at, TEXT_MAX - at, "w%u ", next_random(vocabulary));
    }
}

/* A copy with other case, punctuation and line ends; some words replaced. */
static void copy_text(char *to, const char *from, unsigned edits_in_100)
{
    size_t at = strlen(to);
    bool signs = next_random(2) == 0;
    for (const char *p = from; *p != '\0' && at + 16 < TEXT_MAX; p++) {
        if (*p != ' ') {
            to[at++] = next_random(9) == 0 && *p == 'w' ? 'W' : *p;
        } else if (next_random(100) < edits_in_100) {
            at += (size_t)snprintf(to + at, TEXT_MAX - at, " v%u ", next_random(50));
        } else {
            static const char *const ends[] = {" ", "  ", "\\n", "\\n\\n", ", ", ".\\n", "; "};
            at += (size_t)snprintf(to + at, TEXT_MAX - at, "%s", ends[next_random(signs ? 7 : 4)]);
        }
    }
    to[at] = '\0';
}

static void make_text(const struct corpus *c, char *text)
{
    const char *other = c->count > 0 ? c->documents[next_random((unsigned)c->count)].text : "";
    unsigned few = next_random(4) * 3;
    text[0] = '\0';
    switch (next_random(13)) {
    case 0:
        add_words(text, next_random(14), 6, false);
        return;
    case 1:
        add_words(text, next_random(70), 400, true);
        return;
    case 2:
        add_words(text, 20 + next_random(60), 12, false); /* repeats its shingles */
        return;
    case 3:
    case 4:
        copy_text(text, other, 0);
        return;
    case 5:
    case 6:
        copy_text(text, other, 1 + next_random(9));
        return;
    case 7:
    case 8:
        add_words(text, next_random(60), 3000, false);
        copy_text(text, other, few);
        add_words(text, next_random(60), 3000, false);
        return;
    case 9:
    case 10:
        add_template(text, next_random(3), 30);
        add_words(text, next_random(8), 3000, false);
        return;
    case 11:
        add_template(text, 4, 3);
        return;
    default:
        add_words(text, 10 + next_random(80), 3000, false);
    }
}

/* A split is a folder of files with this number of documents: each is read as a block of its own. */
static void make_corpus(struct corpus *c, unsigned splits, const unsigned *sizes, unsigned in_file)
{
    FILE *f = NULL;
    test_folder_remove(); /* files of the corpus before */
    test_folder_make();
    c->count = 0;
    c->splits = splits;
    for (unsigned s = 0; s < splits; s++) {
        for (unsigned i = 0; i < sizes[s]; i++) {
            struct document *d = &c->documents[c->count];
            char name[32];
            make_text(c, d->text);
            d->split = s;
            d->file = i / in_file;
            d->line = i % in_file + 1;
            snprintf(name, sizeof name, "%u/%u-%03u.jsonl", s, s, d->file);
            if (d->line == 1)
                f = test_create(name);
            fprintf(f, "{\"id\":%zu,\"text\":\"%s\"}\n", c->count, d->text);
            if (d->line == in_file || i + 1 == sizes[s])
                test_close(f);
            c->count++;
        }
    }
    /* In memory as the reader gives it. */
    for (size_t i = 0; i < c->count; i++) {
        for (char *p = c->documents[i].text; (p = strstr(p, "\\n")) != NULL;)
            memcpy(p, " \n", 2);
    }
}

/* ---- truth: our own tokens and shingles ---- */

static uint64_t mix(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * 0x9E3779B97F4A7C15u;
    return sum ^ sum >> 29;
}

static int by_value(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* Letters here are ASCII, and Chinese ones of three bytes, each of them a word. */
static void tokenise(struct document *d, neardup_tokens kind)
{
    bool open = false; /* a word */
    d->token_count = 0;
    for (const char *p = d->text; *p != '\0';) {
        size_t bytes = (*p & 0x80) != 0 ? 3 : 1;
        uint64_t letter = 0;
        for (size_t k = 0; k < bytes; k++)
            letter = letter << 8 | (unsigned char)(p[k] >= 'A' && p[k] <= 'Z' ? p[k] + 32 : p[k]);
        bool in_word = bytes == 3 || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
        if (in_word && kind == NEARDUP_TOKENS_CHAR) {
            if (!open && d->token_count > 0)
                d->tokens[d->token_count++] = ' ';
            d->tokens[d->token_count++] = letter;
        } else if (in_word && open && bytes == 1) {
            d->tokens[d->token_count - 1] = mix(d->tokens[d->token_count - 1], letter);
        } else if (in_word) {
            d->tokens[d->token_count++] = mix(1, letter);
        }
        open = in_word && (bytes == 1 || kind == NEARDUP_TOKENS_CHAR);
        p += bytes;
    }
}

static void make_sets(struct corpus *c, const neardup_profile *profile)
{
    for (size_t i = 0; i < c->count; i++) {
        struct document *d = &c->documents[i];
        size_t n = 0, distinct = 0;
        tokenise(d, profile->tokens);
        if (d->token_count > 0 && d->token_count < profile->ngram) {
            uint64_t all = d->token_count;
            for (size_t k = 0; k < d->token_count; k++)
                all = mix(all, d->tokens[k]);
            d->shingles[n++] = all;
        }
        for (size_t k = 0; k + profile->ngram <= d->token_count; k++, n++) {
            d->shingles[n] = profile->ngram;
            for (size_t t = k; t < k + profile->ngram; t++)
                d->shingles[n] = mix(d->shingles[n], d->tokens[t]);
        }
        qsort(d->shingles, n, sizeof d->shingles[0], by_value);
        for (size_t k = 0; k < n; k++) {
            if (k == 0 || d->shingles[k] != d->shingles[k - 1])
                d->shingles[distinct++] = d->shingles[k];
        }
        d->shingle_count = distinct;
    }
}

static size_t shared(const struct document *a, const struct document *b)
{
    size_t n = 0;
    for (size_t i = 0, k = 0; i < a->shingle_count && k < b->shingle_count;) {
        n += a->shingles[i] == b->shingles[k];
        uint64_t x = a->shingles[i], y = b->shingles[k];
        i += x <= y;
        k += y <= x;
    }
    return n;
}

struct leak {
    uint64_t document, source;
    unsigned source_split;
    neardup_reason reason;
    double jaccard, containment;
};

struct leaks {
    struct leak all[2 * DOCUMENTS_MAX];
    size_t count;
    const struct corpus *corpus;
    uint64_t documents[SPLITS_MAX], tokens[SPLITS_MAX];
    size_t stop_at;
};

static int class_of(neardup_reason reason)
{
    return reason == NEARDUP_EXACT ? 3 : reason == NEARDUP_NEAR ? 2 : 1;
}

struct similarity {
    bool equal;
    double jaccard, containment;
};

/* Of every pair, by the number of the first, then of the second. */
static struct similarity *compare_all(struct corpus *c, const neardup_job_options *o, const neardup_leak_options *w)
{
    struct similarity *all = calloc(c->count * c->count, sizeof *all);
    cr_assert_not_null(all);
    for (unsigned side = 0; side < 2; side++) {
        make_sets(c, side == 0 ? &o->profile : &w->profile);
        for (size_t i = 0; i < c->count; i++) {
            const struct document *a = &c->documents[i];
            for (size_t k = 0; k < c->count; k++) {
                const struct document *b = &c->documents[k];
                struct similarity *s = &all[i * c->count + k];
                if (a->split == 0 || a->split == b->split || a->token_count == 0 || b->token_count == 0)
                    continue;
                double both = (double)shared(a, b);
                if (side == 0) {
                    s->jaccard = both / ((double)(a->shingle_count + b->shingle_count) - both);
                    s->equal = a->token_count == b->token_count &&
                               memcmp(a->tokens, b->tokens, a->token_count * sizeof a->tokens[0]) == 0;
                } else if (a->token_count >= w->profile.ngram && w->containment > 0) {
                    s->containment = both / (double)a->shingle_count;
                }
            }
        }
    }
    return all;
}

/* Whether it leaks, and how. */
static bool leaks_into(const neardup_job_options *o, const neardup_leak_options *w, const struct similarity *s,
                       struct leak *leak)
{
    leak->jaccard = s->equal ? 1 : s->jaccard;
    leak->containment = s->equal ? 1 : s->containment;
    leak->reason = s->equal ? NEARDUP_EXACT : s->jaccard >= o->threshold ? NEARDUP_NEAR : NEARDUP_CONTAINED;
    return leak->reason != NEARDUP_CONTAINED || (w->containment > 0 && s->containment >= w->containment);
}

static bool is_better(const struct leak *a, const struct leak *b)
{
    if (a->reason != b->reason)
        return class_of(a->reason) > class_of(b->reason);
    if (a->reason == NEARDUP_EXACT)
        return false;
    return a->reason == NEARDUP_NEAR ? a->jaccard > b->jaccard : a->containment > b->containment;
}

static void find_truth(struct corpus *c, const neardup_job_options *o, const neardup_leak_options *w,
                       struct leaks *truth)
{
    struct similarity *all = compare_all(c, o, w);
    truth->count = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct document *d = &c->documents[i];
        for (unsigned s = 0; d->split > 0 && s < c->splits; s++) {
            struct leak best, leak = {.document = i, .source_split = s};
            bool any = false;
            for (size_t k = 0; s != d->split && k < c->count; k++) {
                leak.source = k;
                if (c->documents[k].split != s || !leaks_into(o, w, &all[i * c->count + k], &leak))
                    continue;
                if (!any || is_better(&leak, &best))
                    best = leak;
                any = true;
            }
            /* Of texts with the same words the first is the source, whether it is an exact copy or not. */
            const char *source = any ? c->documents[best.source].text : "";
            if (any && best.reason == NEARDUP_EXACT &&
                !test_same_words(&o->profile, true, d->text, strlen(d->text), source, strlen(source)))
                best.reason = NEARDUP_NEAR;
            if (any)
                truth->all[truth->count++] = best;
        }
    }
    free(all);
}

/* ---- the run ---- */

static void check_ref(const struct corpus *c, const neardup_ref *r)
{
    char text[32];
    cr_assert_lt(r->index, c->count);
    const struct document *d = &c->documents[r->index];
    cr_assert_eq(r->id_length, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)r->index));
    cr_assert_eq(memcmp(r->id, text, r->id_length), 0, "id %.*s, index %s, file %s line %d", (int)r->id_length, r->id,
                 text, r->file, (int)r->line);
    snprintf(text, sizeof text, "%u/%u-%03u.jsonl", d->split, d->split, d->file);
    cr_assert_str_eq(r->file, text);
    cr_assert_eq(r->line, d->line);
    cr_assert_eq(r->split, d->split);
    cr_assert_eq(r->document, r->index);
    cr_assert_gt(r->tokens, 0);
}

static bool on_leak(void *context, const neardup_leak *l)
{
    struct leaks *leaks = context;
    check_ref(leaks->corpus, &l->document);
    check_ref(leaks->corpus, &l->source);
    cr_assert_lt(leaks->count, 2 * DOCUMENTS_MAX);
    leaks->all[leaks->count++] =
        (struct leak){l->document.index, l->source.index, l->source.split, l->reason, l->jaccard, l->containment};
    return leaks->count != leaks->stop_at;
}

static neardup_status run(const struct corpus *c, const neardup_job_options *o, const neardup_leak_options *w,
                          struct leaks *found, neardup_error *err)
{
    static const char *const splits[] = {"train", "valid", "test"};
    neardup_job *job;
    neardup_leak_options wanted = *w;
    found->count = 0;
    found->corpus = c;
    wanted.context = found;
    wanted.leak = on_leak;
    wanted.split_documents = found->documents;
    wanted.split_tokens = found->tokens;
    cr_assert_eq(neardup_job_create(&job, o, err), NEARDUP_OK);
    for (unsigned s = 0; s < c->splits; s++) {
        char name[16];
        snprintf(name, sizeof name, "%u", s);
        cr_assert_eq(neardup_job_begin_split(job, splits[s], err), NEARDUP_OK);
        cr_assert_eq(neardup_job_add_input(job, test_path(name), err), NEARDUP_OK);
    }
    neardup_status st = neardup_job_run_leaks(job, &wanted, NULL, err);
    neardup_job_destroy(job);
    return st;
}

static void expect_equal(const struct leaks *truth, const struct leaks *found, const char *what)
{
    for (size_t i = 0; i < truth->count && i < found->count; i++) {
        const struct leak *a = &truth->all[i], *b = &found->all[i];
        cr_assert(a->document == b->document && a->source_split == b->source_split,
                  "%s: leak %zu is of %llu in split %u, not of %llu in %u", what, i, (unsigned long long)a->document,
                  a->source_split, (unsigned long long)b->document, b->source_split);
        cr_assert(a->reason == b->reason && a->jaccard == b->jaccard && a->containment == b->containment &&
                      a->source == b->source,
                  "%s: %llu is in %llu (reason %d, %.17g, %.17g), not %llu (%d, %.17g, %.17g)", what,
                  (unsigned long long)a->document, (unsigned long long)a->source, a->reason, a->jaccard, a->containment,
                  (unsigned long long)b->source, b->reason, b->jaccard, b->containment);
    }
    cr_assert_eq(truth->count, found->count, "%s: %zu leaks, not %zu", what, truth->count, found->count);
}

static neardup_job_options options_of(unsigned threads)
{
    neardup_job_options o = test_options(NULL);
    o.threads = threads;
    return o;
}

static size_t seen[3]; /* by reason */

static void against_truth(unsigned long long seed, unsigned splits, const unsigned *sizes)
{
    static struct corpus corpus;
    static struct leaks truth, found;
    static const double thresholds[] = {0.7, 0.5, 0.9}, containments[] = {0.8, 1, 0.5, 0};
    char what[64];
    neardup_error err;
    random_state = seed;
    make_corpus(&corpus, splits, sizes, 1 + (unsigned)(seed * 7 % 40));
    neardup_leak_options w = NEARDUP_LEAK_OPTIONS_INIT;
    neardup_job_options o = options_of(1 + (unsigned)(seed % 4));
    o.threshold = thresholds[seed % 3];
    o.profile.ngram = seed % 4 == 1 ? 2 : 5;
    w.containment = containments[seed % 4];
    w.profile.ngram = seed % 5 == 2 ? 3 : 8;
    if (seed % 7 == 3)
        w.profile = (neardup_profile){NEARDUP_TOKENS_CHAR, 20};
    snprintf(what, sizeof what, "seed %llu", seed);
    find_truth(&corpus, &o, &w, &truth);
    cr_assert_eq(run(&corpus, &o, &w, &found, &err), NEARDUP_OK, "%s", err.message);
    expect_equal(&truth, &found, what);
    for (size_t i = 0; i < truth.count; i++)
        seen[truth.all[i].reason]++;
}

Test(job_leaks, what_brute_force_finds)
{
    for (unsigned long long seed = 1; seed <= 24; seed++)
        against_truth(seed, 2, (const unsigned[]){160, 90});
    cr_expect_gt(seen[NEARDUP_EXACT], 100);
    cr_expect_gt(seen[NEARDUP_NEAR], 100);
    cr_expect_gt(seen[NEARDUP_CONTAINED], 100);
}

Test(job_leaks, between_three_splits)
{
    for (unsigned long long seed = 101; seed <= 112; seed++)
        against_truth(seed, 3, (const unsigned[]){90, 60, 70});
}

/* More texts of one template than shingles have lists for: they are looked for as a group. */
Test(job_leaks, many_texts_of_a_template)
{
    for (unsigned long long seed = 201; seed <= 204; seed++)
        against_truth(seed, 2, (const unsigned[]){150, 600});
    against_truth(205, 3, (const unsigned[]){100, 300, 300});
}

Test(job_leaks, the_same_for_all_threads_and_kernels)
{
    static struct corpus corpus;
    static struct leaks first, found;
    neardup_error err;
    neardup_leak_options w = NEARDUP_LEAK_OPTIONS_INIT;
    neardup_job_options o = options_of(1);
    random_state = 77;
    make_corpus(&corpus, 3, (const unsigned[]){300, 250, 250}, 3);
    cr_assert_eq(run(&corpus, &o, &w, &first, &err), NEARDUP_OK);
    cr_assert_gt(first.count, 100);
    for (unsigned threads = 2; threads <= 8; threads *= 2) {
        o = options_of(threads);
        o.cpu = threads == 4 ? NEARDUP_CPU_SCALAR : NEARDUP_CPU_AUTO;
        o.memory = threads == 8 ? (uint64_t)200 << 20 : 0;
        cr_assert_eq(run(&corpus, &o, &w, &found, &err), NEARDUP_OK, "%s", err.message);
        expect_equal(&first, &found, "threads");
    }
}
