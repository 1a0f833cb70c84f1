/* SPDX-License-Identifier: MIT */
#include "support/records.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define POOL 16

static const char *const vocabulary[] = {
    "the",
    "river",
    "rises",
    "in",
    "hills",
    "and",
    "meets",
    "sea",
    "photo",
    "editor",
    "read",
    "more",
    "about",
    "cookies",
    "na\xC3\xAFve",
    "e\xCC\x81tude",
    "Stra\xC3\x9F"
    "e",
    "\xC3\x85ngstr\xC3\xB6m",
    "it\xE2\x80\x99s",
    "don't",
    "\xD0\xBC\xD0\xBE\xD1\x81\xD1\x82",
    "\xD1\x80\xD0\xB5\xD0\xBA\xD0\xB0",
    "\xCE\xBB\xCF\x8C\xCE\xB3\xCE\xBF\xCF\x82",
    "\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7",
    "\xD8\xA8\xD8\xA7\xD9\x84\xD8\xB9\xD8\xA7\xD9\x84\xD9\x85",
    "\xD9\x83\xD9\x90\xD8\xAA\xD8\xA7\xD8\xA8",
    "\xE0\xB8\xAA\xE0\xB8\xA7\xE0\xB8\xB1\xE0\xB8\xAA\xE0\xB8\x94\xE0\xB8\xB5",
    "\xE0\xB8\x8A\xE0\xB8\xB2\xE0\xB8\xA7\xE0\xB9\x82\xE0\xB8\xA5\xE0\xB8\x81",
    "\xE4\xBD\xA0\xE5\xA5\xBD",
    "\xE4\xB8\x96\xE7\x95\x8C",
    "\xE6\xB2\xB3\xE6\xB5\x81",
    "\xE3\x81\x8B\xE3\x82\x8F",
    "\xE3\x82\xAB\xE3\x83\xAF",
    "\xED\x95\x9C\xEA\xB5\xAD",
    "\xF0\x9F\x98\x80",
    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
    "\xF0\xA0\x80\x8B",
    "12",
    "3.14",
    "x86_64",
    "\"quoted\"",
    "back\\slash",
    "a/b",
    "<b>",
};
#define VOCABULARY (sizeof vocabulary / sizeof *vocabulary)

struct passage {
    unsigned char words[40];
    int count;
};

struct maker {
    unsigned long long state;
    bool breaks;   /* some characters are not UTF-8 */
    size_t broken; /* in the current text */
    struct passage pool[POOL];
    struct record *r;
};

static unsigned draw(struct maker *m, unsigned limit)
{
    m->state = m->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(m->state >> 33) % limit;
}

static void put_raw(struct record *r, const char *bytes, size_t n)
{
    cr_assert_lt(r->raw_length + n, RECORD_BYTES);
    memcpy(r->raw + r->raw_length, bytes, n);
    r->raw_length += n;
}

/* A character whose bytes are `raw` in the file. */
static void put(struct record *r, const char *bytes, size_t n, const char *raw, size_t raw_n)
{
    cr_assert_lt(r->length + n, sizeof r->text);
    r->characters[r->character_count++] = r->length;
    r->characters[r->character_count] = r->length + n;
    for (size_t i = 0; i < n; i++) {
        r->raw_at[r->length] = i == 0 ? (int)r->raw_length : -1;
        r->text[r->length++] = bytes[i];
    }
    put_raw(r, raw, raw_n);
    r->raw_at[r->length] = (int)r->raw_length;
}

static unsigned decode(const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    unsigned code = n == 1 ? p[0] : n == 2 ? p[0] & 0x1Fu : n == 3 ? p[0] & 0xFu : p[0] & 7u;
    for (size_t i = 1; i < n; i++)
        code = code << 6 | (p[i] & 0x3Fu);
    return code;
}

static int escape(char *out, unsigned code, bool upper)
{
    if (code >= 0x10000) {
        int n = escape(out, 0xD800 + ((code - 0x10000) >> 10), upper);
        return n + escape(out + n, 0xDC00 + ((code - 0x10000) & 0x3FF), upper);
    }
    return upper ? sprintf(out, "\\u%04X", code) : sprintf(out, "\\u%04x", code);
}

