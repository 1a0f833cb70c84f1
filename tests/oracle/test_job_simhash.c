/* SPDX-License-Identifier: MIT
 * Jobs with SimHash against a naive reference: fingerprints of the public object, all pairs of them, greedy in keeper
 * order. Nothing here depends on threads, instruction set, memory or the way of searching. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS     420u
#define WORDS_MAX 160u
#define TEXT_MAX  2048u
#define NONE      UINT32_MAX

TestSuite(job_simhash, .init = test_folder_make, .fini = test_folder_remove);

struct corpus {
    char text[TEXTS][TEXT_MAX];
    unsigned document[TEXTS]; /* of paragraphs */
    unsigned tokens[TEXTS];
    unsigned count;
    neardup_fingerprint fingerprint[TEXTS];
};

static unsigned next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

/* Texts in families: copies of one text with some words replaced; the same few words again and again; single words. */
static void make_text(struct corpus *c, unsigned i, uint64_t *state, unsigned families)
{
    unsigned family = next_random(state) % families, length = 20 + family * 37 % 130, changes = next_random(state) % 5;
    unsigned at = 0;
    unsigned changed[4];
    if (next_random(state) % 12 == 0)
        length = 1 + next_random(state) % 4;
    for (unsigned k = 0; k < 4; k++)
        changed[k] = next_random(state) % length;
    bool cycle = next_random(state) % 10 == 0;
    if (cycle)
        length = 30 + next_random(state) % 20;
    for (unsigned w = 0; w < length; w++) {
        unsigned word = cycle ? family % 4 * 10 + w % 2 : (family * 7919 + w * w * 31 + w) % 5000;
        for (unsigned k = 0; k < changes && !cycle; k++) {
            if (changed[k] == w)
                word = 5000 + next_random(state) % 20;
        }
        at += (unsigned)snprintf(c->text[i] + at, TEXT_MAX - at, "%sw%u", w > 0 ? " " : "", word);
    }
    c->tokens[i] = length;
}

static struct corpus *make_corpus(uint64_t seed, unsigned families)
{
    struct corpus *c = calloc(1, sizeof *c);
    printf("seed %llu\n", (unsigned long long)seed);
    for (c->count = 0; c->count < TEXTS; c->count++) {
        c->document[c->count] = c->count;
        if (c->count % 71 != 70) /* an empty one */
            make_text(c, c->count, &seed, families);
    }
    return c;
}

static void compute_fingerprints(struct corpus *c, const neardup_profile *profile, const neardup_job_options *o)
{
    neardup_simhasher *s;
    uint64_t shingles;
    cr_assert_eq(neardup_simhasher_create(&s, profile, o->simhash_bits, o->weights, NEARDUP_CPU_SCALAR, NULL),
                 NEARDUP_OK);
    for (unsigned i = 0; i < c->count; i++) {
        cr_assert_eq(neardup_simhasher_compute(s, c->text[i], strlen(c->text[i]), &c->fingerprint[i], &shingles, NULL),
                     NEARDUP_OK);
        cr_assert_eq(shingles, c->tokens[i] >= profile->ngram ? c->tokens[i] - profile->ngram + 1 : c->tokens[i] > 0);
    }
    neardup_simhasher_destroy(s);
}

static double jaccard_of(const struct corpus *c, const neardup_profile *profile, unsigned a, unsigned b)
{
    neardup_comparison r;
    cr_assert_eq(
        neardup_compare(profile, c->text[a], strlen(c->text[a]), c->text[b], strlen(c->text[b]), &r, NULL, NULL, NULL),
        NEARDUP_OK);
    return r.jaccard;
}

/* ---- what must come out ---- */

struct fate {
    bool removed;
    neardup_reason reason;
    unsigned keeper;
    int distance;
    double jaccard;
};

struct reference {
    unsigned unit[TEXTS]; /* the first text that is the same, in keeper order; NONE: empty */
    struct fate fate[TEXTS];
    struct fate *pair[TEXTS]; /* [a][b], a < b: removed means that it is a pair */
    unsigned pairs;
};

struct rules {
    const neardup_job_options *o;
    const neardup_profile *profile;
    bool parts;
};

