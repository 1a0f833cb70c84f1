/* SPDX-License-Identifier: MIT
 * Any bytes as a baseline and as an allow list. Accepted files are written, and read back to the same. */
#include "base/platform.h"

#include "run/baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char head[] = "{\"neardup_baseline\":1,\"unit\":\"document\"}";

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void write_back(struct ndup_contents *contents)
{
    struct ndup_contents again = {NULL, 0, 0};
    neardup_error err;
    struct ndup_buf text = NDUP_BUF_INIT;
    for (size_t i = 0; i < contents->capacity; i++)
        contents->slots[i].now = contents->slots[i].before;
    check(ndup_baseline_write(&text, contents, head));
    check(ndup_baseline_parse(&again, text.data, text.len, "again", head, &err) == NEARDUP_OK);
    check(again.count == contents->count);
    for (size_t i = 0; i < contents->capacity; i++) {
        const struct ndup_content_count *entry = &contents->slots[i];
        if (entry->unit == 0)
            continue;
        const struct ndup_content_count *found = ndup_contents_find(&again, entry->content, entry->unit);
        check(found != NULL && found->before == entry->before);
    }
    ndup_buf_free(&text);
    ndup_contents_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ndup_contents contents = {NULL, 0, 0}, allowed = {NULL, 0, 0};
    neardup_error err = {.message = ""};
    const char *text = (const char *)data;
    neardup_status status = ndup_baseline_parse(&contents, text, size, "fuzzed", NULL, &err);
    check(status == NEARDUP_OK || (err.message[0] != '\0' && err.line > 0));
    if (status == NEARDUP_OK)
        write_back(&contents);
    ndup_contents_free(&contents);
    err.message[0] = '\0';
    status = ndup_baseline_parse(&contents, text, size, "fuzzed", head, &err);
    check(status == NEARDUP_OK || err.message[0] != '\0');
    status = ndup_allow_parse(&allowed, text, size, "fuzzed", &err);
    check(status == NEARDUP_OK || err.line > 0);
    ndup_contents_free(&contents);
    ndup_contents_free(&allowed);
    return 0;
}
