/* SPDX-License-Identifier: MIT
 * A character is shown as it is only if wcwidth knows a width for it, and if it does not reorder or hide the text
 * around it (a short list). Everything else is escaped: a list of what is dangerous alone would miss what the next
 * terminal understands. */
#include "base/platform.h"

#include "term/safe.h"
#include "base/utf8_check.h"
#include "term/term.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Well-formed as in table 3-7 of the Unicode standard. */
size_t ndup_safe_decode(const char *text, size_t length, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char lead = bytes[0];
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || n > length)
        return 0;
    uint32_t value = lead & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3fu);
    }
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < smallest[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return n;
}

/* Hidden, and no control character: wcwidth calls some of them printable. */
static bool is_invisible(uint32_t code)
{
    return code >= 0xa0 && ndup_utf8_is_hidden(code);
}

/* Embeddings, overrides and isolates. They are never dropped: the reader must know that the text looked different. */
static bool turns_direction(uint32_t code)
{
    return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 || code == 0xa0 || code == 0x3000 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f ||
           code == 0x205f;
}

/* ---- workflow commands, which GitHub reads in a log -------------------------------------------------------------- */

static bool in_workflow(void)
{
    const char *set = getenv("GITHUB_ACTIONS");
    return set != NULL && *set != '\0';
}

/* Whether the next character would complete a command. "::" is one at the beginning of a line, after any spaces;
 * "##[" is one anywhere. Characters of no width do not separate others, because programs that compare by language
 * ignore them. */
static bool would_complete(struct ndup_safe_line *line, uint32_t code)
{
    if (code >= 0x80 && wcwidth((wchar_t)code) == 0)
        return false;
    bool command = (code == ':' && line->colon) || (code == '[' && line->hashes == 2);
    line->colon = code == ':' && !line->begun;
    line->begun = line->begun || !is_space(code);
    line->hashes = code != '#' ? 0 : line->hashes < 2 ? line->hashes + 1 : 2;
    return command;
}

static bool completes_command(struct ndup_safe_line *line, uint32_t code)
{
    return would_complete(line, code) && in_workflow();
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static void append_control(struct ndup_buf *buf, unsigned char byte)
{
    if (byte == '\n')
        ndup_buf_append_str(buf, "\\n");
    else if (byte == '\r')
        ndup_buf_append_str(buf, "\\r");
    else if (byte == '\t')
        ndup_buf_append_str(buf, "\\t");
    else
        ndup_buf_printf(buf, "\\x%02x", byte);
}

static bool is_control(size_t n, uint32_t code)
{
    return n == 0 || code < 0x20 || code == 0x7f;
}

/* The character that is shown for one in a text, or the first of its escape. */
static uint32_t shown_as(size_t n, uint32_t code, bool utf8)
{
    if (is_control(n, code))
        return '\\';
    if (code < 0x80)
        return code;
    if (!utf8)
        return '?';
    return is_invisible(code) || wcwidth((wchar_t)code) < 0 ? '\\' : code;
}

static void append_character(struct ndup_buf *buf, struct ndup_safe_line *line, const char *bytes, size_t n,
                             uint32_t code)
{
    uint32_t shown = shown_as(n, code, ndup_term_utf8());
    if (completes_command(line, shown) || is_control(n, code))
        append_control(buf, (unsigned char)bytes[0]);
    else if (shown == code)
        ndup_buf_append(buf, bytes, n);
    else if (shown == '?')
        ndup_buf_append_str(buf, "?");
    else
        ndup_buf_printf(buf, "\\u{%04x}", code);
}

static void append_all(struct ndup_buf *buf, struct ndup_safe_line *line, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t n = ndup_safe_decode(bytes + i, length - i, &code);
        append_character(buf, line, bytes + i, n, code);
        i += n > 0 ? n : 1;
    }
}

void ndup_safe_append(struct ndup_buf *buf, const char *bytes, size_t length)
{
    struct ndup_safe_line line = {.begun = false};
    append_all(buf, &line, bytes, length);
}

