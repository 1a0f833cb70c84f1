/* SPDX-License-Identifier: MIT
 * Fingerprints near to each other as buckets and links, against brute force; and that masses of them may be searched by
 * what stays alone. */
#include "base/platform.h"

#include "match/nearby.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANKS 1500u

struct corpus {
    struct ndup_fingerprint f[RANKS];
    uint32_t scope[RANKS];
};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* Families of fingerprints that differ from a first one in up to `bits_off` bits, some in none. */
static void make_corpus(struct corpus *c, uint64_t seed, unsigned bits, unsigned families, unsigned bits_off)
{
    printf("seed %llu\n", (unsigned long long)seed);
    for (unsigned r = 0; r < RANKS; r++) {
        uint64_t family = next_random(&seed) % families * 77;
        c->f[r] = (struct ndup_fingerprint){next_random(&family), next_random(&family)};
        for (uint64_t n = next_random(&seed) % (bits_off + 1); n > 0; n--) {
            uint64_t bit = next_random(&seed) % bits;
            *(bit < 64 ? &c->f[r].low : &c->f[r].high) ^= UINT64_C(1) << bit % 64;
        }
        if (bits == 64)
            c->f[r].high = 0;
        c->scope[r] = r % 19 == 0 ? NDUP_NEARBY_ALONE : (uint32_t)(next_random(&seed) % 5);
    }
}

struct found {
    uint32_t bucket[RANKS]; /* UINT32_MAX: none */
    struct ndup_bucket_links links;
    uint32_t buckets;
};

