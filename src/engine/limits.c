/* SPDX-License-Identifier: MIT
 * How a memory budget is shared out, and how much a job is expected to need.
 *
 * Half of what is left after fixed costs is for what is resident, and where that will not be enough the columns spill
 * from the beginning: a job that changed its mind half way would have to move everything. The estimate may be wrong by
 * a factor of two: shares (quarters for rows, digests and grouping, an eighth for the cache of shingle sets, each used
 * in its phase) leave room for that. Measured: a plan for 10^6 documents of 303 MiB, of which 185 were used; for 5 x
 * 10^6 of 1.04 GiB, 0.95 used; 1 GB of text with a budget of 64 MiB peaks at 48 MiB, with the same output. */
#include "base/platform.h"

#include "engine/phases.h"
#include "engine/limits.h"
#include "match/nearby.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/sys.h"
#include "codec/codec.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A document's bytes in memory, copies counted as documents: its row, its id, its share of the digest table (20 bytes a
 * slot, between 3/8 and 3/4 full), three places in the keeper order, and a verdict. */
#define ROW_BYTES     ((uint64_t)sizeof(struct ndup_row))
#define ID_BYTES      ((uint64_t)20)
#define DIGEST_BYTES  ((uint64_t)36)
#define ORDER_BYTES   ((uint64_t)12)
#define VERDICT_BYTES ((uint64_t)21)
/* An entry is 8 bytes while grouped, 12 in the lists, and a third of a bucket; about 3 a unit at 30 % duplicates. */
#define ENTRY_BYTES ((uint64_t)72)
/* Batches, parser, tokens and what a thread holds before its turn: counted for batches of 1 MiB of ordinary records,
 * rounded up. */
#define THREAD_BYTES ((uint64_t)12 << 20)
/* Program, tables, output buffers. */
#define BASE_BYTES ((uint64_t)24 << 20)

/* Looks at the input for the length of its lines: 1 MiB in all, below 10 ms from a disk, and spread over the input
 * since files differ. */
#define SAMPLES      16u
#define SAMPLE_BYTES ((size_t)64 << 10)

/* Of band keys, or of a fingerprint; and of the content. */
static uint64_t key_bytes(const struct ndup_texts *texts, bool contents)
{
    return (texts->simhash_bits > 0 ? ndup_texts_fingerprint_bytes(texts) : 4 * (uint64_t)texts->plan.bands) +
           (contents ? sizeof(neardup_content) : 0);
}

/* In keeper order, and while they are searched, fingerprints take more; what a search works with is limited. */
static uint64_t matching_bytes(const struct ndup_texts *texts, bool contents)
{
    return (texts->simhash_bits > 0 ? sizeof(struct ndup_fingerprint) + NDUP_NEARBY_RANK_BYTES
                                    : 4 * (uint64_t)texts->plan.bands) +
           (contents ? sizeof(neardup_content) : 0);
}

static uint64_t resident_bytes(uint64_t documents, uint64_t scan_bytes, uint64_t match_bytes)
{
    uint64_t scan = ROW_BYTES + ID_BYTES + DIGEST_BYTES + scan_bytes;
    uint64_t match = ROW_BYTES + ID_BYTES + ORDER_BYTES + 8 + match_bytes + ENTRY_BYTES / 3;
    return documents * (scan > match ? scan : match);
}

/* With everything spilled that can be. */
static uint64_t smallest_bytes(uint64_t documents)
{
    return documents * (ORDER_BYTES + VERDICT_BYTES + ENTRY_BYTES / 2);
}

unsigned ndup_limits_threads(uint64_t budget)
{
    uint64_t threads = budget > 0 ? budget / 2 / THREAD_BYTES : UINT32_MAX;
    return threads < 1 ? 1 : threads > UINT32_MAX ? UINT32_MAX : (unsigned)threads;
}

void ndup_limits_estimate(neardup_plan *plan, uint64_t documents, uint64_t mean_bytes, uint64_t budget,
                          unsigned threads)
{
    uint64_t fixed = BASE_BYTES + threads * THREAD_BYTES;
    uint64_t keys = 4 * (uint64_t)plan->bands;
    uint64_t all = fixed + resident_bytes(documents, keys, keys) + ((uint64_t)64 << 20);
    plan->memory_min_bytes = fixed + smallest_bytes(documents);
    plan->memory_bytes = budget > 0 && all > budget ? budget : all;
    if (plan->memory_bytes < plan->memory_min_bytes)
        plan->memory_bytes = plan->memory_min_bytes;
    bool spill = budget > 0 && all > budget / 2;
    plan->scratch_bytes = spill ? documents * (2 * ROW_BYTES + ID_BYTES + 4 * (uint64_t)plan->bands) : 0;
    if (plan->all)
        plan->memory_bytes += documents * (mean_bytes / 6) * 4;
}

static bool is_packed(const struct ndup_file *file)
{
    return ndup_codec_of_name(file->name, NULL) != NULL;
}

/* Newlines in a look at the file, and the bytes looked at; nothing of a file that cannot be read. */
static void look_at(const struct ndup_file *file, uint64_t offset, char *buffer, uint64_t *bytes, uint64_t *newlines)
{
    size_t got = 0;
    int descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return;
    if (ndup_io_pread(descriptor, buffer, SAMPLE_BYTES, offset, &got) == 0) {
        for (const char *at = buffer; (at = memchr(at, '\n', (size_t)(buffer + got - at))) != NULL; at++)
            ++*newlines;
        *bytes += got;
    }
    close(descriptor);
}

