/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/write.h"

#include "base/error.h"
#include "base/utf8_check.h"
#include "term/number.h"
#include "term/safe.h"

#include <errno.h>
#include <string.h>

/* ---- the stream -------------------------------------------------------------------------------------------------- */

/* Far above the size of an item, and small against the memory of any run. */
#define PASS_BYTES ((size_t)1 << 16)

static bool put_plain(FILE *out, const char *bytes, size_t length)
{
    return length == 0 || fwrite(bytes, 1, length, out) == length;
}

static bool write_out(struct ndup_sink *sink)
{
    struct ndup_buf *buf = &sink->buf;
    if (sink->failed)
        return false;
    errno = 0;
    if (buf->failed)
        sink->failed = true;
    else if (buf->len > 0)
        sink->failed = !(sink->put != NULL ? sink->put : put_plain)(sink->out, buf->data, buf->len);
    if (sink->failed)
        sink->sys_errno = buf->failed ? ENOMEM : errno != 0 ? errno : EIO;
    ndup_buf_clear(buf);
    return !sink->failed;
}

bool ndup_sink_pass(struct ndup_sink *sink)
{
    return sink->buf.len < PASS_BYTES && !sink->buf.failed ? !sink->failed : write_out(sink);
}

bool ndup_sink_close(struct ndup_sink *sink)
{
    bool good = write_out(sink);
    ndup_buf_free(&sink->buf);
    errno = sink->sys_errno;
    return good;
}

neardup_status ndup_sink_end(struct ndup_sink *sink, neardup_error *err)
{
    return ndup_sink_close(sink) ? NEARDUP_OK : ndup_fail_errno(err, errno, "cannot write the report");
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 || code == 0xa0 || code == 0x3000 ||
           (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029;
}

/* Appends one line of at most `most` bytes; runs of white space become one space, an ellipsis replaces what is
 * missing. */
static void plain_line(struct ndup_buf *buf, const char *text, size_t length, size_t most)
{
    size_t begin = buf->len;
    bool blank = false, begun = false;
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t n = ndup_safe_decode(text + i, length - i, &code);
        if (n > 0 && is_space(code)) {
            blank = begun;
        } else {
            if (buf->len - begin + 1 + n > most) {
                ndup_buf_append_str(buf, "\xe2\x80\xa6");
                return;
            }
            if (blank)
                ndup_buf_append_str(buf, " ");
            if (n == 0)
                ndup_buf_append_str(buf, "\xef\xbf\xbd");
            else if (ndup_utf8_is_hidden(code))
                ndup_buf_printf(buf, "\\u{%x}", code);
            else
                ndup_buf_append(buf, text + i, n);
            blank = false;
            begun = true;
        }
        i += n > 0 ? n : 1;
    }
}

