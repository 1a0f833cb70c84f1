/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/report_write.h"

#include "base/utf8_check.h"
#include "term/number.h"
#include "term/safe.h"

#include <errno.h>
#include <string.h>

#define PASS_BYTES ((size_t)1 << 16)

static bool put_plain(FILE *out, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, out) == length;
}

void ndup_report_begin(struct ndup_report_writer *writer, FILE *out, ndup_report_put put)
{
    *writer = (struct ndup_report_writer){.out = out, .put = put != NULL ? put : put_plain, .buf = NDUP_BUF_INIT};
}

static void fail(struct ndup_report_writer *writer, int code)
{
    if (!writer->failed)
        writer->failed_errno = code;
    writer->failed = true;
}

static void pass_on(struct ndup_report_writer *writer)
{
    if (writer->buf.failed)
        fail(writer, ENOMEM);
    errno = 0;
    if (!writer->failed && writer->buf.len > 0 && !writer->put(writer->out, writer->buf.data, writer->buf.len))
        fail(writer, errno != 0 ? errno : EIO);
    ndup_buf_clear(&writer->buf);
}

void ndup_report_pass(struct ndup_report_writer *writer)
{
    if (writer->buf.len >= PASS_BYTES || writer->buf.failed)
        pass_on(writer);
}

bool ndup_report_end(struct ndup_report_writer *writer)
{
    pass_on(writer);
    ndup_buf_free(&writer->buf);
    errno = writer->failed_errno;
    return !writer->failed;
}

size_t ndup_report_next(const char *text, size_t length, uint32_t *code)
{
    bool valid;
    size_t n = ndup_utf8_measure(text, length, &valid);
    if (!valid || ndup_safe_decode(text, length, code) == 0)
        *code = 0xfffd;
    return n;
}

void ndup_report_utf8(struct ndup_buf *buf, uint32_t code)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned char out[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (unsigned char)(0x80 | (code & 0x3f));
    out[0] = (unsigned char)(leads[n] | code);
    ndup_buf_append(buf, out, n);
}

/* "a" of "./a". */
static const char *without_dot(const char *file)
{
    while (file[0] == '.' && file[1] == '/') {
        file += 2;
        while (*file == '/')
            file++;
    }
    return file;
}

const char *ndup_report_path(const struct ndup_location *location)
{
    return without_dot(location->shown != NULL ? location->shown : location->file);
}

uint64_t ndup_report_line(const struct ndup_location *location)
{
    return location->line > 0 ? location->line : 1;
}

void ndup_report_uri(struct ndup_buf *buf, const char *path)
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

const char *ndup_level_name(enum ndup_finding_level level)
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

void ndup_report_headline(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    if (result->verdict_count == 0) {
        ndup_buf_append_str(buf, result->passed ? "PASSED: no rule was asked for" : "FAILED");
        return;
    }
    const char *plural = result->verdict_count == 1 ? "" : "s";
    if (result->verdict_count > 1 && result->violated > 0)
        ndup_buf_printf(buf, "FAILED: %zu of %zu rules violated", result->violated, result->verdict_count);
    else if (result->violated > 0)
        ndup_buf_append_str(buf, "FAILED: the rule is violated");
    else
        ndup_buf_printf(buf, "PASSED: %zu rule%s kept", result->verdict_count, plural);
}