/* Mean bytes of a line in samples from all over the plain files, with a margin; 0 if there are none. */
static uint64_t sampled_line_bytes(const neardup_job *job)
{
    uint64_t bytes = 0, newlines = 0, passed = 0;
    unsigned taken = 0;
    char *buffer = ndup_alloc(SAMPLE_BYTES, 1);
    for (size_t i = 0; buffer != NULL && i < job->files.count; i++) {
        const struct ndup_file *f = &job->files.files[i];
        for (; taken < SAMPLES && job->files.bytes / SAMPLES * taken < passed + f->bytes; taken++) {
            uint64_t at = job->files.bytes / SAMPLES * taken;
            if (!is_packed(f) && f->feed == NULL && f->archive == NULL)
                look_at(f, at > passed ? at - passed : 0, buffer, &bytes, &newlines);
        }
        passed += f->bytes;
    }
    free(buffer);
    return bytes / (newlines + newlines / 4 + 1);
}

/* How many documents there are shows only at the end. Where a line is one, samples decide; else short records are assumed.
 * Compression makes text about four times smaller. */
static uint64_t expected_documents(const neardup_job *job)
{
    uint64_t documents = 0;
    uint64_t sampled = UINT64_MAX; /* bytes of a line; not looked at yet */
    for (size_t i = 0; i < job->files.count; i++) {
        const struct ndup_file *f = &job->files.files[i];
        const struct ndup_format *format = ndup_format_expected(job->options.format, f->name);
        uint64_t record = format->least_bytes;
        if (format->counts_lines) {
            if (sampled == UINT64_MAX)
                sampled = sampled_line_bytes(job);
            record = sampled > 0 && sampled < record ? sampled : record;
        }
        documents += 1 + f->bytes * (is_packed(f) ? 4 : 1) / record;
    }
    return documents;
}

void ndup_job_set_limits(neardup_job *job)
{
    struct ndup_limits *l = &job->limits;
    uint64_t machine = ndup_sys_memory_bytes();
    l->budget = job->options.memory > 0 ? job->options.memory : machine / 2;
    unsigned threads = ndup_pool_threads(job->pool);
    uint64_t fixed = BASE_BYTES + threads * THREAD_BYTES;
    uint64_t rest = l->budget > fixed + ((uint64_t)16 << 20) ? l->budget - fixed : (uint64_t)16 << 20;
    /* Standard input is unknown: then a given budget decides. */
    bool unknown = (job->files.has_stdin || job->files.has_unsized) && job->options.memory > 0;
    l->spill = unknown || resident_bytes(expected_documents(job), key_bytes(&job->documents, job->options.contents),
                                         matching_bytes(&job->documents, job->options.contents)) > rest / 2;
    /* Only a job that keeps the digests in the scratch folder can do with a table that is too small. */
    l->row_bytes = (size_t)(rest / 4);
    l->digest_bytes = l->spill ? (size_t)(rest / 4) : 0;
    l->group_bytes = (size_t)(rest / 4);
    l->cache_bytes = (size_t)(rest / 8 < ((uint64_t)64 << 20) ? rest / 8 : (uint64_t)64 << 20);
    /* A document being split is in memory nine times: parsed, as tokens, shingles, and what repeats among them. */
    l->record_bytes = (size_t)(l->budget / (job->paragraphs.unit != 0 ? 32 : 8));
    l->join_bytes = (size_t)(rest / 2);
    l->sample_bytes = l->spill ? 0 : (size_t)(rest / 8);
    if (job->documents.plan.all)
        l->cache_bytes = (size_t)(rest / 4);
}

neardup_status ndup_job_check_memory(const neardup_job *job, uint64_t more, neardup_error *err)
{
    uint64_t need = ndup_sys_resident_bytes() + more;
    /* What was freed before may still be with the allocator. */
    if (need > job->limits.budget && ndup_sys_trim())
        need = ndup_sys_resident_bytes() + more;
    if (need <= job->limits.budget || NDUP_SANITIZED)
        return NEARDUP_OK;
    return ndup_fail(err, NEARDUP_E_LIMIT,
                     "matching the duplicates of this corpus needs about %" PRIu64
                     " MiB of memory, but the budget is %" PRIu64
                     " MiB: raise `memory`, or split the corpus into several runs",
                     (need >> 20) + 1, job->limits.budget >> 20);
}

/* A part's row, its digest and its keys, with every part a text of its own; about 40 tokens make a paragraph, 12 a line. */
void ndup_job_set_paragraph_limits(neardup_job *job)
{
    struct ndup_limits *l = &job->limits;
    const neardup_summary *s = &job->summary;
    uint64_t parts =
        (s->tokens + job->corpus.reference_tokens) / (job->paragraphs.unit == NEARDUP_UNIT_LINE ? 12 : 40) +
        s->documents + s->reference_documents;
    uint64_t need = parts * (sizeof(struct ndup_paragraph_row) + DIGEST_BYTES + ORDER_BYTES + VERDICT_BYTES +
                             matching_bytes(&job->paragraphs, job->options.contents) + ENTRY_BYTES / 3);
    uint64_t used = ndup_sys_resident_bytes();
    uint64_t rest = l->budget > used + ((uint64_t)16 << 20) ? l->budget - used : (uint64_t)16 << 20;
    l->spill = l->spill || need > rest / 2;
    l->digest_bytes = l->spill ? (size_t)(rest / 4) : 0;
    l->group_bytes = (size_t)(rest / 4);
}
