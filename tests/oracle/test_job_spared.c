/* SPDX-License-Identifier: MIT
 * Texts that are kept although they are near to a removed one: against all pairs of another run, and in any order of the input. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define TEXTS 240u

TestSuite(job_spared, .init = test_folder_make, .fini = test_folder_remove);

struct seen {
    bool removed[TEXTS], leads[TEXTS], spared[TEXTS];
    unsigned with[TEXTS];  /* of a near miss: the removed one */
    double jaccard[TEXTS]; /* to that */
    int distance[TEXTS];
    struct {
        unsigned a, b;
        double jaccard;
        int distance;
    } pairs[TEXTS * TEXTS / 2];
    size_t pair_count;
    uint64_t last;
};

static bool on_decision(void *context, const neardup_decision *d)
{
    ((struct seen *)context)->removed[d->document.index] = true;
    return true;
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    ((struct seen *)context)->leads[k->keeper.index] = true;
    return true;
}

static bool on_pair(void *context, const neardup_pair *p)
{
    struct seen *s = context;
    s->pairs[s->pair_count].a = (unsigned)p->a.index;
    s->pairs[s->pair_count].b = (unsigned)p->b.index;
    s->pairs[s->pair_count].distance = p->distance;
    s->pairs[s->pair_count++].jaccard = p->jaccard;
    return true;
}

static bool on_spared(void *context, const neardup_pair *p)
{
    struct seen *s = context;
    cr_assert(s->last == UINT64_MAX || p->a.index > s->last, "in input order");
    cr_assert_eq(p->reason, NEARDUP_NEAR);
    s->last = p->a.index;
    s->spared[p->a.index] = true;
    s->with[p->a.index] = (unsigned)p->b.index;
    s->jaccard[p->a.index] = p->jaccard;
    s->distance[p->a.index] = p->distance;
    return true;
}

/* Windows of some long texts, each a little after the other: chains, in any order; and copies. */
static void write_chains(const char *name, uint64_t seed)
{
    uint64_t state = seed;
    FILE *f = test_create(name);
    for (unsigned i = 0; i < TEXTS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        unsigned text = (unsigned)(state >> 33) % 12, begin = (unsigned)(state >> 40) % 60 * 3;
        fprintf(f, "{\"id\":%u,\"text\":\"", i);
        for (unsigned w = begin; w < begin + 100; w++)
            fprintf(f, "w%ux%u ", text, w);
        fputs("\"}\n", f);
    }
    test_close(f);
}

static bool is_better(const neardup_job_options *o, double jaccard, int distance, double best, int least)
{
    bool by_distance = o->method == NEARDUP_METHOD_SIMHASH && !o->verify;
    return by_distance ? distance < least : jaccard > best;
}

static void check_one(const neardup_job_options *o, const struct seen *s, unsigned i)
{
    double best = -1, to_it = -1;
    int least = INT32_MAX, distance_to_it = -1;
    for (size_t p = 0; p < s->pair_count; p++) {
        if (s->pairs[p].a != i && s->pairs[p].b != i)
            continue;
        unsigned other = s->pairs[p].a == i ? s->pairs[p].b : s->pairs[p].a;
        if (!s->removed[other])
            continue;
        if (is_better(o, s->pairs[p].jaccard, s->pairs[p].distance, best, least)) {
            best = s->pairs[p].jaccard;
            least = s->pairs[p].distance;
        }
        if (s->spared[i] && other == s->with[i]) {
            to_it = s->pairs[p].jaccard;
            distance_to_it = s->pairs[p].distance;
        }
    }
    bool expected = !s->removed[i] && !s->leads[i] && best >= 0;
    cr_assert_eq(s->spared[i], expected, "text %u: %d", i, (int)expected);
    if (!expected)
        return;
    cr_assert_eq(s->jaccard[i], to_it, "text %u: %g, not %g", i, s->jaccard[i], to_it);
    cr_assert_eq(s->distance[i], distance_to_it);
    cr_assert_not(is_better(o, best, least, s->jaccard[i], s->distance[i]), "text %u: there is a nearer one", i);
}