static neardup_status find(const struct ndup_nearby_options *base, struct found *out, neardup_error *err)
{
    struct ndup_nearby_options o = *base;
    struct ndup_entries entries;
    struct ndup_hamming_plan plan;
    cr_assert_eq(ndup_pool_create(&o.pool, 2, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_entries_init(&entries, 2, NULL), NEARDUP_OK);
    memset(out->bucket, 0xFF, sizeof out->bucket);
    neardup_status st = ndup_nearby_find(&o, &entries, &out->links, &plan, err);
    for (unsigned p = 0; st == NEARDUP_OK && p < entries.part_count; p++) {
        for (size_t i = 0; i < entries.parts[p].count; i++)
            out->bucket[entries.parts[p].entries[i].item] = entries.parts[p].entries[i].bucket;
    }
    out->buckets = entries.buckets;
    ndup_entries_free(&entries);
    ndup_pool_destroy(o.pool);
    return st;
}

static bool meets(const struct found *f, unsigned a, unsigned b)
{
    if (f->bucket[a] == UINT32_MAX || f->bucket[b] == UINT32_MAX)
        return false;
    if (f->bucket[a] == f->bucket[b])
        return true;
    for (uint64_t i = f->links.begin[f->bucket[a]]; i < f->links.begin[f->bucket[a] + 1]; i++) {
        if (f->links.to[i] == f->bucket[b])
            return true;
    }
    return false;
}

static void check_all(unsigned bits, unsigned distance, bool scopes, unsigned families)
{
    struct corpus *c = calloc(1, sizeof *c);
    make_corpus(c, bits + distance, bits, families, distance + 3);
    struct ndup_nearby_options o = {
        .fingerprints = c->f, .scope = scopes ? c->scope : NULL, .ranks = RANKS, .bits = bits, .distance = distance};
    struct found *f = calloc(1, sizeof *f);
    unsigned near = 0, at = 0, beyond = 0;
    cr_assert_eq(find(&o, f, NULL), NEARDUP_OK);
    for (unsigned a = 0; a < RANKS; a++) {
        for (unsigned b = 0; b < RANKS; b++) {
            bool same = !scopes || (c->scope[a] == c->scope[b] && c->scope[a] != NDUP_NEARBY_ALONE);
            unsigned d = ndup_simhash_distance(c->f[a], c->f[b]);
            if (a == b)
                continue;
            cr_assert_eq(meets(f, a, b), same && d <= distance, "%u %u: %u bits", a, b, d);
            near += same && d <= distance;
            at += same && d == distance;
            beyond += same && d == distance + 1;
        }
    }
    cr_assert(near > 1000 && at > 10 && beyond > 10, "too few for a test: %u %u %u", near, at, beyond);
    ndup_bucket_links_free(&f->links);
    free(f);
    free(c);
}

Test(match_nearby, those_within_the_distance_meet)
{
    check_all(64, 3, false, 100);
    check_all(64, 16, false, 100);
    check_all(128, 12, false, 100);
}

Test(match_nearby, scopes_keep_them_apart)
{
    check_all(64, 3, true, 40);
    check_all(128, 20, true, 40);
    check_all(64, 5, true, 2); /* many in a scope */
}

/* Greedy by brute force: what stays, of all ranks. */
static void keep(const struct corpus *c, unsigned distance, bool *stays)
{
    for (unsigned r = 0; r < RANKS; r++) {
        stays[r] = true;
        for (unsigned e = 0; e < r && stays[r]; e++)
            stays[r] = !stays[e] || ndup_simhash_distance(c->f[e], c->f[r]) > distance;
    }
}

/* Pairs of different fingerprints; and of those that stay with others. */
static void count_pairs(const struct corpus *c, unsigned distance, const bool *stays, unsigned *all, unsigned *kept)
{
    bool first[RANKS];
    *all = *kept = 0;
    for (unsigned b = 0; b < RANKS; b++) {
        first[b] = true;
        for (unsigned a = 0; a < b && first[b]; a++)
            first[b] = ndup_simhash_distance(c->f[a], c->f[b]) > 0;
        for (unsigned a = 0; a < b && first[b]; a++) {
            bool is_near = first[a] && ndup_simhash_distance(c->f[a], c->f[b]) <= distance;
            *all += is_near;
            *kept += is_near && (stays[a] || stays[b]);
        }
    }
}

/* The limit of pairs is passed, and what stays is found alone: every rank meets all that stay and come before it. */
static void check_kept(unsigned bits, unsigned distance, unsigned families)
{
    struct corpus *c = calloc(1, sizeof *c);
    struct found *f = calloc(1, sizeof *f);
    bool stays[RANKS];
    neardup_error err;
    unsigned near = 0, all, kept;
    make_corpus(c, bits + distance + families, bits, families, distance);
    keep(c, distance, stays);
    count_pairs(c, distance, stays, &all, &kept);
    cr_assert_gt(all, 2 * kept, "%u of %u: no mass", kept, all);
    struct ndup_nearby_options o = {.fingerprints = c->f,
                                    .ranks = RANKS,
                                    .bits = bits,
                                    .distance = distance,
                                    .max_bytes = (uint64_t)(all + kept) / 2 * 8};
    cr_assert_eq(find(&o, f, &err), NEARDUP_E_LIMIT);
    cr_assert_null(f->links.begin);
    o.kept_only = true;
    cr_assert_eq(find(&o, f, &err), NEARDUP_OK, "%s", err.message);
    for (unsigned b = 0; b < RANKS; b++) {
        for (unsigned a = 0; a < b; a++) {
            bool is_near = ndup_simhash_distance(c->f[a], c->f[b]) <= distance;
            if (stays[a] && is_near)
                cr_assert(meets(f, a, b), "%u stays, and %u does not meet it", a, b);
            if (meets(f, a, b))
                cr_assert(is_near);
            near += stays[a] && is_near;
        }
    }
    cr_assert_gt(near, 500);
    cr_assert_leq(f->links.begin[f->buckets], (uint64_t)2 * kept);
    ndup_bucket_links_free(&f->links);
    free(f);
    free(c);
}

Test(match_nearby, masses_are_searched_by_what_stays)
{
    check_kept(64, 2, 3);
    check_kept(64, 3, 5);
    check_kept(64, 6, 2);
    check_kept(64, 16, 2);
    check_kept(128, 7, 2);
    check_kept(128, 13, 4);
    check_kept(128, 32, 3);
}

/* ---- references ---- */

#define REFERENCES 700u

/* Those that are references and nothing else meet the others only, unless all share a fingerprint. */
static void check_references(unsigned bits, unsigned distance, unsigned families)
{
    struct corpus *c = calloc(1, sizeof *c);
    struct found *f = calloc(1, sizeof *f);
    uint64_t mixed[REFERENCES / 64 + 1] = {0}, state = distance;
    unsigned near = 0, apart = 0;
    make_corpus(c, bits + distance, bits, families, distance + 3);
    for (unsigned r = 0; r < REFERENCES; r++)
        mixed[r / 64] |= (uint64_t)(next_random(&state) % 5 == 0) << r % 64;
    struct ndup_nearby_options o = {.fingerprints = c->f,
                                    .ranks = RANKS,
                                    .references = REFERENCES,
                                    .mixed = mixed,
                                    .bits = bits,
                                    .distance = distance};
    cr_assert_eq(find(&o, f, NULL), NEARDUP_OK);
    for (unsigned b = 0; b < RANKS; b++) {
        bool new_b = b >= REFERENCES || (mixed[b / 64] >> b % 64 & 1);
        for (unsigned a = 0; a < b; a++) {
            bool new = new_b || (mixed[a / 64] >> a % 64 & 1 && a < REFERENCES) || a >= REFERENCES;
            bool is_near = ndup_simhash_distance(c->f[a], c->f[b]) <= distance;
            cr_assert(new ? meets(f, a, b) == is_near : !meets(f, a, b) || is_near);
            near += new &&is_near;
            apart += !new &&is_near && !meets(f, a, b);
        }
    }
    cr_assert(near > 1000 && (apart > 200 || distance == 0), "too few for a test: %u %u", near, apart);
    ndup_bucket_links_free(&f->links);
    free(f);
    free(c);
}

Test(match_nearby, references_do_not_meet_each_other)
{
    check_references(64, 3, 50);
    check_references(64, 0, 20);
    check_references(64, 16, 50);
    check_references(128, 12, 50);
    check_references(128, 32, 30);
}

/* Everybody meets the nearest that stays, the first of several; and those that stay meet none before them that does. With
 * references in the mass and without a limit of pairs, and with one. */
static void check_kept_references(unsigned bits, unsigned distance, unsigned families, uint64_t max_bytes)
{
    struct corpus *c = calloc(1, sizeof *c);
    struct found *f = calloc(1, sizeof *f);
    bool stays[RANKS];
    unsigned to_references = 0, to_others = 0;
    neardup_error err;
    make_corpus(c, bits + distance + families, bits, families, distance / 2);
    /* Families without a reference. */
    for (unsigned r = RANKS - 300; r < RANKS; r++)
        c->f[r].low ^= UINT64_C(0x0F0F3C3C5A5A6969);
    struct ndup_nearby_options o = {.fingerprints = c->f,
                                    .ranks = RANKS,
                                    .references = REFERENCES,
                                    .kept_only = true,
                                    .bits = bits,
                                    .distance = distance,
                                    .max_bytes = max_bytes};
    cr_assert_eq(find(&o, f, &err), NEARDUP_OK, "%s", err.message);
    for (unsigned b = 0; b < RANKS; b++) {
        unsigned keeper = UINT32_MAX, best = distance + 1;
        for (unsigned a = 0; a < b && b >= REFERENCES; a++) {
            unsigned d = ndup_simhash_distance(c->f[a], c->f[b]);
            cr_assert(!stays[a] || d <= distance || !meets(f, a, b));
            if (stays[a] && d < best) {
                best = d;
                keeper = a;
            }
        }
        stays[b] = keeper == UINT32_MAX;
        if (stays[b])
            continue;
        cr_assert(meets(f, keeper, b), "%u does not meet %u, at %u bits", b, keeper, best);
        to_references += keeper < REFERENCES;
        to_others += keeper >= REFERENCES;
    }
    cr_assert(to_references > 100 && to_others > 50, "too few for a test: %u %u", to_references, to_others);
    ndup_bucket_links_free(&f->links);
    free(f);
    free(c);
}

Test(match_nearby, the_nearest_reference_is_enough)
{
    for (unsigned i = 0; i < 2; i++) {
        uint64_t limit = i == 0 ? 0 : (uint64_t)12 * RANKS * sizeof(struct ndup_hamming_pair);
        check_kept_references(64, 3, 5, limit);
        check_kept_references(64, 6, 3, limit);
        check_kept_references(64, 14, 2, limit);
        check_kept_references(128, 13, 4, limit);
        check_kept_references(128, 30, 3, limit);
    }
}

/* An index and those that ask it: all pairs, or the nearest of each. */
static void check_cross(unsigned bits, unsigned distance, bool nearest)
{
    struct corpus *c = calloc(1, sizeof *c);
    struct ndup_nearby_cross_options o = {.index = c->f,
                                          .index_count = REFERENCES,
                                          .asking = c->f + REFERENCES,
                                          .asking_count = RANKS - REFERENCES,
                                          .bits = bits,
                                          .distance = distance,
                                          .nearest = nearest};
    struct ndup_hamming_pairs pairs[2];
    make_corpus(c, bits * distance, bits, 60, distance + 3);
    for (unsigned threads = 1; threads <= 2; threads++) {
        cr_assert_eq(ndup_pool_create(&o.pool, 3 * threads - 2, NULL), NEARDUP_OK);
        cr_assert_eq(ndup_nearby_cross(&o, &pairs[threads - 1], NULL), NEARDUP_OK);
        ndup_pool_destroy(o.pool);
    }
    cr_assert_eq(pairs[0].count, pairs[1].count);
    cr_assert_eq(memcmp(pairs[0].pairs, pairs[1].pairs, pairs[0].count * sizeof *pairs[0].pairs), 0);
    bool *met = calloc((size_t)RANKS * RANKS, sizeof *met);
    for (size_t i = 0; i < pairs[0].count; i++) {
        bool *m = &met[pairs[0].pairs[i].a * RANKS + pairs[0].pairs[i].b];
        cr_assert_not(*m, "a pair comes twice");
        *m = true;
    }
    size_t expected = 0;
    for (unsigned b = 0; b < RANKS - REFERENCES; b++) {
        unsigned best = distance + 1, first = 0;
        for (unsigned a = 0; a < REFERENCES; a++) {
            unsigned d = ndup_simhash_distance(c->f[a], c->f[REFERENCES + b]);
            if (d < best) {
                best = d;
                first = a;
            }
            cr_assert(nearest || met[a * RANKS + b] == (d <= distance));
            expected += !nearest && d <= distance;
        }
        cr_assert(!nearest || best > distance || met[first * RANKS + b]);
        expected += nearest && best <= distance;
    }
    cr_assert_eq(pairs[0].count, expected);
    cr_assert_gt(expected, 300);
    ndup_hamming_pairs_free(&pairs[0]);
    ndup_hamming_pairs_free(&pairs[1]);
    free(met);
    free(c);
}

Test(match_nearby, an_index_of_references_is_asked)
{
    for (unsigned i = 0; i < 2; i++) {
        check_cross(64, 2, i == 1);
        check_cross(64, 3, i == 1);
        check_cross(64, 16, i == 1);
        check_cross(128, 5, i == 1);
        check_cross(128, 12, i == 1);
        check_cross(128, 32, i == 1);
    }
}

Test(match_nearby, too_many_pairs_with_references)
{
    struct corpus *c = calloc(1, sizeof *c);
    struct ndup_hamming_pairs pairs;
    neardup_error err;
    make_corpus(c, 9, 64, 1, 3);
    struct ndup_nearby_cross_options o = {.index = c->f,
                                          .index_count = REFERENCES,
                                          .asking = c->f + REFERENCES,
                                          .asking_count = RANKS - REFERENCES,
                                          .bits = 64,
                                          .distance = 6,
                                          .max_bytes = 100000};
    atomic_bool cancel;
    atomic_init(&cancel, true);
    cr_assert_eq(ndup_pool_create(&o.pool, 2, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_nearby_cross(&o, &pairs, &err), NEARDUP_E_LIMIT);
    cr_assert_null(pairs.pairs);
    o.cancel = &cancel;
    cr_assert_eq(ndup_nearby_cross(&o, &pairs, &err), NEARDUP_E_CANCELED);
    o.index_count = 0;
    cr_assert_eq(ndup_nearby_cross(&o, &pairs, &err), NEARDUP_OK);
    cr_assert_eq(pairs.count, 0);
    ndup_pool_destroy(o.pool);
    free(c);
}

Test(match_nearby, nothing_at_all)
{
    struct found f = {0};
    struct ndup_nearby_options o = {.ranks = 0, .bits = 64, .distance = 3, .kept_only = true};
    cr_assert_eq(find(&o, &f, NULL), NEARDUP_OK);
    cr_assert_eq(f.buckets, 0);
    ndup_bucket_links_free(&f.links);
}
