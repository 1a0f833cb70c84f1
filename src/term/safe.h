/* SPDX-License-Identifier: MIT
 * Untrusted text made safe to show: no control character, no escape sequence, no reordering character reaches the
 * terminal, and its width in columns is known. */
#ifndef NDUP_SAFE_H
#define NDUP_SAFE_H

#include "base/buf.h"
#include "base/platform.h"

/* Decodes one character of text[0..length), length > 0; returns its bytes, or 0 if no well-formed UTF-8 begins there. */
size_t ndup_safe_decode(const char *text, size_t length, uint32_t *code);

/* Line breaks and tabs as \n \r \t, other controls and bad bytes as \x1b, unprintable characters as \u{202e}. Where
 * the locale is not UTF-8, characters beyond ASCII become '?'. In a GitHub workflow (GITHUB_ACTIONS is set) nothing is left of
 * what its log would take for a command: "::" at the beginning of a text becomes :\x3a, and "##[" becomes ##\x5b. */
void ndup_safe_append(struct ndup_buf *buf, const char *bytes, size_t length);

/* A path that may stand at the beginning of a line, and before the number of one: the same, and in any case "./" in front of
 * one that begins with "::" or is ":". */
void ndup_safe_append_path(struct ndup_buf *buf, const char *path);

/* The same with every run of white space as one blank and none at either end, and without joiners and marks that are not
 * seen anyway: for excerpts of a text. */
void ndup_safe_append_line(struct ndup_buf *buf, const char *bytes, size_t length);

/* What of a line that is written in parts could become a command of a workflow; all zero at its beginning. */
struct ndup_safe_line {
    bool begun;      /* more than blanks is written */
    bool colon;      /* just that: one colon */
    unsigned hashes; /* at the end, up to two */
};

/* Appends the next part of a line, a text that is safe already, but for what it would make a command of with those before. */
void ndup_safe_append_part(struct ndup_buf *buf, struct ndup_safe_line *line, const char *text, size_t length);

/* Columns of a text that is already safe. */
size_t ndup_safe_width(const char *text, size_t length);

enum ndup_safe_keep { NDUP_SAFE_KEEP_START, NDUP_SAFE_KEEP_END };

/* Appends a safe text cut to at most `columns`, an ellipsis in place of what is missing, and returns the columns. */
size_t ndup_safe_fit(struct ndup_buf *buf, const char *text, size_t length, size_t columns, enum ndup_safe_keep keep);

#endif
