/* SPDX-License-Identifier: MIT
 * How a memory budget is shared out, and how much a job is expected to need. */
#include "base/platform.h"

#include "job/job_internal.h"
#include "job/limits.h"

#include "base/sys.h"

#include <string.h>

/* A document's bytes in memory, copies counted as documents: its row, its id, its share of the digest table (20 bytes a
 * slot, between 3/8 and 3/4 full), three places in the keeper order, and a verdict. */
#define ROW_BYTES     ((uint64_t)sizeof(struct ndup_row))
#define ID_BYTES      ((uint64_t)20)
#define DIGEST_BYTES  ((uint64_t)36)
#define ORDER_BYTES   ((uint64_t)12)
#define VERDICT_BYTES ((uint64_t)21)
/* An entry is 8 bytes while grouped, 12 in the lists, and a third of a bucket; about 3 a unit at 30 % duplicates. */
#define ENTRY_BYTES ((uint64_t)72)
/* Batches, parser, tokens and open files of a thread. */
#define THREAD_BYTES ((uint64_t)12 << 20)
/* Program, tables, output buffers. */
#define BASE_BYTES ((uint64_t)24 << 20)

static uint64_t resident_bytes(uint64_t documents, uint32_t bands)
{
    uint64_t scan = ROW_BYTES + ID_BYTES + DIGEST_BYTES + 4 * (uint64_t)bands;
    uint64_t match = ROW_BYTES + ID_BYTES + ORDER_BYTES + 8 + 4 * (uint64_t)bands + ENTRY_BYTES / 3;
    return documents * (scan > match ? scan : match);
}

/* With everything spilled that can be. */
static uint64_t smallest_bytes(uint64_t documents)
{
    return documents * (ORDER_BYTES + VERDICT_BYTES + ENTRY_BYTES / 2);
}

void ndup_limits_estimate(neardup_plan *plan, uint64_t documents, uint64_t mean_bytes, uint64_t budget,
                          unsigned threads)
{
    uint64_t fixed = BASE_BYTES + threads * THREAD_BYTES;
    uint64_t all = fixed + resident_bytes(documents, plan->bands) + ((uint64_t)64 << 20);
    plan->memory_min_bytes = fixed + smallest_bytes(documents);
    plan->memory_bytes = budget > 0 && all > budget ? budget : all;
    if (plan->memory_bytes < plan->memory_min_bytes)
        plan->memory_bytes = plan->memory_min_bytes;
    bool spill = budget > 0 && all > budget / 2;
    plan->scratch_bytes = spill ? documents * (2 * ROW_BYTES + ID_BYTES + 4 * (uint64_t)plan->bands) : 0;
    if (plan->all)
        plan->memory_bytes += documents * (mean_bytes / 6) * 4;
}

/* How many documents there are shows only at the end: short records, and text that compression made four times
 * smaller, are assumed. */
static uint64_t expected_documents(const neardup_job *job)
{
    uint64_t record = job->options.format == NEARDUP_INPUT_LINE ? 40 : 200;
    uint64_t documents = 0;
    for (size_t i = 0; i < job->files.count; i++) {
        const struct ndup_file *f = &job->files.files[i];
        const char *dot = strrchr(f->name, '.');
        bool packed = dot != NULL && (strcmp(dot, ".gz") == 0 || strcmp(dot, ".zst") == 0);
        documents += 1 + f->bytes * (packed ? 4 : 1) / record;
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
    bool unknown = job->files.has_stdin && job->options.memory > 0;
    l->spill = unknown || resident_bytes(expected_documents(job), job->plan.bands) > rest / 2;
    /* Only a job that keeps the digests in the scratch folder can do with a table that is too small. */
    l->digest_bytes = l->spill ? (size_t)(rest / 4) : 0;
    l->group_bytes = (size_t)(rest / 4);
    l->cache_bytes = (size_t)(rest / 8 < ((uint64_t)64 << 20) ? rest / 8 : (uint64_t)64 << 20);
    l->record_bytes = (size_t)(l->budget / 8);
    l->join_bytes = (size_t)(rest / 2);
    if (job->plan.all)
        l->cache_bytes = (size_t)(rest / 4);
}
