/* SPDX-License-Identifier: MIT
 * Which copies are exact, against a definition of its own: a text here is a list of pieces, and a table says what each piece
 * is, with accents and signs and without them. */
#define _GNU_SOURCE
#include "base/platform.h"

#include "support/jobs.h"
#include "support/rounds.h"
#include "text/text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum kind { SPACE, NOTHING, LETTER, SIGN };

struct piece {
    const char *bytes;
    enum kind kind;
    const char *strict; /* what it is up to case, width, spacing and typographic punctuation */
    const char *loose;  /* of a letter: the same without accents */
};

static const struct piece pieces[] = {
    {" ", SPACE, 0, 0},
    {"\n", SPACE, 0, 0},
    {"\t ", SPACE, 0, 0},
    {"\xC2\xA0", SPACE, 0, 0},
    {"\xE3\x80\x80", SPACE, 0, 0},
    {"\x7F", SPACE, 0, 0},
    {"\xC2\xAD", NOTHING, 0, 0}, /* soft hyphen */
    {"a", LETTER, "a", "a"},
    {"A", LETTER, "a", "a"},
    {"\xEF\xBD\x81", LETTER, "a", "a"}, /* full width */
    {"\xC3\xA1", LETTER, "a'", "a"},
    {"\xC3\x81", LETTER, "a'", "a"},
    {"a\xCC\x81", LETTER, "a'", "a"},
    {"\xC3\xA0", LETTER, "a`", "a"},
    {"\xE1\xBA\xA5", LETTER, "a^'", "a"}, /* Vietnamese */
    {"o", LETTER, "o", "o"},
    {"\xC3\xB8", LETTER, "o/", "o"},
    {"7", LETTER, "7", "7"},
    {"\xEF\xBC\x97", LETTER, "7", "7"},
    {"\xEF\xAC\x81", LETTER, "fi", "fi"}, /* ligature */
    {"fi", LETTER, "fi", "fi"},
    {"\xD0\xB6", LETTER, "zh", "zh"},
    {"+", SIGN, "+", 0},
    {"\xEF\xBC\x8B", SIGN, "+", 0},
    {"-", SIGN, "-", 0},
    {"\xE2\x80\x93", SIGN, "-", 0},
    {"\xE2\x88\x92", SIGN, "-", 0},
    {"'", SIGN, "'", 0},
    {"\xE2\x80\x99", SIGN, "'", 0},
    {"\"", SIGN, "\"", 0},
    {"\xE2\x80\x9C", SIGN, "\"", 0},
    {"_", SIGN, "_", 0},
    {"\xF0\x9F\x91\x8D", SIGN, "thumb up", 0},
    {"\xF0\x9F\x91\x8E", SIGN, "thumb down", 0},
    {"\xE3\x80\x82", SIGN, "full stop", 0},
};
enum { PIECES = sizeof pieces / sizeof *pieces, ASCII_ONLY = 1, MOST = 9000 };

struct text {
    unsigned char piece[MOST];
    size_t count;
    char bytes[4 * MOST], strict[12 * MOST], loose[6 * MOST];
    size_t length;
};

static unsigned long long state;

static unsigned draw(unsigned limit)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % limit;
}

/* Tokens are words and, of `strict`, signs; a bar ends each. */
static void finish(struct text *t)
{
    char *bytes = t->bytes, *strict = t->strict, *loose = t->loose;
    bool inside = false;
    for (size_t i = 0; i < t->count; i++) {
        const struct piece *p = &pieces[t->piece[i]];
        bytes = stpcpy(bytes, p->bytes);
        if (p->kind == NOTHING)
            continue;
        if (inside && p->kind != LETTER) {
            strict = stpcpy(strict, "|");
            loose = stpcpy(loose, "|");
        }
        inside = p->kind == LETTER;
        if (p->kind == LETTER)
            loose = stpcpy(loose, p->loose);
        if (p->kind == LETTER || p->kind == SIGN)
            strict = stpcpy(strict, p->strict);
        if (p->kind == SIGN)
            strict = stpcpy(strict, "|");
    }
    strict = stpcpy(strict, inside ? "|" : "");
    loose = stpcpy(loose, inside ? "|" : "");
    *bytes = '\0';
    t->length = (size_t)(bytes - t->bytes);
}

static bool usable(unsigned piece, unsigned style)
{
    return style != ASCII_ONLY || (unsigned char)pieces[piece].bytes[0] < 0x80;
}

