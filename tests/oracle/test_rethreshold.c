/* SPDX-License-Identifier: MIT
 * Deciding again at a stricter threshold: with pairs it is what a run at that threshold says, without them nothing goes
 * that had not gone, and everything that goes has a keeper that stays. */
#define _GNU_SOURCE
#include "base/platform.h"

#include "run/names.h"
#include "support/call_log.h"
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(rethreshold, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

/* ---- corpora: passages of a pool, with some words exchanged ---- */

#define POOL  9
#define WORDS 24

static unsigned draw(unsigned long long *state, unsigned limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % limit;
}

static void write_passage(unsigned long long *state, FILE *file, const unsigned *words, unsigned count)
{
    unsigned edits = draw(state, 4) == 0 ? 0 : draw(state, 7), edit[8][2];
    for (unsigned e = 0; e < edits; e++) {
        edit[e][0] = draw(state, count);
        edit[e][1] = draw(state, 900);
    }
    for (unsigned w = 0; w < count; w++) {
        unsigned word = words[w];
        for (unsigned e = 0; e < edits; e++)
            word = edit[e][0] == w ? edit[e][1] : word;
        fprintf(file, "%sw%u", w > 0 ? " " : "", word);
    }
}

struct pool {
    unsigned words[POOL][WORDS], length[POOL];
};

static struct pool draw_pool(unsigned long long *state)
{
    struct pool pool;
    for (unsigned p = 0; p < POOL; p++) {
        pool.length[p] = p < 2 ? 3 + draw(state, 3) : 8 + draw(state, WORDS - 7);
        for (unsigned w = 0; w < WORDS; w++)
            pool.words[p][w] = draw(state, 900);
    }
    return pool;
}

static void write_file(unsigned long long *state, const struct pool *pool, const char *name, unsigned documents,
                       unsigned most_passages)
{
    FILE *file = test_create(name);
    for (unsigned d = 0; d < documents; d++) {
        unsigned passages = 1 + draw(state, most_passages);
        if (draw(state, 3) > 0)
            fprintf(file, "{\"id\":\"d%u\",\"site\":%u,", d, draw(state, 3));
        else
            fprintf(file, "{");
        if (draw(state, 4) > 0)
            fprintf(file, "\"score\":%u,", draw(state, 5));
        fprintf(file, "\"text\":\"");
        for (unsigned p = 0; p < passages; p++) {
            unsigned which = draw(state, POOL);
            fprintf(file, "%s", p > 0 ? "\\n\\n" : "");
            write_passage(state, file, pool->words[which], pool->length[which]);
        }
        fprintf(file, "\"}\n");
    }
    test_close(file);
}

/* Both files from one pool: what stands in b is similar to what stands in a, be it input or reference. */
static void write_corpus(unsigned long long *state, unsigned a, unsigned b, unsigned most_passages)
{
    struct pool pool = draw_pool(state);
    write_file(state, &pool, "a.jsonl", a, most_passages);
    write_file(state, &pool, "b.jsonl", b, most_passages);
}

/* The corpus is b and a; or b, compared with a. */
static neardup_run *run_with(const neardup_job_options *options, bool reference, struct call_log *log)
{
    neardup_run *run;
    neardup_error err = {.message = ""};
    neardup_callbacks callbacks = call_log_callbacks(log);
    neardup_job *job = test_job(options, (const char *const[]){"b.jsonl", reference ? NULL : "a.jsonl", NULL});
    if (reference)
        cr_assert_eq(neardup_job_add_reference(job, test_path("a.jsonl"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    neardup_job_destroy(job);
    cr_assert_eq(neardup_run_open(&run, options->output_dir, &err), NEARDUP_OK, "%s", err.message);
    return run;
}

static neardup_run *run_and_open(const neardup_job_options *options, struct call_log *log)
{
    return run_with(options, false, log);
}

static void replay(neardup_run *run, struct call_log *log)
{
    neardup_error err = {.message = ""};
    neardup_callbacks callbacks = call_log_callbacks(log);
    cr_assert_eq(neardup_run_replay(run, &callbacks, &err), NEARDUP_OK, "%s", err.message);
}

/* ---- with pairs ---- */

static neardup_job_options some_options(unsigned long long *state, neardup_unit unit, const char *output)
{
    neardup_job_options o = test_options(output);
    o.units = unit;
    o.keep = (neardup_keep)draw(state, 6);
    o.keep_field = o.keep >= NEARDUP_KEEP_MAX ? "score" : NULL;
    o.group_field = "site";
    o.all_candidates = true;
    o.write_corpus = false;
    o.pairs = true;
    o.profile.ngram = o.paragraph_profile.ngram = 1 + draw(state, 2);
    o.threshold = 0.25 + draw(state, 3) / 10.0;
    o.containment = 0;
    unsigned scope = draw(state, 3);
    o.inside_documents = scope != 1;
    o.between_documents = scope != 2;
    o.min_tokens = draw(state, 2) == 0 ? 6 : 0;
    o.short_min_documents = draw(state, 2) == 0 ? 0 : 3 + draw(state, 12);
    return o;
}

/* Of references, a run counts edges between the texts of two of them, too, where an input has a copy of one: pairs do not
 * tell these, and they decide nothing. */
static void same_counts(const neardup_summary *a, const neardup_summary *b, bool reference)
{
    cr_assert(a->exact == b->exact && a->near == b->near && a->kept == b->kept && a->clusters == b->clusters);
    cr_assert_eq(a->largest_cluster, b->largest_cluster);
    cr_assert_eq(a->pairs, b->pairs, "pairs %lu and %lu", (unsigned long)a->pairs, (unsigned long)b->pairs);
    cr_assert(reference ? a->edges >= b->edges && a->paragraphs.edges >= b->paragraphs.edges
                        : a->edges == b->edges && a->paragraphs.edges == b->paragraphs.edges);
    cr_assert(a->removed_bytes == b->removed_bytes && a->removed_tokens == b->removed_tokens);
    cr_assert(a->paragraphs.exact == b->paragraphs.exact && a->paragraphs.near == b->paragraphs.near &&
              a->paragraphs.clusters == b->paragraphs.clusters && a->paragraphs.cut_tokens == b->paragraphs.cut_tokens);
    cr_assert(a->paragraphs.cut_bytes == b->paragraphs.cut_bytes && a->paragraphs.changed == b->paragraphs.changed &&
              a->paragraphs.pairs == b->paragraphs.pairs);
}

/* Pairs have places in keeper order that leave room for texts that no pair has: told as they are. Cuts of paragraphs
 * depend on blank lines, which no file has. */
static void check_exact(unsigned long long seed, neardup_unit unit, bool reference)
{
    unsigned long long state = seed;
    char what[80];
    struct call_log first = {0}, fresh = {0}, again = {0};
    unsigned passages = unit == NEARDUP_UNIT_DOCUMENT ? 1 + draw(&state, 2) : 5;
    write_corpus(&state, 70, 30, passages);
    neardup_job_options o = some_options(&state, unit, "low");
    if (unit == NEARDUP_UNIT_DOCUMENT && draw(&state, 4) == 0) {
        o.method = NEARDUP_METHOD_SIMHASH;
        o.all_candidates = false;
        o.verify = true;
        o.simhash_bits = 64;
        o.distance = 16;
    }
    o.between_documents = o.between_documents || reference;
    double threshold = o.threshold + 0.05 + draw(&state, 40) / 100.0;
    snprintf(what, sizeof what, "seed %llu, unit %d%s, threshold %g to %g", seed, (int)unit,
             reference ? ", reference" : "", o.threshold, threshold);
    neardup_run *run = run_with(&o, reference, &first);
    o.threshold = threshold;
    o.output_dir = test_path("high");
    neardup_run *other = run_with(&o, reference, &fresh);
    bool exact = false;
    neardup_error err = {.message = ""};
    cr_assert_eq(neardup_run_rethreshold(run, threshold, &exact, &err), NEARDUP_OK, "%s", err.message);
    cr_assert(exact, "%s", what);
    replay(run, &again);
    if (unit != NEARDUP_UNIT_DOCUMENT) {
        ndup_buf_clear(&fresh.decisions);
        ndup_buf_clear(&again.decisions);
    }
    call_log_same(&fresh, &again, what);
    same_counts(neardup_run_summary(other), neardup_run_summary(run), reference);
    cr_assert_eq(neardup_run_options(run)->threshold, threshold);
    neardup_run_close(run);
    neardup_run_close(other);
    call_log_free(&first);
    call_log_free(&fresh);
    call_log_free(&again);
    test_folder_remove();
    test_folder_make();
}

Test(rethreshold, with_pairs_documents_are_decided_as_by_a_run)
{
    for (unsigned long long seed = 1; seed <= 60; seed++)
        check_exact(seed, NEARDUP_UNIT_DOCUMENT, false);
}

Test(rethreshold, with_pairs_paragraphs_are_decided_as_by_a_run)
{
    for (unsigned long long seed = 1; seed <= 30; seed++)
        check_exact(seed, seed % 2 == 0 ? NEARDUP_UNIT_PARAGRAPH : NEARDUP_UNIT_LINE, false);
}

Test(rethreshold, with_pairs_references_are_left_alone)
{
    for (unsigned long long seed = 1; seed <= 60; seed++)
        check_exact(seed, seed % 3 == 0 ? NEARDUP_UNIT_PARAGRAPH : NEARDUP_UNIT_DOCUMENT, true);
}

/* ---- without pairs ---- */

#define MOST 4000

struct told { /* a decision, or a member of a cluster */
    bool part;
    char unit[160], keeper[160]; /* places */
    neardup_reason reason;
    double jaccard;
    uint64_t tokens, cluster;
};

struct list {
    struct told decisions[MOST], members[MOST];
    size_t decision_count, member_count;
    neardup_cluster clusters[MOST]; /* numbers, counts and tokens */
    size_t cluster_count;
};

static void put_place(char *to, const neardup_ref *r)
{
    if (r->file == NULL)
        strcpy(to, "none");
    else
        snprintf(to, 160, "%s:%lu [%lu,%lu] %s", r->file, (unsigned long)r->line, (unsigned long)r->bytes.begin,
                 (unsigned long)r->bytes.end, ndup_unit_name(r->unit));
}

static bool on_decision(void *context, const neardup_decision *d)
{
    struct list *l = context;
    cr_assert_lt(l->decision_count, MOST);
    struct told *t = &l->decisions[l->decision_count++];
    *t = (struct told){ndup_is_part(&d->document), "", "", d->reason, d->jaccard, d->document.tokens, d->cluster};
    put_place(t->unit, &d->document);
    put_place(t->keeper, &d->keeper);
    return true;
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    struct list *l = context;
    uint64_t tokens = 0;
    cr_assert_lt(l->cluster_count, MOST);
    for (uint64_t i = 0; i < k->member_count; i++) {
        const neardup_member *m = &k->members[i];
        cr_assert_lt(l->member_count, MOST);
        struct told *t = &l->members[l->member_count++];
        *t = (struct told){ndup_is_part(&k->keeper), "", "", m->reason, m->jaccard, m->document.tokens, k->number};
        put_place(t->unit, &m->document);
        put_place(t->keeper, &k->keeper);
        tokens += m->document.tokens;
    }
    cr_assert_eq(tokens, k->tokens);
    cr_assert_leq(k->documents, k->member_count + !k->all_removed);
    l->clusters[l->cluster_count++] = *k;
    return true;
}

static void fill(neardup_run *run, struct list *l)
{
    neardup_error err = {.message = ""};
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = l, .decision = on_decision, .cluster = on_cluster};
    l->decision_count = l->member_count = l->cluster_count = 0;
    cr_assert_eq(neardup_run_replay(run, &callbacks, &err), NEARDUP_OK, "%s", err.message);
}

static bool is_freed(const struct told *t, double threshold)
{
    return t->reason == NEARDUP_NEAR && t->jaccard < threshold;
}

static const struct told *find(const struct told *list, size_t count, const char *unit, bool part)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].part == part && strcmp(list[i].unit, unit) == 0)
            return &list[i];
    }
    return NULL;
}

