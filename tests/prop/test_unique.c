/* SPDX-License-Identifier: MIT
 * Nothing unique is lost: random documents are made of sentences and list items that the test knows, some paragraphs are near
 * copies of others, and afterwards each sentence must be in the cleaned corpus. Sentences are numbered when they are made,
 * so that this depends neither on how the program finds them nor on its decisions. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SENTENCES  600
#define DOCUMENTS  40
#define PARAGRAPHS 8
#define MOST       9 /* sentences of a paragraph */

struct paragraph {
    int sentence[MOST];
    int count;
    bool list;
};

struct document {
    struct paragraph paragraph[PARAGRAPHS];
    int count;
    bool removed; /* as a document */
};

static char words[SENTENCES][200]; /* of a sentence: lower case, one blank between them */
static int sentence_count;
static struct document documents[DOCUMENTS];

static unsigned draw(unsigned long long *state, unsigned limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % limit;
}

/* ---- the corpus ---- */

/* A few words to draw from, so that sentences share shingles, and now and then a number. */
static int make_sentence(unsigned long long *state)
{
    static const char *const some[] = {"river",  "stone",  "market", "window", "letter", "garden",
                                       "winter", "signal", "bridge", "copper", "yellow", "silent",
                                       "narrow", "planet", "basket", "meadow", "hollow", "thread"};
    cr_assert_lt(sentence_count, SENTENCES);
    char *out = words[sentence_count];
    size_t n = 0;
    for (unsigned i = 0, count = 3 + draw(state, 12); i < count; i++) {
        if (draw(state, 6) == 0)
            n += (size_t)sprintf(out + n, "%s%u", i > 0 ? " " : "", draw(state, 300));
        else
            n += (size_t)sprintf(out + n, "%s%s", i > 0 ? " " : "", some[draw(state, 18)]);
    }
    return sentence_count++;
}

/* Another sentence with most of its words. */
static int change_sentence(unsigned long long *state, int from)
{
    cr_assert_lt(sentence_count, SENTENCES);
    size_t length = strlen(words[from]);
    length = length < 150 ? length : 150;
    memcpy(words[sentence_count], words[from], length);
    strcpy(words[sentence_count] + length, draw(state, 2) == 0 ? " today" : " 400");
    return sentence_count++;
}

static void copy_paragraph(unsigned long long *state, struct paragraph *to, const struct paragraph *from)
{
    *to = *from;
    unsigned kind = draw(state, 6), at = draw(state, (unsigned)to->count);
    if (kind == 0) {
        to->sentence[at] = make_sentence(state);
    } else if (kind <= 2) {
        to->sentence[at] = change_sentence(state, to->sentence[at]);
    } else if (kind == 3 && to->count > 1) {
        int first = to->sentence[0];
        to->sentence[0] = to->sentence[at];
        to->sentence[at] = first;
    } else if (kind == 4 && to->count < MOST) {
        to->sentence[to->count++] =
            draw(state, 2) == 0 ? make_sentence(state) : (int)draw(state, (unsigned)sentence_count);
    }
}

static void make_documents(unsigned long long *state)
{
    sentence_count = 0;
    for (int d = 0; d < DOCUMENTS; d++) {
        struct document *document = &documents[d];
        *document = (struct document){.count = 1 + (int)draw(state, PARAGRAPHS)};
        for (int p = 0; p < document->count; p++) {
            struct paragraph *paragraph = &document->paragraph[p];
            unsigned from = draw(state, (unsigned)d + 1);
            const struct document *other = &documents[from];
            int there = from == (unsigned)d ? p : other->count;
            if (there > 0 && (draw(state, 4) > 0 || sentence_count + 2 * MOST > SENTENCES)) {
                copy_paragraph(state, paragraph, &other->paragraph[draw(state, (unsigned)there)]);
                continue;
            }
            paragraph->list = draw(state, 3) == 0;
            paragraph->count = 1 + (int)draw(state, MOST);
            for (int i = 0; i < paragraph->count; i++)
                paragraph->sentence[i] = make_sentence(state);
        }
    }
}