/* Another piece of the kind; of a letter, one that is the same letter without accents. */
static unsigned other_piece(unsigned piece, unsigned style)
{
    for (;;) {
        unsigned other = draw(PIECES);
        if (usable(other, style) && pieces[other].kind == pieces[piece].kind &&
            (pieces[piece].kind != LETTER || strcmp(pieces[other].loose, pieces[piece].loose) == 0))
            return other;
    }
}

static void make(struct text *t, unsigned style, size_t count)
{
    t->count = 0;
    while (t->count < count) {
        unsigned piece = draw(PIECES);
        if (usable(piece, style))
            t->piece[t->count++] = (unsigned char)piece;
    }
    t->piece[0] = 7; /* a word at least */
    finish(t);
}

/* A copy with some pieces replaced, and spaces put where they separate nothing, and signs where spaces are. */
static void copy(struct text *to, const struct text *from, unsigned style, unsigned edits, bool signs)
{
    to->count = 0;
    for (size_t i = 0; i < from->count && to->count + 2 < MOST; i++) {
        unsigned piece = from->piece[i];
        bool edit = draw((unsigned)from->count) < edits;
        if (edit && (signs || pieces[piece].kind != SIGN))
            piece = other_piece(piece, style);
        if (edit && pieces[piece].kind == SIGN && draw(3) == 0)
            to->piece[to->count++] = 0;
        to->piece[to->count++] = (unsigned char)piece;
        if (edit && signs && pieces[piece].kind == SPACE && draw(4) == 0)
            to->piece[to->count++] = 22;
    }
    finish(to);
}

static struct text one, two;

/* ---- two texts ---- */

static void check_pair(struct ndup_text *text, struct ndup_text *exact, neardup_comparer *comparer)
{
    struct ndup_tokens tokens;
    uint64_t form[2], exact_form[2];
    struct ndup_digest digest[2];
    neardup_comparison c;
    for (unsigned i = 0; i < 2; i++) {
        const struct text *t = i == 0 ? &one : &two;
        cr_assert_eq(ndup_text_tokenise(text, t->bytes, t->length, NDUP_DIGEST | NDUP_FORM, &tokens, NULL), NEARDUP_OK);
        form[i] = tokens.form;
        digest[i] = tokens.digest;
        cr_assert_eq(ndup_text_exact_form(exact, t->bytes, t->length, false, &exact_form[i], NULL), NEARDUP_OK);
        if (ndup_form_is_plain(form[i]))
            cr_assert_eq(form[i], exact_form[i], "%s", t->bytes);
    }
    bool same = strcmp(one.loose, two.loose) == 0, copies = strcmp(one.strict, two.strict) == 0;
    cr_assert_eq(ndup_digest_equal(digest[0], digest[1]), same, "%s\n%s", one.bytes, two.bytes);
    if (!same)
        return;
    cr_assert_eq(exact_form[0] == exact_form[1], copies, "%s\n%s", one.bytes, two.bytes);
    cr_assert(form[0] != form[1] || copies, "%s\n%s", one.bytes, two.bytes);
    cr_assert_eq(neardup_comparer_compare(comparer, one.bytes, one.length, two.bytes, two.length, &c, NULL, NULL, NULL),
                 NEARDUP_OK);
    cr_assert_eq(c.identical, copies, "%s\n%s", one.bytes, two.bytes);
    cr_assert(c.same_tokens, "%s\n%s", one.bytes, two.bytes);
    cr_assert_eq(c.jaccard, 1);
}

