/* SPDX-License-Identifier: MIT
 * A rewritten file, decompressed, is the source with its cuts removed or replaced, for random cuts, every codec and any
 * threads. */
#include "base/platform.h"

#include "base/error.h"
#include "base/pool.h"
#include "output/rewrite.h"
#include "support/skip.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define MAX_CUTS 4000
#define CUT(from, to)                                                                                                  \
    {                                                                                                                  \
        from, to, NULL, 0                                                                                              \
    }

struct sample {
    char *bytes;
    size_t length;
    int descriptor;
    struct ndup_cut cuts[MAX_CUTS];
    size_t cut_count;
    char *kept; /* the oracle */
    size_t kept_length;
};

static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
    random_state += 0x9E3779B97F4A7C15u;
    uint64_t z = (random_state ^ (random_state >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % n;
}

static int memory_file(const void *bytes, size_t length)
{
    int descriptor = memfd_create("neardup-test", MFD_CLOEXEC);
    cr_assert_geq(descriptor, 0);
    for (size_t done = 0; done < length;) {
        ssize_t n = write(descriptor, (const char *)bytes + done, length - done);
        cr_assert_gt(n, 0);
        done += (size_t)n;
    }
    return descriptor;
}

static void keep(struct sample *sample, const char *bytes, size_t length)
{
    if (length > 0)
        memcpy(sample->kept + sample->kept_length, bytes, length);
    sample->kept_length += length;
}

static void make_kept(struct sample *sample)
{
    size_t length = sample->length, at = 0;
    for (size_t i = 0; i < sample->cut_count; i++)
        length += sample->cuts[i].insert_len;
    sample->kept = malloc(length + 1);
    sample->kept_length = 0;
    for (size_t i = 0; i < sample->cut_count; i++) {
        const struct ndup_cut *cut = &sample->cuts[i];
        keep(sample, sample->bytes + at, cut->begin - at);
        keep(sample, cut->insert, cut->insert_len);
        at = cut->end;
    }
    keep(sample, sample->bytes + at, sample->length - at);
}

/* Cuts of up to max_cut bytes, gaps of up to max_gap; either may be 0 long. */
static void make_sample(struct sample *sample, size_t length, uint64_t max_cut, uint64_t max_gap, uint64_t seed)
{
    random_state = seed;
    memset(sample, 0, sizeof *sample);
    sample->length = length;
    sample->bytes = malloc(length + 1);
    for (size_t i = 0; i < length; i++)
        sample->bytes[i] = (char)('a' + random_below(i % 7 + 1));
    sample->descriptor = memory_file(sample->bytes, length);
    uint64_t at = random_below(2) == 0 ? 0 : random_below(max_gap + 1);
    while (max_cut > 0 && sample->cut_count < MAX_CUTS && at < length) {
        uint64_t end = at + random_below(max_cut + 1);
        if (end > length)
            end = length;
        sample->cuts[sample->cut_count++] = (struct ndup_cut){.begin = at, .end = end};
        at = end + random_below(max_gap + 1);
    }
    make_kept(sample);
}

static void free_sample(struct sample *sample)
{
    close(sample->descriptor);
    free(sample->bytes);
    free(sample->kept);
}

static char *read_file(int descriptor, size_t *length)
{
    struct stat info;
    cr_assert_eq(fstat(descriptor, &info), 0);
    *length = (size_t)info.st_size;
    char *bytes = malloc(*length + 1);
    cr_assert_eq(pread(descriptor, bytes, *length, 0), info.st_size);
    return bytes;
}

static char *inflate_all(const char *bytes, size_t length, size_t *out_length)
{
    size_t capacity = 40u << 20;
    char *out = malloc(capacity);
    *out_length = 0;
    cr_assert_gt(length, 0, "an empty file is not a gzip file");
    while (length > 0) {
        z_stream z = {0};
        cr_assert_eq(inflateInit2(&z, 31), Z_OK);
        z.next_in = (Bytef *)(uintptr_t)bytes;
        z.avail_in = (uInt)length;
        z.next_out = (Bytef *)out + *out_length;
        z.avail_out = (uInt)(capacity - *out_length);
        cr_assert_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
        *out_length += z.total_out;
        bytes += z.total_in;
        length -= z.total_in;
        inflateEnd(&z);
    }
    return out;
}

static char *unzstd_all(const char *bytes, size_t length, size_t *out_length)
{
    size_t capacity = 40u << 20;
    char *out = malloc(capacity);
    cr_assert_gt(length, 0, "an empty file is not a zstd file");
    cr_assert_neq(ZSTD_getFrameContentSize(bytes, length), ZSTD_CONTENTSIZE_UNKNOWN);
    *out_length = ZSTD_decompress(out, capacity, bytes, length);
    cr_assert(!ZSTD_isError(*out_length));
    return out;
}

/* By other means than ours where there are any; tests/cli/dedup/codecs.case does it with the tools. */
static char *unpack_all(const struct ndup_codec *codec, const char *bytes, size_t length, size_t *out_length)
{
    if (codec == &ndup_codec_gzip)
        return inflate_all(bytes, length, out_length);
    if (codec == &ndup_codec_zstd)
        return unzstd_all(bytes, length, out_length);
    struct ndup_buf plain = NDUP_BUF_INIT;
    neardup_error err;
    cr_assert(ndup_buf_reserve(&plain, 1));
    cr_assert_eq(ndup_decompress(codec, bytes, length, SIZE_MAX, &plain, NULL, &err), NEARDUP_OK, "%s", err.message);
    *out_length = plain.len;
    return plain.data;
}

static neardup_status read_sample(void *context, unsigned member, void *buffer, size_t length, uint64_t offset,
                                  neardup_error *err)
{
    (void)member;
    const struct sample *sample = context;
    ssize_t n = pread(sample->descriptor, buffer, length, (off_t)offset);
    return n == (ssize_t)length
               ? NEARDUP_OK
               : ndup_fail(err, NEARDUP_E_IO, "'source.jsonl' has become shorter while it was being read");
}

static struct ndup_rewrite make_job(struct sample *sample, const struct ndup_codec *codec, int target, bool seekable)
{
    return (struct ndup_rewrite){.read = read_sample,
                                 .read_context = sample,
                                 .source_bytes = sample->length,
                                 .cuts = sample->cuts,
                                 .cut_count = sample->cut_count,
                                 .codec = codec,
                                 .target = target,
                                 .target_seekable = seekable,
                                 .target_name = "target.jsonl"};
}

/* Returns what was written, still compressed. */
static char *rewrite(struct sample *sample, const struct ndup_codec *codec, bool seekable, unsigned threads,
                     size_t *length)
{
    neardup_error err = {0};
    struct ndup_pool *pool;
    cr_assert_eq(ndup_pool_create(&pool, threads, &err), NEARDUP_OK);
    int target = memory_file("", 0);
    struct ndup_rewrite job = make_job(sample, codec, target, seekable);
    uint64_t written;
    cr_assert_eq(ndup_rewrite_file(&job, pool, &written, &err), NEARDUP_OK, "%s", err.message);
    ndup_pool_destroy(pool);
    char *bytes = read_file(target, length);
    cr_assert_eq(written, *length);
    close(target);
    return bytes;
}

static void check_sample(struct sample *sample)
{
    for (int seekable = 0; seekable < 2; seekable++) {
        for (unsigned threads = 1; threads <= 3; threads++) {
            size_t length;
            char *bytes = rewrite(sample, NULL, seekable, threads, &length);
            cr_assert_eq(length, sample->kept_length);
            cr_assert_eq(memcmp(bytes, sample->kept, length), 0);
            free(bytes);
        }
    }
    const struct ndup_codec *codec;
    for (size_t i = 0; (codec = ndup_codec_at(i)) != NULL; i++) {
        if (i >= 2 && sample->kept_length > 1000000)
            continue; /* some write 1 MB per second: test pieces_of_every_codec */
        size_t length, again, plain_length;
        char *bytes = rewrite(sample, codec, true, 1, &length);
        char *others = rewrite(sample, codec, false, 3, &again);
        cr_assert_eq(length, again);
        cr_assert_eq(memcmp(bytes, others, length), 0, "compressed bytes depend on the threads");
        char *plain = unpack_all(codec, bytes, length, &plain_length);
        cr_assert_eq(plain_length, sample->kept_length);
        cr_assert_eq(memcmp(plain, sample->kept, plain_length), 0);
        free(plain);
        free(bytes);
        free(others);
    }
}

#define PIECE NDUP_REWRITE_PIECE

Test(output_rewrite, random_cuts)
{
    static const struct {
        size_t length;
        uint64_t max_cut, max_gap;
    } cases[] = {
        {0, 0, 0},                        /* nothing at all */
        {1, 0, 0},                        /* nothing cut */
        {1, 5, 0},                        /* perhaps everything cut */
        {1000, 3, 3},                     /* small */
        {PIECE, 4000, 4000},              /* exactly one piece, ended by its border */
        {2 * PIECE + 1, 5000, 6000},      /* a last piece of one byte */
        {3 * PIECE, 200000, 50000},       /* cuts on both sides of what counts as small */
        {3 * PIECE + 77, 3000000, 1000},  /* cuts over several borders */
        {3 * PIECE - 1, 2 * PIECE, 10},   /* whole pieces cut */
        {2 * PIECE + 100, 100, 10000000}, /* whole pieces kept */
    };
    struct sample *sample = malloc(sizeof *sample);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_sample(sample, cases[i].length, cases[i].max_cut, cases[i].max_gap, i + 1);
        check_sample(sample);
        free_sample(sample);
    }
    free(sample);
}

