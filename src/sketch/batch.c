/* SPDX-License-Identifier: MIT
 * Public functions on many sketches: a batch of texts with threads inside, and sketches that are stored. */
#include "base/platform.h"

#include "neardup.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/sys.h"
#include "sketch/simhash.h"
#include "sketch/sketch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- schemes --------------------------------------------------------------------------------------------------- */

static neardup_status check_scheme(const neardup_scheme *s, neardup_error *err)
{
    if (neardup_profile_fingerprint(&s->profile) == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "the profile of the scheme is out of range (ngram %u)", s->profile.ngram);
    for (size_t i = 0; i < sizeof s->reserved / sizeof *s->reserved; i++) {
        if (s->reserved[i] != 0)
            return ndup_fail(err, NEARDUP_E_ARG, "the scheme has a field that version %s of the library does not know",
                             NEARDUP_VERSION);
    }
    switch (s->method) {
    case NEARDUP_METHOD_MINHASH:
        if (s->slots < 1 || s->slots > NDUP_MAX_SLOTS)
            return ndup_fail(err, NEARDUP_E_ARG, "slots must be 1 to %u, not %" PRIu32, NDUP_MAX_SLOTS, s->slots);
        if ((unsigned)s->kind > NEARDUP_SKETCH_FSS)
            return ndup_fail(err, NEARDUP_E_ARG, "unknown kind of sketch %d", (int)s->kind);
        return NEARDUP_OK;
    case NEARDUP_METHOD_SIMHASH:
        if (s->bits != 64 && s->bits != 128)
            return ndup_fail(err, NEARDUP_E_ARG, "a fingerprint has 64 or 128 bits, not %u", s->bits);
        if ((unsigned)s->weights > NEARDUP_WEIGHTS_ONE)
            return ndup_fail(err, NEARDUP_E_ARG, "unknown weights %d", (int)s->weights);
        return NEARDUP_OK;
    }
    return ndup_fail(err, NEARDUP_E_ARG, "unknown method %d", (int)s->method);
}

size_t neardup_scheme_bytes(const neardup_scheme *s)
{
    if (check_scheme(s, NULL) != NEARDUP_OK)
        return 0;
    return s->method == NEARDUP_METHOD_SIMHASH ? sizeof(neardup_fingerprint) : s->slots * sizeof(uint32_t);
}

/* ---- a batch ---------------------------------------------------------------------------------------------------- */

/* Texts that a thread takes at once: enough that the counter costs nothing, few enough that threads end together. Not
 * measured: a text takes some us, the counter some ns, so any value from 4 to 64 serves. */
#define TAKEN_AT_ONCE 16u

/* A thread of its own pays from about this many texts: starting one and making its tokeniser takes some 100 us, a short text
 * a few microseconds. */
#define TEXTS_PER_THREAD 64u

struct batch_member {
    neardup_sketcher *sketcher;
    neardup_simhasher *simhasher;
    neardup_status status;
    neardup_error err;
};

struct batch {
    const neardup_scheme *scheme;
    const neardup_text *texts;
    size_t count;
    char *sketches;
    size_t sketch_bytes;
    uint64_t *shingles;
    atomic_size_t next;
    atomic_bool failed;
    struct batch_member *members;
};

static neardup_status sketch_one(const struct batch *b, struct batch_member *m, size_t i)
{
    void *out = b->sketches + i * b->sketch_bytes;
    uint64_t *shingles = b->shingles != NULL ? &b->shingles[i] : NULL;
    const neardup_text *t = &b->texts[i];
    return m->sketcher != NULL ? neardup_sketcher_sketch(m->sketcher, t->bytes, t->length, out, shingles, &m->err)
                               : neardup_simhasher_compute(m->simhasher, t->bytes, t->length, out, shingles, &m->err);
}