static bool compared(const struct corpus *c, const struct rules *r, unsigned a, unsigned b)
{
    if (!r->parts)
        return true;
    bool same = c->document[a] == c->document[b];
    if (c->tokens[a] < r->o->min_tokens || c->tokens[b] < r->o->min_tokens)
        return false;
    return same ? r->o->inside_documents : r->o->between_documents;
}

/* Texts of documents that are not compared are never the same. */
static bool same_unit(const struct corpus *c, const struct rules *r, unsigned a, unsigned b)
{
    if (r->parts && !r->o->between_documents && c->document[a] != c->document[b])
        return false;
    return strcmp(c->text[a], c->text[b]) == 0;
}

static bool is_edge(const struct corpus *c, const struct rules *r, unsigned a, unsigned b, struct fate *edge)
{
    unsigned distance = neardup_fingerprint_distance(c->fingerprint[a], c->fingerprint[b]);
    if (distance > r->o->distance || !compared(c, r, a, b))
        return false;
    *edge = (struct fate){true, NEARDUP_NEAR, a, (int)distance, jaccard_of(c, r->profile, a, b)};
    return !r->o->verify || edge->jaccard >= r->o->threshold;
}

static bool is_closer(const struct rules *r, const struct fate *a, const struct fate *b)
{
    return r->o->verify ? a->jaccard > b->jaccard : a->distance < b->distance;
}

static unsigned place(const struct rules *r, unsigned i, unsigned count)
{
    return r->o->keep == NEARDUP_KEEP_LAST ? count - 1 - i : i;
}

static void decide(const struct corpus *c, const struct rules *r, struct reference *out)
{
    struct fate verdict[TEXTS] = {0};
    for (unsigned i = 0; i < c->count; i++) {
        unsigned t = place(r, i, c->count);
        out->unit[t] = c->tokens[t] > 0 ? t : NONE;
        for (unsigned k = 0; k < i && out->unit[t] == t; k++) {
            if (out->unit[place(r, k, c->count)] == place(r, k, c->count) && same_unit(c, r, place(r, k, c->count), t))
                out->unit[t] = place(r, k, c->count);
        }
        if (out->unit[t] != t)
            continue;
        for (unsigned k = 0; k < i; k++) {
            unsigned e = place(r, k, c->count);
            struct fate edge;
            if (out->unit[e] == e && !verdict[e].removed && is_edge(c, r, e, t, &edge) &&
                (!verdict[t].removed || is_closer(r, &edge, &verdict[t])))
                verdict[t] = edge;
        }
    }
    for (unsigned t = 0; t < c->count; t++) {
        unsigned u = out->unit[t];
        if (u == NONE)
            continue;
        out->fate[t] = verdict[u].removed ? verdict[u] : (struct fate){u != t, NEARDUP_EXACT, u, 0, 1};
        bool same = c->document[out->fate[t].keeper] == c->document[t];
        if (r->parts && (c->tokens[t] < r->o->min_tokens || (same && !r->o->inside_documents)))
            out->fate[t].removed = false;
    }
}

static void list_pairs(const struct corpus *c, const struct rules *r, struct reference *out)
{
    for (unsigned a = 0; a < c->count; a++) {
        out->pair[a] = calloc(c->count, sizeof **out->pair);
        for (unsigned b = a + 1; b < c->count; b++) {
            struct fate edge = {true, NEARDUP_EXACT, a, 0, 1};
            if (out->unit[a] == NONE || out->unit[b] == NONE)
                continue;
            bool found = out->unit[a] == out->unit[b] || is_edge(c, r, a, b, &edge);
            if (found)
                out->pair[a][b] = edge;
            out->pairs += found;
        }
    }
}

static void free_reference(struct reference *r)
{
    for (unsigned a = 0; a < TEXTS; a++)
        free(r->pair[a]);
    free(r);
}

/* ---- what comes out ---- */

struct seen {
    const struct reference *expected;
    unsigned decisions, pairs, members;
};

