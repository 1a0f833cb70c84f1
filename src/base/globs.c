/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/globs.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- one pattern and one path ----
 * A pattern comes from a file that anybody may have written. So that no pattern takes exponential time, a star is tried again
 * only at the last one that was met: for stars inside a name, and for ** between the names of a path, that is enough. */

/* The end of the [...] at `at`; NULL: it has none. */
static const char *bracket_end(const char *at, const char *end)
{
    const char *p = at + 1;
    if (p < end && (*p == '!' || *p == '^'))
        p++;
    for (const char *first = p; p < end; p++) {
        if (*p == ']' && p > first)
            return p + 1;
        if (*p == '\\') {
            p++;
        } else if (*p == '[' && end - p >= 2 && p[1] == ':') {
            const char *stop = p + 2;
            while (stop < end && *stop != ']')
                stop++;
            if (stop < end && stop[-1] == ':' && stop - p > 2)
                p = stop;
        }
    }
    return NULL;
}

static bool is_in_class(const char *name, size_t length, unsigned char c)
{
    static const struct {
        const char *name;
        int (*has)(int);
    } classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
                   {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
                   {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0] && c < 0x80; i++) {
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
            return classes[i].has(c) != 0;
    }
    return false;
}

/* Whether the character is one of the set [at, end). */
static bool is_in_bracket(const char *at, const char *end, unsigned char c)
{
    const char *p = at + 1, *last = end - 1;
    bool negative = p < last && (*p == '!' || *p == '^'), found = false;
    p += negative;
    while (p < last) {
        if (*p == '[' && p + 1 < last && p[1] == ':') {
            const char *stop = memchr(p + 2, ']', (size_t)(last - p - 2));
            if (stop != NULL && stop[-1] == ':' && stop - p > 2) {
                found = found || is_in_class(p + 2, (size_t)(stop - p - 3), c);
                p = stop + 1;
                continue;
            }
        }
        p += *p == '\\' && p + 1 < last;
        unsigned char from = (unsigned char)*p++, to = from;
        if (last - p >= 2 && *p == '-') {
            p++;
            p += *p == '\\' && p + 1 < last;
            to = (unsigned char)*p++;
        }
        found = found || (c >= from && c <= to);
    }
    return found != negative;
}

/* Whether the pattern [p, end), which has no slash outside brackets, matches a name. */
static bool matches_name(const char *p, const char *end, const char *text, const char *text_end)
{
    const char *star = NULL, *star_text = NULL;
    while (text < text_end || p < end) {
        const char *next = p + 1;
        bool good = false;
        if (p < end && *p == '*') {
            star = next;
            star_text = text;
            p = next;
            continue;
        }
        if (p < end && text < text_end) {
            if (*p == '[') {
                next = bracket_end(p, end);
                if (next == NULL)
                    return false;
                good = is_in_bracket(p, next, (unsigned char)*text);
            } else if (*p == '\\') {
                good = next < end && *next == *text;
                next++;
            } else {
                good = *p == '?' || *p == *text;
            }
        }
        if (good) {
            p = next;
            text++;
        } else if (star != NULL && star_text < text_end) {
            p = star;
            text = ++star_text;
        } else {
            return false;
        }
    }
    return true;
}

/* The end of the first name of a pattern. *slash: the slash after it, or `end`. A slash may have a backslash before it. */
static const char *pattern_name_end(const char *p, const char *end, const char **slash)
{
    while (p < end && *p != '/') {
        const char *bracket = *p == '[' ? bracket_end(p, end) : NULL;
        if (bracket != NULL)
            p = bracket;
        else if (*p == '\\' && p + 1 < end && p[1] != '/')
            p += 2;
        else if (*p == '\\' && p + 1 < end)
            break;
        else
            p++;
    }
    *slash = p < end && *p == '\\' ? p + 1 : p;
    return p;
}

static bool is_double_star(const char *p, const char *end)
{
    return end - p == 2 && p[0] == '*' && p[1] == '*';
}

/* The end of the name at the front of a path. */
static const char *name_end(const char *text, const char *text_end)
{
    const char *slash = memchr(text, '/', (size_t)(text_end - text));
    return slash != NULL ? slash : text_end;
}

/* Whether the pattern matches the path [path, path_end). */
static bool matches_path(const char *p, const char *end, const char *path, const char *path_end)
{
    const char *text = path, *again = NULL, *again_text = NULL;
    for (;;) {
        const char *slash, *stop = pattern_name_end(p, end, &slash), *text_stop = name_end(text, path_end);
        if (is_double_star(p, stop)) {
            if (slash == end) /* everything below */
                return true;
            again = p = slash + 1; /* any number of folders, also none */
            again_text = text;
            continue;
        }
        if (matches_name(p, stop, text, text_stop)) {
            if (slash == end && text_stop == path_end)
                return true;
            if (slash < end && text_stop < path_end) {
                p = slash + 1;
                text = text_stop + 1;
                continue;
            }
        }
        /* One more folder for the last double star. */
        if (again == NULL)
            return false;
        again_text = name_end(again_text, path_end);
        if (again_text == path_end)
            return false;
        p = again;
        text = ++again_text;
    }
}

