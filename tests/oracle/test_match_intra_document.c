/* SPDX-License-Identifier: MIT
 * Repeats inside one document against brute force, by the words of match/intra_document.h. */
#include "base/platform.h"

#include "match/intra_document.h"
#include "text/paragraphs.h"

#include "support/rounds.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS    24u
#define SHINGLES 256u

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* A bijection; 0 stays 0, which is a hash as any other. */
static uint64_t hash_of(uint64_t name)
{
    uint64_t state = name * 0x9E3779B97F4A7C15u;
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9u;
    return state ^ state >> 31;
}

struct part {
    uint64_t hash[SHINGLES], distinct[SHINGLES];
    size_t count, distinct_count;
    uint32_t tokens;
    bool candidate, standing;
};

static bool has(const uint64_t *hashes, size_t count, uint64_t hash)
{
    for (size_t i = 0; i < count; i++)
        if (hashes[i] == hash)
            return true;
    return false;
}

static void make_distinct(struct part *part)
{
    part->distinct_count = 0;
    for (size_t i = 0; i < part->count; i++)
        if (!has(part->distinct, part->distinct_count, part->hash[i]))
            part->distinct[part->distinct_count++] = part->hash[i];
}

static size_t shared(const struct part *a, const struct part *b)
{
    size_t n = 0;
    for (size_t i = 0; i < a->distinct_count; i++)
        n += has(b->distinct, b->distinct_count, a->distinct[i]);
    return n;
}

static double jaccard(const struct part *a, const struct part *b)
{
    size_t n = shared(a, b), all = a->distinct_count + b->distinct_count - n;
    return all > 0 ? (double)n / (double)all : 0;
}

/* New shingles, and stretches of earlier parts. */
static void make_part(uint64_t *state, struct part *parts, size_t p, uint64_t names)
{
    struct part *part = &parts[p];
    part->count = 0;
    size_t pieces = next_random(state) % 5;
    for (size_t k = 0; k < pieces; k++) {
        uint64_t r = next_random(state);
        const struct part *from = &parts[p > 0 ? (r >> 32) % p : 0];
        size_t n = 1 + (r >> 8) % 20;
        if (r % 4 == 0 && p > 0)
            n = from->count;
        for (size_t i = 0; i < n && part->count < SHINGLES; i++) {
            bool copy = r % 3 > 0 && p > 0 && i < from->count && next_random(state) % 12 > 0;
            part->hash[part->count++] = copy ? from->hash[i] : hash_of(next_random(state) % names);
        }
    }
    part->tokens = (uint32_t)(part->count + (part->count > 0 ? next_random(state) % 3 : 0));
    part->candidate = next_random(state) % 8 > 0;
    part->standing = true;
    make_distinct(part);
}

static bool next_in_turn(const struct part *parts, size_t count, const bool *done, size_t *turn)
{
    bool found = false;
    for (size_t p = 0; p < count; p++) {
        if (done[p])
            continue;
        if (!found || parts[p].tokens >= parts[*turn].tokens)
            *turn = p;
        found = true;
    }
    return found;
}

static bool naive_contained(const struct part *parts, size_t count, size_t p, double threshold, double containment,
                            struct ndup_intra_contained *out)
{
    bool rest[PARTS];
    size_t covered = 0, best = 0;
    *out = (struct ndup_intra_contained){(uint32_t)p, UINT32_MAX, 0, (uint32_t)parts[p].distinct_count};
    for (size_t q = 0; q < count; q++) {
        rest[q] = q != p && parts[q].standing && jaccard(&parts[p], &parts[q]) < threshold;
        if (rest[q] && shared(&parts[p], &parts[q]) > best) {
            best = shared(&parts[p], &parts[q]);
            out->container = (uint32_t)q;
        }
    }
    for (size_t i = 0; i < parts[p].distinct_count; i++) {
        bool found = false;
        for (size_t q = 0; q < count; q++)
            found = found || (rest[q] && has(parts[q].distinct, parts[q].distinct_count, parts[p].distinct[i]));
        covered += found;
    }
    out->shared = (uint32_t)covered;
    return covered > 0 && (double)covered / (double)parts[p].distinct_count >= containment;
}

