/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/choose.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Whether the pattern matches a path. */
static bool matches_path(const char *p, const char *end, const char *path)
{
    const char *text = path, *again = NULL, *again_text = NULL;
    for (;;) {
        const char *slash, *stop = pattern_name_end(p, end, &slash), *text_stop = text + strcspn(text, "/");
        if (is_double_star(p, stop)) {
            if (slash == end) /* everything below */
                return true;
            again = p = slash + 1; /* any number of folders, also none */
            again_text = text;
            continue;
        }
        if (matches_name(p, stop, text, text_stop)) {
            if (slash == end && *text_stop == '\0')
                return true;
            if (slash < end && *text_stop == '/') {
                p = slash + 1;
                text = text_stop + 1;
                continue;
            }
        }
        /* One more folder for the last double star. */
        if (again == NULL)
            return false;
        again_text += strcspn(again_text, "/");
        if (*again_text++ == '\0')
            return false;
        p = again;
        text = again_text;
    }
}

static bool matches(const struct ndup_pattern *pattern, const char *path, bool is_folder)
{
    const char *end = pattern->text + pattern->length, *name = strrchr(path, '/');
    if (pattern->folder && !is_folder)
        return false;
    if (!pattern->name)
        return matches_path(pattern->text, end, path);
    name = name != NULL ? name + 1 : path;
    return matches_name(pattern->text, end, name, name + strlen(name));
}