/* ":" alone would form a command with the colon before a line number. */
static bool begins_command(const char *path, size_t length)
{
    struct ndup_safe_line line = {.begun = false};
    for (size_t i = 0; i < length && (!line.begun || line.colon);) {
        uint32_t code = 0;
        size_t n = ndup_safe_decode(path + i, length - i, &code);
        if (would_complete(&line, shown_as(n, code, ndup_term_utf8())))
            return true;
        i += n > 0 ? n : 1;
    }
    return line.colon;
}

void ndup_safe_append_path(struct ndup_buf *buf, const char *path)
{
    struct ndup_safe_line line = {.begun = begins_command(path, strlen(path))};
    if (line.begun)
        ndup_buf_append_str(buf, "./");
    append_all(buf, &line, path, strlen(path));
}

void ndup_safe_append_part(struct ndup_buf *buf, struct ndup_safe_line *line, const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t n = ndup_safe_decode(text + i, length - i, &code);
        n = n > 0 ? n : 1;
        if (completes_command(line, code))
            append_control(buf, (unsigned char)text[i]);
        else
            ndup_buf_append(buf, text + i, n);
        i += n;
    }
}

void ndup_safe_append_line(struct ndup_buf *buf, const char *bytes, size_t length)
{
    struct ndup_safe_line line = {.begun = false};
    bool blank = false; /* a space is due before the next character */
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t n = ndup_safe_decode(bytes + i, length - i, &code);
        if (n > 0 && is_space(code)) {
            blank = line.begun;
        } else if (n > 0 && is_invisible(code) && !turns_direction(code)) {
            /* Joiners and byte order marks are common in texts; an excerpt does not need them. */
        } else {
            if (blank)
                ndup_safe_append_part(buf, &line, " ", 1);
            append_character(buf, &line, bytes + i, n, code);
            blank = false;
        }
        i += n > 0 ? n : 1;
    }
}

/* One character of a safe text: its bytes and columns. */
static size_t safe_character(const char *text, size_t length, size_t *columns)
{
    uint32_t code = 0;
    size_t n = ndup_safe_decode(text, length, &code);
    int width = n > 1 ? wcwidth((wchar_t)code) : 1;
    *columns = width > 0 ? (size_t)width : 0;
    return n > 0 ? n : 1;
}

size_t ndup_safe_width(const char *text, size_t length)
{
    size_t total = 0;
    for (size_t i = 0; i < length;) {
        size_t columns;
        i += safe_character(text + i, length - i, &columns);
        total += columns;
    }
    return total;
}

static const char *ellipsis(size_t columns, size_t *width)
{
    if (ndup_term_utf8()) {
        *width = 1;
        return "\xe2\x80\xa6";
    }
    *width = columns < 3 ? columns : 3;
    return &"..."[3 - *width];
}

size_t ndup_safe_fit(struct ndup_buf *buf, const char *text, size_t length, size_t columns, enum ndup_safe_keep keep)
{
    size_t total = ndup_safe_width(text, length);
    if (total <= columns) {
        ndup_buf_append(buf, text, length);
        return total;
    }
    if (columns == 0)
        return 0;
    size_t dots_width;
    const char *dots = ellipsis(columns, &dots_width);
    size_t room = columns - dots_width;
    size_t i = 0;
    size_t used = 0;
    if (keep == NDUP_SAFE_KEEP_END) {
        /* Skip until the remaining text fits. */
        size_t left = total;
        while (left > room) {
            size_t width;
            i += safe_character(text + i, length - i, &width);
            left -= width;
        }
        ndup_buf_append_str(buf, dots);
        ndup_buf_append(buf, text + i, length - i);
        return dots_width + left;
    }
    while (i < length) {
        size_t width;
        size_t n = safe_character(text + i, length - i, &width);
        if (used + width > room)
            break;
        i += n;
        used += width;
    }
    ndup_buf_append(buf, text, i);
    ndup_buf_append_str(buf, dots);
    return used + dots_width;
}

/* ---- commands of a shell ------------------------------------------------------------------------------------------ */

void ndup_safe_append_word(struct ndup_buf *buf, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        ndup_buf_append_str(buf, word);
        return;
    }
    ndup_buf_append_str(buf, "'");
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '\'')
            ndup_buf_append_str(buf, "'\\''");
        else
            ndup_buf_append(buf, at, 1);
    }
    ndup_buf_append_str(buf, "'");
}
