/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/limit.h"

#include "term/number.h"

#include <stdio.h>
#include <string.h>

/* Above any limit by less than this share is the rounding of its decimals. */
#define ROUNDING 1e-15L

static bool parse_percent(const char *text, size_t length, struct ndup_limit *limit)
{
    char digits[32];
    double value;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    /* Digits and one point: what a number parser takes besides (1e2, inf, 0x1p3) is a slip here. */
    if (strspn(digits, "0123456789.") != length || !ndup_number_parse_real(digits, &value) || value > 100)
        return false;
    *limit = (struct ndup_limit){true, true, value};
    return true;
}

bool ndup_limit_parse(const char *text, struct ndup_limit *limit)
{
    uint64_t amount;
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '%')
        return parse_percent(text, length - 1, limit);
    if (!ndup_number_parse_count(text, &amount) || amount > (uint64_t)1 << 53)
        return false;
    *limit = (struct ndup_limit){true, false, (double)amount};
    return true;
}

bool ndup_limit_exceeded(const struct ndup_limit *limit, uint64_t part, uint64_t whole)
{
    if (!limit->given)
        return false;
    if (!limit->percent)
        return (long double)part > (long double)limit->value;
    return (long double)part * 100 > (long double)limit->value * (long double)whole * (1 + ROUNDING);
}

struct ndup_limit_text ndup_limit_show(const struct ndup_limit *limit)
{
    struct ndup_limit_text out;
    if (limit->percent)
        snprintf(out.text, sizeof out.text, "%.10g %%", limit->value);
    else
        snprintf(out.text, sizeof out.text, "%s", ndup_number_group((uint64_t)limit->value).text);
    return out;
}
