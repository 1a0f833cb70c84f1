/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/baseline.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/slurp.h"
#include "run/json_write.h"
#include "run/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_FIELD "{\"neardup_baseline\":1,"
#define MOST_BYTES    ((size_t)1 << 31) /* 30 million entries: a larger one is a mistake in the path */

static const char *const unit_names[] = {"document", "paragraph", "line"}; /* bit i of neardup_unit */
#define UNITS (sizeof unit_names / sizeof *unit_names)

/* ---- contents ---------------------------------------------------------------------------------------------------- */

#define LEAST ((size_t)64)

/* Contents are hashes already. They are mixed once more because a file could have contents that collide on purpose. */
static uint64_t spread(neardup_content content, unsigned unit)
{
    uint64_t h = (content.low ^ (content.high >> 29) ^ unit) * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 32) ^ content.high) * 0xd6e8feb86659fd93u;
    return h ^ (h >> 32);
}

static struct ndup_content_count *slot_of(const struct ndup_contents *contents, neardup_content content, unsigned unit)
{
    size_t mask = contents->capacity - 1, i = (size_t)spread(content, unit) & mask;
    for (;; i = (i + 1) & mask) {
        struct ndup_content_count *slot = &contents->slots[i];
        if (slot->unit == 0 ||
            (slot->unit == unit && slot->content.low == content.low && slot->content.high == content.high))
            return slot;
    }
}

static bool enlarge(struct ndup_contents *contents)
{
    struct ndup_contents larger = {.capacity = contents->capacity == 0 ? LEAST : contents->capacity * 2,
                                   .count = contents->count};
    larger.slots = ndup_calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < contents->capacity; i++) {
        const struct ndup_content_count *from = &contents->slots[i];
        if (from->unit != 0)
            *slot_of(&larger, from->content, from->unit) = *from;
    }
    free(contents->slots);
    *contents = larger;
    return true;
}

struct ndup_content_count *ndup_contents_add(struct ndup_contents *contents, neardup_content content, unsigned unit)
{
    if (contents->count >= contents->capacity / 4 * 3 && !enlarge(contents))
        return NULL;
    struct ndup_content_count *slot = slot_of(contents, content, unit);
    if (slot->unit == 0) {
        *slot = (struct ndup_content_count){content, unit, 0, 0};
        contents->count++;
    }
    return slot;
}

struct ndup_content_count *ndup_contents_find(const struct ndup_contents *contents, neardup_content content,
                                              unsigned unit)
{
    if (contents->count == 0)
        return NULL;
    struct ndup_content_count *slot = slot_of(contents, content, unit);
    return slot->unit == 0 ? NULL : slot;
}

int ndup_content_compare(neardup_content a, neardup_content b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return a.low < b.low ? -1 : a.low > b.low;
}

static int by_unit_and_content(const void *left, const void *right)
{
    const struct ndup_content_count *a = left, *b = right;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    return ndup_content_compare(a->content, b->content);
}

struct ndup_content_count *ndup_contents_sorted(const struct ndup_contents *contents)
{
    struct ndup_content_count *all = contents->count > 0 ? ndup_alloc(contents->count, sizeof *all) : NULL;
    size_t n = 0;
    for (size_t i = 0; all != NULL && i < contents->capacity; i++) {
        if (contents->slots[i].unit != 0)
            all[n++] = contents->slots[i];
    }
    if (n > 1)
        qsort(all, n, sizeof *all, by_unit_and_content);
    return all;
}

void ndup_contents_free(struct ndup_contents *contents)
{
    free(contents->slots);
    *contents = (struct ndup_contents){NULL, 0, 0};
}

void ndup_content_print(char out[NDUP_CONTENT_DIGITS + 1], neardup_content content)
{
    snprintf(out, NDUP_CONTENT_DIGITS + 1, "%016" PRIx64 "%016" PRIx64, content.high, content.low);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads 32 hexadecimal digits of either case; false if they are something else. */
static bool parse_content(const char *digits, neardup_content *content)
{
    uint64_t half[2] = {0, 0};
    for (size_t i = 0; i < NDUP_CONTENT_DIGITS; i++) {
        int value = digit(digits[i]);
        if (value < 0)
            return false;
        half[i / 16] = half[i / 16] << 4 | (unsigned)value;
    }
    *content = (neardup_content){half[0], half[1]};
    return true;
}

/* ---- first line of a baseline ------------------------------------------------------------------------------------ */

/* Everything that decides which contents there are and which of them form a cluster. */
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
                    ndup_tokens_names[options->profile.tokens], options->profile.ngram);
    /* The kept documents decide whose paragraphs are compared. Of documents alone, the baseline has all that are
     * near to another one, whichever is kept. */
    if (options->units > NEARDUP_UNIT_DOCUMENT)
        ndup_buf_printf(buf, ",\"part_ngram\":%u,\"keep\":\"%s\"", options->paragraph_profile.ngram,
                        ndup_keep_name(options->keep));
    if (simhash)
        ndup_buf_printf(buf, ",\"bits\":%u,\"weights\":\"%s\",\"distance\":%u", options->simhash_bits,
                        options->weights == NEARDUP_WEIGHTS_ONE ? "one" : "count", options->distance);
    if (!simhash || options->verify) {
        ndup_buf_append_str(buf, ",\"threshold\":");
        ndup_json_write_score(buf, options->threshold);
    }
    ndup_buf_printf(buf, ",\"profile_version\":%u}", NEARDUP_PROFILE_VERSION);
}

