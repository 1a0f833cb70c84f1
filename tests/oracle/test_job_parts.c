/* SPDX-License-Identifier: MIT
 * Paragraphs and lines against brute force: every decision, cluster and count of small corpora full of repeats. With the
 * exact join nothing may be missed; inside a document nothing may ever be. */
#include "base/platform.h"

#include "support/jobs.h"
#include "support/part_truth.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct check { /* what the callbacks hold against the truth */
    const struct truth *truth;
    const char *what;
    unsigned long long seed;
    int next_document, next_item; /* whose decision comes next */
    bool emptied_told;
    int numbers[TRUTH_ITEMS]; /* of clusters, by unit; 0: not reported */
    uint64_t last_tokens;
    uint64_t clusters;
    uint64_t cuts[5];
};

static bool same_place(const neardup_ref *ref, const struct truth_place *place)
{
    if (place->document < 0)
        return ref->file == NULL;
    return ref->file != NULL && ref->document == (uint64_t)place->document && ref->bytes.begin == place->begin &&
           ref->bytes.end == place->end;
}

static void check_document_decision(struct check *c, const neardup_decision *d)
{
    const struct truth *t = c->truth;
    while (c->next_document < t->document_count && !t->documents[c->next_document].gone)
        c->next_document++;
    cr_assert_lt(c->next_document, t->document_count, "%s: seed %llu: document %d is removed and should stay", c->what,
                 c->seed, (int)d->document.index);
    cr_assert_eq(d->document.index, (uint64_t)c->next_document);
    cr_assert_eq(d->keeper.index, (uint64_t)t->documents[c->next_document].keeper);
    c->next_document++;
}

static void check_emptied(struct check *c, const neardup_decision *d)
{
    const struct truth_document *document = &c->truth->documents[d->document.index];
    cr_assert(document->emptied, "%s: seed %llu: document %d is emptied", c->what, c->seed, (int)d->document.index);
    cr_assert(d->keeper.file == NULL && d->cluster == 0);
    c->cuts[NEARDUP_EMPTIED]++;
}

