/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/page.h"
#include "report/side_by_side.h"
#include "report/write.h"
#include "run/json_write.h"
#include "run/csv_write.h"
#include "suggest/review.h"
#include "term/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

#define BELOW 0.2 /* the threshold; the first stratum */

static unsigned stratum_of(double score)
{
    double tenth = floor(score * NDUP_REVIEW_STRATA + 1e-6);
    return tenth >= NDUP_REVIEW_STRATA ? NDUP_REVIEW_STRATA - 1 : tenth <= 0 ? 0 : (unsigned)tenth;
}

struct drawn {
    uint64_t order;
    size_t pair;
    unsigned stratum;
};

/* From the numbers of the documents in the input: the same for every run, and unlike any order that the input has. */
static uint64_t order_of(const struct ndup_sampled *a, const struct ndup_sampled *b)
{
    uint64_t x = (a->index + 1) * 0x9e3779b97f4a7c15u ^ (b->index + 1) * 0xc2b2ae3d27d4eb4fu;
    x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 29)) * 0x94d049bb133111ebu;
    return x ^ (x >> 32);
}

static int by_stratum(const void *left, const void *right)
{
    const struct drawn *a = left, *b = right;
    if (a->stratum != b->stratum)
        return a->stratum < b->stratum ? -1 : 1;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return a->pair < b->pair ? -1 : a->pair > b->pair;
}

static int by_order(const void *left, const void *right)
{
    const struct drawn *a = left, *b = right;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return a->pair < b->pair ? -1 : a->pair > b->pair;
}

/* One pair from each stratum in turn, until there are enough. take[s] gets the number of stratum s. */
static void share_out(const uint64_t *available, uint64_t *take)
{
    uint64_t total = 0, before;
    do {
        before = total;
        for (size_t s = NDUP_REVIEW_STRATA; s-- > 0 && total < NDUP_REVIEW_PAIRS;) {
            if (take[s] < available[s]) {
                take[s]++;
                total++;
            }
        }
    } while (total > before && total < NDUP_REVIEW_PAIRS);
}

