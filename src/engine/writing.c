/* SPDX-License-Identifier: MIT
 * The cleaned corpus: every file without its removed records. */
#include "base/platform.h"

#include "engine/paragraphs/part_cuts.h"

#include "base/error.h"
#include "base/mem.h"
#include "output/rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct target { /* progress over all files */
    neardup_job *job;
    uint64_t before;
};

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

static neardup_status write_source(neardup_job *job, uint32_t index, int target, bool seekable,
                                   const struct ndup_cut_list *list, struct target *progress, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    struct reading reading = {job, index};
    struct ndup_rewrite rewrite = {
        .read = read_source,
        .read_context = &reading,
        .source_bytes = source->bytes,
        .cuts = list->cuts,
        .cut_count = list->count,
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

/* A file that is one document disappears with it; one of which all paragraphs are cut stays, and is empty. */
static bool vanishes(const struct ndup_corpus_source *source, const struct ndup_cut_list *list)
{
    return source->rows > 0 && source->format->one_document && list->whole;
}

static neardup_status write_to_folder(neardup_job *job, uint32_t index, const struct ndup_cut_list *list,
                                      struct target *progress, neardup_error *err)
{
    int fd;
    NDUP_TRY(ndup_outdir_create(job->outdir, job->corpus.sources[index].file->name, &fd, err));
    neardup_status st = write_source(job, index, fd, true, list, progress, err);
    if (close(fd) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot close '%s'", job->corpus.sources[index].file->name);
    return st;
}

/* The last record of a file without a final newline would grow together with the first of the next file. */
static neardup_status end_line(neardup_job *job, uint32_t index, const struct ndup_cut_list *list, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    bool last_is_cut = list->count > 0 && list->cuts[list->count - 1].end == source->bytes;
    char last = '\n';
    if (index + 1 == job->corpus.own_sources || source->bytes == 0 || last_is_cut)
        return NEARDUP_OK;
    NDUP_TRY(ndup_corpus_read(&job->corpus, &job->workers[0].opened, index, &last, 1, source->bytes - 1, err));
    return last == '\n' ? NEARDUP_OK : ndup_write_all(STDOUT_FILENO, "\n", 1, "standard output", err);
}

static neardup_status write_to_stdout(neardup_job *job, uint32_t index, const struct ndup_cut_list *list,
                                      struct target *progress, neardup_error *err)
{
    NDUP_TRY(write_source(job, index, STDOUT_FILENO, false, list, progress, err));
    return end_line(job, index, list, err);
}

static neardup_status write_file(neardup_job *job, uint32_t index, const struct ndup_cut_list *list,
                                 struct target *progress, neardup_error *err)
{
    if (vanishes(&job->corpus.sources[index], list))
        return NEARDUP_OK;
    if (job->outdir != NULL)
        return write_to_folder(job, index, list, progress, err);
    return write_to_stdout(job, index, list, progress, err);
}

neardup_status ndup_job_write(neardup_job *job, neardup_error *err)
{
    struct ndup_cut_list list = {0};
    struct target progress = {job, 0};
    struct ndup_settler *settlers = NULL;
    neardup_status st = ndup_settlers_create(&settlers, job, err);
    bool writing = job->options.output_dir != NULL && job->options.write_corpus;
    bool needed = job->options.output_dir != NULL || (job->paragraphs.unit != 0 && job->callbacks.decision != NULL);
    for (uint32_t i = 0; needed && st == NEARDUP_OK && i < job->corpus.own_sources; i++) {
        const struct ndup_corpus_source *source = &job->corpus.sources[i];
        if (source->failed && source->bytes == 0)
            continue;
        st = ndup_job_settle_source(job, settlers, i, writing ? &list : NULL, err);
        if (st == NEARDUP_OK && writing)
            st = write_file(job, i, &list, &progress, err);
        ndup_cut_list_clear(&list);
    }
    free(list.cuts);
    ndup_settlers_free(settlers, job);
    return st;
}
