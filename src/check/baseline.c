/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/baseline.h"

#include "base/error.h"
#include "check/slurp.h"
#include "run/names.h"
#include "term/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_FIELD "{\"neardup_baseline\":1,"
#define MOST_BYTES    ((size_t)1 << 31)

static const char *const unit_names[] = {"document", "paragraph", "line"}; /* bit i of neardup_unit */
#define UNITS (sizeof unit_names / sizeof *unit_names)

/* ---- the first line ---------------------------------------------------------------------------------------------- */

/* All that decides which contents there are and which of them come together. */
void ndup_baseline_head(struct ndup_buf *buf, const neardup_job_options *options)
{
    const char *comma = "";
    bool simhash = options->method == NEARDUP_METHOD_SIMHASH;
    ndup_buf_append_str(buf, VERSION_FIELD "\"unit\":\"");
    for (size_t i = 0; i < UNITS; i++) {
        if ((options->units & 1u << i) == 0)
            continue;
        ndup_buf_printf(buf, "%s%s", comma, unit_names[i]);
        comma = ",";
    }
    ndup_buf_printf(buf, "\",\"method\":\"%s\",\"tokens\":\"%s\",\"ngram\":%u", simhash ? "simhash" : "minhash",
                    options->profile.tokens == NEARDUP_TOKENS_CHAR ? "char" : "word", options->profile.ngram);
    /* Which documents stay decides whose paragraphs are compared; of documents alone the baseline has all that are near to another
     * one, whoever stays. */
    if (options->units > NEARDUP_UNIT_DOCUMENT)
        ndup_buf_printf(buf, ",\"part_ngram\":%u,\"keep\":\"%s\"", options->paragraph_profile.ngram,
                        ndup_keep_name(options->keep));
    if (simhash)
        ndup_buf_printf(buf, ",\"bits\":%u,\"weights\":\"%s\",\"distance\":%u", options->simhash_bits,
                        options->weights == NEARDUP_WEIGHTS_ONE ? "one" : "count", options->distance);
    if (!simhash || options->verify)
        ndup_buf_printf(buf, ",\"threshold\":%s", ndup_number_score(options->threshold).text);
    ndup_buf_printf(buf, ",\"profile_version\":%u}", NEARDUP_PROFILE_VERSION);
}

/* Where the field that begins here ends: at a comma outside of quotes, or at the brace. */
static size_t field_length(const char *text)
{
    size_t i = 0;
    bool quoted = false;
    for (; text[i] != '\0' && (quoted || (text[i] != ',' && text[i] != '}')); i++)
        quoted ^= text[i] == '"';
    return i;
}

static neardup_status other_options(const char *found, const char *wanted, const char *name, neardup_error *err)
{
    const char *a = found + sizeof VERSION_FIELD - 1, *b = wanted + sizeof VERSION_FIELD - 1;
    for (;;) {
        size_t m = field_length(a), n = field_length(b);
        if (m != n || memcmp(a, b, m) != 0)
            return ndup_fail(err, NEARDUP_E_ARG, "baseline '%s' was made with %.*s, and this check has %.*s", name,
                             m < 80 ? (int)m : 80, a, (int)n, b);
        if (a[m] != ',' || b[n] != ',')
            break;
        a += m + 1;
        b += n + 1;
    }
    return ndup_fail(err, NEARDUP_E_ARG, "baseline '%s' was made with other options", name);
}

static neardup_status malformed(const char *name, uint64_t line, neardup_error *err, const char *what)
{
    neardup_status status = ndup_fail(err, NEARDUP_E_FORMAT, "baseline '%s', line %" PRIu64 ": %s", name, line, what);
    if (err != NULL)
        err->line = line;
    return status;
}

