/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/field_path.h"

#include "base/error.h"

#include <string.h>

struct path_reading {
    const char *at;
    struct ndup_field_path *path;
    size_t plain, names; /* used */
    size_t begin;        /* of the current name */
    bool named;          /* the current step has a name, which may be empty */
};

/* Digits up to `stop`, as the number of an element; NDUP_PATH_NO_ELEMENT: it is none. */
static uint32_t element_of(const char *at, size_t length)
{
    uint32_t number = 0;
    if (length == 0 || length > 9)
        return NDUP_PATH_NO_ELEMENT;
    for (size_t i = 0; i < length; i++) {
        if (at[i] < '0' || at[i] > '9')
            return NDUP_PATH_NO_ELEMENT;
        number = 10 * number + (uint32_t)(at[i] - '0');
    }
    return number;
}

static bool add_step(struct path_reading *r, struct ndup_path_step step)
{
    if (r->path->count == NDUP_PATH_STEPS)
        return false;
    r->path->steps[r->path->count++] = step;
    return true;
}

static bool end_name(struct path_reading *r)
{
    if (!r->named)
        return true;
    const char *name = r->path->names + r->begin;
    size_t length = r->names - r->begin;
    r->begin = r->names;
    r->named = false;
    return length > 0 && add_step(r, (struct ndup_path_step){name, length, element_of(name, length)});
}

/* "[]" or "[12]" at `at`: its length; 0: it is part of a name. */
static size_t brackets(const char *at, uint32_t *element)
{
    size_t digits = strspn(at + 1, "0123456789");
    if (*at != '[' || at[1 + digits] != ']')
        return 0;
    *element = digits == 0 ? NDUP_PATH_EACH : element_of(at + 1, digits);
    return *element == NDUP_PATH_NO_ELEMENT ? 0 : digits + 2;
}

static void put(struct path_reading *r, char c)
{
    r->path->names[r->names++] = c;
    r->path->plain[r->plain++] = c;
    r->named = true;
}

static bool read_path(struct path_reading *r, bool commas)
{
    bool after_dot = true;
    for (; *r->at != '\0' && !(commas && *r->at == ','); r->at++) {
        uint32_t element;
        size_t length = brackets(r->at, &element);
        if (*r->at == '\\' && r->at[1] != '\0') {
            put(r, *++r->at);
            after_dot = false;
        } else if (*r->at == '.') {
            if (after_dot || !end_name(r))
                return false;
            r->path->plain[r->plain++] = '.';
            after_dot = true;
        } else if (length > 0) {
            if (!end_name(r) || !add_step(r, (struct ndup_path_step){NULL, 0, element}))
                return false;
            memcpy(r->path->plain + r->plain, r->at, length);
            r->plain += length;
            r->at += length - 1;
            r->path->each = r->path->each || element == NDUP_PATH_EACH;
            after_dot = false;
        } else {
            put(r, *r->at);
            after_dot = false;
        }
    }
    r->path->plain[r->plain] = '\0';
    return !after_dot && end_name(r) && r->path->count > 0;
}

neardup_status ndup_field_paths(const char *name, bool commas, struct ndup_field_path paths[NDUP_PATHS], size_t *count,
                                neardup_error *err)
{
    *count = 0;
    if (name[0] == '\0' || strlen(name) > NDUP_FIELD_MAX)
        return ndup_fail(err, NEARDUP_E_ARG, "a field name must have 1 to %d bytes", NDUP_FIELD_MAX);
    for (const char *at = name;; at++) {
        if (*count == NDUP_PATHS)
            return ndup_fail(err, NEARDUP_E_ARG, "the field '%.80s' names more than %u fields", name, NDUP_PATHS);
        struct path_reading r = {.at = at, .path = &paths[*count]};
        r.path->count = 0;
        r.path->each = false;
        if (!read_path(&r, commas)) {
            /* "a..b" or "a,,b" can only be the name itself. */
            *count = 1;
            memcpy(paths[0].plain, name, strlen(name) + 1);
            paths[0].count = 0;
            paths[0].each = false;
            return NEARDUP_OK;
        }
        ++*count;
        at = r.at;
        if (*at == '\0')
            return NEARDUP_OK;
    }
}

void ndup_field_path_moved(struct ndup_field_path *path, const struct ndup_field_path *from)
{
    for (size_t i = 0; i < path->count; i++) {
        if (path->steps[i].name != NULL)
            path->steps[i].name = path->names + (from->steps[i].name - from->names);
    }
}

bool ndup_field_is_joined(const char *name)
{
    struct ndup_field_path paths[NDUP_PATHS];
    size_t count;
    return ndup_field_paths(name, true, paths, &count, NULL) == NEARDUP_OK && (count > 1 || paths[0].each);
}
