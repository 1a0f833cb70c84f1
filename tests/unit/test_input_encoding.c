/* SPDX-License-Identifier: MIT
 * Decoding: what bytes mean, bytes that are not a character, and where blocks and limits end. */
#include "base/platform.h"

#include "input/encoding.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_decoder *decoder_of(const char *name)
{
    struct ndup_decoder *d;
    neardup_error err;
    cr_assert_eq(ndup_decoder_create(&d, name, &err), NEARDUP_OK, "%s", err.message);
    return d;
}

static char shown[200];

/* "text/used" of a call. */
static const char *run(const char *name, const char *bytes, size_t length, bool last, size_t most)
{
    struct ndup_decoder *d = decoder_of(name);
    struct ndup_buf text = NDUP_BUF_INIT;
    size_t used;
    cr_assert(ndup_decoder_run(d, bytes, length, last, most, &text, &used));
    snprintf(shown, sizeof shown, "%.*s/%zu", (int)text.len, text.len > 0 ? text.data : "", used);
    ndup_buf_free(&text);
    ndup_decoder_destroy(d);
    return shown;
}

#define RUN(name, bytes) run(name, bytes, sizeof(bytes) - 1, true, SIZE_MAX)

Test(encoding, characters)
{
    cr_assert_str_eq(RUN("CP1251", "\xcf\xf0\xe8\n"), "При\n/4");
    cr_assert_str_eq(RUN("KOI8-R", "\xf0\xd2\xc9\n"), "При\n/4");
    cr_assert_str_eq(RUN("CP1252", "caf\xe9 \x80"), "café €/6");
    cr_assert_str_eq(RUN("Shift_JIS", "\x95\x5c\\"), "表\\/3");
    cr_assert_str_eq(RUN("GB18030", "\xd6\xd0\x95\x32\x82\x36"), "中𠀀/6");
    cr_assert_str_eq(RUN("UTF-16LE", "a\0\x2d\x4e\x40\xd8\0\xdc"), "a中𠀀/8");
    cr_assert_str_eq(RUN("UTF-32BE", "\0\0\0a\0\2\0\0"), "a𠀀/8");
    /* Accents are not composed with letters: every byte is decoded alone. */
    cr_assert_str_eq(RUN("CP1258", "e\xec"), "e\xcc\x81/2");
}

/* FF for bytes that are not a character, and the rest goes on. */
Test(encoding, wrong_bytes)
{
    cr_assert_str_eq(RUN("CP1252", "a\x81"
                                   "b"),
                     "a\xff"
                     "b/3");
    cr_assert_str_eq(RUN("EUC-JP", "a\xb0\n"), "a\xff\n/3");
    cr_assert_str_eq(RUN("EUC-JP", "a\xb0"), "a\xff/2");
    cr_assert_str_eq(RUN("UTF-16LE", "\0\xdc"
                                     "a\0b"),
                     "\xff"
                     "a\xff/5");
}

Test(encoding, ends_of_blocks)
{
    cr_assert_str_eq(run("EUC-JP", "a\xb0\xa1\xb0", 4, false, SIZE_MAX), "a亜/3");
    cr_assert_str_eq(run("UTF-16LE", "a\0\x40\xd8", 4, false, SIZE_MAX), "a/2");
    cr_assert_str_eq(run("UTF-16LE", "a\0b", 3, false, SIZE_MAX), "a/2");
    cr_assert_str_eq(run("CP1251", "\xcf\xf0", 2, false, SIZE_MAX), "Пр/2");
    cr_assert_str_eq(run("CP1251", "", 0, true, SIZE_MAX), "/0");
}

/* Places of the text are found by decoding up to them. */
Test(encoding, limits)
{
    cr_assert_str_eq(run("CP1251", "\xcf\xf0\xe8", 3, true, 4), "Пр/2");
    cr_assert_str_eq(run("CP1251", "\xcf\xf0\xe8", 3, true, 3), "П/1");
    cr_assert_str_eq(run("EUC-JP", "a\xb0\xa1\xb0\xa1", 5, true, 4), "a亜/3");
    cr_assert_str_eq(run("EUC-JP", "a\xb0\nb", 4, true, 2), "a\xff/2");
    cr_assert_str_eq(run("UTF-16BE", "\0a\x4e\x2d\0b", 6, true, 4), "a中/4");
    cr_assert_str_eq(run("UTF-16BE", "\0a", 2, true, 0), "/0");
}

