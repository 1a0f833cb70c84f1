/* SPDX-License-Identifier: MIT
 * References: documents against brute force written from the contract in neardup.h, for every way of finding candidates
 * and every keeper order; and what is read, written, named and counted. */
#include "base/platform.h"

#include "support/jobs.h"
#include "support/rounds.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define OWN   150u
#define REFS  130u
#define TEXTS (OWN + REFS)
#define BYTES 1400u
#define NONE  UINT32_MAX

TestSuite(job_references, .init = test_folder_make, .fini = test_folder_remove);

static unsigned next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

struct corpus { /* first what is new, then the references */
    char text[TEXTS][BYTES];
    unsigned words[TEXTS];
    neardup_fingerprint fingerprint[TEXTS];
    double jaccard[TEXTS][TEXTS];
};

/* Families: a text with up to six words replaced, so that members are copies, near or far. */
static void make_text(struct corpus *c, unsigned i, uint64_t *state)
{
    unsigned family = next_random(state) % 40, length = 8 + family * 37 % 90, changes = next_random(state) % 7, at = 0;
    unsigned changed[6];
    for (unsigned k = 0; k < 6; k++)
        changed[k] = next_random(state) % length;
    c->words[i] = length;
    for (unsigned w = 0; w < length; w++) {
        unsigned word = (family * 7919 + w * w * 31 + w) % 5000;
        for (unsigned k = 0; k < changes; k++) {
            if (changed[k] == w)
                word = 5000 + next_random(state) % 3;
        }
        at += (unsigned)snprintf(c->text[i] + at, BYTES - at, "%sw%u", w > 0 ? " " : "", word);
    }
}

static unsigned score(unsigned i)
{
    return i * 37 % 101;
}

static void write_texts(const struct corpus *c, const char *name, unsigned begin, unsigned end)
{
    FILE *f = test_create(name);
    for (unsigned i = begin; i < end; i++)
        fprintf(f, "{\"id\":\"d%u\",\"score\":%u,\"text\":\"%s\"}\n", i, score(i), c->text[i]);
    test_close(f);
}

static void compare_all(struct corpus *c)
{
    neardup_profile profile = {NEARDUP_TOKENS_WORD, 3};
    neardup_comparison r;
    for (unsigned a = 0; a < TEXTS; a++) {
        for (unsigned b = 0; b < a; b++) {
            cr_assert_eq(neardup_compare(&profile, c->text[a], strlen(c->text[a]), c->text[b], strlen(c->text[b]), &r,
                                         NULL, NULL, NULL),
                         NEARDUP_OK);
            c->jaccard[a][b] = c->jaccard[b][a] = r.jaccard;
        }
    }
}

/* Both have empty texts. Both have files of the same names. */
static struct corpus *make_corpus(uint64_t seed)
{
    struct corpus *c = calloc(1, sizeof *c);
    printf("seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < TEXTS; i++) {
        if (i % 61 != 60)
            make_text(c, i, &seed);
    }
    write_texts(c, "in/a.jsonl", 0, OWN / 2);
    write_texts(c, "in/b.jsonl", OWN / 2, OWN);
    write_texts(c, "known/a.jsonl", OWN, OWN + REFS / 3);
    write_texts(c, "known/z.jsonl", OWN + REFS / 3, TEXTS);
    compare_all(c);
    return c;
}

static void compute_fingerprints(struct corpus *c, const neardup_job_options *o)
{
    neardup_simhasher *s;
    cr_assert_eq(neardup_simhasher_create(&s, &o->profile, o->simhash_bits, o->weights, NEARDUP_CPU_AUTO, NULL),
                 NEARDUP_OK);
    for (unsigned i = 0; i < TEXTS; i++)
        cr_assert_eq(neardup_simhasher_compute(s, c->text[i], strlen(c->text[i]), &c->fingerprint[i], NULL, NULL),
                     NEARDUP_OK);
    neardup_simhasher_destroy(s);
}

/* ---- what must come out ---- */