/* Sentences begin with a capital letter, and end with a full stop. */
static size_t put_document(const struct document *document, bool lines, char *out)
{
    size_t n = 0;
    for (int p = 0; p < document->count; p++) {
        const struct paragraph *paragraph = &document->paragraph[p];
        if (p > 0)
            n += (size_t)sprintf(out + n, lines ? "\n" : "\n\n");
        for (int i = 0; i < paragraph->count; i++) {
            bool list = paragraph->list && !lines;
            const char *text = words[paragraph->sentence[i]];
            n += (size_t)sprintf(out + n, "%s", list ? i > 0 ? "\n- " : "- " : i > 0 ? " " : "");
            out[n] = (char)(*text >= 'a' ? *text - 32 : *text);
            n += (size_t)sprintf(out + n + 1, "%s%s", text + 1, list ? "" : ".") + 1;
        }
    }
    return n;
}

enum form { JSON, CSV, TEXT, FORMS };

static void put_escaped(FILE *file, enum form form, const char *text)
{
    for (; *text != '\0'; text++) {
        if (form == JSON && *text == '\n')
            fputs("\\n", file);
        else if (form == JSON && *text == 'v')
            fputs("\\u0076", file);
        else
            fputc(*text, file);
    }
}

static const char *const names[FORMS] = {"a.jsonl", "a.csv", NULL};

static void write_documents(enum form form, bool lines, int first, int end, const char *folder)
{
    static char text[20000];
    char name[64];
    FILE *file = NULL;
    if (form != TEXT) {
        snprintf(name, sizeof name, "%s/%s", folder, names[form]);
        file = test_create(name);
    }
    if (form == CSV)
        fputs("id,text\n", file);
    for (int d = first; d < end; d++) {
        size_t length = put_document(&documents[d], lines, text);
        if (form == TEXT) {
            snprintf(name, sizeof name, "%s/t%02d.txt", folder, d);
            test_write_bytes(name, text, length, false);
            continue;
        }
        fprintf(file, form == JSON ? "{\"id\":%d,\"text\":\"" : "%d,\"", d);
        put_escaped(file, form, text);
        fputs(form == JSON ? "\"}\n" : "\"\n", file);
    }
    if (file != NULL)
        test_close(file);
}

/* ---- what is left ---- */

static char left[DOCUMENTS * 20000];
static size_t left_length;

/* Appends the words of a file, lower case, one blank between them, and a stroke between its lines and before and after; for text
 * with one sentence over several lines (there is none). */
static void add_words(const char *name)
{
    size_t length;
    if (!test_exists(name))
        return;
    char *bytes = test_read(name, &length);
    left[left_length++] = '|';
    bool word = false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\\' && bytes[i + 1] == 'u') {
            c = 'v';
            i += 5;
        } else if (c == '\\') {
            c = ' ';
            i++;
        }
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c + 32);
        bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_word && !word)
            left[left_length++] = ' ';
        if (is_word)
            left[left_length++] = (char)c;
        word = is_word;
    }
    left[left_length++] = ' ';
    left[left_length] = '\0';
    free(bytes);
}

static void read_left(enum form form, const char *folder)
{
    char name[64];
    for (int d = 0; d < (form == TEXT ? DOCUMENTS : 1); d++) {
        if (form == TEXT)
            snprintf(name, sizeof name, "%s/t%02d.txt", folder, d);
        else
            snprintf(name, sizeof name, "%s/%s", folder, names[form]);
        add_words(name);
    }
}

static bool stands(int sentence)
{
    char what[220];
    snprintf(what, sizeof what, " %s ", words[sentence]);
    return strstr(left, what) != NULL;
}

/* ---- the property ---- */

