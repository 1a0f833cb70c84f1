/* SPDX-License-Identifier: MIT
 * Inside what explain shows to people: the page being printed. */
#ifndef NDUP_EXPLAIN_PAGE_H
#define NDUP_EXPLAIN_PAGE_H

#include "base/buf.h"
#include "base/platform.h"
#include "cli/explain/explain.h"

struct ndup_explain_page {
    const struct ndup_explained *x;
    bool colour;
    size_t width;
    bool failed; /* no memory: something was not printed */
};

NDUP_INLINE const char *ndup_explain_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

void ndup_explain_put_safe(struct ndup_explain_page *p, const char *text, size_t length);
/* "b17  part-2.jsonl:31", without the id if there is none. */
void ndup_explain_safe_place(struct ndup_buf *out, const neardup_ref *ref);
void ndup_explain_put_place(struct ndup_explain_page *p, const neardup_ref *ref);
void ndup_explain_heading(struct ndup_explain_page *p, const char *text);
/* "... and 7 more", if there are. */
void ndup_explain_put_more(struct ndup_explain_page *p, uint64_t total, uint64_t shown);

void ndup_explain_print_members(struct ndup_explain_page *p);
void ndup_explain_print_near(struct ndup_explain_page *p);
void ndup_explain_print_cuts(struct ndup_explain_page *p);

#endif