static neardup_status work_batch(struct batch *b, struct batch_member *m)
{
    const neardup_scheme *s = b->scheme;
    if (s->method == NEARDUP_METHOD_MINHASH)
        NDUP_TRY(
            neardup_sketcher_create(&m->sketcher, &s->profile, s->kind, s->slots, s->seed, NEARDUP_CPU_AUTO, &m->err));
    else
        NDUP_TRY(neardup_simhasher_create(&m->simhasher, &s->profile, s->bits, s->weights, NEARDUP_CPU_AUTO, &m->err));
    for (;;) {
        size_t begin = atomic_fetch_add_explicit(&b->next, TAKEN_AT_ONCE, memory_order_relaxed);
        if (begin >= b->count || atomic_load_explicit(&b->failed, memory_order_relaxed))
            return NEARDUP_OK;
        size_t end = b->count - begin < TAKEN_AT_ONCE ? b->count : begin + TAKEN_AT_ONCE;
        for (size_t i = begin; i < end; i++)
            NDUP_TRY(sketch_one(b, m, i));
    }
}

static void work(void *context, unsigned member)
{
    struct batch *b = context;
    struct batch_member *m = &b->members[member];
    m->status = work_batch(b, m);
    if (m->status != NEARDUP_OK)
        atomic_store(&b->failed, true);
}

neardup_status neardup_sketch_texts(const neardup_scheme *scheme, const neardup_text *texts, size_t count,
                                    unsigned threads, void *sketches, uint64_t *shingles, neardup_error *err)
{
    NDUP_TRY(check_scheme(scheme, err));
    struct batch b = {.scheme = scheme, .texts = texts, .count = count, .sketches = sketches, .shingles = shingles};
    struct ndup_pool *pool = NULL;
    b.sketch_bytes = neardup_scheme_bytes(scheme);
    threads = threads == 0 ? ndup_sys_cores() : threads;
    if (threads > count / TEXTS_PER_THREAD + 1)
        threads = (unsigned)(count / TEXTS_PER_THREAD + 1);
    NDUP_TRY(ndup_pool_create(&pool, threads, err));
    b.members = ndup_calloc(threads, sizeof *b.members);
    if (b.members == NULL) {
        ndup_pool_destroy(pool);
        return ndup_fail_nomem(err);
    }
    ndup_pool_run(pool, work, &b);
    ndup_pool_destroy(pool);
    neardup_status st = NEARDUP_OK;
    for (unsigned t = 0; t < threads; t++) {
        struct batch_member *m = &b.members[t];
        if (st == NEARDUP_OK && m->status != NEARDUP_OK) {
            st = m->status;
            if (err != NULL)
                *err = m->err;
        }
        neardup_sketcher_destroy(m->sketcher);
        neardup_simhasher_destroy(m->simhasher);
    }
    free(b.members);
    return st;
}

/* ---- the header of stored sketches: doc/format.md, "stored sketches" ------------------------------------------- */

#define HEADER_MAGIC   "ndupsk\r\n" /* the line end shows a transfer in text mode */
#define HEADER_VERSION 1u

struct stored_sketches { /* little-endian, no padding: 64 bytes */
    char magic[8];
    uint32_t version;
    uint32_t method;
    uint32_t tokens;
    uint32_t ngram;
    uint32_t kind; /* of MinHash: never DEFAULT */
    uint32_t slots;
    uint64_t seed;
    uint32_t bits;
    uint32_t weights;
    uint64_t profile; /* fingerprint */
    uint64_t count;
};
_Static_assert(sizeof(struct stored_sketches) == NEARDUP_SKETCH_HEADER_BYTES, "the header has no padding");

/* Fields of the other method are zero, so that equal schemes have equal headers. */
static struct stored_sketches store(const neardup_scheme *s, uint64_t count)
{
    struct stored_sketches h = {.version = HEADER_VERSION,
                                .method = (uint32_t)s->method,
                                .tokens = (uint32_t)s->profile.tokens,
                                .ngram = s->profile.ngram,
                                .profile = neardup_profile_fingerprint(&s->profile),
                                .count = count};
    memcpy(h.magic, HEADER_MAGIC, sizeof h.magic);
    if (s->method == NEARDUP_METHOD_MINHASH) {
        h.kind = (uint32_t)ndup_sketch_resolve(s->kind);
        h.slots = s->slots;
        h.seed = s->seed;
    } else {
        h.bits = s->bits;
        h.weights = (uint32_t)s->weights;
    }
    return h;
}

neardup_status neardup_sketch_header_write(const neardup_scheme *scheme, uint64_t count,
                                           unsigned char header[NEARDUP_SKETCH_HEADER_BYTES], neardup_error *err)
{
    NDUP_TRY(check_scheme(scheme, err));
    struct stored_sketches h = store(scheme, count);
    memcpy(header, &h, sizeof h);
    return NEARDUP_OK;
}

