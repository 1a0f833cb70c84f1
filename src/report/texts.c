/* SPDX-License-Identifier: MIT
 * Texts of the kept clusters: which ones are worth reading, one run over the corpus for all of them, and what differs
 * between each member and its keeper.
 *
 * Clusters get their texts in turns: every keeper first, then a member of each cluster, then another one, the costliest
 * cluster first, as long as the limits allow. */
#include "base/platform.h"

#include "report/report.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/diff_json.h"
#include "report/model.h"
#include "report/plain.h"
#include "run/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXCERPT_BYTES   300
#define TOKEN_BYTES     8    /* of a text, about */
#define DIFF_BYTES      1000 /* of a difference, about */
#define CANDIDATE_LINES 200

/* Differences of the costliest clusters may be long. */
#define LONG_CLUSTERS 100
static const struct ndup_diff_limits long_limits = {12, 2000, 12000};
static const struct ndup_diff_limits short_limits = {12, 600, 3000};

struct want {
    struct ndup_kept *kept;
    size_t which;  /* level */
    uint64_t unit; /* 0: the keeper, 1 + i: member i */
    bool extended; /* long limits */
    char *text;    /* malloc-ed */
    size_t length;
    size_t rank; /* of the place where it was found: 0 is best */
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
    const neardup_cluster *cluster = &want->kept->cluster;
    return want->unit == 0 ? &cluster->keeper : &cluster->members[want->unit - 1].document;
}

/* ---- what is wanted ---------------------------------------------------------------------------------------------- */

static bool add_place(struct wants *wants, const char *file, uint64_t line)
{
    if (!ndup_grow(&wants->places, &wants->place_capacity, wants->place_count + 1, sizeof *wants->places) ||
        !ndup_grow(&wants->owners, &wants->owner_capacity, wants->place_count + 1, sizeof *wants->owners))
        return false;
    wants->places[wants->place_count] = (neardup_place){file, line};
    wants->owners[wants->place_count++] = wants->count - 1;
    return true;
}

/* A part in a plain text file is named by its own line, and not by that on which its document begins. */
static bool add_places(struct wants *wants, const struct want *want, neardup_input_format format)
{
    const neardup_ref *ref = want_ref(want);
    bool good = add_place(wants, ref->file, ref->line);
    if (!ndup_is_part(ref) || ref->bytes.begin == 0)
        return good;
    if ((format == NEARDUP_INPUT_AUTO || format == NEARDUP_INPUT_FILE) && ref->line > 1)
        return good && add_place(wants, ref->file, 1);
    for (uint64_t i = 1; good && format == NEARDUP_INPUT_PARAGRAPH && i < ref->line && i <= ref->bytes.begin; i++) {
        if (i > CANDIDATE_LINES)
            break;
        good = add_place(wants, ref->file, ref->line - i);
    }
    return good;
}

/* What a text costs in memory and in the report; false: there is no room for it. */
static bool within_limits(struct wants *wants, const struct want *want, uint64_t hold_most, uint64_t write_most)
{
    const neardup_ref *ref = want_ref(want);
    uint64_t hold = ref->tokens * TOKEN_BYTES + EXCERPT_BYTES;
    uint64_t write = ref->tokens * TOKEN_BYTES;
    uint64_t most = want->unit == 0 ? EXCERPT_BYTES : DIFF_BYTES;
    write = write < most ? write : most;
    if (wants->to_hold + hold > hold_most || wants->to_write + write > write_most)
        return false;
    wants->to_hold += hold;
    wants->to_write += write;
    return true;
}

static bool add_want(struct wants *wants, struct want want, neardup_input_format format)
{
    if (want_ref(&want)->file == NULL)
        return true;
    if (!ndup_grow(&wants->items, &wants->capacity, wants->count + 1, sizeof *wants->items))
        return false;
    wants->items[wants->count++] = want;
    return add_places(wants, &want, format);
}

struct budget { /* up to which the texts of a level may go */
    uint64_t hold, write;
};

/* One turn of a level: unit 0 are the keepers. *any: something was added. False: no memory. */
static bool add_turn(struct wants *wants, const struct ndup_kept_set *set, size_t which, uint64_t unit,
                     const struct budget *budget, neardup_input_format format, bool *any)
{
    *any = false;
    for (size_t i = 0; i < set->count; i++) {
        struct ndup_kept *kept = set->items[i];
        struct want want = {
            .kept = kept, .which = which, .unit = unit, .extended = i < LONG_CLUSTERS && unit == 1, .rank = SIZE_MAX};
        bool useless = unit > kept->cluster.member_count || (unit > 0 && kept->keeper_text == 0);
        bool first = !useless && unit > 0 && ndup_is_first_copy(&kept->cluster, &kept->cluster.members[unit - 1]);
        *any = *any || first; /* what it would be laid beside is itself */
        if (useless || first || !within_limits(wants, &want, budget->hold, budget->write))
            continue;
        if (!add_want(wants, want, format))
            return false;
        if (unit == 0)
            kept->keeper_text = wants->count;
        *any = true;
    }
    return true;
}

