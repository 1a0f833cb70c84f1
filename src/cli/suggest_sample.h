/* SPDX-License-Identifier: MIT
 * The sample that suggest looks at.
 *
 * A corpus with 1 % of copies has hardly any pair in 2 000 documents that are chosen by chance: both copies are chosen with a
 * probability of (2 000 / documents)^2. So half of the sample is chosen by chance, and half are the documents of all inputs that are
 * most similar to these. Only pairs with a document that was chosen by chance count, so their numbers stand for the whole input. The
 * choice depends on nothing but the number of a document in the input.
 *
 * The inputs are read up to four times: to count and choose, to read the texts of what was chosen, to find what is similar to it, and
 * to read that. If all documents fit into the sample, twice. If a tenth of the texts are HTML and nothing was said about that, the
 * sample is taken again with --html text, since the advice concerns the texts as they will be compared. */
#ifndef NDUP_SUGGEST_SAMPLE_H
#define NDUP_SUGGEST_SAMPLE_H

#include "cli/command.h"
#include "suggest/advice.h"

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