static bool note_document(void *context, const neardup_decision *d)
{
    int first = *(int *)context;
    if (d->document.unit == NEARDUP_UNIT_DOCUMENT && d->reason != NEARDUP_EMPTIED)
        documents[first + (int)d->document.document].removed = true;
    return true;
}

static neardup_job_options some_options(unsigned long long *state)
{
    static const unsigned units[] = {NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_LINE,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH};
    neardup_job_options o = test_options("out");
    o.units = units[draw(state, 4)];
    o.all_candidates = draw(state, 2) == 0;
    o.threshold = draw(state, 2) == 0 ? 0.4 : 0.7;
    o.keep = (neardup_keep)draw(state, 4);
    unsigned scope = draw(state, 5);
    o.inside_documents = scope != 1;
    o.between_documents = scope != 2;
    o.containment = o.inside_documents ? 0.6 : 0;
    o.min_contained = 0;
    o.min_tokens = draw(state, 2) == 0 ? 8 : draw(state, 6);
    o.short_min_documents = 2;
    o.drop_emptied = draw(state, 3) == 0;
    o.max_copies = draw(state, 4) == 0 ? 3 : 0;
    o.keep_one = o.max_copies > 0;
    o.paragraph_profile.ngram = 1 + draw(state, 3);
    return o;
}

TestSuite(unique_props, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

#define SEEDS (NDUP_SANITIZED ? 40u : 150u)

Test(unique_props, every_sentence_stands_somewhere)
{
    uint64_t near = 0, unique = 0, lost_before = 0;
    for (unsigned long long seed = 1; seed <= 2 * SEEDS; seed++) {
        unsigned long long state = seed / 2 * 83 + 1;
        test_folder_remove();
        test_folder_make();
        neardup_job_options o = some_options(&state);
        o.cut_unique = seed % 2 == 1; /* the same corpus with and without */
        enum form form = (enum form)draw(&state, FORMS);
        bool lines = o.units == NEARDUP_UNIT_LINE || draw(&state, 4) == 0;
        int own = draw(&state, 3) == 0 && o.between_documents ? DOCUMENTS / 2 : DOCUMENTS;
        make_documents(&state);
        write_documents(form, lines, 0, own, "in");
        if (own < DOCUMENTS)
            write_documents(form, lines, own, DOCUMENTS, "reference");
        if (own < DOCUMENTS && o.max_copies > 0)
            o.max_copies = o.keep_one = 0;
        int first = 0;
        neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &first, .decision = note_document};
        neardup_job *job;
        neardup_error error;
        cr_assert_eq(neardup_job_create(&job, &o, &error), NEARDUP_OK, "%s", error.message);
        cr_assert_eq(neardup_job_add_input(job, test_path("in"), &error), NEARDUP_OK);
        if (own < DOCUMENTS)
            cr_assert_eq(neardup_job_add_reference(job, test_path("reference"), &error), NEARDUP_OK);
        cr_assert_eq(neardup_job_run(job, &callbacks, &error), NEARDUP_OK, "%s", error.message);
        near += neardup_job_summary(job)->paragraphs.near;
        unique += neardup_job_summary(job)->paragraphs.unique;
        neardup_job_destroy(job);
        left_length = 0;
        read_left(form, "out");
        if (own < DOCUMENTS)
            read_left(form, "reference");
        for (int d = 0; d < own; d++) {
            for (int p = 0; p < documents[d].count && !documents[d].removed; p++) {
                const struct paragraph *paragraph = &documents[d].paragraph[p];
                for (int i = 0; i < paragraph->count; i++) {
                    if (stands(paragraph->sentence[i]))
                        continue;
                    cr_assert(o.cut_unique, "seed %llu: '%s' of document %d is lost", seed,
                              words[paragraph->sentence[i]], d);
                    lost_before++;
                }
            }
        }
    }
    cr_expect_gt(near, SEEDS);
    cr_expect_gt(unique, SEEDS);
    cr_expect_gt(lost_before, SEEDS); /* it was a danger */
}