const struct ndup_pattern *ndup_patterns_match(const struct ndup_patterns *patterns, const char *path, bool is_folder)
{
    for (size_t i = patterns->count; i-- > 0;) {
        if (matches(&patterns->list[i], path, is_folder))
            return &patterns->list[i];
    }
    return NULL;
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

/* Patterns that braces may make of one. */
#define EXPANSION_MAX 1000u

/* The first {a,b} of a glob: *open, the commas are found later. False: it has none. */
static bool find_braces(const char *glob, size_t length, size_t *open, size_t *close)
{
    size_t depth = 0;
    for (size_t i = 0; i < length; i++) {
        if (glob[i] == '\\') {
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

/* Appends the glob without braces, with a line end after each of what it stands for. */
static bool expand(struct ndup_buf *to, const char *glob, size_t length, unsigned *count)
{
    size_t open = 0, close = 0;
    if (*count >= EXPANSION_MAX)
        return true;
    if (!find_braces(glob, length, &open, &close)) {
        ++*count;
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
        bool good = !one.failed && expand(to, one.data != NULL ? one.data : "", one.len, count);
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
    if (glob[0] == '!')
        why = strcmp(option, "include") == 0 ? "write it without the ! as `exclude`"
                                             : "write it without the ! as `include`";
    for (const char *p = glob; p < end && why == NULL; p++) {
        if (*p == '\\' && p + 1 == end)
            why = "a backslash is before nothing";
        else if (*p == '\\')
            p++;
        else if (*p == '[' && bracket_end(p, end) == NULL)
            why = "a [ is without its ]; write \\[ for the character";
    }
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
            if (!expand(to, at, n, &count))
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

neardup_status ndup_patterns_add_globs(struct ndup_patterns *patterns, const char *option, const char *lines,
                                       neardup_error *err)
{
    ndup_patterns_free(patterns);
    NDUP_TRY(expand_globs(&patterns->bytes, option, lines, err));
    const char *at = patterns->bytes.data, *end = at + patterns->bytes.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop > at && !add_pattern(patterns, at, (size_t)(stop - at), false))
            return ndup_fail_nomem(err);
        at = stop + 1;
    }
    return NEARDUP_OK;
}

/* ---- .gitignore files ---- */

/* More than git reads, too (100 MB). */
#define IGNORE_BYTES ((off_t)100 << 20)

/* Reads the whole file into `to`. Status OK and *found false: there is none. Like git, no link is followed. */
static neardup_status read_file(const char *path, struct ndup_buf *to, bool *found, neardup_error *err)
{
    struct stat info;
    *found = false;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENOTDIR))
        return NEARDUP_OK;
    if (fd < 0)
        return ndup_fail_errno(err, errno, "cannot read '%.300s'", path);
    neardup_status status = NEARDUP_OK;
    size_t got = 0;
    int reason = 0;
    if (fstat(fd, &info) != 0)
        reason = errno;
    else if (!S_ISREG(info.st_mode))
        info.st_size = -1;
    else if (info.st_size > IGNORE_BYTES)
        status = ndup_fail(err, NEARDUP_E_LIMIT, "cannot read '%.300s': it is longer than 100 MB", path);
    else if (!ndup_buf_reserve(to, (size_t)info.st_size + 1))
        status = ndup_fail_nomem(err);
    else
        reason = ndup_io_pread(fd, to->data, (size_t)info.st_size, 0, &got);
    close(fd);
    if (reason != 0)
        return ndup_fail_errno(err, reason, "cannot read '%.300s'", path);
    to->len = got;
    *found = status == NEARDUP_OK && info.st_size >= 0;
    return status;
}

static neardup_status read_ignore(struct ndup_ignore *ignore, const char *folder, bool *found, neardup_error *err)
{
    char *path;
    struct ndup_buf bytes = NDUP_BUF_INIT;
    if (asprintf(&path, "%s/.gitignore", folder) < 0)
        return ndup_fail_nomem(err);
    neardup_status status = read_file(path, &bytes, found, err);
    if (*found && !ndup_patterns_read(&ignore->patterns, bytes.data, bytes.len))
        status = ndup_fail_nomem(err);
    ndup_buf_free(&bytes);
    free(path);
    return status;
}

neardup_status ndup_ignore_read(struct ndup_ignore **out, struct ndup_ignore *up, const char *folder, size_t skip,
                                neardup_error *err)
{
    bool found;
    *out = up;
    struct ndup_ignore *ignore = ndup_calloc(1, sizeof *ignore);
    if (ignore == NULL)
        return ndup_fail_nomem(err);
    ignore->up = up;
    ignore->skip = skip;
    neardup_status status = read_ignore(ignore, folder, &found, err);
    if (status == NEARDUP_OK && found)
        *out = ignore;
    else
        ndup_ignore_free(ignore, up);
    return status;
}

static bool has_git(const char *folder)
{
    char *path;
    if (asprintf(&path, "%s/.git", folder) < 0)
        return false;
    bool has = access(path, F_OK) == 0;
    free(path);
    return has;
}

/* Adds the .gitignore files of the folders from root[0 .. length) down to the one before `end` of the path. */
static neardup_status read_outer(struct ndup_ignore **out, const char *path, size_t length, neardup_error *err)
{
    while (path[length] != '\0') {
        char *folder = strndup(path, length), *prefix = strdup(path + length + 1);
        struct ndup_ignore *up = *out;
        neardup_status status =
            folder != NULL && prefix != NULL ? ndup_ignore_read(out, up, folder, 0, err) : ndup_fail_nomem(err);
        free(folder);
        if (status != NEARDUP_OK || *out == up)
            free(prefix);
        else
            (*out)->prefix = prefix;
        NDUP_TRY(status);
        length += 1 + strcspn(path + length + 1, "/");
    }
    return NEARDUP_OK;
}

neardup_status ndup_ignore_find_outer(struct ndup_ignore **out, const char *folder, neardup_error *err)
{
    *out = NULL;
    char *path = realpath(folder, NULL), *part = path != NULL ? strdup(path) : NULL;
    size_t length = path != NULL ? strlen(path) : 0;
    bool found = false;
    while (part != NULL && !(found = has_git(part)) && length > 0) {
        while (length > 0 && path[length - 1] != '/')
            length--;
        length -= length > 0;
        part[length] = '\0';
    }
    free(part);
    neardup_status status = found ? read_outer(out, path, length, err) : NEARDUP_OK;
    free(path);
    if (status != NEARDUP_OK) {
        ndup_ignore_free(*out, NULL);
        *out = NULL;
    }
    return status;
}

void ndup_ignore_free(struct ndup_ignore *ignore, const struct ndup_ignore *until)
{
    while (ignore != until && ignore != NULL) {
        struct ndup_ignore *up = ignore->up;
        ndup_patterns_free(&ignore->patterns);
        free(ignore->prefix);
        free(ignore);
        ignore = up;
    }
}

/* ---- choosing ---- */

void ndup_chooser_free(struct ndup_chooser *chooser)
{
    ndup_patterns_free(&chooser->include);
    ndup_patterns_free(&chooser->exclude);
}

bool ndup_chooser_is_needed(const struct ndup_chooser *chooser)
{
    return chooser->include.count > 0 || chooser->exclude.count > 0 || chooser->gitignore;
}

/* Whether a file is included, itself or with one of the folders that it is in. `path` is changed and mended. */
static bool is_included(const struct ndup_patterns *include, char *path, bool is_folder)
{
    bool found = ndup_patterns_match(include, path, is_folder) != NULL;
    for (char *slash = strchr(path, '/'); slash != NULL && !found; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        found = ndup_patterns_match(include, path, true) != NULL;
        *slash = '/';
    }
    return found;
}

/* The innermost file with a pattern that matches decides, and in it the last pattern. */
static neardup_status is_ignored(const struct ndup_ignore *ignore, const char *path, bool is_folder, bool *yes,
                                 neardup_error *err)
{
    const struct ndup_pattern *found = NULL;
    for (; ignore != NULL && found == NULL; ignore = ignore->up) {
        char *whole = NULL;
        if (ignore->prefix != NULL && asprintf(&whole, "%s/%s", ignore->prefix, path) < 0)
            return ndup_fail_nomem(err);
        found = ndup_patterns_match(&ignore->patterns, whole != NULL ? whole : path + ignore->skip, is_folder);
        free(whole);
    }
    *yes = found != NULL && !found->negative;
    return NEARDUP_OK;
}

neardup_status ndup_choose(const struct ndup_chooser *chooser, const struct ndup_ignore *ignore, const char *path,
                           bool is_folder, bool is_link, enum ndup_choice *choice, neardup_error *err)
{
    bool ignored = false;
    *choice = NDUP_CHOSEN;
    if (chooser->gitignore)
        NDUP_TRY(is_ignored(ignore, path, is_folder && !is_link, &ignored, err));
    if (ignored)
        *choice = NDUP_IGNORED;
    else if (ndup_patterns_match(&chooser->exclude, path, is_folder) != NULL)
        *choice = NDUP_EXCLUDED;
    if (*choice != NDUP_CHOSEN || is_folder || chooser->include.count == 0)
        return NEARDUP_OK;
    char *copy = strdup(path);
    if (copy == NULL)
        return ndup_fail_nomem(err);
    if (!is_included(&chooser->include, copy, is_folder))
        *choice = NDUP_NOT_INCLUDED;
    free(copy);
    return NEARDUP_OK;
}
