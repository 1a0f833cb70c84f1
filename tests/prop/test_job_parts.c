/* SPDX-License-Identifier: MIT
 * Cutting paragraphs and lines out of records and text files: what must hold for any input and any options. */
#define _GNU_SOURCE
#include "base/platform.h"

#include "support/jobs.h"
#include "support/records.h"
#include "support/rounds.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST      4000
#define MOST_KEPT 20

struct removal { /* a decision, copied */
    uint64_t document;
    neardup_unit unit;
    neardup_reason reason;
    neardup_span bytes, characters, cut, kept[MOST_KEPT]; /* kept: of the cut */
    size_t kept_count;
    double jaccard, containment;
    uint64_t keeper; /* UINT64_MAX: none */
    neardup_span keeper_bytes;
    char id[32];
};

struct found {
    struct removal removal[MOST];
    size_t count;
};

static struct records records;
static struct found found;

static bool on_decision(void *context, const neardup_decision *d)
{
    struct found *f = context;
    cr_assert_lt(f->count, MOST);
    struct removal *r = &f->removal[f->count++];
    *r = (struct removal){.document = d->document.document,
                          .unit = d->document.unit,
                          .reason = d->reason,
                          .bytes = d->document.bytes,
                          .characters = d->document.characters,
                          .cut = d->cut,
                          .kept_count = d->kept_count,
                          .jaccard = d->jaccard,
                          .containment = d->containment,
                          .keeper = UINT64_MAX};
    cr_assert_leq(d->kept_count, MOST_KEPT);
    for (size_t i = 0; i < d->kept_count; i++)
        r->kept[i] = d->kept[i];
    if (d->keeper.file != NULL) {
        r->keeper = d->keeper.document;
        r->keeper_bytes = d->keeper.bytes;
    }
    return true;
}

static void run(neardup_job_options options, const char *input, const char *output, struct found *f)
{
    if (output != NULL)
        options.output_dir = test_path(output);
    f->count = 0;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = f, .decision = on_decision};
    neardup_job *job = test_run(&options, (const char *const[]){input, NULL}, &callbacks);
    cr_assert_eq(neardup_job_summary(job)->invalid, 0);
    neardup_job_destroy(job);
}

/* ---- random options ---- */

static unsigned draw(unsigned long long *state, unsigned limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % limit;
}

static neardup_job_options some_options(unsigned long long *state)
{
    static const unsigned units[] = {NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_LINE,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_LINE};
    neardup_job_options o = test_options(NULL);
    o.units = units[draw(state, 5)];
    o.text_field = "doc.text";
    o.id_field = "meta.id";
    o.keep_field = "meta.score";
    o.group_field = draw(state, 2) == 0 ? "meta.site" : NULL;
    o.threshold = draw(state, 2) == 0 ? 0.5 : 0.8;
    o.keep = (neardup_keep)draw(state, 6);
    unsigned scope = draw(state, 4);
    o.inside_documents = scope != 1;
    o.between_documents = scope != 2;
    o.containment = draw(state, 3) == 0 ? 0 : 0.6;
    o.max_copies = draw(state, 3) == 0 ? 1 + draw(state, 6) : 0;
    o.keep_one = o.max_copies > 0 && draw(state, 2) == 0;
    o.min_tokens = draw(state, 2) == 0 ? 8 : draw(state, 5);
    o.short_min_documents = draw(state, 2) == 0 ? 5 : draw(state, 3);
    o.drop_emptied = draw(state, 3) == 0;
    o.min_remaining = 1 + draw(state, 6);
    o.min_contained = 0;
    o.all_candidates = draw(state, 3) == 0;
    o.paragraph_profile.tokens = draw(state, 4) == 0 ? NEARDUP_TOKENS_CHAR : NEARDUP_TOKENS_WORD;
    o.cut_unique = draw(state, 3) == 0;
    o.paragraph_profile.ngram = o.paragraph_profile.tokens == NEARDUP_TOKENS_CHAR ? 5 : 1 + draw(state, 4);
    return o;
}

/* ---- what a decision says ---- */

