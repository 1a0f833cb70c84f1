/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/json_map.h"

#include "base/utf8_check.h"
#include "input/json_text.h"

#include <string.h>

void ndup_json_map_begin(struct ndup_json_map *map, const char *raw, size_t raw_len, bool escaped)
{
    *map = (struct ndup_json_map){.raw = raw, .raw_len = raw_len, .escaped = escaped};
}

/* Passes characters that mean themselves. *stop is the next backslash, or what of raw has been searched for one: so each
 * byte is looked at once, whatever is not UTF-8 in between. */
static void pass_run(struct ndup_json_map *map, size_t to, size_t *stop)
{
    const char *at = map->raw + map->raw_at;
    size_t run = map->raw_len - map->raw_at, characters;
    if (run > to - map->text_at)
        run = to - map->text_at;
    if (map->escaped && *stop <= map->raw_at) {
        const char *backslash = memchr(at, '\\', run);
        *stop = map->raw_at + (backslash != NULL ? (size_t)(backslash - at) : run);
    }
    if (map->escaped && run > *stop - map->raw_at)
        run = *stop - map->raw_at;
    run = ndup_utf8_pass(at, run, &characters);
    map->raw_at += run;
    map->text_at += run;
    map->characters += characters;
}

/* Passes an escape, a sequence that is not UTF-8, or a character, if it ends before `to`. */
static bool pass_one(struct ndup_json_map *map, size_t to)
{
    const char *at = map->raw + map->raw_at;
    size_t left = map->raw_len - map->raw_at, length, meant;
    if (map->escaped && *at == '\\') {
        length = ndup_json_measure_escape(at, left, &meant);
    } else {
        bool valid;
        length = ndup_utf8_measure(at, left, &valid);
        meant = valid || !map->escaped ? length : 3; /* U+FFFD */
    }
    if (meant > to - map->text_at)
        return false;
    map->raw_at += length;
    map->text_at += meant;
    map->characters++;
    return true;
}

void ndup_json_map_to(struct ndup_json_map *map, size_t to)
{
    size_t stop = 0;
    while (map->text_at < to && map->raw_at < map->raw_len) {
        if (!map->escaped || map->raw[map->raw_at] != '\\')
            pass_run(map, to, &stop);
        if (map->raw_at < map->raw_len && !pass_one(map, to))
            break;
    }
}
