/* SPDX-License-Identifier: MIT
 * Members of a JSON object behind the first one. */
#ifndef NDUP_JSON_MEMBER_H
#define NDUP_JSON_MEMBER_H

#include "base/buf.h"
#include "base/platform.h"
#include "run/json_write.h"

#include <string.h>

NDUP_INLINE void ndup_json_member_name(struct ndup_buf *buf, const char *name)
{
    ndup_buf_append_str(buf, ",\"");
    ndup_buf_append_str(buf, name);
    ndup_buf_append_str(buf, "\":");
}

NDUP_INLINE void ndup_json_member_u64(struct ndup_buf *buf, const char *name, uint64_t number)
{
    ndup_json_member_name(buf, name);
    ndup_json_write_u64(buf, number);
}

NDUP_INLINE void ndup_json_member_score(struct ndup_buf *buf, const char *name, double score)
{
    ndup_json_member_name(buf, name);
    ndup_json_write_score(buf, score);
}

NDUP_INLINE void ndup_json_member_string(struct ndup_buf *buf, const char *name, const char *text)
{
    ndup_json_member_name(buf, name);
    ndup_json_write_string(buf, text, strlen(text));
}

NDUP_INLINE void ndup_json_member_bool(struct ndup_buf *buf, const char *name, bool value)
{
    ndup_json_member_name(buf, name);
    ndup_buf_append_str(buf, value ? "true" : "false");
}

#endif