static void expect_contained(struct part *parts, size_t count, double threshold, double containment,
                             const struct ndup_intra_found *found)
{
    static struct ndup_intra_contained expected[PARTS];
    bool done[PARTS] = {false}, contained[PARTS] = {false};
    size_t p = 0, n = 0;
    while (containment > 0 && next_in_turn(parts, count, done, &p)) {
        done[p] = true;
        if (!parts[p].candidate || !naive_contained(parts, count, p, threshold, containment, &expected[p]))
            continue;
        contained[p] = true;
        parts[p].standing = false;
    }
    for (p = 0; p < count; p++) {
        if (!contained[p])
            continue;
        cr_assert(n < found->contained_count, "part %zu", p);
        const struct ndup_intra_contained *got = &found->contained[n++];
        cr_assert(got->part == p && got->container == expected[p].container && got->shared == expected[p].shared &&
                      got->shingles == expected[p].shingles,
                  "part %zu: %u in %u, %u of %u", p, got->part, got->container, got->shared, got->shingles);
    }
    cr_assert_eq(found->contained_count, n);
}

static bool share_bucket(const struct ndup_intra_found *found, size_t a, size_t b)
{
    for (size_t i = 0; i < found->bucket_entries; i++)
        for (size_t k = i + 1; k < found->bucket_entries && found->buckets[k].bucket == found->buckets[i].bucket; k++)
            if (found->buckets[i].part == a && found->buckets[k].part == b)
                return true;
    return false;
}

static void expect_buckets(const struct part *parts, size_t count, double threshold,
                           const struct ndup_intra_found *found)
{
    uint32_t buckets = 0;
    for (size_t i = 0; i < found->bucket_entries; i++) {
        const struct ndup_intra_bucket *now = &found->buckets[i], *before = now - 1;
        cr_assert(now->part < count && parts[now->part].candidate && parts[now->part].standing);
        bool first = i == 0 || before->bucket != now->bucket;
        cr_assert(first || before->part < now->part);
        cr_assert(now->bucket + 1 == (buckets += first));
        cr_assert(!first || (i + 1 < found->bucket_entries && now[1].bucket == now->bucket), "a bucket of one");
    }
    cr_assert_eq(found->bucket_count, buckets);
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++)
            if (parts[a].candidate && parts[b].candidate && parts[a].standing && parts[b].standing &&
                jaccard(&parts[a], &parts[b]) >= threshold)
                cr_assert(share_bucket(found, a, b), "%zu and %zu: %g", a, b, jaccard(&parts[a], &parts[b]));
}

Test(match_within, agrees_with_brute_force)
{
    static const double thresholds[] = {0.3, 0.5, 0.7, 0.8, 0.95, 1.0}, containments[] = {0, 0.5, 0.8, 0.9, 1.0};
    static struct part parts[PARTS];
    struct ndup_intra_document *within;
    uint64_t state = 31, contained = 0, buckets = 0;
    printf("seed %llu\n", (unsigned long long)state);
    cr_assert(ndup_intra_create(&within, NULL) == NEARDUP_OK);
    for (int run = 0; run < 6000; run++) {
        size_t count = next_random(&state) % (PARTS + 1);
        uint64_t names = 1 + next_random(&state) % (run % 2 == 0 ? 60 : 100000);
        double threshold = thresholds[next_random(&state) % 6], containment = containments[next_random(&state) % 5];
        ndup_intra_begin(within);
        for (size_t p = 0; p < count; p++) {
            make_part(&state, parts, p, names);
            cr_assert(ndup_intra_add(within, parts[p].hash, parts[p].count, parts[p].tokens, parts[p].candidate,
                                     NULL) == NEARDUP_OK);
        }
        struct ndup_intra_found found;
        cr_assert(ndup_intra_find(within, threshold, containment, 0, &found, NULL) == NEARDUP_OK);
        expect_contained(parts, count, threshold, containment, &found);
        expect_buckets(parts, count, threshold, &found);
        contained += found.contained_count;
        buckets += found.bucket_count;
    }
    /* The texts have what is looked for. */
    cr_assert(contained > 2000 && buckets > 2000, "%llu %llu", (unsigned long long)contained,
              (unsigned long long)buckets);
    ndup_intra_destroy(within);
}

/* A letter is a shingle. Parts of equal length by turns; capitals at the beginning: "-" no candidate. */
static const char *found_in(double threshold, double containment, size_t count, const char *const *parts)
{
    static char text[1024];
    struct ndup_intra_document *within;
    struct ndup_intra_found found;
    cr_assert(ndup_intra_create(&within, NULL) == NEARDUP_OK);
    ndup_intra_begin(within);
    for (size_t p = 0; p < count; p++) {
        uint64_t hashes[128];
        bool candidate = parts[p][0] != '-';
        size_t n = 0;
        for (const char *s = parts[p] + !candidate; *s != '\0'; s++)
            hashes[n++] = hash_of((uint64_t)*s);
        cr_assert(ndup_intra_add(within, hashes, n, (uint32_t)n, candidate, NULL) == NEARDUP_OK);
    }
    cr_assert(ndup_intra_find(within, threshold, containment, 0, &found, NULL) == NEARDUP_OK);
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < found.contained_count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%u in %u %u/%u, ", found.contained[i].part,
                              found.contained[i].container, found.contained[i].shared, found.contained[i].shingles);
    for (size_t i = 0; i < found.bucket_entries; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%u:%u, ", found.buckets[i].bucket, found.buckets[i].part);
    ndup_intra_destroy(within);
    return text;
}

