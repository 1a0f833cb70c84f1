/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/tables.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "output/outdir.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With -c, Python looks for modules in the current folder first, where anybody may have put one. */
static const char code[] = "import sys; sys.path[:] = [p for p in sys.path if p]; "
                           "from importlib.util import find_spec; "
                           "find_spec('pyarrow') and find_spec('neardup.tables') or sys.exit(3); "
                           "from neardup.tables import main; sys.exit(main())";

/* With this it ends if pyarrow is there but cannot be loaded, and says why. Any other one: it is not there. */
#define CANNOT_LOAD 4

#define COPIED ((size_t)256 << 10)

struct ndup_table_program {
    struct ndup_process *process;
    struct ndup_table_stream stream;
    struct ndup_table_program *next;
};

/* Around the list of idle programs of any job: it is held for an instant, twice per file. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- a program ---- */

static neardup_status read_answer(void *context, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    return ndup_process_read(context, buffer, capacity, got, err);
}

static void end_program(struct ndup_table_program *program)
{
    if (program == NULL)
        return;
    ndup_process_destroy(program->process);
    ndup_table_stream_free(&program->stream);
    free(program);
}

static neardup_status start_process(struct ndup_process **out, const char *python, const atomic_bool *cancel,
                                    neardup_error *err)
{
    const struct ndup_process_files files = {.in = -1, .out = -1, .asks = true};
    struct ndup_program command = {0};
    neardup_status st =
        ndup_program_add(&command, python) && ndup_program_add(&command, "-c") && ndup_program_add(&command, code)
            ? ndup_process_start(out, &command, NULL, files, cancel, err)
            : ndup_fail_nomem(err);
    ndup_program_free(&command);
    return st;
}