static void check_spans(const struct removal *r)
{
    const struct record *d = &records.record[r->document];
    cr_assert_lt(r->characters.begin, r->characters.end);
    cr_assert_leq(r->characters.end, d->character_count);
    cr_assert_eq(d->characters[r->characters.begin], r->bytes.begin);
    cr_assert_eq(d->characters[r->characters.end], r->bytes.end);
    /* A cut in part is inside the paragraph, and something of it stays. */
    if (r->cut.begin > r->bytes.begin || r->cut.end < r->bytes.end || r->kept_count > 0) {
        cr_assert(r->cut.begin >= r->bytes.begin && r->cut.begin < r->cut.end && r->cut.end <= r->bytes.end);
        uint64_t before = r->cut.begin;
        for (size_t i = 0; i < r->kept_count; i++) {
            cr_assert(r->kept[i].begin > before && r->kept[i].begin < r->kept[i].end && r->kept[i].end < r->cut.end);
            before = r->kept[i].end;
        }
        return;
    }
    /* Another cut holds its paragraph, and begins and ends between lines. */
    cr_assert_leq(r->cut.begin, r->bytes.begin);
    cr_assert_geq(r->cut.end, r->bytes.end);
    cr_assert_leq(r->cut.end, d->length);
    uint64_t places[] = {r->cut.begin, r->cut.end, r->bytes.begin, r->bytes.end};
    for (int i = 0; i < 4; i++) {
        uint64_t at = places[i];
        cr_assert(at == 0 || at == d->length || d->text[at - 1] == '\n' || d->text[at] == '\n' || d->text[at] == '\r');
        cr_assert_geq(d->raw_at[at], 0, "inside a character");
    }
    for (uint64_t at = r->cut.begin; at < r->cut.end; at++) /* and nothing else but white space */
        cr_assert((at >= r->bytes.begin && at < r->bytes.end) ||
                  strchr(" \t\r\n\xC2\xA0\xE3\x80", d->text[at]) != NULL);
}

static bool is_removed(neardup_unit unit, uint64_t document, neardup_span bytes)
{
    for (size_t i = 0; i < found.count; i++) {
        const struct removal *r = &found.removal[i];
        if (r->document != document || r->reason == NEARDUP_EMPTIED)
            continue;
        if (unit == r->unit && r->bytes.begin == bytes.begin && r->bytes.end == bytes.end)
            return true;
        if (unit != NEARDUP_UNIT_DOCUMENT && r->unit == NEARDUP_UNIT_DOCUMENT)
            return true;
    }
    return false;
}

static bool is_emptied(uint64_t document)
{
    for (size_t i = 0; i < found.count; i++) {
        if (found.removal[i].reason == NEARDUP_EMPTIED && found.removal[i].document == document)
            return true;
    }
    return false;
}

/* A paragraph without the lines that repeat the line before them. */
static size_t without_echoes(const neardup_job_options *o, const char *text, size_t length, char *out)
{
    size_t n = 0, last = 0, last_length = 0;
    bool lines = o->inside_documents && (o->units & NEARDUP_UNIT_PARAGRAPH) != 0 && memchr(text, '\n', length) != NULL;
    if (!lines) {
        memcpy(out, text, length);
        return length;
    }
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline != NULL ? (size_t)(newline - text) : length;
        neardup_comparison c;
        cr_assert_eq(
            neardup_compare(&o->paragraph_profile, text + last, last_length, text + at, end - at, &c, NULL, NULL, NULL),
            NEARDUP_OK);
        if (!test_same_words(&o->paragraph_profile, false, text + last, last_length, text + at, end - at)) {
            memcpy(out + n, text + at, end - at);
            n += end - at;
            out[n++] = '\n';
        }
        if (c.b_tokens > 0) {
            last = at;
            last_length = end - at;
        }
        at = end + 1;
    }
    return n;
}

static void check_score(const neardup_job_options *o, const struct removal *r)
{
    static char a[RECORD_BYTES], b[RECORD_BYTES];
    const struct record *d = &records.record[r->document], *k = &records.record[r->keeper];
    bool parts = r->unit != NEARDUP_UNIT_DOCUMENT;
    neardup_span in_d = parts ? r->bytes : (neardup_span){0, d->length};
    neardup_span in_k = parts ? r->keeper_bytes : (neardup_span){0, k->length};
    size_t na = in_d.end - in_d.begin, nb = in_k.end - in_k.begin;
    memcpy(a, d->text + in_d.begin, na);
    memcpy(b, k->text + in_k.begin, nb);
    if (parts) {
        na = without_echoes(o, d->text + in_d.begin, na, a);
        nb = without_echoes(o, k->text + in_k.begin, nb, b);
    }
    neardup_comparison c;
    cr_assert_eq(neardup_compare(parts ? &o->paragraph_profile : &o->profile, a, na, b, nb, &c, NULL, NULL, NULL),
                 NEARDUP_OK);
    if (r->reason == NEARDUP_EXACT)
        cr_assert(c.identical && r->jaccard == 1);
    else
        cr_assert_eq(c.jaccard, r->jaccard, "%f, and %f was said", c.jaccard, r->jaccard);
    cr_assert(c.jaccard >= o->threshold);
}

