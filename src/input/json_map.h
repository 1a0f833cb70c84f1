/* SPDX-License-Identifier: MIT
 * From places in an unescaped text to places in the bytes it came from, and to its characters. */
#ifndef NDUP_JSON_MAP_H
#define NDUP_JSON_MAP_H

#include "base/platform.h"

/* Walks forward only. For a JSON string `raw` is what stands between the quotes; for a plain text, the text itself. */
struct ndup_json_map {
    const char *raw;
    size_t raw_len;
    bool escaped;                       /* raw is a JSON string: escapes count as what they mean */
    size_t raw_at, text_at, characters; /* where the walk is: bytes of raw, bytes of text, code points */
};

/* The text of a raw JSON string is ndup_json_parse's: escapes undone, a lone surrogate or each maximal part of a sequence
 * that is not UTF-8 replaced by U+FFFD (3 bytes, one character). The text of a plain file is its bytes; there, each
 * maximal part of a sequence that is not UTF-8 is one character (and its own bytes).
 * Cutting raw bytes between two places cuts just this from the text, but for one case: halves of a character, ill-formed
 * each, that meet become a whole one. A cut that begins behind a well-formed character, like a newline, is safe. */
void ndup_json_map_begin(struct ndup_json_map *map, const char *raw, size_t raw_len, bool escaped);

/* Moves to text offset `to`, which is not before text_at. Stops behind the last character that ends at or before `to`, so
 * never inside an escape or a character; at the end of raw at the latest. */
void ndup_json_map_to(struct ndup_json_map *map, size_t to);

#endif