struct fate {
    unsigned keeper; /* NONE: it stays */
    neardup_reason reason;
    double jaccard;
    int distance;
};

static bool is_edge(const struct corpus *c, const neardup_job_options *o, unsigned a, unsigned b, struct fate *edge)
{
    bool simhash = o->method == NEARDUP_METHOD_SIMHASH;
    int distance = (int)neardup_fingerprint_distance(c->fingerprint[a], c->fingerprint[b]);
    if (c->words[a] == 0 || c->words[b] == 0 || (simhash && distance > (int)o->distance))
        return false;
    double jaccard = c->jaccard[a][b];
    bool same = strcmp(c->text[a], c->text[b]) == 0;
    *edge = (struct fate){b, same ? NEARDUP_EXACT : NEARDUP_NEAR, jaccard, simhash ? distance : NEARDUP_NO_DISTANCE};
    return same || (simhash && !o->verify) || jaccard >= o->threshold;
}

static bool comes_before(const struct corpus *c, neardup_keep keep, unsigned a, unsigned b)
{
    bool reference_a = a >= OWN, reference_b = b >= OWN;
    if (reference_a != reference_b)
        return reference_a;
    if (reference_a)
        return a < b;
    long order = keep == NEARDUP_KEEP_LONGEST    ? (long)c->words[b] - (long)c->words[a]
                 : keep == NEARDUP_KEEP_SHORTEST ? (long)c->words[a] - (long)c->words[b]
                 : keep == NEARDUP_KEEP_MAX      ? (long)score(b) - (long)score(a)
                 : keep == NEARDUP_KEEP_MIN      ? (long)score(a) - (long)score(b)
                 : keep == NEARDUP_KEEP_LAST     ? (long)b - (long)a
                                                 : 0;
    return order != 0 ? order < 0 : a < b;
}

static bool is_better(const neardup_job_options *o, const struct fate *a, const struct fate *b)
{
    if (b->keeper == NONE)
        return true;
    if (o->method == NEARDUP_METHOD_SIMHASH && !o->verify)
        return a->distance < b->distance;
    return a->jaccard > b->jaccard;
}

/* A text's first copy decides for all: what that is removed for, they are. */
static struct fate decide_one(const struct corpus *c, const neardup_job_options *o, const unsigned *order, unsigned at,
                              const struct fate *fates)
{
    unsigned own = order[at];
    struct fate best = {.keeper = NONE}, edge;
    if (own >= OWN)
        return best;
    for (unsigned i = 0; i < at; i++) {
        if (c->words[own] == 0 || strcmp(c->text[order[i]], c->text[own]) != 0)
            continue;
        if (fates[order[i]].keeper != NONE)
            return fates[order[i]];
        return (struct fate){order[i], NEARDUP_EXACT, 1, o->method == NEARDUP_METHOD_SIMHASH ? 0 : NEARDUP_NO_DISTANCE};
    }
    for (unsigned i = 0; i < at; i++) {
        if (fates[order[i]].keeper == NONE && is_edge(c, o, own, order[i], &edge) && is_better(o, &edge, &best))
            best = edge;
    }
    return best;
}