static bool matches(const struct ndup_pattern *pattern, const char *path, size_t length, bool is_folder)
{
    const char *end = pattern->text + pattern->length, *path_end = path + length, *slash = memrchr(path, '/', length);
    if (pattern->folder && !is_folder)
        return false;
    if (!pattern->name)
        return matches_path(pattern->text, end, path, path_end);
    return matches_name(pattern->text, end, slash != NULL ? slash + 1 : path, path_end);
}

/* The file itself, or one of the folders that it is in. */
static bool matches_file(const struct ndup_pattern *pattern, const char *path)
{
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        if (matches(pattern, path, (size_t)(slash - path), true))
            return true;
    }
    return matches(pattern, path, strlen(path), false);
}

const struct ndup_pattern *ndup_patterns_match(const struct ndup_patterns *patterns, const char *path, bool is_folder)
{
    for (size_t i = patterns->count; i-- > 0;) {
        if (matches(&patterns->list[i], path, strlen(path), is_folder))
            return &patterns->list[i];
    }
    return NULL;
}

const struct ndup_pattern *ndup_patterns_match_file(const struct ndup_patterns *patterns, const char *path)
{
    for (size_t i = patterns->count; i-- > 0;) {
        if (matches_file(&patterns->list[i], path))
            return &patterns->list[i];
    }
    return NULL;
}

bool ndup_patterns_want(const struct ndup_patterns *patterns, const char *path)
{
    bool only_negative = true;
    while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
        path += path[0] == '/' ? 1 : 2;
    const struct ndup_pattern *found = ndup_patterns_match_file(patterns, path);
    for (size_t i = 0; i < patterns->count; i++)
        only_negative = only_negative && patterns->list[i].negative;
    return found != NULL ? !found->negative : only_negative;
}

/* ---- lists of patterns ---- */

void ndup_patterns_free(struct ndup_patterns *patterns)
{
    free(patterns->list);
    ndup_buf_free(&patterns->bytes);
    *patterns = (struct ndup_patterns){0};
}

/* Adds a pattern whose text stays where it is. */
static bool add_pattern(struct ndup_patterns *patterns, const char *text, size_t length, bool negative)
{
    struct ndup_pattern pattern = {.text = text, .length = length, .negative = negative};
    if (pattern.length > 0 && text[pattern.length - 1] == '/') {
        pattern.length--;
        pattern.folder = true;
    }
    pattern.name = memchr(text, '/', pattern.length) == NULL;
    if (!pattern.name && text[0] == '/') {
        pattern.text++;
        pattern.length--;
    }
    if (!ndup_grow(&patterns->list, &patterns->capacity, patterns->count + 1, sizeof pattern))
        return false;
    patterns->list[patterns->count++] = pattern;
    return true;
}

/* Without the spaces at its end, unless a backslash is before them. */
static size_t without_spaces(const char *line, size_t length)
{
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\\' && i + 1 < length)
            kept = ++i + 1;
        else if (line[i] != ' ')
            kept = i + 1;
    }
    return kept;
}

bool ndup_patterns_read(struct ndup_patterns *patterns, const char *bytes, size_t length)
{
    size_t skip = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    ndup_buf_append(&patterns->bytes, bytes + skip, length - skip);
    ndup_buf_append(&patterns->bytes, "\n", 1);
    if (patterns->bytes.failed)
        return false;
    const char *at = patterns->bytes.data, *end = at + patterns->bytes.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *line = at;
        size_t n = (size_t)(stop - line);
        at = stop + 1;
        if (n > 0 && line[n - 1] == '\r')
            n--;
        const char *nul = memchr(line, '\0', n); /* where a line ends for git */
        n = without_spaces(line, nul != NULL ? (size_t)(nul - line) : n);
        if (n == 0 || line[0] == '#')
            continue;
        bool negative = line[0] == '!';
        if (!add_pattern(patterns, line + negative, n - negative, negative))
            return false;
    }
    return true;
}

/* ---- the globs of options ---- */

/* Patterns that the braces of one glob may mean. Nobody writes more, and twenty pairs of braces can mean a million. */
#define EXPANSION_MAX 1000u
/* No path is longer (PATH_MAX). The expansion recurses for each pair of braces, and copies the glob each time. */
#define GLOB_MAX 4096u

