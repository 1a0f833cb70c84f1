/* SPDX-License-Identifier: MIT
 * Random documents of part_truth.h: words are numbers, written as "w17" or "W17,". */
#include "support/part_truth.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define POOL 14

struct passage {
    int words[TRUTH_WORDS];
    int count;
};

struct maker {
    unsigned long long state;
    struct passage pool[POOL];  /* that documents share */
    struct passage headings[6]; /* short ones */
    struct passage own[64];     /* of the current document */
    int own_count;
};

static unsigned draw(struct maker *m, unsigned limit)
{
    m->state = m->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(m->state >> 33) % limit;
}

static struct passage fresh(struct maker *m, int count)
{
    struct passage p = {.count = count};
    for (int w = 0; w < count; w++)
        p.words[w] = (int)draw(m, 900);
    return p;
}

static struct passage edited(struct maker *m, struct passage p, unsigned edits)
{
    for (unsigned e = 0; e < edits && p.count > 0; e++)
        p.words[draw(m, (unsigned)p.count)] = (int)draw(m, 900);
    return p;
}

/* The openings of two passages, as a summary has them. */
static struct passage summary(struct maker *m, const struct passage *a, const struct passage *b)
{
    struct passage p = {.count = 0};
    int first = a->count - (int)draw(m, 3), second = b->count / 2;
    for (int w = 0; w < first; w++)
        p.words[p.count++] = a->words[w];
    for (int w = 0; w < second && p.count < TRUTH_WORDS / 3; w++)
        p.words[p.count++] = b->words[w];
    return p;
}

static struct passage next_passage(struct maker *m)
{
    unsigned kind = draw(m, 12);
    if (kind < 3)
        return edited(m, m->pool[draw(m, POOL)], draw(m, 4));
    if (kind < 5)
        return m->pool[draw(m, POOL)];
    if (kind < 7)
        return m->headings[draw(m, 6)];
    if (kind == 7)
        return (struct passage){.count = 0};
    if (kind < 10 && m->own_count > 1) {
        const struct passage *a = &m->own[draw(m, (unsigned)m->own_count)],
                             *b = &m->own[draw(m, (unsigned)m->own_count)];
        return kind == 8 && a->count > 3 && a->count + b->count < TRUTH_WORDS / 3 ? summary(m, a, b)
                                                                                  : edited(m, *a, draw(m, 3));
    }
    return fresh(m, 4 + (int)draw(m, 28));
}

static void put(struct truth_document *d, const char *text)
{
    size_t n = strlen(text);
    cr_assert_lt(d->length + n, TRUTH_TEXT);
    memcpy(d->text + d->length, text, n + 1);
    d->length += n;
}

static void put_words(struct maker *m, struct truth_document *d, const int *words, int count)
{
    if (count == 0)
        put(d, "* * *");
    for (int w = 0; w < count; w++) {
        char word[32];
        snprintf(word, sizeof word, "%s%c%d%s",
                 w > 0             ? " "
                 : draw(m, 9) == 0 ? "  "
                                   : "",
                 draw(m, 4) == 0 ? 'W' : 'w', words[w], draw(m, 99) == 0 ? "," : "");
        put(d, word);
        d->words[d->count++] = words[w];
    }
}

/* In one to three lines, some of which appear twice or three times. */
static void put_passage(struct maker *m, struct truth_document *d, const struct passage *p, bool lines)
{
    int at = 0, pieces = lines && p->count > 6 ? 1 + (int)draw(m, 3) : 1;
    for (int i = 0; i < pieces; i++) {
        int count = i + 1 == pieces ? p->count - at : p->count / pieces;
        for (unsigned copies = lines && draw(m, 7) == 0 ? 1 + draw(m, 3) : 1; copies > 0; copies--) {
            put_words(m, d, p->words + at, count);
            if (copies > 1)
                put(d, draw(m, 4) == 0 ? "\n--\n" : "\n");
        }
        at += count;
        if (i + 1 < pieces)
            put(d, "\n");
    }
}

static void make_document(struct maker *m, struct truth_document *d)
{
    unsigned passages = 1 + draw(m, 9);
    bool blank = draw(m, 4) > 0;
    d->length = 0;
    d->count = 0;
    d->score = (int)draw(m, 50);
    m->own_count = 0;
    if (draw(m, 10) == 0)
        put(d, blank ? "\n" : "");
    for (unsigned i = 0; i < passages && d->length < TRUTH_TEXT - 2600; i++) {
        struct passage p = next_passage(m);
        m->own[m->own_count++] = p;
        if (i > 0)
            put(d, !blank ? "\n" : draw(m, 5) == 0 ? "\n \n\n" : "\n\n");
        put_passage(m, d, &p, blank);
    }
    if (draw(m, 3) == 0)
        put(d, "\n");
}

void truth_make(struct truth *t, unsigned long long seed)
{
    static struct maker m;
    memset(&m, 0, sizeof m);
    m.state = seed;
    for (int i = 0; i < POOL; i++)
        m.pool[i] = fresh(&m, 8 + (int)draw(&m, 24));
    for (int i = 0; i < 6; i++)
        m.headings[i] = fresh(&m, 1 + (int)draw(&m, 5));
    t->document_count = t->own_count = TRUTH_DOCUMENTS;
    for (int i = 0; i < TRUTH_DOCUMENTS; i++) {
        if (i > 0 && draw(&m, 8) == 0) {
            t->documents[i] = t->documents[draw(&m, (unsigned)i)];
            t->documents[i].score = (int)draw(&m, 50);
        } else {
            make_document(&m, &t->documents[i]);
        }
    }
}

void truth_write(const struct truth *t, int begin, int end, FILE *file)
{
    for (int i = begin; i < end; i++) {
        const struct truth_document *d = &t->documents[i];
        fprintf(file, "{\"id\":\"d%d\",\"score\":%d,\"text\":\"", i, d->score);
        for (size_t c = 0; c < d->length; c++)
            fputs(d->text[c] == '\n' ? "\\n" : (char[]){d->text[c], '\0'}, file);
        fputs("\"}\n", file);
    }
}
