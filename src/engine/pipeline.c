/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/pipeline.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/revisits.h"
#include "input/feed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct ndup_open_source {
    struct ndup_reader *reader;       /* used by the one who holds busy */
    struct ndup_table_program *table; /* that gives the reader the rows of a table; NULL: it is none */
    uint32_t source;
    bool open, busy;
    uint64_t stored;        /* bytes that were decoded so far */
    uint64_t number, lines; /* in source order: its place in the order of turns; lines read so far */
};

struct ndup_pipeline_member {
    struct ndup_task task;
    neardup_status status;
    neardup_error error;
};

/* ---- trouble ---- */

static const char *name_of(const neardup_job *job, uint32_t source)
{
    return job->corpus.sources[source].file->name;
}

neardup_status ndup_fail_bad_record(const neardup_job *job, uint32_t source, uint64_t line, const char *problem,
                                    neardup_error *err)
{
    neardup_status st = ndup_fail(err, NEARDUP_E_FORMAT, "%s:%" PRIu64 ": %s", name_of(job, source), line, problem);
    if (err != NULL)
        err->line = line;
    return st;
}

neardup_status ndup_fail_source(const neardup_job *job, uint32_t source, const neardup_error *why, neardup_error *err)
{
    (void)ndup_fail(err, why->code, "%s: %s", name_of(job, source), why->message);
    if (err != NULL)
        err->sys_errno = why->sys_errno;
    return why->code;
}

neardup_status ndup_job_report_failed_source(neardup_job *job, uint32_t source, const neardup_error *why,
                                             neardup_error *err)
{
    job->summary.failed_files++;
    return ndup_job_note(job, NEARDUP_ERROR, name_of(job, source), 0, why->message, err);
}

/* What an unread file is, and what to type. Of a member of an archive there is no file that a command could read. */
static void describe(const neardup_job *job, const struct ndup_corpus_source *source, char *what, size_t size)
{
    if (source->file->archive == NULL) {
        const char *why = source->kind->table && strcmp(source->file->path, "-") != 0 ? job->tables.why : "";
        ndup_file_kind_describe(source->kind, source->file->path, what, size);
        size_t length = strlen(what);
        if (why[0] != '\0')
            snprintf(what + length, size - length, " (%s)", why);
    } else
        snprintf(what, size,
                 "this is %s, which neardup does not read in an archive; try: unpack the archive, and name the folder",
                 source->kind->name);
}

/* A file of records among skipped pictures: its owner should hear how it can be read. */
static neardup_status note_unread_data(neardup_job *job, const struct ndup_corpus_source *source, neardup_error *err)
{
    char what[400];
    describe(job, source, what, sizeof what);
    return ndup_job_note(job, NEARDUP_WARNING, source->file->name, 0, what, err);
}

