/* SPDX-License-Identifier: MIT */
#include "support/jobs.h"
#include "support/part_truth.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* ---- splitting ---- */

static int read_words(const char *text, size_t begin, size_t end, int *words)
{
    int count = 0;
    for (size_t i = begin; i < end; i++) {
        if (text[i] != 'w' && text[i] != 'W')
            continue;
        cr_assert_lt(count, TRUTH_WORDS);
        words[count++] = atoi(text + i + 1);
    }
    return count;
}

static bool is_blank(const char *text, size_t begin, size_t end)
{
    while (begin < end && text[begin] == ' ')
        begin++;
    return begin == end;
}

static size_t line_end(const struct truth_document *d, size_t begin)
{
    const char *newline = memchr(d->text + begin, '\n', d->length - begin);
    return newline != NULL ? (size_t)(newline - d->text) : d->length;
}

static struct truth_item *add_item(struct truth *t, int document, size_t begin, size_t end)
{
    cr_assert_lt(t->item_count, TRUTH_ITEMS);
    struct truth_item *item = &t->items[t->item_count++];
    memset(item, 0, sizeof *item);
    item->place = (struct truth_place){document, begin, end};
    item->keeper.document = -1;
    item->container = item->cluster = -1;
    return item;
}

/* Tokens of a paragraph's lines without those that repeat the line before them. */
static void add_paragraph(struct truth *t, int document, size_t begin, size_t end, bool echoes)
{
    struct truth_document *d = &t->documents[document];
    int index = t->item_count, last[TRUTH_WORDS], last_count = 0;
    struct truth_item *paragraph = add_item(t, document, begin, end);
    struct truth_place anchor = {document, 0, 0};
    for (size_t at = begin; at < end;) {
        int words[TRUTH_WORDS];
        size_t stop = line_end(d, at);
        int count = read_words(d->text, at, stop, words);
        bool echo =
            echoes && count > 0 && count == last_count && memcmp(words, last, (size_t)count * sizeof *words) == 0;
        if (echo && document < t->own_count) {
            struct truth_item *item = add_item(t, document, at, stop);
            item->echo = true;
            item->anchor = anchor;
            item->paragraph = index;
            item->count = count;
        } else if (count > 0 && !echo) {
            memcpy(last, words, sizeof last);
            last_count = count;
            anchor.begin = at;
            anchor.end = stop;
            cr_assert_leq(paragraph->count + count, TRUTH_WORDS);
            memcpy(paragraph->words + paragraph->count, words, (size_t)count * sizeof *words);
            paragraph->count += count;
        }
        at = stop + 1;
    }
}

static void split(struct truth *t, int document, const neardup_job_options *o)
{
    struct truth_document *d = &t->documents[document];
    bool lines = (o->units & NEARDUP_UNIT_LINE) != 0, blank = false;
    for (size_t at = 0; at < d->length; at = line_end(d, at) + 1)
        blank = blank || is_blank(d->text, at, line_end(d, at));
    d->blank_rule = blank && !lines;
    for (size_t at = 0; at < d->length;) {
        size_t end = line_end(d, at), begin = at;
        if (is_blank(d->text, at, end)) {
            at = end + 1;
            continue;
        }
        while (d->blank_rule && end < d->length && end + 1 < d->length &&
               !is_blank(d->text, end + 1, line_end(d, end + 1)))
            end = line_end(d, end + 1);
        add_paragraph(t, document, begin, end, o->inside_documents && !lines);
        at = end + 1;
    }
}

/* ---- shingles ---- */

static bool same_words(const int *a, int a_count, const int *b, int b_count)
{
    return a_count == b_count && memcmp(a, b, (size_t)a_count * sizeof *a) == 0;
}

