/* SPDX-License-Identifier: MIT
 * The sample that suggest looks at.
 *
 * A corpus with 1 % of copies has hardly any pair in 2 000 documents that are chosen by chance: both copies are chosen with a
 * probability of (2 000 / documents)^2. So half of the sample is chosen by chance, and half are the documents of all inputs that are
 * most similar to these. Only pairs with a document that was chosen by chance count, so their numbers stand for the whole input. The
 * choice depends on nothing but the number of a document in the input.
 *
 * Of the pairs of different texts with a chosen document, a sample of 2 000 holds, for the default and for sequences of five
 * characters: of 4 681 records 3 of 3 and 599 of 616, of 12 305 poems 261 of 261 and 441 of 443, of 26 182 methods 575 of 629, of
 * 26 638 posts 48 of 49 and 114 of 137. Plain samples of the same size hold 3 and 281, 41 and 71, 43, and 1 and 3 pairs.
 *
 * The inputs are read up to four times: to count and choose, to read the texts of what was chosen, to find what is similar to it, and
 * to read that. If all documents fit into the sample, twice. If a tenth of the texts are HTML and nothing was said about that, the
 * sample is taken again with --html text, since the advice concerns the texts as they will be compared. */
#ifndef NDUP_SUGGEST_SAMPLE_H
#define NDUP_SUGGEST_SAMPLE_H

#include "cli/command.h"
#include "suggest/rules.h"

struct ndup_sample {
    struct ndup_corpus_look look;
    uint64_t files, text_bytes,
        too_long;             /* of the whole input; too_long: documents of more than NDUP_SAMPLE_LONGEST words */
    double seconds;           /* to read it once */
    bool whole;               /* all of it is in the sample */
    uint64_t pages, pages_of; /* HTML among the documents of a first sample; then look describes their text */
    struct ndup_sampled *documents;
    size_t count;
};

/* A longer document would take the place of hundreds of others. */
#define NDUP_SAMPLE_LONGEST ((uint64_t)200000)

/* Reads the inputs of the command. DONE, or TROUBLE after it was said why; *complete: the sample can be used, also if some files could
 * not be read to their end, for which the status is TROUBLE. Release with ndup_sample_free in any case. */
int ndup_sample_take(struct ndup_sample *sample, struct ndup_cli *cli, bool *complete);
/* Half of it is left: those that would be chosen first. */
void ndup_sample_halve(struct ndup_sample *sample);
void ndup_sample_free(struct ndup_sample *sample);

#endif