neardup_status ndup_job_report_skipped(neardup_job *job, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    size_t own = 0, references = 0;
    for (size_t i = 0; i < c->source_count; i++) {
        const struct ndup_corpus_source *s = &c->sources[i];
        job->summary.unread_data_files += s->unread;
        if (s->kind == NULL)
            continue;
        if (s->unread)
            NDUP_TRY(note_unread_data(job, s, err));
        own += i < c->own_sources;
        references += i >= c->own_sources;
        job->summary.binary_files++;
        if (job->callbacks.skipped != NULL &&
            !job->callbacks.skipped(job->callbacks.context, s->file->name, s->kind->name))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    if (references > 0 && references == c->source_count - c->own_sources)
        return ndup_fail(err, NEARDUP_E_FORMAT, "no reference is text: without it duplicates would be kept");
    if (own == 0 || own < c->own_sources)
        return NEARDUP_OK;
    if (own > 1)
        return ndup_fail(err, NEARDUP_E_FORMAT, "nothing to read: none of the %zu input files is text", own);
    return ndup_fail(err, NEARDUP_E_FORMAT, "%s: this is %s, which neardup does not read", c->sources[0].file->name,
                     c->sources[0].kind->name);
}

/* ---- sources: who reads which one ---- */

static bool is_skipped(const struct ndup_pipeline *p, uint32_t source)
{
    return p->skip != NULL && p->skip(p->context, source);
}

/* The next source that is to be read; under the lock. */
static bool next_source(struct ndup_pipeline *p, uint32_t *source)
{
    while (p->next_source < p->end_source && is_skipped(p, p->next_source))
        p->next_source++;
    if (p->next_source >= p->end_source)
        return false;
    *source = p->next_source++;
    return true;
}

static void close_reader(struct ndup_pipeline *p, struct ndup_reader *reader, struct ndup_table_program *table)
{
    ndup_reader_close(reader);
    ndup_tables_close(&p->job->tables, table);
}

static void close_source(struct ndup_pipeline *p, struct ndup_open_source *s)
{
    close_reader(p, s->reader, s->table);
    *s = (struct ndup_open_source){0};
}

/* The open source of the earliest number that is free, or a slot for a new one: of all, or in source order of the member. */
static struct ndup_open_source *find_slot(struct ndup_pipeline *p, unsigned member, bool *any)
{
    struct ndup_open_source *found = NULL, *slot = NULL;
    bool own = p->order == NDUP_ORDER_SOURCE;
    *any = false;
    for (unsigned i = own ? member : 0; i < (own ? member + 1 : p->slots); i++) {
        struct ndup_open_source *s = &p->open[i];
        if (s->open && !s->busy && s->source >= p->end_source)
            close_source(p, s);
        *any = *any || s->open;
        if (s->open && !s->busy && (found == NULL || s->source < found->source))
            found = s;
        if (!s->open)
            slot = s;
    }
    if (found != NULL || slot == NULL)
        return found;
    uint32_t source;
    if (!next_source(p, &source))
        return NULL;
    *slot = (struct ndup_open_source){.source = source, .open = true, .number = p->next_number};
    p->next_number += own;
    return slot;
}

/* A source to read from, marked busy; NULL when there is nothing left to do. It takes slots; the file is opened later. */
static struct ndup_open_source *take_source(struct ndup_pipeline *p, unsigned member)
{
    struct ndup_open_source *taken = NULL;
    bool any = true;
    pthread_mutex_lock(&p->lock);
    while (!p->stop && any) {
        taken = find_slot(p, member, &any);
        if (taken != NULL)
            break;
        if (any)
            pthread_cond_wait(&p->changed, &p->lock);
    }
    if (taken != NULL)
        taken->busy = true;
    pthread_mutex_unlock(&p->lock);
    return taken;
}

static void give_back(struct ndup_pipeline *p, struct ndup_open_source *s, bool ended)
{
    struct ndup_reader *reader = ended ? s->reader : NULL;
    struct ndup_table_program *table = ended ? s->table : NULL;
    pthread_mutex_lock(&p->lock);
    s->busy = false;
    if (ended)
        *s = (struct ndup_open_source){0};
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    close_reader(p, reader, table);
}

void ndup_pipeline_end_at(struct ndup_pipeline *p, uint32_t source)
{
    pthread_mutex_lock(&p->lock);
    if (source < p->end_source)
        p->end_source = source;
    pthread_mutex_unlock(&p->lock);
}

/* ---- batches ---- */

/* A file that is not text. The cleaned corpus gets it byte for byte, with its compression. Whoever named it himself wanted
 * it to be read: that is a failure if it has something that could be read, or else a note among others. */
static neardup_status skip_source(const neardup_job *job, struct ndup_corpus_source *source, bool regular,
                                  const struct stat *info, neardup_error *err)
{
    char what[400];
    const struct ndup_file *file = source->file;
    neardup_binary rule = job->options.binary;
    source->unread = ndup_file_kind_holds_records(source->kind, file->name);
    if (rule == NEARDUP_BINARY_ERROR || !regular || (file->named && source->kind->advice != NULL) ||
        (rule == NEARDUP_BINARY_ERROR_DATA && source->unread)) {
        describe(job, source, what, sizeof what);
        source->kind = NULL;
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s", what);
    }
    source->codec = NULL;
    source->spooled = false;
    source->bytes = (uint64_t)info->st_size;
    return NEARDUP_OK;
}

/* What a command prints about a file is one document, unless the user says what else it is. */
static neardup_status check_output(const struct ndup_corpus_source *source, const struct ndup_reader *reader,
                                   neardup_error *err)
{
    const struct ndup_file_kind *kind = ndup_reader_kind(reader);
    return kind == NULL ? NEARDUP_OK
                        : ndup_fail(err, NEARDUP_E_FORMAT, "the output of '%.100s' is %s, not text",
                                    source->command->words[0], kind->name);
}

static neardup_input_format format_of(const neardup_job *job, const struct ndup_corpus_source *source)
{
    return source->command != NULL && job->options.format == NEARDUP_INPUT_AUTO ? NEARDUP_INPUT_FILE
                                                                                : job->options.format;
}

/* A table is read by a program, if there is one: then its rows are read in place of the file. */
static neardup_status find_table(struct ndup_pipeline *p, struct ndup_open_source *s, neardup_error *err)
{
    struct ndup_corpus_source *source = &p->job->corpus.sources[s->source];
    const struct ndup_file_kind *kind = source->kind;
    if (kind == NULL || !kind->table || source->codec != NULL)
        return NEARDUP_OK;
    NDUP_TRY(ndup_tables_open(&p->job->tables, p->job->options.python, source->file->path, &p->job->fields,
                              &p->job->cancel, &s->table, err));
    if (s->table != NULL) {
        source->kind = NULL;
        source->table = kind;
    }
    return NEARDUP_OK;
}

static neardup_status open_reader(struct ndup_pipeline *p, struct ndup_open_source *s, neardup_error *err)
{
    neardup_job *job = p->job;
    struct ndup_corpus_source *source = &job->corpus.sources[s->source];
    const struct ndup_program *command = source->command;
    struct stat info = {0};
    /* Before the first byte is read: whatever happens to the file from now on shows. */
    struct ndup_feed *feed = source->file->feed;
    const struct ndup_archive *archive = source->file->archive;
    bool named = feed == NULL && strcmp(source->file->path, "-") != 0;
    int failure = named && archive == NULL && stat(source->file->path, &info) != 0 ? errno : 0;
    if (archive != NULL)
        info = archive->info;
    bool regular = feed != NULL ? ndup_feed_rereads(feed) : named && failure == 0 && S_ISREG(info.st_mode);
    const struct ndup_reader_options options = {.format = format_of(job, source),
                                                .command = command,
                                                .table = s->table != NULL ? ndup_table_program_stream(s->table) : NULL,
                                                .fields = &job->fields,
                                                .encoding = job->options.encoding,
                                                .keep_stored = p->spool,
                                                .members = p->spool && regular && feed == NULL && command == NULL &&
                                                           !source->file->reference && job->options.write_corpus &&
                                                           job->outdir != NULL,
                                                .any_bytes = job->options.binary == NEARDUP_BINARY_TEXT,
                                                .max_expansion = job->options.max_expansion,
                                                .batch_bytes = NDUP_BATCH_BYTES,
                                                .max_record = job->limits.record_bytes};
    if (feed != NULL) {
        NDUP_TRY(ndup_feed_set_fields(feed, &job->fields, ndup_writes_corpus(&job->options), err));
    }
    if (regular && feed == NULL && !source->identity.known) /* a later pass reads what the first one read, or fails */
        ndup_identity_set(&source->identity, &info);
    if (source->file->problem != NULL)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s", source->file->problem);
    if (archive != NULL)
        info.st_size = (off_t)source->file->member->size;
    source->format = ndup_format_of(options.format);
    if (command != NULL && archive != NULL)
        return ndup_fail(err, NEARDUP_E_FORMAT,
                         "'%.100s' needs a file, and this is in an archive: unpack it, and name the folder",
                         command->words[0]);
    if (command != NULL && !regular)
        return ndup_fail(err, NEARDUP_E_IO, "'%.100s' needs a file, and this is none", command->words[0]);
    if (failure != 0 &&
        failure != ENOENT) /* nobody could say later whether it has changed. A file that is not there fails to open */
        return ndup_fail_errno(err, failure, "cannot look at '%s'", source->file->path);
    NDUP_TRY(ndup_reader_open(&s->reader, source->file, &options, err));
    source->format = ndup_reader_format(s->reader);
    source->codec = ndup_reader_codec(s->reader);
    source->spooled = p->spool && (source->codec != NULL || !regular || command != NULL || s->table != NULL);
    if (command != NULL)
        return check_output(source, s->reader, err);
    if (s->table != NULL)
        return NEARDUP_OK;
    source->kind = ndup_reader_kind(s->reader);
    if (regular && feed == NULL && archive == NULL)
        NDUP_TRY(find_table(p, s, err));
    if (s->table != NULL) {
        ndup_reader_close(s->reader);
        s->reader = NULL;
        return open_reader(p, s, err);
    }
    return source->kind != NULL ? skip_source(job, source, regular, &info, err) : NEARDUP_OK;
}

/* The first look at a source. A member of an archive is unpacked before. *why: it cannot be read; *err ends the run. */
static neardup_status open_source(struct ndup_pipeline *p, struct ndup_open_source *s, neardup_error *why,
                                  neardup_error *err)
{
    const struct ndup_file *file = p->job->corpus.sources[s->source].file;
    *why = (neardup_error){0};
    if (file->archive != NULL) {
        NDUP_TRY(ndup_archive_unpack(file->archive, file->member, why, err));
        if (why->code != NEARDUP_OK)
            return NEARDUP_OK;
    }
    why->code = open_reader(p, s, why);
    return NEARDUP_OK;
}

static void count_bytes(struct ndup_pipeline *p, struct ndup_task *task, uint64_t bytes)
{
    pthread_mutex_lock(&p->lock);
    p->read_bytes += bytes;
    task->consumed = p->read_bytes;
    pthread_mutex_unlock(&p->lock);
    task->total = p->total;
}

/* Where a file is a document, an empty file is an empty one. Standard input of unknown format is not a file. */
static bool is_empty_document(const neardup_job *job, const struct ndup_corpus_source *source)
{
    bool guessed = job->options.format == NEARDUP_INPUT_AUTO && strcmp(source->file->path, "-") == 0;
    return source->format->one_document && source->bytes == 0 && !guessed;
}

/* The bytes of a source that cannot be read again go to the spool, as they were before they were decoded. */
static neardup_status keep_bytes(const struct ndup_pipeline *p, struct ndup_open_source *s,
                                 const struct ndup_task *task, neardup_error *err)
{
    struct ndup_corpus_source *source = &p->job->corpus.sources[s->source];
    const struct ndup_batch *batch = task->batch;
    const char *bytes;
    size_t length = s->reader != NULL ? ndup_reader_members(s->reader, &bytes) : 0;
    if (s->reader == NULL)
        return NEARDUP_OK;
    if (length > 0)
        NDUP_TRY(ndup_corpus_spool_members(&p->job->corpus, source, bytes, length, err));
    if (ndup_reader_encoding(s->reader) == NULL)
        return source->spooled && batch->len > 0
                   ? ndup_corpus_spool(&p->job->corpus, source, batch->data, batch->len, batch->offset, err)
                   : NEARDUP_OK;
    length = ndup_reader_stored(s->reader, &bytes);
    if (source->spooled && length > 0)
        NDUP_TRY(ndup_corpus_spool(&p->job->corpus, source, bytes, length, s->stored, err));
    s->stored += length;
    if (task->last) {
        ndup_encoded_free(source->encoded); /* of an earlier pass */
        source->encoded = source->kind == NULL ? ndup_reader_take_encoded(s->reader) : NULL;
    }
    return NEARDUP_OK;
}

/* Without the output of its command a file is a document that cannot be read: a bad record, and not a damaged file, which
 * would be left out of the cleaned corpus. The command may have printed something before it failed, which is not compared. */
static neardup_status note_problem(struct ndup_corpus_source *source, struct ndup_task *task, neardup_error *err)
{
    free(source->problem);
    source->problem = strdup(task->why.message);
    task->problem = source->problem;
    task->batch->len = 0;
    return source->problem != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

static bool is_about_command(const struct ndup_corpus_source *source, neardup_status status)
{
    return source->command != NULL && source->format != NULL && source->format->one_document &&
           (status == NEARDUP_E_IO || status == NEARDUP_E_FORMAT || status == NEARDUP_E_LIMIT);
}

/* A table that could not be read to its end, in a job that writes. Rows that were handed over can be neither removed, as pyarrow
 * cannot read the file again to write it, nor left there, as the decisions say otherwise. (A text that is cut off is different:
 * what was read of it can be written.) And next to a reference that was not read, duplicates of it would be kept. */
static neardup_status refuse_half_a_table(const neardup_job *job, const struct ndup_corpus_source *source,
                                          neardup_status status, const neardup_error *why, neardup_error *err)
{
    if (source->table == NULL || !ndup_writes_corpus(&job->options))
        return NEARDUP_OK;
    if (source->file->reference)
        return ndup_fail(err, status, "cannot read the reference '%.100s' to its end, so nothing was written: %.300s",
                         source->file->name, why->message);
    if (source->bytes == 0)
        return NEARDUP_OK; /* it is left out, as any file that cannot be read */
    return ndup_fail(err, status, "cannot remove rows from '%.100s', so nothing was written: %.300s",
                     source->file->name, why->message);
}

/* The next batch of a busy source, spooled if its bytes cannot be read again. A damaged source may still give one. */
static neardup_status read_batch(struct ndup_pipeline *p, struct ndup_open_source *s, struct ndup_task *task,
                                 neardup_error *err)
{
    struct ndup_corpus_source *source = &p->job->corpus.sources[s->source];
    uint64_t before = s->reader != NULL ? ndup_reader_consumed(s->reader) : 0; /* opening looks at the first bytes */
    struct ndup_batch *batch = task->batch;
    batch->len = 0;
    batch->number = 0;
    neardup_status st = NEARDUP_OK;
    if (s->reader == NULL) {
        NDUP_TRY(open_source(p, s, &task->why, err));
        st = task->why.code;
    }
    bool skipped = st == NEARDUP_OK && source->kind != NULL;
    if (st == NEARDUP_OK && !skipped)
        st = ndup_reader_next(s->reader, batch, &task->why);
    if (is_about_command(source, st)) {
        NDUP_TRY(note_problem(source, task, err));
        st = NEARDUP_OK;
    }
    if (st == NEARDUP_E_FORMAT && s->reader != NULL && ndup_reader_kind(s->reader) != NULL &&
        p->job->options.binary == NEARDUP_BINARY_ERROR)
        return ndup_fail_source(p->job, s->source, &task->why, err);
    /* A caller whose own function fails wants the job to end. */
    if (st == NEARDUP_E_NOMEM || st == NEARDUP_E_CANCELED || (st != NEARDUP_OK && source->file->feed != NULL))
        return ndup_fail(err, st, "%s", task->why.message);
    uint64_t consumed = s->reader != NULL ? ndup_reader_consumed(s->reader) - before : 0;
    count_bytes(p, task, consumed);
    if (s->reader != NULL && batch->number == 0) {
        free(source->head); /* of an earlier pass */
        source->head = ndup_reader_take_head(s->reader);
    }
    source->bytes += s->reader != NULL && source->format->in_place ? consumed : batch->len;
    source->failed = task->failed = st != NEARDUP_OK;
    if (task->failed)
        NDUP_TRY(refuse_half_a_table(p->job, source, st, &task->why, err));
    task->decoded = s->reader != NULL && ndup_reader_encoding(s->reader) != NULL;
    task->last = task->failed || batch->len == 0;
    task->empty_document =
        task->last && !task->failed && !skipped && (task->problem != NULL || is_empty_document(p->job, source));
    return keep_bytes(p, s, task, err);
}

/* Whether the job is to see the task: there are bytes, a document, a failure, or in source order an end. */
static bool is_wanted(const struct ndup_pipeline *p, const struct ndup_task *task)
{
    return task->batch->len > 0 || task->empty_document || task->failed || p->order == NDUP_ORDER_SOURCE;
}

static neardup_status do_task(struct ndup_pipeline *p, unsigned member, struct ndup_open_source *s, neardup_error *err)
{
    struct ndup_task *task = &p->members[member].task;
    bool own = p->order == NDUP_ORDER_SOURCE;
    *task = (struct ndup_task){.source = s->source, .batch = &p->job->workers[member].batch};
    neardup_status st = read_batch(p, s, task, err);
    if (own) {
        task->number = s->number;
        task->lines_before = s->lines;
    } else {
        if (p->order == NDUP_ORDER_BATCH) { /* there is one slot, and it is ours; else nobody asks for the number */
            task->number = p->next_number;
            p->next_number += st == NEARDUP_OK && is_wanted(p, task);
        }
        give_back(p, s, task->last || st != NEARDUP_OK);
    }
    if (st == NEARDUP_OK && is_wanted(p, task))
        st = p->work(p->context, member, task, err);
    if (own) {
        s->lines += task->lines;
        give_back(p, s, task->last || st != NEARDUP_OK);
    }
    return st;
}

/* ---- documents ---- */

NDUP_INLINE void drop_long_names(struct ndup_document *d)
{
    if (NDUP_UNLIKELY(d->id_length > NDUP_BLOB_MAX)) {
        d->id = NULL;
        d->id_length = 0;
    }
    if (NDUP_UNLIKELY(d->group_length > NDUP_BLOB_MAX)) {
        d->group = NULL;
        d->group_length = 0;
    }
}

neardup_status ndup_task_parse(struct ndup_pipeline *p, unsigned member, const struct ndup_task *task,
                               struct ndup_document *d, neardup_error *err)
{
    const struct ndup_corpus_source *source = &p->job->corpus.sources[task->source];
    if (task->problem != NULL) {
        d->problem = task->problem;
        return NEARDUP_OK;
    }
    return ndup_parser_parse(&p->job->workers[member].parser, source->format, source->head, d, err);
}

static void count_records(struct ndup_pipeline *p, struct ndup_corpus_source *source,
                          const struct ndup_seen_records *seen, bool split)
{
    pthread_mutex_lock(&p->lock);
    ndup_seen_records_add(&source->seen, seen);
    source->split_lines = source->split_lines || split;
    pthread_mutex_unlock(&p->lock);
}

struct noting { /* the records of a batch that are not documents */
    struct ndup_pipeline *pipeline;
    const struct ndup_task *task;
    neardup_status status;
    neardup_error *err;
};

static bool note_other(void *context, const char *record, size_t length)
{
    struct noting *n = context;
    const struct ndup_batch *batch = n->task->batch;
    pthread_mutex_lock(&n->pipeline->lock);
    n->status =
        ndup_revisits_note(n->pipeline->revisits, n->pipeline->job->corpus.sources[n->task->source].format,
                           n->task->source, batch->offset + (uint64_t)(record - batch->data), record, length, n->err);
    pthread_mutex_unlock(&n->pipeline->lock);
    return n->status == NEARDUP_OK;
}

NDUP_INLINE neardup_status visit_all(struct ndup_pipeline *p, unsigned member, struct ndup_task *task, bool parse,
                                     ndup_visit_document *visit, void *context, neardup_error *err)
{
    struct ndup_corpus_source *source = &p->job->corpus.sources[task->source];
    struct ndup_worker *worker = &p->job->workers[member];
    const struct ndup_batch *batch = task->batch;
    struct ndup_records it;
    struct ndup_document d;
    struct ndup_seen_records seen = {0};
    bool last = task->last, split = false;
    task->lines = 0;
    worker->seen.surveyed = 0;
    if (task->empty_document) {
        d = (struct ndup_document){.record = "", .text = "", .end_line = 1, .problem = task->problem};
        if (parse)
            count_records(p, source, &(struct ndup_seen_records){.records = 1, .invalid = task->problem != NULL},
                          false);
        return visit(context, &d, err);
    }
    if (batch->len == 0) /* and the format may be unknown */
        return NEARDUP_OK;
    if (batch->passed != NDUP_BATCH_RECORDS) {
        for (const char *at = batch->data, *end = at + batch->len; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;
             at++)
            task->lines++;
        if (parse && batch->passed == NDUP_BATCH_PASSED_FIRST)
            count_records(p, source, &(struct ndup_seen_records){.others = 1}, false);
        return NEARDUP_OK;
    }
    bool plain = source->format->plain_text && p->job->options.binary != NEARDUP_BINARY_TEXT;
    ndup_records_begin(&it, source->format, source->head, batch->data, batch->len, batch->offset == 0);
    struct noting noting = {p, task, NEARDUP_OK, err};
    if (p->revisits != NULL && source->format->refers != NULL && task->source < p->job->corpus.own_sources) {
        it.other = note_other;
        it.other_context = &noting;
    }
    while (task->last == last && ndup_records_next(&it, &d)) {
        if (parse) {
            NDUP_TRY(ndup_parser_parse(&worker->parser, source->format, source->head, &d, err));
            if (NDUP_UNLIKELY(d.problem != NULL) && source->format->split != NULL && source->format->split(&it, &d)) {
                split = true;
                NDUP_TRY(ndup_parser_parse(&worker->parser, source->format, source->head, &d, err));
            }
            drop_long_names(&d);
            if (NDUP_UNLIKELY(d.invalid_utf8) && d.problem == NULL && p->job->options.strict)
                d.problem = ndup_not_utf8;
            if (NDUP_UNLIKELY(d.problem == ndup_not_utf8))
                d.problem = ndup_not_utf8_problem(&d, task->decoded);
            if (plain && d.problem == NULL && d.text_length > 0 && memchr(d.text, '\0', d.text_length) != NULL)
                d.problem = ndup_zero_bytes;
            seen.records++;
            seen.invalid += d.problem != NULL;
            seen.bytes += d.record_length;
            if (NDUP_UNLIKELY(ndup_garbled_lines(&d) > 0))
                seen.garbled += d.record_length;
            NDUP_TRY(ndup_seen_document(p->job, &worker->seen, task, &d, err));
        }
        NDUP_TRY(visit(context, &d, err));
    }
    NDUP_TRY(noting.status);
    task->lines = it.line;
    seen.others = it.others;
    if (parse)
        count_records(p, source, &seen, split);
    return NEARDUP_OK;
}

neardup_status ndup_task_each(struct ndup_pipeline *p, unsigned member, struct ndup_task *task,
                              ndup_visit_document *visit, void *context, neardup_error *err)
{
    return visit_all(p, member, task, true, visit, context, err);
}

neardup_status ndup_task_each_record(struct ndup_pipeline *p, unsigned member, struct ndup_task *task,
                                     ndup_visit_document *visit, void *context, neardup_error *err)
{
    return visit_all(p, member, task, false, visit, context, err);
}

void ndup_counts_add(neardup_summary *summary, const struct ndup_counts *counts)
{
    summary->documents += counts->documents;
    summary->empty += counts->empty;
    summary->invalid += counts->invalid;
    summary->invalid_utf8 += counts->invalid_utf8;
    summary->tokens += counts->tokens;
    summary->brief_documents += counts->brief;
    summary->markup_documents += counts->markup;
    summary->ideograph_documents += counts->ideographs;
}

void ndup_job_sum_bytes(neardup_job *job, uint64_t consumed)
{
    neardup_summary *sum = &job->summary;
    for (size_t i = 0; i < job->corpus.source_count; i++)
        sum->text_bytes += job->corpus.sources[i].kind == NULL ? job->corpus.sources[i].bytes : 0;
    sum->records = sum->documents + sum->empty + sum->invalid;
    /* How much standard input and pipes hold shows only now. */
    if (sum->input_bytes < consumed)
        sum->input_bytes = consumed;
}

/* ---- turns ---- */

bool ndup_pipeline_is_turn(struct ndup_pipeline *p, const struct ndup_task *task)
{
    pthread_mutex_lock(&p->turn_lock);
    bool is = p->done == task->number;
    pthread_mutex_unlock(&p->turn_lock);
    return is;
}

bool ndup_pipeline_turn(struct ndup_pipeline *p, struct ndup_task *task)
{
    pthread_mutex_lock(&p->turn_lock);
    while (p->done != task->number && !p->stop_turns)
        pthread_cond_wait(&p->turn, &p->turn_lock);
    if (p->order == NDUP_ORDER_SOURCE)
        return !p->stop_turns;
    if (task->source != p->turn_source)
        p->turn_lines = 0;
    p->turn_source = task->source;
    task->lines_before = p->turn_lines;
    return !p->stop_turns;
}

static neardup_status report_failure(struct ndup_pipeline *p, const struct ndup_task *task, neardup_error *err)
{
    if (!task->failed)
        return NEARDUP_OK;
    if (p->job->options.strict)
        return ndup_fail_source(p->job, task->source, &task->why, err);
    return ndup_job_report_failed_source(p->job, task->source, &task->why, err);
}

neardup_status ndup_pipeline_done(struct ndup_pipeline *p, const struct ndup_task *task, bool whole,
                                  neardup_status status, neardup_error *err)
{
    if (!p->stop_turns) {
        if (status == NEARDUP_OK && whole)
            status = report_failure(p, task, err);
        if (whole) {
            p->turn_lines += task->lines;
            p->done++;
        }
        p->stop_turns = status != NEARDUP_OK; /* now: whoever is next must not report */
    }
    pthread_cond_broadcast(&p->turn);
    pthread_mutex_unlock(&p->turn_lock);
    return status;
}

neardup_status ndup_pipeline_report_bad(struct ndup_pipeline *p, const struct ndup_task *task, uint64_t line,
                                        uint32_t lines, const char *problem, neardup_error *err)
{
    const struct ndup_invalid bad = {task->source, line, 1, lines, problem, 0};
    char text[NDUP_REASON_BYTES];
    if (p->job->options.strict)
        return ndup_fail_bad_record(p->job, task->source, line, ndup_invalid_reason(&bad, text), err);
    NDUP_TRY(ndup_job_count_invalid(p->job, &bad, err));
    return p->notes++ < NDUP_NOTES_MAX ? ndup_job_note(p->job, NEARDUP_WARNING, name_of(p->job, task->source), line,
                                                       ndup_invalid_reason(&bad, text), err)
                                       : NEARDUP_OK;
}

/* ---- the run ---- */

static neardup_status report_progress(struct ndup_pipeline *p, const struct ndup_task *task, neardup_error *err)
{
    bool by_source = p->order == NDUP_ORDER_SOURCE;
    pthread_mutex_lock(&p->turn_lock);
    bool go_on = by_source ? ndup_job_progress(p->job, p->phase, p->done, p->total, false)
                           : ndup_job_progress(p->job, p->phase, task->consumed, p->total, true);
    pthread_mutex_unlock(&p->turn_lock);
    return go_on ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

static neardup_status work(struct ndup_pipeline *p, unsigned member)
{
    struct ndup_pipeline_member *m = &p->members[member];
    struct ndup_open_source *s;
    while ((s = take_source(p, member)) != NULL) {
        NDUP_TRY(do_task(p, member, s, &m->error));
        NDUP_TRY(ndup_job_check_cancel(p->job, &m->error));
        if (member == 0)
            NDUP_TRY(report_progress(p, &m->task, &m->error));
    }
    return NEARDUP_OK;
}

static void work_member(void *context, unsigned member)
{
    struct ndup_pipeline *p = context;
    p->members[member].status = work(p, member);
    if (p->members[member].status == NEARDUP_OK)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_mutex_lock(&p->turn_lock);
    p->stop_turns = true;
    pthread_cond_broadcast(&p->turn);
    pthread_mutex_unlock(&p->turn_lock);
}

static bool is_earlier(const struct ndup_task *a, const struct ndup_task *b)
{
    return a->source != b->source ? a->source < b->source : a->batch->number < b->batch->number;
}

static neardup_status first_failure(const struct ndup_pipeline *p, neardup_error *err)
{
    const struct ndup_pipeline_member *first = NULL;
    for (unsigned i = 0; i < ndup_pool_threads(p->job->pool); i++) {
        const struct ndup_pipeline_member *m = &p->members[i];
        if (m->status != NEARDUP_OK && (first == NULL || is_earlier(&m->task, &first->task)))
            first = m;
    }
    if (first == NULL)
        return NEARDUP_OK;
    if (err != NULL)
        *err = first->error;
    return first->status;
}

/* What progress counts to: sources, or stored bytes (0: unknown). */
static uint64_t count_total(const struct ndup_pipeline *p)
{
    uint64_t sources = 0, bytes = 0;
    bool unknown = false;
    for (uint32_t i = 0; i < p->job->corpus.source_count; i++) {
        const struct ndup_file *file = p->job->corpus.sources[i].file;
        if (is_skipped(p, i))
            continue;
        sources++;
        bytes += file->bytes;
        unknown = unknown || strcmp(file->path, "-") == 0 || (file->feed != NULL && file->bytes == 0);
    }
    return p->order == NDUP_ORDER_SOURCE ? sources : unknown ? 0 : bytes;
}

neardup_status ndup_pipeline_run(struct ndup_pipeline *p, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(p->job->pool);
    p->slots = p->order == NDUP_ORDER_BATCH ? 1 : threads;
    p->end_source = (uint32_t)p->job->corpus.source_count;
    p->total = count_total(p);
    p->members = ndup_calloc(threads, sizeof *p->members);
    p->open = ndup_calloc(threads, sizeof *p->open);
    neardup_status st = p->members == NULL || p->open == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    if (st == NEARDUP_OK) {
        pthread_mutex_init(&p->lock, NULL);
        pthread_cond_init(&p->changed, NULL);
        pthread_mutex_init(&p->turn_lock, NULL);
        pthread_cond_init(&p->turn, NULL);
        ndup_pool_run(p->job->pool, work_member, p);
        st = first_failure(p, err);
        p->consumed = p->read_bytes;
        pthread_cond_destroy(&p->turn);
        pthread_mutex_destroy(&p->turn_lock);
        pthread_cond_destroy(&p->changed);
        pthread_mutex_destroy(&p->lock);
    }
    for (unsigned i = 0; p->open != NULL && i < threads; i++)
        close_reader(p, p->open[i].reader, p->open[i].table);
    ndup_tables_rest(&p->job->tables);
    free(p->open);
    free(p->members);
    p->open = NULL;
    p->members = NULL;
    /* Batches can be large if records were long. */
    for (unsigned t = 0; t < threads; t++)
        ndup_batch_free(&p->job->workers[t].batch);
    return st;
}
