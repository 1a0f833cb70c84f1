/* SPDX-License-Identifier: MIT
 * Contained documents against the rule of cluster/containment.h written down plainly, for any threads, memory and order. With
 * every shingle sampled the candidates are all there, so the results must be the same. */
#include "base/platform.h"

#include "support/jobs.h"
#include "support/rounds.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS 110u
#define NONE  UINT32_MAX
#define SHARE 0.8

TestSuite(job_contained, .init = test_folder_make, .fini = test_folder_remove);

/* ---- a corpus ---- */

static char text_of[TEXTS][8192];

static uint32_t draw(uint64_t *state, uint32_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % limit;
}

static void add_words(char *text, uint64_t *state, unsigned base, unsigned begin, unsigned count, unsigned noise)
{
    for (unsigned i = begin; i < begin + count; i++) {
        size_t length = strlen(text);
        bool odd = noise > 0 && draw(state, noise) == 0;
        snprintf(text + length, sizeof text_of[0] - length, "%s%ux%u ", odd ? "z" : "w", base,
                 odd ? draw(state, 100000) : i);
    }
}

/* Windows of a few long texts: cut short, wrapped, joined, changed a little, copied. Some repeat themselves. */
static void write_corpus(uint64_t seed, bool reference)
{
    uint64_t state = seed;
    FILE *in = test_create("in.jsonl"), *old = test_create("old.jsonl");
    for (unsigned i = 0; i < TEXTS; i++) {
        char *text = text_of[i];
        unsigned base = draw(&state, 7), begin = draw(&state, 4) * 10, count = 4 + draw(&state, 60), kind;
        text[0] = '\0';
        kind = draw(&state, 10);
        if (kind == 0 && i > 0)
            strcpy(text, text_of[draw(&state, i)]);
        else if (kind < 3)
            add_words(text, &state, 100 + i, 0, draw(&state, 80), 0);
        if (kind > 0 || i == 0)
            add_words(text, &state, base, begin, count, kind == 4 ? 12 : kind == 5 ? 40 : 0);
        if (kind == 6)
            add_words(text, &state, draw(&state, 7), 0, count, 0);
        if (kind == 7)
            add_words(text, &state, base, begin, count, 0);
        fprintf(reference && i % 4 == 0 ? old : in, "{\"id\":%u,\"text\":\"%s\"}\n", i, text);
    }
    test_close(in);
    test_close(old);
}

/* ---- what a run says ---- */

struct outcome {
    uint32_t keeper[TEXTS]; /* NONE: kept */
    neardup_reason reason[TEXTS];
    double in_keeper[TEXTS], of_keeper[TEXTS];
    double contained[TEXTS][TEXTS]; /* pairs: share of the first in the second; 0: not reported */
    bool near[TEXTS][TEXTS];
    uint64_t removed, pairs;
};

/* In the corpus: documents of the reference come last in a run. */
static uint32_t id_of(const neardup_ref *ref)
{
    char id[16] = "";
    memcpy(id, ref->id, ref->id_length < sizeof id - 1 ? ref->id_length : sizeof id - 1);
    return (uint32_t)strtoul(id, NULL, 10);
}

static bool on_decision(void *context, const neardup_decision *d)
{
    struct outcome *o = context;
    uint32_t i = id_of(&d->document);
    o->keeper[i] = id_of(&d->keeper);
    o->reason[i] = d->reason;
    o->in_keeper[i] = d->containment;
    o->of_keeper[i] = d->keeper_containment;
    o->removed += d->reason == NEARDUP_CONTAINED;
    return true;
}

static bool on_pair(void *context, const neardup_pair *p)
{
    struct outcome *o = context;
    uint32_t a = id_of(&p->a), b = id_of(&p->b);
    o->near[a][b] = o->near[b][a] = p->reason != NEARDUP_CONTAINED;
    o->contained[a][b] = p->a_in_b;
    o->contained[b][a] = p->b_in_a;
    o->pairs += p->reason == NEARDUP_CONTAINED;
    return true;
}

struct question {
    double contained;
    uint64_t min_tokens;
    bool pairs, reference, simhash;
    unsigned threads;
    uint64_t memory;
    neardup_keep keep;
};