#define FOUND(threshold, containment, ...)                                                                             \
    found_in(threshold, containment, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *),                     \
             (const char *[]){__VA_ARGS__})

Test(match_within, small_documents)
{
    cr_assert_str_eq(FOUND(0.7, 0.9, "abcdef"), "");
    cr_assert_str_eq(FOUND(0.7, 0.9, "abcdef", "", "ghijkl", "mno"), "");
    /* J = 9/11: one bucket of both is enough. */
    cr_assert_str_eq(FOUND(0.7, 0.9, "abcdefghij", "xyz", "abcdefghik"), "0:0, 0:2, ");
    cr_assert_str_eq(FOUND(0.95, 0, "abcdefghij", "xyz", "abcdefghik"), "");
    /* The longest is removed first: two others contain it, and are kept. */
    cr_assert_str_eq(FOUND(0.7, 0.9, "abcdefghij", "abcdef", "ghij"), "0 in 1 10/10, ");
    cr_assert_str_eq(FOUND(0.7, 0.9, "-abcdefghij", "abcdef", "ghij"), "1 in 0 6/6, 2 in 0 4/4, ");
    /* A bucket has candidates: these have J = 6/10. */
    cr_assert_str_eq(FOUND(0.7, 0, "abcdefghij", "abcdef", "ghij"), "0:0, 0:1, ");
    /* Among equals the later one first: b is removed, and a is kept, since b is no longer there. */
    cr_assert_str_eq(FOUND(0.9, 0.8, "abcdefgh", "abcdefgx", "-x"), "1 in 0 8/8, ");
    /* Near-duplicates do not contain each other. */
    cr_assert_str_eq(FOUND(0.7, 0.8, "abcdefgh", "abcdefgx"), "0:0, 0:1, ");
    /* Repeats inside a part count once, and are not repeats of the document. */
    cr_assert_str_eq(FOUND(0.5, 0.5, "aaaaaaaa", "bbbbbbbb", "cdcdcdcd"), "");
}

/* Memory checks take ten times as long. */
#define DEGENERATE (NDUP_SANITIZED || !test_full() ? 20000u : 100000u)

/* 100 000 parts of few shingles, near-duplicates of each other, or contained in each other: every shingle is in most
 * parts. With 1000 parts listed of each that is about 1 s; all pairs would take a thousand times as long, which the
 * timeout ends. */
Test(match_within, degenerate_documents_end, .timeout = 1800)
{
    struct ndup_intra_document *within;
    struct ndup_intra_found found;
    uint64_t state = 33;
    cr_assert(ndup_intra_create(&within, NULL) == NEARDUP_OK);
    for (int kind = 0; kind < 3; kind++) {
        ndup_intra_begin(within);
        for (uint32_t p = 0; p < DEGENERATE; p++) {
            uint64_t hashes[8];
            for (size_t i = 0; i < 8; i++)
                hashes[i] = hash_of(kind == 0 ? i : next_random(&state) % (kind == 1 ? 12 : 100));
            cr_assert(ndup_intra_add(within, hashes, 8, 10, true, NULL) == NEARDUP_OK);
        }
        cr_assert(ndup_intra_find(within, 0.7, 0.9, 0, &found, NULL) == NEARDUP_OK);
    }
    ndup_intra_destroy(within);
}

/* Of a shingle that more than 1 000 parts have, the first 1 000 are its places: neither one less nor one more. Each part has
 * this shingle and one of its own: J is 1/3 for each pair. */