static bool see_decision(void *context, const neardup_decision *d)
{
    struct seen *s = context;
    const struct fate *f = &s->expected->fate[d->document.index];
    s->decisions++;
    cr_assert(f->removed, "%u must stay, and is removed for %u", (unsigned)d->document.index,
              (unsigned)d->keeper.index);
    cr_assert_eq(d->keeper.index, f->keeper, "%u: keeper %u, not %u", (unsigned)d->document.index, f->keeper,
                 (unsigned)d->keeper.index);
    cr_assert_eq(d->reason, f->reason);
    cr_assert_eq(d->distance, f->distance);
    cr_assert_eq(d->jaccard, f->jaccard);
    return true;
}

static bool see_pair(void *context, const neardup_pair *p)
{
    struct seen *s = context;
    const struct fate *f = &s->expected->pair[p->a.index][p->b.index];
    s->pairs++;
    cr_assert(f->removed, "%u and %u are not a pair", (unsigned)p->a.index, (unsigned)p->b.index);
    cr_assert_eq(p->reason, f->reason);
    cr_assert_eq(p->distance, f->distance);
    cr_assert_eq(p->jaccard, f->jaccard);
    return true;
}

static bool see_cluster(void *context, const neardup_cluster *k)
{
    struct seen *s = context;
    for (uint64_t i = 0; i < k->member_count; i++) {
        const struct fate *f = &s->expected->fate[k->members[i].document.index];
        cr_assert_eq(k->members[i].distance, f->distance);
        cr_assert_eq(k->members[i].jaccard, f->jaccard);
        cr_assert_eq(k->keeper.index, f->keeper);
        s->members++;
    }
    return true;
}

static unsigned count_removed(const struct corpus *c, const struct reference *r)
{
    unsigned n = 0;
    for (unsigned t = 0; t < c->count; t++)
        n += r->fate[t].removed;
    return n;
}

/* Documents of one text each, or of paragraphs. */
static void write_corpus(const struct corpus *c, const char *name)
{
    FILE *file = test_create(name);
    for (unsigned i = 0; i < c->count; i++) {
        bool first = i == 0 || c->document[i] != c->document[i - 1];
        bool last = i + 1 == c->count || c->document[i] != c->document[i + 1];
        fprintf(file, "%s%s%s", first ? "{\"text\":\"" : "\\n\\n", c->text[i], last ? "\"}\n" : "");
    }
    test_close(file);
}

static void check(struct corpus *c, const neardup_job_options *options)
{
    neardup_job_options o = *options;
    o.cut_unique = true; /* decisions follow from similarity alone */
    struct rules rules = {&o, &o.profile, false};
    if (o.units != NEARDUP_UNIT_DOCUMENT)
        rules = (struct rules){&o, &o.paragraph_profile, true};
    struct reference *expected = calloc(1, sizeof *expected);
    compute_fingerprints(c, rules.profile, &o);
    decide(c, &rules, expected);
    struct seen s = {.expected = expected};
    if (o.pairs)
        list_pairs(c, &rules, expected);
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = &s, .decision = see_decision, .cluster = see_cluster};
    if (o.pairs)
        callbacks.pair = see_pair;
    write_corpus(c, "in.jsonl");
    neardup_job *job = test_run(&o, (const char *const[]){"in.jsonl", NULL}, &callbacks);
    cr_assert_eq(s.decisions, count_removed(c, expected));
    cr_assert_eq(s.members, s.decisions);
    cr_assert_eq(s.pairs, expected->pairs);
    cr_assert_gt(s.decisions, 60, "too few for a test");
    neardup_job_destroy(job);
    free_reference(expected);
}

static neardup_job_options simhash_options(unsigned bits, unsigned distance)
{
    neardup_job_options o = test_options(NULL);
    o.method = NEARDUP_METHOD_SIMHASH;
    o.simhash_bits = bits;
    o.distance = distance;
    o.profile.ngram = 2;
    return o;
}

/* ---- documents ---- */

static void check_documents(unsigned bits, unsigned distance, uint64_t seed)
{
    struct corpus *c = make_corpus(seed, 40);
    for (unsigned way = 0; way < 16; way++) {
        neardup_job_options o = simhash_options(bits, distance);
        o.weights = way & 1 ? NEARDUP_WEIGHTS_ONE : NEARDUP_WEIGHTS_COUNT;
        o.verify = way & 2;
        o.pairs = way & 4;
        o.keep = way & 8 ? NEARDUP_KEEP_LAST : NEARDUP_KEEP_FIRST;
        o.threshold = 0.85;
        o.threads = 1 + way % 3;
        check(c, &o);
    }
    free(c);
}

