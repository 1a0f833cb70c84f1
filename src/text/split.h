/* SPDX-License-Identifier: MIT
 * A text into paragraphs or lines. Works on bytes and never fails on bad ones. A newline is LF with the CRs
 * right before it (LF, CRLF, and the CRCRLF of texts converted twice); a CR elsewhere is white space in its line.
 *
 * Paragraphs are runs of lines that are not blank. A text without a blank line between, before or behind its lines has
 * its lines for paragraphs. A blank line has nothing but white space: ASCII, and U+0085, U+00A0, U+1680, U+2000 to
 * U+200B, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF. */
#ifndef NDUP_SPLIT_H
#define NDUP_SPLIT_H

#include "base/platform.h"
#include "neardup_run.h"
#include "text/text.h"

enum ndup_split_rule { NDUP_SPLIT_BLANK, NDUP_SPLIT_NEWLINE };

struct ndup_split {
    const char *text;
    size_t length;
    enum ndup_split_rule rule;
    size_t at;
};

/* unit PARAGRAPH or LINE (then the rule is NEWLINE). Looks for a blank line, at each byte at most once. A last line
 * that ends in a newline is not followed by an empty one: "a\n" and "a\nb" have no blank line, "a\n\n" has one. */
void ndup_split_begin(struct ndup_split *split, neardup_unit unit, const char *text, size_t length);

/* The next part: from the first byte of its first line (indentation included) to behind the last byte of its last line,
 * the newline excluded, trailing blanks included. Parts are never empty, and never blank. False at the end. */
bool ndup_split_next(struct ndup_split *split, struct ndup_span *part);

/* What is cut when parts go; see doc/paragraphs.md. parts[0..count) in order, as split gives them; gone[i] whether part
 * i is cut; cut[i] gets its range of bytes of the text, {x, x} for those that stay. The ranges of parts are disjoint:
 * a part goes with all that stands behind it up to the next part, but where no part stays behind it, with what stands
 * before it instead, and the end of the text (its last newlines) stays. What is left splits to exactly the parts that
 * stay: if only one part would be left of a text with the rule BLANK, and it has several lines, a blank line before or
 * behind it stays. (If that one part is a line, the rule of what is left may be NEWLINE, which gives the same.) If all
 * go, the ranges cover everything from the first part to the end of the last. Ranges begin and end at a newline or at
 * the beginning of a line, so never inside a character. */
void ndup_split_cuts(const struct ndup_split *split, const struct ndup_span *parts, const bool *gone, size_t count,
                     struct ndup_span *cut);

#endif