Test(match_within, the_first_thousand_parts_of_a_shingle)
{
    struct ndup_intra_document *within;
    cr_assert(ndup_intra_create(&within, NULL) == NEARDUP_OK);
    for (uint32_t count = 999; count <= 1002; count++) {
        struct ndup_intra_found found;
        uint32_t last = 0, most = count < 1000 ? count : 1000;
        ndup_intra_begin(within);
        for (uint32_t p = 0; p < count; p++) {
            uint64_t hashes[2] = {hash_of(1), hash_of(p + 10)};
            cr_assert(ndup_intra_add(within, hashes, 2, 2, true, NULL) == NEARDUP_OK);
        }
        cr_assert(ndup_intra_find(within, 0.3, 0, 0, &found, NULL) == NEARDUP_OK);
        for (size_t i = 0; i < found.bucket_entries; i++)
            last = found.buckets[i].part > last ? found.buckets[i].part : last;
        cr_assert_eq(found.bucket_entries, most, "%zu of %u parts", found.bucket_entries, count);
        cr_assert_eq(last, most - 1, "%u parts: the last is %u", count, last);
    }
    ndup_intra_destroy(within);
}

/* ---- text to repeats ---- */

/* An article with a summary that merges its first two paragraphs, cut off; one of them a second time with other quotes;
 * captions and a credit printed twice and three times. */
static const char article[] =
    "Ferry strike leaves islanders waiting for a third day\n"
    "\n"
    "Crews of the northern ferry line have walked out over a new rota, leaving four islands without their morning "
    "boats since Monday. \"We didn\xE2\x80\x99t want this, but nobody had asked us what we thought of the rota before "
    "it hung on the "
    "wall in ...\n"
    "\n"
    "By a reporter.\nHarbour Office\nHarbour Office\nHarbour Office\n"
    "\n"
    "Crews of the northern ferry line have walked out over a new rota, leaving four islands without their morning "
    "boats since Monday.\n"
    "\n"
    "\"We didn\xE2\x80\x99t want this, but nobody had asked us what we thought of the rota before it hung on the wall "
    "in the "
    "mess,\" said one deckhand, who has served on the line for eleven years.\n"
    "\n"
    "\"We didn't want this, but nobody had asked us what we thought of the rota before it hung on the wall in the "
    "mess,\" said one deckhand, who has served on the line for eleven years.\n"
    "\n"
    "Passengers wait beside their bicycles at the pier.\nPassengers wait beside their bicycles at the pier.\n"
    "\n"
    "The company says that the new plan is fairer to those who live far from the port, and that talks will go on.\n";

Test(match_within, an_article_with_its_summary)
{
    const neardup_profile profile = {NEARDUP_TOKENS_WORD, 3};
    static const size_t expected_echoes[] = {0, 0, 2, 0, 0, 0, 1, 0};
    struct ndup_text *text;
    struct ndup_part *part;
    struct ndup_intra_document *within;
    struct ndup_split split;
    struct ndup_span span;
    struct ndup_intra_found found;
    struct ndup_digest digests[8];
    size_t count = 0;
    cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    cr_assert(ndup_part_create(&part, NULL) == NEARDUP_OK);
    cr_assert(ndup_intra_create(&within, NULL) == NEARDUP_OK);
    ndup_intra_begin(within);
    ndup_split_begin(&split, NEARDUP_UNIT_PARAGRAPH, article, sizeof article - 1);
    while (ndup_split_next(&split, &span)) {
        struct ndup_part_tokens tokens;
        const uint64_t *hashes;
        size_t hash_count;
        cr_assert(count < 8);
        cr_assert(ndup_part_tokenise(part, text, article + span.begin, span.end - span.begin, true, NDUP_KEYED, &tokens,
                                     NULL) == NEARDUP_OK);
        cr_assert_eq(tokens.echo_count, expected_echoes[count]);
        cr_assert(ndup_text_shingle_keyed(text, tokens.keyed, tokens.count, &hashes, &hash_count, NULL) == NEARDUP_OK);
        digests[count] = ndup_text_digest(text, tokens.keyed, tokens.count);
        /* The second of two equal parts is not added. */
        if (count != 5)
            cr_assert(ndup_intra_add(within, hashes, hash_count, (uint32_t)tokens.count, tokens.count >= 8, NULL) ==
                      NEARDUP_OK);
        count++;
    }
    cr_assert_eq(count, 8);
    cr_assert(ndup_digest_equal(digests[4], digests[5]));
    cr_assert(ndup_intra_find(within, 0.7, 0.9, 0, &found, NULL) == NEARDUP_OK);
    cr_assert_eq(found.contained_count, 1);
    cr_assert_eq(found.contained[0].part, 1);
    cr_assert_eq(found.contained[0].container, 4);
    cr_assert(found.contained[0].shared * 10 >= found.contained[0].shingles * 9);
    cr_assert_eq(found.bucket_count, 0);
    ndup_intra_destroy(within);
    ndup_part_destroy(part);
    ndup_text_destroy(text);
}
