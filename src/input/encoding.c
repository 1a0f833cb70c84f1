/* SPDX-License-Identifier: MIT
 * Decoding with iconv of the C library, which knows every encoding that people still have. Encodings of single bytes go
 * through a table made with it: ten times faster, and each byte is decoded alone, where iconv composes letters with the accents
 * after them (Vietnamese, Hebrew). */
#include "base/platform.h"

#include "input/encoding.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8_check.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WRONG '\xff' /* in the text, in place of bytes that are not a character */

/* UTF-8 of one character; of a few old encodings, up to three. */
#define CHARACTER_MAX 12

struct ndup_decoder {
    char name[32];
    iconv_t handle;  /* (iconv_t)-1: the table is enough */
    unsigned width;  /* bytes of an ASCII character: 1, 2 or 4 */
    bool big_endian; /* if it is more than 1 */
    bool has_table;
    struct {
        unsigned char length;
        char bytes[CHARACTER_MAX];
    } table[256];
};

/* ---- names ---- */

const char *ndup_encoding_of_mark(const char *bytes, size_t length)
{
    if (length >= 4 && memcmp(bytes, "\xff\xfe\0\0", 4) == 0)
        return "UTF-32LE";
    if (length >= 4 && memcmp(bytes, "\0\0\xfe\xff", 4) == 0)
        return "UTF-32BE";
    if (length >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0)
        return "UTF-16LE";
    if (length >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0)
        return "UTF-16BE";
    return NULL;
}

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcasecmp(name, *names) != 0)
        names++;
    return *names != NULL;
}

bool ndup_encoding_is_utf8(const char *name)
{
    static const char *const names[] = {"UTF-8", "UTF8", "ASCII", "US-ASCII", NULL};
    return name == NULL || is_one_of(name, names);
}

/* In Shift-JIS by its letter, 5C is a yen sign. Everybody means the one of Windows, where it is a backslash, as browsers do. */
static const char *real_name(const char *name)
{
    static const char *const names[] = {"SHIFT_JIS", "SHIFT-JIS", "SHIFTJIS", "SJIS", "MS_KANJI", NULL};
    return is_one_of(name, names) ? "CP932" : name;
}

static neardup_status fail_name(const char *name, const char *why, neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_ARG, "invalid encoding '%.40s': %s", name, why);
}

/* ---- a decoder ---- */

/* The text in the encoding: its length, or 0. */
static size_t encode(iconv_t handle, const char *text, char *to, size_t room)
{
    char *in = (char *)(uintptr_t)text, *out = to;
    size_t left = strlen(text);
    (void)iconv(handle, NULL, NULL, NULL, NULL);
    if (iconv(handle, &in, &left, &out, &room) != 0 || iconv(handle, NULL, NULL, &out, &room) == (size_t)-1)
        return 0;
    return (size_t)(out - to);
}

/* Two equal characters are twice the bytes of one unless they are put in brackets, or a mark is put before them. */
static bool is_stateless(iconv_t handle)
{
    static const char *const letters[] = {"\xe3\x81\x82", "\xe4\xb8\xad", "\xea\xb0\x80", "\xd0\xb6", "\xc3\xa9",
                                          "\xd7\x90",     "\xe0\xb8\x81", "\xd8\xa7",     "A"};
    char pair[16], one[64], two[64];
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        size_t n = encode(handle, letters[i], one, sizeof one);
        snprintf(pair, sizeof pair, "%s%s", letters[i], letters[i]);
        if (n > 0)
            return encode(handle, pair, two, sizeof two) == 2 * n && memcmp(two, one, n) == 0 &&
                   memcmp(two + n, one, n) == 0;
    }
    return false;
}

static bool has_ascii(struct ndup_decoder *d, iconv_t to_it)
{
    char bytes[16];
    size_t n = encode(to_it, "A", bytes, sizeof bytes);
    if (n != 1 && n != 2 && n != 4)
        return false;
    d->width = (unsigned)n;
    d->big_endian = n > 1 && bytes[0] == '\0';
    for (char c = '\t'; c < 0x7f; c = c == '\t' ? '\n' : c == '\n' ? '\r' : c == '\r' ? ' ' : (char)(c + 1)) {
        const char text[2] = {c, '\0'};
        if (encode(to_it, text, bytes, sizeof bytes) != n || bytes[d->big_endian ? n - 1 : 0] != c)
            return false;
    }
    return true;
}

