/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/contained.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/set_index.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- how many samples ---- */

/* No shared shingle of a text is sampled, or too few of its samples are shared: the two parts of a miss. */
#define NONE_SAMPLED 0.0075
#define FEW_SHARED   0.0025

static double power(double base, uint64_t exponent)
{
    double result = 1;
    for (; exponent > 0; exponent /= 2, base *= base)
        result *= exponent % 2 == 1 ? base : 1;
    return result;
}

/* By halving and not with pow(): the samples, and with them the candidates, are the same on every machine. */
double ndup_samples_rate(double share, uint64_t shingles)
{
    double least = 1, most = NDUP_SAMPLES_RATE;
    uint64_t shared = (uint64_t)(share * (double)shingles);
    for (unsigned i = 0; i < 50; i++) {
        double middle = least + (most - least) / 2;
        if (power(1 - 1 / middle, shared > 0 ? shared : 1) <= NONE_SAMPLED)
            least = middle;
        else
            most = middle;
    }
    return least;
}

/* Above this the binomial distribution is taken for a normal one, of which 3 standard deviations leave .0013. */
#define EXACT_MOST 1000u

uint32_t ndup_samples_least(double share, uint32_t samples)
{
    double m = samples, least;
    if (share >= 1 || samples <= 1)
        return samples;
    if (samples > EXACT_MOST) {
        least = share * m - 3 * sqrt(m * share * (1 - share));
        return least > 1 ? (uint32_t)least : 1;
    }
    double chance = power(share, samples), sum = chance; /* that exactly, and that at least k are shared */
    uint32_t k = samples;
    for (; k > 1 && sum < 1 - FEW_SHARED; k--) {
        chance *= (double)k / (double)(samples - k + 1) * ((1 - share) / share);
        sum += chance;
    }
    return k;
}

/* ---- samples: blocks of records in memory or in the scratch folder ---- */

/* Words of a block: a thread has one while it samples, and one while it reads. A longer record makes its block longer. */
#define BLOCK_WORDS ((size_t)64 << 10)
/* Of a record before its samples: text id, number of samples. */
#define HEAD_WORDS 2u

struct samples_block {
    uint32_t *words; /* NULL: in the file */
    uint64_t offset; /* in the file, bytes */
    size_t count;    /* words */
};

struct ndup_samples {
    uint64_t last; /* hash that is sampled */
    size_t memory_bytes;
    struct ndup_scratch *scratch;
    pthread_mutex_t lock; /* guards all below */
    struct samples_block *blocks;
    size_t block_count, block_capacity;
    uint64_t resident, written, words;
    int file; /* -1 before the first write */
};

neardup_status ndup_samples_create(struct ndup_samples **out, double rate, size_t memory_bytes,
                                   struct ndup_scratch *scratch, neardup_error *err)
{
    struct ndup_samples *s = *out = ndup_calloc(1, sizeof *s);
    if (s == NULL)
        return ndup_fail_nomem(err);
    s->last = rate <= 1 ? UINT64_MAX : (uint64_t)(18446744073709551616.0 / rate);
    s->memory_bytes = memory_bytes;
    s->scratch = scratch;
    s->file = -1;
    pthread_mutex_init(&s->lock, NULL);
    return NEARDUP_OK;
}

void ndup_samples_free(struct ndup_samples *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->block_count; i++)
        free(s->blocks[i].words);
    free(s->blocks);
    if (s->file >= 0)
        ndup_scratch_close(s->scratch, s->file, s->written);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Takes the words of a block over, or writes them. */