static void run(const struct question *q, struct outcome *out)
{
    memset(out, 0, sizeof *out);
    memset(out->keeper, 0xFF, sizeof out->keeper);
    neardup_job_options o = test_options(NULL);
    o.profile.ngram = 3;
    o.contained = q->contained;
    o.contained_min_tokens = q->min_tokens;
    o.pairs = q->pairs;
    o.threads = q->threads;
    o.memory = q->memory;
    o.keep = q->keep;
    if (q->simhash)
        o.method = NEARDUP_METHOD_SIMHASH;
    const neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = out, .decision = on_decision, .pair = q->pairs ? on_pair : NULL};
    neardup_job *job = NULL;
    neardup_error err = {.message = ""};
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_add_input(job, test_path("in.jsonl"), &err), NEARDUP_OK);
    if (q->reference)
        cr_assert_eq(neardup_job_add_reference(job, test_path("old.jsonl"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    const neardup_summary *s = neardup_job_summary(job);
    cr_assert_eq(s->contained, out->removed);
    cr_assert_eq(s->kept, s->documents - s->exact - s->near - s->contained);
    cr_assert_eq(s->contained_capped, 0);
    neardup_job_destroy(job);
}

/* ---- the rule ---- */

static neardup_comparison compared[TEXTS][TEXTS];
static uint32_t first_of[TEXTS]; /* the first of the same words */
static uint32_t rank_of[TEXTS];

static bool is_reference(const struct question *q, uint32_t i)
{
    return q->reference && i % 4 == 0;
}

static uint32_t order_of(const struct question *q, uint32_t i)
{
    return is_reference(q, i) ? i : q->keep == NEARDUP_KEEP_LAST ? 2 * TEXTS - i : TEXTS + i;
}

static void compare_all(const struct question *q)
{
    const neardup_profile profile = {NEARDUP_TOKENS_WORD, 3};
    for (uint32_t i = 0; i < TEXTS; i++) {
        for (uint32_t k = 0; k < TEXTS; k++)
            cr_assert_eq(neardup_compare(&profile, text_of[i], strlen(text_of[i]), text_of[k], strlen(text_of[k]),
                                         &compared[i][k], NULL, NULL, NULL),
                         NEARDUP_OK);
    }
    for (uint32_t i = 0; i < TEXTS; i++) {
        first_of[i] = i;
        for (uint32_t k = 0; k < TEXTS; k++) {
            if (compared[i][k].same_tokens && order_of(q, k) < order_of(q, first_of[i]))
                first_of[i] = k;
        }
    }
    for (uint32_t i = 0; i < TEXTS; i++)
        rank_of[i] = order_of(q, first_of[i]);
}

static bool is_longer(uint32_t a, uint32_t b)
{
    uint64_t x = compared[a][b].a_shingles, y = compared[a][b].b_shingles;
    return x != y ? x > y : rank_of[a] < rank_of[b];
}

static bool contains(uint32_t holder, uint32_t i)
{
    return !compared[i][holder].same_tokens && is_longer(holder, i) && compared[i][holder].a_in_b >= SHARE;
}

static bool takes_part(const struct question *q, uint32_t i)
{
    return compared[i][i].a_tokens >= q->min_tokens;
}

/* The best of the longer ones that are kept and contain all that is linked to `i`. */
static uint32_t choose(const struct question *q, const struct outcome *o, uint32_t i)
{
    uint32_t best = NONE;
    for (uint32_t b = 0; b < TEXTS; b++) {
        if (b == i || o->keeper[b] != NONE || first_of[b] != b || !takes_part(q, b) || !contains(b, i))
            continue;
        bool all = true;
        for (uint32_t f = 0; f < TEXTS && all; f++)
            all = o->keeper[f] != i || compared[f][i].same_tokens || contains(b, f);
        if (all && (best == NONE || compared[i][b].shared > compared[i][best].shared ||
                    (compared[i][b].shared == compared[i][best].shared && rank_of[b] < rank_of[best])))
            best = b;
    }
    return best;
}

static void remove_one(struct outcome *o, uint32_t i, uint32_t keeper)
{
    o->keeper[i] = keeper;
    o->reason[i] = NEARDUP_CONTAINED;
    o->in_keeper[i] = compared[i][keeper].a_in_b;
    o->of_keeper[i] = compared[i][keeper].b_in_a;
}

/* From the decisions of a run that did not look for contained documents. */
static void decide(const struct question *q, struct outcome *o)
{
    bool done[TEXTS] = {false};
    for (;;) {
        uint32_t longest = NONE;
        for (uint32_t i = 0; i < TEXTS; i++) {
            if (!done[i] && o->keeper[i] == NONE && first_of[i] == i && !is_reference(q, i) && takes_part(q, i) &&
                (longest == NONE || is_longer(i, longest)))
                longest = i;
        }
        if (longest == NONE)
            return;
        done[longest] = true;
        uint32_t keeper = choose(q, o, longest);
        for (uint32_t f = 0; keeper != NONE && f < TEXTS; f++) {
            if (f == longest || o->keeper[f] == longest)
                remove_one(o, f, keeper);
        }
    }
}

/* Whether an input has the text, too, if a reference has it. */
static bool is_in_input(const struct question *q, uint32_t i)
{
    for (uint32_t k = 0; k < TEXTS; k++) {
        if (!is_reference(q, k) && compared[i][k].same_tokens)
            return true;
    }
    return false;
}

static void check_pairs(const struct question *q, const struct outcome *o)
{
    for (uint32_t i = 0; i < TEXTS; i++) {
        for (uint32_t b = 0; b < TEXTS; b++) {
            if (i == b || o->near[i][b] || compared[i][b].same_tokens || is_reference(q, i))
                continue;
            bool expected = takes_part(q, i) && takes_part(q, b) && contains(b, i);
            if (expected)
                cr_assert_eq(o->contained[i][b], compared[i][b].a_in_b, "%u in %u", i, b);
            else if (!(takes_part(q, b) && takes_part(q, i) && contains(i, b) && is_in_input(q, b)))
                cr_assert_eq(o->contained[i][b], 0, "%u in %u", i, b);
        }
    }
}

static void check_run(const struct question *q, const struct outcome *expected)
{
    static struct outcome found;
    run(q, &found);
    for (uint32_t i = 0; i < TEXTS; i++) {
        cr_assert_eq(found.keeper[i], expected->keeper[i], "text %u: %u, not %u (keep %d, pairs %d, reference %d)", i,
                     found.keeper[i], expected->keeper[i], (int)q->keep, (int)q->pairs, (int)q->reference);
        if (expected->keeper[i] == NONE)
            continue;
        cr_assert_eq(found.reason[i], expected->reason[i]);
        cr_assert_eq(found.in_keeper[i], expected->in_keeper[i]);
        cr_assert_eq(found.of_keeper[i], expected->of_keeper[i]);
        cr_assert_eq(found.keeper[found.keeper[i]], NONE, "the keeper %u of %u is removed", found.keeper[i], i);
    }
    if (q->pairs)
        check_pairs(q, &found);
}

static uint64_t check_corpus(struct question q)
{
    static struct outcome expected;
    uint64_t removed = 0;
    compare_all(&q);
    struct question without = q;
    without.contained = 0;
    run(&without, &expected);
    decide(&q, &expected);
    for (uint32_t i = 0; i < TEXTS; i++)
        removed += expected.keeper[i] != NONE && expected.reason[i] == NEARDUP_CONTAINED;
    for (q.threads = 1; q.threads <= 3; q.threads += 2) {
        for (unsigned pairs = 0; pairs < 2; pairs++) {
            q.pairs = pairs == 1;
            q.memory = (uint64_t)(pairs == 0 ? 64 : 4096) << 20;
            check_run(&q, &expected);
        }
    }
    return removed;
}

Test(job_contained, the_rule_decides, .timeout = 1800)
{
    uint64_t removed = 0;
    for (uint64_t seed = 1; seed <= test_rounds(12); seed++) {
        bool reference = seed % 3 == 0;
        write_corpus(seed, reference);
        removed += check_corpus((struct question){.contained = SHARE,
                                                  .min_tokens = seed % 3 == 0 ? 0 : 3, /* every shingle is sampled */
                                                  .reference = reference,
                                                  .simhash = seed % 4 == 2,
                                                  .keep = seed % 2 == 0 ? NEARDUP_KEEP_LAST : NEARDUP_KEEP_FIRST});
    }
    cr_assert_gt(removed, (uint64_t)test_rounds(12) * 10);
}
