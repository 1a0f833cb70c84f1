/* SPDX-License-Identifier: MIT
 * Where a value ends shows by brackets outside of strings. A line break inside a string, which JSON forbids, ends the
 * string: a quote that is missing then damages one line and not the rest of the file. */
#include "base/platform.h"

#include "input/json_walk.h"

#if NDUP_X86
#    include <emmintrin.h>
#endif

/* The first quote, backslash or line feed at or after `at`, or the end. */
static const char *find_string_end(const char *at, const char *end)
{
#if NDUP_X86
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), line = _mm_set1_epi8('\n');
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i same = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                    _mm_cmpeq_epi8(bytes, line));
        unsigned found = (unsigned)_mm_movemask_epi8(same);
        if (found != 0)
            return at + __builtin_ctz(found);
    }
#endif
    while (at < end && *at != '"' && *at != '\\' && *at != '\n')
        at++;
    return at;
}

static bool is_json_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool ndup_json_is_between(char c)
{
    return is_json_space(c) || c == '\xef' || c == '\xbb' || c == '\xbf';
}

bool ndup_json_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '+' ||
           c == '.';
}

struct ndup_json_walk ndup_json_walk_from(char first)
{
    bool plain = first == '{' || first == '[' || first == '"';
    return (struct ndup_json_walk){plain                      ? NDUP_JSON_IN_PLAIN
                                   : ndup_json_is_word(first) ? NDUP_JSON_IN_WORD
                                                              : NDUP_JSON_IN_REST_OF_LINE,
                                   0};
}

static const char *walk_string(struct ndup_json_walk *w, const char *at, const char *end, bool *done)
{
    if (w->mode == NDUP_JSON_IN_ESCAPE) {
        w->mode = *at == '\n' ? NDUP_JSON_IN_PLAIN : NDUP_JSON_IN_STRING;
        *done = w->mode == NDUP_JSON_IN_PLAIN && w->depth == 0;
        return at + 1;
    }
    at = find_string_end(at, end);
    if (at == end)
        return at;
    w->mode = *at == '\\' ? NDUP_JSON_IN_ESCAPE : NDUP_JSON_IN_PLAIN;
    *done = w->mode == NDUP_JSON_IN_PLAIN && w->depth == 0;
    return at + 1;
}

static const char *walk_plain(struct ndup_json_walk *w, const char *at, const char *end, bool *done)
{
    while (at < end) {
        char c = *at++;
        if (c == '"') {
            w->mode = NDUP_JSON_IN_STRING;
            return at;
        }
        if (c == '{' || c == '[') {
            w->depth++;
        } else if (c == '}' || c == ']') {
            w->depth -= w->depth > 0;
            *done = w->depth == 0;
            if (*done)
                return at;
        }
    }
    return at;
}

const char *ndup_json_walk_on(struct ndup_json_walk *w, const char *at, const char *end, bool *done)
{
    *done = false;
    while (at < end && !*done) {
        switch (w->mode) {
        case NDUP_JSON_IN_PLAIN:
            at = walk_plain(w, at, end, done);
            break;
        case NDUP_JSON_IN_STRING:
        case NDUP_JSON_IN_ESCAPE:
            at = walk_string(w, at, end, done);
            break;
        case NDUP_JSON_IN_WORD:
            *done = !ndup_json_is_word(*at);
            at += !*done;
            break;
        case NDUP_JSON_IN_REST_OF_LINE:
            *done = *at == '\n';
            at += !*done;
            break;
        }
    }
    return at;
}

const char *ndup_json_value_end(const char *at, const char *end)
{
    struct ndup_json_walk w = ndup_json_walk_from(*at);
    bool done;
    at = ndup_json_walk_on(&w, at, end, &done);
    return done ? at : NULL;
}
