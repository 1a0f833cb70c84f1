/* SPDX-License-Identifier: MIT
 * Any bytes as the names of a cluster, separated by NUL: every name must consist of what is shared and one of the parts, and titles for
 * a terminal must be as narrow as wanted and harmless. */
#include "base/platform.h"

#include "term/safe.h"
#include "term/title.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_NAMES 64

struct names {
    const char *begin[MOST_NAMES];
    size_t length[MOST_NAMES];
    uint64_t count;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void name_of(const void *context, uint64_t i, struct ndup_buf *name)
{
    const struct names *names = context;
    ndup_buf_append(name, names->begin[i], names->length[i]);
}

static void split(struct names *names, const char *text, size_t size)
{
    const char *end = text + size;
    do {
        const char *nul = memchr(text, 0, (size_t)(end - text));
        const char *stop = nul != NULL ? nul : end;
        names->begin[names->count] = text;
        names->length[names->count++] = (size_t)(stop - text);
        text = stop < end ? stop + 1 : end;
    } while (text < end && names->count < MOST_NAMES);
}

static bool is_part(const struct ndup_title *title, const char *part, size_t length)
{
    for (size_t i = 0; i < title->part_count; i++) {
        if (title->parts[i].len == length && (length == 0 || memcmp(title->parts[i].data, part, length) == 0))
            return true;
    }
    return false;
}

static void check_names(const struct names *names, const struct ndup_title *title)
{
    uint64_t named = title->more;
    size_t before = title->before.len, after = title->after.len;
    for (uint64_t i = 0; i < names->count; i++) {
        const char *name = names->begin[i];
        size_t length = names->length[i];
        check(length >= before + after);
        check(before == 0 || memcmp(name, title->before.data, before) == 0);
        check(after == 0 || memcmp(name + length - after, title->after.data, after) == 0);
        named += title->part_count > 0 && is_part(title, name + before, length - before - after);
        check(title->part_count > 0 || length == before);
    }
    check(title->part_count == 0 || named == names->count);
    check(title->part_count != 1);
    if (before > 0 && title->part_count > 0) /* no character is cut in two */
        check(((unsigned char)title->before.data[before - 1] & 0x80) == 0 ||
              ((unsigned char)names->begin[0][before] & 0xC0) != 0x80);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct names names = {.count = 0};
    struct ndup_title title = {.part_count = 0};
    setlocale(LC_ALL, "C.UTF-8");
    split(&names, (const char *)data, size);
    check(ndup_title_of_names(&title, name_of, &names, names.count));
    check_names(&names, &title);
    for (size_t columns = 200; columns > 10; columns /= 2) {
        struct ndup_buf text = NDUP_BUF_INIT;
        ndup_title_append(&text, &title, columns);
        check(!text.failed);
        check(columns < 100 || ndup_safe_width(text.data, text.len) <= columns);
        for (size_t i = 0; i < text.len; i++)
            check((unsigned char)text.data[i] >= 0x20 && text.data[i] != 0x7f);
        ndup_buf_free(&text);
    }
    struct ndup_buf json = NDUP_BUF_INIT;
    ndup_title_append_json(&json, &title);
    check(!json.failed && json.len > 0);
    ndup_buf_free(&json);
    ndup_title_free(&title);
    return 0;
}