neardup_status ndup_review_draw(struct ndup_review *review, enum ndup_question question,
                                const struct ndup_sampled *documents, const struct ndup_answers *answers,
                                neardup_error *err)
{
    const struct ndup_found *found = &answers->of[question];
    double least = ndup_questions[question].threshold - BELOW;
    struct drawn *drawn = found->count > 0 ? ndup_alloc(found->count, sizeof *drawn) : NULL;
    uint64_t take[NDUP_REVIEW_STRATA] = {0}, taken[NDUP_REVIEW_STRATA] = {0};
    size_t count = 0, kept = 0;
    *review = (struct ndup_review){.question = question, .documents = documents};
    if (found->count > 0 && drawn == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < found->count; i++) {
        const struct ndup_scored *pair = &found->pairs[i];
        const struct ndup_sampled *a = &documents[pair->a], *b = &documents[pair->b];
        unsigned stratum = stratum_of(ndup_question_score(question, pair));
        if ((!a->chosen && !b->chosen) || stratum < stratum_of(least))
            continue;
        review->stratum_pairs[stratum]++;
        drawn[count++] = (struct drawn){order_of(a, b), i, stratum};
    }
    share_out(review->stratum_pairs, take);
    if (count > 0)
        qsort(drawn, count, sizeof *drawn, by_stratum);
    for (size_t i = 0; i < count; i++) {
        if (taken[drawn[i].stratum]++ < take[drawn[i].stratum])
            drawn[kept++] = drawn[i];
    }
    if (kept > 0)
        qsort(drawn, kept, sizeof *drawn, by_order);
    for (size_t i = 0; i < kept; i++) {
        const struct ndup_scored *pair = &found->pairs[drawn[i].pair];
        review->pairs[review->count++] =
            (struct ndup_reviewed){*pair, ndup_question_score(question, pair), drawn[i].stratum};
    }
    free(drawn);
    return NEARDUP_OK;
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

/* Of each pair. 30 pairs of pages stay a file of at most 2 MB. */
static const struct ndup_diff_limits limits = {.context = 40, .differing = 6000, .total = 30000};

static void add_side(struct ndup_json_writer *json, const char *key, const struct ndup_sampled *document)
{
    ndup_json_add_object(json, key, NDUP_JSON_COMPACT);
    if (document->id != NULL)
        ndup_json_add_value(json, "id", document->id, strlen(document->id));
    ndup_json_add_string(json, "file", document->file);
    ndup_json_add_u64(json, "line", document->line);
    ndup_json_add_u64(json, "tokens", document->tokens);
    ndup_json_end(json);
}

static neardup_status add_pair(struct ndup_json_writer *json, const struct ndup_review *review, size_t i,
                               neardup_error *err)
{
    static const neardup_profile words = {NEARDUP_TOKENS_WORD, 1};
    const struct ndup_reviewed *pair = &review->pairs[i];
    const struct ndup_sampled *a = &review->documents[pair->pair.a], *b = &review->documents[pair->pair.b];
    struct ndup_buf diff = NDUP_BUF_INIT;
    ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_u64(json, "n", i + 1);
    ndup_json_add_score(json, "score", pair->score);
    ndup_json_add_u64(json, "stratum", pair->stratum);
    add_side(json, "a", a);
    add_side(json, "b", b);
    neardup_status status = ndup_diff_json(&diff, &words, a->text, a->length, b->text, b->length, &limits, NULL, err);
    if (status == NEARDUP_OK && diff.failed)
        status = ndup_fail_nomem(err);
    if (status == NEARDUP_OK)
        ndup_json_add_raw(json, "diff", diff.data, diff.len);
    ndup_buf_free(&diff);
    ndup_json_end(json);
    return status;
}

static neardup_status add_data(struct ndup_sink *sink, const struct ndup_review *review, neardup_error *err)
{
    const struct ndup_question_row *row = &ndup_questions[review->question];
    struct ndup_json_writer json;
    ndup_json_begin(&json, &sink->buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_string(&json, "neardup", neardup_version());
    ndup_json_add_string(&json, "question", row->key);
    ndup_json_add_string(&json, "question_name", row->name);
    ndup_json_add_score(&json, "threshold", row->threshold);
    ndup_json_add_array(&json, "stratum_pairs", NDUP_JSON_COMPACT);
    for (size_t s = 0; s < NDUP_REVIEW_STRATA; s++)
        ndup_json_add_u64(&json, NULL, review->stratum_pairs[s]);
    ndup_json_end(&json);
    ndup_json_add_array(&json, "pairs", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < review->count; i++) {
        NDUP_TRY(add_pair(&json, review, i, err));
        (void)ndup_sink_pass(sink);
    }
    ndup_json_end(&json);
    ndup_json_end(&json);
    return NEARDUP_OK;
}

static neardup_status cannot_write(neardup_error *err)
{
    return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the pairs");
}

neardup_status ndup_review_page(const struct ndup_review *review, const char *title, FILE *out, neardup_error *err)
{
    struct ndup_sink sink = {.out = out, .put = ndup_page_data};
    errno = 0;
    if (!ndup_page_begin(out, NDUP_PAGE_REVIEW, title))
        return cannot_write(err);
    neardup_status status = add_data(&sink, review, err);
    if (status != NEARDUP_OK) {
        ndup_buf_free(&sink.buf);
        return status;
    }
    NDUP_TRY(ndup_sink_end(&sink, err));
    errno = 0;
    return ndup_page_end(out) ? NEARDUP_OK : cannot_write(err);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

/* What the columns of a file of verdicts are called, in the page (review.js) as well. */
enum column { PAIR, VERDICT, SCORE, FROM, TO, IN_STRATUM, QUESTION, NEEDED };
static const char *const columns[] = {"pair",          "verdict",  "score",  "stratum_from", "stratum_to",
                                      "stratum_pairs", "question", "id_a",   "file_a",       "line_a",
                                      "id_b",          "file_b",   "line_b", "text_a",       "text_b"};

/* Bytes of a text in a cell: a spreadsheet shows two or three lines. */
#define CELL_BYTES 400

static void add_place(struct ndup_csv_writer *csv, const struct ndup_sampled *document)
{
    ndup_csv_add_value(csv, document->id, document->id != NULL ? strlen(document->id) : 0);
    ndup_csv_add_text(csv, document->file, strlen(document->file));
    ndup_csv_add_u64(csv, document->line);
}

static void add_text(struct ndup_csv_writer *csv, const struct ndup_sampled *document)
{
    ndup_csv_add_text(csv, document->text, ndup_plain_cut(document->text, document->length, CELL_BYTES));
}

neardup_status ndup_review_csv(const struct ndup_review *review, FILE *out, neardup_error *err)
{
    struct ndup_sink sink = {.out = out};
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, &sink.buf);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        ndup_csv_add_word(&csv, columns[i]);
    ndup_csv_end_row(&csv);
    for (size_t i = 0; i < review->count; i++) {
        const struct ndup_reviewed *pair = &review->pairs[i];
        const struct ndup_sampled *a = &review->documents[pair->pair.a], *b = &review->documents[pair->pair.b];
        ndup_csv_add_u64(&csv, i + 1);
        ndup_csv_add_empty(&csv, 1);
        ndup_csv_add_score(&csv, pair->score);
        ndup_csv_add_score(&csv, (double)pair->stratum / NDUP_REVIEW_STRATA);
        ndup_csv_add_score(&csv, (double)(pair->stratum + 1) / NDUP_REVIEW_STRATA);
        ndup_csv_add_u64(&csv, review->stratum_pairs[pair->stratum]);
        ndup_csv_add_word(&csv, ndup_questions[review->question].key);
        add_place(&csv, a);
        add_place(&csv, b);
        add_text(&csv, a);
        add_text(&csv, b);
        ndup_csv_end_row(&csv);
        (void)ndup_sink_pass(&sink);
    }
    return ndup_sink_end(&sink, err);
}

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

/* A field of a row: in `bytes`, without its quotes; two quotes are still two, as no needed field has one. */
struct csv_field {
    const char *bytes;
    size_t length;
};

#define MOST_FIELDS 64

struct csv_reader {
    const char *at, *end;
    char delimiter;
    uint64_t line; /* of the row that was read last */
    uint64_t next_line;
    struct csv_field fields[MOST_FIELDS];
    size_t count;
};

/* Reads up to the delimiter or the end of the line; *last says which. */
static struct csv_field read_field(struct csv_reader *csv, bool *last)
{
    struct csv_field field = {csv->at, 0};
    bool quoted = csv->at < csv->end && *csv->at == '"';
    if (quoted) {
        const char *p = csv->at + 1;
        field.bytes = p;
        while (p < csv->end && (*p != '"' || (p + 1 < csv->end && p[1] == '"'))) {
            csv->next_line += *p == '\n';
            p += *p == '"' ? 2 : 1;
        }
        field.length = (size_t)(p - field.bytes);
        csv->at = p < csv->end ? p + 1 : p;
    }
    const char *p = csv->at;
    while (p < csv->end && *p != csv->delimiter && *p != '\n' && *p != '\r')
        p++;
    if (!quoted)
        field.length = (size_t)(p - field.bytes);
    *last = p == csv->end || *p != csv->delimiter;
    if (p < csv->end && *p == '\r')
        p += p + 1 < csv->end && p[1] == '\n' ? 2 : 1;
    else if (p < csv->end)
        p++;
    csv->at = p;
    return field;
}

static bool read_row(struct csv_reader *csv)
{
    bool last = false;
    csv->count = 0;
    csv->line = csv->next_line;
    if (csv->at >= csv->end)
        return false;
    while (!last) {
        struct csv_field field = read_field(csv, &last);
        while (field.length > 0 && (*field.bytes == ' ' || *field.bytes == '\t')) {
            field.bytes++;
            field.length--;
        }
        while (field.length > 0 && (field.bytes[field.length - 1] == ' ' || field.bytes[field.length - 1] == '\t'))
            field.length--;
        if (csv->count < MOST_FIELDS)
            csv->fields[csv->count++] = field;
    }
    csv->next_line++;
    return true;
}

static bool equals(struct csv_field field, const char *word)
{
    size_t length = strlen(word);
    if (field.length != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = field.bytes[i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != word[i])
            return false;
    }
    return true;
}

/* before 'FIELD' after */
static neardup_status fail_at(const struct csv_reader *csv, neardup_error *err, const char *before,
                              struct csv_field field, const char *after)
{
    char shown[48];
    size_t length = field.length < 40 ? field.length : ndup_plain_cut(field.bytes, field.length, 40);
    memcpy(shown, field.bytes, length);
    shown[length] = '\0';
    neardup_status status = ndup_fail(err, NEARDUP_E_FORMAT, "%s'%s'%s", before, shown, after);
    if (err != NULL)
        err->line = csv->line;
    return status;
}

/* A number with a point, or with the comma of a spreadsheet. */
static bool read_number(struct csv_field field, double *number)
{
    char text[40];
    if (field.length == 0 || field.length >= sizeof text)
        return false;
    for (size_t i = 0; i < field.length; i++)
        text[i] = field.bytes[i];
    text[field.length] = '\0';
    char *comma = strchr(text, ',');
    if (comma != NULL)
        *comma = '.';
    return ndup_number_parse_real(text, number);
}

static bool find_columns(const struct csv_reader *csv, size_t where[NEEDED])
{
    for (size_t c = VERDICT; c < NEEDED; c++) {
        where[c] = MOST_FIELDS;
        for (size_t i = 0; i < csv->count; i++) {
            if (equals(csv->fields[i], columns[c]))
                where[c] = i;
        }
    }
    return where[VERDICT] < MOST_FIELDS;
}

/* The stratum that a row is in; a new one if it is the first of it. */
static neardup_status find_stratum(struct ndup_verdicts *v, const struct csv_reader *csv, const size_t where[NEEDED],
                                   struct ndup_stratum **stratum, neardup_error *err)
{
    double from, to, pairs;
    for (size_t c = SCORE; c <= IN_STRATUM; c++) {
        double number;
        if (!read_number(csv->fields[where[c]], &number) || !(number >= 0 && number <= 1e15))
            return fail_at(csv, err, "", csv->fields[where[c]], " is not a number that this command writes");
    }
    (void)read_number(csv->fields[where[FROM]], &from);
    (void)read_number(csv->fields[where[TO]], &to);
    (void)read_number(csv->fields[where[IN_STRATUM]], &pairs);
    for (size_t i = 0; i < v->count; i++) {
        *stratum = &v->strata[i];
        if ((*stratum)->from == from && (*stratum)->to == to && (*stratum)->pairs == (uint64_t)pairs)
            return NEARDUP_OK;
        if ((*stratum)->from == from)
            return fail_at(csv, err, "the stratum that begins at ", csv->fields[where[FROM]],
                           " has other numbers than before: the rows are of different samples");
    }
    if (v->count == NDUP_REVIEW_STRATA)
        return fail_at(csv, err, "", csv->fields[where[FROM]], " is one stratum more than this command writes");
    size_t at = v->count++;
    for (; at > 0 && v->strata[at - 1].from > from; at--)
        v->strata[at] = v->strata[at - 1];
    *stratum = &v->strata[at];
    **stratum = (struct ndup_stratum){.from = from, .to = to, .pairs = (uint64_t)pairs};
    return NEARDUP_OK;
}

static neardup_status take_verdict(struct ndup_verdicts *v, const struct csv_reader *csv, struct csv_field field,
                                   struct ndup_stratum *stratum, neardup_error *err)
{
    static const struct {
        const char *word;
        int meaning; /* 1 same, 0 different, -1 unsure */
    } words[] = {{"same", 1}, {"s", 1},         {"yes", 1},     {"y", 1},  {"1", 1},
                 {"true", 1}, {"different", 0}, {"d", 0},       {"no", 0}, {"n", 0},
                 {"0", 0},    {"false", 0},     {"unsure", -1}, {"u", -1}, {"?", -1}};
    if (field.length == 0) {
        v->unjudged++;
        return NEARDUP_OK;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!equals(field, words[i].word))
            continue;
        v->unsure += words[i].meaning < 0;
        v->same += words[i].meaning > 0;
        v->different += words[i].meaning == 0;
        stratum->same += words[i].meaning > 0;
        stratum->different += words[i].meaning == 0;
        return NEARDUP_OK;
    }
    return fail_at(csv, err, "invalid verdict ", field, ": expected same, different, unsure or nothing");
}

static neardup_status take_question(struct ndup_verdicts *v, const struct csv_reader *csv, struct csv_field field,
                                    bool first, neardup_error *err)
{
    for (size_t q = 0; q < NDUP_QUESTION_COUNT; q++) {
        if (!equals(field, ndup_questions[q].key))
            continue;
        if (!first && (enum ndup_question)q != v->question)
            return fail_at(csv, err, "the pairs are of different questions: ", field,
                           " is not that of the rows before");
        v->question = (enum ndup_question)q;
        return NEARDUP_OK;
    }
    return fail_at(csv, err, "", field, " is not a question of this version");
}

static char delimiter_of(const char *bytes, size_t length)
{
    static const char candidates[] = {',', ';', '\t'};
    size_t line = 0, most = 0;
    char best = ',';
    while (line < length && bytes[line] != '\n' && bytes[line] != '\r')
        line++;
    for (size_t c = 0; c < sizeof candidates; c++) {
        size_t count = 0;
        for (size_t i = 0; i < line; i++)
            count += bytes[i] == candidates[c];
        if (count > most) {
            most = count;
            best = candidates[c];
        }
    }
    return best;
}

neardup_status ndup_verdicts_parse(struct ndup_verdicts *v, const char *bytes, size_t length, neardup_error *err)
{
    size_t mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    struct csv_reader csv = {.at = bytes + mark, .end = bytes + length, .next_line = 1};
    size_t where[NEEDED] = {0};
    bool first = true;
    *v = (struct ndup_verdicts){.count = 0};
    csv.delimiter = delimiter_of(csv.at, length - mark);
    if (!read_row(&csv) || !find_columns(&csv, where))
        return ndup_fail(err, NEARDUP_E_FORMAT,
                         "there is no column 'verdict': expected the CSV of --review, or of its page");
    for (size_t c = SCORE; c < NEEDED; c++) {
        if (where[c] == MOST_FIELDS)
            return ndup_fail(err, NEARDUP_E_FORMAT, "there is no column '%s': keep the columns that --review writes",
                             columns[c]);
    }
    while (read_row(&csv)) {
        struct ndup_stratum *stratum = NULL;
        if (csv.count == 1 && csv.fields[0].length == 0)
            continue; /* an empty line */
        for (size_t c = VERDICT; c < NEEDED; c++) {
            if (where[c] >= csv.count)
                return fail_at(&csv, err, "the row has no field for the column ",
                               (struct csv_field){columns[c], strlen(columns[c])}, "");
        }
        NDUP_TRY(take_question(v, &csv, csv.fields[where[QUESTION]], first, err));
        NDUP_TRY(find_stratum(v, &csv, where, &stratum, err));
        NDUP_TRY(take_verdict(v, &csv, csv.fields[where[VERDICT]], stratum, err));
        first = false;
    }
    if (first)
        return ndup_fail(err, NEARDUP_E_FORMAT, "there is no pair in it");
    return NEARDUP_OK;
}

size_t ndup_verdicts_threshold(const struct ndup_verdicts *v, double wanted, bool sure)
{
    for (size_t i = 0; i < v->count; i++) {
        double precision;
        struct ndup_interval interval;
        if (v->strata[i].same + v->strata[i].different > 0 &&
            ndup_stratified_precision(v->strata + i, v->count - i, &precision, &interval) &&
            (sure ? interval.low : precision) >= wanted)
            return i;
    }
    return v->count;
}
