/* SPDX-License-Identifier: MIT
 * Two halves: the difference of two texts as JSON, and the texts of a report's clusters, which are read in one pass
 * over the corpus and compared with their keepers. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/model.h"
#include "report/side_by_side.h"
#include "report/write.h"
#include "run/json_write.h"
#include "run/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- differences ------------------------------------------------------------------------------------------------- */

#define SLACK 6 /* a gap of fewer tokens would be longer than the tokens */

struct diff_side {
    const char *text;
    neardup_span *spans;
    size_t count; /* tokens */
    size_t token; /* the first of the current segment */
};

struct diff_writer {
    struct ndup_buf *buf;
    const struct ndup_diff_limits *limits;
    struct diff_side side[2];
    size_t bytes; /* of text so far */
    bool any;
    bool full;                /* the limit is reached: what follows is only counted */
    uint64_t shared, only[2]; /* tokens left out at the end */
};

struct diff_piece { /* of a segment, on both sides */
    size_t begin[2], end[2];
};

/* ---- differences: elements --------------------------------------------------------------------------------------- */

static void begin_element(struct diff_writer *w, const char *kind)
{
    ndup_buf_append_str(w->buf, w->any ? ",[\"" : "[\"");
    ndup_buf_append_str(w->buf, kind);
    ndup_buf_append_str(w->buf, "\"");
    w->any = true;
}

static void write_side(struct diff_writer *w, int which, const struct diff_piece *p)
{
    ndup_buf_append_str(w->buf, ",");
    ndup_json_write_string(w->buf, w->side[which].text + p->begin[which], p->end[which] - p->begin[which]);
    w->bytes += p->end[which] - p->begin[which];
}

static bool is_empty(const struct diff_piece *p)
{
    return p->begin[0] == p->end[0] && p->begin[1] == p->end[1];
}

static bool same_bytes(const struct diff_writer *w, const struct diff_piece *p)
{
    size_t length = p->end[0] - p->begin[0];
    return length == p->end[1] - p->begin[1] &&
           (length == 0 || memcmp(w->side[0].text + p->begin[0], w->side[1].text + p->begin[1], length) == 0);
}

static void write_piece(struct diff_writer *w, const struct diff_piece *p, bool shared)
{
    if (is_empty(p))
        return;
    begin_element(w, shared ? "=" : "~");
    write_side(w, 0, p);
    if (!shared || !same_bytes(w, p))
        write_side(w, 1, p);
    ndup_buf_append_str(w->buf, "]");
}

static void write_left_out(struct diff_writer *w, uint64_t tokens)
{
    if (tokens == 0)
        return;
    begin_element(w, "\xe2\x80\xa6");
    ndup_buf_append_str(w->buf, ",");
    ndup_json_write_u64(w->buf, tokens);
    ndup_buf_append_str(w->buf, "]");
}

static void write_differing_left_out(struct diff_writer *w, uint64_t left, uint64_t right)
{
    begin_element(w, "~\xe2\x80\xa6");
    ndup_buf_append_str(w->buf, ",");
    ndup_json_write_u64(w->buf, left);
    ndup_buf_append_str(w->buf, ",");
    ndup_json_write_u64(w->buf, right);
    ndup_buf_append_str(w->buf, "]");
}

/* ---- differences: shared runs ------------------------------------------------------------------------------------ */

/* Whether a cut before this token of the segment is between two characters on both sides. */
static bool can_cut(const struct diff_writer *w, size_t token)
{
    for (int i = 0; i < 2; i++) {
        const struct diff_side *s = &w->side[i];
        size_t at = s->token + token;
        if (at > 0 && at < s->count && s->spans[at].begin < s->spans[at - 1].end)
            return false;
    }
    return true;
}

