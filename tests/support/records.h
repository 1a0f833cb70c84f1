/* SPDX-License-Identifier: MIT
 * Random records and text files in several scripts, written with and without escapes, of which is known where every
 * character of the text stands in the file. */
#ifndef TEST_RECORDS_H
#define TEST_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#define RECORD_COUNT 48
#define RECORD_BYTES 60000

struct record {             /* or a text file */
    char raw[RECORD_BYTES]; /* as in the file, with its line end */
    size_t raw_length;
    char text[RECORD_BYTES / 2]; /* as neardup.h says: U+FFFD for what is not UTF-8 in JSON */
    size_t length;
    int raw_at[RECORD_BYTES / 2 + 1];    /* by byte of the text; -1 inside a character */
    size_t characters[RECORD_BYTES / 2]; /* by character: byte of the text; one more for the end */
    size_t character_count;
    bool json;
};

struct records {
    struct record record[RECORD_COUNT]; /* first JSON, then text files */
    int json_count;
};

/* Texts that share paragraphs, some a little changed. The last `plain` ones are text files. With `broken` a few characters of
 * the longer texts are not UTF-8. */
void records_make(struct records *records, unsigned long long seed, int plain, bool broken);
/* Writes NAME/a.jsonl, or a.jsonl.gz, and NAME/t07.txt ... below the test folder. The text field is "doc.text", the id
 * field "meta.id", the keep field "meta.score", the group field "meta.site". */
void records_write(const struct records *records, const char *name, bool gzip);

#endif
