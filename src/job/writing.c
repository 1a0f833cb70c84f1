/* SPDX-License-Identifier: MIT
 * The cleaned corpus: every file without its removed records. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "output/rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cuts { /* of the file at hand */
    struct ndup_cut *cut;
    size_t count, capacity;
    struct ndup_rows rows;
};

struct target { /* progress over all files */
    neardup_job *job;
    uint64_t before;
};

static bool is_cut(neardup_job *job, uint64_t index, const struct ndup_row *row)
{
    if (row->unit == NDUP_UNIT_INVALID || row->unit == NDUP_UNIT_EMPTY) {
        bool drop = row->unit == NDUP_UNIT_INVALID ? job->options.drop_invalid : job->options.drop_empty;
        job->summary.dropped_bytes += drop ? row->length : 0;
        return drop;
    }
    return ndup_job_is_removed(job, index);
}

static bool add_cut(struct cuts *cuts, const struct ndup_row *row)
{
    if (cuts->count > 0 && cuts->cut[cuts->count - 1].end == row->offset) {
        cuts->cut[cuts->count - 1].end += row->length;
        return true;
    }
    if (!ndup_grow(&cuts->cut, &cuts->capacity, cuts->count + 1, sizeof *cuts->cut))
        return false;
    cuts->cut[cuts->count++] = (struct ndup_cut){.begin = row->offset, .end = row->offset + row->length};
    return true;
}

static neardup_status find_cuts(neardup_job *job, const struct ndup_source *source, struct cuts *cuts,
                                neardup_error *err)
{
    cuts->count = 0;
    for (uint64_t i = source->first_row; i < source->first_row + source->rows; i++) {
        const struct ndup_row *row;
        NDUP_TRY(ndup_rows_at(&cuts->rows, i, &row, err));
        if (is_cut(job, i, row) && !add_cut(cuts, row))
            return ndup_fail_nomem(err);
    }
    return ndup_job_check_cancel(job, err);
}

static bool write_progress(void *context, uint64_t done)
{
    struct target *t = context;
    return ndup_job_progress(t->job, "write", t->before + done, t->job->summary.text_bytes, true) &&
           !atomic_load(&t->job->cancel);
}

struct reading { /* a source being read by the threads of the rewriter */
    neardup_job *job;
    uint32_t source;
};

static neardup_status read_source(void *context, unsigned member, void *buffer, size_t length, uint64_t offset,
                                  neardup_error *err)
{
    struct reading *r = context;
    return ndup_corpus_read(&r->job->corpus, &r->job->workers[member].opened, r->source, buffer, length, offset, err);
}

static neardup_status write_source(neardup_job *job, uint32_t index, int target, bool seekable, struct cuts *cuts,
                                   struct target *progress, neardup_error *err)
{
    const struct ndup_source *source = &job->corpus.sources[index];
    struct reading reading = {job, index};
    struct ndup_rewrite rewrite = {
        .read = read_source,
        .read_context = &reading,
        .source_bytes = source->bytes,
        .cuts = cuts->cut,
        .cut_count = cuts->count,
        .codec = seekable ? source->codec : NDUP_PLAIN, /* standard output takes one stream of records */
        .target = target,
        .target_seekable = seekable,
        .target_name = seekable ? source->file->name : "standard output",
        .progress = write_progress,
        .context = progress,
    };
    uint64_t written;
    neardup_status st = ndup_rewrite_file(&rewrite, job->pool, &written, err);
    progress->before += source->bytes;
    return st == NEARDUP_OK ? ndup_corpus_check_unchanged(&job->corpus, index, err) : st;
}

/* A file that is one document disappears with it. */
static bool vanishes(const struct ndup_source *source, const struct cuts *cuts)
{
    return source->format == NEARDUP_INPUT_FILE && cuts->count > 0;
}

static neardup_status write_to_folder(neardup_job *job, uint32_t index, struct cuts *cuts, struct target *progress,
                                      neardup_error *err)
{
    int fd;
    NDUP_TRY(ndup_outdir_create(job->outdir, job->corpus.sources[index].file->name, &fd, err));
    neardup_status st = write_source(job, index, fd, true, cuts, progress, err);
    if (close(fd) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot close '%s'", job->corpus.sources[index].file->name);
    return st;
}

/* The last record of a file without a final newline would grow together with the first of the next file. */
static neardup_status end_line(neardup_job *job, uint32_t index, const struct cuts *cuts, neardup_error *err)
{
    const struct ndup_source *source = &job->corpus.sources[index];
    bool last_is_cut = cuts->count > 0 && cuts->cut[cuts->count - 1].end == source->bytes;
    char last = '\n';
    if (index + 1 == job->corpus.source_count || source->bytes == 0 || last_is_cut)
        return NEARDUP_OK;
    NDUP_TRY(ndup_corpus_read(&job->corpus, &job->workers[0].opened, index, &last, 1, source->bytes - 1, err));
    return last == '\n' ? NEARDUP_OK : ndup_write_all(STDOUT_FILENO, "\n", 1, "standard output", err);
}

static neardup_status write_to_stdout(neardup_job *job, uint32_t index, struct cuts *cuts, struct target *progress,
                                      neardup_error *err)
{
    NDUP_TRY(write_source(job, index, STDOUT_FILENO, false, cuts, progress, err));
    return end_line(job, index, cuts, err);
}

neardup_status ndup_job_write(neardup_job *job, neardup_error *err)
{
    struct cuts cuts = {.rows = {.corpus = &job->corpus}};
    struct target progress = {job, 0};
    neardup_status st = NEARDUP_OK;
    bool to_stdout = job->options.output_dir != NULL && strcmp(job->options.output_dir, "-") == 0;
    for (uint32_t i = 0; st == NEARDUP_OK && i < job->corpus.source_count; i++) {
        const struct ndup_source *source = &job->corpus.sources[i];
        if (source->failed && source->bytes == 0)
            continue;
        st = find_cuts(job, source, &cuts, err);
        if (st != NEARDUP_OK || vanishes(source, &cuts))
            continue;
        if (to_stdout)
            st = write_to_stdout(job, i, &cuts, &progress, err);
        else
            st = write_to_folder(job, i, &cuts, &progress, err);
    }
    free(cuts.cut);
    ndup_rows_free(&cuts.rows);
    return st;
}
