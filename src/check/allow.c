/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/allow.h"

#include "base/error.h"
#include "check/slurp.h"

#include <inttypes.h>
#include <string.h>

#define MOST_BYTES ((size_t)1 << 28)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A fingerprint by itself, with a comment behind it or not; or the one in a line of a baseline. */
static bool parse_line(const char *line, size_t length, neardup_content *content)
{
    static const char entry[] = "{\"content\":\"";
    bool json = length >= sizeof entry - 1 && memcmp(line, entry, sizeof entry - 1) == 0;
    if (json) {
        line += sizeof entry - 1;
        length -= sizeof entry - 1;
    }
    /* The gitlab report has the rule in front: "duplicate-rate-0f3b...". */
    size_t rule = 0;
    for (size_t i = 0; !json && i < length && ((line[i] >= 'a' && line[i] <= 'z') || line[i] == '-'); i++)
        rule = line[i] == '-' ? i + 1 : rule;
    line += rule;
    length -= rule;
    if (length < NDUP_CONTENT_DIGITS || !ndup_content_parse(line, content))
        return false;
    line += NDUP_CONTENT_DIGITS;
    length -= NDUP_CONTENT_DIGITS;
    if (json)
        return length > 0 && line[0] == '"';
    if (length > 0 && !is_blank(line[0]) && line[0] != '#')
        return false;
    while (length > 0 && is_blank(*line)) {
        line++;
        length--;
    }
    return length == 0 || line[0] == '#';
}

static neardup_status add_line(struct ndup_contents *contents, const char *line, size_t length, uint64_t number,
                               const char *name, neardup_error *err)
{
    static const char head[] = "{\"neardup_baseline\":";
    neardup_content content;
    while (length > 0 && is_blank(*line)) {
        line++;
        length--;
    }
    if (length == 0 || line[0] == '#' || (length >= sizeof head - 1 && memcmp(line, head, sizeof head - 1) == 0))
        return NEARDUP_OK;
    if (!parse_line(line, length, &content)) {
        neardup_status status = ndup_fail(err, NEARDUP_E_FORMAT,
                                          "allow list '%s', line %" PRIu64
                                          ": expected a fingerprint of 32 hexadecimal digits, or a # comment",
                                          name, number);
        if (err != NULL)
            err->line = number;
        return status;
    }
    return ndup_contents_add(contents, content, NDUP_ANY_UNIT) == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

neardup_status ndup_allow_parse(struct ndup_contents *contents, const char *text, size_t length, const char *name,
                                neardup_error *err)
{
    uint64_t number = 0;
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t n = end != NULL ? (size_t)(end - (text + at)) : length - at;
        NDUP_TRY(add_line(contents, text + at, n, ++number, name, err));
        at += n + 1;
    }
    return NEARDUP_OK;
}

neardup_status ndup_allow_read(struct ndup_contents *contents, const char *path, neardup_error *err)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    neardup_status status = ndup_slurp(&text, "allow list", path, MOST_BYTES, err);
    if (status == NEARDUP_OK)
        status = ndup_allow_parse(contents, text.data, text.len, path, err);
    ndup_buf_free(&text);
    return status;
}