static void check_keeper(const neardup_job_options *o, const struct removal *r)
{
    if (r->reason == NEARDUP_EMPTIED)
        return;
    if (r->keeper == UINT64_MAX) {
        cr_assert(o->max_copies > 0 && !o->keep_one);
        return;
    }
    cr_assert_not(is_removed(r->unit, r->keeper, r->keeper_bytes));
    /* A document may go for another one of which then all paragraphs go. */
    cr_assert(!is_emptied(r->keeper) || r->keeper == r->document || r->unit == NEARDUP_UNIT_DOCUMENT);
    cr_assert(o->between_documents || r->keeper == r->document || r->unit == NEARDUP_UNIT_DOCUMENT);
    cr_assert(o->inside_documents || r->keeper != r->document);
    if (r->reason == NEARDUP_CONTAINED)
        cr_assert(r->containment >= o->containment && r->containment <= 1 && r->jaccard == 0);
    else
        check_score(o, r);
}

/* ---- what is written ---- */

/* Appends what must be left of a document. */
static size_t expect(uint64_t document, char *out)
{
    const struct record *d = &records.record[document];
    size_t n = 0, at = 0;
    if (is_removed(NEARDUP_UNIT_DOCUMENT, document, (neardup_span){0, 0}) || is_emptied(document))
        return 0;
    for (size_t i = 0; i < found.count; i++) {
        const struct removal *r = &found.removal[i];
        if (r->document != document)
            continue;
        uint64_t from = r->cut.begin;
        for (size_t k = 0; k <= r->kept_count; k++) {
            uint64_t to = k < r->kept_count ? r->kept[k].begin : r->cut.end;
            size_t begin = (size_t)d->raw_at[from], end = (size_t)d->raw_at[to];
            cr_assert_leq(at, begin, "cuts of document %d overlap", (int)document);
            memcpy(out + n, d->raw + at, begin - at);
            n += begin - at;
            at = end;
            from = k < r->kept_count ? r->kept[k].end : to;
        }
    }
    memcpy(out + n, d->raw + at, d->raw_length - at);
    return n + d->raw_length - at;
}

static void check_file(const char *name, const char *expected, size_t length)
{
    size_t n;
    char *got = test_read(name, &n);
    size_t same = 0;
    while (same < n && same < length && got[same] == expected[same])
        same++;
    cr_assert(n == length && same == n, "%s: %d bytes instead of %d, the first difference at %d: '%.60s'", name, (int)n,
              (int)length, (int)same, got + same);
    free(got);
}

static void check_output(const char *output)
{
    static char expected[RECORD_COUNT * RECORD_BYTES];
    char name[64];
    size_t n = 0;
    for (int i = 0; i < records.json_count; i++)
        n += expect((uint64_t)i, expected + n);
    snprintf(name, sizeof name, "%s/a.jsonl", output);
    check_file(name, expected, n);
    for (int i = records.json_count; i < RECORD_COUNT; i++) {
        snprintf(name, sizeof name, "%s/t%02d.txt", output, i);
        bool gone = is_removed(NEARDUP_UNIT_DOCUMENT, (uint64_t)i, (neardup_span){0, 0}) || is_emptied((uint64_t)i);
        cr_assert_eq(test_exists(name), !gone, "%s", name);
        if (!gone)
            check_file(name, expected, expect((uint64_t)i, expected));
    }
}

/* ---- the properties ---- */

static void fresh(void)
{
    test_folder_remove();
    test_folder_make();
}

