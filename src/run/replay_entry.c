/* SPDX-License-Identifier: MIT
 * Members that we do not know are passed over: a later version may write more. */
#include "base/platform.h"

#include "run/replay.h"

#include "run/names.h"

enum { FILE_SEEN = 1, LINE_SEEN = 2 };                                             /* of a place */
enum { REASON_SEEN = 1, JACCARD_SEEN = 2, CONTAINMENT_SEEN = 4, KEEPER_SEEN = 8 }; /* of an entry */

static const char no_memory[] = "out of memory";

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        const char *try_wrong_ = (call);                                                                               \
        if (try_wrong_ != NULL)                                                                                        \
            return try_wrong_;                                                                                         \
    } while (0)

const char *ndup_replay_wrong(const struct neardup_run *run)
{
    const char *wrong = ndup_json_reader_wrong(run->json);
    return wrong != NULL ? wrong : no_memory;
}

/* ---- values ---- */

static const char *read_number(const struct ndup_json_value *value, uint64_t *number)
{
    return ndup_json_value_u64(value, number) ? NULL : "a number is missing, or is not one that we write";
}

static const char *read_span(struct neardup_run *run, const struct ndup_json_value *value, neardup_span *span)
{
    static const char no_span[] = "a range is not [begin, end]";
    uint64_t *const ends[] = {&span->begin, &span->end};
    struct ndup_json_value end;
    if (value->type != NDUP_JSON_ARRAY)
        return no_span;
    ndup_json_reader_enter(run->json);
    for (size_t i = 0; i < 2; i++) {
        enum ndup_json_step step = ndup_json_reader_next(run->json, &end);
        if (step == NDUP_JSON_WRONG)
            return ndup_replay_wrong(run);
        if (step == NDUP_JSON_END || !ndup_json_value_u64(&end, ends[i]))
            return no_span;
    }
    enum ndup_json_step step = ndup_json_reader_next(run->json, &end);
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    return step == NDUP_JSON_END && span->begin <= span->end ? NULL : no_span;
}

const char *ndup_replay_read_score(const struct ndup_json_value *value, double *score)
{
    return ndup_json_value_double(value, score) && *score >= 0 && *score <= 1 ? NULL : "a score is not 0 to 1";
}

const char *ndup_replay_read_distance(const struct ndup_json_value *value, int *distance)
{
    uint64_t bits;
    if (!ndup_json_value_u64(value, &bits) || bits > 128)
        return "a distance is not 0 to 128";
    *distance = (int)bits;
    return NULL;
}

/* The string between the quotes; our words have no escapes. */
static bool is_word(const struct ndup_json_value *value, const char *word)
{
    size_t length = strlen(word);
    return value->type == NDUP_JSON_STRING && value->raw_len == length + 2 && memcmp(value->raw + 1, word, length) == 0;
}

const char *ndup_replay_read_reason(const struct ndup_json_value *value, neardup_reason *reason)
{
    for (int i = NEARDUP_EXACT; i <= NEARDUP_EMPTIED; i++) {
        if (is_word(value, ndup_reason_name((neardup_reason)i))) {
            *reason = (neardup_reason)i;
            return NULL;
        }
    }
    return "an unknown reason";
}

static const char *read_unit(const struct ndup_json_value *value, neardup_unit *unit)
{
    *unit = is_word(value, "paragraph") ? NEARDUP_UNIT_PARAGRAPH
            : is_word(value, "line")    ? NEARDUP_UNIT_LINE
                                        : NEARDUP_UNIT_DOCUMENT;
    return *unit != NEARDUP_UNIT_DOCUMENT ? NULL : "an unknown unit";
}

/* Raw JSON of a string or number. */
static const char *read_raw(const struct ndup_json_value *value, const char **raw, size_t *length)
{
    if (value->type != NDUP_JSON_STRING && value->type != NDUP_JSON_NUMBER)
        return "an id or group is neither string nor number";
    *raw = value->raw;
    *length = value->raw_len;
    return NULL;
}

static const char *read_flag(const struct ndup_json_value *value, bool *flag)
{
    *flag = value->type == NDUP_JSON_TRUE;
    return *flag || value->type == NDUP_JSON_FALSE ? NULL : "neither true nor false";
}

/* ---- places ---- */

