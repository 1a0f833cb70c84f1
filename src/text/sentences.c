/* SPDX-License-Identifier: MIT
 * First the lines of a paragraph show its blocks: a list, a heading, a definition, a table, or prose. Then prose is cut into
 * sentences, by one pass over its bytes that knows which brackets and quotation marks are open. */
#include "base/platform.h"

#include "text/sentences.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* ---- bytes ---- */

static bool is_upper(unsigned char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(unsigned char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Part of a word: no ASCII but letters and digits, and everything else. */
static bool is_word(unsigned char c)
{
    return c >= 0x80 || is_letter(c) || is_digit(c);
}

/* Whether the text at p is this, byte for byte. */
static bool has(const char *p, size_t left, const char *what)
{
    size_t n = strlen(what);
    return left >= n && memcmp(p, what, n) == 0;
}

/* Length of the first of the strings that the text at p is, 0 if none. */
static size_t any_of(const char *p, size_t left, const char *const *strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (has(p, left, strings[i]))
            return strlen(strings[i]);
    }
    return 0;
}

#define ANY_OF(p, left, strings) any_of(p, left, strings, sizeof(strings) / sizeof(strings)[0])

void ndup_sentences_free(struct ndup_sentences *s)
{
    free(s->list);
    *s = (struct ndup_sentences){0};
}

static bool add(struct ndup_sentences *s, size_t begin, size_t end, bool lead)
{
    if (begin == end)
        return true;
    if (!ndup_grow(&s->list, &s->capacity, s->count + 1, sizeof *s->list))
        return false;
    s->list[s->count++] = (struct ndup_sentence){begin, end, lead};
    return true;
}

/* ---- prose ---- */

struct prose {
    const char *bytes;
    size_t at, end;
    unsigned round, square, curly, angle,
        quoted;                  /* open brackets; curved quotation marks and those of Chinese and Japanese */
    bool straight, code, strong; /* inside "...", `...`, **...** */
    bool ends;                   /* a sentence ends here, if white space follows */
    bool wide;                   /* the same for scripts without spaces, whatever follows */
    bool brief;                  /* the last word before a full stop has fewer than five letters */
};

static const char *const open_marks[] = {"\xe2\x80\x9c", "\xe2\x80\x9e", "\xe3\x80\x8c", "\xe3\x80\x8e",
                                         "\xef\xbc\x88"};
static const char *const close_marks[] = {"\xe2\x80\x9d", "\xe3\x80\x8d", "\xe3\x80\x8f", "\xef\xbc\x89"};
static const char *const wide_ends[] = {"\xe3\x80\x82", "\xef\xbc\x81", "\xef\xbc\x9f", "\xe0\xa5\xa4", "\xdb\x94"};

static bool is_closed(const struct prose *p)
{
    return p->round + p->square + p->curly + p->angle + p->quoted == 0 && !p->straight && !p->code && !p->strong;
}

static void close_one(unsigned *open)
{
    *open -= *open > 0;
}

/* Whether the word before a full stop can be the last of a sentence. Not "Dr", "U", "No", "e.g", "3". */
static bool can_end(struct prose *p, size_t begin)
{
    size_t from = p->at;
    bool digits = true;
    while (from > begin && is_word((unsigned char)p->bytes[from - 1])) {
        from--;
        digits = digits && is_digit((unsigned char)p->bytes[from]);
    }
    size_t length = p->at - from;
    p->brief = length > 0 && length < 5 && !digits;
    if (length == 0)
        return p->at > begin && strchr(")]}>\"'`*_", p->bytes[p->at - 1]) != NULL;
    if (length == 1 || (digits && length < 3))
        return false;
    return length > 3 || !is_upper((unsigned char)p->bytes[from]);
}

/* Whether a sentence can begin here. Not with the number after "fig." or "vol.". */
static bool can_begin(const struct prose *p)
{
    static const char *const openers[] = {"\xe2\x80\x98", "\xe2\x80\x9c", "\xe2\x80\x9e",
                                          "\xc2\xab",     "\xc2\xbf",     "\xc2\xa1"};
    const char *at = p->bytes + p->at;
    unsigned char c = (unsigned char)*at;
    if (c < 0x80)
        return is_upper(c) || (is_digit(c) && !p->brief) || (c != 0 && strchr("\"'([*_`", (char)c) != NULL);
    /* Letters; whether they are capital is not looked up. No signs: a bullet, a dash, U+FFFD. */
    if (c == 0xC2 || has(at, p->end - p->at, "\xe2\x80") || has(at, p->end - p->at, "\xef\xbf\xbd"))
        return ANY_OF(at, p->end - p->at, openers) > 0;
    return true;
}

/* Passes a mark that opens or closes something; 0: this is none. */
static size_t pass_mark(struct prose *p)
{
    const char *at = p->bytes + p->at;
    size_t left = p->end - p->at, n;
    if ((n = ANY_OF(at, left, open_marks)) > 0) {
        p->quoted++;
        p->ends = p->wide = false;
    } else if ((n = ANY_OF(at, left, close_marks)) > 0) {
        close_one(&p->quoted);
    } else if (has(at, left, "**")) {
        p->strong = !p->strong;
        n = 2;
    }
    return n;
}

static void pass_byte(struct prose *p, size_t begin)
{
    char c = p->bytes[p->at];
    bool ended = p->ends;
    p->ends = p->wide = false;
    switch (c) {
    case '(':
        p->round++;
        break;
    case '[':
        p->square++;
        break;
    case '{':
        p->curly++;
        break;
    case '<': /* of a tag or an address; else it means less than */
        p->angle += p->at + 1 < p->end && (is_letter((unsigned char)p->bytes[p->at + 1]) || p->bytes[p->at + 1] == '/');
        break;
    case ')':
        close_one(&p->round);
        p->ends = ended;
        break;
    case ']':
        close_one(&p->square);
        p->ends = ended;
        break;
    case '}':
        close_one(&p->curly);
        p->ends = ended;
        break;
    case '>':
        close_one(&p->angle);
        p->ends = ended;
        break;
    case '"':
        p->straight = !p->straight;
        p->ends = ended && !p->straight;
        break;
    case '`':
        p->code = !p->code;
        p->ends = ended && !p->code;
        break;
    case '*':
    case '_':
    case '\'':
        p->ends = ended;
        break;
    case '.':
        p->ends = ended || can_end(p, begin);
        break;
    case '!':
    case '?':
        p->ends = true;
        p->brief = false;
        break;
    default:
        break;
    }
    p->at++;
}

/* Cuts what was passed since `begin` off, if it is a sentence. At white space, or where none is needed. */
static bool end_sentence(struct ndup_sentences *s, struct prose *p, size_t *begin)
{
    bool wide = p->wide;
    while (p->at < p->end && is_space((unsigned char)p->bytes[p->at]))
        p->at++;
    p->ends = p->wide = false;
    if (p->at == p->end || !is_closed(p) || !(wide || can_begin(p)))
        return true;
    size_t from = *begin;
    *begin = p->at;
    return add(s, from, p->at, false);
}

static bool add_prose(struct ndup_sentences *s, const char *bytes, size_t begin, size_t end)
{
    struct prose p = {.bytes = bytes, .at = begin, .end = end};
    while (p.at < end) {
        const char *here = bytes + p.at;
        unsigned char c = (unsigned char)*here;
        if (NDUP_LIKELY(!p.wide && (is_letter(c) || is_digit(c) || (c == ' ' && !p.ends)))) {
            p.ends = false;
            p.at++;
            continue;
        }
        /* Signs of several bytes begin with a byte that is not ASCII, but for "**". */
        size_t left = end - p.at, n = c >= 0x80 ? ANY_OF(here, left, wide_ends) : 0;
        if (n > 0) {
            p.at += n;
            p.wide = true;
        } else if (p.wide ? ANY_OF(here, left, close_marks) == 0 : p.ends && is_space((unsigned char)*here)) {
            if (!end_sentence(s, &p, &begin))
                return false;
        } else if ((c >= 0x80 || c == '*') && (n = pass_mark(&p)) > 0) {
            p.at += n;
        } else {
            pass_byte(&p, begin);
        }
    }
    return add(s, begin, end, false);
}

/* ---- lines ---- */

enum line_kind { PROSE, ITEM, HEADING, DEFINITION, TABLE, OTHER };

struct block_line {
    size_t begin, end, next; /* end: without the newline */
    size_t indent;           /* a tab counts as four blanks */
    enum line_kind kind;
};

/* Bytes of a list marker, 0 if there is none: - * + and bullets, a number or one letter with a full stop or bracket. */
static size_t marker_length(const char *p, size_t left)
{
    static const char *const bullets[] = {"-",
                                          "*",
                                          "+",
                                          "\xe2\x80\xa2",
                                          "\xe2\x80\xa3",
                                          "\xe2\x80\x93",
                                          "\xe2\x80\x94",
                                          "\xe2\x97\xa6",
                                          "\xe2\x96\xaa",
                                          "\xc2\xb7"};
    size_t n = ANY_OF(p, left, bullets);
    if (n == 0) {
        size_t open = left > 0 && p[0] == '(', digits = open;
        while (digits < left && digits < open + 9 && is_digit((unsigned char)p[digits]))
            digits++;
        if (digits == open && digits < left && is_letter((unsigned char)p[digits]) && digits + 1 < left &&
            p[digits + 1] == ')')
            digits++;
        if (digits == open || digits == left || (p[digits] != ')' && (p[digits] != '.' || open > 0)))
            return 0;
        n = digits + 1;
    }
    return n < left && (p[n] == ' ' || p[n] == '\t') ? n : 0;
}

static bool is_heading(const char *p, size_t left)
{
    size_t n = 0;
    while (n < left && n < 7 && p[n] == '#')
        n++;
    return n > 0 && n < 7 && n < left && p[n] == ' ';
}

static struct block_line line_at(const char *bytes, size_t length, size_t begin)
{
    const char *newline = memchr(bytes + begin, '\n', length - begin);
    struct block_line line = {.begin = begin, .end = length, .next = length, .kind = PROSE};
    if (newline != NULL) {
        line.end = (size_t)(newline - bytes);
        line.next = line.end + 1;
    }
    size_t at = begin;
    for (; at < line.end && (bytes[at] == ' ' || bytes[at] == '\t'); at++)
        line.indent += bytes[at] == '\t' ? 4 : 1;
    size_t left = line.end - at;
    struct ndup_span label;
    if (left == 0)
        line.kind = OTHER;
    else if (marker_length(bytes + at, left) > 0)
        line.kind = ITEM;
    else if (line.indent < 4 && is_heading(bytes + at, left))
        line.kind = HEADING;
    else if (ndup_is_definition(bytes + begin, line.end - begin, &label))
        line.kind = DEFINITION;
    else if (bytes[at] == '|')
        line.kind = TABLE;
    else if (!is_word((unsigned char)bytes[at]) && strchr("\"'([*_`!", bytes[at]) == NULL)
        line.kind = OTHER; /* a quotation, a comment, markup: with a sentence the sign before its line would be lost */
    return line;
}

/* Code and markup are not taken apart: what is left must still be code and markup. */
static bool is_opaque(const char *bytes, size_t length)
{
    struct block_line line = line_at(bytes, length, 0);
    if (line.kind != ITEM && line.indent >= 4)
        return true;
    for (size_t at = 0; at < length; at = line.next) {
        line = line_at(bytes, length, at);
        size_t from = line.begin;
        while (from < line.end && (bytes[from] == ' ' || bytes[from] == '\t'))
            from++;
        if (has(bytes + from, line.end - from, "```") || has(bytes + from, line.end - from, "~~~"))
            return true;
    }
    for (const char *p = bytes; (p = memchr(p, '<', (size_t)(bytes + length - p))) != NULL; p++) {
        if (p + 1 < bytes + length && p[1] == '/')
            return true;
    }
    return false;
}

/* ---- blocks ---- */

struct blocks {
    struct ndup_sentences *sentences;
    const char *bytes;
    size_t begin;        /* of the current block */
    enum line_kind kind; /* of it. OTHER: prose that is not taken apart */
    size_t indent;       /* of the items of a list */
};

/* The current block ends at `end`; introduces: what follows is the list that it is the introduction of. */
static bool end_block(struct blocks *b, size_t end, bool introduces)
{
    size_t begin = b->begin;
    b->begin = end;
    if (b->kind == PROSE && !introduces)
        return add_prose(b->sentences, b->bytes, begin, end);
    return add(b->sentences, begin, end,
               b->kind == HEADING || (introduces && b->kind != ITEM && b->kind != DEFINITION));
}

static bool take_line(struct blocks *b, const struct block_line *line)
{
    bool list = b->kind == ITEM && b->begin < line->begin;
    if (list && line->kind != HEADING && line->kind != DEFINITION && (line->kind != ITEM || line->indent > b->indent))
        return true;
    bool first = b->begin == line->begin;
    if (line->kind == PROSE || line->kind == OTHER) {
        if (first || b->kind == TABLE || b->kind == HEADING || b->kind == DEFINITION) {
            if (!end_block(b, line->begin, false))
                return false;
            b->kind = line->kind;
        }
        b->kind = line->kind == OTHER ? OTHER : b->kind;
        return true;
    }
    if (line->kind == TABLE && b->kind == TABLE)
        return true;
    if (!end_block(b, line->begin, line->kind == ITEM && !list))
        return false;
    b->kind = line->kind;
    b->indent = line->indent;
    return true;
}

bool ndup_sentences_find(struct ndup_sentences *sentences, const char *bytes, size_t length)
{
    struct blocks b = {sentences, bytes, 0, PROSE, 0};
    sentences->count = 0;
    if (is_opaque(bytes, length))
        return add(sentences, 0, length, false);
    for (size_t at = 0; at < length;) {
        struct block_line line = line_at(bytes, length, at);
        if (!take_line(&b, &line))
            return false;
        at = line.next;
    }
    return end_block(&b, length, false);
}

/* ---- definitions ---- */

/* CommonMark allows labels of up to 999 characters. */
#define LABEL_MAX ((size_t)999)

/* The label in the brackets at bytes[at], which has none inside; false: there is none. */
static bool label_at(const char *bytes, size_t length, size_t at, struct ndup_span *label)
{
    size_t end = at + 1, limit = length - at > LABEL_MAX + 2 ? at + LABEL_MAX + 2 : length;
    while (end < limit && bytes[end] != ']' && bytes[end] != '[')
        end++;
    *label = (struct ndup_span){at + 1, end};
    return end < limit && bytes[end] == ']' && end > at + 1;
}

bool ndup_is_definition(const char *line, size_t length, struct ndup_span *label)
{
    size_t at = 0;
    while (at < length && at < 3 && line[at] == ' ')
        at++;
    if (at < length && line[at] == '*') /* of an abbreviation */
        at++;
    if (at >= length || line[at] != '[' || !label_at(line, length, at, label))
        return false;
    at = label->end + 1;
    if (at >= length || line[at] != ':')
        return false;
    for (at++; at < length; at++) {
        if (!is_space((unsigned char)line[at]))
            return true;
    }
    return false;
}

bool ndup_next_label(const char *bytes, size_t length, size_t *at, struct ndup_span *label)
{
    while (*at < length) {
        const char *open = memchr(bytes + *at, '[', length - *at);
        if (open == NULL)
            break;
        size_t begin = (size_t)(open - bytes), line = begin;
        *at = begin + 1;
        if (!label_at(bytes, length, begin, label))
            continue;
        *at = label->end + 1;
        while (line > 0 && begin - line < 4 && bytes[line - 1] != '\n')
            line--;
        struct ndup_span own;
        bool at_start = line == 0 || bytes[line - 1] == '\n';
        if (at_start && ndup_is_definition(bytes + line, length - line, &own) && line + own.begin == label->begin)
            continue;
        return true;
    }
    *at = length;
    return false;
}

uint64_t ndup_label_hash(const char *label, size_t length)
{
    char folded[LABEL_MAX + 1];
    size_t n = 0;
    bool blank = false;
    for (size_t i = 0; i < length && n < sizeof folded; i++) {
        unsigned char c = (unsigned char)label[i];
        if (is_space(c)) {
            blank = n > 0;
            continue;
        }
        if (blank && n + 1 < sizeof folded)
            folded[n++] = ' ';
        blank = false;
        folded[n++] = (char)(is_upper(c) ? c + 32 : c);
    }
    return XXH3_64bits(folded, n);
}