Test(job_simhash, documents_of_64_bits)
{
    check_documents(64, 6, 1);
}

Test(job_simhash, documents_of_128_bits)
{
    check_documents(128, 14, 2);
}

Test(job_simhash, radii_are_exact)
{
    struct corpus *c = make_corpus(3, 30);
    for (unsigned distance = 0; distance <= 16; distance++) {
        neardup_job_options o = simhash_options(64, distance);
        o.pairs = true;
        check(c, &o);
    }
    free(c);
}

static neardup_summary run(const neardup_job_options *o, const char *input)
{
    neardup_job *job = test_run(o, (const char *const[]){input, NULL}, NULL);
    neardup_summary s = *neardup_job_summary(job);
    neardup_job_destroy(job);
    return s;
}

/* Two texts whose distance is known: within it, and not within one less. */
Test(job_simhash, a_pair_at_the_distance)
{
    static const char a[] = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
    static const char b[] = "one two three four five six seven eight nine ten eleven twelve thirteen other";
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        neardup_job_options o = simhash_options(bits, 0);
        neardup_simhasher *s;
        neardup_fingerprint fa, fb;
        cr_assert_eq(neardup_simhasher_create(&s, &o.profile, bits, o.weights, o.cpu, NULL), NEARDUP_OK);
        cr_assert_eq(neardup_simhasher_compute(s, a, sizeof a - 1, &fa, NULL, NULL), NEARDUP_OK);
        cr_assert_eq(neardup_simhasher_compute(s, b, sizeof b - 1, &fb, NULL, NULL), NEARDUP_OK);
        neardup_simhasher_destroy(s);
        unsigned distance = neardup_fingerprint_distance(fa, fb);
        cr_assert(distance > 0 && distance <= bits / 4);
        cr_assert_eq(distance, neardup_fingerprint_distance(fb, fa));
        cr_assert(bits == 128 || (fa.high == 0 && fb.high == 0));
        FILE *file = test_create("two.jsonl");
        fprintf(file, "{\"text\":\"%s\"}\n{\"text\":\"%s\"}\n", a, b);
        test_close(file);
        o.distance = distance;
        neardup_summary in = run(&o, "two.jsonl");
        cr_assert_eq(in.near, 1);
        cr_assert_eq(in.unreliable, 2);
        cr_assert_eq(in.hamming.bits, bits);
        cr_assert_eq(in.hamming.distance, distance);
        cr_assert_eq(in.hamming.tables, 0);
        o.distance--;
        cr_assert_eq(run(&o, "two.jsonl").near, 0);
    }
}

Test(job_simhash, empty_and_one_shingle_texts)
{
    neardup_job_options o = simhash_options(64, 16);
    o.profile.ngram = 5;
    test_write("in.jsonl", "{\"text\":\"\"}\n{\"text\":\" ... \"}\n{\"text\":\"a\"}\n{\"text\":\"A\"}\n"
                           "{\"text\":\"a b\"}\n{\"text\":\"a b c d e\"}\n{\"text\":\"\"}\n");
    neardup_summary s = run(&o, "in.jsonl");
    cr_assert_eq(s.empty, 3);
    cr_assert_eq(s.exact, 1, "A! would be near");
    cr_assert_eq(s.near, 0);
    cr_assert_eq(s.unreliable, 4);
    test_write("none.jsonl", "{\"text\":\"\"}\n");
    cr_assert_eq(run(&o, "none.jsonl").documents, 0);
    cr_assert_eq(run(&o, "none.jsonl").unreliable, 0);
}

Test(job_simhash, texts_of_a_hundred_shingles_are_reliable)
{
    neardup_job_options o = simhash_options(64, 3);
    FILE *file = test_create("in.jsonl");
    for (unsigned words = 100; words <= 101; words++) {
        fputs("{\"text\":\"", file);
        for (unsigned w = 0; w < words; w++)
            fprintf(file, "w%u ", w);
        fputs("\"}\n", file);
    }
    test_close(file);
    cr_assert_eq(run(&o, "in.jsonl").unreliable, 1);
}

