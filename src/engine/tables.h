/* SPDX-License-Identifier: MIT
 * Parquet and Arrow files, which pyarrow reads and writes: the Python package neardup.tables runs as a process of its own. So a
 * file that makes pyarrow crash is a file that cannot be read. The choice: a library in C that we would link (Arrow: 161 MB,
 * carquet: 2.6 MB and one author) or what people with such files have anyway.
 *
 * A process answers one request after the other (input/table_stream.h has the answers), and waits for the next one: for many
 * files, and to write what was read, pyarrow is loaded once per file that is read at the same time. */
#ifndef NDUP_TABLES_H
#define NDUP_TABLES_H

#include "base/platform.h"
#include "base/process.h"
#include "engine/corpus.h"
#include "input/document.h"
#include "input/table_stream.h"
#include "output/rewrite.h"

struct ndup_table_program;

struct ndup_tables { /* zero-initialised. Any thread may call */
    struct ndup_table_program *idle;
    bool missing;  /* there is no such Python, or it has no pyarrow */
    char why[160]; /* of these, with the Python's name; "" before */
};

/* Asks for the rows of a file. *out NULL with OK: `python` (neardup_job_options; may be NULL) lacks a package. */
neardup_status ndup_tables_open(struct ndup_tables *tables, const char *python, const char *path,
                                const struct ndup_fields *fields, const atomic_bool *cancel,
                                struct ndup_table_program **out, neardup_error *err) NDUP_MUST_CHECK;
/* What it answers; after the answer it can be closed and asked again, else it is ended. */
struct ndup_table_stream *ndup_table_program_stream(struct ndup_table_program *program);
void ndup_tables_close(struct ndup_tables *tables, struct ndup_table_program *program);

/* Many may have read; one writes. Ends the others: each holds some 60 MB. */
void ndup_tables_rest(struct ndup_tables *tables);
void ndup_tables_free(struct ndup_tables *tables);

/* Writes the file of a source again to a descriptor, without the rows whose records are cut. */
neardup_status ndup_tables_write(struct ndup_tables *tables, const char *python, struct ndup_corpus *corpus,
                                 uint32_t source, const struct ndup_cut *cuts, size_t count, int target,
                                 const atomic_bool *cancel, neardup_error *err) NDUP_MUST_CHECK;

#endif
