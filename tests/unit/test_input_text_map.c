/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/utf8_check.h"
#include "input/formats.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_text_map map;

static void begin(const char *raw, bool escaped)
{
    ndup_text_map_begin(&map, raw, strlen(raw), escaped ? NDUP_ESCAPES_JSON : NDUP_ESCAPES_NONE);
}

static void to(size_t offset, size_t text_at, size_t raw_at, size_t characters)
{
    ndup_text_map_to(&map, offset);
    cr_assert_eq(map.text_at, text_at, "to %zu: text %zu", offset, map.text_at);
    cr_assert_eq(map.raw_at, raw_at, "to %zu: raw %zu", offset, map.raw_at);
    cr_assert_eq(map.characters, characters, "to %zu: %zu characters", offset, map.characters);
}

Test(input_text_map, plain_ascii)
{
    begin("hello", true);
    to(0, 0, 0, 0);
    to(2, 2, 2, 2);
    to(2, 2, 2, 2);
    to(5, 5, 5, 5);
    to(99, 5, 5, 5);
    begin("", true);
    to(0, 0, 0, 0);
    to(1, 0, 0, 0);
}

Test(input_text_map, escapes)
{
    begin("a\\nb\\u0041\\u00e9\\ud83d\\ude00z", true);
    to(1, 1, 1, 1);  /* a */
    to(2, 2, 3, 2);  /* line feed */
    to(4, 4, 10, 4); /* b, A */
    to(5, 4, 10, 4); /* half of an e acute */
    to(6, 6, 16, 5); /* all of it */
    to(9, 6, 16, 5); /* a part of the emoji */
    to(10, 10, 28, 6);
    to(11, 11, 29, 7);
}

Test(input_text_map, lone_surrogates)
{
    begin("\\ud83d\\ud83d\\ude00\\ude00", true);
    to(2, 0, 0, 0);
    to(3, 3, 6, 1);
    to(7, 7, 18, 2);
    to(10, 10, 24, 3);
}

Test(input_text_map, not_utf8)
{
    begin("a\xe2\x82z\xff\xed\xa0\x80\xe2\x82\\n", true);
    to(1, 1, 1, 1);
    to(3, 1, 1, 1);
    to(4, 4, 3, 2);    /* E2 82 is one U+FFFD */
    to(5, 5, 4, 3);    /* z */
    to(8, 8, 5, 4);    /* FF */
    to(17, 17, 8, 7);  /* ED A0 80 are three */
    to(20, 20, 10, 8); /* cut off by the escape */
    to(21, 21, 12, 9);
    begin("a\xe2\x82z\xff\\n", false);
    to(2, 1, 1, 1);
    to(3, 3, 3, 2);
    to(4, 4, 4, 3);
    to(5, 5, 5, 4);
    to(7, 7, 7, 6);
}

/* Never given by the parser; it must end all the same, and read nothing after it. */
Test(input_text_map, bad_escapes)
{
    static const char *const bad[] = {"\\", "a\\", "\\u", "\\u12", "\\u12g4x", "\\x", "\\ud83d\\", "\\ud83d\\u"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *copy = malloc(strlen(bad[i]));
        memcpy(copy, bad[i], strlen(bad[i]));
        ndup_text_map_begin(&map, copy, strlen(bad[i]), NDUP_ESCAPES_JSON);
        ndup_text_map_to(&map, 100);
        cr_assert_eq(map.raw_at, strlen(bad[i]), "%s", bad[i]);
        free(copy);
    }
}

/* Table 3-7 of the Unicode standard, and table 3-8: what one U+FFFD replaces. */
Test(input_text_map, utf8)
{
    static const struct {
        const char *bytes;
        size_t length;
        bool valid;
    } cases[] = {
        {"a", 1, true},
        {"\x7f", 1, true},
        {"\xc2\x80", 2, true},
        {"\xdf\xbfz", 2, true},
        {"\xe0\xa0\x80", 3, true},
        {"\xed\x9f\xbf", 3, true},
        {"\xee\x80\x80", 3, true},
        {"\xf0\x90\x80\x80", 4, true},
        {"\xf4\x8f\xbf\xbf", 4, true},
        {"\x80", 1, false},
        {"\xbf", 1, false},
        {"\xc0\x80", 1, false},
        {"\xc1\xbf", 1, false},
        {"\xc2", 1, false},
        {"\xc2z", 1, false},
        {"\xe0\x9f\xbf", 1, false},
        {"\xe1\x80z", 2, false},
        {"\xed\xa0\x80", 1, false},
        {"\xf0\x8f\xbf\xbf", 1, false},
        {"\xf1\x80\x80z", 3, false},
        {"\xf1\x80\xc2\x80", 2, false},
        {"\xf4\x90\x80\x80", 1, false},
        {"\xf5\x80\x80\x80", 1, false},
        {"\xff", 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool valid;
        size_t length = ndup_utf8_measure(cases[i].bytes, strlen(cases[i].bytes), &valid), characters;
        cr_assert_eq(length, cases[i].length, "case %zu: %zu", i, length);
        cr_assert_eq(valid, cases[i].valid, "case %zu", i);
        /* The same by the pass over many, with plain bytes around. */
        char text[64] = "0123456789abcdefghi";
        strcpy(text + 19, cases[i].bytes);
        strcat(text, "0123456789abcdefgh");
        size_t passed = ndup_utf8_pass(text, 19 + cases[i].length, &characters);
        cr_assert_eq(passed, cases[i].valid ? 19 + length : 19, "case %zu: %zu", i, passed);
        cr_assert_eq(characters, cases[i].valid ? 20 : 19, "case %zu: %zu", i, characters);
    }
}
