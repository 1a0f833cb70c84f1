/* SPDX-License-Identifier: MIT
 * Texts of known characters: the map finds each of them in the raw bytes, and what is cut there is cut from the text and
 * from nothing else. */
#include "base/platform.h"

#include "input/formats.h"
#include "input/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an ill-formed character makes of its neighbour: an opener and a closer may become a whole one. */
enum joins { WHOLE, OPENER, CLOSER };

struct unit { /* one character */
    const char *raw, *text;
    size_t text_len;
    enum joins joins;
};

#define FFFD "\xef\xbf\xbd", 3
static const struct unit escapes[] = {
    {"\\n", "\n", 1, WHOLE},
    {"\\t", "\t", 1, WHOLE},
    {"\\\\", "\\", 1, WHOLE},
    {"\\\"", "\"", 1, WHOLE},
    {"\\/", "/", 1, WHOLE},
    {"\\u0000", "\0", 1, WHOLE},
    {"\\u0041", "A", 1, WHOLE},
    {"\\u007F", "\x7f", 1, WHOLE},
    {"\\u0080", "\xc2\x80", 2, WHOLE},
    {"\\u07ff", "\xdf\xbf", 2, WHOLE},
    {"\\u0800", "\xe0\xa0\x80", 3, WHOLE},
    {"\\uFFFF", "\xef\xbf\xbf", 3, WHOLE},
    {"\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4, WHOLE},
    {"\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf", 4, WHOLE},
    {"\\ud83d", FFFD, OPENER},
    {"\\uDBFF", FFFD, OPENER},
    {"\\ude00", FFFD, CLOSER},
};
static const struct unit characters[] = {
    {"a", "a", 1, WHOLE},
    {" ", " ", 1, WHOLE},
    {"z", "z", 1, WHOLE},
    {"\xc2\x80", "\xc2\x80", 2, WHOLE},
    {"\xc3\xbc", "\xc3\xbc", 2, WHOLE},
    {"\xdf\xbf", "\xdf\xbf", 2, WHOLE},
    {"\xe0\xa0\x80", "\xe0\xa0\x80", 3, WHOLE},
    {"\xe4\xb8\xad", "\xe4\xb8\xad", 3, WHOLE},
    {"\xe6\x96\x87", "\xe6\x96\x87", 3, WHOLE},
    {"\xed\x9f\xbf", "\xed\x9f\xbf", 3, WHOLE},
    {"\xee\x80\x80", "\xee\x80\x80", 3, WHOLE},
    {"\xef\xbf\xbd", "\xef\xbf\xbd", 3, WHOLE},
    {"\xf0\x90\x80\x80", "\xf0\x90\x80\x80", 4, WHOLE},
    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", 4, WHOLE},
    {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", 4, WHOLE},
};
static const struct unit ill_formed[] = {
    {"\xff", FFFD, WHOLE},          {"\xc0", FFFD, WHOLE},          {"\xf5", FFFD, WHOLE},
    {"\xc3", FFFD, OPENER},         {"\xe2", FFFD, OPENER},         {"\xe2\x82", FFFD, OPENER},
    {"\xed", FFFD, OPENER},         {"\xe0\xa0", FFFD, OPENER},     {"\xf0\x9f", FFFD, OPENER},
    {"\xf0\x9f\x98", FFFD, OPENER}, {"\xf4\x8f\xbf", FFFD, OPENER}, {"\x80", FFFD, CLOSER},
    {"\xbf", FFFD, CLOSER},         {"\xa0", FFFD, CLOSER},
};

#define MOST_UNITS 2000
struct sample {
    struct unit unit[MOST_UNITS];
    size_t raw_at[MOST_UNITS + 1], text_at[MOST_UNITS + 1];
    size_t count;
    char raw[12 * MOST_UNITS], text[4 * MOST_UNITS];
};

static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
    random_state += 0x9E3779B97F4A7C15u;
    uint64_t z = (random_state ^ (random_state >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % n;
}

#define ANY(list) ((list)[random_below(sizeof(list) / sizeof(list)[0])])

enum { ESCAPES = 1, WIDE = 2, ILL = 4 };

static struct unit any_unit(unsigned kinds)
{
    uint64_t choice = random_below(8);
    if (choice == 0 && (kinds & ESCAPES) != 0)
        return ANY(escapes);
    if (choice == 1 && (kinds & ILL) != 0)
        return ANY(ill_formed);
    return (kinds & WIDE) != 0 && choice < 6 ? ANY(characters) : characters[random_below(3)];
}

static void add_unit(struct sample *s, struct unit unit)
{
    size_t raw = s->raw_at[s->count], text = s->text_at[s->count];
    memcpy(s->raw + raw, unit.raw, strlen(unit.raw));
    memcpy(s->text + text, unit.text, unit.text_len);
    s->unit[s->count++] = unit;
    s->raw_at[s->count] = raw + strlen(unit.raw);
    s->text_at[s->count] = text + unit.text_len;
}

static bool join(enum joins left, enum joins right)
{
    return left == OPENER && right == CLOSER;
}

/* Runs of one kind, so that blocks without anything special are there as well. */
static void make_sample(struct sample *s, size_t count)
{
    s->count = s->raw_at[0] = s->text_at[0] = 0;
    while (s->count < count) {
        unsigned kinds = (unsigned)random_below(8);
        for (uint64_t run = 1 + random_below(random_below(4) == 0 ? 200 : 20); run > 0 && s->count < count; run--) {
            struct unit unit = any_unit(kinds);
            if (s->count == 0 || !join(s->unit[s->count - 1].joins, unit.joins))
                add_unit(s, unit);
        }
    }
}

/* Steps through the text, to borders of characters and into the middle of them. */
static void check_map(const struct sample *s, bool escaped)
{
    struct ndup_text_map map;
    char *raw = malloc(s->raw_at[s->count] + 1); /* nothing after it may be read */
    raw = realloc(raw, s->raw_at[s->count] > 0 ? s->raw_at[s->count] : 1);
    memcpy(raw, s->raw, s->raw_at[s->count]);
    ndup_text_map_begin(&map, raw, s->raw_at[s->count], escaped ? NDUP_ESCAPES_JSON : NDUP_ESCAPES_NONE);
    size_t furthest = random_below(4) == 0 ? 1 + s->text_at[s->count] : 1 + random_below(40), unit = 0;
    for (size_t to = 0; to <= s->text_at[s->count] + 3; to += random_below(furthest + 1)) {
        ndup_text_map_to(&map, to);
        while (unit < s->count && s->text_at[unit + 1] <= to)
            unit++;
        cr_assert_eq(map.characters, unit, "to %zu: %zu for %zu", to, map.characters, unit);
        cr_assert_eq(map.text_at, s->text_at[unit]);
        cr_assert_eq(map.raw_at, s->raw_at[unit]);
    }
    free(raw);
}

Test(input_json_cut, map)
{
    struct sample *s = calloc(1, sizeof *s);
    random_state = 20;
    for (int i = 0; i < 3000; i++) {
        make_sample(s, random_below(i % 10 == 0 ? MOST_UNITS : 100));
        check_map(s, true);
    }
    free(s);
}

/* A plain file: backslashes mean themselves, and so does what is not UTF-8. */
Test(input_json_cut, map_of_plain_text)
{
    struct sample *s = calloc(1, sizeof *s);
    random_state = 21;
    for (int i = 0; i < 3000; i++) {
        s->count = 0;
        for (size_t count = random_below(i % 10 == 0 ? MOST_UNITS : 100); s->count < count;) {
            struct unit unit = any_unit(i % 3 == 0 ? WIDE : WIDE | ILL);
            if (random_below(9) == 0)
                unit = (struct unit){"\\", "\\", 1, WHOLE};
            unit.text = unit.raw;
            unit.text_len = strlen(unit.raw);
            if (s->count == 0 || !join(s->unit[s->count - 1].joins, unit.joins))
                add_unit(s, unit);
        }
        check_map(s, false);
    }
    free(s);
}

/* ---- cutting ---- */

struct around { /* what is before or after the text, and the note that is in it */
    const char *bytes, *note;
};

static const struct around befores[] = {
    {"{", NULL},
    {"\xef\xbb\xbf{", NULL},
    {" {\"id\":\"i\\n\" , ", NULL},
    {"{\"x\":\"\xff\xe2\x82\",\"old\":\"old\\n\\ud83d\xe2\",", NULL},
    {"\xef\xbb\xbf{\"y\":[\"\xf0\x9f\x98\xff\"],\"neardup\" : {\"a\":[1,{\"\xc3\":{}}] }  ,",
     "{\"a\":[1,{\"\xc3\":{}}] }"},
    {"{\"neardup\":12,\"neardup\":null\t,\"id\":3,", "null"},
};
static const struct around behinds[] = {
    {"}", NULL},
    {"  }\r\n", NULL},
    {",\"z\":[1,\"\xff\xf0\x9f\",{\"text\":\"no\",\"neardup\":1}],\"g\":\"\\u0041\"}", NULL},
    {",\"neardup\":\"\xc3n\" \t}", "\"\xc3n\""},
    {"\n, \"neardup\" : [ ] \n}", "[ ]"},
};

static size_t put(char *record, size_t len, const void *bytes, size_t n)
{
    memcpy(record + len, bytes, n);
    return len + n;
}

struct made { /* a record, and the places of its parts */
    char bytes[12 * MOST_UNITS + 1000];
    size_t len, raw;
    const char *note;
};

static void make_record(struct made *record, const struct sample *s)
{
    const struct around *before = &ANY(befores), *behind = &ANY(behinds);
    record->len = put(record->bytes, 0, before->bytes, strlen(before->bytes));
    record->len = record->raw = put(record->bytes, record->len, "\"text\": \"", 9);
    record->len = put(record->bytes, record->len, s->raw, s->raw_at[s->count]);
    record->len = put(record->bytes, record->len, "\"", 1);
    record->len = put(record->bytes, record->len, behind->bytes, strlen(behind->bytes));
    memset(record->bytes + record->len, '\\', NDUP_PADDING);
    record->note = behind->note != NULL ? behind->note : before->note;
}

static void check_places(const struct made *record, const struct ndup_document *out)
{
    size_t close = record->len - 1;
    while (record->bytes[close] != '}')
        close--;
    cr_assert_eq(out->raw - record->bytes, record->raw);
    cr_assert_eq(out->close, close);
    cr_assert_not(out->no_members);
    if (record->note == NULL) {
        cr_assert_eq(out->note_begin, 0);
        cr_assert_eq(out->note_end, 0);
        return;
    }
    cr_assert_eq(out->note_end - out->note_begin, strlen(record->note), "%s", record->note);
    cr_assert_eq(memcmp(record->bytes + out->note_begin, record->note, strlen(record->note)), 0);
}

static void check_cut(struct ndup_json *json, const struct sample *s, struct made *record, struct made *shorter)
{
    struct ndup_document out, cut;
    cr_assert(ndup_json_parse(json, record->bytes, record->len, &out) && out.problem == NULL);
    cr_assert_eq(out.text_length, s->text_at[s->count]);
    cr_assert_eq(memcmp(out.text, s->text, out.text_length), 0);
    cr_assert_eq(out.raw_length, s->raw_at[s->count]);
    check_places(record, &out);

    size_t first = random_below(s->count + 1), last = first + random_below(s->count + 1 - first);
    if (first > 0 && last < s->count && join(s->unit[first - 1].joins, s->unit[last].joins))
        return;
    struct ndup_text_map map;
    ndup_text_map_begin(&map, out.raw, out.raw_length, NDUP_ESCAPES_JSON);
    ndup_text_map_to(&map, s->text_at[first]);
    size_t begin = map.raw_at;
    ndup_text_map_to(&map, s->text_at[last]);
    *shorter = *record;
    shorter->len = record->raw + begin;
    shorter->len = put(shorter->bytes, shorter->len, out.raw + map.raw_at, record->len - record->raw - map.raw_at);
    memset(shorter->bytes + shorter->len, '"', NDUP_PADDING);
    cr_assert(ndup_json_parse(json, shorter->bytes, shorter->len, &cut) && cut.problem == NULL);
    check_places(shorter, &cut);
    cr_assert_eq(cut.text_length, s->text_at[s->count] - s->text_at[last] + s->text_at[first]);
    cr_assert_eq(memcmp(cut.text, s->text, s->text_at[first]), 0);
    cr_assert_eq(
        memcmp(cut.text + s->text_at[first], s->text + s->text_at[last], s->text_at[s->count] - s->text_at[last]), 0);
    cr_assert_eq(out.id_length, cut.id_length);
    cr_assert_eq(out.group_length, cut.group_length);
}

Test(input_json_cut, cut)
{
    struct sample *s = calloc(1, sizeof *s);
    struct made *record = malloc(2 * sizeof *record);
    struct ndup_json *json;
    random_state = 22;
    cr_assert_eq(ndup_json_create(&json, &(struct ndup_fields){.text = "text", .id = "id", .group = "g"}, NULL),
                 NEARDUP_OK);
    for (int i = 0; i < 5000; i++) {
        make_sample(s, random_below(i % 10 == 0 ? MOST_UNITS : 60));
        make_record(record, s);
        check_cut(json, s, record, record + 1);
    }
    ndup_json_destroy(json);
    free(record);
    free(s);
}