/* The length of a field: up to a comma outside of quotes, or to the brace. */
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
            return ndup_fail(err, NEARDUP_E_ARG, "baseline '%s' was made with %.*s, but this check uses %.*s", name,
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
        return malformed(name, 1, err, "not a baseline: it does not begin with {\"neardup_baseline\":1,");
    if (strncmp(line, VERSION_FIELD, sizeof VERSION_FIELD - 1) != 0)
        return malformed(name, 1, err, "this version of neardup reads baselines of version 1");
    return head == NULL || strcmp(line, head) == 0 ? NEARDUP_OK : other_options(line, head, name, err);
}

/* ---- entries of a baseline --------------------------------------------------------------------------------------- */

/* Skips `expected`; false if the text does not begin with it. */
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
    if (!skip(&line, "{\"content\":\"") || !parse_content(line, &entry->content))
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
        return malformed(name, number, err, "unresolved merge conflict");
    if (!parse_entry(line, &entry))
        return malformed(name, number, err,
                         "expected {\"content\":\"32 hexadecimal digits\",\"copies\":N}, as neardup writes it");
    struct ndup_content_count *slot = ndup_contents_add(contents, entry.content, entry.unit);
    if (slot == NULL)
        return ndup_fail_nomem(err);
    if (slot->before > 0)
        return malformed(name, number, err, "this content appears twice");
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
            status = malformed(name, number, err, "NUL byte");
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

/* ---- writing a baseline ------------------------------------------------------------------------------------------ */

bool ndup_baseline_write(struct ndup_buf *to, const struct ndup_contents *contents, const char *head)
{
    struct ndup_content_count *all = ndup_contents_sorted(contents);
    if (all == NULL && contents->count > 0)
        return false;
    ndup_buf_append_str(to, head);
    ndup_buf_append(to, "\n", 1);
    for (size_t i = 0; i < contents->count; i++) {
        char digits[NDUP_CONTENT_DIGITS + 1];
        if (all[i].now == 0)
            continue;
        ndup_content_print(digits, all[i].content);
        ndup_buf_printf(to, "{\"content\":\"%s\",\"copies\":%" PRIu64, digits, all[i].now);
        if (all[i].unit != NEARDUP_UNIT_DOCUMENT)
            ndup_buf_printf(to, ",\"unit\":\"%s\"", all[i].unit == NEARDUP_UNIT_LINE ? "line" : "paragraph");
        ndup_buf_append(to, "}\n", 2);
    }
    free(all);
    return !to->failed;
}

/* ---- what is new ------------------------------------------------------------------------------------------------- */

bool ndup_baseline_add_copy(struct ndup_contents *contents, const neardup_ref *ref, bool *fresh)
{
    struct ndup_content_count *count = ndup_contents_add(contents, ref->content, ref->unit);
    if (count == NULL)
        return false;
    count->now++;
    *fresh = count->now > count->before;
    return true;
}

bool ndup_baseline_add_cluster(struct ndup_contents *contents, const neardup_cluster *cluster,
                               struct ndup_baseline_news *news)
{
    bool fresh = false, keeper = false;
    *news = (struct ndup_baseline_news){.first_fresh = cluster->member_count};
    if (!cluster->keeper.reference && !cluster->all_removed) {
        if (!ndup_baseline_add_copy(contents, &cluster->keeper, &keeper))
            return false;
        news->fresh += keeper;
    }
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        if (!ndup_baseline_add_copy(contents, &cluster->members[i].document, &fresh))
            return false;
        news->fresh += fresh;
        if (fresh && news->first_fresh == cluster->member_count)
            news->first_fresh = i;
    }
    news->only_keeper = keeper && news->first_fresh == cluster->member_count;
    /* One text is always kept: if all are new, one of them duplicates nothing. */
    news->fresh = news->fresh < cluster->member_count ? news->fresh : cluster->member_count;
    return true;
}

struct ndup_baseline_changes ndup_baseline_compare(const struct ndup_contents *contents)
{
    struct ndup_baseline_changes n = {0, 0, 0, 0};
    for (size_t i = 0; i < contents->capacity; i++) {
        const struct ndup_content_count *entry = &contents->slots[i];
        n.kept += entry->before > 0 && entry->now > 0;
        n.added += entry->before == 0 && entry->now > 0;
        n.removed += entry->before > 0 && entry->now == 0;
        n.changed += entry->before > 0 && entry->now > 0 && entry->before != entry->now;
    }
    return n;
}

/* ---- allow list -------------------------------------------------------------------------------------------------- */

#define MOST_ALLOW_BYTES ((size_t)1 << 28) /* 8 million fingerprints */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A fingerprint, perhaps followed by a comment; or a line of a baseline. */
static bool parse_line(const char *line, size_t length, neardup_content *content)
{
    static const char entry[] = "{\"content\":\"";
    bool json = length >= sizeof entry - 1 && memcmp(line, entry, sizeof entry - 1) == 0;
    if (json) {
        line += sizeof entry - 1;
        length -= sizeof entry - 1;
    }
    /* The gitlab report puts the rule before it: "duplicate-rate-0f3b...". */
    size_t rule = 0;
    for (size_t i = 0; !json && i < length && ((line[i] >= 'a' && line[i] <= 'z') || line[i] == '-'); i++)
        rule = line[i] == '-' ? i + 1 : rule;
    line += rule;
    length -= rule;
    if (length < NDUP_CONTENT_DIGITS || !parse_content(line, content))
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
    neardup_status status = ndup_slurp(&text, "allow list", path, MOST_ALLOW_BYTES, err);
    if (status == NEARDUP_OK)
        status = ndup_allow_parse(contents, text.data, text.len, path, err);
    ndup_buf_free(&text);
    return status;
}