static neardup_status add_block(struct ndup_samples *s, struct ndup_sampler *from, neardup_error *err)
{
    size_t bytes = from->used * sizeof *from->block;
    struct samples_block block = {.count = from->used};
    pthread_mutex_lock(&s->lock);
    neardup_status st = NEARDUP_OK;
    bool spill = s->resident + bytes > s->memory_bytes;
    if (!ndup_grow(&s->blocks, &s->block_capacity, s->block_count + 1, sizeof *s->blocks))
        st = ndup_fail_nomem(err);
    if (st == NEARDUP_OK && spill && s->file < 0)
        st = ndup_scratch_file(s->scratch, &s->file, err);
    if (st == NEARDUP_OK && spill) {
        block.offset = s->written;
        s->written += bytes;
    } else if (st == NEARDUP_OK) {
        s->resident += bytes;
        block.words = from->block;
        from->block = NULL;
        from->capacity = 0;
    }
    if (st == NEARDUP_OK) {
        s->words += from->used;
        s->blocks[s->block_count++] = block;
    }
    pthread_mutex_unlock(&s->lock);
    if (st == NEARDUP_OK && spill)
        st = ndup_pwrite_all(s->scratch, s->file, from->block, bytes, block.offset, err);
    from->used = 0;
    return st;
}

/* Without a branch: one shingle in eight is sampled. */
static size_t sample(uint64_t *restrict out, const uint64_t *shingles, size_t count, uint64_t last)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        out[n] = (uint32_t)shingles[i];
        n += shingles[i] <= last;
    }
    return n;
}

neardup_status ndup_sampler_put(struct ndup_sampler *m, struct ndup_text_id text, const uint64_t *shingles,
                                size_t count, neardup_error *err)
{
    struct ndup_samples *s = m->samples;
    size_t n = 0;
    if (!ndup_grow(&m->hashes, &m->hash_capacity, count, sizeof *m->hashes))
        return ndup_fail_nomem(err);
    n = sample(m->hashes, shingles, count, s->last);
    NDUP_TRY(ndup_probe_fill(&m->probe, m->hashes, n, err));
    n = m->probe.count;
    if (n == 0)
        return NEARDUP_OK;
    if (n >= UINT32_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT, "a text has too many shingles");
    if (m->used > 0 && m->used + HEAD_WORDS + n > BLOCK_WORDS)
        NDUP_TRY(add_block(s, m, err));
    size_t needed = m->used + HEAD_WORDS + n;
    if (!ndup_grow(&m->block, &m->capacity, needed > BLOCK_WORDS ? needed : BLOCK_WORDS, sizeof *m->block))
        return ndup_fail_nomem(err);
    m->block[m->used++] = text.value;
    m->block[m->used++] = (uint32_t)n;
    for (size_t i = 0; i < n; i++)
        m->block[m->used++] = (uint32_t)m->probe.distinct[i];
    return NEARDUP_OK;
}

neardup_status ndup_sampler_finish(struct ndup_sampler *m, bool complete, neardup_error *err)
{
    neardup_status st = NEARDUP_OK;
    if (complete && m->used > 0)
        st = add_block(m->samples, m, err);
    free(m->hashes);
    free(m->block);
    ndup_probe_free(&m->probe);
    *m = (struct ndup_sampler){0};
    return st;
}

struct reading { /* records of a block */
    const uint32_t *words;
    size_t count, at;
    uint32_t *buffer;
    size_t capacity;
};

static neardup_status read_block(const struct ndup_samples *s, size_t number, struct reading *r, neardup_error *err)
{
    const struct samples_block *b = &s->blocks[number];
    r->at = 0;
    r->count = b->count;
    r->words = b->words;
    if (b->words != NULL)
        return NEARDUP_OK;
    if (!ndup_grow(&r->buffer, &r->capacity, b->count, sizeof *r->buffer))
        return ndup_fail_nomem(err);
    r->words = r->buffer;
    return ndup_pread_all(s->scratch, s->file, r->buffer, b->count * sizeof *r->buffer, b->offset, err);
}

/* Of the next record; NULL: that was the last one. */
static const uint32_t *next_record(struct reading *r, struct ndup_text_id *text, uint32_t *count)
{
    if (r->at >= r->count)
        return NULL;
    const uint32_t *record = r->words + r->at;
    text->value = record[0];
    *count = record[1];
    r->at += HEAD_WORDS + record[1];
    return record + HEAD_WORDS;
}

/* The index takes its buckets from the high bits: this is one to one, and mixes upwards. */
NDUP_INLINE uint64_t hash_of(uint32_t sample)
{
    return sample * UINT64_C(0x9E3779B97F4A7C15);
}

/* ---- the best of many: what a text keeps of its candidates ---- */

