/* SPDX-License-Identifier: MIT
 * The whole job against brute force that shares no code with it, and against itself: other threads, instruction set,
 * memory budget, compression. */
#define _GNU_SOURCE
#include "neardup_run.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define DOCS  400
#define WORDS 160
#define NGRAM 5

struct doc {
    int words[WORDS];
    int count;
};

static struct doc docs[DOCS];
static char folder[64];

static unsigned next_random(unsigned long long *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

/* Families of edited texts, with exact copies in between; words are numbers, written as "w123". */
static void make_docs(unsigned long long seed)
{
    for (int d = 0; d < DOCS; d++) {
        unsigned kind = next_random(&seed) % 10;
        if (d > 0 && kind < 5) {
            docs[d] = docs[next_random(&seed) % (unsigned)d];
            unsigned edits = kind < 2 ? 0 : next_random(&seed) % 14;
            for (unsigned e = 0; e < edits && docs[d].count > 0; e++)
                docs[d].words[next_random(&seed) % (unsigned)docs[d].count] = (int)(next_random(&seed) % 5000);
            continue;
        }
        docs[d].count = (int)(next_random(&seed) % WORDS);
        for (int w = 0; w < docs[d].count; w++)
            docs[d].words[w] = (int)(next_random(&seed) % 5000);
    }
}

static int shingle_count(const struct doc *d)
{
    return d->count >= NGRAM ? d->count - NGRAM + 1 : d->count > 0;
}

static int same_shingle(const struct doc *a, int i, const struct doc *b, int j)
{
    if ((a->count < NGRAM) != (b->count < NGRAM) || (a->count < NGRAM && a->count != b->count))
        return 0;
    int n = a->count < NGRAM ? a->count : NGRAM;
    return memcmp(a->words + i, b->words + j, (size_t)n * sizeof(int)) == 0;
}

static int holds(const struct doc *d, int until, const struct doc *a, int i)
{
    for (int j = 0; j < until; j++) {
        if (same_shingle(a, i, d, j))
            return 1;
    }
    return 0;
}

static double brute_jaccard(const struct doc *a, const struct doc *b)
{
    int shared = 0, na = 0, nb = 0;
    for (int i = 0; i < shingle_count(a); i++) {
        if (holds(a, i, a, i))
            continue;
        na++;
        shared += holds(b, shingle_count(b), a, i);
    }
    for (int i = 0; i < shingle_count(b); i++)
        nb += !holds(b, i, b, i);
    return na + nb == 0 ? 0 : (double)shared / (na + nb - shared);
}

static void write_doc(char *line, const struct doc *d, int number)
{
    int n = sprintf(line, "{\"id\":\"d%d\",\"score\":%d,\"text\":\"", number, (number * 37) % 101);
    for (int w = 0; w < d->count; w++)
        n += sprintf(line + n, w % 7 == 6 ? "W%d, " : "w%d ", d->words[w]);
    sprintf(line + n, "\"}\n");
}

static void write_corpus(void)
{
    char path[128], line[WORDS * 8 + 64];
    strcpy(folder, "/tmp/neardup-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/in", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/in/a.jsonl", folder);
    FILE *plain = fopen(path, "w");
    snprintf(path, sizeof path, "%s/in/b.jsonl.gz", folder);
    gzFile packed = gzopen(path, "wb");
    for (int d = 0; d < DOCS; d++) {
        write_doc(line, &docs[d], d);
        if (d < DOCS / 2)
            cr_assert_gt(fputs(line, plain), -1);
        else
            cr_assert_gt(gzputs(packed, line), 0);
    }
    cr_assert_eq(fclose(plain), 0);
    cr_assert_eq(gzclose(packed), Z_OK);
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

struct found { /* what the decision callback says */
    int keeper[DOCS];
    double jaccard[DOCS];
    neardup_reason reason[DOCS];
    int count;
};

static bool on_decision(void *context, const neardup_decision *d)
{
    struct found *f = context;
    f->keeper[d->document.index] = (int)d->keeper.index;
    f->jaccard[d->document.index] = d->jaccard;
    f->reason[d->document.index] = d->reason;
    f->count++;
    return true;
}

static void run(neardup_job_options *options, const char *out, struct found *found)
{
    char in[128], path[128];
    neardup_job *job;
    neardup_error err;
    snprintf(in, sizeof in, "%s/in", folder);
    snprintf(path, sizeof path, "%s/%s", folder, out);
    options->output_dir = path;
    cr_assert_eq(neardup_job_create(&job, options, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_add_input(job, in, &err), NEARDUP_OK);
    memset(found, 0, sizeof *found);
    for (int d = 0; d < DOCS; d++)
        found->keeper[d] = -1;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = found, .decision = on_decision};
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    const neardup_summary *s = neardup_job_summary(job);
    cr_assert_eq(s->records, DOCS);
    cr_assert_eq(s->exact + s->near, (uint64_t)found->count);
    cr_assert_eq(s->kept + s->exact + s->near, s->documents);
    neardup_job_destroy(job);
}

static bool same_text(const struct doc *a, const struct doc *b)
{
    return a->count == b->count && memcmp(a->words, b->words, (size_t)a->count * sizeof(int)) == 0;
}

/* order[0..DOCS): documents in keeper order. Exact copies share the fate of the first of them. */
static void check_against_brute_force(const struct found *f, const int *order, double threshold)
{
    int kept[DOCS], kept_count = 0;
    for (int i = 0; i < DOCS; i++) {
        int d = order[i], best = -1, copy = -1;
        double best_jaccard = 0;
        for (int e = 0; e < i && copy < 0 && docs[d].count > 0; e++)
            copy = same_text(&docs[order[e]], &docs[d]) ? order[e] : -1;
        for (int k = 0; k < kept_count && copy < 0; k++) {
            double j = brute_jaccard(&docs[kept[k]], &docs[d]);
            if (j >= threshold && j > best_jaccard) {
                best = kept[k];
                best_jaccard = j;
            }
        }
        if (copy >= 0) {
            best = f->keeper[copy] >= 0 ? f->keeper[copy] : copy;
            best_jaccard = f->keeper[copy] >= 0 ? f->jaccard[copy] : 1;
        }
        cr_assert_eq(f->keeper[d], best, "document %d: keeper %d, brute force says %d (%f)", d, f->keeper[d], best,
                     best_jaccard);
        if (best < 0 && docs[d].count > 0)
            kept[kept_count++] = d;
        if (best < 0)
            continue;
        cr_assert_eq(f->jaccard[d], best_jaccard);
        cr_assert_eq(f->reason[d], same_text(&docs[d], &docs[best]) ? NEARDUP_EXACT : NEARDUP_NEAR);
    }
}

static void in_order(int *order, int (*before)(int a, int b))
{
    for (int i = 0; i < DOCS; i++) {
        int at = i;
        for (; at > 0 && before(i, order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static int first(int a, int b)
{
    return a < b;
}
static int last(int a, int b)
{
    return a > b;
}
static int longest(int a, int b)
{
    return docs[a].count > docs[b].count;
}
static int shortest(int a, int b)
{
    return docs[a].count < docs[b].count;
}
static int score(int d)
{
    return (d * 37) % 101;
}
static int max_score(int a, int b)
{
    return score(a) > score(b);
}
static int min_score(int a, int b)
{
    return score(a) < score(b);
}

static void setup(void)
{
    make_docs(42);
    write_corpus();
}

TestSuite(job, .init = setup, .fini = remove_folder);

Test(job, every_keep_rule_gives_what_brute_force_gives)
{
    static int (*const rules[])(int, int) = {first, last, longest, shortest, max_score, min_score};
    for (int rule = 0; rule < 6; rule++) {
        int order[DOCS];
        struct found found;
        neardup_job_options o;
        neardup_job_options_init(&o, sizeof o);
        o.all_candidates = true;
        o.threshold = 0.55;
        o.keep = (neardup_keep)rule;
        o.keep_field = "score";
        o.force = true;
        o.threads = 2;
        run(&o, "out", &found);
        in_order(order, rules[rule]);
        check_against_brute_force(&found, order, 0.55);
        cr_assert_gt(found.count, 100);
    }
}

Test(job, bands_find_what_the_exact_join_finds)
{
    struct found all, lsh;
    neardup_job_options o;
    neardup_job_options_init(&o, sizeof o);
    o.all_candidates = true;
    run(&o, "all", &all);
    o.all_candidates = false;
    run(&o, "lsh", &lsh);
    int differ = 0;
    for (int d = 0; d < DOCS; d++)
        differ += all.keeper[d] != lsh.keeper[d];
    /* recall 0.99 at the threshold and more above it, for about 200 decisions: 3 misses is 2 standard errors */
    cr_assert_leq(differ, 4);
}

static char *slurp(const char *out, const char *name, long *length)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s/%s", folder, out, name);
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f, "%s is missing", path);
    fseek(f, 0, SEEK_END);
    *length = ftell(f);
    rewind(f);
    char *bytes = calloc((size_t)*length + 1, 1);
    cr_assert_eq(fread(bytes, 1, (size_t)*length, f), (size_t)*length);
    fclose(f);
    return bytes;
}

static void assert_same_outputs(const char *a, const char *b)
{
    static const char *const names[] = {"a.jsonl", "b.jsonl.gz", "decisions.jsonl", "clusters.jsonl", "summary.json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        long la, lb;
        char *ta = slurp(a, names[i], &la), *tb = slurp(b, names[i], &lb);
        if (i == 4) { /* all but the run itself */
            cr_assert_not_null(strstr(ta, "  \"run\": {"));
            *strstr(ta, "  \"run\": {") = '\0';
            *strstr(tb, "  \"run\": {") = '\0';
            la = (long)strlen(ta);
            lb = (long)strlen(tb);
        }
        cr_assert(la == lb && memcmp(ta, tb, (size_t)la) == 0, "%s differs between %s and %s", names[i], a, b);
        free(ta);
        free(tb);
    }
}

Test(job, outputs_do_not_depend_on_threads_instructions_or_memory)
{
    struct found found;
    neardup_job_options o;
    neardup_job_options_init(&o, sizeof o);
    o.threads = 1;
    run(&o, "one", &found);
    o.threads = 5;
    run(&o, "five", &found);
    assert_same_outputs("one", "five");
    o.cpu = NEARDUP_CPU_SCALAR;
    run(&o, "scalar", &found);
    assert_same_outputs("one", "scalar");
    o.cpu = NEARDUP_CPU_AVX2;
    o.memory = (uint64_t)64 << 20;
    run(&o, "avx2", &found);
    assert_same_outputs("one", "avx2");
}

Test(job, the_cleaned_corpus_is_the_input_minus_the_removed_lines)
{
    struct found found;
    neardup_job_options o;
    neardup_job_options_init(&o, sizeof o);
    run(&o, "out", &found);
    long length;
    char *cleaned = slurp("out", "a.jsonl", &length), *at = cleaned, line[WORDS * 8 + 64];
    for (int d = 0; d < DOCS / 2; d++) {
        if (found.keeper[d] >= 0)
            continue;
        write_doc(line, &docs[d], d);
        cr_assert_eq(strncmp(at, line, strlen(line)), 0, "document %d is not as it was", d);
        at += strlen(line);
    }
    cr_assert_eq(at, cleaned + length);
    free(cleaned);
}

Test(job, a_second_run_finds_nothing)
{
    struct found found;
    neardup_job_options o;
    neardup_job_options_init(&o, sizeof o);
    o.all_candidates = true;
    run(&o, "out", &found);
    char from[128], to[128];
    snprintf(from, sizeof from, "%s/in", folder);
    snprintf(to, sizeof to, "%s/before", folder);
    cr_assert_eq(rename(from, to), 0);
    cr_assert_eq(mkdir(from, 0700), 0);
    static const char *const names[] = {"a.jsonl", "b.jsonl.gz"};
    for (int i = 0; i < 2; i++) {
        char a[192], b[192];
        snprintf(a, sizeof a, "%s/out/%s", folder, names[i]);
        snprintf(b, sizeof b, "%s/%s", from, names[i]);
        cr_assert_eq(rename(a, b), 0);
    }
    char path[128], in[128];
    neardup_job *job;
    neardup_error err;
    snprintf(path, sizeof path, "%s/again", folder);
    snprintf(in, sizeof in, "%s/in", folder);
    o.output_dir = path;
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_input(job, in, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_summary(job)->exact + neardup_job_summary(job)->near, 0);
    cr_assert_gt(neardup_job_summary(job)->documents, 100);
    neardup_job_destroy(job);
}
