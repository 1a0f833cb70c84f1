/* SPDX-License-Identifier: MIT
 * Writes CSV (RFC 4180) to the end of a byte buffer; it puts the commas and quotes. */
#ifndef NDUP_CSV_WRITE_H
#define NDUP_CSV_WRITE_H

#include "base/buf.h"

struct ndup_csv_writer {
    struct ndup_buf *buf;
    bool any; /* the row has a field */
};

void ndup_csv_begin(struct ndup_csv_writer *csv, struct ndup_buf *buf);

/* Each of these adds a field to the row. */
void ndup_csv_add_word(struct ndup_csv_writer *csv, const char *word);
/* Text from a corpus, which a spreadsheet or terminal will show: hidden characters (base/utf8_check.h) become \n, \r, \t, \x1b or
 * \u{202e}, bytes that are not UTF-8 U+FFFD, and a cell that would be run as a formula (it begins with = + - @ or the full-width
 * form of one), or in a log (it begins with ::), gets an apostrophe in front, which spreadsheets take for "text". JSON has the
 * exact value. */
void ndup_csv_add_text(struct ndup_csv_writer *csv, const char *bytes, size_t length);
/* A JSON string or number from a record: the string without quotes and escapes, as text. NULL: an empty field. */
void ndup_csv_add_value(struct ndup_csv_writer *csv, const char *raw, size_t length);
void ndup_csv_add_u64(struct ndup_csv_writer *csv, uint64_t number);
void ndup_csv_add_bool(struct ndup_csv_writer *csv, bool value);
void ndup_csv_add_score(struct ndup_csv_writer *csv, double score);
void ndup_csv_add_empty(struct ndup_csv_writer *csv, size_t count); /* this many empty fields */
void ndup_csv_end_row(struct ndup_csv_writer *csv);

#endif
