/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/buf.h"
#include "term/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of digits, at most one point and an optional exponent; 0 if the text does not begin with a number. strtod
 * alone would also accept "inf", "nan", hexadecimal and leading spaces. */
static size_t number_length(const char *text, bool exponent)
{
    size_t i = 0;
    size_t digits = 0;
    for (; is_digit(text[i]); i++)
        digits++;
    if (text[i] == '.') {
        for (i++; is_digit(text[i]); i++)
            digits++;
    }
    if (digits == 0)
        return 0;
    if (exponent && (text[i] == 'e' || text[i] == 'E')) {
        size_t e = i + 1;
        if (text[e] == '-' || text[e] == '+')
            e++;
        if (is_digit(text[e])) {
            while (is_digit(text[e]))
                e++;
            i = e;
        }
    }
    return i;
}

bool ndup_number_parse_real(const char *text, double *value)
{
    const char *digits = *text == '-' ? text + 1 : text;
    size_t length = number_length(digits, true);
    if (length == 0 || digits[length] != '\0')
        return false;
    double parsed = strtod(text, NULL);
    if (!isfinite(parsed))
        return false;
    *value = parsed;
    return true;
}

/* Digits and an optional fraction times the multiplier of the suffix; the result must fit. */
static bool parse_scaled(const char *text, size_t length, uint64_t multiplier, uint64_t *value)
{
    uint64_t whole = 0;
    size_t i = 0;
    for (; i < length && is_digit(text[i]); i++) {
        if (__builtin_mul_overflow(whole, 10u, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(text[i] - '0'), &whole))
            return false;
    }
    if (__builtin_mul_overflow(whole, multiplier, &whole))
        return false;
    if (i < length) {
        char fraction[32] = "0";
        size_t kept = length - i < sizeof fraction - 2 ? length - i : sizeof fraction - 2;
        memcpy(fraction + 1, text + i, kept);
        double part = strtod(fraction, NULL) * (double)multiplier;
        if (multiplier == 1 && part > 0)
            return false; /* half a document */
        if (__builtin_add_overflow(whole, (uint64_t)part, &whole))
            return false;
    }
    *value = whole;
    return true;
}

static bool power_of(char letter, uint64_t base, uint64_t *multiplier)
{
    static const char letters[] = "kmgt";
    char lower = (char)(letter | 0x20);
    const char *found = lower == '\0' ? NULL : strchr(letters, lower);
    if (found == NULL)
        return false;
    *multiplier = 1;
    for (const char *p = letters; p <= found; p++)
        *multiplier *= base;
    return true;
}

bool ndup_number_parse_count(const char *text, uint64_t *value)
{
    size_t length = number_length(text, false);
    const char *suffix = text + length;
    uint64_t multiplier = 1;
    if (length == 0)
        return false;
    if (*suffix != '\0' && (!power_of(suffix[0], 1000, &multiplier) || suffix[1] != '\0'))
        return false;
    return parse_scaled(text, length, multiplier, value);
}

bool ndup_number_parse_size(const char *text, uint64_t *value)
{
    size_t length = number_length(text, false);
    const char *suffix = text + length;
    uint64_t multiplier = 1;
    if (length == 0)
        return false;
    if (*suffix != '\0' && strcasecmp(suffix, "b") != 0) {
        bool decimal = strcasecmp(suffix + 1, "b") == 0;
        if (!decimal && suffix[1] != '\0' && strcasecmp(suffix + 1, "ib") != 0)
            return false;
        if (!power_of(suffix[0], decimal ? 1000 : 1024, &multiplier))
            return false;
    }
    return parse_scaled(text, length, multiplier, value);
}

bool ndup_number_parse_seed(const char *text, uint64_t *value)
{
    bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hexadecimal ? text + 2 : text;
    if (*digits == '\0' || digits[strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789")] != '\0')
        return false;
    errno = 0;
    unsigned long long parsed = strtoull(digits, NULL, hexadecimal ? 16 : 10);
    if (errno != 0)
        return false;
    *value = parsed;
    return true;
}

struct ndup_number ndup_number_group(uint64_t number)
{
    struct ndup_number out;
    _Static_assert(sizeof out.text >= NDUP_COUNT_BYTES, "there is room for the largest number");
    ndup_count_text(out.text, number);
    return out;
}

/* Three significant digits: 9.99, 99.9, 999; the next unit before 1000 would be printed. */
static struct ndup_number scaled(double value, double base, const char *const *units, size_t unit_count)
{
    struct ndup_number out;
    size_t unit = 0;
    while (value >= (base < 1024 ? 999.5 : 1023.5) && unit + 1 < unit_count) {
        value /= base;
        unit++;
    }
    int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(out.text, sizeof out.text, "%.*f %s", decimals, value, units[unit]);
    return out;
}

struct ndup_number ndup_number_bytes(uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    return scaled((double)bytes, 1000, units, sizeof units / sizeof *units);
}

struct ndup_number ndup_number_memory(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    return scaled((double)bytes, 1024, units, sizeof units / sizeof *units);
}

struct ndup_number ndup_number_rate(uint64_t bytes, double seconds)
{
    struct ndup_number out = {"-"};
    if (seconds > 0) {
        double rate = (double)bytes / seconds / 1e6;
        snprintf(out.text, sizeof out.text, "%.*f MB/s", rate >= 99.95 ? 0 : 1, rate);
    }
    return out;
}

struct ndup_number ndup_number_seconds(double seconds)
{
    struct ndup_number out;
    if (!(seconds > 0))
        seconds = 0;
    if (seconds < 59.95) {
        snprintf(out.text, sizeof out.text, "%.*f s", seconds < 9.995 ? 2 : 1, seconds);
        return out;
    }
    double rounded = floor(seconds + 0.5);
    uint64_t whole = rounded < 1e15 ? (uint64_t)rounded : UINT64_C(1000000000000000);
    if (whole < 3600)
        snprintf(out.text, sizeof out.text, "%u min %02u s", (unsigned)(whole / 60), (unsigned)(whole % 60));
    else
        snprintf(out.text, sizeof out.text, "%llu h %02u min", (unsigned long long)(whole / 3600),
                 (unsigned)(whole % 3600 / 60));
    return out;
}

struct ndup_number ndup_number_percent(uint64_t part, uint64_t whole)
{
    struct ndup_number out;
    double share = whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
    snprintf(out.text, sizeof out.text, "%.1f %%", share);
    return out;
}

/* Fixed decimals of a score in millionths or thousandths, never above the score. It compares the number that a reader
 * would parse from the text. */
static struct ndup_number floored(double score, unsigned long long unit, int decimals)
{
    struct ndup_number out;
    if (!(score > 0))
        score = 0;
    unsigned long long units = (unsigned long long)llround(score * (double)unit);
    snprintf(out.text, sizeof out.text, "%llu.%0*llu", units / unit, decimals, units % unit);
    if (units > 0 && strtod(out.text, NULL) > score) {
        units--;
        snprintf(out.text, sizeof out.text, "%llu.%0*llu", units / unit, decimals, units % unit);
    }
    return out;
}

struct ndup_number ndup_number_score(double score)
{
    struct ndup_number out = floored(score, 1000000, 6);
    size_t length = strlen(out.text);
    while (out.text[length - 1] == '0')
        length--;
    if (out.text[length - 1] == '.')
        length--;
    out.text[length] = '\0';
    return out;
}

struct ndup_number ndup_number_short_score(double score)
{
    return floored(score, 1000, 3);
}