/* Whether every byte is a character or wrong, whatever comes after it. */
static bool fill_table(struct ndup_decoder *d)
{
    for (unsigned c = 0; c < 256; c++) {
        char byte = (char)c, *in = &byte, *out = d->table[c].bytes;
        size_t left = 1, room = CHARACTER_MAX;
        (void)iconv(d->handle, NULL, NULL, NULL, NULL);
        bool good = iconv(d->handle, &in, &left, &out, &room) != (size_t)-1 &&
                    iconv(d->handle, NULL, NULL, &out, &room) != (size_t)-1 && left == 0;
        if (!good && errno == EINVAL)
            return false;
        d->table[c].length = good ? (unsigned char)(CHARACTER_MAX - room) : 1;
        if (!good || d->table[c].length == 0) {
            d->table[c].bytes[0] = WRONG;
            d->table[c].length = 1;
        }
    }
    return true;
}

/* While it looks for its modules, the C library takes refused memory for an encoding that it does not know, and then a page would be
 * read in another one. So we ask twice. */
static iconv_t open_conversion(const char *to, const char *from)
{
    iconv_t handle = iconv_open(to, from);
    return handle == (iconv_t)-1 && errno != ENOMEM ? iconv_open(to, from) : handle;
}

static neardup_status fill_decoder(struct ndup_decoder *d, const char *name, iconv_t to_it, neardup_error *err)
{
    if (to_it == (iconv_t)-1)
        return fail_name(name, "the C library does not know it (iconv -l lists those that it knows)", err);
    if (!has_ascii(d, to_it))
        return fail_name(name, "its digits and line ends are not those of ASCII", err);
    if (!is_stateless(to_it))
        return fail_name(name, "the meaning of its bytes depends on what came before; convert the file with iconv",
                         err);
    d->handle = open_conversion("UTF-8", real_name(name));
    if (d->handle == (iconv_t)-1 && errno == ENOMEM)
        return ndup_fail_nomem(err);
    if (d->handle == (iconv_t)-1)
        return fail_name(name, "the C library does not know it (iconv -l lists those that it knows)", err);
    d->has_table = d->width == 1 && fill_table(d);
    return NEARDUP_OK;
}

neardup_status ndup_decoder_create(struct ndup_decoder **out, const char *name, neardup_error *err)
{
    static const char *const unordered[] = {"UTF-16", "UTF16",   "UTF-32", "UTF32", "UCS-2",
                                            "UCS2",   "UNICODE", "UCS-4",  "UCS4",  NULL};
    *out = NULL;
    if (name[0] == '\0' || strlen(name) >= sizeof(*out)->name || strchr(name, '/') != NULL)
        return fail_name(name, "the C library does not know it (iconv -l lists those that it knows)", err);
    if (is_one_of(name, unordered))
        return fail_name(name, "files with a byte order mark are recognised; for others use UTF-16LE or UTF-16BE", err);
    struct ndup_decoder *d = ndup_calloc(1, sizeof *d);
    if (d == NULL)
        return ndup_fail_nomem(err);
    d->handle = (iconv_t)-1;
    memcpy(d->name, name, strlen(name) + 1);
    iconv_t to_it = open_conversion(real_name(name), "UTF-8");
    bool refused = to_it == (iconv_t)-1 && errno == ENOMEM;
    neardup_status st = refused ? ndup_fail_nomem(err) : fill_decoder(d, name, to_it, err);
    if (to_it != (iconv_t)-1)
        iconv_close(to_it);
    if (st != NEARDUP_OK) {
        ndup_decoder_destroy(d);
        return st;
    }
    *out = d;
    return NEARDUP_OK;
}

void ndup_decoder_destroy(struct ndup_decoder *d)
{
    if (d == NULL)
        return;
    if (d->handle != (iconv_t)-1)
        iconv_close(d->handle);
    free(d);
}

const char *ndup_decoder_name(const struct ndup_decoder *decoder)
{
    return decoder->name;
}

neardup_status ndup_encoding_check(const char *name, neardup_error *err)
{
    struct ndup_decoder *decoder;
    if (ndup_encoding_is_utf8(name))
        return NEARDUP_OK;
    NDUP_TRY(ndup_decoder_create(&decoder, name, err));
    ndup_decoder_destroy(decoder);
    return NEARDUP_OK;
}

