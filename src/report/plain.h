/* SPDX-License-Identifier: MIT
 * Text of a corpus for files that people read with other programs: one line, no control or reordering character, whatever
 * the locale of the one who writes it. */
#ifndef NDUP_REPORT_PLAIN_H
#define NDUP_REPORT_PLAIN_H

#include "base/buf.h"
#include "base/platform.h"

/* Appends at most `most` bytes; runs of white space become one blank, an ellipsis stands for what is missing. */
void ndup_plain_line(struct ndup_buf *buf, const char *text, size_t length, size_t most);

/* A Markdown code span of that. */
void ndup_markdown_code(struct ndup_buf *buf, const char *text, size_t length, size_t most);

/* Length of the beginning of the text that is whole characters and at most `most` bytes. */
size_t ndup_plain_cut(const char *text, size_t length, size_t most);

#endif
