/* SPDX-License-Identifier: MIT
 * The texts that may repeat: those of a baseline, with the number of their copies, and those of an allow list.
 *
 * A baseline is a text file, made to be committed and compared:
 *
 *   {"neardup_baseline":1,"unit":"document","method":"minhash","tokens":"word",...}
 *   {"content":"0123456789abcdef0123456789abcdef","copies":2}
 *   {"content":"...","copies":1,"unit":"paragraph"}
 *
 * One line per content (neardup_content: the digest that exact duplicates share), sorted. It has no paths and no
 * line numbers, so that moving a record changes nothing.
 *
 * An allow list has one fingerprint per line, as findings show it, or lines copied from a baseline. '#' begins a
 * comment. */
#ifndef NDUP_BASELINE_H
#define NDUP_BASELINE_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup_run.h"

/* ---- contents ---------------------------------------------------------------------------------------------------- */

#define NDUP_CONTENT_DIGITS 32

struct ndup_content_count {
    neardup_content content;
    unsigned unit;   /* neardup_unit; 0: the slot is free. NDUP_ANY_UNIT in an allow list */
    uint64_t before; /* copies in the baseline */
    uint64_t now;    /* copies found */
};

/* An allow list has no units: a paragraph that is allowed is also allowed as a document. */
#define NDUP_ANY_UNIT 128u

struct ndup_contents { /* a hash table with open addressing */
    struct ndup_content_count *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* The entry of a content, created if it is missing; NULL: no memory. Valid until the next call. */
struct ndup_content_count *ndup_contents_add(struct ndup_contents *contents, neardup_content content, unsigned unit);
/* NULL: there is none. */
struct ndup_content_count *ndup_contents_find(const struct ndup_contents *contents, neardup_content content,
                                              unsigned unit);
/* All entries, ordered by unit and content; malloc-ed, NULL: no memory or no entry. */
struct ndup_content_count *ndup_contents_sorted(const struct ndup_contents *contents);
void ndup_contents_free(struct ndup_contents *contents);

/* Orders contents by value: high, then low. */
int ndup_content_compare(neardup_content a, neardup_content b);
/* 32 hexadecimal digits and a NUL. */
void ndup_content_print(char out[NDUP_CONTENT_DIGITS + 1], neardup_content content);

/* ---- baseline ---------------------------------------------------------------------------------------------------- */

/* Appends the first line for a run with these options, without its newline. */
void ndup_baseline_head(struct ndup_buf *buf, const neardup_job_options *options);

/* Reads text[0..length) into `contents` (before). name: of the file, for messages. `head`: the first line that is
 * expected, NUL-terminated; NULL: any first line of this version. E_FORMAT with the line if ndup_baseline_write did
 * not write it; E_ARG if it was made with other options; E_NOMEM. */
neardup_status ndup_baseline_parse(struct ndup_contents *contents, const char *text, size_t length, const char *name,
                                   const char *head, neardup_error *err) NDUP_MUST_CHECK;

/* The same from a file. E_IO with sys_errno. */
neardup_status ndup_baseline_read(struct ndup_contents *contents, const char *path, const char *head,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* Appends a baseline of the contents that were found. False: no memory. */
bool ndup_baseline_write(struct ndup_buf *to, const struct ndup_contents *contents, const char *head) NDUP_MUST_CHECK;

/* ---- what is new ------------------------------------------------------------------------------------------------- */

struct ndup_baseline_news {
    uint64_t fresh;       /* duplicates of a cluster that the baseline does not have */
    uint64_t first_fresh; /* of the members; member_count: none of them */
    bool only_keeper;     /* is new, and no member is */
};

/* Counts the copies of a cluster in `contents`. Equal texts are in one cluster, so one call sees all copies of a content. False: no
 * memory. */
bool ndup_baseline_add_cluster(struct ndup_contents *contents, const neardup_cluster *cluster,
                               struct ndup_baseline_news *news) NDUP_MUST_CHECK;
/* Counts one copy; *fresh: the baseline has fewer. */
bool ndup_baseline_add_copy(struct ndup_contents *contents, const neardup_ref *ref, bool *fresh) NDUP_MUST_CHECK;

struct ndup_baseline_changes { /* of contents: kept includes changed */
    uint64_t kept, added, removed, changed;
};

struct ndup_baseline_changes ndup_baseline_compare(const struct ndup_contents *contents);

/* ---- allow list -------------------------------------------------------------------------------------------------- */

/* Adds the fingerprints of the file to `contents`, for any unit. E_IO; E_FORMAT with the line; E_NOMEM. */
neardup_status ndup_allow_read(struct ndup_contents *contents, const char *path, neardup_error *err) NDUP_MUST_CHECK;

/* The same from text[0..length); name: of the file, for messages. */
neardup_status ndup_allow_parse(struct ndup_contents *contents, const char *text, size_t length, const char *name,
                                neardup_error *err) NDUP_MUST_CHECK;

#endif