static bool on_decision(void *context, const neardup_decision *d)
{
    struct check *c = context;
    const struct truth *t = c->truth;
    if (d->reason == NEARDUP_EMPTIED) {
        check_emptied(c, d);
        return true;
    }
    if (d->document.unit == NEARDUP_UNIT_DOCUMENT) {
        check_document_decision(c, d);
        return true;
    }
    while (c->next_item < t->item_count && !t->items[c->next_item].cut)
        c->next_item++;
    cr_assert_lt(c->next_item, t->item_count, "%s: seed %llu: bytes %d of document %d are cut and should stay", c->what,
                 c->seed, (int)d->document.bytes.begin, (int)d->document.document);
    const struct truth_item *item = &t->items[c->next_item++];
    cr_assert(same_place(&d->document, &item->place),
              "%s: seed %llu: bytes %d of document %d are cut, and bytes %d of %d should be", c->what, c->seed,
              (int)d->document.bytes.begin, (int)d->document.document, (int)item->place.begin, item->place.document);
    const char *text = t->documents[item->place.document].text + item->place.begin;
    int length = (int)(item->place.end - item->place.begin);
    cr_assert_eq(d->reason, item->reason, "%s: seed %llu: reason %d instead of %d: %.*s", c->what, c->seed,
                 (int)d->reason, (int)item->reason, length, text);
    cr_assert_eq(d->jaccard, item->jaccard, "%s: seed %llu: jaccard %f instead of %f: %.*s", c->what, c->seed,
                 d->jaccard, item->jaccard, length, text);
    cr_assert_eq(d->containment, item->reason == NEARDUP_CONTAINED ? item->containment : 0);
    cr_assert(same_place(&d->keeper, &item->keeper),
              "%s: seed %llu: reason %d, keeper %d:%d instead of %d:%d for %d:%d", c->what, c->seed, (int)d->reason,
              (int)d->keeper.document, (int)d->keeper.bytes.begin, item->keeper.document, (int)item->keeper.begin,
              item->place.document, (int)item->place.begin);
    cr_assert_eq(d->document.tokens, (uint64_t)item->count);
    cr_assert_eq(d->document.characters.begin, item->place.begin);
    cr_assert_eq(d->document.characters.end, item->place.end);
    if (item->cluster >= 0) {
        if (c->numbers[item->cluster] == 0)
            c->numbers[item->cluster] = (int)d->cluster;
        cr_assert_eq(c->numbers[item->cluster], (int)d->cluster);
    }
    c->cuts[item->reason]++;
    return true;
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    struct check *c = context;
    const struct truth *t = c->truth;
    if (k->keeper.unit == NEARDUP_UNIT_DOCUMENT)
        return true;
    bool seen[TRUTH_DOCUMENTS] = {false};
    uint64_t tokens = 0, documents = 0;
    bool keeper_is_member = false;
    cr_assert_eq(k->number, ++c->clusters);
    cr_assert(k->number == 1 || k->tokens <= c->last_tokens);
    c->last_tokens = k->tokens;
    for (uint64_t i = 0; i < k->member_count; i++) {
        const neardup_member *m = &k->members[i];
        tokens += m->document.tokens;
        documents += !seen[m->document.document];
        seen[m->document.document] = true;
        keeper_is_member = keeper_is_member || m->document.index == k->keeper.index;
        cr_assert(i == 0 || k->members[i - 1].document.index < m->document.index);
    }
    documents += !seen[k->keeper.document];
    cr_assert_eq(k->keeper.reference, k->keeper.document >= (uint64_t)t->own_count);
    cr_assert_eq(k->tokens, tokens);
    cr_assert_eq(k->documents, documents);
    cr_assert_eq(k->all_removed, keeper_is_member);
    cr_assert(!k->all_removed || k->boilerplate);
    return true;
}

/* Bytes of the record between these places of the text: newlines are escaped. */
static uint64_t raw_bytes(const struct truth_document *d, size_t begin, size_t end)
{
    uint64_t bytes = end - begin;
    for (; begin < end; begin++)
        bytes += d->text[begin] == '\n';
    return bytes;
}

static uint64_t record_bytes(const struct truth_document *d, int number)
{
    char head[64];
    int n = snprintf(head, sizeof head, "{\"id\":\"d%d\",\"score\":%d,\"text\":\"", number, d->score);
    return (uint64_t)n + raw_bytes(d, 0, d->length) + strlen("\"}\n");
}

/* Whether no earlier paragraph has these words. */
static bool is_new(const struct truth *t, int which, const neardup_job_options *o)
{
    const struct truth_item *item = &t->items[which];
    bool new = !item->echo && item->count > 0;
    for (int i = 0; i < which && new; i++) {
        const struct truth_item *other = &t->items[i];
        new = other->echo || other->count != item->count ||
              (!o->between_documents && other->place.document != item->place.document) ||
              memcmp(other->words, item->words, (size_t)item->count * sizeof *item->words) != 0;
    }
    return new;
}