/* A heap, the worst on top. */
struct best {
    struct ndup_contained_candidate *list;
    uint32_t count, capacity;
};

static bool is_worse(const struct ndup_contained_candidate *a, const struct ndup_contained_candidate *b)
{
    return a->shared != b->shared ? a->shared < b->shared : a->rank.value > b->rank.value;
}

static void sink(struct ndup_contained_candidate *list, uint32_t count, struct ndup_contained_candidate moved)
{
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_worse(&list[child + 1], &list[child]))
            child++;
        if (!is_worse(&list[child], &moved))
            break;
        list[at] = list[child];
    }
    list[at] = moved;
}

static bool offer(struct best *b, uint32_t most, struct ndup_contained_candidate new)
{
    if (b->count == most) {
        if (most > 0 && is_worse(&b->list[0], &new))
            sink(b->list, b->count, new);
        return true;
    }
    size_t capacity = b->capacity;
    if (!ndup_grow(&b->list, &capacity, (size_t)b->count + 1, sizeof *b->list))
        return false;
    b->capacity = (uint32_t)capacity;
    uint32_t at = b->count++;
    for (; at > 0 && is_worse(&new, &b->list[(at - 1) / 2]); at = (at - 1) / 2)
        b->list[at] = b->list[(at - 1) / 2];
    b->list[at] = new;
    return true;
}

/* What a candidate must share, at least, to be among them: the same as the worst one, if there are enough. */
static uint32_t floor_of(const struct best *b, uint32_t most)
{
    return b->count < most ? 0 : b->list[0].shared;
}

/* ---- a block of texts, by which all texts pass ---- */

#define LOCKS 64u

struct contained_member;

struct contained_set {      /* a text that is looked for */
    struct best best;       /* guarded by a lock */
    _Atomic uint32_t floor; /* of best; 0 while there is room */
};

struct cohort_floor { /* what texts share of the common shingles of a cohort (set_index.h) */
    struct best best; /* one more than texts keep: a text can be its own candidate here. Guarded by a lock */
    _Atomic uint32_t floor;
};

struct contained_finding;
/* What a thread does with each text that takes part. */
typedef neardup_status visit_record(struct contained_member *m, struct ndup_rank rank, const uint32_t *samples,
                                    uint32_t count, neardup_error *err);

struct contained_member {
    struct contained_finding *f;
    struct ndup_seeker *seeker;
    struct reading reading;
    uint64_t *hashes; /* of the text that passes by */
    size_t capacity;
    uint32_t *last; /* [sets]: rank of the last text offered: some are found twice */
    struct ndup_rank rank;
    neardup_status status;
    neardup_error error;
};

struct contained_finding {
    const struct ndup_contained_options *o;
    unsigned threads;
    struct contained_member *members;
    /* Which samples some text has, and which a second one has, too: one bit for samples with equal low bits. */
    _Atomic uint64_t *once, *twice;
    uint32_t mask;
    _Atomic uint64_t *wanted; /* a bit per rank: the text may have a candidate */
    visit_record *visit;      /* of the current walk */
    /* of the block: */
    struct ndup_set_index_set *sets;
    struct ndup_rank *ranks;     /* [sets] */
    struct contained_set *found; /* [sets] */
    uint64_t *hashes;            /* of the sets */
    size_t set_count, set_capacity, rank_capacity, hash_count, hash_capacity;
    struct cohort_floor *floors; /* [cohorts] */
    _Atomic uint32_t *reach;     /* [groups] */
    struct ndup_set_index *index;
    pthread_mutex_t locks[LOCKS];
    atomic_size_t next; /* block of samples */
    _Atomic uint64_t passed;
    atomic_bool stop;
    /* where the next block of texts begins */
    struct reading reading;
    size_t block;
};

static uint32_t least_of(const struct contained_finding *f, uint32_t count)
{
    return ndup_samples_least(f->o->share, count);
}

static uint32_t need_of(void *context, uint32_t set, size_t size)
{
    const struct contained_member *m = context;
    const struct contained_finding *f = m->f;
    (void)size;
    if (f->ranks[set].value == m->rank.value)
        return NDUP_SET_INDEX_NONE;
    uint32_t floor = atomic_load_explicit(&f->found[set].floor, memory_order_relaxed);
    return floor > f->sets[set].need ? floor : f->sets[set].need;
}