size_t ndup_plain_cut(const char *text, size_t length, size_t most)
{
    if (length <= most)
        return length;
    size_t end = most;
    while (end > 0 && most - end < 4 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    return end;
}

static size_t longest_fence(const struct ndup_buf *text)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < text->len; i++) {
        run = text->data[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void write_fence(struct ndup_buf *buf, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ndup_buf_append_str(buf, "`");
}

void ndup_markdown_code(struct ndup_buf *buf, const char *text, size_t length, size_t most)
{
    struct ndup_buf line = NDUP_BUF_INIT;
    plain_line(&line, text, length, most);
    size_t fence = longest_fence(&line) + 1;
    /* Spaces separate a backtick at either end from the fence; renderers remove them. */
    bool pad = line.len > 0 && (line.data[0] == '`' || line.data[line.len - 1] == '`');
    write_fence(buf, fence);
    ndup_buf_append_str(buf, pad || line.len == 0 ? " " : "");
    ndup_buf_append(buf, line.data, line.len);
    ndup_buf_append_str(buf, pad ? " " : "");
    write_fence(buf, fence);
    buf->failed = buf->failed || line.failed;
    ndup_buf_free(&line);
}

size_t ndup_next_character(const char *text, size_t length, uint32_t *code)
{
    bool valid;
    size_t n = ndup_utf8_measure(text, length, &valid);
    if (!valid || ndup_safe_decode(text, length, code) == 0)
        *code = 0xfffd;
    return n;
}

void ndup_append_character(struct ndup_buf *buf, uint32_t code)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned char out[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (unsigned char)(0x80 | (code & 0x3f));
    out[0] = (unsigned char)(leads[n] | code);
    ndup_buf_append(buf, out, n);
}

uint32_t ndup_shown_character(uint32_t code)
{
    bool joiner = code == 0x200C || code == 0x200D; /* words of Persian and Indic languages, and emoji, have them */
    return ndup_utf8_is_hidden(code) && !joiner ? 0xFFFD : code;
}

void ndup_append_shown(struct ndup_buf *buf, const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        uint32_t code;
        size_t n = ndup_next_character(text, length, &code);
        ndup_append_character(buf, code == '\n' || code == '\t' ? code : ndup_shown_character(code));
        text += n;
        length -= n;
    }
}

const char *ndup_units_name(neardup_unit unit, uint64_t count)
{
    static const char *const names[3][2] = {{"document", "documents"}, {"paragraph", "paragraphs"}, {"line", "lines"}};
    return names[unit == NEARDUP_UNIT_LINE ? 2 : unit == NEARDUP_UNIT_PARAGRAPH ? 1 : 0][count != 1];
}

/* ---- results of checks ------------------------------------------------------------------------------------------- */

/* "a" for "./a". */
static const char *without_dot(const char *file)
{
    while (file[0] == '.' && file[1] == '/') {
        file += 2;
        while (*file == '/')
            file++;
    }
    return file;
}

const char *ndup_location_path(const struct ndup_location *location)
{
    return without_dot(location->shown != NULL ? location->shown : location->file);
}

uint64_t ndup_location_line(const struct ndup_location *location)
{
    return location->line > 0 ? location->line : 1;
}

void ndup_append_uri(struct ndup_buf *buf, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    path = without_dot(path);
    if (*path == '/')
        ndup_buf_append_str(buf, "file://");
    for (; *path != '\0'; path++) {
        if (strchr(plain, *path) != NULL)
            ndup_buf_append(buf, path, 1);
        else
            ndup_buf_printf(buf, "%%%02X", (unsigned char)*path);
    }
}

const char *ndup_finding_level_name(enum ndup_finding_level level)
{
    static const char *const names[] = {"error", "warning", "note"};
    return names[level];
}

const char *ndup_finding_message(const struct ndup_finding *finding)
{
    return *finding->message != '\0' ? finding->message : ndup_rule_info(finding->rule)->summary;
}

bool ndup_finding_counts(const struct ndup_finding *finding, enum ndup_rule rule)
{
    return finding->rule == rule || (finding->rules >> rule & 1) != 0;
}

bool ndup_finding_is_known(const struct ndup_check_result *result, const struct ndup_finding *finding)
{
    return result->has_baseline && !finding->is_new && finding->level != NDUP_LEVEL_ERROR;
}

void ndup_check_headline(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    if (result->verdict_count == 0) {
        ndup_buf_append_str(buf, result->passed ? "PASSED: no rule has a limit" : "FAILED");
        return;
    }
    if (result->verdict_count > 1 && result->violated > 0)
        ndup_buf_printf(buf, "FAILED: %zu of %zu rules violated", result->violated, result->verdict_count);
    else if (result->violated > 0)
        ndup_buf_append_str(buf, "FAILED: 1 rule violated");
    else
        ndup_buf_printf(buf, "PASSED: %zu rule%s", result->verdict_count, result->verdict_count == 1 ? "" : "s");
}

void ndup_check_unread(struct ndup_buf *buf, const struct ndup_check_result *result, const char *before,
                       const char *after)
{
    const neardup_summary *s = result->summary;
    if (s != NULL && s->unread_data_files > 0)
        ndup_buf_printf(buf, "%sNot checked: %s file%s with records in a format that is not read%s", before,
                        ndup_number_group(s->unread_data_files).text, s->unread_data_files == 1 ? "" : "s", after);
    if (s != NULL && s->invalid > 0)
        ndup_buf_printf(buf, "%sNot checked: %s record%s that could not be read%s", before,
                        ndup_number_group(s->invalid).text, s->invalid == 1 ? "" : "s", after);
}