static void check_summary(const struct check *c, const neardup_summary *s, const neardup_job_options *o)
{
    const struct truth *t = c->truth;
    neardup_paragraph_summary p = {.unit = (neardup_unit)(o->units & ~(unsigned)NEARDUP_UNIT_DOCUMENT)};
    for (int i = 0; i < t->own_count; i++) {
        const struct truth_document *d = &t->documents[i];
        bool taken = !d->gone && d->count > 0, changed = false;
        p.documents += taken;
        p.blank_rule += taken && d->blank_rule;
        for (int j = d->first; j < d->first + d->items; j++) {
            const struct truth_item *item = &t->items[j];
            p.count += !item->echo && item->count > 0;
            p.distinct += is_new(t, j, o);
            p.tokens += item->echo ? 0 : (uint64_t)item->count;
            p.shorter += !item->echo && item->count > 0 && item->count < (int)o->min_tokens;
            changed = changed || item->cut;
            if (!item->cut)
                continue;
            uint64_t bytes = raw_bytes(d, item->place.begin, item->place.end);
            p.cut_tokens += (uint64_t)item->count;
            p.cut_bytes += bytes;
            p.emptied_bytes -= d->emptied ? bytes : 0;
        }
        p.changed += changed;
        p.emptied += d->emptied;
        p.emptied_bytes += d->emptied ? record_bytes(d, i) : 0;
    }
    cr_assert_eq(s->paragraphs.unit, p.unit);
    cr_assert_eq(s->paragraphs.documents, p.documents);
    cr_assert_eq(s->paragraphs.blank_rule, p.blank_rule);
    cr_assert_eq(s->paragraphs.newline_rule, p.documents - p.blank_rule);
    cr_assert_eq(s->paragraphs.count, p.count);
    cr_assert_eq(s->paragraphs.tokens, p.tokens);
    cr_assert_eq(s->paragraphs.distinct, p.distinct);
    cr_assert_eq(s->paragraphs.shorter, p.shorter);
    cr_assert_eq(s->paragraphs.cut_tokens, p.cut_tokens);
    cr_assert_eq(s->paragraphs.cut_bytes, p.cut_bytes);
    cr_assert_eq(s->paragraphs.emptied_bytes, p.emptied_bytes);
    cr_assert_eq(s->paragraphs.changed, p.changed);
    cr_assert_eq(s->paragraphs.emptied, p.emptied);
    cr_assert_eq(s->paragraphs.exact, c->cuts[NEARDUP_EXACT]);
    cr_assert_eq(s->paragraphs.near, c->cuts[NEARDUP_NEAR]);
    cr_assert_eq(s->paragraphs.contained, c->cuts[NEARDUP_CONTAINED]);
    cr_assert_eq(s->paragraphs.boilerplate, c->cuts[NEARDUP_BOILERPLATE]);
    cr_assert_eq(s->paragraphs.emptied, c->cuts[NEARDUP_EMPTIED]);
    cr_assert_eq(s->paragraphs.clusters, c->clusters);
    cr_assert_eq(s->kept, s->documents - s->exact - s->near - s->paragraphs.emptied);
}

static void write_records(const struct truth *truth, const char *name, int begin, int end)
{
    FILE *file = test_create(name);
    truth_write(truth, begin, end, file);
    test_close(file);
}

