/* SPDX-License-Identifier: MIT
 * Two texts side by side: what compare found out about them, and the pieces it shows. */
#ifndef NDUP_COMPARE_H
#define NDUP_COMPARE_H

#include "base/platform.h"
#include "cli/command.h"
#include "neardup.h"

struct ndup_side {
    const char *name; /* as the user gave it */
    char *text;
    size_t length;
};

/* Bytes of one text that stand in no shared passage. */
struct ndup_gap {
    size_t begin, end;
};

struct ndup_compared {
    struct ndup_side side[2];
    double threshold;
    neardup_comparison result;
    neardup_passage *passages;
    size_t passage_count;
    struct ndup_gap *gaps[2];
    size_t gap_count[2];
};

/* "exact", "near" or "different" */
const char *ndup_compare_verdict(const struct ndup_compared *compared);

/* Fills gaps of both sides: stretches outside the passages that hold a letter, a digit or anything beyond ASCII. */
bool ndup_compare_find_gaps(struct ndup_compared *compared);

/* 1-based line of a byte. */
uint64_t ndup_compare_line(const struct ndup_side *side, size_t offset);

void ndup_compare_print_json(const struct ndup_compared *compared);
/* Two texts side by side, as a page; returns the exit status. */
int ndup_compare_page(struct ndup_cli *cli, const struct ndup_compared *compared, const neardup_profile *profile);
/* Whether the options go together, of which some are for a page only; says so if they do not. */
bool ndup_compare_page_check(struct ndup_cli *cli);
void ndup_compare_print_text(const struct ndup_cli *cli, const struct ndup_compared *compared);

#endif
