/* SPDX-License-Identifier: MIT */
#include "gen/document.h"

#include "gen/fail.h"

#include <stdlib.h>
#include <string.h>

const char *const edit_names[] = {"original", "none", "tokens", "append", "cut", "move"};

/* A duplicate takes its source evenly from the originals so far, which gives clusters of about geometric sizes; with
 * probability `hub` it is the first document, for one giant cluster. */
void corpus_make(struct corpus *c)
{
    c->sites = c->documents / 200 + 1;
    struct rng r = rng_make(c->o.seed, STREAM_PLAN, 0);
    uint32_t *originals = must(malloc((c->documents + 1) * sizeof *originals)), count = 0;
    c->source = must(malloc((c->documents + 1) * sizeof *c->source));
    for (uint32_t i = 0; i < c->documents; i++) {
        if (count > 0 && rng_real(&r) < c->o.duplicates) {
            c->source[i] = rng_real(&r) < c->o.hub ? originals[0] : originals[rng_below(&r, count)];
        } else {
            c->source[i] = i;
            originals[count++] = i;
        }
    }
    free(originals);
}

void corpus_free(struct corpus *c)
{
    free(c->source);
}

static void room_for(struct document *d, size_t count)
{
    if (count <= d->room)
        return;
    d->room = count + count / 2 + 64;
    d->word = must(realloc(d->word, d->room * sizeof *d->word));
}

static void append_words(const struct corpus *c, struct document *d, struct rng *r, size_t n)
{
    room_for(d, d->count + n);
    uint32_t *to = d->word + d->count;
    for (size_t i = 0; i < n; i++)
        to[i] = draw_word(&c->words, r);
    d->count += n;
}

/* Paragraphs that all pages of a site share: at most the boilerplate share of a document, so that two pages never
 * become similar through them alone. */
static void append_boilerplate(const struct corpus *c, struct document *d, size_t most)
{
    struct rng r = rng_make(c->o.seed, STREAM_SITE, d->site);
    for (size_t done = 0;;) {
        size_t n = 12 + rng_below(&r, 40);
        if (done + n > most)
            break;
        append_words(c, d, &r, n);
        done += n;
    }
}

static void build_original(const struct corpus *c, uint32_t number, struct document *d)
{
    struct rng r = rng_make(c->o.seed, STREAM_BODY, number);
    double mu = log(c->o.mean_words) - c->o.sigma * c->o.sigma / 2;
    double length = exp(mu + c->o.sigma * rng_normal(&r));
    size_t total = length < 8 ? 8 : length > 300000 ? 300000 : (size_t)length;
    double site = rng_real(&r);
    d->site = (uint32_t)(site * site * c->sites);
    d->script = PLAIN;
    if (rng_real(&r) < c->o.non_ascii)
        d->script = rng_below(&r, 2) == 0 ? ACCENTED : RUSSIAN;
    d->count = 0;
    append_boilerplate(c, d, (size_t)(c->o.boilerplate * (double)total));
    append_words(c, d, &r, total > d->count ? total - d->count : 1);
    d->edit = ORIGINAL;
    d->look = number;
}

/* Every token is touched with probability p. A share s = (1-p)^5 of the shingles survives, and J = s / (2 - s). */
static void edit_tokens(const struct corpus *c, struct rng *r, double jaccard, const struct document *from,
                        struct document *d)
{
    double survive = 2 * jaccard / (1 + jaccard);
    uint32_t p = (uint32_t)((1 - pow(survive, 0.2)) * 0x1p32);
    room_for(d, from->count * 2 + 2);
    size_t n = 0;
    for (size_t i = 0; i < from->count; i++) {
        uint64_t u = rng_next(r);
        if ((uint32_t)u >= p) {
            d->word[n++] = from->word[i];
            continue;
        }
        unsigned what = (unsigned)(u >> 32) % 5;
        if (what > 0) /* 1 to 4: another word; 0: deleted */
            d->word[n++] = draw_word(&c->words, r);
        if (what == 4) /* ... in front of this one */
            d->word[n++] = from->word[i];
    }
    if (n == 0)
        d->word[n++] = draw_word(&c->words, r);
    d->count = n;
}

static void copy_words(struct document *d, const uint32_t *words, size_t n)
{
    room_for(d, d->count + n);
    memcpy(d->word + d->count, words, n * sizeof *words);
    d->count += n;
}

static void edit_block(const struct corpus *c, struct rng *r, double jaccard, const struct document *from,
                       struct document *d)
{
    size_t n = from->count, keep = (size_t)(jaccard * (double)n);
    d->count = 0;
    if (keep == 0)
        keep = 1;
    size_t a = rng_below(r, (uint32_t)(n - keep) + 1);
    if (d->edit == EDIT_APPEND) {
        copy_words(d, from->word, n);
        append_words(c, d, r, (size_t)((double)n / jaccard) - n + 1);
    } else if (d->edit == EDIT_CUT) {
        copy_words(d, from->word + a, keep);
    } else { /* swap the parts before and after a position */
        copy_words(d, from->word + a, n - a);
        copy_words(d, from->word, a);
    }
}

bool document_same(const struct document *a, const struct document *b)
{
    return a->count == b->count && (a->script == RUSSIAN) == (b->script == RUSSIAN) &&
           memcmp(a->word, b->word, a->count * sizeof *a->word) == 0;
}

void document_build(const struct corpus *c, uint32_t number, struct document *d, struct document *source)
{
    uint32_t root = c->source[number];
    if (root == number) {
        build_original(c, number, d);
        return;
    }
    build_original(c, root, source);
    struct rng r = rng_make(c->o.seed, STREAM_EDIT, number);
    d->site = source->site;
    d->script = source->script;
    d->count = 0;
    if (rng_real(&r) < c->o.exact) { /* half of them byte for byte, half in other case and punctuation */
        d->edit = EXACT;
        d->look = rng_below(&r, 2) == 0 ? root : number;
        copy_words(d, source->word, source->count);
        return;
    }
    d->look = number;
    double jaccard = 0.3 + 0.69 * rng_real(&r);
    unsigned what = rng_below(&r, 10);
    d->edit = what < 6 ? EDIT_TOKENS : what < 8 ? EDIT_APPEND : what < 9 ? EDIT_CUT : EDIT_MOVE;
    if (d->edit == EDIT_TOKENS)
        edit_tokens(c, &r, jaccard, source, d);
    else
        edit_block(c, &r, jaccard, source, d);
    if (document_same(d, source))
        d->edit = EXACT;
}