static void replace_cuts(struct sample *sample, const struct ndup_cut *cuts, size_t count)
{
    memcpy(sample->cuts, cuts, count * sizeof *cuts);
    sample->cut_count = count;
    free(sample->kept);
    make_kept(sample);
}

Test(output_rewrite, cuts_at_piece_borders)
{
    static const struct ndup_cut borders[][3] = {
        {CUT(0, PIECE), CUT(PIECE, PIECE + 1), CUT(2 * PIECE - 1, 2 * PIECE)},
        {CUT(PIECE - 1, PIECE + 1), CUT(PIECE + 1, PIECE + 2), CUT(2 * PIECE - 5, 2 * PIECE + 5)},
        {CUT(0, 0), CUT(PIECE, PIECE), CUT(PIECE, 2 * PIECE + 9)},
        {CUT(0, PIECE - 3), CUT(PIECE - 2, PIECE), CUT(PIECE + 3, 2 * PIECE + 9)},
        {CUT(0, 2 * PIECE + 10), CUT(2 * PIECE + 10, 2 * PIECE + 10), CUT(2 * PIECE + 10, 2 * PIECE + 10)},
    };
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 2 * PIECE + 10, 0, 0, 7);
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++) {
        replace_cuts(sample, borders[i], 3);
        check_sample(sample);
    }
    free_sample(sample);
    free(sample);
}