static neardup_status note_found(void *context, uint32_t set, uint32_t overlap, neardup_error *err)
{
    struct contained_member *m = context;
    struct contained_finding *f = m->f;
    struct contained_set *s = &f->found[set];
    if (f->ranks[set].value == m->rank.value || m->last[set] == m->rank.value)
        return NEARDUP_OK;
    m->last[set] = m->rank.value;
    pthread_mutex_lock(&f->locks[set % LOCKS]);
    bool ok = offer(&s->best, f->o->most, (struct ndup_contained_candidate){m->rank, overlap});
    atomic_store_explicit(&s->floor, floor_of(&s->best, f->o->most), memory_order_relaxed);
    pthread_mutex_unlock(&f->locks[set % LOCKS]);
    return ok ? NEARDUP_OK : ndup_fail_nomem(err);
}

/* Sets of a cohort have the same common samples, so they all have room for the text, or none has. */
static uint32_t cohort_need(void *context, uint32_t cohort, uint32_t count, size_t size)
{
    const struct contained_member *m = context;
    uint32_t least = least_of(m->f, count);
    uint32_t floor = atomic_load_explicit(&m->f->floors[cohort].floor, memory_order_relaxed);
    (void)size;
    return floor > least ? floor : least;
}

static void cohort_done(void *context, uint32_t cohort, uint32_t count, uint32_t overlap, bool closed)
{
    struct contained_member *m = context;
    struct contained_finding *f = m->f;
    struct cohort_floor *c = &f->floors[cohort];
    (void)count;
    (void)closed;
    pthread_mutex_lock(&f->locks[cohort % LOCKS]);
    /* For want of memory the floor stays as it is: that costs time, and loses nothing. */
    if (offer(&c->best, f->o->most + 1, (struct ndup_contained_candidate){m->rank, overlap}))
        atomic_store_explicit(&c->floor, floor_of(&c->best, f->o->most + 1), memory_order_relaxed);
    pthread_mutex_unlock(&f->locks[cohort % LOCKS]);
}

static uint32_t cohort_least(void *context, uint32_t cohort, uint32_t count)
{
    return cohort_need(context, cohort, count, 0);
}

/* The rank of a text that takes part; none if it does not, or if another text represents it. */
static struct ndup_rank rank_of(const struct ndup_contained_options *o, struct ndup_text_id text)
{
    if (o->alias != NULL && o->alias[text.value].value != text.value)
        return (struct ndup_rank){NDUP_NO_NUMBER};
    return o->rank_of[text.value];
}

static neardup_status pass_by(struct contained_member *m, struct ndup_rank rank, const uint32_t *samples,
                              uint32_t count, neardup_error *err)
{
    struct contained_finding *f = m->f;
    const struct ndup_set_index_visitor visitor = {m,           need_of,      note_found, cohort_need,
                                                   cohort_done, cohort_least, f->reach};
    if (!ndup_grow(&m->hashes, &m->capacity, count, sizeof *m->hashes))
        return ndup_fail_nomem(err);
    for (uint32_t i = 0; i < count; i++)
        m->hashes[i] = hash_of(samples[i]);
    m->rank = rank;
    ndup_seeker_take(m->seeker, m->hashes, count);
    return ndup_seeker_find(m->seeker, &visitor, err);
}

/* ---- walks: all threads at once, over all samples ---- */

