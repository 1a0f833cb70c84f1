/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/keep_key.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

enum key_kind { NUMBER = 1, STRING = 2 };

/* By how much the integer is more than the double next to it; 0 if it is not an integer of 64 bits. */
static int rest_of_integer(const char *text, double value)
{
    bool negative = text[0] == '-';
    const char *digits = text + negative;
    char *end;
    errno = 0;
    unsigned long long exact = strtoull(digits, &end, 10);
    if (errno != 0 || *end != '\0')
        return 0;
    double size = negative ? -value : value;
    /* 2^64 is not a uint64_t: it is 0, and the difference is right again modulo 2^64. */
    uint64_t rounded = size < 0x1p64 ? (uint64_t)size : 0;
    int rest = (int)(int64_t)(exact - rounded);
    return negative ? -rest : rest;
}

static void put_number(const char *text, locale_t c_locale, char *key)
{
    double value = strtod_l(text, NULL, c_locale);
    if (value == 0)
        value = 0; /* -0 is 0 */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
    for (int i = 0; i < 8; i++)
        key[i] = (char)(bits >> (56 - 8 * i));
    unsigned rest = (unsigned)(0x8000 + rest_of_integer(text, value)); /* at most 1024 either way */
    key[8] = (char)(rest >> 8);
    key[9] = (char)(rest & 0xFF);
}

void ndup_keep_key(const char *raw, size_t length, locale_t c_locale, char key[NDUP_KEEP_KEY])
{
    memset(key, 0, NDUP_KEEP_KEY);
    if (raw == NULL || length == 0)
        return;
    if (raw[0] == '"') {
        size_t n = length >= 2 ? length - 2 : 0;
        key[0] = STRING;
        memcpy(key + 1, raw + 1, n < NDUP_KEEP_KEY - 1 ? n : NDUP_KEEP_KEY - 1);
        return;
    }
    char text[512];
    size_t n = length < sizeof text - 1 ? length : sizeof text - 1;
    memcpy(text, raw, n);
    text[n] = '\0';
    key[0] = NUMBER;
    put_number(text, c_locale, key + 1);
}

void ndup_keep_key_of_text(const char *text, size_t length, char key[NDUP_KEEP_KEY])
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, length, (const uint8_t *)text);
    memset(key, 0, NDUP_KEEP_KEY);
    key[0] = 1;
    sha256_digest(&sha, NDUP_KEEP_KEY - 1, (uint8_t *)key + 1);
}