/* ---- inserts ---- */

Test(output_rewrite, pieces_of_every_codec)
{
    /* Four pieces of which little is kept, one of them empty. */
    const struct ndup_cut cuts[] = {CUT(100000, PIECE - 100), CUT(PIECE + 50000, 3 * PIECE),
                                    CUT(3 * PIECE + 7, 4 * PIECE)};
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 4 * PIECE, 0, 0, 9);
    replace_cuts(sample, cuts, 3);
    check_sample(sample);
    free_sample(sample);
    free(sample);
}

#define LONGEST_INSERT (PIECE + 12345)
static char inserts[2 * LONGEST_INSERT];

static void fill_inserts(void)
{
    for (size_t i = 0; i < sizeof inserts; i++)
        inserts[i] = (char)('A' + i % 25);
}

/* Some cuts become replacements; and before and after some of them, something is inserted. */
static void add_inserts(struct sample *sample, uint64_t max_insert)
{
    static struct ndup_cut cuts[MAX_CUTS];
    size_t count = 0;
    fill_inserts();
    for (size_t i = 0; i < sample->cut_count; i++) {
        struct ndup_cut cut = sample->cuts[i];
        for (unsigned before = (unsigned)random_below(3); before > 0 && count < MAX_CUTS; before--)
            cuts[count++] = (struct ndup_cut){cut.begin, cut.begin, inserts + i % 1000, random_below(max_insert + 1)};
        if (random_below(3) > 0) {
            cut.insert = inserts + i % 999;
            cut.insert_len = random_below(max_insert + 1);
        }
        if (count < MAX_CUTS)
            cuts[count++] = cut;
        if (random_below(4) == 0 && count < MAX_CUTS)
            cuts[count++] = (struct ndup_cut){cut.end, cut.end, inserts + i % 998, random_below(max_insert + 1)};
    }
    replace_cuts(sample, cuts, count);
}

