/* SPDX-License-Identifier: MIT
 * A table fitted to the width of the terminal. The first NDUP_TABLE_LOOK rows are buffered and set the widths, so
 * that any number of rows can be printed in constant memory. */
#ifndef NDUP_TABLE_H
#define NDUP_TABLE_H

#include "base/buf.h"
#include "base/platform.h"
#include "term/term.h"

#include <stdio.h>

/* Several screens of rows, so that what people see fits; of later rows long cells may be cut. */
#define NDUP_TABLE_LOOK    200
#define NDUP_TABLE_COLUMNS 12

enum ndup_table_spare {
    NDUP_TABLE_IF_NARROW = 1, /* if rows do not fit; the last such column is omitted first */
    NDUP_TABLE_IF_EMPTY = 2,  /* while all its cells are empty; a later cell begins the table again, with its header */
};

struct ndup_table_column {
    const char *title;
    bool right;     /* aligned to the right */
    bool keep_end;  /* the end of a long cell matters more than its start (paths) */
    size_t least;   /* it may be squeezed to this width; 0: never */
    unsigned spare; /* when it is omitted: any of these */
};

struct ndup_table {
    FILE *out;
    size_t width; /* of the terminal */
    bool colour;
    const struct ndup_table_column *columns;
    size_t column_count;
    struct ndup_buf text;  /* the cells of buffered rows */
    struct ndup_buf cells; /* struct cell each; see table.c */
    size_t rows;           /* buffered */
    size_t filled;         /* cells of the current row */
    size_t widths[NDUP_TABLE_COLUMNS];
    bool hidden[NDUP_TABLE_COLUMNS];
    bool used[NDUP_TABLE_COLUMNS];  /* has a cell that is not empty */
    bool empty[NDUP_TABLE_COLUMNS]; /* is hidden because it had none */
    bool begun;                     /* the header is out and the widths are fixed */
    bool lost;                      /* no memory for a line */
};

/* columns is borrowed until ndup_table_free; the last column gets the remaining width. */
void ndup_table_init(struct ndup_table *table, FILE *out, size_t width, bool colour,
                     const struct ndup_table_column *columns, size_t column_count);
/* The next cell of the row: text that is safe already (see safe.h). */
void ndup_table_cell(struct ndup_table *table, const char *text, size_t length);
/* The last cell of the row, which takes the width of all columns from here on: a heading over rows. */
void ndup_table_span(struct ndup_table *table, const char *text, size_t length);
/* Ends the row; false if it could not be written or there is no memory. */
bool ndup_table_row(struct ndup_table *table, enum ndup_term_style style);
/* Prints buffered rows. A table without rows prints nothing. */
bool ndup_table_flush(struct ndup_table *table);
void ndup_table_free(struct ndup_table *table);

#endif