/* The decisions of before without those that are freed, in their order, and every keeper stays. */
static void check_decisions(const struct list *before, const struct list *after, double threshold)
{
    size_t at = 0;
    for (size_t i = 0; i < before->decision_count; i++) {
        const struct told *b = &before->decisions[i], *a = &after->decisions[at];
        if (is_freed(b, threshold))
            continue;
        cr_assert_lt(at++, after->decision_count);
        cr_assert(strcmp(a->unit, b->unit) == 0 && strcmp(a->keeper, b->keeper) == 0 && a->reason == b->reason &&
                  a->jaccard == b->jaccard);
        /* But for a kept document, of which cutting paragraphs can leave nothing. */
        const struct told *keeper = find(after->decisions, after->decision_count, a->keeper, a->part);
        cr_assert(keeper == NULL || keeper->reason == NEARDUP_EMPTIED, "%s goes", a->keeper);
    }
    cr_assert_eq(at, after->decision_count);
}

/* Every member of a cluster is a decision and the other way round; clusters are numbered as by a run. */
static void check_clusters(const struct list *l)
{
    size_t entries = 0;
    for (size_t i = 0; i < l->decision_count; i++) {
        const struct told *d = &l->decisions[i], *m = find(l->members, l->member_count, d->unit, d->part);
        if (d->reason == NEARDUP_EMPTIED)
            continue;
        entries++;
        cr_assert(m != NULL && m->cluster == d->cluster && m->reason == d->reason, "%s", d->unit);
    }
    cr_assert_eq(entries, l->member_count);
    for (size_t i = 0; i < l->cluster_count; i++) {
        const neardup_cluster *k = &l->clusters[i], *last = i > 0 ? k - 1 : NULL;
        bool part = k->keeper.unit != NEARDUP_UNIT_DOCUMENT;
        cr_assert_leq(k->component, k->number);
        if (last == NULL || part != (last->keeper.unit != NEARDUP_UNIT_DOCUMENT)) {
            cr_assert_eq(k->number, 1);
            continue;
        }
        cr_assert_eq(k->number, last->number + 1);
        cr_assert(part ? k->tokens <= last->tokens : k->member_count <= last->member_count);
    }
}

