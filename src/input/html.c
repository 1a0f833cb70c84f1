/* SPDX-License-Identifier: MIT
 * Why this is our own code: a page comes from anywhere, so its time and memory must be bounded by its length, and a crawl has
 * terabytes of pages. No parser that we measured has either. `build/bench/bench_html [FILE...]` measures them in one process,
 * per core. On a busy AMD EPYC (Zen 3), 184 real pages, 7.5 MB: gumbo 0.10 11 MB/s, libxml2 2.9 (SAX) 37, this file 290; on the
 * pages that the bench generates: 11, 44 and 387. The others take quadratic time for 100 000 nested <b> with as many </i> after
 * them (more than 20 seconds for less than a MB; this file 6 ms) and for a tag of 100 000 attributes (more than 5 seconds; 4 ms),
 * because an end tag looks through all open elements and an attribute through all earlier ones. The tree is the cost, and the
 * text needs none. The text of 312 real pages is, word by word, what html5lib gives (tests/html/agree.py). */
#include "base/platform.h"

#include "input/html.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- elements ---- */

enum {
    BLOCK = 1 << 0,      /* a paragraph of its own */
    LINE = 1 << 1,       /* a line of its own */
    EMPTY = 1 << 2,      /* has no content and no end tag */
    UNSEEN = 1 << 3,     /* its content is left out */
    SPECIAL = 1 << 4,    /* end tags of ordinary elements in it do not end what is outside */
    BARRIER = 1 << 5,    /* nor do other end tags, except those of table parts */
    FORMATTING = 1 << 6, /* like <b>: need not be nested well, so it is not tracked unless it is hidden */
    ENDS_P = 1 << 7,     /* its start ends an open <p> */
    RAW = 1 << 8,        /* there are no tags in it */
    REFERENCES = 1 << 9, /* RAW, but with character references */
    KEEPS_LINES = 1 << 10,
    OUTER = 1 << 11,      /* like <body>: its tags end nothing and hide nothing */
    TABLE_PART = 1 << 12, /* means something in a table only */
    HEADING = 1 << 13,
    DIVISION = BLOCK | SPECIAL | ENDS_P,
};

