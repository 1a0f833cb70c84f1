/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/globs.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Patterns that one pattern with braces may become: more is a mistake, or an attack. */
#define MOST 1000u

struct ndup_glob {
    char *pattern;
    bool exclude;
};

static neardup_status add(struct ndup_globs *globs, const char *pattern, size_t length, bool exclude,
                          neardup_error *err)
{
    if (globs->count >= MOST)
        return ndup_fail(err, NEARDUP_E_ARG, "too many patterns of file names: expected at most %u", MOST);
    char *copy = strndup(pattern, length);
    if (copy == NULL || !ndup_grow(&globs->list, &globs->capacity, globs->count + 1, sizeof *globs->list)) {
        free(copy);
        return ndup_fail_nomem(err);
    }
    globs->list[globs->count++] = (struct ndup_glob){copy, exclude};
    return NEARDUP_OK;
}

/* The end of the word that begins at `at`: a comma, or the brace that closes. NULL: there is none. */
static const char *end_of_word(const char *at, const char *end)
{
    unsigned depth = 0;
    for (; at < end; at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        else if (*at == '{')
            depth++;
        else if (depth == 0 && (*at == ',' || *at == '}'))
            return at;
        else if (*at == '}')
            depth--;
    }
    return NULL;
}

static const char *find_brace(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (*at == '{')
            return at;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

/* Adds a pattern; with braces, for each word in the first of them the pattern with this word. */
static neardup_status expand(struct ndup_globs *globs, const char *pattern, size_t length, bool exclude,
                             neardup_error *err)
{
    const char *end = pattern + length, *open = find_brace(pattern, end), *close = open;
    if (open == NULL)
        return add(globs, pattern, length, exclude, err);
    while (close != NULL && (close == open || *close == ','))
        close = end_of_word(close + 1, end);
    if (close == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "invalid pattern '%.*s': a brace has no end",
                         (int)(length < 100 ? length : 100), pattern);
    neardup_status st = NEARDUP_OK;
    struct ndup_buf with = NDUP_BUF_INIT;
    for (const char *word = open + 1; st == NEARDUP_OK && word <= close;) {
        const char *word_end = end_of_word(word, end);
        ndup_buf_clear(&with);
        ndup_buf_append(&with, pattern, (size_t)(open - pattern));
        ndup_buf_append(&with, word, (size_t)(word_end - word));
        ndup_buf_append(&with, close + 1, (size_t)(end - close - 1));
        ndup_buf_append(&with, "", 1);
        st = with.failed ? ndup_fail_nomem(err) : expand(globs, with.data, with.len - 1, exclude, err);
        word = word_end + 1;
    }
    ndup_buf_free(&with);
    return st;
}

neardup_status ndup_globs_parse(struct ndup_globs *globs, const char *const *patterns, size_t count, neardup_error *err)
{
    *globs = (struct ndup_globs){.only_excludes = true};
    for (size_t i = 0; i < count; i++) {
        bool exclude = patterns[i][0] == '!';
        globs->only_excludes = globs->only_excludes && exclude;
        NDUP_TRY(expand(globs, patterns[i] + exclude, strlen(patterns[i]) - exclude, exclude, err));
    }
    return NEARDUP_OK;
}

void ndup_globs_free(struct ndup_globs *globs)
{
    for (size_t i = 0; i < globs->count; i++)
        free(globs->list[i].pattern);
    free(globs->list);
    *globs = (struct ndup_globs){0};
}

static bool fits(const char *pattern, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (strchr(pattern, '/') == NULL)
        return fnmatch(pattern, slash != NULL ? slash + 1 : path, 0) == 0;
    for (const char *at = path; at != NULL; at = strchr(at, '/') != NULL ? strchr(at, '/') + 1 : NULL) {
        if (fnmatch(pattern, at, FNM_PATHNAME) == 0)
            return true;
    }
    return false;
}

bool ndup_globs_match(const struct ndup_globs *globs, const char *path)
{
    bool wanted = globs->only_excludes;
    for (size_t i = 0; i < globs->count; i++) {
        if (fits(globs->list[i].pattern, path))
            wanted = !globs->list[i].exclude;
    }
    return wanted;
}
