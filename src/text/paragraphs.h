/* SPDX-License-Identifier: MIT
 * Paragraphs and lines of a text, and their tokens: those of its lines, one after the other. A line with the same tokens as
 * the line before it in the paragraph (an image credit printed twice) is an echo, and counts once. */
#ifndef NDUP_PARAGRAPHS_H
#define NDUP_PARAGRAPHS_H

#include "base/platform.h"
#include "neardup_run.h"
#include "text/text.h"

/* ---- a text into paragraphs or lines ---- */

/* Works on bytes and never fails on bad ones. A newline is LF with the CRs
 * right before it (LF, CRLF, and the CRCRLF of texts converted twice); a CR elsewhere is white space in its line.
 *
 * Paragraphs are runs of lines that are not blank. A text without a blank line between, before or after its lines has
 * its lines for paragraphs. A blank line has nothing but white space: ASCII, and U+0085, U+00A0, U+1680, U+2000 to
 * U+200B, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF. */
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

/* The next part: from the first byte of its first line (indentation included) to after the last byte of its last line,
 * the newline excluded, trailing blanks included. Parts are never empty, and never blank. False at the end. */
bool ndup_split_next(struct ndup_split *split, struct ndup_span *part);

/* What is cut when parts are removed; see doc/paragraphs.md. parts[0..count) in order, as split gives them; removed[i] whether part
 * i is cut; cut[i] gets its range of bytes of the text, {x, x} for those that stay. The ranges of parts are disjoint:
 * a part is cut with all bytes after it up to the next part, but where no part stays after it, with the bytes
 * before it instead, and the end of the text (its last newlines) stays. The rest splits to exactly the parts that
 * stay: if only one part would be left of a text with the rule BLANK, and it has several lines, a blank line before or
 * after it stays. (If that one part is a line, the rule of what is left may be NEWLINE, which gives the same.) If all
 * go, the ranges cover everything from the first part to the end of the last. Ranges begin and end at a newline or at
 * the beginning of a line, so never inside a character. */
void ndup_split_cuts(const struct ndup_split *split, const struct ndup_span *parts, const bool *removed, size_t count,
                     struct ndup_span *cut);

/* ---- tokens of a paragraph ---- */

struct ndup_echo {
    struct ndup_span first; /* line that stays, bytes of the part, without its newline */
    struct ndup_span line;  /* line that repeats it. Lines in between repeat it, too, or have no token */
    size_t tokens;          /* of the line */
};

struct ndup_part_tokens {
    const uint64_t *hash, *keyed; /* of the part without its echoes; live in `part` until the next call */
    size_t count;
    const size_t *numbers; /* of NDUP_NUMBERS (text.h), of the same tokens */
    size_t number_count;
    const struct ndup_echo *echoes; /* in order */
    size_t echo_count;
    struct ndup_words words; /* the same */
    uint64_t form;           /* of NDUP_FORM (text.h), echoes included */
    bool invalid_utf8;
};

struct ndup_part; /* scratch memory of one thread */

neardup_status ndup_part_create(struct ndup_part **out, neardup_error *err) NDUP_MUST_CHECK;
void ndup_part_destroy(struct ndup_part *part);

/* Tokenises bytes[0..length), a part as ndup_split_next gives it, with `text`, whose profile says what a token is. With
 * echoes false none are looked for; they need keyed hashes, of which `want` (text.h) has NDUP_KEYED then. The result
 * depends on the bytes, the profile, the key and `echoes` only. Tokens are those that ndup_text_tokenise gives for the
 * part with the lines of its echoes taken out. NOMEM is the only failure. */
neardup_status ndup_part_tokenise(struct ndup_part *part, struct ndup_text *text, const char *bytes, size_t length,
                                  bool echoes, unsigned want, struct ndup_part_tokens *out,
                                  neardup_error *err) NDUP_MUST_CHECK;

#endif