static const char *read_place_member(struct neardup_run *run, const struct ndup_json_value *v,
                                     struct ndup_replay_place *p)
{
    neardup_ref *ref = &p->ref;
    if (ndup_json_value_is(v, "file")) {
        p->seen |= FILE_SEEN;
        return ndup_name_table_add(&run->names, v, &ref->file);
    }
    if (ndup_json_value_is(v, "line")) {
        p->seen |= LINE_SEEN;
        return read_number(v, &ref->line);
    }
    if (ndup_json_value_is(v, "id"))
        return read_raw(v, &ref->id, &ref->id_length);
    if (ndup_json_value_is(v, "tokens"))
        return read_number(v, &ref->tokens);
    if (ndup_json_value_is(v, "unit"))
        return read_unit(v, &ref->unit);
    if (ndup_json_value_is(v, "bytes"))
        return read_span(run, v, &ref->bytes);
    if (ndup_json_value_is(v, "characters"))
        return read_span(run, v, &ref->characters);
    if (ndup_json_value_is(v, "group"))
        return read_raw(v, &ref->group, &ref->group_length);
    if (ndup_json_value_is(v, "reference"))
        return read_flag(v, &ref->reference);
    if (ndup_json_value_is(v, "index"))
        return read_number(v, &ref->index);
    if (ndup_json_value_is(v, "document"))
        return read_number(v, &ref->document);
    if (ndup_json_value_is(v, "order"))
        return read_number(v, &ref->order);
    if (ndup_json_value_is(v, "stored_bytes"))
        return read_number(v, &p->stored);
    return ndup_json_value_is(v, "leads") ? read_flag(v, &p->leads) : NULL;
}

static const char *check_place(const struct ndup_replay_place *p)
{
    return (p->seen & (FILE_SEEN | LINE_SEEN)) == (FILE_SEEN | LINE_SEEN) ? NULL : "a place without file and line";
}

static void begin_place(struct ndup_replay_place *p)
{
    *p = (struct ndup_replay_place){.ref = {.unit = NEARDUP_UNIT_DOCUMENT}};
}

const char *ndup_replay_read_place(struct neardup_run *run, const struct ndup_json_value *value,
                                   struct ndup_replay_place *place)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    begin_place(place);
    if (value->type != NDUP_JSON_OBJECT)
        return "a place is no object";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_place_member(run, &v, place));
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : check_place(place);
}

/* ---- entries ---- */

static const char *read_keeper(struct neardup_run *run, const struct ndup_json_value *v, struct ndup_replay_entry *e)
{
    e->seen |= KEEPER_SEEN;
    e->no_keeper = v->type == NDUP_JSON_NULL;
    return e->no_keeper ? NULL : ndup_replay_read_place(run, v, &e->keeper);
}

static const char *read_entry_member(struct neardup_run *run, const struct ndup_json_value *v,
                                     struct ndup_replay_entry *e)
{
    if (ndup_json_value_is(v, "reason")) {
        e->seen |= REASON_SEEN;
        return ndup_replay_read_reason(v, &e->reason);
    }
    if (ndup_json_value_is(v, "jaccard")) {
        e->seen |= JACCARD_SEEN;
        return ndup_replay_read_score(v, &e->jaccard);
    }
    if (ndup_json_value_is(v, "containment")) {
        e->seen |= CONTAINMENT_SEEN;
        return ndup_replay_read_score(v, &e->containment);
    }
    if (ndup_json_value_is(v, "distance"))
        return ndup_replay_read_distance(v, &e->distance);
    if (ndup_json_value_is(v, "keeper"))
        return read_keeper(run, v, e);
    if (ndup_json_value_is(v, "cluster"))
        return read_number(v, &e->cluster);
    return ndup_json_value_is(v, "cut") ? read_span(run, v, &e->cut) : read_place_member(run, v, &e->own);
}

static const char *check_entry(const struct ndup_replay_entry *e)
{
    if ((e->seen & REASON_SEEN) == 0)
        return "no reason";
    unsigned score = e->reason == NEARDUP_CONTAINED ? CONTAINMENT_SEEN
                     : e->reason == NEARDUP_EMPTIED ? 0
                                                    : JACCARD_SEEN;
    if ((e->seen & score) != score)
        return "no score";
    return check_place(&e->own);
}

const char *ndup_replay_read_entry(struct neardup_run *run, struct ndup_replay_entry *entry)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    *entry = (struct ndup_replay_entry){.distance = NEARDUP_NO_DISTANCE};
    begin_place(&entry->own);
    begin_place(&entry->keeper);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_entry_member(run, &v, entry));
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : check_entry(entry);
}