static void put_character(struct maker *m, const char *bytes, size_t n)
{
    char raw[16];
    const char *letter = n == 1 ? strchr("\nn\rr\tt\"\"\\\\//", bytes[0]) : NULL;
    bool must = n == 1 && ((unsigned char)bytes[0] < 0x20 || bytes[0] == '"' || bytes[0] == '\\');
    if (!m->r->json || (!must && draw(m, 6) > 0))
        put(m->r, bytes, n, bytes, n);
    else if (letter != NULL && bytes[0] != 'n' && bytes[0] != 'r' && bytes[0] != 't' && draw(m, 4) > 0)
        put(m->r, bytes, n, (char[]){'\\', letter[1]}, 2);
    else
        put(m->r, bytes, n, raw, (size_t)escape(raw, decode(bytes, n), draw(m, 2) == 0));
}

static void put_text(struct maker *m, const char *text)
{
    while (*text != '\0') {
        unsigned char lead = (unsigned char)*text;
        size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        put_character(m, text, n);
        text += n;
    }
}

/* What is not UTF-8: no token, and never followed by a byte that would complete it. */
static void put_broken(struct maker *m)
{
    static const char *const broken[] = {"\xFF", "\xC3", "\xE2\x80", "\xF0\x9F\x98", "\x80", "\xC0"};
    const char *bytes = broken[draw(m, 6)];
    if (m->r->json && draw(m, 2) == 0)
        put(m->r, "\xEF\xBF\xBD", 3, "\\uD83D", 6);
    else if (m->r->json)
        put(m->r, "\xEF\xBF\xBD", 3, bytes, strlen(bytes));
    else
        put(m->r, bytes, strlen(bytes), bytes, strlen(bytes));
    put_text(m, ".");
}

static void put_newline(struct maker *m, bool crlf)
{
    put_text(m, crlf ? "\r\n" : "\n");
}

static void put_passage(struct maker *m, const struct passage *p, bool lines, bool crlf)
{
    static const char *const spaces[] = {" ", " ", " ", "  ", "\t", "\xC2\xA0", ", ", "\xE3\x80\x80", " - "};
    int line = 0;
    for (int w = 0; w < p->count; w++) {
        put_text(m, vocabulary[p->words[w]]);
        /* A text of which more than a hundredth is broken cannot be read. */
        if (draw(m, 60) == 0 && m->breaks && 100 * (m->broken + 1) <= m->r->character_count) {
            put_broken(m);
            m->broken++;
        }
        bool end = w + 1 == p->count || (lines && draw(m, 9) == 0);
        if (!end) {
            put_text(m, spaces[draw(m, 9)]);
            continue;
        }
        if (lines && draw(m, 5) == 0) { /* the line once more */
            put_newline(m, crlf);
            for (int again = line; again <= w; again++) {
                put_text(m, vocabulary[p->words[again]]);
                put_text(m, again < w ? " " : "");
            }
        }
        if (w + 1 < p->count)
            put_newline(m, crlf);
        line = w + 1;
    }
}

static struct passage next_passage(struct maker *m)
{
    struct passage p = m->pool[draw(m, POOL)];
    unsigned kind = draw(m, 6);
    if (kind == 0) {
        p.count = 2 + (int)draw(m, 30);
        for (int w = 0; w < p.count; w++)
            p.words[w] = (unsigned char)draw(m, VOCABULARY);
    }
    for (unsigned e = kind == 1 ? 1 + draw(m, 4) : 0; e > 0; e--)
        p.words[draw(m, (unsigned)p.count)] = (unsigned char)draw(m, VOCABULARY);
    if (kind == 2)
        p.count = p.count / 2 + 1;
    return p;
}