static void check_summary(const neardup_summary *s, const struct list *l)
{
    uint64_t counts[2][NEARDUP_EMPTIED + 1] = {{0}}, clusters[2] = {0}, tokens = 0;
    for (size_t i = 0; i < l->decision_count; i++) {
        counts[l->decisions[i].part][l->decisions[i].reason]++;
        tokens += l->decisions[i].part ? l->decisions[i].tokens : 0;
    }
    for (size_t i = 0; i < l->cluster_count; i++)
        clusters[l->clusters[i].keeper.unit != NEARDUP_UNIT_DOCUMENT]++;
    cr_assert(s->exact == counts[0][NEARDUP_EXACT] && s->near == counts[0][NEARDUP_NEAR]);
    cr_assert_eq(s->kept, s->documents - s->exact - s->near - s->paragraphs.emptied);
    cr_assert(s->clusters == clusters[0] && s->paragraphs.clusters == clusters[1]);
    cr_assert(s->paragraphs.exact == counts[1][NEARDUP_EXACT] && s->paragraphs.near == counts[1][NEARDUP_NEAR]);
    cr_assert_eq(s->paragraphs.cut_tokens, tokens);
    cr_assert(s->clusters == 0 || s->largest_cluster == l->clusters[0].member_count + 1);
    cr_assert(s->clusters > 0 || s->largest_cluster == 0);
}

