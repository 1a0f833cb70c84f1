/* SPDX-License-Identifier: MIT
 * The parser says that a comma or quote is out of place; this looks for what people and programs usually do to JSON. Only
 * records that could not be read come here, so each check may look at all of the record. */
#include "base/platform.h"

#include "input/json_reason.h"

#include "input/json_walk.h"

#include <string.h>

struct json_text {
    const char *at, *end;
};

static bool begins(const struct json_text *t, const char *with)
{
    size_t n = strlen(with);
    return (size_t)(t->end - t->at) >= n && memcmp(t->at, with, n) == 0;
}

static bool has(const struct json_text *t, const char *what)
{
    return memmem(t->at, (size_t)(t->end - t->at), what, strlen(what)) != NULL;
}

static void pass_space(struct json_text *t)
{
    while (t->at < t->end && (*t->at == ' ' || (*t->at >= '\t' && *t->at <= '\r')))
        t->at++;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static char last_byte(const struct json_text *t)
{
    const char *at = t->end;
    while (at > t->at && (unsigned char)at[-1] <= ' ')
        at--;
    return at > t->at ? at[-1] : '\0';
}

static const char piece[] = "not JSON: part of a value over several lines; `format` json reads such files";
static const char array[] = "not a JSON object: an array; `format` json reads its elements as records";

/* ---- what does not begin like an object ---- */

static const char *reason_of_line(const struct json_text *t)
{
    static const struct {
        const char *begin, *reason;
    } known[] = {
        {"version https://git-lfs", "not JSON: a Git LFS pointer in place of the data; run git lfs pull"},
        {"{{", "not JSON: a template ({{)"},
        {"{%", "not JSON: a template ({%)"},
        {"{#", "not JSON: a template ({#)"},
        {"{\\", "not JSON: it begins like RTF"},
        {"<", "not JSON: it begins like HTML or XML"},
        {"//", "not JSON: a comment, which JSON does not have"},
        {"/*", "not JSON: a comment, which JSON does not have"},
        {"#", "not JSON: a comment, which JSON does not have"},
        {"\x1e", "not JSON: a record separator (0x1e) before the object; remove it: tr -d '\\036'"},
        {"'", "not JSON: single quotes, as Python prints; write it with json.dumps"},
        {"\xe2\x80\x9c", "not JSON: typographic quotes"},
        {"}", piece},
        {"]", piece},
        {",", "not JSON: a comma before the value"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (begins(t, known[i].begin))
            return known[i].reason;
    }
    return NULL;
}

static bool is_word(const struct json_text *t, const char *word)
{
    size_t n = strlen(word);
    return begins(t, word) && (t->at + n == t->end || !is_letter(t->at[n]));
}

static const char *reason_of_value(const struct json_text *t)
{
    const char *after = ndup_json_value_end(t->at, t->end);
    struct json_text rest = {after != NULL ? after : t->end, t->end};
    pass_space(&rest);
    if (*t->at == '[')
        return after == NULL || rest.at < rest.end ? piece : array;
    if (*t->at == '"')
        return rest.at < rest.end ? piece : "not a JSON object: a string";
    if ((*t->at >= '0' && *t->at <= '9') || *t->at == '-')
        return rest.at == rest.end ? "not a JSON object: a number" : NULL;
    if (is_word(t, "null") || is_word(t, "true") || is_word(t, "false"))
        return rest.at == rest.end ? "not a JSON object: null, true or false" : NULL;
    return NULL;
}

/* ---- what begins like an object ---- */

/* Looks at what is outside of strings. */
static const char *reason_inside(const struct json_text *t, const char *end)
{
    char before = '\0';
    for (const char *at = t->at; at < end; at++) {
        struct json_text here = {at, end};
        if (*at == '"') {
            if (before == '"' || before == '}' || before == ']' || before == '0')
                return "not JSON: a comma or colon is missing before a string";
            for (at++; at < end && *at != '"' && *at != '\n'; at++)
                at += *at == '\\' && at + 1 < end;
        } else if (*at == '\'') {
            return "not JSON: single quotes, as Python prints; write it with json.dumps";
        } else if (begins(&here, "//") || begins(&here, "/*") || *at == '#') {
            return "not JSON: a comment, which JSON does not have";
        } else if (begins(&here, "\xe2\x80\x9c") || begins(&here, "\xe2\x80\x9d")) {
            return "not JSON: typographic quotes";
        } else if ((*at == '}' || *at == ']') && before == ',') {
            return "not JSON: a comma before a closing bracket";
        } else if (is_letter(*at)) {
            if (is_word(&here, "True") || is_word(&here, "False") || is_word(&here, "None"))
                return "not JSON: True, False or None of Python; write it with json.dumps";
            if (is_word(&here, "undefined") || is_word(&here, "nan") || is_word(&here, "inf"))
                return "not JSON: undefined, nan or inf in place of a value";
            if (before == '{' || before == ',')
                return "not JSON: a name without quotes";
            while (at + 1 < end && (is_letter(at[1]) || (at[1] >= '0' && at[1] <= '9')))
                at++;
            before = '0';
            continue;
        }
        if (at < end && (unsigned char)*at > ' ')
            before = *at >= '0' && *at <= '9' ? '0' : *at;
    }
    return NULL;
}

static const char *reason_after(struct json_text *rest)
{
    pass_space(rest);
    if (rest->at == rest->end)
        return NULL;
    if (*rest->at == ',')
        return "not JSON: a comma after the object; remove it, or put [ before the first object and ] after the last";
    if (begins(rest, "//") || begins(rest, "/*") || *rest->at == '#')
        return "not JSON: a comment, which JSON does not have";
    if (*rest->at == ']' || *rest->at == '}')
        return "not JSON: a bracket too many after the object";
    return "not JSON: something follows the object";
}

static const char *reason_of_open(const struct json_text *t)
{
    char last = last_byte(t);
    if (memchr(t->at, '\n', (size_t)(t->end - t->at)) == NULL &&
        (last == '{' || last == ',' || last == '[' || last == ':'))
        return piece;
    size_t quotes = 0;
    for (const char *at = t->at; at < t->end; at++) {
        quotes += *at == '"';
        at += *at == '\\' && at + 1 < t->end;
    }
    if (quotes % 2 != 0)
        return "not JSON: a string does not end; a quote or line break in it must be escaped, or the record is cut off";
    return "not JSON: the object does not end; a bracket is missing, or the record is cut off";
}

static const char *reason_of_object(const struct json_text *t, const char *otherwise)
{
    const char *after = ndup_json_value_end(t->at, t->end);
    const char *inside = reason_inside(t, after != NULL ? after : t->end);
    if (inside != NULL)
        return inside;
    if (after == NULL)
        return reason_of_open(t);
    struct json_text rest = {after, t->end};
    const char *reason = reason_after(&rest);
    return reason != NULL ? reason : otherwise;
}

/* In UTF-16, every second byte of JSON is zero. Blocks of a file that a crashed system did not write are all zeros. */
static const char *reason_of_zeros(const struct json_text *t)
{
    size_t zeros = 0, length = (size_t)(t->end - t->at);
    for (const char *at = t->at; at < t->end; at++)
        zeros += *at == '\0';
    if (zeros * 4 > length && zeros < length)
        return "not JSON: zero bytes, as in UTF-16; convert it: iconv -f UTF-16 -t UTF-8";
    if (zeros > 0)
        return zeros < length ? "not JSON: zero bytes; the file is damaged"
                              : "not JSON: nothing but zero bytes, as after a crash";
    return begins(t, "\xff\xfe") || begins(t, "\xfe\xff")
               ? "not JSON: it is UTF-16; convert it: iconv -f UTF-16 -t UTF-8"
               : NULL;
}

const char *ndup_json_reason(const char *record, size_t length, const char *otherwise)
{
    struct json_text t = {record, record + length};
    if (begins(&t, "\xef\xbb\xbf"))
        t.at += 3;
    const char *zeros = reason_of_zeros(&t);
    if (zeros != NULL)
        return zeros;
    pass_space(&t);
    if (t.at == t.end || strcmp(otherwise, "not JSON: a control character in a string") == 0)
        return otherwise;
    const char *reason = reason_of_line(&t);
    if (reason == NULL)
        reason = *t.at == '{' ? reason_of_object(&t, otherwise) : reason_of_value(&t);
    if (reason == NULL && has(&t, "{\""))
        reason = "not JSON: text before the object";
    if (reason == NULL)
        reason = "not a JSON object: plain text or CSV; `format` line, file or csv reads it";
    return reason;
}

const char *ndup_json_reason_in_values(const char *reason)
{
    if (reason == piece)
        return "not JSON: part of a value; a bracket or quote before it is missing, or one too many";
    return reason == array ? "not a JSON object: an array" : reason;
}
