/* SPDX-License-Identifier: MIT
 * The title of a cluster: the names of its documents, with what all names share written once.
 *
 *     {5.1→7.4}/CimCmdlets/Get-CimInstance.md        two documents, the keeper first
 *     docs/{de,en,fr +12}/intro.md                   fifteen
 *     corpus.jsonl:{12→15}                           two lines of one file
 *     a17 → b3                                       two ids that share nothing
 *
 * Names are ids if every document has one and they are not all the same, otherwise paths, with lines unless every document begins
 * at line 1. A shared part ends between words, so that "page12" and "page123" differ in 12 and 123 and not in nothing and 3. A
 * version number such as 5.1 is one word. A number can differ after a shared word, but a shared number belongs to the word before
 * it: a120 and b120 share nothing. No shared part is cut within a character of UTF-8: bytes beyond ASCII are letters. */
#ifndef NDUP_TITLE_H
#define NDUP_TITLE_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup_run.h"

#define NDUP_TITLE_PARTS 3 /* that are named; four languages or versions no longer fit 80 columns beside a path */

struct ndup_title {
    enum ndup_title_by { NDUP_TITLE_ID, NDUP_TITLE_FILE, NDUP_TITLE_PLACE } by;
    struct ndup_buf before, after; /* what all names begin and end with */
    struct ndup_buf parts[NDUP_TITLE_PARTS];
    uint64_t documents[NDUP_TITLE_PARTS]; /* that have this part */
    size_t part_count; /* distinct parts between the two, that of the keeper first; 0: all names are the same */
    uint64_t more;     /* documents that have none of these parts */
    struct ndup_buf name;
};

/* Appends name number i of count names to the buffer. */
typedef void ndup_title_name_fn(const void *context, uint64_t i, struct ndup_buf *name);

/* Makes the title of count > 0 names, and of a cluster. A title that is zero, or was made before, may be made. False: no memory. */
bool ndup_title_of_names(struct ndup_title *title, ndup_title_name_fn *name, const void *context, uint64_t count);
bool ndup_title_make(struct ndup_title *title, const neardup_cluster *cluster);
void ndup_title_free(struct ndup_title *title);

/* Appends the title as text for a terminal, at most `columns` wide. */
void ndup_title_append(struct ndup_buf *buf, const struct ndup_title *title, size_t columns);
/* Append the place and the id of a document of the cluster for a terminal, without what the title says of all. */
void ndup_title_append_place(struct ndup_buf *buf, struct ndup_title *title, const neardup_ref *ref);
void ndup_title_append_id(struct ndup_buf *buf, struct ndup_title *title, const neardup_ref *ref);
/* Appends the title as JSON: {"by":"file","before":"docs/","parts":["de","en"],"more":2,"after":"/intro.md"} */
void ndup_title_append_json(struct ndup_buf *buf, const struct ndup_title *title);

#endif
