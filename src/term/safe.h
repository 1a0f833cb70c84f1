/* SPDX-License-Identifier: MIT
 * Makes untrusted text safe to show: no control character, escape sequence or reordering character reaches the
 * terminal, and the width in columns is known. */
#ifndef NDUP_SAFE_H
#define NDUP_SAFE_H

#include "base/buf.h"
#include "base/platform.h"

/* Decodes one character of text[0..length), length > 0; returns its bytes, or 0 if no well-formed UTF-8 begins
 * there. */
size_t ndup_safe_decode(const char *text, size_t length, uint32_t *code);

/* Line breaks and tabs as \n \r \t, other controls and bad bytes as \x1b, unprintable characters as \u{202e}. Where
 * the locale is not UTF-8, characters beyond ASCII become '?'. In a GitHub workflow (GITHUB_ACTIONS is set) the text
 * cannot contain a command of its log: "::" at the beginning of a text becomes :\x3a, and "##[" becomes ##\x5b. */
void ndup_safe_append(struct ndup_buf *buf, const char *bytes, size_t length);

/* The same for a path that may begin a line, and may precede a line number: a path that begins with "::", or is ":",
 * always gets "./" before it. */
void ndup_safe_append_path(struct ndup_buf *buf, const char *path);

/* The same for excerpts of a text: every run of white space becomes one space, with none at either end, and
 * invisible joiners and marks are left out. */
void ndup_safe_append_line(struct ndup_buf *buf, const char *bytes, size_t length);

/* A word of a shell command that people may copy: quoted if the shell would take it for something else, with all its bytes. It
 * is for messages, which are made safe as a whole, or for words that the caller has looked at. */
void ndup_safe_append_word(struct ndup_buf *buf, const char *word);

/* Whether a line that is written in parts could become a workflow command; zero at the beginning of the line. */
struct ndup_safe_line {
    bool begun;      /* it has more than spaces */
    bool colon;      /* it is one colon so far */
    unsigned hashes; /* at the end, up to two */
};

/* Appends the next part of a line: a text that is safe already, unless it would form a command with the parts before
 * it. */
void ndup_safe_append_part(struct ndup_buf *buf, struct ndup_safe_line *line, const char *text, size_t length);

/* Columns of a text that is already safe. */
size_t ndup_safe_width(const char *text, size_t length);

enum ndup_safe_keep { NDUP_SAFE_KEEP_START, NDUP_SAFE_KEEP_END };

/* Appends a safe text cut to at most `columns`, with an ellipsis for the missing part, and returns its columns. */
size_t ndup_safe_fit(struct ndup_buf *buf, const char *text, size_t length, size_t columns, enum ndup_safe_keep keep);

#endif