/* Every other name is OTHER: an ordinary, inline element. */
/* clang-format off */
#define ELEMENTS(row) \
    row(OTHER, "", 0) \
    row(A, "a", FORMATTING) \
    row(ADDRESS, "address", DIVISION) \
    row(ANNOTATION, "annotation", UNSEEN) \
    row(ANNOTATION_XML, "annotation-xml", UNSEEN) \
    row(APPLET, "applet", SPECIAL | BARRIER) \
    row(AREA, "area", EMPTY) \
    row(ARTICLE, "article", DIVISION) \
    row(ASIDE, "aside", DIVISION) \
    row(B, "b", FORMATTING) \
    row(BASE, "base", EMPTY) \
    row(BASEFONT, "basefont", EMPTY) \
    row(BGSOUND, "bgsound", EMPTY) \
    row(BIG, "big", FORMATTING) \
    row(BLOCKQUOTE, "blockquote", DIVISION) \
    row(BODY, "body", BLOCK | OUTER) \
    row(BR, "br", EMPTY) \
    row(BUTTON, "button", SPECIAL) \
    row(CAPTION, "caption", LINE | SPECIAL | BARRIER | TABLE_PART) \
    row(CENTER, "center", DIVISION) \
    row(CODE, "code", FORMATTING) \
    row(COL, "col", EMPTY) \
    row(COLGROUP, "colgroup", SPECIAL | TABLE_PART) \
    row(DATALIST, "datalist", UNSEEN) \
    row(DD, "dd", LINE | SPECIAL | ENDS_P) \
    row(DETAILS, "details", DIVISION) \
    row(DIALOG, "dialog", DIVISION) \
    row(DIR, "dir", DIVISION) \
    row(DIV, "div", DIVISION) \
    row(DL, "dl", DIVISION) \
    row(DT, "dt", LINE | SPECIAL | ENDS_P) \
    row(EM, "em", FORMATTING) \
    row(EMBED, "embed", EMPTY) \
    row(FIELDSET, "fieldset", DIVISION) \
    row(FIGCAPTION, "figcaption", DIVISION) \
    row(FIGURE, "figure", DIVISION) \
    row(FONT, "font", FORMATTING) \
    row(FOOTER, "footer", DIVISION) \
    row(FORM, "form", BLOCK | ENDS_P) \
    row(FRAME, "frame", EMPTY) \
    row(FRAMESET, "frameset", BLOCK | OUTER) \
    row(H1, "h1", DIVISION | HEADING) \
    row(H2, "h2", DIVISION | HEADING) \
    row(H3, "h3", DIVISION | HEADING) \
    row(H4, "h4", DIVISION | HEADING) \
    row(H5, "h5", DIVISION | HEADING) \
    row(H6, "h6", DIVISION | HEADING) \
    row(HEAD, "head", OUTER) \
    row(HEADER, "header", DIVISION) \
    row(HGROUP, "hgroup", DIVISION) \
    row(HR, "hr", BLOCK | EMPTY | ENDS_P) \
    row(HTML, "html", OUTER) \
    row(I, "i", FORMATTING) \
    row(IFRAME, "iframe", RAW | UNSEEN) \
    row(IMG, "img", EMPTY) \
    row(INPUT, "input", EMPTY) \
    row(KEYGEN, "keygen", EMPTY) \
    row(LEGEND, "legend", BLOCK) \
    row(LI, "li", LINE | SPECIAL | ENDS_P) \
    row(LINK, "link", EMPTY) \
    row(LISTING, "listing", DIVISION | KEEPS_LINES) \
    row(MAIN, "main", DIVISION) \
    row(MARQUEE, "marquee", BLOCK | SPECIAL | BARRIER) \
    row(MATH, "math", 0) \
    row(MENU, "menu", DIVISION) \
    row(META, "meta", EMPTY) \
    row(NAV, "nav", DIVISION | UNSEEN) \
    row(NOBR, "nobr", FORMATTING) \
    row(NOEMBED, "noembed", RAW | UNSEEN) \
    row(NOFRAMES, "noframes", RAW | UNSEEN) \
    row(NOSCRIPT, "noscript", RAW | UNSEEN) \
    row(OBJECT, "object", SPECIAL | BARRIER) \
    row(OL, "ol", DIVISION) \
    row(OPTGROUP, "optgroup", LINE) \
    row(OPTION, "option", LINE) \
    row(P, "p", DIVISION) \
    row(PARAM, "param", EMPTY) \
    row(PLAINTEXT, "plaintext", BLOCK | ENDS_P | RAW | KEEPS_LINES) \
    row(PRE, "pre", DIVISION | KEEPS_LINES) \
    row(RP, "rp", UNSEEN) \
    row(RT, "rt", 0) \
    row(S, "s", FORMATTING) \
    row(SCRIPT, "script", RAW | UNSEEN) \
    row(SEARCH, "search", DIVISION) \
    row(SECTION, "section", DIVISION) \
    row(SELECT, "select", SPECIAL) \
    row(SMALL, "small", FORMATTING) \
    row(SOURCE, "source", EMPTY) \
    row(STRIKE, "strike", FORMATTING) \
    row(STRONG, "strong", FORMATTING) \
    row(STYLE, "style", RAW | UNSEEN) \
    row(SUMMARY, "summary", DIVISION) \
    row(SVG, "svg", 0) \
    row(TABLE, "table", DIVISION | BARRIER) \
    row(TBODY, "tbody", LINE | SPECIAL | TABLE_PART) \
    row(TD, "td", SPECIAL | BARRIER | TABLE_PART) \
    row(TEMPLATE, "template", SPECIAL | BARRIER | UNSEEN) \
    row(TEXTAREA, "textarea", LINE | RAW | REFERENCES | KEEPS_LINES) \
    row(TFOOT, "tfoot", LINE | SPECIAL | TABLE_PART) \
    row(TH, "th", SPECIAL | BARRIER | TABLE_PART) \
    row(THEAD, "thead", LINE | SPECIAL | TABLE_PART) \
    row(TITLE, "title", RAW | UNSEEN) \
    row(TR, "tr", LINE | SPECIAL | TABLE_PART) \
    row(TRACK, "track", EMPTY) \
    row(TT, "tt", FORMATTING) \
    row(U, "u", FORMATTING) \
    row(UL, "ul", DIVISION) \
    row(WBR, "wbr", EMPTY) \
    row(XMP, "xmp", BLOCK | ENDS_P | RAW | KEEPS_LINES)
/* clang-format on */

#define ELEMENT_CODE(code, name, flags) code,
enum element { ELEMENTS(ELEMENT_CODE) ELEMENT_COUNT };

#define NAME_BYTES 16u /* with the longest name, annotation-xml */

struct element_row {
    char name[NAME_BYTES];
    unsigned flags;
};

#define ELEMENT_ROW(code, name, flags) [code] = {name, flags},
static const struct element_row elements[] = {ELEMENTS(ELEMENT_ROW)};

/* ---- state ---- */

/* Elements that may be open inside each other. Browsers keep 512, and give later ones to the same parent. Here an element beyond
 * it is not tracked, so that its end tag may end an outer one. */
