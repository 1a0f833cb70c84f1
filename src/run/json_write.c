/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/json_write.h"

#include "base/utf8_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_escape(struct ndup_buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof names; i += 2) {
        if ((unsigned char)names[i] == c) {
            char text[2] = {'\\', names[i + 1]};
            ndup_buf_append(buf, text, sizeof text);
            return;
        }
    }
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    ndup_buf_append(buf, text, sizeof text);
}

void ndup_json_write_string(struct ndup_buf *buf, const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    size_t begin = 0, i = 0; /* begin..i is ready to be copied */
    ndup_buf_append(buf, "\"", 1);
    while (i < length) {
        bool valid;
        size_t n = ndup_utf8_measure(bytes + i, length - i, &valid);
        if (valid && (n > 1 || (at[i] >= 0x20 && at[i] != '"' && at[i] != '\\'))) {
            i += n;
            continue;
        }
        if (i > begin)
            ndup_buf_append(buf, bytes + begin, i - begin);
        if (valid)
            write_escape(buf, at[i]);
        else
            ndup_buf_append(buf, "\xEF\xBF\xBD", 3);
        i += n;
        begin = i;
    }
    if (i > begin)
        ndup_buf_append(buf, bytes + begin, i - begin);
    ndup_buf_append(buf, "\"", 1);
}

void ndup_json_write_u64(struct ndup_buf *buf, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    ndup_buf_append(buf, digits + at, sizeof digits - at);
}

/* With a point, whatever the locale has there. */
static void append_point(struct ndup_buf *buf, char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr("0123456789+-e", *at) != NULL)
            *to++ = *at;
        else if (to > text && to[-1] != '.')
            *to++ = '.';
    }
    ndup_buf_append(buf, text, (size_t)(to - text));
}

void ndup_json_write_double(struct ndup_buf *buf, double number)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    append_point(buf, text);
}

void ndup_json_write_fixed(struct ndup_buf *buf, double number, int decimals)
{
    char text[64];
    number = fmin(fmax(number, -1e30), 1e30);
    snprintf(text, sizeof text, "%.*f", decimals < 20 ? decimals : 20, number);
    append_point(buf, text);
}

/* The largest number of millionths that, read back as a double, is not above the score. A plain floor of the product
 * would make 0.912999 of some scores that are 913/1000. */
static uint64_t millionths(double score)
{
    double scaled = floor(score * 1e6);
    while (scaled > 0 && scaled / 1e6 > score)
        scaled -= 1;
    if ((scaled + 1) / 1e6 <= score)
        scaled += 1;
    return (uint64_t)scaled;
}

void ndup_json_write_score(struct ndup_buf *buf, double score)
{
    if (!(score > 0))
        score = 0;
    if (score > 1e9)
        score = 1e9;
    uint64_t value = millionths(score);
    ndup_json_write_u64(buf, value / 1000000);
    uint64_t rest = value % 1000000;
    if (rest == 0)
        return;
    char text[7] = ".000000";
    size_t length = sizeof text;
    for (size_t i = 6; i >= 1; i--, rest /= 10)
        text[i] = (char)('0' + rest % 10);
    while (text[length - 1] == '0')
        length--;
    ndup_buf_append(buf, text, length);
}