/* A number for the words of each shingle, sorted and distinct. */
static int shingles(const int *words, int count, int ngram, unsigned long long *out)
{
    int n = 0, length = count < ngram ? count : ngram;
    for (int i = 0; count > 0 && i + length <= count; i++) {
        unsigned long long number = (unsigned long long)length;
        for (int w = 0; w < length; w++)
            number = (number * 1000003u + (unsigned)words[i + w] + 1u) * 0x9E3779B97F4A7C15u;
        int at = n;
        while (at > 0 && out[at - 1] > number)
            at--;
        if (at > 0 && out[at - 1] == number)
            continue;
        memmove(out + at + 1, out + at, (size_t)(n - at) * sizeof *out);
        out[at] = number;
        n++;
    }
    return n;
}

static int shared(const unsigned long long *a, int na, const unsigned long long *b, int nb)
{
    int n = 0;
    for (int i = 0, j = 0; i < na && j < nb;) {
        n += a[i] == b[j];
        int up = a[i] <= b[j], down = b[j] <= a[i];
        i += up;
        j += down;
    }
    return n;
}

static double jaccard(const int *a, int a_count, const int *b, int b_count, int ngram)
{
    static unsigned long long x[TRUTH_TEXT], y[TRUTH_TEXT];
    int nx = shingles(a, a_count, ngram, x), ny = shingles(b, b_count, ngram, y), both = shared(x, nx, y, ny);
    return nx + ny == 0 ? 0 : (double)both / (nx + ny - both);
}

static double item_jaccard(const struct truth_item *a, const struct truth_item *b, const neardup_job_options *o)
{
    return jaccard(a->words, a->count, b->words, b->count, (int)o->paragraph_profile.ngram);
}

/* ---- order ---- */

struct candidate {
    int index, count, score;
    bool reference;
};

static bool before(const struct candidate *a, const struct candidate *b, neardup_keep keep)
{
    int difference = 0;
    if (a->reference || b->reference)
        return a->reference != b->reference ? a->reference : a->index < b->index;
    if (keep == NEARDUP_KEEP_LAST)
        return a->index > b->index;
    if (keep == NEARDUP_KEEP_LONGEST)
        difference = b->count - a->count;
    if (keep == NEARDUP_KEEP_SHORTEST)
        difference = a->count - b->count;
    if (keep == NEARDUP_KEEP_MAX)
        difference = b->score - a->score;
    if (keep == NEARDUP_KEEP_MIN)
        difference = a->score - b->score;
    return difference != 0 ? difference < 0 : a->index < b->index;
}

static void sort(struct candidate *c, int count, neardup_keep keep)
{
    for (int i = 1; i < count; i++) {
        struct candidate moved = c[i];
        int at = i;
        for (; at > 0 && before(&moved, &c[at - 1], keep); at--)
            c[at] = c[at - 1];
        c[at] = moved;
    }
}

/* ---- documents ---- */

static void decide_documents(struct truth *t, const neardup_job_options *o)
{
    struct candidate order[TRUTH_DOCUMENTS];
    for (int i = 0; i < t->document_count; i++)
        order[i] = (struct candidate){i, t->documents[i].count, t->documents[i].score, i >= t->own_count};
    sort(order, t->document_count, o->keep);
    for (int i = 0; i < t->document_count; i++) {
        struct truth_document *d = &t->documents[order[i].index];
        double best = 0;
        d->gone = false;
        d->keeper = -1;
        for (int k = 0; k < i && d->count > 0 && !order[i].reference; k++) {
            const struct truth_document *other = &t->documents[order[k].index];
            double j = other->gone ? 0 : jaccard(d->words, d->count, other->words, other->count, (int)o->profile.ngram);
            if (j >= o->threshold && j > best) {
                best = j;
                d->keeper = order[k].index;
            }
        }
        d->gone = d->keeper >= 0;
    }
}

/* ---- containment ---- */

static bool stands(const struct truth_item *item)
{
    return !item->echo && item->count > 0 && !item->contained;
}

