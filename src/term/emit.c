/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "term/emit.h"

#include <errno.h>

/* Lines are gathered up to the size of a pipe, so that a pipe takes them in one write. Larger buffers gain nothing
 * there. */
#define FLUSH_BYTES ((size_t)1 << 16)

static bool flush(FILE *out, struct ndup_buf *buf)
{
    if (buf->failed) {
        errno = ENOMEM;
        return false;
    }
    bool good = fwrite(buf->data, 1, buf->len, out) == buf->len;
    ndup_buf_clear(buf);
    return good;
}

/* ---- JSON Lines -------------------------------------------------------------------------------------------------- */

bool ndup_emit_cluster_json(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster)
{
    struct ndup_json_writer json;
    ndup_buf_clear(buf);
    ndup_record_begin_cluster(&json, buf, cluster);
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        ndup_record_member(&json, &cluster->members[i]);
        if (buf->len >= FLUSH_BYTES && !flush(out, buf))
            return false;
    }
    ndup_record_end_cluster(&json);
    return flush(out, buf);
}

bool ndup_emit_pair_json(FILE *out, struct ndup_buf *buf, const neardup_pair *pair)
{
    ndup_buf_clear(buf);
    ndup_record_pair(buf, pair);
    return flush(out, buf);
}

bool ndup_emit_group_json(FILE *out, struct ndup_buf *buf, const neardup_group_repeat *repeat)
{
    ndup_buf_clear(buf);
    ndup_record_group_repeat(buf, repeat);
    return flush(out, buf);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

bool ndup_emit_csv_header(FILE *out, bool pairs, struct ndup_csv_columns columns)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_record_csv_header(&buf, pairs, columns);
    bool good = flush(out, &buf);
    ndup_buf_free(&buf);
    return good;
}

bool ndup_emit_cluster_csv(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster,
                           struct ndup_csv_columns columns)
{
    ndup_buf_clear(buf);
    if (!cluster->all_removed && !columns.removed)
        ndup_record_csv_member(buf, cluster, NULL, columns);
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        if (columns.removed)
            ndup_record_csv_removed(buf, cluster, &cluster->members[i]);
        else
            ndup_record_csv_member(buf, cluster, &cluster->members[i], columns);
        if (buf->len >= FLUSH_BYTES && !flush(out, buf))
            return false;
    }
    return flush(out, buf);
}

bool ndup_emit_pair_csv(FILE *out, struct ndup_buf *buf, const neardup_pair *pair, struct ndup_csv_columns columns)
{
    ndup_buf_clear(buf);
    ndup_record_csv_pair(buf, pair, columns);
    return flush(out, buf);
}
