/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/json_cluster.h"

#include "base/utf8_check.h"
#include "report/model.h"
#include "run/json_write.h"
#include "run/names.h"
#include "term/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- values out of records --------------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Length of the escape that begins with the backslash at text[0], 0 if it is none. */
static size_t escape_length(const char *text, size_t length)
{
    if (length < 2 || text[1] == '\0' || strchr("\"\\/bfnrtu", text[1]) == NULL)
        return 0;
    if (text[1] != 'u')
        return 2;
    for (size_t i = 2; i < 6; i++) {
        if (i >= length || !is_hex(text[i]))
            return 0;
    }
    return 6;
}

static bool is_json_string(const char *raw, size_t length)
{
    if (length < 2 || raw[0] != '"' || raw[length - 1] != '"')
        return false;
    const char *text = raw + 1;
    size_t left = length - 2;
    while (left > 0) {
        bool valid = true;
        size_t n = text[0] == '\\' ? escape_length(text, left) : ndup_utf8_measure(text, left, &valid);
        if (n == 0 || n > left || (text[0] != '\\' && (!valid || text[0] == '"' || (unsigned char)text[0] < 0x20)))
            return false;
        text += n;
        left -= n;
    }
    return true;
}

static size_t digits(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

static bool is_json_number(const char *raw, size_t length)
{
    size_t at = length > 0 && raw[0] == '-' ? 1 : 0;
    size_t n = digits(raw + at, length - at);
    if (n == 0 || (n > 1 && raw[at] == '0'))
        return false;
    at += n;
    if (at < length && raw[at] == '.') {
        n = digits(raw + at + 1, length - at - 1);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < length && (raw[at] | 0x20) == 'e') {
        at++;
        if (at < length && (raw[at] == '+' || raw[at] == '-'))
            at++;
        n = digits(raw + at, length - at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == length;
}

void ndup_json_raw(struct ndup_buf *buf, const char *raw, size_t length)
{
    if (is_json_string(raw, length) || is_json_number(raw, length)) {
        ndup_buf_append(buf, raw, length);
        return;
    }
    struct ndup_buf plain = NDUP_BUF_INIT;
    ndup_emit_plain(&plain, raw, length);
    ndup_json_write_string(buf, plain.data, plain.len);
    buf->failed = buf->failed || plain.failed;
    ndup_buf_free(&plain);
}

/* ---- units ------------------------------------------------------------------------------------------------------- */

static void write_number(struct ndup_buf *buf, const char *name, uint64_t number)
{
    ndup_buf_append_str(buf, name);
    ndup_json_write_u64(buf, number);
}

static void write_span(struct ndup_buf *buf, const char *name, neardup_span span)
{
    write_number(buf, name, span.begin);
    write_number(buf, ",", span.end);
    ndup_buf_append_str(buf, "]");
}

static void write_place(struct ndup_buf *buf, const neardup_ref *ref)
{
    ndup_buf_append_str(buf, "{");
    if (ref->id != NULL) {
        ndup_buf_append_str(buf, "\"id\":");
        ndup_json_raw(buf, ref->id, ref->id_length);
        ndup_buf_append_str(buf, ",");
    }
    ndup_buf_append_str(buf, "\"file\":");
    ndup_json_write_string(buf, ref->file, ref->file != NULL ? strlen(ref->file) : 0);
    write_number(buf, ",\"line\":", ref->line);
    if (ndup_is_part(ref)) {
        write_span(buf, ",\"bytes\":[", ref->bytes);
        write_span(buf, ",\"characters\":[", ref->characters);
    }
    if (ref->group != NULL) {
        ndup_buf_append_str(buf, ",\"group\":");
        ndup_json_raw(buf, ref->group, ref->group_length);
    }
    if (ref->reference)
        ndup_buf_append_str(buf, ",\"reference\":true");
    write_number(buf, ",\"tokens\":", ref->tokens);
}

static void write_text(struct ndup_buf *buf, const struct ndup_kept_text *text)
{
    if (text == NULL)
        return;
    if (text->diff != NULL) {
        ndup_buf_append_str(buf, ",\"diff\":");
        ndup_buf_append(buf, text->diff, text->diff_length);
    } else if (text->text != NULL) {
        ndup_buf_append_str(buf, ",\"text\":");
        ndup_json_write_string(buf, text->text, text->text_length);
        if (text->more)
            ndup_buf_append_str(buf, ",\"more\":true");
    }
    if (text->changed)
        ndup_buf_append_str(buf, ",\"changed\":true");
}

static void write_member(struct ndup_buf *buf, const neardup_member *member, const struct ndup_kept_text *text)
{
    write_place(buf, &member->document);
    ndup_buf_append_str(buf, ",\"reason\":\"");
    ndup_buf_append_str(buf, ndup_reason_name(member->reason));
    ndup_buf_append_str(buf, member->reason == NEARDUP_CONTAINED ? "\",\"containment\":" : "\",\"jaccard\":");
    ndup_json_write_score(buf, ndup_member_score(member));
    if (member->distance != NEARDUP_NO_DISTANCE)
        write_number(buf, ",\"distance\":", (uint64_t)member->distance);
    write_text(buf, text);
    ndup_buf_append_str(buf, "}");
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

static void write_head(struct ndup_buf *buf, const neardup_cluster *cluster, uint64_t size, double low,
                       const struct ndup_kept *kept)
{
    write_number(buf, "{\"n\":", cluster->number);
    write_number(buf, ",\"size\":", size);
    if (ndup_is_part(&cluster->keeper))
        write_number(buf, ",\"documents\":", cluster->documents);
    write_number(buf, ",\"tokens\":", ndup_cluster_tokens(cluster));
    if (cluster->component != cluster->number && cluster->component != 0)
        write_number(buf, ",\"component\":", cluster->component);
    if (cluster->boilerplate)
        ndup_buf_append_str(buf, ",\"boilerplate\":true");
    ndup_buf_append_str(buf, ",\"low\":");
    ndup_json_write_score(buf, low);
    ndup_buf_append_str(buf, cluster->all_removed ? ",\"keeper\":null,\"first\":" : ",\"keeper\":");
    write_place(buf, &cluster->keeper);
    write_text(buf, kept != NULL && kept->texts != NULL ? &kept->texts[0] : NULL);
    ndup_buf_append_str(buf, "},\"members\":[");
}

static void write_rest(struct ndup_buf *buf, const struct ndup_kept *kept)
{
    for (size_t i = 0; i < kept->rest_count; i++) {
        const struct ndup_rest *rest = &kept->rest[i];
        write_number(buf, i == 0 ? ",\"rest\":[[" : ",[", rest->source);
        ndup_buf_append_str(buf, ",\"");
        ndup_buf_append_str(buf, ndup_reason_name(rest->reason));
        ndup_buf_append_str(buf, "\",");
        ndup_json_write_score(buf, (double)rest->bin / NDUP_SCORE_BINS);
        write_number(buf, ",", rest->count);
        ndup_buf_append_str(buf, "]");
    }
    ndup_buf_append_str(buf, kept->rest_count > 0 ? "]" : "");
}

bool ndup_json_kept(struct ndup_sink *sink, const struct ndup_kept *kept)
{
    const neardup_cluster *cluster = &kept->cluster;
    write_head(&sink->buf, cluster, kept->size, kept->low, kept);
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        if (i > 0)
            ndup_buf_append_str(&sink->buf, ",");
        write_member(&sink->buf, &cluster->members[i], kept->texts != NULL ? &kept->texts[i + 1] : NULL);
        if (!ndup_sink_pass(sink))
            return false;
    }
    ndup_buf_append_str(&sink->buf, "]");
    if (cluster->member_count < kept->total)
        write_number(&sink->buf, ",\"members_total\":", kept->total);
    write_rest(&sink->buf, kept);
    ndup_buf_append_str(&sink->buf, "}");
    return ndup_sink_pass(sink);
}

bool ndup_json_cluster(struct ndup_sink *sink, const neardup_cluster *cluster, const struct ndup_kept *kept)
{
    struct ndup_member_order *order = ndup_member_order(cluster);
    bool good = order != NULL;
    if (!good) {
        sink->failed = true;
        sink->sys_errno = ENOMEM;
    } else {
        write_head(&sink->buf, cluster, ndup_cluster_size(cluster), cluster->member_count > 0 ? order[0].score : 0,
                   kept);
    }
    for (uint64_t i = 0; good && i < cluster->member_count; i++) {
        /* The members of the copy are the first ones in the same order. */
        bool texts = kept != NULL && kept->texts != NULL && i < kept->cluster.member_count;
        if (i > 0)
            ndup_buf_append_str(&sink->buf, ",");
        write_member(&sink->buf, &cluster->members[order[i].index], texts ? &kept->texts[i + 1] : NULL);
        good = ndup_sink_pass(sink);
    }
    free(order);
    ndup_buf_append_str(&sink->buf, "]}");
    return good && ndup_sink_pass(sink);
}