static void check_pairs(neardup_tokens kind, unsigned rounds, size_t most)
{
    const neardup_profile profile = {kind, 3};
    struct ndup_text *text, *exact;
    neardup_comparer *comparer;
    cr_assert_eq(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_text_create_exact(&exact, &profile, NEARDUP_CPU_AUTO, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_comparer_create(&comparer, &profile, NULL), NEARDUP_OK);
    unsigned copies = 0, others = 0;
    for (unsigned i = 0; i < rounds; i++) {
        unsigned style = draw(3);
        make(&one, style, 1 + draw((unsigned)most));
        copy(&two, &one, draw(4) == 0 ? 0 : style, draw(4), draw(2) == 0);
        check_pair(text, exact, comparer);
        bool same = strcmp(one.strict, two.strict) == 0;
        copies += same && strcmp(one.bytes, two.bytes) != 0;
        others += !same && strcmp(one.loose, two.loose) == 0;
    }
    cr_assert(copies > rounds / 20 && others > rounds / 20, "%u copies, %u others of %u", copies, others, rounds);
    neardup_comparer_destroy(comparer);
    ndup_text_destroy(text);
    ndup_text_destroy(exact);
}

Test(exact_copies, forms_of_short_texts)
{
    state = 1;
    check_pairs(NEARDUP_TOKENS_WORD, test_rounds(20000), 40);
    check_pairs(NEARDUP_TOKENS_CHAR, test_rounds(5000), 40);
}

/* Longer than what the tokeniser takes at a time. */
Test(exact_copies, forms_of_long_texts)
{
    state = 2;
    check_pairs(NEARDUP_TOKENS_WORD, test_rounds(600), 8000);
    check_pairs(NEARDUP_TOKENS_CHAR, test_rounds(200), 8000);
}

/* ---- whole runs ---- */

enum { DOCUMENTS = 160, BASES = 12 };

static struct text documents[DOCUMENTS];
static unsigned decisions;

static void put_json(FILE *f, const struct text *t)
{
    fputs("{\"text\":\"", f);
    for (const char *p = t->bytes; *p != '\0'; p++) {
        if (*p == '"' || (unsigned char)*p < 0x20)
            fprintf(f, "\\u%04x", (unsigned char)*p);
        else
            fputc(*p, f);
    }
    fputs("\"}\n", f);
}

/* Two documents, or paragraphs of documents. */
static bool same_strictly(const neardup_ref *a, const neardup_ref *b)
{
    static struct text part[2];
    for (unsigned i = 0; i < 2; i++) {
        const neardup_ref *ref = i == 0 ? a : b;
        const struct text *t = &documents[ref->document];
        size_t at = 0;
        part[i].count = 0;
        for (size_t k = 0; k < t->count; k++) {
            bool inside = ref->unit == NEARDUP_UNIT_DOCUMENT || (at >= ref->bytes.begin && at < ref->bytes.end);
            if (inside)
                part[i].piece[part[i].count++] = t->piece[k];
            at += strlen(pieces[t->piece[k]].bytes);
        }
        finish(&part[i]);
    }
    return strcmp(part[0].strict, part[1].strict) == 0;
}

static bool on_decision(void *context, const neardup_decision *d)
{
    (void)context;
    decisions++;
    bool same = same_strictly(&d->document, &d->keeper);
    if (d->reason == NEARDUP_EXACT)
        cr_assert(same && d->jaccard == 1, "document %d, keeper %d", (int)d->document.document,
                  (int)d->keeper.document);
    else
        cr_assert(!same, "document %d, keeper %d", (int)d->document.document, (int)d->keeper.document);
    return true;
}

static bool on_pair(void *context, const neardup_pair *pair)
{
    (void)context;
    cr_assert_eq(pair->reason == NEARDUP_EXACT, same_strictly(&pair->a, &pair->b));
    return true;
}

static void check_run(const neardup_job_options *options, unsigned least)
{
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .decision = on_decision, .pair = on_pair};
    decisions = 0;
    neardup_job_destroy(test_run(options, (const char *const[]){"in.jsonl", NULL}, &callbacks));
    cr_assert_geq(decisions, least);
}

static void make_documents(void)
{
    static struct text base[BASES];
    FILE *f = test_create("in.jsonl");
    for (unsigned i = 0; i < BASES; i++)
        make(&base[i], i % 3, 20 + draw(30));
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        unsigned b = draw(BASES);
        copy(&documents[i], &base[b], b % 3, draw(3), draw(2) == 0);
        put_json(f, &documents[i]);
    }
    test_close(f);
}

Test(exact_copies, of_runs, .init = test_folder_make, .fini = test_folder_remove)
{
    state = 3;
    for (unsigned round = 0; round < test_rounds(12); round++) {
        make_documents();
        neardup_job_options o = test_options(NULL);
        o.threads = 1 + round % 3;
        check_run(&o, DOCUMENTS / 2);
        o.all_candidates = true;
        o.threshold = 0.95;
        check_run(&o, DOCUMENTS / 2);
        o.all_candidates = false;
        o.keep = NEARDUP_KEEP_LONGEST;
        check_run(&o, DOCUMENTS / 2);
        o.min_tokens = 1;
        o.units = NEARDUP_UNIT_LINE;
        check_run(&o, 1);
        o.units = NEARDUP_UNIT_PARAGRAPH;
        o.inside_documents = true;
        check_run(&o, 1);
    }
}