static unsigned check_spared(neardup_job_options o)
{
    static struct seen s;
    unsigned count = 0;
    memset(&s, 0, sizeof s);
    s.last = UINT64_MAX;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = &s,
                                   .decision = on_decision,
                                   .cluster = on_cluster,
                                   .near_miss = on_spared};
    neardup_job_destroy(test_run(&o, (const char *const[]){"in.jsonl", NULL}, &callbacks));
    o.pairs = true;
    callbacks = (neardup_callbacks){.struct_size = sizeof(neardup_callbacks), .context = &s, .pair = on_pair};
    neardup_job_destroy(test_run(&o, (const char *const[]){"in.jsonl", NULL}, &callbacks));
    for (unsigned i = 0; i < TEXTS; i++) {
        check_one(&o, &s, i);
        count += s.spared[i];
    }
    return count;
}

Test(job_spared, those_that_all_pairs_say, .timeout = 1800)
{
    unsigned count = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        write_chains("in.jsonl", seed);
        for (unsigned mode = 0; mode < 4; mode++) {
            neardup_job_options o = test_options(NULL);
            o.all_candidates = mode == 1;
            o.method = mode >= 2 ? NEARDUP_METHOD_SIMHASH : NEARDUP_METHOD_MINHASH;
            o.distance = 14;
            o.verify = mode == 3;
            o.keep = seed % 2 == 0 ? NEARDUP_KEEP_LAST : NEARDUP_KEEP_FIRST;
            o.threads = seed % 3 == 0 ? 4 : 1;
            count += check_spared(o);
        }
    }
    cr_assert_gt(count, 100, "%u: the test tests something", count);
}

/* ---- any order ---- */

struct contents {
    neardup_content content[4000];
    size_t count;
};

static void add(struct contents *c, const neardup_ref *ref)
{
    cr_assert_lt(c->count, 4000);
    c->content[c->count++] = ref->content;
}

static bool add_cluster(void *context, const neardup_cluster *k)
{
    if (!k->all_removed)
        add(context, &k->keeper);
    for (uint64_t i = 0; i < k->member_count; i++)
        add(context, &k->members[i].document);
    return true;
}

static bool add_spared(void *context, const neardup_pair *p)
{
    add(context, &p->a);
    return true;
}

static int by_content(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(neardup_content));
}

static void find_contents(const neardup_job_options *o, const char *name, struct contents *c)
{
    c->count = 0;
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = c, .cluster = add_cluster, .near_miss = add_spared};
    neardup_job_destroy(test_run(o, (const char *const[]){name, NULL}, &callbacks));
    qsort(c->content, c->count, sizeof *c->content, by_content);
}

static int by_hash(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    uint64_t x = XXH3_64bits(a, strlen(a)), y = XXH3_64bits(b, strlen(b));
    return x < y ? -1 : x > y;
}

static void shuffle_lines(const char *from, const char *to)
{
    size_t length, count = 0;
    char *text = test_read(from, &length), *lines[TEXTS], *rest = text;
    for (char *line; (line = strtok_r(rest, "\n", &rest)) != NULL;)
        lines[count++] = line;
    qsort(lines, count, sizeof *lines, by_hash);
    FILE *f = test_create(to);
    for (size_t i = 0; i < count; i++)
        fprintf(f, "%s\n", lines[i]);
    test_close(f);
    free(text);
}

/* Paragraphs that are windows, too, in documents some of which are near to each other. */
static void write_pages(const char *name, uint64_t seed)
{
    uint64_t state = seed;
    FILE *f = test_create(name);
    for (unsigned i = 0; i < 120; i++) {
        fprintf(f, "{\"id\":%u,\"text\":\"", i);
        uint64_t page = seed * 100 + i % 70;
        for (unsigned p = 0; p < 6; p++) {
            state = (p == 5 ? i : page) * 6364136223846793005u + p * 1442695040888963407u;
            unsigned text = (unsigned)(state >> 33) % 9, begin = (unsigned)(state >> 40) % 20 * 3;
            for (unsigned w = begin; w < begin + 40; w++)
                fprintf(f, "w%ux%u ", text, w);
            fputs(i % 5 == 0 ? " \\n\\n\\n" : "\\n\\n", f);
        }
        fputs("\"}\n", f);
    }
    test_close(f);
}