static void put_document(struct maker *m)
{
    static const char *const blanks[] = {"", "", "", " ", "\t ", "\xC2\xA0", "\xE3\x80\x80\r"};
    bool blank = draw(m, 4) > 0, crlf = draw(m, 3) == 0;
    unsigned passages = draw(m, 12) == 0 ? 0 : 1 + draw(m, 9);
    m->broken = 0;
    if (draw(m, 8) == 0)
        put_text(m, crlf ? "\r\n" : "\n");
    for (unsigned i = 0; i < passages; i++) {
        struct passage p = next_passage(m);
        if (i > 0)
            put_newline(m, crlf);
        for (unsigned b = i > 0 && blank ? 1 + draw(m, 8) / 7 : 0; b > 0; b--) {
            put_text(m, blanks[draw(m, 7)]);
            put_newline(m, crlf);
        }
        if (draw(m, 8) == 0)
            put_text(m, draw(m, 2) == 0 ? "  " : "***");
        put_passage(m, &p, blank, crlf);
        if (draw(m, 8) == 0)
            put_text(m, " ");
    }
    for (unsigned n = draw(m, 4); passages > 0 && n > 1; n--)
        put_newline(m, crlf);
}

static int head(struct maker *m, char *out, int number, unsigned form)
{
    int score = (int)draw(m, 90), site = (int)draw(m, 4);
    if (form == 0)
        return sprintf(out, "{\"meta\":{\"id\":%d,\"score\":%d,\"site\":\"s%d\"},\"doc\":{\"text\":\"", number, score,
                       site);
    if (form == 1)
        return sprintf(
            out,
            "{ \"text\" : \"decoy \\\"doc\\\":{\" , \"meta\" : {\"score\" :  %d.5e1,\"site\":\"\\u0041%d\"} ,"
            "\"doc\" :\t{ \"x\":[{},[\"text\"]] , \"text\"\t:  \"",
            score, site);
    return sprintf(out,
                   "{\"a\":{\"doc\":{\"text\":\"no\"}},\"neardup_\":1,\"meta\":{\"id\":\"\xC3\xA9-%d\",\"score\":null,"
                   "\"site\":%d},\"doc\":{\"texts\":[1,2],\"text\":\"",
                   number, site);
}

static void put_record(struct maker *m, int number, bool last)
{
    static const char *const after[] = {"\"}}",
                                        "\", \"more\":\"\\ud83d\\ude00 }\" } , \"z\" : [ 1e9 , null, \"\\/\" ] }",
                                        "\",\"t\":\"\\n\\n\"},\"k\":-0.0}"};
    char before[256];
    unsigned form = draw(m, 3), crlf = draw(m, 4) == 0;
    put_raw(m->r, before, (size_t)head(m, before, number, form));
    put_document(m);
    put_raw(m->r, after[form], strlen(after[form]));
    if (!last)
        put_raw(m->r, crlf ? "\r\n" : "\n", 1 + (size_t)crlf);
}

void records_make(struct records *records, unsigned long long seed, int plain, bool broken)
{
    static struct maker m;
    memset(&m, 0, sizeof m);
    m.state = seed;
    m.breaks = broken;
    for (int i = 0; i < POOL; i++) {
        m.pool[i].count = i < 4 ? 1 + i : 6 + (int)draw(&m, 30);
        for (int w = 0; w < m.pool[i].count; w++)
            m.pool[i].words[w] = (unsigned char)draw(&m, VOCABULARY);
    }
    records->json_count = RECORD_COUNT - plain;
    for (int i = 0; i < RECORD_COUNT; i++) {
        struct record *r = m.r = &records->record[i];
        r->raw_length = r->length = r->character_count = 0;
        r->characters[0] = 0;
        r->json = i < records->json_count;
        if (r->json) {
            put_record(&m, i, i + 1 == records->json_count);
            continue;
        }
        put_document(&m);
        if (r->raw_length == 0)
            put_text(&m, "\n");
    }
}

void records_write(const struct records *records, const char *name, bool gzip)
{
    static char all[RECORD_COUNT * RECORD_BYTES];
    char path[64];
    size_t n = 0;
    for (int i = 0; i < records->json_count; i++) {
        memcpy(all + n, records->record[i].raw, records->record[i].raw_length);
        n += records->record[i].raw_length;
    }
    snprintf(path, sizeof path, "%s/a.jsonl%s", name, gzip ? ".gz" : "");
    test_write_bytes(path, all, n, gzip);
    for (int i = records->json_count; i < RECORD_COUNT; i++) {
        snprintf(path, sizeof path, "%s/t%02d.txt%s", name, i, gzip ? ".gz" : "");
        test_write_bytes(path, records->record[i].raw, records->record[i].raw_length, gzip);
    }
}