/* ---- paragraphs ---- */

static void check_parts(bool within, bool across, uint64_t seed)
{
    struct corpus *c = make_corpus(seed, 12);
    for (unsigned i = 0; i < c->count; i++) {
        c->document[i] = i / 14;
        if (c->tokens[i] == 0)
            c->tokens[i] = (unsigned)snprintf(c->text[i], TEXT_MAX, "x") * 1;
    }
    for (unsigned way = 0; way < 8; way++) {
        neardup_job_options o = simhash_options(way & 4 ? 128 : 64, way & 4 ? 20 : 10);
        o.units = NEARDUP_UNIT_PARAGRAPH;
        o.cut_unique = true; /* decisions follow from similarity alone */
        o.paragraph_profile.ngram = 2;
        o.inside_documents = within;
        o.between_documents = across;
        o.containment = 0;
        o.short_min_documents = 0;
        o.verify = way & 1;
        o.keep = way & 2 ? NEARDUP_KEEP_LAST : NEARDUP_KEEP_FIRST;
        o.threads = 1 + way % 3;
        check(c, &o);
    }
    free(c);
}

Test(job_simhash, paragraphs)
{
    check_parts(true, true, 4);
}

Test(job_simhash, paragraphs_within_documents)
{
    check_parts(true, false, 5);
}

Test(job_simhash, paragraphs_between_documents)
{
    check_parts(false, true, 6);
}

/* A document of many distinct paragraphs is searched by all threads. */
Test(job_simhash, a_document_of_many_paragraphs)
{
    FILE *file = test_create("in.jsonl");
    uint64_t state = 7;
    for (unsigned d = 0; d < 2; d++) {
        fputs("{\"text\":\"", file);
        for (unsigned p = 0; p < 2000; p++) {
            for (unsigned w = 0; w < 60; w++)
                fprintf(file, "w%u ", next_random(&state) % 9999);
            fputs("\\n\\n", file);
        }
        state = 7;
        fputs("one two three four five six seven eight\"}\n", file);
    }
    test_close(file);
    neardup_job_options o = simhash_options(64, 3);
    o.units = NEARDUP_UNIT_PARAGRAPH;
    o.between_documents = false;
    neardup_summary s = run(&o, "in.jsonl");
    cr_assert_eq(s.paragraphs.near + s.paragraphs.exact, 0);
    cr_assert_eq(s.paragraphs.unreliable, 4002);
    o.between_documents = true;
    s = run(&o, "in.jsonl");
    cr_assert_eq(s.paragraphs.exact, 2001);
}

/* ---- nothing depends on how it runs ---- */

/* Many texts in families of near ones. */
static void write_large(unsigned count)
{
    FILE *file = test_create("in.jsonl");
    uint64_t state = 9;
    for (unsigned i = 0; i < count; i++) {
        unsigned family = next_random(&state) % (count / 3), changed = next_random(&state) % 60;
        fprintf(file, "{\"id\":%u,\"text\":\"", i);
        for (unsigned w = 0; w < 40; w++)
            fprintf(file, "%x ", w == changed ? i : family * 40 + w * 7);
        fputs("\"}\n", file);
    }
    test_close(file);
}

Test(job_simhash, threads_rows_and_searches_change_nothing)
{
    write_large(20000);
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        neardup_job_options base = simhash_options(bits, bits / 8);
        neardup_job_options o = base;
        o.threads = 1;
        o.output_dir = test_path("base");
        o.force = true;
        neardup_summary one = run(&o, "in.jsonl");
        cr_assert_gt(one.near, 1000);
        for (unsigned way = 0; way < 6; way++) {
            o = base;
            o.threads = 2 + way;
            o.cpu = way % 2 ? NEARDUP_CPU_SCALAR : NEARDUP_CPU_AUTO;
            o.output_dir = test_path("other");
            o.force = true;
            neardup_summary other = run(&o, "in.jsonl");
            cr_assert_eq(other.candidates, one.candidates);
            cr_assert_eq(other.edges, one.edges);
            test_same_folders("base", "other");
        }
    }
}