Test(output_rewrite, random_inserts)
{
    static const struct {
        size_t length;
        uint64_t max_cut, max_gap, max_insert;
    } cases[] = {
        {1, 1, 0, 5},
        {1000, 3, 3, 3},                        /* small */
        {1000, 3, 40, 10000},                   /* more inserted than there was */
        {PIECE, 4000, 4000, 2000},              /* exactly one piece, ended by its border */
        {2 * PIECE + 1, 0, 6000, 300},          /* nothing cut */
        {2 * PIECE + 1, 5000, 6000, 300},       /* a last piece of one byte */
        {3 * PIECE, 200000, 50000, 40000},      /* cuts and inserts on both sides of what counts as small */
        {3 * PIECE + 77, 3000000, 1000, 3000},  /* cuts over several borders */
        {3 * PIECE - 1, 2 * PIECE, 10, 100000}, /* whole pieces cut */
        {2 * PIECE + 100, 100, 3000000, LONGEST_INSERT},
    };
    struct sample *sample = malloc(sizeof *sample);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_sample(sample, cases[i].length, cases[i].max_cut, cases[i].max_gap, i + 101);
        if (cases[i].max_cut == 0) /* places only */
            for (size_t at = 0; at < cases[i].length && sample->cut_count < 1000; at += random_below(15000))
                sample->cuts[sample->cut_count++] = (struct ndup_cut){at, at, NULL, 0};
        add_inserts(sample, cases[i].max_insert);
        cr_assert_gt(sample->cut_count, 0);
        check_sample(sample);
        free_sample(sample);
    }
    free(sample);
}

Test(output_rewrite, inserts_at_piece_borders)
{
    enum { END = 2 * PIECE + 10, LONG = LONGEST_INSERT };
    static const struct ndup_cut borders[][4] = {
        {{0, 0, "begin", 5}, {PIECE, PIECE, "border", 6}, {END, END, "end", 3}, {END, END, "more", 4}},
        {{PIECE, PIECE, "1", 1}, {PIECE, PIECE, "22", 2}, {PIECE, PIECE + 1, "333", 3}, {PIECE + 1, PIECE + 1, "4", 1}},
        {{PIECE - 1, PIECE, "1", 1}, {PIECE, PIECE, inserts, LONG}, {PIECE, 2 * PIECE, "3", 1}, {END, END, "4", 1}},
        {{PIECE - 1, PIECE + 1, inserts, LONG}, {PIECE + 1, PIECE + 1, "2", 1}, {END - 1, END, "3", 1}, CUT(END, END)},
        {{0, END, inserts, LONG}, {END, END, inserts, LONG}, {END, END, "3", 1}, CUT(END, END)},
        {{5, 2 * PIECE, "spans", 5}, {2 * PIECE, 2 * PIECE, "x", 1}, {2 * PIECE, END, "y", 1}, {END, END, "z", 1}},
    };
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, END, 0, 0, 107);
    fill_inserts();
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++) {
        replace_cuts(sample, borders[i], 4);
        check_sample(sample);
    }
    free_sample(sample);
    /* The end of the file is the end of a piece. */
    make_sample(sample, PIECE, 0, 0, 108);
    const struct ndup_cut at_end[2] = {{PIECE, PIECE, "a", 1}, {PIECE, PIECE, "b", 1}};
    replace_cuts(sample, at_end, 2);
    check_sample(sample);
    free_sample(sample);
    free(sample);
}