/* Writes the first `head` and the last `tail` tokens of a shared segment, and a gap between them. */
static void write_shared(struct diff_writer *w, const neardup_segment *s, size_t head, size_t tail)
{
    struct diff_piece all = {{s->a_begin, s->b_begin}, {s->a_end, s->b_end}};
    size_t count = s->a_tokens;
    while (head < count && head > 0 && !can_cut(w, head))
        head--;
    while (tail < count && tail > 0 && !can_cut(w, count - tail))
        tail--;
    if (head >= count || tail >= count || count - head <= tail || count - head - tail < SLACK) {
        write_piece(w, &all, true);
        return;
    }
    struct diff_piece first = all, last = all;
    for (int i = 0; i < 2; i++) {
        const neardup_span *spans = w->side[i].spans + w->side[i].token;
        first.end[i] = head > 0 ? spans[head].begin : all.begin[i];
        last.begin[i] = tail > 0 ? spans[count - tail].begin : all.end[i];
    }
    write_piece(w, &first, true);
    write_left_out(w, count - head - tail);
    write_piece(w, &last, true);
}

/* The first token of the segment that is not written alike on both sides, with the signs and spaces after it; the number of tokens if
 * there is none. */
static size_t first_loose(const struct diff_writer *w, const neardup_segment *s)
{
    const neardup_span *a = w->side[0].spans + w->side[0].token, *b = w->side[1].spans + w->side[1].token;
    for (size_t i = 0; i < s->a_tokens; i++) {
        bool last = i + 1 == s->a_tokens;
        struct diff_piece piece = {{i > 0 ? a[i].begin : s->a_begin, i > 0 ? b[i].begin : s->b_begin},
                                   {last ? s->a_end : a[i + 1].begin, last ? s->b_end : b[i + 1].begin}};
        if (!same_bytes(w, &piece))
            return i;
    }
    return s->a_tokens;
}

/* Exact copies: their beginning, or if that is written alike, the first place that is not. */
static void write_equal(struct diff_writer *w, const neardup_segment *s)
{
    size_t count = s->a_tokens, head = 4 * w->limits->context, at = first_loose(w, s);
    if (at == count || at < head) {
        write_shared(w, s, head, 0);
        return;
    }
    size_t begin = at - w->limits->context, end = at + 3 * w->limits->context;
    while (begin > 0 && !can_cut(w, begin))
        begin--;
    while (end < count && !can_cut(w, end))
        end++;
    end = end < count ? end : count;
    struct diff_piece piece = {{s->a_begin, s->b_begin}, {s->a_end, s->b_end}};
    for (int i = 0; i < 2; i++) {
        const neardup_span *spans = w->side[i].spans + w->side[i].token;
        if (begin > 0)
            piece.begin[i] = spans[begin].begin;
        if (end < count)
            piece.end[i] = spans[end].begin;
    }
    write_left_out(w, begin);
    write_piece(w, &piece, true);
    write_left_out(w, count - end);
}

/* ---- differences: differing runs --------------------------------------------------------------------------------- */

/* How many of the `count` tokens from `begin` fit into `bytes`. */
static size_t tokens_within(const struct diff_side *s, size_t count, size_t begin, size_t end, size_t bytes)
{
    if (end - begin <= bytes)
        return count;
    size_t n = 0;
    const neardup_span *spans = s->spans + s->token;
    while (n < count && spans[n].end - begin <= bytes)
        n++;
    while (n > 0 && n < count && spans[n].begin < spans[n - 1].end)
        n--;
    return n;
}

static void write_differing(struct diff_writer *w, const neardup_segment *s)
{
    struct diff_piece all = {{s->a_begin, s->b_begin}, {s->a_end, s->b_end}};
    uint64_t counts[2] = {s->a_tokens, s->b_tokens};
    uint64_t rest[2] = {0, 0};
    bool cut = false;
    for (int i = 0; i < 2; i++) {
        size_t count = (size_t)counts[i];
        if (all.end[i] - all.begin[i] <= w->limits->differing)
            continue;
        size_t n = tokens_within(&w->side[i], count, all.begin[i], all.end[i], w->limits->differing);
        size_t end = n > 0 ? w->side[i].spans[w->side[i].token + n - 1].end : 0;
        all.end[i] = end > all.begin[i] ? end : all.begin[i];
        rest[i] = count - n;
        cut = true;
    }
    write_piece(w, &all, false);
    if (cut)
        write_differing_left_out(w, rest[0], rest[1]);
}