static neardup_status walk_blocks(struct contained_member *m, neardup_error *err)
{
    struct contained_finding *f = m->f;
    const struct ndup_contained_options *o = f->o;
    size_t number;
    struct ndup_text_id text;
    uint32_t count;
    const uint32_t *samples;
    while ((number = atomic_fetch_add(&f->next, 1)) < o->samples->block_count && !atomic_load(&f->stop)) {
        uint64_t texts = 0;
        if (o->cancel != NULL && atomic_load(o->cancel))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
        NDUP_TRY(read_block(o->samples, number, &m->reading, err));
        while ((samples = next_record(&m->reading, &text, &count)) != NULL) {
            struct ndup_rank rank = rank_of(o, text);
            texts++;
            if (ndup_rank_exists(rank) && o->holds(o->context, rank))
                NDUP_TRY(f->visit(m, rank, samples, count, err));
        }
        texts += atomic_fetch_add(&f->passed, texts);
        if (m == f->members && o->progress != NULL && !o->progress(o->context, texts, 0))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static void walk_member(void *context, unsigned member)
{
    struct contained_finding *f = context;
    struct contained_member *m = &f->members[member];
    m->status = walk_blocks(m, &m->error);
    if (m->status != NEARDUP_OK)
        atomic_store(&f->stop, true);
}

static neardup_status walk(struct contained_finding *f, visit_record *visit, neardup_error *err)
{
    f->visit = visit;
    atomic_store(&f->next, 0);
    atomic_store(&f->passed, 0);
    ndup_pool_run(f->o->pool, walk_member, f);
    for (unsigned t = 0; t < f->threads; t++) {
        if (f->members[t].status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = f->members[t].error;
        return f->members[t].status;
    }
    return NEARDUP_OK;
}

/* ---- which texts can have a candidate ---- */

/* Most texts share next to no sample with any other that is kept: fewer than c(m) of their samples are in a second text. They
 * are not indexed: an index of all samples, 17 million for 1 GB of generated pages, does not fit a cache. Beside other work,
 * matching that 1 GB took 6.9 s with all of them and 4.6 s so; on a quiet machine (two AVX2 cores) the search takes 0.3 s. */

/* Bits per sample: one in five bits that a text finds set for a second time is set by other samples; it takes .8 of them. */
#define BITS_PER_SAMPLE 4u

static neardup_status count_record(struct contained_member *m, struct ndup_rank rank, const uint32_t *samples,
                                   uint32_t count, neardup_error *err)
{
    struct contained_finding *f = m->f;
    (void)rank;
    (void)err;
    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(&f->once[(samples[i] & f->mask) / 64], 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = samples[i] & f->mask;
        uint64_t bit = (uint64_t)1 << at % 64;
        bool seen = (atomic_load_explicit(&f->once[at / 64], memory_order_relaxed) & bit) != 0 ||
                    (atomic_fetch_or_explicit(&f->once[at / 64], bit, memory_order_relaxed) & bit) != 0;
        if (seen && (atomic_load_explicit(&f->twice[at / 64], memory_order_relaxed) & bit) == 0)
            atomic_fetch_or_explicit(&f->twice[at / 64], bit, memory_order_relaxed);
    }
    return NEARDUP_OK;
}

static neardup_status choose_record(struct contained_member *m, struct ndup_rank rank, const uint32_t *samples,
                                    uint32_t count, neardup_error *err)
{
    struct contained_finding *f = m->f;
    uint32_t shared = 0;
    (void)err;
    if (!f->o->sought(f->o->context, rank))
        return NEARDUP_OK;
    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(&f->twice[(samples[i] & f->mask) / 64]);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = samples[i] & f->mask;
        shared += (atomic_load_explicit(&f->twice[at / 64], memory_order_relaxed) >> at % 64 & 1) != 0;
    }
    if (shared >= least_of(f, count))
        atomic_fetch_or_explicit(&f->wanted[rank.value / 64], (uint64_t)1 << rank.value % 64, memory_order_relaxed);
    return NEARDUP_OK;
}

static bool is_wanted(const struct contained_finding *f, struct ndup_rank rank)
{
    return (atomic_load_explicit(&f->wanted[rank.value / 64], memory_order_relaxed) >> rank.value % 64 & 1) != 0;
}

static neardup_status choose_texts(struct contained_finding *f, neardup_error *err)
{
    unsigned bits = 12;
    while (bits < 32 && ((uint64_t)1 << bits) < f->o->samples->words * BITS_PER_SAMPLE)
        bits++;
    while (bits > 12 && ((uint64_t)1 << bits) / 4 > f->o->memory_bytes)
        bits--;
    f->mask = (uint32_t)(((uint64_t)1 << bits) - 1);
    f->once = ndup_calloc((size_t)1 << (bits - 6), sizeof *f->once);
    f->twice = ndup_calloc((size_t)1 << (bits - 6), sizeof *f->twice);
    f->wanted = ndup_calloc((size_t)f->o->ranks / 64 + 1, sizeof *f->wanted);
    if (f->once == NULL || f->twice == NULL || f->wanted == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(walk(f, count_record, err));
    NDUP_TRY(walk(f, choose_record, err));
    free(f->once);
    free(f->twice);
    f->once = f->twice = NULL;
    return NEARDUP_OK;
}

/* ---- making a block ---- */

/* Without candidates: they are at most half as much again, since a set takes some 1.5 KB and 64 candidates 512 bytes. */
static uint64_t block_bytes(const struct contained_finding *f, uint64_t sets, uint64_t samples, uint64_t prefixes)
{
    uint64_t each = sizeof *f->sets + sizeof *f->ranks + sizeof *f->found + f->threads * sizeof(uint32_t);
    return sets * each + samples * sizeof(uint64_t) + ndup_set_index_bytes(sets, samples, prefixes, f->threads);
}

static neardup_status add_set(struct contained_finding *f, struct ndup_rank rank, const uint32_t *samples,
                              uint32_t count, neardup_error *err)
{
    if (!ndup_grow(&f->sets, &f->set_capacity, f->set_count + 1, sizeof *f->sets) ||
        !ndup_grow(&f->ranks, &f->rank_capacity, f->set_count + 1, sizeof *f->ranks) ||
        !ndup_grow(&f->hashes, &f->hash_capacity, f->hash_count + count, sizeof *f->hashes))
        return ndup_fail_nomem(err);
    for (uint32_t i = 0; i < count; i++)
        f->hashes[f->hash_count++] = hash_of(samples[i]);
    f->ranks[f->set_count] = rank;
    f->sets[f->set_count++] = (struct ndup_set_index_set){NULL, count, least_of(f, count)};
    return NEARDUP_OK;
}

/* As many texts as fit, at least one; none: all were in a block. */
static neardup_status gather_sets(struct contained_finding *f, neardup_error *err)
{
    const struct ndup_contained_options *o = f->o;
    uint64_t prefixes = 0;
    struct ndup_text_id text;
    uint32_t count;
    f->set_count = f->hash_count = 0;
    for (;;) {
        size_t at = f->reading.at;
        const uint32_t *samples = next_record(&f->reading, &text, &count);
        if (samples == NULL) {
            if (f->block == o->samples->block_count)
                return NEARDUP_OK;
            NDUP_TRY(read_block(o->samples, f->block++, &f->reading, err));
            continue;
        }
        struct ndup_rank rank = rank_of(o, text);
        if (!ndup_rank_exists(rank) || !is_wanted(f, rank))
            continue;
        prefixes += count - least_of(f, count) + 1;
        if (f->set_count > 0 && (block_bytes(f, f->set_count + 1, f->hash_count + count, prefixes) > o->memory_bytes ||
                                 f->set_count == NDUP_NO_NUMBER - 1)) {
            f->reading.at = at;
            return NEARDUP_OK;
        }
        NDUP_TRY(add_set(f, rank, samples, count, err));
    }
}

static neardup_status begin_block(struct contained_finding *f, neardup_error *err)
{
    uint64_t *at = f->hashes;
    for (size_t i = 0; i < f->set_count; i++) {
        f->sets[i].hashes = at;
        at += f->sets[i].count;
    }
    NDUP_TRY(ndup_set_index_create(&f->index, f->sets, (uint32_t)f->set_count, f->o->pool, err));
    uint32_t groups = ndup_set_index_groups(f->index);
    f->found = ndup_calloc(f->set_count, sizeof *f->found);
    f->floors = ndup_calloc(ndup_set_index_cohorts(f->index), sizeof *f->floors);
    f->reach = ndup_alloc(groups, sizeof *f->reach);
    if (f->found == NULL || f->floors == NULL || f->reach == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t g = 0; g < groups; g++)
        atomic_init(&f->reach[g], UINT32_MAX);
    for (unsigned t = 0; t < f->threads; t++) {
        f->members[t].last = ndup_alloc(f->set_count, sizeof *f->members[t].last);
        if (f->members[t].last == NULL)
            return ndup_fail_nomem(err);
        memset(f->members[t].last, 0xFF, f->set_count * sizeof *f->members[t].last);
        NDUP_TRY(ndup_seeker_create(&f->members[t].seeker, f->index, err));
    }
    return NEARDUP_OK;
}

static void end_block(struct contained_finding *f)
{
    for (unsigned t = 0; t < f->threads; t++) {
        ndup_seeker_free(f->members[t].seeker);
        free(f->members[t].last);
        f->members[t].seeker = NULL;
        f->members[t].last = NULL;
    }
    for (size_t i = 0; f->found != NULL && i < f->set_count; i++)
        free(f->found[i].best.list);
    for (uint32_t i = 0; f->floors != NULL && i < ndup_set_index_cohorts(f->index); i++)
        free(f->floors[i].best.list);
    free(f->found);
    free(f->floors);
    free(f->reach);
    ndup_set_index_free(f->index);
    f->found = NULL;
    f->floors = NULL;
    f->reach = NULL;
    f->index = NULL;
}

/* ---- the candidates of a block ---- */

static int by_rank(const void *left, const void *right)
{
    const struct ndup_contained_text *a = left, *b = right;
    return a->rank.value < b->rank.value ? -1 : a->rank.value > b->rank.value;
}

static int best_first(const void *left, const void *right)
{
    return is_worse(left, right) ? 1 : -1; /* no two have one rank */
}

static neardup_status report_block(struct contained_finding *f, neardup_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < f->set_count; i++)
        count += f->found[i].best.count > 0;
    struct ndup_contained_text *texts = ndup_alloc(count, sizeof *texts);
    if (texts == NULL)
        return ndup_fail_nomem(err);
    count = 0;
    for (size_t i = 0; i < f->set_count; i++) {
        struct best *b = &f->found[i].best;
        if (b->count == 0)
            continue;
        if (b->count > 1)
            qsort(b->list, b->count, sizeof *b->list, best_first);
        texts[count++] = (struct ndup_contained_text){f->ranks[i], f->sets[i].count, b->list, b->count, b->capacity};
    }
    if (count > 1)
        qsort(texts, count, sizeof *texts, by_rank);
    neardup_status st = f->o->found(f->o->context, texts, count, err);
    free(texts);
    return st;
}

static neardup_status run_block(struct contained_finding *f, neardup_error *err)
{
    NDUP_TRY(begin_block(f, err));
    NDUP_TRY(walk(f, pass_by, err));
    /* Verification needs memory, too: only the candidates stay. */
    for (unsigned t = 0; t < f->threads; t++) {
        ndup_seeker_free(f->members[t].seeker);
        f->members[t].seeker = NULL;
    }
    return report_block(f, err);
}

static neardup_status run_blocks(struct contained_finding *f, neardup_error *err)
{
    for (;;) {
        NDUP_TRY(gather_sets(f, err));
        if (f->set_count == 0)
            return NEARDUP_OK;
        neardup_status st = run_block(f, err);
        end_block(f);
        NDUP_TRY(st);
    }
}

neardup_status ndup_contained_find(const struct ndup_contained_options *options, neardup_error *err)
{
    struct contained_finding f = {.o = options, .threads = ndup_pool_threads(options->pool)};
    for (unsigned i = 0; i < LOCKS; i++)
        pthread_mutex_init(&f.locks[i], NULL);
    f.members = ndup_calloc(f.threads, sizeof *f.members);
    for (unsigned t = 0; f.members != NULL && t < f.threads; t++)
        f.members[t].f = &f;
    neardup_status st = f.members == NULL ? ndup_fail_nomem(err) : choose_texts(&f, err);
    if (st == NEARDUP_OK)
        st = run_blocks(&f, err);
    free(f.once);
    free(f.twice);
    free(f.wanted);
    for (unsigned t = 0; f.members != NULL && t < f.threads; t++) {
        free(f.members[t].hashes);
        free(f.members[t].reading.buffer);
    }
    free(f.members);
    free(f.sets);
    free(f.ranks);
    free(f.hashes);
    free(f.reading.buffer);
    for (unsigned i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&f.locks[i]);
    return st;
}