/* *out NULL with OK: there is none, and *why says so. */
static neardup_status start(struct ndup_table_program **out, const char *python, const atomic_bool *cancel,
                            char (*why)[sizeof((struct ndup_tables *)NULL)->why], neardup_error *err)
{
    struct ndup_table_program *program = ndup_calloc(1, sizeof *program);
    *out = NULL;
    if (program == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = start_process(&program->process, python, cancel, err);
    bool runs = st == NEARDUP_OK;
    program->stream = (struct ndup_table_stream){.read = read_answer, .context = program->process};
    if (runs)
        st = ndup_table_stream_ready(&program->stream, err);
    if (st == NEARDUP_OK) {
        *out = program;
        return NEARDUP_OK;
    }
    int status = runs ? ndup_process_exit_status(program->process) : 0;
    end_program(program);
    bool missing = st == NEARDUP_E_IO && (!runs || (status >= 0 && status != CANNOT_LOAD));
    if (missing && runs)
        snprintf(*why, sizeof *why, "'%.100s' has no neardup with pyarrow", python);
    else if (missing)
        snprintf(*why, sizeof *why, "%.150s", err->message);
    return missing ? NEARDUP_OK : st;
}

/* ---- asking ---- */

static struct ndup_table_program *take_idle(struct ndup_tables *tables, bool *missing)
{
    pthread_mutex_lock(&lock);
    struct ndup_table_program *program = tables->idle;
    tables->idle = program != NULL ? program->next : NULL;
    *missing = tables->missing;
    pthread_mutex_unlock(&lock);
    return program;
}

static void put_word(struct ndup_buf *to, const void *bytes, size_t length)
{
    uint64_t number = length;
    ndup_buf_append(to, &number, sizeof number);
    ndup_buf_append(to, bytes, length);
}

static void begin_request(struct ndup_buf *to, uint64_t words, const char *what)
{
    ndup_buf_append(to, &words, sizeof words);
    put_word(to, what, strlen(what));
}

/* Sends the request to an idle program. It may have been killed while it waited: then another one gets it. */
static neardup_status ask(struct ndup_tables *tables, const char *python, const struct ndup_buf *request,
                          const atomic_bool *cancel, struct ndup_table_program **out, neardup_error *err)
{
    *out = NULL;
    if (request->failed)
        return ndup_fail_nomem(err);
    for (;;) {
        bool missing;
        char why[sizeof tables->why] = "";
        struct ndup_table_program *program = take_idle(tables, &missing);
        bool waited = program != NULL;
        if (missing || python == NULL)
            return NEARDUP_OK;
        if (!waited)
            NDUP_TRY(start(&program, python, cancel, &why, err));
        if (program == NULL) {
            pthread_mutex_lock(&lock);
            if (!tables->missing)
                memcpy(tables->why, why, sizeof why);
            tables->missing = true;
            pthread_mutex_unlock(&lock);
            return NEARDUP_OK;
        }
        neardup_status st = ndup_process_write(program->process, request->data, request->len, err);
        if (st == NEARDUP_OK) {
            *out = program;
            return NEARDUP_OK;
        }
        /* How it ended says more than that it does not listen. */
        char byte;
        size_t got;
        if (!waited && st == NEARDUP_E_IO)
            st = ndup_process_read(program->process, &byte, 1, &got, err) == NEARDUP_OK
                     ? ndup_fail(err, NEARDUP_E_IO, "'%.100s' ended before it was asked", python)
                     : st;
        end_program(program);
        if (!waited || st == NEARDUP_E_CANCELED)
            return st;
    }
}

neardup_status ndup_tables_open(struct ndup_tables *tables, const char *python, const char *path,
                                const struct ndup_fields *fields, const atomic_bool *cancel,
                                struct ndup_table_program **out, neardup_error *err)
{
    const char *const names[] = {fields->text, fields->id, fields->group, fields->keep};
    struct ndup_buf request = NDUP_BUF_INIT;
    begin_request(&request, 2 + sizeof names / sizeof *names, "read");
    put_word(&request, path, strlen(path));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put_word(&request, names[i], names[i] != NULL ? strlen(names[i]) : 0);
    neardup_status st = ask(tables, python, &request, cancel, out, err);
    ndup_buf_free(&request);
    return st;
}

struct ndup_table_stream *ndup_table_program_stream(struct ndup_table_program *program)
{
    return &program->stream;
}

void ndup_tables_close(struct ndup_tables *tables, struct ndup_table_program *program)
{
    if (program == NULL)
        return;
    if (!ndup_table_stream_rests(&program->stream)) {
        end_program(program);
        return;
    }
    pthread_mutex_lock(&lock);
    program->next = tables->idle;
    tables->idle = program;
    pthread_mutex_unlock(&lock);
}

/* ---- the end ---- */

void ndup_tables_rest(struct ndup_tables *tables)
{
    bool missing;
    struct ndup_table_program *kept = take_idle(tables, &missing);
    for (struct ndup_table_program *other; (other = take_idle(tables, &missing)) != NULL;)
        end_program(other);
    ndup_tables_close(tables, kept);
}

void ndup_tables_free(struct ndup_tables *tables)
{
    bool missing;
    ndup_tables_rest(tables);
    end_program(take_idle(tables, &missing));
}

/* ---- writing ---- */

/* The numbers of the rows that are cut, from 0 in the file. Each row is a record, and is cut as a whole. */
static neardup_status list_rows(const struct ndup_corpus *corpus, const struct ndup_corpus_source *source,
                                const struct ndup_cut *cuts, size_t count, struct ndup_buf *rows, neardup_error *err)
{
    size_t cut = 0;
    for (uint64_t i = 0; i < source->rows; i++) {
        struct ndup_row row;
        NDUP_TRY(ndup_corpus_row(corpus, source->first_row + i, &row, err));
        while (cut < count && cuts[cut].end <= row.offset)
            cut++;
        if (cut < count && cuts[cut].begin <= row.offset)
            ndup_buf_append(rows, &i, sizeof i);
    }
    return rows->failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static neardup_status copy_answer(struct ndup_table_stream *answer, int target, const char *name, neardup_error *err)
{
    const struct ndup_format *format;
    char *buffer = ndup_alloc(COPIED, 1);
    size_t got = 0;
    neardup_status st = buffer != NULL ? ndup_table_stream_begin(answer, &format, err) : ndup_fail_nomem(err);
    do {
        if (st == NEARDUP_OK)
            st = ndup_table_stream_read(answer, buffer, COPIED, &got, err);
        if (st == NEARDUP_OK)
            st = ndup_write_all(target, buffer, got, name, err);
    } while (st == NEARDUP_OK && got > 0);
    free(buffer);
    return st;
}

static neardup_status write_rows(struct ndup_tables *tables, const char *python,
                                 const struct ndup_corpus_source *source, const struct ndup_buf *rows, int target,
                                 const atomic_bool *cancel, neardup_error *err)
{
    const char *path = source->file->path;
    struct ndup_buf request = NDUP_BUF_INIT;
    struct ndup_table_program *program = NULL;
    begin_request(&request, 3, "write");
    put_word(&request, path, strlen(path));
    put_word(&request, rows->data, rows->len);
    neardup_status st = ask(tables, python, &request, cancel, &program, err);
    ndup_buf_free(&request);
    if (st == NEARDUP_OK)
        st = program != NULL ? copy_answer(&program->stream, target, source->file->name, err)
                             : ndup_fail(err, NEARDUP_E_IO, "'%.100s' cannot be run again", python);
    ndup_tables_close(tables, program);
    return st;
}

neardup_status ndup_tables_write(struct ndup_tables *tables, const char *python, struct ndup_corpus *corpus,
                                 uint32_t source, const struct ndup_cut *cuts, size_t count, int target,
                                 const atomic_bool *cancel, neardup_error *err)
{
    const struct ndup_corpus_source *from = &corpus->sources[source];
    struct ndup_buf rows = NDUP_BUF_INIT;
    neardup_error why = {.message = ""};
    neardup_status st = list_rows(corpus, from, cuts, count, &rows, err);
    if (st == NEARDUP_OK) {
        st = write_rows(tables, python, from, &rows, target, cancel, &why);
        if (st != NEARDUP_OK)
            st = ndup_fail(err, st, "cannot remove rows from '%.100s': %.300s", from->file->name, why.message);
    }
    ndup_buf_free(&rows);
    return st;
}
