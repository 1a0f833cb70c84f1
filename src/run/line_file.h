/* SPDX-License-Identifier: MIT
 * A file line by line. Lines can be as long as a cluster: the buffer grows to the longest. */
#ifndef NDUP_LINE_FILE_H
#define NDUP_LINE_FILE_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_line_file {
    int descriptor;
    const char *name; /* borrowed, for messages */
    char *buffer;     /* NDUP_PADDING readable bytes behind end */
    size_t capacity, begin, end;
    uint64_t offset; /* in the file, of the line given last */
    uint64_t next;   /* the same of buffer[begin] */
    uint64_t line;   /* number of the line given last, from 1 */
    bool ended;
};

neardup_status ndup_line_file_open(struct ndup_line_file *file, const char *name, neardup_error *err) NDUP_MUST_CHECK;

/* The next line without its newline; NULL at the end. Valid until the next call. */
neardup_status ndup_line_file_next(struct ndup_line_file *file, const char **text, size_t *length,
                                   neardup_error *err) NDUP_MUST_CHECK;

/* The bytes of a line that next gave before, at its offset. After this next is of no use. */
neardup_status ndup_line_file_again(struct ndup_line_file *file, uint64_t offset, uint64_t line, size_t length,
                                    const char **text, neardup_error *err) NDUP_MUST_CHECK;

/* FORMAT with the file's name and the line given last; NOMEM for the text "out of memory". */
neardup_status ndup_line_file_wrong(const struct ndup_line_file *file, const char *what, neardup_error *err);

/* Also of a file that was not opened, if it is zeros. */
void ndup_line_file_close(struct ndup_line_file *file);

#endif
