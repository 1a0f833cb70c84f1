/* SPDX-License-Identifier: MIT
 * Numbers as people write and read them. The program parses and formats numbers only here.
 *
 * Suffixes: K M G T in counts are powers of 1000 (50M documents). In sizes K M G T and KiB MiB GiB TiB are powers of
 * 1024, kB MB GB TB powers of 1000. Case does not matter, fractions are fine (1.5G). */
#ifndef NDUP_NUMBER_H
#define NDUP_NUMBER_H

#include "base/platform.h"

/* The whole text must be the number; otherwise false, and *value is unchanged. */
bool ndup_number_parse_real(const char *text, double *value);
bool ndup_number_parse_count(const char *text, uint64_t *value);
bool ndup_number_parse_size(const char *text, uint64_t *value);
/* Decimal, or hexadecimal after 0x; no suffix. */
bool ndup_number_parse_seed(const char *text, uint64_t *value);

/* A short text by value, so that it can be an argument of printf: ndup_number_group(n).text */
struct ndup_number {
    char text[48];
};

struct ndup_number ndup_number_group(uint64_t number);               /* "1 234 567" */
struct ndup_number ndup_number_bytes(uint64_t bytes);                /* "4.2 GB", powers of 1000 */
struct ndup_number ndup_number_memory(uint64_t bytes);               /* "1.2 GiB", powers of 1024 */
struct ndup_number ndup_number_rate(uint64_t bytes, double seconds); /* "428 MB/s"; "-" if no time passed */
struct ndup_number ndup_number_seconds(double seconds);              /* "0.42 s", "9.8 s", "2 min 05 s", "1 h 02 min" */
struct ndup_number ndup_number_percent(uint64_t part, uint64_t whole); /* "25.3 %" */
/* Up to six decimals, no trailing zeros, never above the score, so that it never appears to reach a threshold that
 * it missed. */
struct ndup_number ndup_number_score(double score);
struct ndup_number ndup_number_short_score(double score); /* "0.704": always three decimals, for tables */

#endif