static neardup_status check_head(const char *line, const char *head, const char *name, neardup_error *err)
{
    static const char any[] = "{\"neardup_baseline\":";
    if (strncmp(line, any, sizeof any - 1) != 0)
        return malformed(name, 1, err, "this is no baseline: it does not begin with {\"neardup_baseline\":1,");
    if (strncmp(line, VERSION_FIELD, sizeof VERSION_FIELD - 1) != 0)
        return malformed(name, 1, err, "this version of neardup reads baselines of version 1");
    return head == NULL || strcmp(line, head) == 0 ? NEARDUP_OK : other_options(line, head, name, err);
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

/* Steps over `expected`; false if it does not stand here. */
static bool skip(const char **at, const char *expected)
{
    size_t length = strlen(expected);
    if (strncmp(*at, expected, length) != 0)
        return false;
    *at += length;
    return true;
}

static bool take_number(const char **at, uint64_t *value)
{
    const char *start = *at;
    for (*value = 0; **at >= '0' && **at <= '9'; (*at)++) {
        if (__builtin_mul_overflow(*value, 10u, value) || __builtin_add_overflow(*value, (uint64_t)(**at - '0'), value))
            return false;
    }
    return *at > start && *value > 0;
}

static bool take_unit(const char **at, unsigned *unit)
{
    *unit = NEARDUP_UNIT_DOCUMENT;
    if (!skip(at, ",\"unit\":\""))
        return true;
    for (unsigned i = 0; i < UNITS; i++) {
        if (skip(at, unit_names[i])) {
            *unit = 1u << i;
            return skip(at, "\"");
        }
    }
    return false;
}

static bool parse_entry(const char *line, struct ndup_content_count *entry)
{
    if (!skip(&line, "{\"content\":\"") || !ndup_content_parse(line, &entry->content))
        return false;
    line += NDUP_CONTENT_DIGITS;
    return skip(&line, "\",\"copies\":") && take_number(&line, &entry->before) && take_unit(&line, &entry->unit) &&
           skip(&line, "}") && *line == '\0';
}

static neardup_status add_entry(struct ndup_contents *contents, const char *line, uint64_t number, const char *name,
                                neardup_error *err)
{
    struct ndup_content_count entry = {.unit = 0};
    if (line[0] == '\0')
        return NEARDUP_OK;
    if (strncmp(line, "<<<<<<<", 7) == 0 || strncmp(line, "=======", 7) == 0 || strncmp(line, ">>>>>>>", 7) == 0)
        return malformed(name, number, err, "there is an unresolved merge conflict");
    if (!parse_entry(line, &entry))
        return malformed(
            name, number, err,
            "expected {\"content\":\"32 hexadecimal digits\",\"copies\":N}, as --update-baseline writes it");
    struct ndup_content_count *slot = ndup_contents_add(contents, entry.content, entry.unit);
    if (slot == NULL)
        return ndup_fail_nomem(err);
    if (slot->before > 0)
        return malformed(name, number, err, "this content stands twice");
    slot->before = entry.before;
    return NEARDUP_OK;
}

neardup_status ndup_baseline_parse(struct ndup_contents *contents, const char *text, size_t length, const char *name,
                                   const char *head, neardup_error *err)
{
    struct ndup_buf line = NDUP_BUF_INIT;
    neardup_status status = NEARDUP_OK;
    uint64_t number = 0;
    for (size_t at = 0; status == NEARDUP_OK && (at < length || number == 0);) {
        const char *end = at < length ? memchr(text + at, '\n', length - at) : NULL;
        size_t n = end != NULL ? (size_t)(end - (text + at)) : length - at;
        size_t kept = n > 0 && text[at + n - 1] == '\r' ? n - 1 : n;
        number++;
        ndup_buf_clear(&line);
        ndup_buf_append(&line, text + at, kept);
        ndup_buf_append(&line, "", 1);
        if (line.failed)
            status = ndup_fail_nomem(err);
        else if (strlen(line.data) != kept)
            status = malformed(name, number, err, "there is a NUL byte");
        else
            status = number == 1 ? check_head(line.data, head, name, err)
                                 : add_entry(contents, line.data, number, name, err);
        at += n + 1;
    }
    ndup_buf_free(&line);
    return status;
}

neardup_status ndup_baseline_read(struct ndup_contents *contents, const char *path, const char *head,
                                  neardup_error *err)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    neardup_status status = ndup_slurp(&text, "baseline", path, MOST_BYTES, err);
    if (status == NEARDUP_OK)
        status = ndup_baseline_parse(contents, text.data, text.len, path, head, err);
    ndup_buf_free(&text);
    return status;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

bool ndup_baseline_write(FILE *out, const struct ndup_contents *contents, const char *head)
{
    struct ndup_content_count *all = ndup_contents_sorted(contents);
    if (all == NULL && contents->count > 0) {
        errno = ENOMEM;
        return false;
    }
    bool good = fprintf(out, "%s\n", head) > 0;
    for (size_t i = 0; good && i < contents->count; i++) {
        char digits[NDUP_CONTENT_DIGITS + 1];
        if (all[i].now == 0)
            continue;
        ndup_content_print(digits, all[i].content);
        good = fprintf(out, "{\"content\":\"%s\",\"copies\":%" PRIu64, digits, all[i].now) > 0;
        if (good && all[i].unit != NEARDUP_UNIT_DOCUMENT)
            good = fprintf(out, ",\"unit\":\"%s\"", all[i].unit == NEARDUP_UNIT_LINE ? "line" : "paragraph") > 0;
        good = good && fputs("}\n", out) >= 0;
    }
    int reason = errno;
    free(all);
    errno = reason;
    return good;
}

uint64_t ndup_baseline_excess(const struct ndup_content_count *count)
{
    return count->now > count->before ? count->now - count->before : 0;
}
