/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/tables.h"

#include "base/buf.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* With -c, Python looks for modules in the current folder first, where anybody may have put one. */
#define NOT_HERE "import sys; sys.path[:] = [p for p in sys.path if p]; "

static const char probe[] = NOT_HERE "from importlib.util import find_spec; "
                                     "sys.exit(not (find_spec('pyarrow') and find_spec('neardup.parquet')))";
static const char run[] = NOT_HERE "from neardup.parquet import main; sys.exit(main(sys.argv[1:]))";

static bool fill(struct ndup_program *program, const char *python, const char *code, const char *const *words)
{
    bool good = ndup_program_add(program, python) && ndup_program_add(program, "-c") && ndup_program_add(program, code);
    for (size_t i = 0; words[i] != NULL && good; i++)
        good = ndup_program_add(program, words[i]);
    program->has_place = false; /* a field may be named {} */
    return good;
}

/* Runs it to its end, whatever it prints. */
static neardup_status finish(struct ndup_process *process, neardup_error *err)
{
    char ignored[256];
    size_t got = 0;
    do
        NDUP_TRY(ndup_process_read(process, ignored, sizeof ignored, &got, err));
    while (got > 0);
    return NEARDUP_OK;
}

static neardup_status is_there(const char *python, bool *found, const atomic_bool *cancel, neardup_error *err)
{
    const struct ndup_process_files files = {.in = -1, .out = -1};
    struct ndup_program program = {0};
    struct ndup_process *process = NULL;
    const char *none = NULL;
    neardup_error why = {.message = ""};
    *found = false;
    neardup_status st = fill(&program, python, probe, &none) ? NEARDUP_OK : ndup_fail_nomem(err);
    if (st == NEARDUP_OK) {
        st = ndup_process_start(&process, &program, NULL, files, cancel, &why);
        if (st == NEARDUP_OK)
            st = finish(process, &why);
        *found = st == NEARDUP_OK;
        if (st == NEARDUP_E_NOMEM || st == NEARDUP_E_CANCELED)
            st = ndup_fail(err, st, "%s", why.message);
        else
            st = NEARDUP_OK; /* there is no such program, or it lacks a module */
        ndup_process_destroy(process);
    }
    ndup_program_free(&program);
    return st;
}

neardup_status ndup_tables_look(struct ndup_tables *tables, const char *python, const struct ndup_fields *fields,
                                const atomic_bool *cancel, neardup_error *err)
{
    if (tables->looked || python == NULL)
        return NEARDUP_OK;
    NDUP_TRY(is_there(python, &tables->found, cancel, err));
    tables->looked = true;
    const char *keep = fields->keep != NULL ? fields->keep : fields->text;
    const char *group = fields->group != NULL ? fields->group : fields->text;
    const char *const reading[] = {"read", fields->text, fields->id, keep, group, NULL};
    const char *const writing[] = {"write", NULL};
    return fill(&tables->reader, python, run, reading) && fill(&tables->writer, python, run, writing)
               ? NEARDUP_OK
               : ndup_fail_nomem(err);
}

void ndup_tables_free(struct ndup_tables *tables)
{
    ndup_program_free(&tables->reader);
    ndup_program_free(&tables->writer);
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

static neardup_status run_writer(const struct ndup_tables *tables, const struct ndup_corpus_source *source, int rows,
                                 int target, const atomic_bool *cancel, neardup_error *err)
{
    const struct ndup_process_files files = {.in = rows, .out = target};
    struct ndup_process *process = NULL;
    neardup_error why = {.message = ""};
    neardup_status st = ndup_process_start(&process, &tables->writer, source->file->path, files, cancel, &why);
    if (st == NEARDUP_OK)
        st = finish(process, &why);
    ndup_process_destroy(process);
    return st == NEARDUP_OK
               ? NEARDUP_OK
               : ndup_fail(err, st, "rows cannot be removed from '%.100s': %.300s", source->file->name, why.message);
}

neardup_status ndup_tables_write(const struct ndup_tables *tables, struct ndup_corpus *corpus, uint32_t source,
                                 const struct ndup_cut *cuts, size_t count, int target, const atomic_bool *cancel,
                                 neardup_error *err)
{
    struct ndup_buf rows = NDUP_BUF_INIT;
    int file = -1;
    neardup_status st = list_rows(corpus, &corpus->sources[source], cuts, count, &rows, err);
    if (st == NEARDUP_OK)
        st = ndup_scratch_file(corpus->scratch, &file, err);
    if (st == NEARDUP_OK)
        st = ndup_pwrite_all(corpus->scratch, file, rows.data, rows.len, 0, err);
    if (st == NEARDUP_OK)
        st = run_writer(tables, &corpus->sources[source], file, target, cancel, err);
    ndup_scratch_close(corpus->scratch, file, rows.len);
    ndup_buf_free(&rows);
    return st;
}
