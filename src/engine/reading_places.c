/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/reading.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8_check.h"

#include <stdlib.h>
#include <string.h>

struct named {
    const char *name;
    uint32_t source;
};

struct names {
    struct named *list; /* by name */
    size_t count;
    struct ndup_buf shown; /* names as reports have them, each with its NUL, where they differ from the real ones */
};

static int by_name(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : a->source < b->source ? -1 : a->source > b->source;
}

/* Appends the name with U+FFFD for what is not UTF-8; false, and nothing appended, if that changes nothing. */
static bool show_name(struct ndup_buf *buf, const char *name)
{
    size_t length = strlen(name), from = buf->len;
    bool changed = false, valid;
    for (size_t at = 0, n; at < length; at += n) {
        n = ndup_utf8_measure(name + at, length - at, &valid);
        changed = changed || !valid;
        if (valid)
            ndup_buf_append(buf, name + at, n);
        else
            ndup_buf_append_str(buf, "\xef\xbf\xbd");
    }
    ndup_buf_append(buf, "", 1);
    if (!changed)
        buf->len = from;
    return changed;
}

static neardup_status names_fill(struct names *names, const neardup_job *job, neardup_error *err)
{
    size_t files = job->corpus.source_count;
    names->list = ndup_alloc(2 * files, sizeof *names->list);
    size_t *shown_at = ndup_alloc(files, sizeof *shown_at);
    if (names->list == NULL || shown_at == NULL) {
        free(shown_at);
        return ndup_fail_nomem(err);
    }
    for (size_t i = 0; i < files; i++) {
        shown_at[i] = names->shown.len;
        if (!show_name(&names->shown, job->corpus.sources[i].file->name))
            shown_at[i] = SIZE_MAX;
        names->list[names->count++] = (struct named){job->corpus.sources[i].file->name, (uint32_t)i};
    }
    for (size_t i = 0; i < files && !names->shown.failed; i++) {
        if (shown_at[i] != SIZE_MAX)
            names->list[names->count++] = (struct named){names->shown.data + shown_at[i], (uint32_t)i};
    }
    free(shown_at);
    qsort(names->list, names->count, sizeof *names->list, by_name);
    return names->shown.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* The first file of that name; two can only be shown alike. */
static const struct named *find_name(const struct names *names, const char *name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(names->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && strcmp(names->list[low].name, name) == 0 ? &names->list[low] : NULL;
}

static int by_place(const void *left, const void *right)
{
    const struct ndup_wanted *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

neardup_status ndup_reading_places(const neardup_job *job, const neardup_read_options *reading,
                                   struct ndup_wanted **out, size_t *count, neardup_error *err)
{
    struct names names = {.list = NULL};
    *out = NULL;
    *count = 0;
    struct ndup_wanted *list = ndup_alloc(reading->count, sizeof *list);
    if (list == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = names_fill(&names, job, err);
    for (size_t i = 0; st == NEARDUP_OK && i < reading->count; i++) {
        const neardup_place *p = &reading->places[i];
        const struct named *found = p->file != NULL ? find_name(&names, p->file) : NULL;
        if (found != NULL)
            list[(*count)++] = (struct ndup_wanted){found->source, p->line, i};
    }
    free(names.list);
    ndup_buf_free(&names.shown);
    if (st != NEARDUP_OK) {
        free(list);
        return st;
    }
    qsort(list, *count, sizeof *list, by_place);
    *out = list;
    return NEARDUP_OK;
}
