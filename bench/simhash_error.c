/* SPDX-License-Identifier: MIT
 * Fingerprints of random texts: the tables of doc/simhash.md. Arguments: trials, bits. Three tables:
 *   equal    pairs of n shingles each and of Jaccard J: mean and spread of the distance beside what the angle says,
 *            and the share of the pairs within 3, 6 and 10 bits of 64, or twice that of 128
 *   word     a text and itself with one word in its middle replaced, 5 shingles
 *   ties     mean distance by the way ties are decided, 64 bits */
#include "base/platform.h"

#include "sketch/simhash.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LARGEST 2000u

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Two texts of n distinct shingles that share some: ranges of one array. */
struct pair {
    uint64_t hashes[2 * LARGEST];
    const uint64_t *a, *b;
    size_t n;
};

static void make_pair(struct pair *pair, size_t n, size_t shared, uint64_t *state)
{
    for (size_t i = 0; i < 2 * n - shared; i++)
        pair->hashes[i] = next(state);
    pair->n = n;
    pair->a = pair->hashes;
    pair->b = pair->hashes + n - shared;
}

/* J = s / (2 n - s). Where s is no whole number the two next to it take turns by chance, so that the mean of s / n,
 * the cosine, is that of J. */
static size_t shared_of(double jaccard, size_t n, uint64_t *state)
{
    double s = 2 * (double)n * jaccard / (1 + jaccard), whole = floor(s);
    double chance = (double)(next(state) >> 11) / 9007199254740992.0;
    return (size_t)whole + (chance < s - whole);
}

static double angle(double cosine)
{
    return acos(fmin(1, cosine)) / acos(-1);
}

struct tally {
    double sum, squares;
    long trials, within[3];
};

static const unsigned limits[] = {3, 6, 10};

static void print_heads(const char *table, unsigned bits)
{
    printf("%s\tbits\tshingles\tjaccard\tangle\tbinomial\tmean\tspread", table);
    for (unsigned i = 0; i < 3; i++)
        printf("\twithin%u", limits[i] * bits / 64);
    putchar('\n');
}

static void count_distance(struct tally *t, unsigned bits, unsigned distance)
{
    t->trials++;
    t->sum += distance;
    t->squares += (double)distance * distance;
    for (unsigned i = 0; i < 3; i++)
        t->within[i] += distance <= limits[i] * bits / 64;
}

static void print_tally(const struct tally *t)
{
    double trials = (double)t->trials, mean = t->sum / trials;
    printf("\t%.2f\t%.2f", mean, sqrt(fmax(0, t->squares / trials - mean * mean)));
    for (unsigned i = 0; i < 3; i++)
        printf("\t%.4f", (double)t->within[i] / trials);
    putchar('\n');
}

static unsigned distance_of(struct ndup_simhash *simhash, const struct pair *pair)
{
    struct ndup_fingerprint a, b;
    if (ndup_simhash_compute(simhash, pair->a, pair->n, &a, NULL) != NEARDUP_OK ||
        ndup_simhash_compute(simhash, pair->b, pair->n, &b, NULL) != NEARDUP_OK)
        exit(2);
    return ndup_simhash_distance(a, b);
}

static void table_equal(struct ndup_simhash *simhash, unsigned bits, long trials, uint64_t *state)
{
    static const size_t counts[] = {2, 5, 10, 20, 50, 100, 400};
    static const double similarities[] = {0, 0.5, 0.7, 0.8, 0.9};
    static struct pair pair;
    print_heads("equal", bits);
    for (size_t j = 0; j < sizeof similarities / sizeof *similarities; j++) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            struct tally tally = {0};
            double jaccard = similarities[j], p = angle(2 * jaccard / (1 + jaccard));
            for (long t = 0; t < trials; t++) {
                make_pair(&pair, counts[c], shared_of(jaccard, counts[c], state), state);
                count_distance(&tally, bits, distance_of(simhash, &pair));
            }
            printf("equal\t%u\t%zu\t%.1f\t%.2f\t%.2f", bits, counts[c], jaccard, p * bits, sqrt(bits * p * (1 - p)));
            print_tally(&tally);
        }
    }
}