Test(encoding, names)
{
    static const char *const good[] = {"UTF-8", "latin1", "CP1250",   "EUC-KR", "BIG5",
                                       "GBK",   "sjis",   "UTF-16BE", "ASCII"};
    static const char *const bad[] = {"",
                                      "nosuch",
                                      "UTF-16",
                                      "utf-32",
                                      "UTF-7",
                                      "ISO-2022-JP",
                                      "EBCDIC-US",
                                      "UTF-16LE//IGNORE",
                                      "a very long name that is not one of an encoding"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert_eq(ndup_encoding_check(good[i], NULL), NEARDUP_OK, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(ndup_encoding_check(bad[i], NULL), NEARDUP_E_ARG, "%s", bad[i]);
    cr_assert_null(ndup_encoding_of_mark("\xef\xbb\xbf", 3));
    cr_assert_str_eq(ndup_encoding_of_mark("\xff\xfe"
                                           "a\0",
                                           4),
                     "UTF-16LE");
    cr_assert_str_eq(ndup_encoding_of_mark("\xff\xfe\0\0", 4), "UTF-32LE");
    cr_assert_str_eq(ndup_encoding_of_mark("\xfe\xff", 2), "UTF-16BE");
}

Test(encoding, converted_files)
{
    struct ndup_decoder *single = decoder_of("CP1251"), *several = decoder_of("GBK");
    cr_assert(ndup_encoding_is_converted(single, "При", 6));
    cr_assert(ndup_encoding_is_converted(single, "При\xd0", 7), "cut off");
    cr_assert_not(ndup_encoding_is_converted(single, "abc", 3));
    cr_assert_not(ndup_encoding_is_converted(single, "\xcf\xf0\xe8\xe2\xe5\xf2", 6));
    cr_assert_not(ndup_encoding_is_converted(several, "中文", 6));
    cr_assert(ndup_encoding_is_converted(several, "中文中文中文中文", 24));
    ndup_decoder_destroy(single);
    ndup_decoder_destroy(several);
}

/* Read as UTF-16, it would be Chinese that nobody wrote. */
Test(encoding, converted_files_among_wide_ones)
{
    static const char ascii[] = "A file of ASCII that is long enough not to be Chinese by chance.\n";
    char wide[2 * sizeof ascii] = {0};
    struct ndup_decoder *d = decoder_of("UTF-16LE");
    for (size_t i = 0; i < sizeof ascii - 1; i++)
        wide[2 * i] = ascii[i];
    cr_assert(ndup_encoding_is_converted(d, "Привет всем", 21));
    cr_assert(ndup_encoding_is_converted(d, ascii, sizeof ascii - 1));
    cr_assert_not(ndup_encoding_is_converted(d, wide, 2 * sizeof ascii - 2));
    cr_assert_not(ndup_encoding_is_converted(d, "-N\x87\x65", 4), "U+4E2D U+6587");
    cr_assert_not(ndup_encoding_is_converted(d, "-N-N", 4), "U+4E2D U+4E2D");
    ndup_decoder_destroy(d);
}

Test(encoding, ascii)
{
    struct ndup_decoder *d = decoder_of("UTF-32BE");
    struct ndup_buf to = NDUP_BUF_INIT;
    ndup_decoder_encode(d, "\"\n", 2, &to);
    cr_assert_eq(to.len, 8);
    cr_assert_eq(memcmp(to.data, "\0\0\0\"\0\0\0\n", 8), 0);
    ndup_buf_free(&to);
    ndup_decoder_destroy(d);
}

Test(encoding, blocks)
{
    struct ndup_encoded e = {.count = 0};
    cr_assert(ndup_encoded_add(&e, 10, 20));
    cr_assert(ndup_encoded_add(&e, 5, 5));
    cr_assert(ndup_encoded_add(&e, 1, 3));
    cr_assert_eq(ndup_encoded_find(&e, 0), 0);
    cr_assert_eq(ndup_encoded_find(&e, 19), 0);
    cr_assert_eq(ndup_encoded_find(&e, 20), 1);
    cr_assert_eq(ndup_encoded_find(&e, 27), 2);
    cr_assert_eq(ndup_encoded_find(&e, 100), 2);
    cr_assert_eq(ndup_encoded_end(&e, 0).stored, 10);
    cr_assert_eq(ndup_encoded_end(&e, 2).text, 28);
    cr_assert_eq(e.stored, 16);
    free(e.blocks);
}