Test(job_spared, with_what_went_they_do_not_depend_on_the_order, .timeout = 1800)
{
    static struct contents a, b;
    static const unsigned units[] = {NEARDUP_UNIT_DOCUMENT, NEARDUP_UNIT_PARAGRAPH,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH};
    for (uint64_t seed = 1; seed <= 4; seed++) {
        for (unsigned mode = 0; mode < 6; mode++) {
            neardup_job_options o = test_options(NULL);
            o.units = units[mode % 3];
            o.cut_unique = true; /* decisions follow from similarity alone */
            o.method = mode >= 3 ? NEARDUP_METHOD_SIMHASH : NEARDUP_METHOD_MINHASH;
            o.distance = 12;
            o.contents = true;
            o.keep = o.units == NEARDUP_UNIT_DOCUMENT ? NEARDUP_KEEP_FIRST : NEARDUP_KEEP_CONTENT;
            if (o.units == NEARDUP_UNIT_DOCUMENT)
                write_chains("in.jsonl", seed);
            else
                write_pages("in.jsonl", seed);
            shuffle_lines("in.jsonl", "other.jsonl");
            find_contents(&o, "in.jsonl", &a);
            find_contents(&o, "other.jsonl", &b);
            cr_assert_gt(a.count, 20);
            cr_assert_eq(a.count, b.count, "seed %u mode %u: %zu and %zu", (unsigned)seed, mode, a.count, b.count);
            cr_assert_eq(memcmp(a.content, b.content, a.count * sizeof *a.content), 0);
        }
    }
}

/* ---- policies ---- */

struct cut {
    bool removed[2000], leads[2000];
    unsigned count, spared;
};

static bool mark_cut(void *context, const neardup_decision *d)
{
    struct cut *c = context;
    cr_assert_lt(d->document.index, 2000);
    c->removed[d->document.index] = true;
    c->count++;
    return true;
}

static bool mark_keeper(void *context, const neardup_cluster *k)
{
    ((struct cut *)context)->leads[k->keeper.index] = true;
    return true;
}

static bool check_cut(void *context, const neardup_pair *p)
{
    struct cut *c = context;
    c->spared++;
    cr_assert(c->removed[p->b.index], "%u did not go", (unsigned)p->b.index);
    cr_assert_not(c->removed[p->a.index], "%u was removed", (unsigned)p->a.index);
    cr_assert_not(c->leads[p->a.index]);
    cr_assert_geq(p->jaccard, 0.7);
    return true;
}

Test(job_spared, only_what_really_went_counts)
{
    static struct cut cut;
    unsigned spared[3] = {0};
    for (uint64_t seed = 1; seed <= 4; seed++) {
        write_pages("in.jsonl", seed);
        for (unsigned copies = 0; copies < 3; copies++) {
            neardup_job_options o = test_options(NULL);
            o.units = NEARDUP_UNIT_PARAGRAPH;
            o.cut_unique = true; /* decisions follow from similarity alone */
            o.max_copies = copies == 0 ? 0 : copies == 1 ? 8 : 1000;
            memset(&cut, 0, sizeof cut);
            neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                           .context = &cut,
                                           .decision = mark_cut,
                                           .cluster = mark_keeper,
                                           .near_miss = check_cut};
            neardup_job_destroy(test_run(&o, (const char *const[]){"in.jsonl", NULL}, &callbacks));
            spared[copies] += cut.spared;
        }
    }
    cr_assert_gt(spared[0] + spared[1], 10, "%u: the test tests something", spared[0] + spared[1]);
    cr_assert_eq(spared[2], 0, "nothing is removed");
}