/* The distinct texts of a document, the longest first, of equals the later first. */
static int by_length(const struct truth *t, const struct truth_document *d, int *order)
{
    int count = 0;
    for (int i = d->first; i < d->first + d->items; i++) {
        bool seen = t->items[i].echo || t->items[i].count == 0;
        for (int j = d->first; j < i && !seen; j++)
            seen = !t->items[j].echo &&
                   same_words(t->items[i].words, t->items[i].count, t->items[j].words, t->items[j].count);
        if (seen)
            continue;
        int at = count++;
        for (; at > 0 && t->items[order[at - 1]].count <= t->items[i].count; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return count;
}

static void contain_one(struct truth *t, const int *order, int count, int which, const neardup_job_options *o)
{
    static unsigned long long own[TRUTH_WORDS], other[TRUTH_WORDS];
    bool met[TRUTH_WORDS] = {false};
    struct truth_item *item = &t->items[which];
    int n = shingles(item->words, item->count, (int)o->paragraph_profile.ngram, own), sum = 0, most = 0, holder = -1;
    for (int i = 0; i < count; i++) {
        const struct truth_item *rest = &t->items[order[i]];
        if (order[i] == which || !stands(rest) || item_jaccard(item, rest, o) >= o->threshold)
            continue;
        int m = shingles(rest->words, rest->count, (int)o->paragraph_profile.ngram, other);
        int both = shared(own, n, other, m);
        for (int s = 0; s < n; s++)
            met[s] = met[s] || shared(own + s, 1, other, m) == 1;
        if (both > most || (both == most && both > 0 && order[i] < holder)) {
            most = both;
            holder = order[i];
        }
    }
    for (int s = 0; s < n; s++)
        sum += met[s];
    if (sum < o->containment * n || holder < 0)
        return;
    item->contained = true;
    item->container = holder;
    item->containment = (double)sum / n;
}

static void contain(struct truth *t, const struct truth_document *d, const neardup_job_options *o)
{
    int order[TRUTH_ITEMS], count = by_length(t, d, order);
    for (int i = 0; i < count && o->inside_documents && o->containment > 0; i++) {
        if (t->items[order[i]].count >= (int)o->min_tokens && t->items[order[i]].count >= (int)o->min_contained)
            contain_one(t, order, count, order[i], o);
    }
    for (int i = 0; i < count; i++) { /* all copies of it */
        const struct truth_item *first = &t->items[order[i]];
        for (int j = order[i] + 1; first->contained && j < d->first + d->items; j++) {
            struct truth_item *copy = &t->items[j];
            if (copy->echo || !same_words(first->words, first->count, copy->words, copy->count))
                continue;
            copy->contained = true;
            copy->container = first->container;
            copy->containment = first->containment;
        }
    }
}

/* ---- clusters ---- */

static void find_units(struct truth *t, const neardup_job_options *o)
{
    for (int i = 0; i < t->item_count; i++) {
        struct truth_item *item = &t->items[i];
        item->unit = i;
        for (int j = 0; j < i && stands(item) && item->unit == i; j++) {
            const struct truth_item *other = &t->items[j];
            if (stands(other) && (o->between_documents || other->place.document == item->place.document) &&
                same_words(item->words, item->count, other->words, other->count))
                item->unit = other->unit;
        }
    }
}

static bool is_reference(const struct truth *t, int item)
{
    return t->items[item].place.document >= t->own_count;
}

/* Which copy of a unit stands for it. */
static int copy_that_stays(const struct truth *t, int unit, neardup_keep keep)
{
    struct candidate best = {unit, 0, t->documents[t->items[unit].place.document].score, is_reference(t, unit)};
    for (int i = unit + 1; i < t->item_count; i++) {
        struct candidate c = {i, 0, t->documents[t->items[i].place.document].score, is_reference(t, i)};
        if (stands(&t->items[i]) && t->items[i].unit == unit && before(&c, &best, keep))
            best = c;
    }
    return best.index;
}

struct units {
    int stays[TRUTH_ITEMS];  /* by unit: the copy that stands for it */
    int keeper[TRUTH_ITEMS]; /* by unit: another one, or itself */
    double jaccard[TRUTH_ITEMS];
    int documents[TRUTH_ITEMS]; /* by unit that is kept: those with it or a near-duplicate */
};

static bool comparable(const struct truth *t, int a, int b, const neardup_job_options *o)
{
    bool same = t->items[a].place.document == t->items[b].place.document;
    return t->items[a].count >= (int)o->min_tokens && t->items[b].count >= (int)o->min_tokens &&
           (same ? o->inside_documents : o->between_documents);
}

static void decide_units(const struct truth *t, struct units *u, const neardup_job_options *o)
{
    struct candidate order[TRUTH_ITEMS];
    int count = 0;
    for (int i = 0; i < t->item_count; i++) {
        if (!stands(&t->items[i]) || t->items[i].unit != i)
            continue;
        int copy = u->stays[i] = copy_that_stays(t, i, o->keep);
        order[count++] = (struct candidate){copy, t->items[i].count, t->documents[t->items[copy].place.document].score,
                                            is_reference(t, copy)};
    }
    sort(order, count, o->keep);
    for (int i = 0; i < count; i++) {
        int unit = t->items[order[i].index].unit;
        u->keeper[unit] = unit;
        u->jaccard[unit] = 1;
        double best = 0;
        for (int k = 0; k < i && !order[i].reference; k++) {
            int other = t->items[order[k].index].unit;
            if (u->keeper[other] != other || !comparable(t, order[i].index, order[k].index, o))
                continue;
            double j = item_jaccard(&t->items[unit], &t->items[other], o);
            if (j >= o->threshold && j > best) {
                best = u->jaccard[unit] = j;
                u->keeper[unit] = other;
            }
        }
    }
}

static void count_documents(const struct truth *t, struct units *u)
{
    for (int unit = 0; unit < t->item_count; unit++) {
        int last = -1;
        u->documents[unit] = 0;
        for (int i = 0; i < t->item_count; i++) {
            const struct truth_item *item = &t->items[i];
            if (!stands(item) || u->keeper[item->unit] != unit || item->place.document == last)
                continue;
            u->documents[unit]++;
            last = item->place.document;
        }
    }
}

/* ---- fates ---- */

static void cut(struct truth_item *item, neardup_reason reason, double jaccard_, struct truth_place keeper)
{
    item->cut = true;
    item->reason = reason;
    item->jaccard = jaccard_;
    item->keeper = keeper;
}

/* The first paragraph of these words in the document. */
static const struct truth_item *first_copy(const struct truth *t, int document, int unit)
{
    int i = t->documents[document].first;
    while (!stands(&t->items[i]) || t->items[i].unit != unit)
        i++;
    return &t->items[i];
}

/* In few documents: items similar to the keeper in the same document are removed, and so are copies inside a document; of
 * these the first of its text is kept, or else the first one. */
static void decide_once_each(const struct truth *t, const struct units *u, struct truth_item *item)
{
    int document = item->place.document, keeper_unit = u->keeper[item->unit];
    const struct truth_item *keeper = &t->items[u->stays[keeper_unit]], *copy = &t->items[u->stays[item->unit]];
    if (copy->place.document != document)
        copy = first_copy(t, document, item->unit);
    if (item->unit != keeper_unit && keeper->place.document == document) {
        cut(item, NEARDUP_NEAR, u->jaccard[item->unit], keeper->place);
    } else if (copy != item) {
        cut(item, NEARDUP_EXACT, 1, copy->place);
        item->cluster = item->unit;
    }
}

static void decide_item(struct truth *t, const struct units *u, int which, const neardup_job_options *o)
{
    static const struct truth_place none = {-1, 0, 0};
    struct truth_item *item = &t->items[which];
    int keeper_unit = u->keeper[item->unit], keeper = u->stays[keeper_unit];
    const struct truth_item *keeping = &t->items[keeper];
    uint64_t documents = (uint64_t)u->documents[keeper_unit];
    bool shorter = keeping->count<(int)o->min_tokens, boilerplate = o->max_copies> 0 && documents > o->max_copies;
    bool same = keeping->place.document == item->place.document;
    item->cluster = keeper_unit;
    if (is_reference(t, which))
        return;
    if (boilerplate && !o->keep_one && !is_reference(t, keeper))
        cut(item, NEARDUP_BOILERPLATE, u->jaccard[item->unit], none);
    else if (boilerplate && keeper != which && (o->inside_documents || !same))
        cut(item, NEARDUP_BOILERPLATE, u->jaccard[item->unit], keeping->place);
    if (boilerplate ||
        (shorter && (o->max_copies > 0 || o->short_min_documents == 0 || documents < o->short_min_documents)))
        return;
    neardup_reason reason = item->unit == keeper_unit ? NEARDUP_EXACT : NEARDUP_NEAR;
    if (o->max_copies == 0) {
        if (keeper != which && (o->inside_documents || !same))
            cut(item, reason, u->jaccard[item->unit], keeping->place);
        return;
    }
    if (o->inside_documents)
        decide_once_each(t, u, item);
}

static void decide_contained(struct truth *t, struct truth_item *item)
{
    const struct truth_item *holder = &t->items[item->container];
    while (holder->contained)
        holder = &t->items[holder->container];
    cut(item, NEARDUP_CONTAINED, 0, holder->cut ? holder->keeper : holder->place);
    item->cluster = holder->cluster;
}

/* Whether the copy agrees with its keeper in punctuation, too. */
static bool has_same_signs(const struct truth *t, const struct truth_item *item, const neardup_job_options *o)
{
    const struct truth_place *a = &item->place, *b = &item->keeper;
    return test_same_words(&o->paragraph_profile, true, t->documents[a->document].text + a->begin,
                           (size_t)(a->end - a->begin), t->documents[b->document].text + b->begin,
                           (size_t)(b->end - b->begin));
}

static void decide_items(struct truth *t, const struct units *u, const neardup_job_options *o)
{
    for (int i = 0; i < t->item_count; i++) {
        if (stands(&t->items[i]))
            decide_item(t, u, i, o);
    }
    for (int i = 0; i < t->item_count; i++) {
        if (t->items[i].contained)
            decide_contained(t, &t->items[i]);
    }
    for (int i = 0; i < t->item_count; i++) {
        if (t->items[i].echo && !t->items[t->items[i].paragraph].cut)
            cut(&t->items[i], NEARDUP_EXACT, 1, t->items[i].anchor);
    }
    for (int i = 0; i < t->item_count; i++) {
        if (t->items[i].cut && t->items[i].reason == NEARDUP_EXACT && !has_same_signs(t, &t->items[i], o))
            t->items[i].reason = NEARDUP_NEAR;
    }
}

static bool holds_keeper(const struct truth *t, int document)
{
    for (int i = 0; i < t->item_count; i++) {
        const struct truth_item *item = &t->items[i];
        if (item->cut && item->place.document != document && item->keeper.document == document)
            return true;
    }
    return false;
}

static void find_emptied(struct truth *t, const neardup_job_options *o)
{
    for (int i = 0; i < t->document_count; i++) {
        struct truth_document *d = &t->documents[i];
        uint64_t left = 0;
        bool any = false;
        for (int j = d->first; j < d->first + d->items; j++) {
            any = any || t->items[j].cut;
            left += t->items[j].cut || t->items[j].echo ? 0 : (uint64_t)t->items[j].count;
        }
        d->emptied = o->drop_emptied && any && left < o->min_remaining && !holds_keeper(t, i);
    }
}

void truth_decide(struct truth *t, const neardup_job_options *o)
{
    static struct units units;
    t->item_count = 0;
    for (int i = 0; i < t->document_count; i++)
        t->documents[i].gone = false;
    if (o->units & NEARDUP_UNIT_DOCUMENT)
        decide_documents(t, o);
    for (int i = 0; i < t->document_count; i++) {
        struct truth_document *d = &t->documents[i];
        d->first = t->item_count;
        if (!d->gone && d->count > 0 && (i < t->own_count || o->between_documents))
            split(t, i, o);
        d->items = t->item_count - d->first;
        if (i < t->own_count)
            contain(t, d, o);
    }
    find_units(t, o);
    decide_units(t, &units, o);
    count_documents(t, &units);
    decide_items(t, &units, o);
    find_emptied(t, o);
}
