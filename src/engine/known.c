/* SPDX-License-Identifier: MIT
 * Baselines for callers of the library: run/baseline.h with the options of a job. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"
#include "run/baseline.h"

#include <stdlib.h>

struct neardup_baseline {
    struct ndup_contents contents;
    struct ndup_buf head; /* the first line, NUL-terminated */
    uint64_t known, fresh;
    struct ndup_buf text; /* of neardup_baseline_text */
};

neardup_status neardup_baseline_create(neardup_baseline **out, const neardup_job *job, neardup_error *err)
{
    *out = NULL;
    neardup_baseline *b = ndup_calloc(1, sizeof *b);
    if (b == NULL)
        return ndup_fail_nomem(err);
    ndup_baseline_head(&b->head, &job->options);
    ndup_buf_append(&b->head, "", 1);
    if (b->head.failed) {
        neardup_baseline_destroy(b);
        return ndup_fail_nomem(err);
    }
    *out = b;
    return NEARDUP_OK;
}

neardup_status neardup_baseline_read(neardup_baseline *b, const char *text, size_t length, const char *name,
                                     bool any_options, neardup_error *err)
{
    return ndup_baseline_parse(&b->contents, text, length, name, any_options ? NULL : b->head.data, err);
}

bool neardup_baseline_add_cluster(neardup_baseline *b, const neardup_cluster *cluster)
{
    struct ndup_baseline_news news;
    if (!ndup_baseline_add_cluster(&b->contents, cluster, &news))
        return false;
    b->fresh += news.fresh;
    b->known += cluster->member_count - news.fresh;
    return true;
}

bool neardup_baseline_add_near_miss(neardup_baseline *b, const neardup_pair *pair)
{
    bool fresh;
    if (!ndup_baseline_add_copy(&b->contents, &pair->a, &fresh))
        return false;
    b->fresh += fresh;
    b->known += !fresh;
    return true;
}

uint64_t neardup_baseline_count(const neardup_baseline *b, neardup_baseline_what what)
{
    const struct ndup_baseline_changes n = ndup_baseline_compare(&b->contents);
    switch (what) {
    case NEARDUP_BASELINE_KNOWN:
        return b->known;
    case NEARDUP_BASELINE_NEW:
        return b->fresh;
    case NEARDUP_BASELINE_KEPT:
        return n.kept;
    case NEARDUP_BASELINE_ADDED:
        return n.added;
    case NEARDUP_BASELINE_REMOVED:
        return n.removed;
    case NEARDUP_BASELINE_CHANGED:
        return n.changed;
    }
    return 0;
}

neardup_status neardup_baseline_text(neardup_baseline *b, const char **text, size_t *length, neardup_error *err)
{
    ndup_buf_clear(&b->text);
    if (!ndup_baseline_write(&b->text, &b->contents, b->head.data))
        return ndup_fail_nomem(err);
    *length = b->text.len;
    ndup_buf_append(&b->text, "", 1);
    *text = b->text.data;
    return b->text.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

void neardup_baseline_destroy(neardup_baseline *b)
{
    if (b == NULL)
        return;
    ndup_contents_free(&b->contents);
    ndup_buf_free(&b->head);
    ndup_buf_free(&b->text);
    free(b);
}
