/* SPDX-License-Identifier: MIT
 * Parquet and Arrow files, which pyarrow reads and writes: the Python package neardup.parquet runs as a process of its own
 * and hands over the wanted columns as JSON Lines, one row per line. So a file that makes pyarrow crash is a file that cannot
 * be read. The choice: a library in C that we would link (Arrow: 161 MB, carquet: 2.6 MB and one author) or what people
 * with such files have anyway.
 *
 * A file of 23 MB (58 MB of text, zstd) takes 3 s of processor time to clean, of which 1.3 s are the reader and .8 s the writer;
 * pyarrow alone reads and writes it in .8 s. Each process needs .4 s to load pyarrow, and the rest of the reader is mostly the
 * copies that make lines of JSON: a format of lengths and texts would save most of these. */
#ifndef NDUP_TABLES_H
#define NDUP_TABLES_H

#include "base/platform.h"
#include "base/process.h"
#include "engine/corpus.h"
#include "input/document.h"
#include "output/rewrite.h"

struct ndup_tables { /* zero-initialised */
    bool looked, found;
    struct ndup_program reader, writer;
};

/* Asks once whether `python` (neardup_job_options; may be NULL) has the packages: tables->found says so. One thread at a time. */
neardup_status ndup_tables_look(struct ndup_tables *tables, const char *python, const struct ndup_fields *fields,
                                const atomic_bool *cancel, neardup_error *err) NDUP_MUST_CHECK;
void ndup_tables_free(struct ndup_tables *tables);

/* Writes the file of a source again to a descriptor, without the rows whose records are cut. */
neardup_status ndup_tables_write(const struct ndup_tables *tables, struct ndup_corpus *corpus, uint32_t source,
                                 const struct ndup_cut *cuts, size_t count, int target, const atomic_bool *cancel,
                                 neardup_error *err) NDUP_MUST_CHECK;

#endif