static void check_filter(unsigned long long seed)
{
    static const unsigned units[] = {NEARDUP_UNIT_DOCUMENT, NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_LINE,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH};
    static struct list before, after, again;
    unsigned long long state = seed;
    struct call_log unused = {0};
    neardup_error err = {.message = ""};
    neardup_unit unit = (neardup_unit)units[seed % 4];
    unsigned passages = unit == NEARDUP_UNIT_DOCUMENT ? 1 : 4;
    write_corpus(&state, 60, 30, passages);
    neardup_job_options o = some_options(&state, unit, "low");
    o.pairs = false;
    o.containment = o.inside_documents ? 0.7 : 0;
    o.min_contained = 4;
    o.max_copies = draw(&state, 2) == 0 ? 0 : 1 + draw(&state, 8);
    o.drop_emptied = draw(&state, 3) == 0;
    neardup_run *run = run_and_open(&o, &unused);
    bool exact = true;
    fill(run, &before);
    check_clusters(&before);
    uint64_t bytes = neardup_run_summary(run)->removed_bytes;
    for (double threshold = o.threshold; threshold <= 1; threshold += 0.13) {
        cr_assert_eq(neardup_run_rethreshold(run, threshold, &exact, &err), NEARDUP_OK, "%s", err.message);
        cr_assert_not(exact);
        fill(run, &after);
        check_decisions(&before, &after, threshold);
        check_clusters(&after);
        check_summary(neardup_run_summary(run), &after);
        cr_assert_leq(neardup_run_summary(run)->removed_bytes, bytes);
    }
    /* The run's own threshold changes nothing. */
    cr_assert_eq(neardup_run_rethreshold(run, o.threshold, &exact, &err), NEARDUP_OK, "%s", err.message);
    fill(run, &again);
    cr_assert_eq(again.decision_count, before.decision_count);
    cr_assert_eq(neardup_run_summary(run)->removed_bytes, bytes);
    for (size_t i = 0; i < before.cluster_count; i++)
        cr_assert(again.clusters[i].number == before.clusters[i].number &&
                  again.clusters[i].component == before.clusters[i].component &&
                  again.clusters[i].documents == before.clusters[i].documents);
    neardup_run_close(run);
    call_log_free(&unused);
    test_folder_remove();
    test_folder_make();
}