#define DEPTH_MAX ((uint32_t)1 << 16)

/* Names are found with a hash table, twice as large as a power of two that holds them. */
#define SLOTS 256u

struct open_element {
    uint8_t element;
    uint32_t previous;         /* the one of the same name around it: its number from 1 on; 0: none */
    uint32_t special, barrier; /* the innermost one around it */
};

/* What separates what comes next from the text so far. A larger one includes the smaller ones. */
enum separator { NONE, SPACE, NEWLINE, BLANK_LINE };

struct ndup_html {
    uint8_t slots[SLOTS]; /* of the table of names: an element, or 0 */
    struct open_element *stack;
    size_t capacity;
    uint32_t depth;
    uint32_t open[ELEMENT_COUNT]; /* the innermost one of each name; 0: none */
    uint32_t special, barrier;    /* the innermost one */
    uint32_t hidden;              /* the outermost element that is left out; 0: text is shown */
    const char *nav;              /* after its start tag, if it is left out as a <nav>; or NULL */
    bool shows_nav;
    bool xml; /* the page says that it is XML: <script/> is closed */
    bool failed;
    enum separator separator;
    struct ndup_buf *out;
};

static uint32_t slot_of(const char name[NAME_BYTES])
{
    uint64_t a, b;
    memcpy(&a, name, 8);
    memcpy(&b, name + 8, 8);
    return (uint32_t)(((a ^ b * 31) * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (SLOTS - 1);
}

neardup_status ndup_html_create(struct ndup_html **out, neardup_error *err)
{
    struct ndup_html *h = *out = ndup_calloc(1, sizeof *h);
    if (h == NULL)
        return ndup_fail_nomem(err);
    for (unsigned i = 1; i < ELEMENT_COUNT; i++) {
        uint32_t slot = slot_of(elements[i].name);
        while (h->slots[slot] != 0)
            slot = (slot + 1) & (SLOTS - 1);
        h->slots[slot] = (uint8_t)i;
    }
    return NEARDUP_OK;
}

void ndup_html_destroy(struct ndup_html *h)
{
    if (h == NULL)
        return;
    free(h->stack);
    free(h);
}

/* ---- bytes ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool is_name_end(char c)
{
    return is_space(c) || c == '/' || c == '>';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool begins_with(const char *at, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - at) >= n && strncasecmp(at, word, n) == 0;
}

/* The end of a comment, of which `at` is after the "<!--": after its "-->" (or "--!>", which browsers take, too). */
static const char *pass_comment(const char *at, const char *end)
{
    if (at < end && *at == '>')
        return at + 1;
    if (end - at >= 2 && at[0] == '-' && at[1] == '>')
        return at + 2;
    while ((at = memchr(at, '-', (size_t)(end - at))) != NULL) {
        const char *dashes = at;
        while (at < end && *at == '-')
            at++;
        if (at - dashes >= 2 && at < end && *at == '>')
            return at + 1;
        if (at - dashes >= 2 && end - at >= 2 && at[0] == '!' && at[1] == '>')
            return at + 2;
    }
    return end;
}

static const char *pass_to(const char *at, const char *end, char c)
{
    const char *found = memchr(at, c, (size_t)(end - at));
    return found != NULL ? found + 1 : end;
}

/* ---- text ---- */

static void separate(struct ndup_html *h, enum separator separator)
{
    if (h->hidden == 0 && h->separator < separator)
        h->separator = separator;
}

static void separate_for(struct ndup_html *h, unsigned flags)
{
    if (flags & (BLOCK | LINE))
        separate(h, flags & BLOCK ? BLANK_LINE : NEWLINE);
}

static void put_separator(struct ndup_html *h)
{
    static const char *const separators[] = {"", " ", "\n", "\n\n"};
    struct ndup_buf *out = h->out;
    if (h->separator >= NEWLINE) {
        while (out->len > 0 && is_space(out->data[out->len - 1]))
            out->len--;
    }
    if (out->len > 0)
        ndup_buf_append(out, separators[h->separator], h->separator == BLANK_LINE ? 2 : 1);
    h->separator = NONE;
}

static void put(struct ndup_html *h, const char *bytes, size_t length)
{
    if (h->separator != NONE)
        put_separator(h);
    ndup_buf_append(h->out, bytes, length);
}

static size_t put_utf8(char to[4], uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)((0xf00u >> n & 0xf0u) | c);
    return n;
}

/* What the numbers of C1 controls mean: characters of windows-1252. */
static const uint16_t c1_characters[32] = {
    0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
    0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
};

/* The character of a reference &#...; `at` is after the "#". Returns its end; NULL: it is none. */
static const char *decode_number(const char *at, const char *end, char text[8], size_t *length)
{
    uint32_t base = 10, value = 0;
    if (at < end && (*at == 'x' || *at == 'X')) {
        base = 16;
        at++;
    }
    const char *first = at;
    for (; at < end; at++) {
        char c = lower(*at);
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                                                : 16;
        if (digit >= base)
            break;
        value = value > 0x10ffff ? value : value * base + digit;
    }
    if (at == first)
        return NULL;
    if (value >= 0x80 && value < 0xa0)
        value = c1_characters[value - 0x80];
    if (value == 0 || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        value = 0xfffd;
    *length = put_utf8(text, value);
    return at < end && *at == ';' ? at + 1 : at;
}

/* Names that the standard takes without ";" have 2 to 6 letters. */
#define BARE_LEAST     2u
#define BARE_MOST      6u
#define REFERENCE_MOST 31u

/* The text of a reference; `at` is after the "&". Returns its end; NULL: there is none, and "&" is a character. */
static const char *decode_reference(const char *at, const char *end, char text[8], size_t *length)
{
    if (at < end && *at == '#')
        return decode_number(at + 1, end, text, length);
    size_t n = 0;
    while (n <= REFERENCE_MOST && at + n < end && (is_letter(at[n]) || (at[n] >= '0' && at[n] <= '9')))
        n++;
    bool closed = n > 0 && at + n < end && at[n] == ';';
    const char *found = closed ? ndup_html_entity(at, n + 1) : NULL;
    size_t used = n + 1;
    if (found == NULL) {
        for (used = n < BARE_MOST ? n : BARE_MOST; used >= BARE_LEAST && found == NULL; used--)
            found = ndup_html_entity(at, used);
        used++;
    }
    if (found == NULL)
        return NULL;
    *length = strlen(found);
    memcpy(text, found, *length);
    return at + used;
}

/* What the reader of a text stops at. C2 may begin a no-break space, which is a space here. */
enum { PLAIN, WHITE, AMPERSAND, ZERO, LEAD_C2 };

static const unsigned char kinds[256] = {
    ['\0'] = ZERO,  ['\t'] = WHITE, ['\n'] = WHITE,    ['\f'] = WHITE,
    ['\r'] = WHITE, [' '] = WHITE,  ['&'] = AMPERSAND, [0xc2] = LEAD_C2,
};

static bool is_no_break_space(const char *at, const char *end)
{
    return end - at >= 2 && memcmp(at, "\xc2\xa0", 2) == 0;
}

/* The end of characters that are copied as they are, with single spaces between them. */
static const char *pass_plain(const char *at, const char *end)
{
    if (at < end && kinds[(unsigned char)*at] != PLAIN)
        return at;
    for (;;) {
        while (at < end && kinds[(unsigned char)*at] == PLAIN)
            at++;
        if (end - at < 2 || *at != ' ' || kinds[(unsigned char)at[1]] != PLAIN)
            return at;
        at += 2;
    }
}

static const char *put_reference(struct ndup_html *h, const char *at, const char *end, bool lines)
{
    char text[8];
    size_t n;
    const char *after = decode_reference(at + 1, end, text, &n);
    if (after == NULL) {
        put(h, "&", 1);
        return at + 1;
    }
    if (!lines && (is_space(text[0]) || is_no_break_space(text, text + n)))
        separate(h, SPACE);
    else
        put(h, text, n);
    return after;
}

/* White space is collapsed. NUL bytes are left out, as browsers do. */
static void put_flow(struct ndup_html *h, const char *at, const char *end, bool references)
{
    while (at < end) {
        const char *plain = at;
        at = pass_plain(at, end);
        if (at > plain)
            put(h, plain, (size_t)(at - plain));
        if (at == end)
            return;
        unsigned kind = kinds[(unsigned char)*at];
        if (kind == AMPERSAND && references) {
            at = put_reference(h, at, end, false);
        } else if (kind == WHITE || is_no_break_space(at, end)) {
            separate(h, SPACE);
            at += kind == WHITE ? 1 : 2;
        } else {
            if (kind != ZERO)
                put(h, at, 1);
            at++;
        }
    }
}

/* White space is kept, and all line ends become newlines. */
static void put_lines(struct ndup_html *h, const char *at, const char *end, bool references)
{
    while (at < end) {
        const char *plain = at;
        while (at < end && *at != '\r' && *at != '\0' && *at != '&')
            at++;
        if (at > plain)
            put(h, plain, (size_t)(at - plain));
        if (at == end)
            return;
        if (*at == '&' && references) {
            at = put_reference(h, at, end, true);
            continue;
        }
        if (*at != '\0' && !(*at == '\r' && at + 1 < end && at[1] == '\n'))
            put(h, *at == '\r' ? "\n" : "&", 1);
        at++;
    }
}

static void put_text(struct ndup_html *h, const char *at, const char *end)
{
    if (h->hidden != 0 || at == end)
        return;
    if (h->open[PRE] != 0 || h->open[LISTING] != 0)
        put_lines(h, at, end, true);
    else
        put_flow(h, at, end, true);
}

/* ---- open elements ----
 * Each entry links to the one of its name around it and to what its end tag must not reach beyond, so that an end tag finds
 * its element, or that there is none, in constant time; and what is closed then was opened once. */

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void push(struct ndup_html *h, enum element element, bool hides, const char *nav)
{
    if (h->depth == DEPTH_MAX)
        return;
    if (!ndup_grow(&h->stack, &h->capacity, (size_t)h->depth + 1, sizeof *h->stack)) {
        h->failed = true;
        return;
    }
    unsigned flags = elements[element].flags;
    h->stack[h->depth++] = (struct open_element){(uint8_t)element, h->open[element], h->special, h->barrier};
    h->open[element] = h->depth;
    if (flags & SPECIAL)
        h->special = h->depth;
    if (flags & BARRIER)
        h->barrier = h->depth;
    if (hides && h->hidden == 0) {
        h->hidden = h->depth;
        h->nav = nav;
    }
}

static void pop(struct ndup_html *h)
{
    const struct open_element *top = &h->stack[h->depth - 1];
    h->open[top->element] = top->previous;
    h->special = top->special;
    h->barrier = top->barrier;
    h->depth--;
    if (h->depth < h->hidden)
        h->hidden = 0;
    separate_for(h, elements[top->element].flags);
}

/* Closes elements until this number is open. */
static void close_to(struct ndup_html *h, uint32_t depth)
{
    while (h->depth > depth)
        pop(h);
}

/* Closes the innermost element of this name, if it is not outside the entry with the number `limit`. */
static void close_within(struct ndup_html *h, enum element element, uint32_t limit)
{
    if (h->open[element] > limit)
        close_to(h, h->open[element] - 1);
}

static enum element top_of(const struct ndup_html *h)
{
    return h->depth > 0 ? (enum element)h->stack[h->depth - 1].element : OTHER;
}

/* What an end tag of this element must not reach beyond. */
static uint32_t limit_of(const struct ndup_html *h, enum element element)
{
    unsigned flags = elements[element].flags;
    if (element == TABLE || element == TEMPLATE || element == NAV)
        return 0;
    if (flags & TABLE_PART)
        return h->open[TABLE];
    if (flags & BARRIER)
        return 0;
    if (element == P)
        return later(h->barrier, h->open[BUTTON]);
    if (element == LI)
        return later(later(h->barrier, h->open[MENU]), later(h->open[UL], h->open[OL]));
    if (element == DT || element == DD)
        return later(h->barrier, h->open[DL]);
    return flags & (SPECIAL | FORMATTING | BLOCK) ? h->barrier : h->special;
}

static void close_element(struct ndup_html *h, enum element element)
{
    close_within(h, element, limit_of(h, element));
}

/* A start tag in a table ends the parts that cannot contain it. */
static void close_table_parts(struct ndup_html *h, enum element element)
{
    uint32_t table = h->open[TABLE];
    bool cell = element == TD || element == TH;
    if (!cell && element != TR) {
        close_to(h, table);
        return;
    }
    close_within(h, CAPTION, table);
    close_within(h, TD, table);
    close_within(h, TH, table);
    if (!cell)
        close_within(h, TR, table);
}

/* What ends because this element begins. */
static void close_before(struct ndup_html *h, enum element element)
{
    unsigned flags = elements[element].flags;
    if (flags & ENDS_P)
        close_element(h, P);
    if (flags & HEADING && elements[top_of(h)].flags & HEADING)
        pop(h);
    if (flags & TABLE_PART && h->open[TABLE] != 0)
        close_table_parts(h, element);
    switch ((unsigned)element) {
    case DT:
    case DD:
        close_element(h, DT);
        close_element(h, DD);
        break;
    case OPTION:
    case OPTGROUP:
        if (top_of(h) == OPTION)
            pop(h);
        break;
    case RT:
    case RP:
        if (top_of(h) == RT || top_of(h) == RP)
            pop(h);
        break;
    case LI:
    case BUTTON:
    case A:
    case NOBR:
        close_element(h, element);
        break;
    default:
        break;
    }
}

/* ---- tags ---- */

struct tag {
    enum element element;
    bool closed; /* ends with "/>" */
    bool hidden; /* by an attribute */
    bool open;   /* has the attribute of this name */
};

static const char *read_name(const struct ndup_html *h, const char *at, const char *end, enum element *element)
{
    char name[NAME_BYTES] = {0};
    size_t n = 0;
    *element = OTHER;
    for (; at < end && !is_name_end(*at); at++, n++) {
        if (n < NAME_BYTES)
            name[n] = lower(*at);
    }
    if (n >= NAME_BYTES)
        return at;
    uint32_t slot = slot_of(name);
    while (h->slots[slot] != 0 && memcmp(elements[h->slots[slot]].name, name, NAME_BYTES) != 0)
        slot = (slot + 1) & (SLOTS - 1);
    *element = (enum element)h->slots[slot];
    return at;
}

/* Whether the last `display` of an inline style is `none`. */
static bool is_not_displayed(const char *at, const char *end)
{
    static const char property[] = "display", value[] = "none";
    bool none = false, begins = true;
    while (at < end) {
        if (begins && begins_with(at, end, property)) {
            const char *p = at + sizeof property - 1;
            while (p < end && is_space(*p))
                p++;
            if (p < end && *p == ':') {
                for (p++; p < end && is_space(*p);)
                    p++;
                const char *after = p + sizeof value - 1;
                none =
                    begins_with(p, end, value) && (after == end || is_space(*after) || *after == ';' || *after == '!');
            }
        }
        begins = *at == ';' || (begins && is_space(*at));
        at++;
    }
    return none;
}

static void use_attribute(struct tag *tag, const char *name, size_t length, const char *value, const char *value_end)
{
    if (length == 6 && strncasecmp(name, "hidden", 6) == 0)
        tag->hidden = true;
    else if (length == 11 && strncasecmp(name, "aria-hidden", 11) == 0)
        tag->hidden = tag->hidden || (value_end - value == 4 && strncasecmp(value, "true", 4) == 0);
    else if (length == 5 && strncasecmp(name, "style", 5) == 0)
        tag->hidden = tag->hidden || is_not_displayed(value, value_end);
    else if (length == 4 && strncasecmp(name, "open", 4) == 0)
        tag->open = true;
}

/* Passes the value of an attribute, if one follows. Returns its end; NULL: the page ends in it. */
static const char *read_value(const char *at, const char *end, const char **value, const char **value_end)
{
    const char *p = at;
    *value = *value_end = at;
    while (p < end && is_space(*p))
        p++;
    if (p == end || *p != '=')
        return at;
    for (p++; p < end && is_space(*p);)
        p++;
    if (p < end && (*p == '"' || *p == '\'')) {
        *value = p + 1;
        *value_end = memchr(p + 1, *p, (size_t)(end - p - 1));
        return *value_end != NULL ? *value_end + 1 : NULL;
    }
    *value = p;
    while (p < end && !is_space(*p) && *p != '>')
        p++;
    *value_end = p;
    return p;
}

/* Returns the end of the tag, after its ">"; NULL: the page ends in it. */
static const char *read_attributes(struct tag *tag, const char *at, const char *end)
{
    for (;;) {
        tag->closed = false;
        while (at < end && (is_space(*at) || *at == '/')) {
            tag->closed = *at == '/';
            at++;
        }
        if (at == end)
            return NULL;
        if (*at == '>')
            return at + 1;
        const char *name = at++, *value, *value_end;
        while (at < end && !is_name_end(*at) && *at != '=')
            at++;
        size_t length = (size_t)(at - name);
        at = read_value(at, end, &value, &value_end);
        if (at == NULL)
            return NULL;
        if (*name == 'h' || *name == 'a' || *name == 's' || *name == 'o' || (*name >= 'A' && *name <= 'S'))
            use_attribute(tag, name, length, value, value_end);
    }
}

/* The end tag of this name, or `end`. */
static const char *find_end_tag(const char *at, const char *end, const char *name)
{
    size_t n = strlen(name);
    while ((at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        if ((size_t)(end - at) > n + 2 && at[1] == '/' && strncasecmp(at + 2, name, n) == 0 && is_name_end(at[n + 2]))
            return at;
        at++;
    }
    return end;
}

/* The end tag of a script. After "<!--" in it, "<script" begins another one, up to its own end tag or "-->". */
static const char *find_script_end(const char *at, const char *end)
{
    bool comment = false, inner = false;
    for (; at < end; at++) {
        if (comment && *at == '-' && begins_with(at, end, "-->")) {
            comment = inner = false;
        } else if (*at == '<' && !comment && begins_with(at, end, "<!--")) {
            const char *after = at + 4; /* "<!-->" and "<!--->" are over at once */
            comment = !begins_with(after, end, ">") && !begins_with(after, end, "->");
            at += 3;
        } else if (*at == '<' && comment && !inner && begins_with(at, end, "<script") && end - at > 7 &&
                   is_name_end(at[7])) {
            inner = true;
        } else if (*at == '<' && begins_with(at, end, "</script") && end - at > 8 && is_name_end(at[8])) {
            if (!inner)
                return at;
            inner = false;
        }
        if (!comment) {
            const char *next = at + 1 < end ? memchr(at + 1, '<', (size_t)(end - at - 1)) : NULL;
            at = next != NULL ? next - 1 : end - 1;
        }
    }
    return end;
}

/* Passes the content of an element without tags, up to its end tag. */
static const char *pass_raw(struct ndup_html *h, const struct tag *tag, const char *at, const char *end)
{
    unsigned flags = elements[tag->element].flags;
    const char *stop = end;
    if (tag->element == SCRIPT)
        stop = find_script_end(at, end);
    else if (tag->element != PLAINTEXT)
        stop = find_end_tag(at, end, elements[tag->element].name);
    if (!(flags & UNSEEN) && !tag->hidden && h->hidden == 0) {
        separate_for(h, flags);
        put_lines(h, at, stop, flags & REFERENCES);
        separate_for(h, flags);
    }
    struct tag ending = {0};
    if (stop < end) /* the end tag may have attributes, too */
        stop = read_attributes(&ending, stop + 2 + strlen(elements[tag->element].name), end);
    return stop != NULL ? stop : end;
}

/* <pre> has its first line after the line of its tag. */
static const char *pass_line_end(const char *at, const char *end)
{
    if (at < end && *at == '\r')
        at++;
    return at < end && *at == '\n' ? at + 1 : at;
}

static void put_break(struct ndup_html *h)
{
    if (h->hidden == 0 && (h->open[PRE] != 0 || h->open[LISTING] != 0))
        put(h, "\n", 1);
    else
        separate(h, h->separator >= NEWLINE ? BLANK_LINE : NEWLINE);
}

/* Whether the content of an element is left out. Never that of <body>: pages hide it until their scripts ran. */
static bool is_left_out(const struct ndup_html *h, const struct tag *tag)
{
    if (tag->hidden || (tag->element == DIALOG && !tag->open))
        return true;
    return elements[tag->element].flags & UNSEEN && !(tag->element == NAV && h->shows_nav);
}

static const char *use_start_tag(struct ndup_html *h, const struct tag *tag, const char *at, const char *end)
{
    unsigned flags = elements[tag->element].flags;
    bool foreign = h->open[SVG] != 0 || h->open[MATH] != 0;
    close_before(h, tag->element);
    separate_for(h, flags);
    if (tag->element == BR)
        put_break(h);
    if (flags & (EMPTY | OUTER) || (tag->closed && (foreign || h->xml)))
        return at;
    if (flags & RAW)
        return pass_raw(h, tag, at, end);
    bool hides = is_left_out(h, tag);
    if (tag->element == TD || tag->element == TH)
        separate(h, SPACE);
    if ((flags & FORMATTING && !hides && h->hidden == 0) || (tag->element == FORM && !hides) ||
        (flags & TABLE_PART && h->open[TABLE] == 0))
        return at;
    push(h, tag->element, hides, tag->element == NAV && !tag->hidden ? at : NULL);
    return flags & KEEPS_LINES ? pass_line_end(at, end) : at;
}

static void use_end_tag(struct ndup_html *h, enum element element)
{
    unsigned flags = elements[element].flags;
    if (element == BR)
        put_break(h);
    if (flags & (EMPTY | OUTER))
        return;
    if (element == P || element == FORM || flags & RAW)
        separate_for(h, flags);
    if (!(flags & HEADING)) {
        close_element(h, element);
        return;
    }
    uint32_t heading = 0; /* the end tag of any heading ends any other */
    for (unsigned i = H1; i <= H6; i++)
        heading = later(heading, h->open[i]);
    if (heading > h->barrier)
        close_to(h, heading - 1);
}

/* "<!...": a comment, a doctype, or characters of SVG. */
static const char *pass_declaration(struct ndup_html *h, const char *at, const char *end)
{
    static const char cdata[] = "<![CDATA[";
    bool foreign = h->xml || h->open[SVG] != 0 || h->open[MATH] != 0;
    if (begins_with(at, end, "<!--"))
        return pass_comment(at + 4, end);
    if (!foreign || !begins_with(at, end, cdata))
        return pass_to(at, end, '>');
    const char *first = at + sizeof cdata - 1, *stop = memmem(first, (size_t)(end - first), "]]>", 3);
    if (h->hidden == 0)
        put_flow(h, first, stop != NULL ? stop : end, false);
    return stop != NULL ? stop + 3 : end;
}

/* What begins with the "<" at `at`; returns its end. A tag that the page ends in is left out, as in browsers. */
static const char *use_markup(struct ndup_html *h, const char *at, const char *end)
{
    struct tag tag = {0};
    char c = end - at >= 2 ? at[1] : '\0';
    if (is_letter(c)) {
        at = read_attributes(&tag, read_name(h, at + 1, end, &tag.element), end);
        return at != NULL ? use_start_tag(h, &tag, at, end) : end;
    }
    if (c == '/' && end - at >= 3 && is_letter(at[2])) {
        at = read_attributes(&tag, read_name(h, at + 2, end, &tag.element), end);
        if (at != NULL)
            use_end_tag(h, tag.element);
        return at != NULL ? at : end;
    }
    if (c == '!')
        return pass_declaration(h, at, end);
    if (c == '?' || (c == '/' && end - at >= 3))
        return pass_to(at, end, '>');
    put_text(h, at, at + 1);
    return at + 1;
}

/* ---- pages ---- */

static void read_page(struct ndup_html *h, const char *at, const char *end)
{
    while (at < end && !h->failed) {
        const char *markup = *at == '<' ? at : memchr(at, '<', (size_t)(end - at));
        put_text(h, at, markup != NULL ? markup : end);
        at = markup != NULL ? use_markup(h, markup, end) : end;
        /* A <nav> that nobody closed has the rest of the page in it. A browser shows it, so that it is text. */
        if (at == end && h->hidden != 0 && h->nav != NULL) {
            close_to(h, h->hidden);
            h->shows_nav = true;
            h->hidden = 0;
            at = h->nav;
        }
    }
}

neardup_status ndup_html_text(struct ndup_html *h, const char *bytes, size_t length, struct ndup_buf *out,
                              neardup_error *err)
{
    const char *end = length > 0 ? bytes + length : bytes;
    ndup_buf_clear(out);
    out->failed = false;
    h->out = out;
    h->depth = h->special = h->barrier = h->hidden = 0;
    memset(h->open, 0, sizeof h->open);
    h->shows_nav = h->failed = false;
    h->separator = NONE;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        bytes += 3;
    while (bytes < end && is_space(*bytes))
        bytes++;
    h->xml = begins_with(bytes, end, "<?xml") && end - bytes > 5 && is_space(bytes[5]);
    read_page(h, bytes, end);
    while (out->len > 0 && is_space(out->data[out->len - 1]))
        out->len--;
    return h->failed || out->failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* "You need to enable JavaScript to run this app." is 46 bytes, in other languages up to 100. Pages that say more are compared,
 * and so are short ones with hardly any markup, such as those of a server about a missing file. */
#define SHELL_TEXT   100u
#define SHELL_MARKUP 20u /* bytes of the page per byte of its text */

const char *ndup_html_problem(const char *bytes, size_t length, size_t text_length)
{
    static const char problem[] =
        "the page shows hardly any text, which a script may make; `html` can be raw, to compare the markup";
    const char *end = bytes + length;
    if (text_length == 0 || text_length > SHELL_TEXT || length / SHELL_MARKUP < text_length)
        return NULL;
    for (const char *at = bytes; (at = memchr(at, '<', (size_t)(end - at))) != NULL; at++) {
        if ((size_t)(end - at) >= 7 && strncasecmp(at, "<script", 7) == 0)
            return problem;
    }
    return NULL;
}

bool ndup_html_sniff(const char *bytes, size_t length)
{
    static const char *const tags[] = {"<html", "<head", "<body"};
    static const char doctype[] = "<!doctype";
    const char *at = bytes, *end = length > 0 ? bytes + length : bytes;
    for (;;) {
        while (at < end && is_space(*at))
            at++;
        if (begins_with(at, end, "<!--"))
            at = pass_comment(at + 4, end);
        else if (begins_with(at, end, "<?xml"))
            at = pass_to(at, end, '>');
        else
            break;
    }
    if (begins_with(at, end, doctype)) {
        for (at += sizeof doctype - 1; at < end && is_space(*at);)
            at++;
        return begins_with(at, end, "html") && (end - at == 4 || is_name_end(at[4]));
    }
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (begins_with(at, end, tags[i]) && end - at > 5 && is_name_end(at[5]))
            return true;
    }
    return false;
}
