/* SPDX-License-Identifier: MIT
 * libFuzzer entry: any bytes as an id, a name and a message. People and their programs see no
 * control character of them, nothing that reorders or hides text, no formula and no command of a log; JSON still has the
 * same string. */
#include "base/platform.h"

#include "base/utf8_check.h"
#include "report/write.h"
#include "run/csv_write.h"
#include "run/json_write.h"
#include "term/safe.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing hidden but what `also` has; whole characters only. */
static void expect_harmless(const struct ndup_buf *buf, const char *also)
{
    if (buf->failed)
        abort();
    for (size_t i = 0; i < buf->len;) {
        bool valid;
        size_t n = ndup_utf8_measure(buf->data + i, buf->len - i, &valid);
        uint32_t code = ndup_utf8_value(buf->data + i, n);
        if (!valid || (ndup_utf8_is_hidden(code) && (code >= 0x80 || code == 0 || strchr(also, (int)code) == NULL)))
            abort();
        i += n;
    }
}

static void check_json(const char *bytes, size_t size)
{
    struct ndup_buf json = NDUP_BUF_INIT, plain = NDUP_BUF_INIT;
    size_t characters;
    ndup_json_write_string(&json, bytes, size);
    expect_harmless(&json, "");
    ndup_json_write_plain(&plain, json.data, json.len);
    if (ndup_utf8_pass(bytes, size, &characters) == size &&
        (plain.len != size || (size > 0 && memcmp(plain.data, bytes, size) != 0)))
        abort();
    ndup_buf_free(&plain);
    ndup_buf_free(&json);
}

/* The input as JSON of its own: what hides is escaped, everything else stays, and so does what it means. */
static void check_raw(const char *bytes, size_t size)
{
    struct ndup_buf raw = NDUP_BUF_INIT, json = NDUP_BUF_INIT, before = NDUP_BUF_INIT, after = NDUP_BUF_INIT;
    struct ndup_json_writer writer;
    size_t characters;
    bool valid = ndup_utf8_pass(bytes, size, &characters) == size;
    ndup_buf_append_str(&raw, "\"");
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != '"' && bytes[i] != '\\')
            ndup_buf_append(&raw, bytes + i, 1);
    ndup_buf_append_str(&raw, "\"");
    ndup_json_begin(&writer, &json);
    ndup_json_add_raw(&writer, NULL, raw.data, raw.len);
    if (valid)
        expect_harmless(&json, "\n\r\t");
    ndup_json_write_plain(&before, raw.data, raw.len);
    ndup_json_write_plain(&after, json.data, json.len);
    if (before.len != after.len || (before.len > 0 && memcmp(before.data, after.data, before.len) != 0))
        abort();
    ndup_json_add_raw(&writer, NULL, bytes, size); /* with backslashes: only no crash */
    ndup_buf_free(&raw);
    ndup_buf_free(&json);
    ndup_buf_free(&before);
    ndup_buf_free(&after);
}

static void check_csv(const char *bytes, size_t size)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, &buf);
    ndup_csv_add_text(&csv, bytes, size);
    expect_harmless(&buf, "");
    size_t begin = buf.len > 0 && buf.data[0] == '"';
    if (buf.len > begin && memchr("=+-@", buf.data[begin], 4) != NULL)
        abort();
    if (buf.len >= begin + 2 && memcmp(buf.data + begin, "::", 2) == 0)
        abort();
    ndup_buf_free(&buf);
}

static void check_shown(const char *bytes, size_t size)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_safe_append(&buf, bytes, size);
    ndup_safe_append_line(&buf, bytes, size);
    ndup_markdown_code(&buf, bytes, size, 200);
    expect_harmless(&buf, "");
    ndup_buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1); /* a copy of its own, so that a read past the end is seen */
    if (copy == NULL)
        return 0;
    if (size > 0)
        memcpy(copy, data, size);
    check_json(copy, size);
    check_raw(copy, size);
    check_csv(copy, size);
    check_shown(copy, size);
    free(copy);
    return 0;
}