Test(rethreshold, without_pairs_units_stay_and_nothing_else_goes)
{
    for (unsigned long long seed = 1; seed <= 24; seed++)
        check_filter(seed);
}

/* ---- what is refused, and what is not exact ---- */

Test(rethreshold, refuses_what_is_not_known)
{
    struct call_log unused = {0};
    unsigned long long state = 4;
    neardup_error err;
    write_corpus(&state, 30, 10, 1);
    neardup_job_options o = test_options("out");
    o.write_corpus = false;
    neardup_run *run = run_and_open(&o, &unused);
    const double bad[] = {0.69, 0, -1, 1.01, 0.0 / 0.0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(neardup_run_rethreshold(run, bad[i], NULL, &err), NEARDUP_E_ARG);
    cr_assert_eq(neardup_run_rethreshold(run, 0.69, NULL, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "threshold 0.69 is below the run's own, 0.7: what was not similar enough then is not "
                                  "known");
    cr_assert_eq(neardup_run_options(run)->threshold, 0.7, "a failure changes nothing");
    neardup_run_close(run);
    o.method = NEARDUP_METHOD_SIMHASH;
    o.force = true;
    run = run_and_open(&o, &unused);
    cr_assert_eq(neardup_run_rethreshold(run, 0.9, NULL, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "the run had no threshold: the distance of fingerprints decided alone");
    neardup_run_close(run);
    call_log_free(&unused);
}

/* Pairs are there, but lines inside of paragraphs that stay now were not looked at. */
Test(rethreshold, is_not_exact_where_lines_repeat_inside_paragraphs)
{
    struct call_log unused = {0};
    bool exact = true;
    neardup_error err;
    test_write("a.jsonl", "{\"text\":\"one two three four five six\\ncredit\\ncredit\\n\\nsome other words\"}\n"
                          "{\"text\":\"one two three four five six\\n\\nlast of all things\"}\n");
    test_write("b.jsonl", "");
    neardup_job_options o = test_options("out");
    o.write_corpus = false;
    o.pairs = true;
    o.units = NEARDUP_UNIT_PARAGRAPH;
    o.all_candidates = true;
    o.threshold = 0.5;
    o.min_tokens = 2;
    neardup_run *run = run_and_open(&o, &unused);
    cr_assert_eq(neardup_run_summary(run)->paragraphs.pairs, 1);
    cr_assert_eq(neardup_run_rethreshold(run, 0.9, &exact, &err), NEARDUP_OK);
    cr_assert_not(exact);
    cr_assert_eq(neardup_run_summary(run)->paragraphs.near, 0);
    cr_assert_eq(neardup_run_summary(run)->paragraphs.exact, 1, "the second credit");
    neardup_run_close(run);
    call_log_free(&unused);
}