static neardup_status differ(const char *what, uint64_t found, uint64_t expected, neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_FORMAT, "the sketches have %s %" PRIu64 ", expected %" PRIu64, what, found,
                     expected);
}

static neardup_status compare_schemes(const struct stored_sketches *h, const struct stored_sketches *e,
                                      neardup_error *err)
{
    static const char *const methods[] = {"minhash", "simhash"};
    static const char *const tokens[] = {"word",      "char",      "word+marks",      "char+marks",
                                         "word+case", "char+case", "word+marks+case", "char+marks+case"};
    if (h->method != e->method)
        return ndup_fail(err, NEARDUP_E_FORMAT, "the sketches are %s, expected %s", methods[h->method],
                         methods[e->method]);
    if (h->tokens != e->tokens)
        return ndup_fail(err, NEARDUP_E_FORMAT, "the sketches have tokens %s, expected %s", tokens[h->tokens],
                         tokens[e->tokens]);
    if (h->ngram != e->ngram)
        return differ("ngram", h->ngram, e->ngram, err);
    if (h->kind != e->kind)
        return differ("kind", h->kind, e->kind, err);
    if (h->slots != e->slots)
        return differ("slots", h->slots, e->slots, err);
    if (h->seed != e->seed)
        return differ("seed", h->seed, e->seed, err);
    if (h->bits != e->bits)
        return differ("bits", h->bits, e->bits, err);
    return h->weights != e->weights ? differ("weights", h->weights, e->weights, err) : NEARDUP_OK;
}

neardup_status neardup_sketch_header_read(const unsigned char header[NEARDUP_SKETCH_HEADER_BYTES],
                                          const neardup_scheme *expected, neardup_scheme *scheme, uint64_t *count,
                                          neardup_error *err)
{
    struct stored_sketches h;
    memcpy(&h, header, sizeof h);
    if (memcmp(h.magic, HEADER_MAGIC, sizeof h.magic) != 0)
        return ndup_fail(err, NEARDUP_E_FORMAT, "not a header of sketches");
    if (h.version != HEADER_VERSION)
        return ndup_fail(err, NEARDUP_E_FORMAT, "sketches of format %" PRIu32 ", version %s reads format %u", h.version,
                         NEARDUP_VERSION, HEADER_VERSION);
    neardup_scheme found = {.method = (neardup_method)h.method,
                            .profile = {(neardup_tokens)h.tokens, h.ngram},
                            .kind = (neardup_sketch_kind)h.kind,
                            .slots = h.slots,
                            .seed = h.seed,
                            .bits = h.bits,
                            .weights = (neardup_weights)h.weights};
    neardup_error reason;
    if (check_scheme(&found, &reason) != NEARDUP_OK)
        return ndup_fail(err, NEARDUP_E_FORMAT, "the header of sketches is damaged: %s", reason.message);
    struct stored_sketches again = store(&found, h.count);
    if (h.profile != again.profile)
        return ndup_fail(err, NEARDUP_E_FORMAT,
                         "the sketches were made with another version of profile or Unicode (fingerprint %016" PRIx64
                         ", expected %016" PRIx64 "): make them again",
                         h.profile, again.profile);
    if (memcmp(&h, &again, sizeof h) != 0)
        return ndup_fail(err, NEARDUP_E_FORMAT, "the header of sketches is damaged");
    if (expected != NULL) {
        NDUP_TRY(check_scheme(expected, err));
        struct stored_sketches e = store(expected, h.count);
        NDUP_TRY(compare_schemes(&h, &e, err));
    }
    if (scheme != NULL)
        *scheme = found;
    *count = h.count;
    return NEARDUP_OK;
}

/* ---- files of sketches ----------------------------------------------------------------------------------------- */

static neardup_status write_sketches(int descriptor, const char *path, const unsigned char *header,
                                     const void *sketches, size_t bytes, neardup_error *err)
{
    int failed = ndup_io_write(descriptor, header, NEARDUP_SKETCH_HEADER_BYTES);
    if (failed == 0)
        failed = ndup_io_write(descriptor, sketches, bytes);
    if (failed == 0 && fsync(descriptor) != 0 && errno != EINVAL)
        failed = errno;
    return failed == 0 ? NEARDUP_OK : ndup_fail_errno(err, failed, "cannot write '%s'", path);
}