/* Characters beyond ASCII that must be there. One is enough where the encoding has one byte per character: Latin-1 or cp1251
 * text is not UTF-8 by chance. Of random pairs of GBK one in twenty is: eight in a row are not. Nor are those of UTF-16. */
#define CONVERTED_LEAST 8u

/* Bytes of a file in ASCII that is not UTF-16: there, spaces, line ends and letters of Europe have NUL bytes, and the two bytes
 * of a Chinese character are both ASCII in one of three. */
#define ASCII_LEAST 64u

bool ndup_encoding_is_converted(const struct ndup_decoder *d, const char *bytes, size_t length)
{
    size_t characters, good = ndup_utf8_pass(bytes, length, &characters), tails = 0, beyond = 0;
    if (length - good >= 4)
        return false;
    for (size_t i = 0; i < good; i++) {
        tails += ((unsigned char)bytes[i] & 0xc0) == 0x80;
        beyond += ((unsigned char)bytes[i] & 0xc0) == 0xc0;
    }
    if (d->width > 1 && tails == 0)
        return length >= ASCII_LEAST && memchr(bytes, '\0', length) == NULL;
    return tails > 0 && beyond >= (d->has_table ? 1 : CONVERTED_LEAST);
}

/* ---- decoding ---- */

static size_t run_table(const struct ndup_decoder *d, const char *bytes, size_t length, size_t most,
                        struct ndup_buf *to)
{
    char *out = to->data + to->len;
    size_t used = 0;
    for (; used < length; used++) {
        unsigned char c = (unsigned char)bytes[used];
        size_t n = d->table[c].length;
        if (n > most)
            break;
        memcpy(out, d->table[c].bytes, CHARACTER_MAX);
        out += n;
        most -= n;
    }
    to->len = (size_t)(out - to->data);
    return used;
}

bool ndup_decoder_run(struct ndup_decoder *d, const char *bytes, size_t length, bool last, size_t most,
                      struct ndup_buf *to, size_t *used)
{
    size_t room = length * CHARACTER_MAX / d->width + CHARACTER_MAX;
    *used = 0;
    if (!ndup_buf_reserve(to, room + CHARACTER_MAX))
        return false;
    if (d->has_table) {
        *used = run_table(d, bytes, length, most, to);
        return true;
    }
    room = most < room ? most : room;
    char *in = (char *)(uintptr_t)bytes, *out = to->data + to->len;
    size_t left = length;
    (void)iconv(d->handle, NULL, NULL, NULL, NULL);
    while (left > 0) {
        if (iconv(d->handle, &in, &left, &out, &room) != (size_t)-1)
            continue;
        if (errno == E2BIG || (errno == EINVAL && !last) || room == 0)
            break;
        /* Bytes that are not a character, or the beginning of one at the very end. */
        size_t wrong = left < d->width ? left : d->width;
        (void)iconv(d->handle, NULL, NULL, &out, &room);
        if (room == 0)
            break;
        *out++ = WRONG;
        room--;
        in += wrong;
        left -= wrong;
    }
    (void)iconv(d->handle, NULL, NULL, &out, &room);
    to->len = (size_t)(out - to->data);
    *used = length - left;
    return true;
}

void ndup_decoder_encode(const struct ndup_decoder *d, const char *text, size_t length, struct ndup_buf *to)
{
    for (size_t i = 0; i < length; i++) {
        char bytes[4] = {0};
        bytes[d->big_endian ? d->width - 1 : 0] = text[i];
        ndup_buf_append(to, bytes, d->width);
    }
}

/* ---- blocks ---- */

void ndup_encoded_free(struct ndup_encoded *encoded)
{
    if (encoded == NULL)
        return;
    free(encoded->blocks);
    free(encoded);
}

bool ndup_encoded_add(struct ndup_encoded *e, size_t stored, size_t text)
{
    if (!ndup_grow(&e->blocks, &e->capacity, e->count + 1, sizeof *e->blocks))
        return false;
    e->blocks[e->count++] = (struct ndup_encoded_block){e->stored, e->text};
    e->stored += stored;
    e->text += text;
    return true;
}

size_t ndup_encoded_find(const struct ndup_encoded *e, uint64_t text)
{
    size_t low = 0, high = e->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (e->blocks[middle].text <= text)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct ndup_encoded_block ndup_encoded_end(const struct ndup_encoded *e, size_t block)
{
    return block + 1 < e->count ? e->blocks[block + 1] : (struct ndup_encoded_block){e->stored, e->text};
}