Test(output_rewrite, insert_into_nothing)
{
    static const struct ndup_cut cuts[3] = {{0, 0, "a", 1}, {0, 0, NULL, 0}, {0, 0, "bc", 2}};
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 0, 0, 0, 109);
    replace_cuts(sample, cuts, 3);
    cr_assert_eq(sample->kept_length, 3);
    check_sample(sample);
    replace_cuts(sample, cuts + 1, 1);
    check_sample(sample);
    free_sample(sample);
    free(sample);
}

/* ---- failures ---- */

static neardup_status rewrite_to(struct sample *sample, const struct ndup_codec *codec, int target, bool seekable,
                                 neardup_error *err)
{
    struct ndup_pool *pool;
    cr_assert_eq(ndup_pool_create(&pool, 3, err), NEARDUP_OK);
    struct ndup_rewrite job = make_job(sample, codec, target, seekable);
    uint64_t written;
    neardup_status status = ndup_rewrite_file(&job, pool, &written, err);
    ndup_pool_destroy(pool);
    return status;
}

Test(output_rewrite, full_device)
{
    int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        test_skip("a full disk", "there is no /dev/full");
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 3 * PIECE, 5000, 5000, 11);
    const struct ndup_codec *const codecs[] = {NULL, &ndup_codec_gzip, &ndup_codec_brotli, &ndup_codec_lzma};
    for (size_t i = 0; i < 4; i++) {
        for (int seekable = 0; seekable < 2; seekable++) {
            neardup_error err = {0};
            cr_assert_eq(rewrite_to(sample, codecs[i], full, seekable, &err), NEARDUP_E_IO);
            cr_assert_eq(err.sys_errno, ENOSPC);
            cr_assert_str_eq(err.message, "cannot write 'target.jsonl': No space left on device");
        }
    }
    /* The empty gzip member is written by other code. */
    struct ndup_cut everything = CUT(0, 3 * PIECE);
    neardup_error err = {0};
    replace_cuts(sample, &everything, 1);
    cr_assert_eq(rewrite_to(sample, &ndup_codec_gzip, full, false, &err), NEARDUP_E_IO);
    free_sample(sample);
    free(sample);
    close(full);
}

Test(output_rewrite, closed_pipe)
{
    signal(SIGPIPE, SIG_IGN);
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 3 * PIECE, 5000, 5000, 12);
    const struct ndup_codec *const codecs[] = {NULL, &ndup_codec_gzip, &ndup_codec_brotli, &ndup_codec_lzma};
    for (size_t i = 0; i < 4; i++) {
        int ends[2];
        neardup_error err = {0};
        cr_assert_eq(pipe(ends), 0);
        close(ends[0]);
        cr_assert_eq(rewrite_to(sample, codecs[i], ends[1], false, &err), NEARDUP_E_IO);
        cr_assert_eq(err.sys_errno, EPIPE);
        close(ends[1]);
    }
    free_sample(sample);
    free(sample);
}

struct reader {
    int descriptor;
    char *bytes;
    size_t length;
};

static void *read_pipe(void *context)
{
    struct reader *reader = context;
    ssize_t n;
    while ((n = read(reader->descriptor, reader->bytes + reader->length, 65536)) > 0)
        reader->length += (size_t)n;
    return NULL;
}

Test(output_rewrite, pipe_gets_all_in_order)
{
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 3 * PIECE + 5, 50000, 50000, 13);
    int ends[2];
    neardup_error err = {0};
    cr_assert_eq(pipe(ends), 0);
    struct reader reader = {ends[0], malloc(sample->length + 65536), 0};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, read_pipe, &reader), 0);
    cr_assert_eq(rewrite_to(sample, NULL, ends[1], false, &err), NEARDUP_OK, "%s", err.message);
    close(ends[1]);
    pthread_join(thread, NULL);
    cr_assert_eq(reader.length, sample->kept_length);
    cr_assert_eq(memcmp(reader.bytes, sample->kept, reader.length), 0);
    close(ends[0]);
    free(reader.bytes);
    free_sample(sample);
    free(sample);
}

