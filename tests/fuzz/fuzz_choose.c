/* SPDX-License-Identifier: MIT
 * Any bytes as a .gitignore file, or as the globs of an option, and a path: up to the first line end. Nothing is read beyond
 * its end, and a path whose special characters have backslashes matches itself. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/globs.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static char *take(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    expect(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* The pattern that means this path alone. */
static void check_itself(const char *path)
{
    struct ndup_patterns patterns = {0};
    struct ndup_buf line = NDUP_BUF_INIT;
    size_t length = strlen(path);
    if (length == 0 || path[0] == '/' || path[length - 1] == '/' || strpbrk(path, "\r") != NULL)
        return;
    ndup_buf_append_str(&line, "/");
    for (const char *at = path; *at != '\0'; at++) {
        if (strchr("*?[]\\ {},!#", *at) != NULL)
            ndup_buf_append_str(&line, "\\");
        ndup_buf_append(&line, at, 1);
    }
    expect(!line.failed && ndup_patterns_read(&patterns, line.data, line.len));
    expect(patterns.count == 1 && ndup_patterns_match(&patterns, path, false) != NULL);
    ndup_patterns_free(&patterns);
    ndup_buf_append(&line, "", 1);
    expect(ndup_patterns_add_globs(&patterns, "include", (const char *const[]){line.data}, 1, NULL) == NEARDUP_OK);
    expect(patterns.count == 1 && ndup_patterns_match(&patterns, path, false) != NULL);
    ndup_patterns_free(&patterns);
    ndup_buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = end != NULL ? (size_t)(end - data) : size, rest = end != NULL ? size - length - 1 : 0;
    char *path = take(data, length), *lines = take(end != NULL ? end + 1 : data, rest);
    struct ndup_patterns patterns = {0};
    expect(ndup_patterns_read(&patterns, lines, rest));
    (void)ndup_patterns_match(&patterns, path, true);
    ndup_patterns_free(&patterns);
    static const char *const options[] = {"exclude", "pre_globs"};
    for (int i = 0; i < 2; i++) {
        neardup_status status = ndup_patterns_add_globs(&patterns, options[i], (const char *const[]){lines}, 1, NULL);
        expect(status == NEARDUP_OK || status == NEARDUP_E_ARG);
        (void)ndup_patterns_match(&patterns, path, false);
        (void)ndup_patterns_want(&patterns, path);
        ndup_patterns_free(&patterns);
    }
    check_itself(path);
    free(path);
    free(lines);
    return 0;
}