/* The first {a,b} of a glob: *open, the commas are found later. False: it has none. */
static bool find_braces(const char *glob, size_t length, size_t *open, size_t *close)
{
    size_t depth = 0;
    for (size_t i = 0; i < length; i++) {
        const char *stop = glob[i] == '[' ? bracket_end(glob + i, glob + length) : NULL;
        if (stop != NULL) {
            i = (size_t)(stop - glob) - 1;
        } else if (glob[i] == '\\') {
            i++;
        } else if (glob[i] == '{' && depth++ == 0) {
            *open = i;
        } else if (glob[i] == '}' && depth > 0 && --depth == 0) {
            *close = i;
            return true;
        }
    }
    return false;
}

/* The end of the alternative that begins at `at`: a comma, or `close`. */
static size_t alternative_end(const char *glob, size_t at, size_t close)
{
    size_t depth = 0;
    for (; at < close && (depth > 0 || glob[at] != ','); at++) {
        if (glob[at] == '\\')
            at++;
        else if (glob[at] == '{')
            depth++;
        else if (glob[at] == '}')
            depth--;
    }
    return at < close ? at : close;
}

/* Appends the patterns that a glob with braces means, one per line, with the mark at the front of each line. */
static bool expand(struct ndup_buf *to, char mark, const char *glob, size_t length, unsigned *count)
{
    size_t open = 0, close = 0;
    if (*count >= EXPANSION_MAX)
        return true;
    if (!find_braces(glob, length, &open, &close)) {
        ++*count;
        ndup_buf_append(to, &mark, 1);
        ndup_buf_append(to, glob, length);
        ndup_buf_append(to, "\n", 1);
        return !to->failed;
    }
    for (size_t at = open + 1; at <= close;) {
        size_t stop = alternative_end(glob, at, close);
        struct ndup_buf one = NDUP_BUF_INIT;
        ndup_buf_append(&one, glob, open);
        ndup_buf_append(&one, glob + at, stop - at);
        ndup_buf_append(&one, glob + close + 1, length - close - 1);
        bool good = !one.failed && expand(to, mark, one.data != NULL ? one.data : "", one.len, count);
        ndup_buf_free(&one);
        if (!good)
            return false;
        at = stop + 1;
    }
    return true;
}

static neardup_status check_glob(const char *option, const char *glob, size_t length, neardup_error *err)
{
    const char *why = NULL, *end = glob + length;
    size_t depth = 0;
    if (length > GLOB_MAX)
        why = "it is longer than any path";
    else if (glob[0] == '!' && strcmp(option, "include") == 0)
        why = "write it without the ! as `exclude`";
    else if (glob[0] == '!' && strcmp(option, "exclude") == 0)
        why = "write it without the ! as `include`";
    for (const char *p = glob; p < end && why == NULL; p++) {
        const char *stop = *p == '[' ? bracket_end(p, end) : NULL;
        if (*p == '\\' && p + 1 == end)
            why = "a backslash is before nothing";
        else if (*p == '[' && stop == NULL)
            why = "a [ is without its ]; write \\[ for the character";
        else if (*p == '\\')
            p++;
        else if (stop != NULL)
            p = stop - 1;
        else if (*p == '{')
            depth++;
        else if (*p == '}')
            depth -= depth > 0;
    }
    if (why == NULL && depth > 0)
        why = "a { is without its }; write \\{ for the character";
    return why == NULL ? NEARDUP_OK
                       : ndup_fail(err, NEARDUP_E_ARG, "invalid pattern '%.*s' for `%s`: %s",
                                   (int)(length < 200 ? length : 200), glob, option, why);
}

static neardup_status expand_globs(struct ndup_buf *to, const char *option, const char *lines, neardup_error *err)
{
    for (const char *at = lines; *at != '\0';) {
        size_t n = strcspn(at, "\n");
        unsigned count = 0;
        if (n > 0) {
            NDUP_TRY(check_glob(option, at, n, err));
            bool negative = at[0] == '!';
            if (!expand(to, negative ? '!' : ' ', at + negative, n - negative, &count))
                return ndup_fail_nomem(err);
            if (count >= EXPANSION_MAX)
                return ndup_fail(err, NEARDUP_E_ARG,
                                 "invalid pattern '%.*s' for `%s`: its braces mean too many patterns",
                                 (int)(n < 200 ? n : 200), at, option);
        }
        at += n + (at[n] == '\n');
    }
    return NEARDUP_OK;
}

neardup_status ndup_patterns_add_globs(struct ndup_patterns *patterns, const char *option, const char *const *globs,
                                       size_t count, neardup_error *err)
{
    ndup_patterns_free(patterns);
    for (size_t i = 0; i < count; i++)
        NDUP_TRY(expand_globs(&patterns->bytes, option, globs[i], err));
    if (patterns->bytes.len == 0)
        return NEARDUP_OK;
    const char *at = patterns->bytes.data, *end = at + patterns->bytes.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop > at + 1 && !add_pattern(patterns, at + 1, (size_t)(stop - at - 1), *at == '!'))
            return ndup_fail_nomem(err);
        at = stop + 1;
    }
    return NEARDUP_OK;
}