/* ---- differences: the array -------------------------------------------------------------------------------------- */

static void write_segment(struct diff_writer *w, const neardup_segment *s, bool first, bool last)
{
    size_t context = w->limits->context;
    if (w->full) {
        w->shared += s->shared ? s->a_tokens : 0;
        w->only[0] += s->shared ? 0 : s->a_tokens;
        w->only[1] += s->shared ? 0 : s->b_tokens;
    } else if (!s->shared) {
        write_differing(w, s);
    } else if (context == SIZE_MAX) {
        write_shared(w, s, SIZE_MAX, 0);
    } else if (first && last) {
        write_equal(w, s);
    } else {
        write_shared(w, s, first ? 0 : context, last ? 0 : context);
    }
    w->side[0].token += s->a_tokens;
    w->side[1].token += s->b_tokens;
    w->full = w->bytes >= w->limits->total;
}

static neardup_status write_array(struct diff_writer *w, const neardup_segment *segments, size_t count,
                                  struct ndup_diff_counts *counts, neardup_error *err)
{
    uint64_t shared = 0;
    ndup_buf_append_str(w->buf, "[");
    for (size_t i = 0; i < count; i++) {
        shared += segments[i].shared ? segments[i].a_tokens : 0;
        write_segment(w, &segments[i], i == 0, i + 1 == count);
    }
    write_left_out(w, w->shared);
    if (w->only[0] + w->only[1] > 0)
        write_differing_left_out(w, w->only[0], w->only[1]);
    ndup_buf_append_str(w->buf, "]");
    if (counts != NULL)
        *counts = (struct ndup_diff_counts){w->side[0].count, w->side[1].count, shared};
    return w->buf->failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

neardup_status ndup_diff_json(struct ndup_buf *buf, const neardup_profile *profile, const char *left,
                              size_t left_length, const char *right, size_t right_length,
                              const struct ndup_diff_limits *limits, struct ndup_diff_counts *counts,
                              neardup_error *err)
{
    struct diff_writer w = {.buf = buf, .limits = limits, .side = {{.text = left}, {.text = right}}};
    neardup_segment *segments = NULL;
    size_t count = 0;
    neardup_status status = neardup_diff(profile, left, left_length, right, right_length, &segments, &count, err);
    if (status == NEARDUP_OK)
        status = neardup_tokenise(profile, left, left_length, &w.side[0].spans, &w.side[0].count, err);
    if (status == NEARDUP_OK)
        status = neardup_tokenise(profile, right, right_length, &w.side[1].spans, &w.side[1].count, err);
    if (status == NEARDUP_OK)
        status = write_array(&w, segments, count, counts, err);
    neardup_free(w.side[0].spans);
    neardup_free(w.side[1].spans);
    neardup_free(segments);
    return status;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* Clusters get their texts in rounds: first every keeper, then one member of each cluster, then the next member,
 * always the costliest cluster first, until a limit is reached. So every cluster shows something before any cluster
 * shows everything. */

#define EXCERPT_BYTES 300  /* of a keeper: about four lines of the page */
#define TOKEN_BYTES   8    /* estimated length of a token with its space; English has 6, code and Russian more */
#define DIFF_BYTES    1000 /* estimated length of a difference in JSON */
#define COPY_BYTES    100  /* the same of an exact copy: most are the same bytes, for which nothing is written */

/* A person reads the costliest clusters, so their differences may be long; of the others the first lines decide. */
#define LONG_CLUSTERS 100
static const struct ndup_diff_limits long_limits = {12, 2000, 12000};
static const struct ndup_diff_limits short_limits = {12, 600, 3000};

struct want {
    struct ndup_top_cluster *top;
    size_t which;  /* level */
    uint64_t unit; /* 0: the keeper, 1 + i: member i */
    bool extended; /* long limits */
    char *text;    /* malloc-ed */
    size_t length;
    size_t distance; /* lines between the place where it was found and its own; the nearest counts */
    bool found, outside;
};

struct wants {
    struct want *items;
    size_t count, capacity;
    neardup_place *places;
    size_t *owners; /* want of a place */
    size_t place_count, place_capacity, owner_capacity;
    uint64_t held, to_hold; /* bytes */
    uint64_t to_write;
    bool failed; /* no memory */
};

static const neardup_ref *want_ref(const struct want *want)
{
    const neardup_cluster *cluster = &want->top->cluster;
    return want->unit == 0 ? &cluster->keeper : &cluster->members[want->unit - 1].document;
}

/* ---- texts: which ones ------------------------------------------------------------------------------------------- */

static bool add_place(struct wants *wants, const char *file, uint64_t line)
{
    if (!ndup_grow(&wants->places, &wants->place_capacity, wants->place_count + 1, sizeof *wants->places) ||
        !ndup_grow(&wants->owners, &wants->owner_capacity, wants->place_count + 1, sizeof *wants->owners))
        return false;
    wants->places[wants->place_count] = (neardup_place){file, line};
    wants->owners[wants->place_count++] = wants->count - 1;
    return true;
}

/* Reserves the memory and the bytes of the report that a text takes; false: there is no room for it. */
static bool within_limits(struct wants *wants, const struct want *want, uint64_t hold_most, uint64_t write_most)
{
    const neardup_ref *ref = want_ref(want);
    uint64_t hold = ref->tokens * TOKEN_BYTES + EXCERPT_BYTES;
    uint64_t write = ref->tokens * TOKEN_BYTES;
    bool copy = want->unit > 0 && want->top->cluster.members[want->unit - 1].reason == NEARDUP_EXACT;
    uint64_t most = want->unit == 0 ? EXCERPT_BYTES : copy ? COPY_BYTES : DIFF_BYTES;
    write = write < most ? write : most;
    if (wants->to_hold + hold > hold_most || wants->to_write + write > write_most)
        return false;
    wants->to_hold += hold;
    wants->to_write += write;
    return true;
}

/* A line of a paragraph in a text file is a place of its document: neardup_job_run_read finds it by any of its lines. */
static bool add_want(struct wants *wants, struct want want)
{
    if (want_ref(&want)->file == NULL)
        return true;
    if (!ndup_grow(&wants->items, &wants->capacity, wants->count + 1, sizeof *wants->items))
        return false;
    wants->items[wants->count++] = want;
    return add_place(wants, want_ref(&want)->file, want_ref(&want)->line);
}

struct budget { /* limits of the sums, for the texts of a level */
    uint64_t hold, write;
};

/* One round of a level: unit 0 are the keepers. *any: something was added. False: no memory. */
static bool add_round(struct wants *wants, const struct ndup_top_clusters *set, size_t which, uint64_t unit,
                      const struct budget *budget, bool *any)
{
    *any = false;
    for (size_t i = 0; i < set->count; i++) {
        struct ndup_top_cluster *top = set->items[i];
        struct want want = {
            .top = top, .which = which, .unit = unit, .extended = i < LONG_CLUSTERS && unit == 1, .distance = SIZE_MAX};
        bool useless = unit > top->cluster.member_count || (unit > 0 && top->keeper_text == 0);
        bool first = !useless && unit > 0 && ndup_is_first_copy(&top->cluster, &top->cluster.members[unit - 1]);
        *any = *any || first; /* there is nothing to compare the first copy with */
        if (useless || first || !within_limits(wants, &want, budget->hold, budget->write))
            continue;
        if (!add_want(wants, want))
            return false;
        if (unit == 0)
            top->keeper_text = wants->count;
        *any = true;
    }
    return true;
}

static bool collect(struct wants *wants, const struct ndup_report_model *report)
{
    size_t levels = report->levels[0].top.count > 0 && report->levels[1].top.count > 0 ? 2 : 1;
    for (size_t which = 0; which < 2; which++) {
        const struct ndup_top_clusters *set = &report->levels[which].top;
        if (set->count == 0)
            continue;
        struct budget all = {wants->to_hold + NDUP_REPORT_READ_BYTES / levels,
                             wants->to_write + NDUP_REPORT_TEXT_BYTES / levels};
        struct budget half = {wants->to_hold + NDUP_REPORT_READ_BYTES / levels / 2,
                              wants->to_write + NDUP_REPORT_TEXT_BYTES / levels / 2};
        bool any = true;
        for (uint64_t unit = 0; any || unit == 1; unit++) {
            if (!add_round(wants, set, which, unit, unit == 0 ? &half : &all, &any))
                return false;
        }
    }
    return true;
}

/* ---- texts: reading ---------------------------------------------------------------------------------------------- */

/* Narrows the text of a document to the unit. */
static bool cut_out(const struct want *want, const char **text, size_t *length)
{
    const neardup_ref *ref = want_ref(want);
    if (!ndup_is_part(ref))
        return true;
    if (ref->bytes.begin > ref->bytes.end || ref->bytes.end > *length)
        return false;
    *text += ref->bytes.begin;
    *length = (size_t)(ref->bytes.end - ref->bytes.begin);
    return true;
}

static bool take_text(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length)
{
    struct wants *wants = context;
    struct want *want = &wants->items[wants->owners[index]];
    uint64_t line = want_ref(want)->line;
    size_t distance = (size_t)(line - wants->places[index].line);
    (void)id;
    (void)id_length;
    if (want->found && distance > want->distance)
        return true;
    free(want->text);
    want->text = NULL;
    want->found = true;
    want->distance = distance;
    want->outside = !cut_out(want, &text, &length);
    if (want->outside || wants->held + length > 2 * NDUP_REPORT_READ_BYTES)
        return true;
    want->text = ndup_alloc(length + 1, 1);
    if (want->text == NULL) {
        wants->failed = true;
        return false;
    }
    memcpy(want->text, text, length);
    want->length = length;
    wants->held += length;
    return true;
}

static neardup_status read_all(struct wants *wants, ndup_report_read_fn *read, void *context, neardup_error *err)
{
    neardup_read_options reading = {.struct_size = sizeof reading,
                                    .places = wants->places,
                                    .count = wants->place_count,
                                    .context = wants,
                                    .text = take_text};
    if (wants->place_count == 0)
        return NEARDUP_OK;
    neardup_status status = read(context, &reading, err);
    return wants->failed ? ndup_fail_nomem(err) : status;
}

/* ---- texts: comparing -------------------------------------------------------------------------------------------- */

/* Recorded scores have six decimals and are rounded down. */
static bool same_score(double recorded, double now)
{
    return fabs(recorded - now) < 1.5e-6;
}

/* Whether two texts differ from those that the run read. The run counts a line that repeats immediately within a
 * paragraph once, and neardup_compare counts it twice; then there are more tokens, and scores cannot be compared. */
static neardup_status find_change(const struct want *left, const struct want *right, const neardup_profile *profile,
                                  bool *changed, neardup_error *err)
{
    const neardup_member *member = &right->top->cluster.members[right->unit - 1];
    const neardup_ref *keeper = &right->top->cluster.keeper;
    neardup_comparison c;
    NDUP_TRY(neardup_compare(profile, left->text, left->length, right->text, right->length, &c, NULL, NULL, err));
    uint64_t a = keeper->tokens, b = member->document.tokens;
    bool part = ndup_is_part(keeper);
    *changed = false;
    if (a == 0 || b == 0)
        return NEARDUP_OK; /* unknown */
    if (part ? c.a_tokens < a || c.b_tokens < b : c.a_tokens != a || c.b_tokens != b)
        *changed = true;
    else if (c.a_tokens == a && c.b_tokens == b && member->reason == NEARDUP_EXACT)
        *changed = !c.identical;
    else if (c.a_tokens == a && c.b_tokens == b && member->reason != NEARDUP_CONTAINED)
        *changed = !same_score(member->jaccard, c.jaccard);
    return NEARDUP_OK;
}

/* A text that is not compared has at least as many tokens as it had. */
static neardup_status check_length(const struct want *want, const neardup_profile *profile, bool *changed,
                                   neardup_error *err)
{
    const neardup_ref *ref = want_ref(want);
    neardup_comparison c;
    if (ref->tokens == 0)
        return NEARDUP_OK; /* unknown */
    NDUP_TRY(neardup_compare(profile, want->text, want->length, "", 0, &c, NULL, NULL, err));
    *changed = *changed || (ndup_is_part(ref) ? c.a_tokens < ref->tokens : c.a_tokens != ref->tokens);
    return NEARDUP_OK;
}

static bool make_texts(struct ndup_top_cluster *top)
{
    if (top->texts == NULL)
        top->texts = ndup_calloc(top->cluster.member_count + 1, sizeof *top->texts);
    return top->texts != NULL;
}

/* Stores the beginning of the text. */
static bool keep_excerpt(const struct want *want, size_t *written)
{
    size_t length = ndup_plain_cut(want->text, want->length, EXCERPT_BYTES);
    struct ndup_report_text *text = &want->top->texts[want->unit];
    text->text = ndup_alloc(length + 1, 1);
    if (text->text == NULL)
        return false;
    memcpy(text->text, want->text, length);
    text->text_length = length;
    text->more = length < want->length;
    *written += length;
    return true;
}

/* own: the run says how it compared, so that a text can be known to be another one. */
static neardup_status compare_texts(const struct want *left, const struct want *right, const neardup_profile *profile,
                                    bool own, size_t *written, neardup_error *err)
{
    struct ndup_report_text *text = &right->top->texts[right->unit];
    struct ndup_buf buf = NDUP_BUF_INIT;
    const struct ndup_diff_limits *limits = right->extended ? &long_limits : &short_limits;
    NDUP_TRY(find_change(left, right, profile, &text->changed, err));
    if (text->changed && own)
        return NEARDUP_OK; /* another text than the run read: it says nothing about the decision, and may be anybody's */
    text->same = left->length == right->length && memcmp(left->text, right->text, left->length) == 0;
    if (text->same)
        return NEARDUP_OK; /* the report has it once */
    neardup_status status =
        ndup_diff_json(&buf, profile, left->text, left->length, right->text, right->length, limits, NULL, err);
    if (status != NEARDUP_OK) {
        ndup_buf_free(&buf);
        return status;
    }
    text->diff = buf.data;
    text->diff_length = buf.len;
    *written += buf.len;
    return NEARDUP_OK;
}

static neardup_status use_text(struct ndup_report_model *report, const struct wants *wants, const struct want *want,
                               const neardup_profile *profile, bool own, size_t *written, neardup_error *err)
{
    if (!make_texts(want->top))
        return ndup_fail_nomem(err);
    struct ndup_report_text *text = &want->top->texts[want->unit];
    text->changed = want->outside;
    const struct want *keeper = want->unit > 0 ? &wants->items[want->top->keeper_text - 1] : NULL;
    if (keeper != NULL && keeper->text != NULL && want->text != NULL && *written < NDUP_REPORT_TEXT_BYTES)
        NDUP_TRY(compare_texts(keeper, want, profile, own, written, err));
    else if (want->text != NULL && own)
        NDUP_TRY(check_length(want, profile, &text->changed, err));
    if (text->diff == NULL && !text->same && want->text != NULL && !(text->changed && own) &&
        !keep_excerpt(want, written))
        return ndup_fail_nomem(err);
    report->texts_changed += text->changed;
    return NEARDUP_OK;
}

neardup_status ndup_report_read_texts(struct ndup_report_model *report, const struct ndup_report_run *run,
                                      ndup_report_read_fn *read, void *context, neardup_error *err)
{
    struct wants wants = {.items = NULL};
    size_t written = 0;
    neardup_status status = NEARDUP_OK;
    if (!collect(&wants, report))
        status = ndup_fail_nomem(err);
    if (status == NEARDUP_OK)
        status = read_all(&wants, read, context, err);
    for (size_t i = 0; i < wants.count && status == NEARDUP_OK; i++) {
        const struct want *want = &wants.items[i];
        report->texts_wanted++;
        report->texts_found += want->found;
        status =
            use_text(report, &wants, want, want->which > 0 ? &run->options->paragraph_profile : &run->options->profile,
                     run->summary != NULL, &written, err);
    }
    for (size_t i = 0; i < wants.count; i++)
        free(wants.items[i].text);
    free(wants.items);
    free(wants.places);
    free(wants.owners);
    return status;
}
