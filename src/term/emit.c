/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/names.h"
#include "run/report_lines.h"
#include "term/emit.h"
#include "term/number.h"

#include <errno.h>
#include <string.h>

#define FLUSH_BYTES ((size_t)1 << 16)

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

void ndup_emit_csv_field(struct ndup_buf *buf, const char *bytes, size_t length)
{
    bool plain = true;
    for (size_t i = 0; i < length && plain; i++)
        plain = bytes[i] != '"' && bytes[i] != ',' && bytes[i] != '\r' && bytes[i] != '\n';
    if (plain) {
        ndup_buf_append(buf, bytes, length);
        return;
    }
    ndup_buf_append_str(buf, "\"");
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"')
            ndup_buf_append_str(buf, "\"");
        ndup_buf_append(buf, bytes + i, 1);
    }
    ndup_buf_append_str(buf, "\"");
}

void ndup_emit_csv_text(struct ndup_buf *buf, const char *bytes, size_t length)
{
    if (length == 0 || bytes[0] == '\0' || strchr("=+-@\t\r", bytes[0]) == NULL) {
        ndup_emit_csv_field(buf, bytes, length);
        return;
    }
    struct ndup_buf safe = NDUP_BUF_INIT;
    ndup_buf_append_str(&safe, "'");
    ndup_buf_append(&safe, bytes, length);
    buf->failed = buf->failed || safe.failed;
    ndup_emit_csv_field(buf, safe.data, safe.len);
    ndup_buf_free(&safe);
}

static bool read_hex4(const char *text, size_t length, uint32_t *value)
{
    if (length < 4)
        return false;
    *value = 0;
    for (size_t i = 0; i < 4; i++) {
        char lower = (char)(text[i] | 0x20);
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (!digit && (lower < 'a' || lower > 'f'))
            return false;
        *value = *value << 4 | (uint32_t)(digit ? text[i] - '0' : lower - 'a' + 10);
    }
    return true;
}

static void append_utf8(struct ndup_buf *buf, uint32_t code)
{
    unsigned char out[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (unsigned char)(0x80 | (code & 0x3f));
    out[0] = (unsigned char)(leads[n] | code);
    ndup_buf_append(buf, out, n);
}

/* What stands behind a backslash; returns its length. Anything unknown is taken as it stands. */
static size_t unescape(struct ndup_buf *buf, const char *text, size_t length)
{
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    uint32_t code;
    uint32_t low;
    if (length > 0 && text[0] == 'u' && read_hex4(text + 1, length - 1, &code)) {
        size_t used = 5;
        if (code >= 0xd800 && code <= 0xdbff && length >= 11 && text[5] == '\\' && text[6] == 'u' &&
            read_hex4(text + 7, length - 7, &low) && low >= 0xdc00 && low <= 0xdfff) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            used = 11;
        }
        append_utf8(buf, code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
        return used;
    }
    const char *letter = length > 0 && text[0] != '\0' ? strchr(letters, text[0]) : NULL;
    if (letter != NULL)
        ndup_buf_append(buf, &meanings[letter - letters], 1);
    else
        ndup_buf_append(buf, text, length > 0 ? 1 : 0);
    return length > 0 ? 1 : 0;
}

void ndup_emit_plain(struct ndup_buf *buf, const char *value, size_t length)
{
    if (length < 2 || value[0] != '"') {
        ndup_buf_append(buf, value, length);
        return;
    }
    const char *at = value + 1;
    const char *end = value + length - 1;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        const char *stop = backslash != NULL ? backslash : end;
        ndup_buf_append(buf, at, (size_t)(stop - at));
        at = stop;
        if (at < end) {
            at++;
            at += unescape(buf, at, (size_t)(end - at));
        }
    }
}

void ndup_emit_csv_value(struct ndup_buf *buf, const char *raw, size_t length)
{
    struct ndup_buf plain = NDUP_BUF_INIT;
    if (raw == NULL || length == 0)
        return;
    ndup_emit_plain(&plain, raw, length);
    buf->failed = buf->failed || plain.failed;
    if (raw[0] == '"')
        ndup_emit_csv_text(buf, plain.data, plain.len);
    else
        ndup_emit_csv_field(buf, plain.data, plain.len); /* a number */
    ndup_buf_free(&plain);
}

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
    ndup_buf_clear(buf);
    ndup_show_cluster_begin(buf, cluster);
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        ndup_show_cluster_member(buf, &cluster->members[i], i == 0);
        if (buf->len >= FLUSH_BYTES && !flush(out, buf))
            return false;
    }
    ndup_show_cluster_end(buf);
    return flush(out, buf);
}

bool ndup_emit_pair_json(FILE *out, struct ndup_buf *buf, const neardup_pair *pair)
{
    ndup_buf_clear(buf);
    ndup_show_pair(buf, pair);
    return flush(out, buf);
}