static void show(const char *what, unsigned long long seed, const neardup_job_options *o)
{
    printf("%s: seed %llu: units %u, threshold %g, keep %d, within %d, across %d, containment %g, max_copies %d, "
           "keep_one %d, min_tokens %d, often %d, min_remaining %d, tokens %d, ngram %u, all %d\n",
           what, seed, o->units, o->threshold, (int)o->keep, o->inside_documents, o->between_documents, o->containment,
           (int)o->max_copies, o->keep_one, (int)o->min_tokens, (int)o->short_min_documents,
           o->drop_emptied ? (int)o->min_remaining : -1, (int)o->paragraph_profile.tokens, o->paragraph_profile.ngram,
           o->all_candidates);
    fflush(stdout);
}

TestSuite(job_parts_props, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

#define SEEDS (NDUP_SANITIZED || !test_full() ? 24u : 80u)

Test(job_parts_props, cut_exactly_what_is_said_and_with_reason)
{
    size_t cuts = 0, reasons[5] = {0};
    for (unsigned long long seed = 1; seed <= SEEDS; seed++) {
        unsigned long long state = seed * 77;
        fresh();
        neardup_job_options o = some_options(&state);
        show("cut", seed, &o);
        records_make(&records, seed, 6, true);
        records_write(&records, "in", false);
        run(o, "in", "out", &found);
        for (size_t i = 0; i < found.count; i++) {
            const struct removal *r = &found.removal[i];
            reasons[r->reason]++;
            if (r->unit != NEARDUP_UNIT_DOCUMENT && r->reason != NEARDUP_EMPTIED)
                check_spans(r);
            check_keeper(&o, r);
        }
        check_output("out");
        cuts += found.count;
    }
    cr_expect_gt(cuts, SEEDS * 20);
    for (int i = 0; i < 5; i++)
        cr_expect_gt(reasons[i], SEEDS / 10, "reason %d", i);
}

/* Exceptions, as doc/paragraphs.md has them: whole documents are left alone the second time; documents that go as a whole
 * are no longer counted; with --across alone a paragraph whose keeper is in its own document; and what is left of a near
 * copy may be a copy of another paragraph. */
Test(job_parts_props, a_second_run_cuts_nothing)
{
    static struct found again;
    for (unsigned long long seed = 1; seed <= SEEDS; seed++) {
        unsigned long long state = seed * 78;
        fresh();
        neardup_job_options o = some_options(&state);
        show("twice", seed, &o);
        o.cut_unique = true;
        o.drop_emptied = o.drop_emptied && o.max_copies == 0;
        if (!o.inside_documents && (o.keep == NEARDUP_KEEP_LONGEST || o.keep == NEARDUP_KEEP_SHORTEST))
            o.keep = NEARDUP_KEEP_MAX;
        /* What is left of a text that is broken here and there may be too broken to be read. */
        records_make(&records, seed, 6, false);
        records_write(&records, "in", false);
        run(o, "in", "out", &found);
        remove(test_path("out/decisions.jsonl"));
        remove(test_path("out/clusters.jsonl"));
        remove(test_path("out/summary.json"));
        o.units &= ~(unsigned)NEARDUP_UNIT_DOCUMENT;
        run(o, "out", NULL, &again);
        cr_assert_eq(again.count, 0, "document %d, bytes %d to %d, reason %d", (int)again.removal[0].document,
                     (int)again.removal[0].bytes.begin, (int)again.removal[0].bytes.end, (int)again.removal[0].reason);
    }
}

Test(job_parts_props, nothing_depends_on_threads_or_cpu)
{
    static struct found other;
    for (unsigned long long seed = 1; seed <= SEEDS / 5; seed++) {
        unsigned long long state = seed * 79;
        fresh();
        neardup_job_options o = some_options(&state);
        o.annotate = seed % 3 == 0;
        o.drop_emptied = o.drop_emptied && !o.annotate;
        show("same", seed, &o);
        records_make(&records, seed, o.annotate ? 0 : 6, true);
        records_write(&records, "in", false);
        o.threads = 1;
        run(o, "in", "one", &found);
        static const unsigned threads[] = {2, 5, 2};
        for (int i = 0; i < 3; i++) {
            char name[32];
            snprintf(name, sizeof name, "other%d", i);
            o.threads = threads[i];
            o.cpu = i == 2 ? NEARDUP_CPU_SCALAR : NEARDUP_CPU_AUTO;
            run(o, "in", name, &other);
            test_same_folders("one", name);
            cr_assert_eq(memcmp(found.removal, other.removal, found.count * sizeof *found.removal), 0);
        }
    }
}

/* ---- other ways in and out ---- */

static void unpack(const char *packed, const char *plain)
{
    char command[1400];
    snprintf(command, sizeof command, "gzip -dc '%s' > '%s'", test_path(packed), test_path(plain));
    cr_assert_eq(system(command), 0);
}

static void same_bytes(const char *a, const char *b)
{
    size_t n;
    char *bytes = test_read(a, &n);
    check_file(b, bytes, n);
    free(bytes);
}

/* Standard input gives the same cuts as the file, and the same records. */
static void check_standard_input(const neardup_job_options *o)
{
    static struct found other;
    int file = open(test_path("in/a.jsonl"), O_RDONLY), before = dup(STDIN_FILENO);
    cr_assert(file >= 0 && before >= 0);
    cr_assert_eq(dup2(file, STDIN_FILENO), STDIN_FILENO);
    run(*o, "-", "stdin", &other);
    cr_assert_eq(dup2(before, STDIN_FILENO), STDIN_FILENO);
    close(file);
    close(before);
    run(*o, "in/a.jsonl", "file", &found);
    cr_assert_eq(found.count, other.count);
    cr_assert_eq(memcmp(found.removal, other.removal, found.count * sizeof *found.removal), 0);
    same_bytes("file/a.jsonl", test_exists("stdin/stdin.jsonl") ? "stdin/stdin.jsonl" : "stdin/stdin");
}

Test(job_parts_props, nothing_depends_on_where_the_bytes_come_from)
{
    static struct found other;
    for (unsigned long long seed = 1; seed <= SEEDS / 8; seed++) {
        unsigned long long state = seed * 80;
        fresh();
        neardup_job_options o = some_options(&state);
        show("sources", seed, &o);
        records_make(&records, seed, 3, true);
        records_write(&records, "in", false);
        records_write(&records, "packed", true);
        run(o, "in", "out", &found);
        run(o, "packed", "out-packed", &other);
        cr_assert_eq(found.count, other.count);
        cr_assert_eq(memcmp(found.removal, other.removal, found.count * sizeof *found.removal), 0);
        unpack("out-packed/a.jsonl.gz", "a.jsonl");
        same_bytes("out/a.jsonl", "a.jsonl");
        check_standard_input(&o);
    }
}

/* A record without its note is the record, and a note is replaced by itself. */
Test(job_parts_props, annotating_changes_nothing_else_and_twice_is_once)
{
    static char plain[RECORD_COUNT * RECORD_BYTES];
    static struct found cuts;
    for (unsigned long long seed = 1; seed <= SEEDS / 3; seed++) {
        unsigned long long state = seed * 81;
        fresh();
        neardup_job_options o = some_options(&state);
        o.drop_emptied = false;
        o.units &= ~(unsigned)NEARDUP_UNIT_DOCUMENT;
        show("annotate", seed, &o);
        records_make(&records, seed, 0, true);
        records_write(&records, "in", false);
        run(o, "in", NULL, &cuts);
        o.annotate = true;
        run(o, "in", "once", &found);
        cr_assert_eq(found.count, cuts.count);
        cr_assert_eq(memcmp(found.removal, cuts.removal, found.count * sizeof *found.removal), 0);
        run(o, "once/a.jsonl", "twice", &found);
        same_bytes("once/a.jsonl", "twice/a.jsonl");
        size_t n = 0, length;
        char *noted = test_read("once/a.jsonl", &length);
        for (const char *at = noted; at < noted + length;) {
            const char *end = memchr(at, '\n', (size_t)(noted + length - at));
            end = end != NULL ? end + 1 : noted + length;
            const char *note = memmem(at, (size_t)(end - at), ",\"neardup\":[{", 13);
            note = note != NULL ? note : end;
            memcpy(plain + n, at, (size_t)(note - at));
            n += (size_t)(note - at);
            if (note < end) { /* it is the last member */
                const char *close = end - 1;
                while (*close != '}')
                    close--;
                memcpy(plain + n, close, (size_t)(end - close));
                n += (size_t)(end - close);
            }
            at = end;
        }
        free(noted);
        check_file("in/a.jsonl", plain, n);
    }
}