static void compare_one(struct truth *truth, struct check *c, const neardup_job_options *options)
{
    neardup_error err;
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = c, .decision = on_decision, .cluster = on_cluster};
    truth_decide(truth, options);
    write_records(truth, "in.jsonl", 0, truth->own_count);
    write_records(truth, "known.jsonl", truth->own_count, truth->document_count);
    neardup_job *job = test_job(options, (const char *const[]){"in.jsonl", NULL});
    if (truth->own_count < truth->document_count)
        cr_assert_eq(neardup_job_add_reference(job, test_path("known.jsonl"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    while (c->next_item < truth->item_count && !truth->items[c->next_item].cut)
        c->next_item++;
    cr_assert_eq(c->next_item, truth->item_count, "%s: seed %llu: bytes %d of document %d stay and should be cut",
                 c->what, c->seed, (int)truth->items[c->next_item].place.begin,
                 truth->items[c->next_item].place.document);
    check_summary(c, neardup_job_summary(job), options);
    neardup_job_destroy(job);
}

/* Every corpus as it is, and with its last documents as references. Returns how many parts were cut for which reason
 * without these, so that a test knows that it tested something. */
static void compare(const char *what, const neardup_job_options *options, unsigned seeds, uint64_t *cuts)
{
    static struct truth truth;
    for (unsigned long long seed = 1; seed <= seeds; seed++) {
        struct check c = {.truth = &truth, .what = what, .seed = seed}, with = c;
        truth_make(&truth, seed);
        compare_one(&truth, &c, options);
        for (int r = 0; r < 5; r++)
            cuts[r] += c.cuts[r];
        if (!options->between_documents && (options->units & NEARDUP_UNIT_DOCUMENT) == 0)
            continue;
        truth.own_count -= 4 + (int)(seed % 3) * 10;
        compare_one(&truth, &with, options);
    }
}

static neardup_job_options part_options(unsigned units)
{
    neardup_job_options o = test_options(NULL);
    o.min_contained = 0;
    o.units = units;
    o.cut_unique = true; /* decisions follow from similarity alone */
    o.all_candidates = true;
    o.threshold = 0.5;
    o.containment = 0.75;
    o.short_min_documents = 4;
    o.keep_field = "score";
    return o;
}

TestSuite(job_parts, .init = test_folder_make, .fini = test_folder_remove);

#define ALL_REASONS(cuts) ((cuts)[NEARDUP_EXACT] > 50 && (cuts)[NEARDUP_NEAR] > 50 && (cuts)[NEARDUP_CONTAINED] > 5)

Test(job_parts, every_unit)
{
    static const unsigned units[] = {NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_LINE,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_LINE};
    static const char *const names[] = {"paragraph", "line", "document,paragraph", "document,line"};
    for (int i = 0; i < 4; i++) {
        uint64_t cuts[5] = {0};
        neardup_job_options o = part_options(units[i]);
        compare(names[i], &o, 8, cuts);
        cr_expect(ALL_REASONS(cuts), "%s", names[i]);
    }
}

Test(job_parts, every_keep_rule)
{
    static const char *const names[] = {"first", "last", "longest", "shortest", "max", "min", "content"};
    for (int keep = 0; keep < 6; keep++) {
        for (int rule = 0; rule < 3; rule++) {
            uint64_t cuts[5] = {0};
            neardup_job_options o = part_options(NEARDUP_UNIT_PARAGRAPH | (rule == 1 ? NEARDUP_UNIT_DOCUMENT : 0u));
            o.keep = (neardup_keep)keep;
            o.max_copies = rule == 2 ? 5 : 0;
            o.keep_one = rule == 2;
            compare(names[keep], &o, 3, cuts);
            cr_expect_gt(cuts[NEARDUP_EXACT], 20);
        }
    }
}

Test(job_parts, inside_documents_only)
{
    for (int i = 0; i < 4; i++) {
        uint64_t cuts[5] = {0};
        neardup_job_options o = part_options(i % 2 == 0 ? NEARDUP_UNIT_PARAGRAPH : NEARDUP_UNIT_LINE);
        o.between_documents = false;
        o.short_min_documents = i < 2 ? 0 : 1;
        o.all_candidates = i == 1; /* inside a document the search is exact anyway */
        compare("within", &o, 8, cuts);
        cr_expect(cuts[NEARDUP_EXACT] > 20 && cuts[NEARDUP_NEAR] > 20 && cuts[NEARDUP_CONTAINED] > 5);
    }
}

/* With references it is documents that are compared with them. */
Test(job_parts, documents_and_what_is_inside_them)
{
    uint64_t cuts[5] = {0};
    neardup_job_options o = part_options(NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH);
    o.between_documents = false;
    compare("within", &o, 6, cuts);
    cr_expect(cuts[NEARDUP_EXACT] > 20 && cuts[NEARDUP_NEAR] > 20 && cuts[NEARDUP_CONTAINED] > 5);
}

Test(job_parts, between_documents_only)
{
    for (int keep = 0; keep < 6; keep++) {
        uint64_t cuts[5] = {0};
        neardup_job_options o = part_options(NEARDUP_UNIT_PARAGRAPH);
        o.inside_documents = false;
        o.containment = keep % 2 == 0 ? 0 : 0.75; /* means nothing here */
        o.keep = (neardup_keep)keep;
        compare("across", &o, 4, cuts);
        cr_expect(cuts[NEARDUP_EXACT] > 20 && cuts[NEARDUP_NEAR] > 20 && cuts[NEARDUP_CONTAINED] == 0);
    }
}

Test(job_parts, containment)
{
    static const double shares[] = {0, 0.25, 0.5, 1};
    uint64_t last = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t cuts[5] = {0};
        neardup_job_options o = part_options(NEARDUP_UNIT_PARAGRAPH);
        o.containment = shares[i];
        o.min_contained = i == 1 ? 9 : 0;
        o.threshold = 0.75;
        compare("containment", &o, 6, cuts);
        cr_expect(i == 0 ? cuts[NEARDUP_CONTAINED] == 0 : cuts[NEARDUP_CONTAINED] > 0);
        cr_expect(i <= 1 || cuts[NEARDUP_CONTAINED] < last);
        last = cuts[NEARDUP_CONTAINED];
    }
}

Test(job_parts, short_ones)
{
    static const struct {
        uint64_t min_tokens, short_min_documents;
    } cases[] = {{1, 0}, {1, 100}, {0, 3}, {8, 0}, {8, 1}, {8, 6}, {30, 4}, {1000, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t cuts[5] = {0};
        neardup_job_options o = part_options(NEARDUP_UNIT_PARAGRAPH);
        o.min_tokens = cases[i].min_tokens;
        o.short_min_documents = cases[i].short_min_documents;
        compare("short", &o, 4, cuts);
        cr_expect_gt(cuts[NEARDUP_EXACT], 10); /* echoes go in any case */
    }
}

Test(job_parts, boilerplate)
{
    for (int i = 0; i < 24; i++) {
        uint64_t cuts[5] = {0};
        neardup_job_options o = part_options(i % 3 == 1 ? NEARDUP_UNIT_LINE : NEARDUP_UNIT_PARAGRAPH);
        o.max_copies = i % 4 == 0 ? 1 : i % 4 == 1 ? 3 : i % 4 == 2 ? 8 : 1000;
        o.keep_one = i / 4 % 2 == 1;
        o.inside_documents = i / 8 != 1;
        o.min_tokens = i / 8 == 2 ? 1 : 8;
        compare("boilerplate", &o, 4, cuts);
        cr_expect_eq(cuts[NEARDUP_BOILERPLATE] > 0, o.max_copies < 1000);
    }
}

Test(job_parts, emptied_documents)
{
    for (int i = 0; i < 16; i++) {
        uint64_t cuts[5] = {0};
        neardup_job_options o = part_options(i % 2 == 0 ? NEARDUP_UNIT_PARAGRAPH : NEARDUP_UNIT_LINE);
        o.drop_emptied = true;
        o.min_remaining = i / 2 % 2 == 0 ? 1 : 15;
        o.keep = i / 4 % 2 == 0 ? NEARDUP_KEEP_FIRST : NEARDUP_KEEP_LONGEST;
        o.max_copies = i / 8 % 2 == 0 ? 0 : 2;
        compare("emptied", &o, 6, cuts);
        cr_expect_gt(cuts[NEARDUP_EMPTIED], 0);
    }
}

/* Other shingles than the usual ones. */
Test(job_parts, other_profiles)
{
    for (unsigned ngram = 1; ngram <= 7; ngram += 2) {
        uint64_t cuts[5] = {0};
        neardup_job_options o = part_options(NEARDUP_UNIT_PARAGRAPH);
        o.paragraph_profile.ngram = ngram;
        compare("ngram", &o, 4, cuts);
        cr_expect(cuts[NEARDUP_EXACT] > 50 && cuts[NEARDUP_NEAR] > 20);
    }
}
