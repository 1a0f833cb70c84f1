/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/field_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct ndup_field_path paths[NDUP_PATHS];

/* "a/b" for a.b, "*" for all elements, "#3" for an element that has no name, "1#1" for a name that is a number; "|" between. */
static void is(const char *name, bool commas, const char *expected)
{
    char text[512] = "";
    size_t count, n = 0;
    cr_assert_eq(ndup_field_paths(name, commas, paths, &count, NULL), NEARDUP_OK, "%s", name);
    for (size_t i = 0; i < count; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", i > 0 ? "|" : "");
        for (size_t k = 0; k < paths[i].count; k++) {
            const struct ndup_path_step *s = &paths[i].steps[k];
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", k > 0 ? "/" : "", (int)s->length,
                                  s->name != NULL ? s->name : "");
            if (s->element == NDUP_PATH_EACH)
                n += (size_t)snprintf(text + n, sizeof text - n, "*");
            else if (s->element != NDUP_PATH_NO_ELEMENT)
                n += (size_t)snprintf(text + n, sizeof text - n, "#%u", s->element);
        }
    }
    cr_expect_str_eq(text, expected, "%s: %s", name, text);
}

Test(field_path, paths)
{
    is("text", true, "text");
    is("a.b.c", true, "a/b/c");
    is("messages[].content", true, "messages/*/content");
    is("messages.1.content", true, "messages/1#1/content");
    is("messages[1].content", true, "messages/#1/content");
    is("a[][]", true, "a/*/*");
    is("title,body", true, "title|body");
    is("title,body", false, "title,body");
    is("a.b,c[]", true, "a/b|c/*");
}

Test(field_path, names_with_a_meaning)
{
    is("a\\,b", true, "a,b");
    cr_expect_str_eq(paths[0].plain, "a,b");
    is("a\\.b.c", true, "a.b/c");
    is("a\\[\\]", true, "a[]");
    is("a\\\\", true, "a\\");
    is("a[x]", true, "a[x]");
    is("a]", true, "a]");
    is("a[", true, "a[");
    is("\\", true, "\\");
}

/* They can only be names: there are no steps. */
Test(field_path, no_paths)
{
    static const char *const names[] = {".", "a.", ".a", "a..b", ",", "a,", ",a", "a,,b"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        is(names[i], true, "");
        cr_expect_str_eq(paths[0].plain, names[i]);
    }
}

Test(field_path, limits)
{
    char longest[NDUP_FIELD_MAX + 2];
    size_t count;
    memset(longest, 'x', sizeof longest);
    longest[NDUP_FIELD_MAX + 1] = '\0';
    cr_expect_eq(ndup_field_paths(longest, true, paths, &count, NULL), NEARDUP_E_ARG);
    longest[NDUP_FIELD_MAX] = '\0';
    cr_expect_eq(ndup_field_paths(longest, true, paths, &count, NULL), NEARDUP_OK);
    cr_expect_eq(ndup_field_paths("", true, paths, &count, NULL), NEARDUP_E_ARG);
    cr_expect_eq(ndup_field_paths("1,2,3,4,5,6,7,8", true, paths, &count, NULL), NEARDUP_OK);
    cr_expect_eq(ndup_field_paths("1,2,3,4,5,6,7,8,9", true, paths, &count, NULL), NEARDUP_E_ARG);
    cr_expect(ndup_field_is_joined("a,b"));
    cr_expect(ndup_field_is_joined("a[]"));
    cr_expect_not(ndup_field_is_joined("a.b"));
    cr_expect_not(ndup_field_is_joined("a\\,b"));
}