/* Makes a file beside `path`, which replaces it when it is complete. Its name is one that nobody uses. */
static int create_beside(const char *path, char *temporary, size_t size)
{
    int descriptor = -1;
    for (unsigned i = 0; descriptor < 0 && i < 1000; i++) {
        snprintf(temporary, size, "%s.%u.tmp", path, i);
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST)
            return -1;
    }
    return descriptor;
}

neardup_status neardup_sketches_save(const char *path, const neardup_scheme *scheme, const void *sketches, size_t count,
                                     neardup_error *err)
{
    unsigned char header[NEARDUP_SKETCH_HEADER_BYTES];
    NDUP_TRY(neardup_sketch_header_write(scheme, count, header, err));
    size_t size = strlen(path) + sizeof ".4294967295.tmp";
    char *temporary = ndup_alloc(size, 1);
    if (temporary == NULL)
        return ndup_fail_nomem(err);
    int descriptor = create_beside(path, temporary, size);
    if (descriptor < 0) {
        neardup_status st = ndup_fail_errno(err, errno, "cannot create '%s'", temporary);
        free(temporary);
        return st;
    }
    neardup_status st = write_sketches(descriptor, path, header, sketches, count * neardup_scheme_bytes(scheme), err);
    if (close(descriptor) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot write '%s'", path);
    if (st == NEARDUP_OK && rename(temporary, path) != 0)
        st = ndup_fail_errno(err, errno, "cannot replace '%s'", path);
    if (st != NEARDUP_OK)
        unlink(temporary);
    free(temporary);
    return st;
}

static neardup_status load(int descriptor, const char *path, const neardup_scheme *expected, neardup_scheme *scheme,
                           void **sketches, size_t *count, neardup_error *err)
{
    unsigned char header[NEARDUP_SKETCH_HEADER_BYTES];
    struct stat info;
    size_t got = 0;
    uint64_t n = 0;
    neardup_scheme found;
    neardup_error reason;
    int failed = fstat(descriptor, &info) != 0 ? errno : ndup_io_pread(descriptor, header, sizeof header, 0, &got);
    if (failed != 0)
        return ndup_fail_errno(err, failed, "cannot read '%s'", path);
    if (got < sizeof header)
        return ndup_fail(err, NEARDUP_E_FORMAT, "'%s': not a file of sketches", path);
    neardup_status st = neardup_sketch_header_read(header, expected, &found, &n, &reason);
    if (st != NEARDUP_OK)
        return ndup_fail(err, st, "'%s': %s", path, reason.message);
    uint64_t bytes = (uint64_t)info.st_size - sizeof header, each = neardup_scheme_bytes(&found);
    if (each == 0 || bytes % each != 0 || bytes / each != n)
        return ndup_fail(err, NEARDUP_E_FORMAT,
                         "'%s': its header counts %" PRIu64 " sketches, the file holds %" PRIu64 " bytes of them", path,
                         n, bytes);
    *sketches = ndup_alloc((size_t)bytes + 1, 1);
    if (*sketches == NULL)
        return ndup_fail_nomem(err);
    failed = ndup_io_pread(descriptor, *sketches, (size_t)bytes, sizeof header, &got);
    if (failed != 0)
        return ndup_fail_errno(err, failed, "cannot read '%s'", path);
    if (got < bytes)
        return ndup_fail(err, NEARDUP_E_FORMAT, "'%s': the file became shorter while it was read", path);
    if (scheme != NULL)
        *scheme = found;
    *count = (size_t)n;
    return NEARDUP_OK;
}

neardup_status neardup_sketches_load(const char *path, const neardup_scheme *expected, neardup_scheme *scheme,
                                     void **sketches, size_t *count, neardup_error *err)
{
    *sketches = NULL;
    *count = 0;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return ndup_fail_errno(err, errno, "cannot open '%s'", path);
    neardup_status st = load(descriptor, path, expected, scheme, sketches, count, err);
    close(descriptor);
    if (st != NEARDUP_OK) {
        free(*sketches);
        *sketches = NULL;
    }
    return st;
}