bool ndup_emit_group_json(FILE *out, struct ndup_buf *buf, const neardup_group_repeat *repeat)
{
    ndup_buf_clear(buf);
    ndup_show_group(buf, repeat);
    return flush(out, buf);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

bool ndup_emit_csv_header(FILE *out, bool pairs, struct ndup_csv csv)
{
    static const char *const headers[2][2] = {
        {"cluster,size,component,role,reason,jaccard,id,file,line",
         "cluster,size,component,role,reason,jaccard,id,file,line,unit,documents,tokens,boilerplate,containment,"
         "byte_begin,byte_end,character_begin,character_end"},
        {"a_id,a_file,a_line,b_id,b_file,b_line,reason,jaccard",
         "a_id,a_file,a_line,b_id,b_file,b_line,reason,jaccard,unit,a_byte_begin,a_byte_end,a_character_begin,"
         "a_character_end,b_byte_begin,b_byte_end,b_character_begin,b_character_end"}};
    return fprintf(out, "%s%s\r\n", headers[pairs][csv.parts], csv.distance ? ",distance" : "") >= 0;
}

static void ref_csv(struct ndup_buf *buf, const neardup_ref *ref)
{
    ndup_emit_csv_value(buf, ref->id, ref->id_length);
    ndup_buf_append_str(buf, ",");
    ndup_emit_csv_text(buf, ref->file, strlen(ref->file));
    ndup_buf_printf(buf, ",%llu", (unsigned long long)ref->line);
}

/* Four columns behind a comma each; empty ones for documents. */
static void spans_csv(struct ndup_buf *buf, const neardup_ref *ref)
{
    if (ndup_is_part(ref))
        ndup_buf_printf(buf, ",%llu,%llu,%llu,%llu", (unsigned long long)ref->bytes.begin,
                        (unsigned long long)ref->bytes.end, (unsigned long long)ref->characters.begin,
                        (unsigned long long)ref->characters.end);
    else
        ndup_buf_append_str(buf, ",,,,");
}

/* What the columns for parts say of a cluster's keeper (member NULL) or member. */
static void part_columns(struct ndup_buf *buf, const neardup_cluster *cluster, const neardup_member *member)
{
    ndup_buf_printf(buf, ",%s,", ndup_unit_name(cluster->keeper.unit));
    if (ndup_is_part(&cluster->keeper))
        ndup_buf_printf(buf, "%llu,%llu,%s,", (unsigned long long)cluster->documents,
                        (unsigned long long)cluster->tokens, cluster->boilerplate ? "true" : "false");
    else
        ndup_buf_append_str(buf, ",,,");
    if (member != NULL && member->reason == NEARDUP_CONTAINED)
        ndup_buf_append_str(buf, ndup_number_score(member->containment).text);
    spans_csv(buf, member == NULL ? &cluster->keeper : &member->document);
}

static void end_row(struct ndup_buf *buf, struct ndup_csv csv, int distance)
{
    if (csv.distance)
        ndup_buf_append_str(buf, ",");
    if (csv.distance && distance != NEARDUP_NO_DISTANCE)
        ndup_buf_printf(buf, "%d", distance);
    ndup_buf_append_str(buf, "\r\n");
}

static void cluster_row(struct ndup_buf *buf, const neardup_cluster *cluster, const neardup_member *member,
                        struct ndup_csv csv)
{
    ndup_buf_printf(buf, "%llu,%llu,%llu,", (unsigned long long)cluster->number,
                    (unsigned long long)ndup_cluster_size(cluster), (unsigned long long)cluster->component);
    if (member == NULL)
        ndup_buf_append_str(buf, "keeper,,,");
    else
        ndup_buf_printf(buf, "member,%s,%s,", ndup_reason_name(member->reason),
                        member->reason == NEARDUP_CONTAINED ? "" : ndup_number_score(member->jaccard).text);
    ref_csv(buf, member == NULL ? &cluster->keeper : &member->document);
    if (csv.parts)
        part_columns(buf, cluster, member);
    end_row(buf, csv, member != NULL ? member->distance : NEARDUP_NO_DISTANCE);
}

bool ndup_emit_cluster_csv(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster, struct ndup_csv csv)
{
    ndup_buf_clear(buf);
    if (!cluster->all_go)
        cluster_row(buf, cluster, NULL, csv);
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        cluster_row(buf, cluster, &cluster->members[i], csv);
        if (buf->len >= FLUSH_BYTES && !flush(out, buf))
            return false;
    }
    return flush(out, buf);
}

bool ndup_emit_pair_csv(FILE *out, struct ndup_buf *buf, const neardup_pair *pair, struct ndup_csv csv)
{
    ndup_buf_clear(buf);
    ref_csv(buf, &pair->a);
    ndup_buf_append_str(buf, ",");
    ref_csv(buf, &pair->b);
    ndup_buf_printf(buf, ",%s,%s", ndup_reason_name(pair->reason), ndup_number_score(pair->jaccard).text);
    if (csv.parts) {
        ndup_buf_printf(buf, ",%s", ndup_unit_name(pair->a.unit));
        spans_csv(buf, &pair->a);
        spans_csv(buf, &pair->b);
    }
    end_row(buf, csv, pair->distance);
    return flush(out, buf);
}