Test(output_rewrite, file_size_limit)
{
    struct sample *sample = malloc(sizeof *sample);
    neardup_error err = {0};
    make_sample(sample, 3 * PIECE, 0, 0, 14);
    char path[] = "/tmp/neardup-test-XXXXXX";
    int target = mkstemp(path);
    cr_assert_geq(target, 0);
    unlink(path);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {PIECE + 1000, PIECE + 1000};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(rewrite_to(sample, NULL, target, true, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, EFBIG);
    cr_assert_eq(rewrite_to(sample, NULL, target, false, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, EFBIG);
    close(target);
    free_sample(sample);
    free(sample);
}

Test(output_rewrite, source_that_shrank)
{
    struct sample *sample = malloc(sizeof *sample);
    neardup_error err = {0};
    make_sample(sample, 2 * PIECE, 0, 0, 15);
    cr_assert_eq(ftruncate(sample->descriptor, PIECE + 10), 0);
    int target = memory_file("", 0);
    cr_assert_eq(rewrite_to(sample, NULL, target, true, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "'source.jsonl' has become shorter while it was being read");
    close(target);
    free_sample(sample);
    free(sample);
}

Test(output_rewrite, first_failing_piece_is_reported)
{
    /* Piece 0 cannot be written, piece 1 cannot be read: piece 0 is reported, whichever fails first. */
    int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        test_skip("a full disk", "there is no /dev/full");
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 2 * PIECE, 0, 0, 16);
    cr_assert_eq(ftruncate(sample->descriptor, PIECE), 0);
    for (int i = 0; i < 20; i++) {
        neardup_error err = {0};
        cr_assert_eq(rewrite_to(sample, NULL, full, i % 2, &err), NEARDUP_E_IO);
        cr_assert_eq(err.sys_errno, ENOSPC);
    }
    free_sample(sample);
    free(sample);
    close(full);
}

Test(output_rewrite, cuts_out_of_order)
{
    static const struct ndup_cut bad[][2] = {
        {CUT(5, 9), CUT(8, 10)}, {CUT(5, 4), CUT(6, 7)}, {CUT(0, 1), CUT(99, 101)}, {CUT(9, 10), CUT(1, 2)}};
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 100, 0, 0, 17);
    int target = memory_file("", 0);
    for (size_t i = 0; i < 4; i++) {
        neardup_error err = {0};
        memcpy(sample->cuts, bad[i], sizeof bad[i]);
        sample->cut_count = 2;
        cr_assert_eq(rewrite_to(sample, NULL, target, true, &err), NEARDUP_E_ARG);
    }
    close(target);
    free_sample(sample);
    free(sample);
}

struct watch {
    uint64_t last;
    unsigned calls;
    unsigned stop_at;
};

static bool on_progress(void *context, uint64_t done)
{
    struct watch *watch = context;
    if (done > watch->last)
        watch->last = done;
    return ++watch->calls != watch->stop_at;
}

Test(output_rewrite, progress_and_cancel)
{
    struct sample *sample = malloc(sizeof *sample);
    make_sample(sample, 4 * PIECE - 9, 5000, 5000, 18);
    for (int seekable = 0; seekable < 2; seekable++) {
        for (unsigned stop_at = 0; stop_at < 3; stop_at++) {
            struct ndup_pool *pool;
            struct watch watch = {0, 0, stop_at};
            neardup_error err = {0};
            uint64_t written;
            cr_assert_eq(ndup_pool_create(&pool, 2, NULL), NEARDUP_OK);
            int target = memory_file("", 0);
            struct ndup_rewrite job = make_job(sample, NULL, target, seekable);
            job.progress = on_progress;
            job.context = &watch;
            neardup_status status = ndup_rewrite_file(&job, pool, &written, &err);
            if (stop_at == 0) {
                cr_assert_eq(status, NEARDUP_OK);
                cr_assert_eq(watch.last, sample->length);
                cr_assert_eq(watch.calls, 4);
            } else {
                cr_assert_eq(status, NEARDUP_E_CANCELED);
                cr_assert_lt(watch.calls, 4);
            }
            close(target);
            ndup_pool_destroy(pool);
        }
    }
    free_sample(sample);
    free(sample);
}