Test(job_simhash, memory_changes_nothing)
{
    write_large(200000);
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        neardup_job_options o = simhash_options(bits, bits / 16);
        o.force = true;
        o.memory = (uint64_t)72 << 20;
        o.output_dir = test_path("little");
        neardup_summary little = run(&o, "in.jsonl");
        cr_assert_gt(little.scratch_bytes, (uint64_t)200000 * (32 + bits / 8));
        o.memory = (uint64_t)8192 << 20;
        o.output_dir = test_path("much");
        neardup_summary much = run(&o, "in.jsonl");
        cr_assert_eq(much.scratch_bytes, 0);
        cr_assert_gt(much.near, 1000);
        cr_assert_eq(much.candidates, little.candidates);
        test_same_folders("little", "much");
    }
}

/* The set of pairs does not depend on the order of the documents. */
struct pair_set {
    unsigned char (*found)[TEXTS];
    const unsigned *name; /* of a document; NULL: its index */
    unsigned count;
};

static bool note_pair(void *context, const neardup_pair *p)
{
    struct pair_set *s = context;
    unsigned a = (unsigned)p->a.index, b = (unsigned)p->b.index;
    if (s->name != NULL) {
        a = s->name[a];
        b = s->name[b];
    }
    s->found[a][b] = s->found[b][a] = (unsigned char)(p->distance + 1);
    s->count++;
    return true;
}

Test(job_simhash, order_does_not_change_the_pairs)
{
    struct corpus *c = make_corpus(10, 40), *shuffled = calloc(1, sizeof *shuffled);
    unsigned name[TEXTS];
    uint64_t state = 11;
    for (unsigned i = 0; i < TEXTS; i++)
        name[i] = i;
    for (unsigned i = TEXTS - 1; i > 0; i--) {
        unsigned j = next_random(&state) % (i + 1), swap = name[i];
        name[i] = name[j];
        name[j] = swap;
    }
    shuffled->count = TEXTS;
    for (unsigned i = 0; i < TEXTS; i++) {
        shuffled->document[i] = i;
        memcpy(shuffled->text[i], c->text[name[i]], TEXT_MAX);
    }
    struct pair_set sets[2] = {{calloc(TEXTS, TEXTS), NULL, 0}, {calloc(TEXTS, TEXTS), name, 0}};
    neardup_job_options o = simhash_options(64, 8);
    o.pairs = true;
    for (unsigned i = 0; i < 2; i++) {
        neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &sets[i], .pair = note_pair};
        write_corpus(i == 0 ? c : shuffled, "in.jsonl");
        neardup_job_destroy(test_run(&o, (const char *const[]){"in.jsonl", NULL}, &callbacks));
    }
    cr_assert_gt(sets[0].count, 300);
    cr_assert_eq(sets[0].count, sets[1].count);
    cr_assert_arr_eq(sets[0].found, sets[1].found, TEXTS * TEXTS);
    free(sets[0].found);
    free(sets[1].found);
    free(c);
    free(shuffled);
}

/* ---- masses ---- */

static void write_permutation(FILE *file, unsigned number)
{
    char words[] = "abcdefgh";
    fputs("{\"text\":\"", file);
    for (unsigned n = 8; n > 0; number /= n, n--) {
        unsigned i = number % n;
        fprintf(file, "%c ", words[i]);
        memmove(words + i, words + i + 1, n - i);
    }
}

/* Words in another order: other texts with the same fingerprint. */
Test(job_simhash, a_mass_of_equal_fingerprints_costs_linear_time)
{
    FILE *file = test_create("in.jsonl");
    for (unsigned i = 0; i < 40320; i++) {
        write_permutation(file, i);
        fputs("\"}\n", file);
    }
    test_close(file);
    for (unsigned verify = 0; verify < 2; verify++) {
        neardup_job_options o = simhash_options(64, 3);
        o.profile.ngram = 1;
        o.verify = verify;
        neardup_summary s = run(&o, "in.jsonl");
        cr_assert_eq(s.near, 40319);
        cr_assert_eq(s.exact, 0);
        cr_assert_eq(s.candidates, 40319);
        cr_assert_eq(s.largest_cluster, 40320);
    }
}