static void table_word(struct ndup_simhash *simhash, unsigned bits, long trials, uint64_t *state)
{
    static const size_t counts[] = {5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 1000, LARGEST};
    static struct pair pair;
    print_heads("word", bits);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct tally tally = {0};
        size_t n = counts[c];
        double p = angle((double)(n - 5) / (double)n);
        for (long t = 0; t < trials; t++) {
            make_pair(&pair, n, n - 5, state);
            count_distance(&tally, bits, distance_of(simhash, &pair));
        }
        printf("word\t%u\t%zu\t%.3f\t%.2f\t%.2f", bits, n, (double)(n - 5) / (double)(n + 5), p * bits,
               sqrt(bits * p * (1 - p)));
        print_tally(&tally);
    }
}

enum { TIE_ZERO, TIE_PATTERN, TIE_SUM, TIE_MIXED, TIE_VOTE, TIE_WAYS };

/* Fingerprints of 64 bits that differ in what tied bits are: 0; those of a constant; of a mix of the sum of all hashes;
 * of a mix of the shingle with the smallest key; and that shingle's own votes, which is the library's way. */
static void fingerprints(const uint64_t *hashes, size_t n, uint64_t *out)
{
    uint64_t more = 0, tied = 0, sum = 0, least = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = hashes[i] ^ hashes[i] << 32;
        least = key < least ? key : least;
        sum += hashes[i];
    }
    for (unsigned b = 0; b < 64; b++) {
        size_t votes = 0;
        for (size_t i = 0; i < n; i++)
            votes += hashes[i] >> b & 1;
        more |= (uint64_t)(2 * votes > n) << b;
        tied |= (uint64_t)(2 * votes == n) << b;
    }
    least ^= least << 32;
    out[TIE_ZERO] = more;
    out[TIE_PATTERN] = more | (tied & UINT64_C(0x9e3779b97f4a7c15));
    out[TIE_VOTE] = more | (tied & least);
    out[TIE_SUM] = more | (tied & next(&sum));
    out[TIE_MIXED] = more | (tied & next(&least));
}

static void table_ties(long trials, uint64_t *state)
{
    static const size_t counts[] = {2, 4, 10, 20, 50, 100, 400};
    static const double similarities[] = {0, 0.5, 0.8, 0.9};
    static struct pair pair;
    printf("ties\tshingles\tother\tjaccard\tangle\tzero\tpattern\tsum\tmixed\tvote\n");
    /* both of n shingles, then one of n and one of n - 1, where only one of them can tie */
    for (size_t less = 0; less <= 1; less++) {
        for (size_t j = 0; j < sizeof similarities / sizeof *similarities; j++) {
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
                double sums[TIE_WAYS] = {0}, expected = 0;
                size_t n = counts[c];
                for (long t = 0; t < trials; t++) {
                    uint64_t a[TIE_WAYS], b[TIE_WAYS];
                    size_t shared = shared_of(similarities[j], n, state);
                    make_pair(&pair, n, shared, state);
                    shared -= less && shared == n;
                    expected += 64 * angle((double)shared / sqrt((double)n * (double)(n - less)));
                    fingerprints(pair.a, n, a);
                    fingerprints(pair.b, n - less, b);
                    for (unsigned w = 0; w < TIE_WAYS; w++)
                        sums[w] += __builtin_popcountll(a[w] ^ b[w]);
                }
                printf("ties\t%zu\t%zu\t%.1f\t%.2f", n, n - less, similarities[j], expected / (double)trials);
                for (unsigned w = 0; w < TIE_WAYS; w++)
                    printf("\t%.2f", sums[w] / (double)trials);
                putchar('\n');
            }
        }
    }
}

int main(int argc, char **argv)
{
    long trials = argc > 1 ? atol(argv[1]) : 20000;
    long bits = argc > 2 ? atol(argv[2]) : 64;
    struct ndup_simhash *simhash;
    neardup_error err;
    uint64_t state = 7;
    if (trials < 1 || (bits != 64 && bits != 128)) {
        fprintf(stderr, "usage: simhash_error [trials [64|128]]\n");
        return 2;
    }
    if (ndup_simhash_create(&simhash, (unsigned)bits, NEARDUP_WEIGHTS_COUNT, NEARDUP_CPU_AUTO, &err) != NEARDUP_OK) {
        fprintf(stderr, "simhash_error: %s\n", err.message);
        return 2;
    }
    table_equal(simhash, (unsigned)bits, trials, &state);
    table_word(simhash, (unsigned)bits, trials, &state);
    table_ties(trials / 10 + 1, &state);
    ndup_simhash_destroy(simhash);
    return 0;
}