static void decide(const struct corpus *c, const neardup_job_options *o, struct fate *fates)
{
    unsigned order[TEXTS];
    for (unsigned i = 0; i < TEXTS; i++) {
        unsigned at = i;
        for (; at > 0 && comes_before(c, o->keep, i, order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (unsigned i = 0; i < TEXTS; i++)
        fates[order[i]] = decide_one(c, o, order, i, fates);
}

/* ---- what comes out ---- */

struct found {
    const struct corpus *corpus;
    const neardup_job_options *o;
    struct fate fates[TEXTS];
    bool *pair; /* [TEXTS * TEXTS] */
    uint64_t last_pair, pairs, clusters, members;
};

static unsigned number_of(const neardup_ref *r)
{
    unsigned number = (unsigned)strtoul(r->id + 2, NULL, 10);
    if (r->unit == NEARDUP_UNIT_DOCUMENT)
        cr_assert_eq(r->index, number);
    cr_assert_eq(r->document, number);
    cr_assert_eq(r->reference, number >= OWN);
    const char *file = number < OWN / 2          ? "a.jsonl"
                       : number < OWN            ? "b.jsonl"
                       : number < OWN + REFS / 3 ? "known/a.jsonl"
                                                 : "known/z.jsonl";
    cr_assert_str_eq(r->file, file);
    return number;
}

static bool on_decision(void *context, const neardup_decision *d)
{
    struct found *f = context;
    unsigned number = number_of(&d->document);
    cr_assert_eq(d->document.unit, f->o->units);
    f->fates[number] = (struct fate){number_of(&d->keeper), d->reason, d->jaccard, d->distance};
    return true;
}

static bool on_pair(void *context, const neardup_pair *p)
{
    struct found *f = context;
    struct fate edge;
    unsigned a = number_of(&p->a), b = number_of(&p->b);
    uint64_t place = (uint64_t)a * TEXTS + b;
    cr_assert(a < b && !p->a.reference);
    cr_assert(f->pairs == 0 || place > f->last_pair, "pairs come in order, each once");
    f->last_pair = place;
    f->pairs++;
    f->pair[place] = true;
    cr_assert(is_edge(f->corpus, f->o, a, b, &edge));
    cr_assert(p->reason == edge.reason && p->jaccard == edge.jaccard && p->distance == edge.distance);
    return true;
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    struct found *f = context;
    f->clusters++;
    f->members += k->member_count;
    (void)number_of(&k->keeper);
    for (uint64_t i = 0; i < k->member_count; i++)
        cr_assert_not(k->members[i].document.reference);
    return true;
}

static neardup_job *run(const neardup_job_options *o, const neardup_callbacks *callbacks)
{
    neardup_error err;
    neardup_job *job = test_job(o, (const char *const[]){NULL});
    /* The order of the calls does not matter. */
    cr_assert_eq(neardup_job_add_reference(job, test_path("known"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_input(job, test_path("in"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, callbacks, &err), NEARDUP_OK, "%s", err.message);
    return job;
}

static uint64_t texts_between(const struct corpus *c, unsigned begin, unsigned end, uint64_t *words)
{
    uint64_t n = 0;
    *words = 0;
    for (unsigned i = begin; i < end; i++) {
        n += c->words[i] > 0;
        *words += c->words[i];
    }
    return n;
}

static void check_summary(const struct corpus *c, const struct fate *fates, const neardup_summary *s)
{
    uint64_t words, ignored, removed = 0, removed_words = 0, exact = 0;
    for (unsigned i = 0; i < OWN; i++) {
        removed += fates[i].keeper != NONE;
        exact += fates[i].keeper != NONE && fates[i].reason == NEARDUP_EXACT;
        removed_words += fates[i].keeper != NONE ? c->words[i] : 0;
    }
    cr_assert_eq(s->documents, texts_between(c, 0, OWN, &words));
    cr_assert_eq(s->tokens, words);
    cr_assert_eq(s->reference_documents, texts_between(c, OWN, TEXTS, &ignored));
    cr_assert(s->files == 2 && s->reference_files == 2 && s->records == OWN);
    cr_assert_eq(s->empty, OWN - s->documents);
    const neardup_paragraph_summary *p = &s->paragraphs;
    if (p->unit != 0) {
        cr_assert(p->documents == s->documents && p->count == s->documents && p->tokens == words);
        cr_assert(p->exact == exact && p->near == removed - exact && p->cut_tokens == removed_words);
        return;
    }
    cr_assert(s->exact == exact && s->near == removed - exact && s->kept == s->documents - removed);
    cr_assert_eq(s->removed_tokens, removed_words);
    cr_assert_eq(s->duplicate_ids, 0);
}

static uint64_t check(const struct corpus *c, const neardup_job_options *o)
{
    struct found found = {.corpus = c, .o = o, .pair = calloc(TEXTS * TEXTS, sizeof *found.pair)};
    struct fate fates[TEXTS], edge;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = &found,
                                   .decision = on_decision,
                                   .pair = on_pair,
                                   .cluster = on_cluster};
    for (unsigned i = 0; i < TEXTS; i++)
        found.fates[i].keeper = NONE;
    neardup_job *job = run(o, &callbacks);
    decide(c, o, fates);
    uint64_t to_references = 0, pairs = 0;
    for (unsigned i = 0; i < TEXTS; i++) {
        cr_assert_eq(found.fates[i].keeper, fates[i].keeper, "text %u: keeper %u instead of %u", i,
                     found.fates[i].keeper, fates[i].keeper);
        if (fates[i].keeper == NONE)
            continue;
        cr_assert(found.fates[i].reason == fates[i].reason && found.fates[i].jaccard == fates[i].jaccard &&
                  found.fates[i].distance == fates[i].distance);
        to_references += fates[i].keeper >= OWN;
    }
    for (unsigned a = 0; o->pairs && a < OWN; a++) {
        for (unsigned b = a + 1; b < TEXTS; b++) {
            bool expected = is_edge(c, o, a, b, &edge);
            cr_assert_eq(found.pair[a * TEXTS + b], expected, "pair %u, %u", a, b);
            pairs += expected;
        }
    }
    check_summary(c, fates, neardup_job_summary(job));
    const neardup_summary *s = neardup_job_summary(job);
    cr_assert_eq(s->pairs + s->paragraphs.pairs, pairs);
    cr_assert_eq(s->clusters + s->paragraphs.clusters, found.clusters);
    cr_assert_eq(found.members, s->exact + s->near + s->paragraphs.exact + s->paragraphs.near);
    neardup_job_destroy(job);
    free(found.pair);
    return to_references;
}

static neardup_job_options options(bool pairs)
{
    neardup_job_options o = test_options(NULL);
    o.threshold = 0.5;
    o.profile.ngram = 3;
    o.pairs = pairs;
    o.keep_field = "score";
    return o;
}

Test(job_references, the_exact_join_gives_what_brute_force_gives)
{
    for (unsigned seed = 1; seed <= (test_full() ? 2u : 1u); seed++) {
        struct corpus *c = make_corpus(seed);
        for (unsigned keep = 0; keep < 12; keep++) {
            neardup_job_options o = options(keep >= 6);
            o.keep = (neardup_keep)(keep % 6);
            o.all_candidates = true;
            cr_assert_gt(check(c, &o), 30);
        }
        free(c);
    }
}

/* Bands of a single row: a pair at the threshold is missed with a probability of 2^-128. */
Test(job_references, bands_give_what_brute_force_gives)
{
    for (unsigned seed = 5; seed <= 5; seed++) {
        struct corpus *c = make_corpus(seed);
        for (unsigned keep = 0; keep < 12; keep++) {
            neardup_job_options o = options(keep >= 6);
            o.keep = (neardup_keep)(keep % 6);
            o.bands = 128;
            o.rows = 1;
            cr_assert_gt(check(c, &o), 30);
        }
        free(c);
    }
}

Test(job_references, simhash_gives_what_brute_force_gives)
{
    for (unsigned seed = 8; seed <= (test_full() ? 9u : 8u); seed++) {
        struct corpus *c = make_corpus(seed);
        uint64_t to_references = 0;
        for (unsigned kind = 0; kind < 16; kind++) {
            neardup_job_options o = options(kind & 1);
            o.method = NEARDUP_METHOD_SIMHASH;
            o.verify = (kind & 2) != 0;
            o.simhash_bits = kind & 4 ? 128 : 64;
            o.distance = kind & 8 ? 12 : 5;
            o.keep = (neardup_keep)(seed % 6);
            compute_fingerprints(c, &o);
            to_references += check(c, &o);
        }
        cr_assert_gt(to_references, 200);
        free(c);
    }
}

/* Every text is one paragraph: what becomes of it is what becomes of its document. */
Test(job_references, paragraphs_are_decided_as_documents_are)
{
    struct corpus *c = make_corpus(14);
    for (unsigned kind = 0; kind < 12; kind++) {
        neardup_job_options o = options(kind & 1);
        o.cut_unique = true; /* decisions follow from similarity alone */
        o.units = kind & 2 ? NEARDUP_UNIT_LINE : NEARDUP_UNIT_PARAGRAPH;
        o.paragraph_profile = o.profile;
        o.min_tokens = 1;
        o.containment = 0;
        o.method = kind < 4 ? NEARDUP_METHOD_MINHASH : NEARDUP_METHOD_SIMHASH;
        o.verify = kind < 8;
        o.all_candidates = kind < 4;
        o.distance = 10;
        o.keep = (neardup_keep)(kind % 6);
        compute_fingerprints(c, &o);
        cr_assert_gt(check(c, &o), 10);
    }
    free(c);
}

/* ---- files ---- */

static void run_to(const char *output, neardup_job_options o)
{
    o.output_dir = test_path(output);
    neardup_job_destroy(run(&o, NULL));
}

Test(job_references, outputs_do_not_depend_on_threads_instructions_or_memory)
{
    free(make_corpus(12));
    for (unsigned method = 0; method < 2; method++) {
        neardup_job_options o = options(false);
        o.method = (neardup_method)method;
        o.verify = false;
        o.distance = 6;
        o.threads = 1;
        run_to(method == 0 ? "one" : "one-simhash", o);
        o.threads = 3;
        o.memory = (uint64_t)64 << 20;
        o.cpu = NEARDUP_CPU_SCALAR;
        run_to(method == 0 ? "three" : "three-simhash", o);
    }
    test_same_folders("one", "three");
    test_same_folders("one-simhash", "three-simhash");
    cr_assert(test_exists("one/a.jsonl") && test_exists("one/b.jsonl"));
    cr_assert(!test_exists("one/z.jsonl") && !test_exists("one/known/a.jsonl"));
}

/* A reference that holds nothing similar changes nothing. */
Test(job_references, a_strange_reference_changes_nothing)
{
    free(make_corpus(13));
    neardup_job_options o = options(false);
    neardup_error err;
    o.output_dir = test_path("without");
    neardup_job_destroy(test_run(&o, (const char *const[]){"in", NULL}, NULL));
    test_write("strange/a.jsonl",
               "{\"id\":\"d1\",\"text\":\"of all this nothing stands anywhere else in here\"}\n{}\n");
    o.output_dir = test_path("with");
    neardup_job *job = test_job(&o, (const char *const[]){"in", NULL});
    cr_assert_eq(neardup_job_add_reference(job, test_path("strange"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_summary(job)->invalid, 0);
    cr_assert_eq(neardup_job_summary(job)->reference_documents, 1);
    static const char *const names[] = {"a.jsonl", "b.jsonl", "decisions.jsonl", "clusters.jsonl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char with[64], without[64];
        size_t length, other;
        snprintf(with, sizeof with, "with/%s", names[i]);
        snprintf(without, sizeof without, "without/%s", names[i]);
        char *a = test_read(with, &length), *b = test_read(without, &other);
        cr_assert(length == other && memcmp(a, b, length) == 0, "%s differs", names[i]);
        free(a);
        free(b);
    }
    neardup_job_destroy(job);
}

struct said {
    char text[2048];
};

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct said *s = context;
    const char *name = file != NULL ? strrchr(file, '/') : NULL;
    size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%d %s:%lu %s\n", (int)severity, name != NULL ? name + 1 : file,
             (unsigned long)line, message);
    return true;
}

static neardup_status try_run(const char *input, const char *reference, struct said *said, neardup_summary *summary,
                              neardup_error *err)
{
    neardup_job_options o = test_options(NULL);
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = said, .message = on_message};
    neardup_job *job = test_job(&o, (const char *const[]){input, NULL});
    *said = (struct said){""};
    cr_assert_eq(neardup_job_add_reference(job, test_path(reference), err), NEARDUP_OK);
    neardup_status status = neardup_job_run(job, &callbacks, err);
    *summary = *neardup_job_summary(job);
    neardup_job_destroy(job);
    return status;
}

Test(job_references, a_file_that_is_given_as_both_is_an_input)
{
    struct said said;
    neardup_summary s;
    neardup_error err;
    test_write("corpus/new.txt", "a text that is new to the corpus\n");
    test_write("corpus/old.txt", "a text that has been there for years\n");
    cr_assert_eq(try_run("corpus/new.txt", "corpus", &said, &s, &err), NEARDUP_OK, "%s", err.message);
    cr_assert(s.documents == 1 && s.reference_documents == 1 && s.kept == 1);
    cr_assert_str_eq(said.text, "0 new.txt:0 left out of the reference: it is also an input\n");
    cr_assert_eq(try_run("corpus", "corpus", &said, &s, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "every reference is also an input: a file can be only one of them");
}

Test(job_references, a_reference_that_cannot_be_read_ends_the_run)
{
    struct said said;
    neardup_summary s;
    neardup_error err;
    test_write("new.txt", "a text\n");
    cr_assert_eq(try_run("new.txt", "missing", &said, &s, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "cannot read a reference: without it duplicates would be kept");
    cr_assert_str_eq(said.text, "2 missing:0 cannot be read: No such file or directory\n");
}

Test(job_references, bad_records_of_references_are_told_and_not_counted)
{
    struct said said;
    neardup_summary s;
    neardup_error err;
    test_write("new.jsonl", "{\"id\":1,\"text\":\"a text\"}\nnonsense\n");
    test_write("old.jsonl", "{\"id\":1,\"text\":\"a TEXT\"}\n{\"id\":1,\"text\":\" \"}\n\nnonsense\n");
    cr_assert_eq(try_run("new.jsonl", "old.jsonl", &said, &s, &err), NEARDUP_OK);
    cr_assert(s.records == 2 && s.invalid == 1 && s.empty == 0 && s.duplicate_ids == 0 && s.exact == 1);
    cr_assert(strstr(said.text, "1 new.jsonl:2 ") != NULL && strstr(said.text, "1 old.jsonl:4 ") != NULL);
}

/* ---- masses ---- */

/* `count` texts of one template: two of them differ in `differ` of 60 words. */
static void write_template(const char *name, unsigned count, unsigned differ, unsigned first)
{
    FILE *f = test_create(name);
    for (unsigned i = 0; i < count; i++) {
        for (unsigned w = 0; w < 60; w++)
            fprintf(f, w < differ ? "x%u-%u " : "w%u ", w, w < differ ? first + i : 0);
        fputs("\n", f);
    }
    test_close(f);
}

/* 60 000 references that are all near to each other have 1.8e9 pairs: compared with each other they would take minutes,
 * and listed, gigabytes. */
static void run_mass(neardup_job_options o, unsigned differ)
{
    neardup_error err;
    write_template("new.txt", 50, differ, 1000000);
    write_template("old.txt", 60000, differ, 0);
    o.format = NEARDUP_INPUT_LINE;
    o.memory = (uint64_t)256 << 20;
    neardup_job *job = test_job(&o, (const char *const[]){"new.txt", NULL});
    cr_assert_eq(neardup_job_add_reference(job, test_path("old.txt"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "%s", err.message);
    const neardup_summary *s = neardup_job_summary(job);
    cr_assert_eq(s->near, 50);
    cr_assert_lt(s->candidates, 50 * 60001);
    neardup_job_destroy(job);
}

Test(job_references, a_mass_of_near_references_is_not_compared_with_itself)
{
    neardup_job_options o = test_options(NULL);
    run_mass(o, 2);
}

Test(job_references, a_mass_of_near_fingerprints_is_not_compared_with_itself)
{
    neardup_job_options o = test_options(NULL);
    o.method = NEARDUP_METHOD_SIMHASH;
    o.verify = false;
    o.distance = 16;
    run_mass(o, 2);
}