static bool collect(struct wants *wants, const struct ndup_report *report, neardup_input_format format)
{
    size_t levels = report->levels[0].kept.count > 0 && report->levels[1].kept.count > 0 ? 2 : 1;
    for (size_t which = 0; which < 2; which++) {
        const struct ndup_kept_set *set = &report->levels[which].kept;
        if (set->count == 0)
            continue;
        struct budget all = {wants->to_hold + NDUP_REPORT_READ_BYTES / levels,
                             wants->to_write + NDUP_REPORT_TEXT_BYTES / levels};
        struct budget half = {wants->to_hold + NDUP_REPORT_READ_BYTES / levels / 2,
                              wants->to_write + NDUP_REPORT_TEXT_BYTES / levels / 2};
        bool any = true;
        for (uint64_t unit = 0; any || unit == 1; unit++) {
            if (!add_turn(wants, set, which, unit, unit == 0 ? &half : &all, format, &any))
                return false;
        }
    }
    return true;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* What belongs to the unit of the text of its document. */
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
    size_t rank = (size_t)(line - wants->places[index].line);
    (void)id;
    (void)id_length;
    if (want->found && rank > want->rank)
        return true;
    free(want->text);
    want->text = NULL;
    want->found = true;
    want->rank = rank;
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

/* ---- side by side ------------------------------------------------------------------------------------------------ */

/* Recorded scores have six decimals and are rounded down. */
static bool same_score(double recorded, double now)
{
    return fabs(recorded - now) < 1.5e-6;
}

/* Whether two texts are not those of the run. An immediately repeated line of a part counts once in the run, and twice
 * here: then there are more tokens, and scores cannot be told apart. */
static neardup_status find_change(const struct want *left, const struct want *right, const neardup_profile *profile,
                                  bool *changed, neardup_error *err)
{
    const neardup_member *member = &right->kept->cluster.members[right->unit - 1];
    const neardup_ref *keeper = &right->kept->cluster.keeper;
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

static bool make_texts(struct ndup_kept *kept)
{
    if (kept->texts == NULL)
        kept->texts = ndup_calloc(kept->cluster.member_count + 1, sizeof *kept->texts);
    return kept->texts != NULL;
}

/* The beginning of the text becomes that of the unit. */
static bool keep_excerpt(const struct want *want, size_t *written)
{
    size_t length = ndup_plain_cut(want->text, want->length, EXCERPT_BYTES);
    struct ndup_kept_text *text = &want->kept->texts[want->unit];
    text->text = ndup_alloc(length + 1, 1);
    if (text->text == NULL)
        return false;
    memcpy(text->text, want->text, length);
    text->text_length = length;
    text->more = length < want->length;
    *written += length;
    return true;
}

static neardup_status lay_side_by_side(const struct want *left, const struct want *right,
                                       const neardup_profile *profile, size_t *written, neardup_error *err)
{
    struct ndup_kept_text *text = &right->kept->texts[right->unit];
    struct ndup_buf buf = NDUP_BUF_INIT;
    const struct ndup_diff_limits *limits = right->extended ? &long_limits : &short_limits;
    neardup_status status =
        ndup_diff_json(&buf, profile, left->text, left->length, right->text, right->length, limits, NULL, err);
    if (status == NEARDUP_OK)
        status = find_change(left, right, profile, &text->changed, err);
    if (status != NEARDUP_OK) {
        ndup_buf_free(&buf);
        return status;
    }
    text->diff = buf.data;
    text->diff_length = buf.len;
    *written += buf.len;
    return NEARDUP_OK;
}

static neardup_status use_text(struct ndup_report *report, const struct wants *wants, const struct want *want,
                               const neardup_profile *profile, size_t *written, neardup_error *err)
{
    if (!make_texts(want->kept))
        return ndup_fail_nomem(err);
    struct ndup_kept_text *text = &want->kept->texts[want->unit];
    text->changed = want->outside;
    const struct want *keeper = want->unit > 0 ? &wants->items[want->kept->keeper_text - 1] : NULL;
    if (keeper != NULL && keeper->text != NULL && want->text != NULL && *written < NDUP_REPORT_TEXT_BYTES)
        NDUP_TRY(lay_side_by_side(keeper, want, profile, written, err));
    else if (want->text != NULL && !keep_excerpt(want, written))
        return ndup_fail_nomem(err);
    report->texts_changed += text->changed;
    return NEARDUP_OK;
}

neardup_status ndup_report_read_texts(struct ndup_report *report, const struct ndup_report_run *run,
                                      ndup_report_read_fn *read, void *context, neardup_error *err)
{
    struct wants wants = {.items = NULL};
    size_t written = 0;
    neardup_status status = NEARDUP_OK;
    if (!collect(&wants, report, run->options->format))
        status = ndup_fail_nomem(err);
    if (status == NEARDUP_OK)
        status = read_all(&wants, read, context, err);
    for (size_t i = 0; i < wants.count && status == NEARDUP_OK; i++) {
        const struct want *want = &wants.items[i];
        report->texts_wanted++;
        report->texts_found += want->found;
        status = use_text(report, &wants, want,
                          want->which > 0 ? &run->options->paragraph_profile : &run->options->profile, &written, err);
    }
    for (size_t i = 0; i < wants.count; i++)
        free(wants.items[i].text);
    free(wants.items);
    free(wants.places);
    free(wants.owners);
    return status;
}
