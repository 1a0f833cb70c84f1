#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes src/input/html_entities.c, the named character references of HTML, from the table that Python has.

    tools/html_entities.py > src/input/html_entities.c

The table of the HTML standard has not changed since 2011, and the standard promises that it will not."""
import html.entities

HEAD = """/* SPDX-License-Identifier: MIT
 * The named character references of HTML, with their text in UTF-8; in byte order. Those without a semicolon are names that
 * the standard accepts without one. Written by tools/html_entities.py. */
#include "base/platform.h"

#include "input/html.h"

#include <stdlib.h>
#include <string.h>

/* The longest name is CounterClockwiseContourIntegral; the longest text has two characters. Rows of one size need no
 * pointers, which the loader would have to correct at every start. */
struct entity {
    char name[33];
    char text[7];
};

/* clang-format off */
static const struct entity entities[] = {
"""

TAIL = """};
/* clang-format on */

static int compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct entity *)row)->name);
}

const char *ndup_html_entity(const char *name, size_t length)
{
    char key[sizeof entities[0].name];
    if (length >= sizeof key)
        return NULL;
    memcpy(key, name, length);
    key[length] = '\\0';
    const struct entity *found =
        bsearch(key, entities, sizeof entities / sizeof entities[0], sizeof entities[0], compare);
    return found != NULL ? found->text : NULL;
}
"""


def main():
    print(HEAD, end="")
    line = ""
    for name in sorted(html.entities.html5, key=str.encode):
        text = html.entities.html5[name].encode()
        assert len(name) <= 32 and len(text) <= 6
        row = ' {"%s", "%s"},' % (name, "".join("\\x%02x" % byte for byte in text))
        if len(line) + len(row) > 117:
            print("   " + line)
            line = ""
        line += row
    print("   " + line)
    print(TAIL, end="")


main()