/* Thirty groups of a thousand texts, each group near to all others. */
Test(job_simhash, masses_that_are_near_to_each_other_cost_linear_time)
{
    FILE *file = test_create("in.jsonl");
    for (unsigned i = 0; i < 30000; i++) {
        write_permutation(file, i);
        for (unsigned w = 0; w < 300; w++)
            fprintf(file, "w%u ", w == 7 ? 1000 + i % 30 : w);
        fputs("\"}\n", file);
    }
    test_close(file);
    neardup_job_options o = simhash_options(64, 16);
    o.profile.ngram = 1;
    neardup_summary s = run(&o, "in.jsonl");
    cr_assert_eq(s.near, 29999);
    cr_assert_eq(s.candidates, 29999);
}

/* ---- options ---- */

static void refused(const neardup_job_options *o)
{
    neardup_job *job;
    neardup_error err;
    cr_assert_eq(neardup_job_create(&job, o, &err), NEARDUP_E_ARG);
    cr_assert_null(job);
}

Test(job_simhash, options_out_of_range_are_refused)
{
    neardup_job_options o = simhash_options(64, 17);
    refused(&o);
    o = simhash_options(128, 33);
    refused(&o);
    o = simhash_options(32, 3);
    refused(&o);
    o = simhash_options(64, 3);
    o.weights = (neardup_weights)2;
    refused(&o);
    o = simhash_options(64, 3);
    o.method = (neardup_method)2;
    refused(&o);
    o = simhash_options(64, 3);
    o.all_candidates = true;
    refused(&o);
    o = simhash_options(64, 3);
    o.bands = 10;
    refused(&o);
    o = simhash_options(64, 3);
    o.verify = true;
    o.threshold = 0;
    refused(&o);
    o.threshold = 0.05; /* bands could not do that */
    neardup_job *job;
    cr_assert_eq(neardup_job_create(&job, &o, NULL), NEARDUP_OK);
    neardup_job_destroy(job);
}

Test(job_simhash, plans_and_objects_of_the_interface)
{
    neardup_hamming_plan plan;
    neardup_error err;
    cr_assert_eq(neardup_hamming_plan_solve(64, 3, 100, 0, &plan, &err), NEARDUP_OK);
    cr_assert_eq(plan.tables, 0);
    cr_assert_eq(neardup_hamming_plan_solve(64, 3, 10000000, 0, &plan, &err), NEARDUP_OK);
    cr_assert_eq(plan.bits, 64);
    cr_assert_eq(plan.distance, 3);
    cr_assert_eq(plan.matching, plan.blocks - 3);
    cr_assert_gt(plan.seconds, 0);
    cr_assert_gt(plan.bytes, 0);
    cr_assert_eq(neardup_hamming_plan_solve(64, 17, 100, 0, &plan, &err), NEARDUP_E_ARG);
    cr_assert_eq(neardup_hamming_plan_solve(65, 3, 100, 0, &plan, &err), NEARDUP_E_ARG);
    neardup_simhasher *s;
    neardup_profile profile = {NEARDUP_TOKENS_WORD, 0};
    cr_assert_eq(neardup_simhasher_create(&s, &profile, 64, NEARDUP_WEIGHTS_ONE, NEARDUP_CPU_AUTO, &err),
                 NEARDUP_E_ARG);
    cr_assert_null(s);
    profile.ngram = 5;
    cr_assert_eq(neardup_simhasher_create(&s, &profile, 96, NEARDUP_WEIGHTS_ONE, NEARDUP_CPU_AUTO, &err),
                 NEARDUP_E_ARG);
    cr_assert_null(s);
    neardup_simhasher_destroy(NULL);
    neardup_fingerprint none = {0, 0}, all = {UINT64_MAX, UINT64_MAX}, one = {1, 0};
    cr_assert_eq(neardup_fingerprint_distance(none, all), 128);
    cr_assert_eq(neardup_fingerprint_distance(one, one), 0);
    cr_assert_eq(neardup_fingerprint_distance(one, none), 1);
}
