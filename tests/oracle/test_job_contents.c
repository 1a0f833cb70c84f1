/* SPDX-License-Identifier: MIT
 * The content of references: what neardup_content_compute says of the text that they name, in memory and spilled. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(job_contents, .init = test_folder_make, .fini = test_folder_remove);

#define DOCUMENTS 120u
#define TEXT      1200u

static char texts[DOCUMENTS][TEXT]; /* as in the records; escapes are newlines only */
static char plain[DOCUMENTS][TEXT];

struct watch {
    const neardup_job_options *o;
    uint64_t told, parts, lines;
};

static bool same(neardup_content a, neardup_content b)
{
    return a.high == b.high && a.low == b.low;
}

static void check_ref(struct watch *w, const neardup_ref *r)
{
    neardup_content expected;
    bool part = r->unit != NEARDUP_UNIT_DOCUMENT;
    const char *text = plain[r->document] + (part ? r->bytes.begin : 0);
    size_t length = part ? (size_t)(r->bytes.end - r->bytes.begin) : strlen(plain[r->document]);
    if (r->file == NULL)
        return;
    cr_assert_eq(neardup_content_compute(part ? &w->o->paragraph_profile : &w->o->profile,
                                         part && w->o->inside_documents, text, length, &expected, NULL),
                 NEARDUP_OK);
    if (!part && (w->o->units & NEARDUP_UNIT_DOCUMENT) == 0)
        expected = (neardup_content){0, 0};
    cr_assert(same(r->content, w->o->contents ? expected : (neardup_content){0, 0}), "unit %d, %.*s", (int)r->unit,
              (int)length, text);
    w->told += r->content.low != 0;
    w->parts += part;
    w->lines += part && memchr(text, '\n', length) == NULL;
}

static bool on_decision(void *context, const neardup_decision *d)
{
    check_ref(context, &d->document);
    check_ref(context, &d->keeper);
    return true;
}

static bool on_pair(void *context, const neardup_pair *p)
{
    check_ref(context, &p->a);
    check_ref(context, &p->b);
    return true;
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    check_ref(context, &k->keeper);
    for (uint64_t i = 0; i < k->member_count; i++)
        check_ref(context, &k->members[i].document);
    return true;
}

static unsigned next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

/* A line of words, upper case now and then; some lines twice or three times in a row. */
static unsigned add_paragraph(char *text, uint64_t *state)
{
    unsigned at = 0, lines = 1 + next_random(state) % 3;
    unsigned which = next_random(state) % 15;
    for (unsigned l = 0; l < lines; l++) {
        char line[200];
        unsigned n = 0, words = 9 + (which + l) % 4;
        for (unsigned w = 0; w < words; w++)
            n += (unsigned)sprintf(line + n, next_random(state) % 9 ? "%sw%u" : "%sW%u,", w > 0 ? " " : "",
                                   which * 100 + l * 20 + w);
        for (unsigned copies = 1 + (which % 3 == 0 ? next_random(state) % 3 : 0); copies > 0; copies--)
            at += (unsigned)sprintf(text + at, "%s\n", line);
    }
    return at;
}

static void write_documents(void)
{
    uint64_t state = 11;
    FILE *f = test_create("in.jsonl");
    for (unsigned d = 0; d < DOCUMENTS; d++) {
        unsigned at = 0, paragraphs = d % 50 == 49 ? 0 : 1 + next_random(&state) % 3;
        plain[d][0] = '\0';
        if (d > 0 && d % 7 == 0) {
            strcpy(plain[d], plain[next_random(&state) % d]);
            paragraphs = 0;
        }
        for (unsigned p = 0; p < paragraphs; p++) {
            at += (unsigned)sprintf(plain[d] + at, "%s", p > 0 ? "\n" : "");
            at += add_paragraph(plain[d] + at, &state);
        }
        at = 0;
        for (const char *c = plain[d]; *c != '\0'; c++)
            at += (unsigned)sprintf(texts[d] + at, *c == '\n' ? "\\n" : "%c", *c);
        texts[d][at] = '\0';
        fprintf(f, "{\"id\":%u,\"text\":\"%s\"}\n", d, texts[d]);
    }
    test_close(f);
}

static struct watch run(neardup_job_options o)
{
    struct watch w = {.o = &o};
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = &w,
                                   .decision = on_decision,
                                   .pair = on_pair,
                                   .cluster = on_cluster};
    neardup_job_destroy(test_run(&o, (const char *const[]){"in.jsonl", NULL}, &callbacks));
    return w;
}

static neardup_job_options options(unsigned units)
{
    neardup_job_options o = test_options(NULL);
    o.units = units;
    o.contents = true;
    o.pairs = true;
    o.min_tokens = 4;
    return o;
}

Test(job_contents, those_of_documents_and_parts)
{
    static const unsigned units[] = {NEARDUP_UNIT_DOCUMENT, NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_LINE,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH};
    write_documents();
    for (size_t u = 0; u < 4; u++) {
        for (unsigned kind = 0; kind < 8; kind++) {
            neardup_job_options o = options(units[u]);
            o.inside_documents = (kind & 1) == 0;
            o.between_documents = (kind & 1) != 0 || (kind & 2) == 0;
            o.drop_emptied = u > 0;
            o.min_remaining = 20;
            o.memory = kind & 4 ? (uint64_t)64 << 20 : 0;
            struct watch w = run(o);
            cr_assert_gt(w.told, 40);
            cr_assert(units[u] == NEARDUP_UNIT_DOCUMENT || w.parts > 40);
            cr_assert(units[u] != NEARDUP_UNIT_PARAGRAPH || w.parts > w.lines);
        }
    }
}

Test(job_contents, nothing_is_told_if_it_is_not_asked_for)
{
    write_documents();
    neardup_job_options o = options(NEARDUP_UNIT_DOCUMENT);
    o.contents = false;
    cr_assert_eq(run(o).told, 0);
}

Test(job_contents, a_text_has_one_whatever_its_case_spaces_and_marks)
{
    neardup_profile p = NEARDUP_PROFILE_INIT;
    neardup_content a, b;
    cr_assert_eq(neardup_content_compute(&p, false, "One two\nthree", 13, &a, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_content_compute(&p, true, " one TWO, three! ", 17, &b, NULL), NEARDUP_OK);
    cr_assert(same(a, b) && (a.high | a.low) != 0);
    p.ngram = 2;
    cr_assert_eq(neardup_content_compute(&p, false, "one two three", 13, &b, NULL), NEARDUP_OK);
    cr_assert(same(a, b), "ngram does not matter");
    cr_assert_eq(neardup_content_compute(&p, false, "one three two", 13, &b, NULL), NEARDUP_OK);
    cr_assert_not(same(a, b));
    cr_assert_eq(neardup_content_compute(&p, false, "one two\none two\n", 16, &a, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_content_compute(&p, true, "one two\none two\n", 16, &b, NULL), NEARDUP_OK);
    cr_assert_not(same(a, b), "a repeated line counts once in a paragraph");
    cr_assert_eq(neardup_content_compute(&p, false, "one two", 7, &a, NULL), NEARDUP_OK);
    cr_assert(same(a, b));
    cr_assert_eq(neardup_content_compute(&p, true, " .,; ", 5, &a, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_content_compute(&p, false, NULL, 0, &b, NULL), NEARDUP_OK);
    cr_assert(a.high == 0 && a.low == 0 && same(a, b));
    p.ngram = 0;
    cr_assert_eq(neardup_content_compute(&p, false, "a", 1, &a, NULL), NEARDUP_E_ARG);
}
