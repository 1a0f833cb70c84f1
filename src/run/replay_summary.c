/* SPDX-License-Identifier: MIT
 * summary.json becomes a summary and options again. What stands there is listed in tables; what does not keeps its
 * default. */
#include "base/platform.h"

#include "run/replay.h"

#include "base/error.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        const char *try_wrong_ = (call);                                                                               \
        if (try_wrong_ != NULL)                                                                                        \
            return try_wrong_;                                                                                         \
    } while (0)

enum kind { U64, UNSIGNED, REAL, FLAG, TEXT, WORD };

struct field {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *const *words; /* WORD: of an enum's values, in their order */
};

static const char *const token_words[] = {"word", "char", NULL};
static const char *const keep_words[] = {"first", "last", "longest", "shortest", "max", "min", "content", NULL};
static const char *const format_words[] = {"auto", "jsonl", "file", "paragraph", "line", NULL};
static const char *const method_words[] = {"minhash", "simhash", NULL};
static const char *const weight_words[] = {"count", "one", NULL};
static const char *const hamming_words[] = {"auto", "scan", "tables", "multi", NULL};
static const char *const sketch_words[] = {"default", "affine", "fss", NULL};
static const char *const candidate_words[] = {"lsh", "all", "hamming", NULL};
static const char *const unit_words[] = {"", "document", "paragraph", "", "line", NULL};

#define S(member) offsetof(neardup_summary, member)
static const struct field counts[] = {
    {"files", U64, S(files), NULL},
    {"failed_files", U64, S(failed_files), NULL},
    {"input_bytes", U64, S(input_bytes), NULL},
    {"text_bytes", U64, S(text_bytes), NULL},
    {"records", U64, S(records), NULL},
    {"documents", U64, S(documents), NULL},
    {"empty", U64, S(empty), NULL},
    {"invalid", U64, S(invalid), NULL},
    {"invalid_utf8", U64, S(invalid_utf8), NULL},
    {"duplicate_ids", U64, S(duplicate_ids), NULL},
    {"tokens", U64, S(tokens), NULL},
    {"exact", U64, S(exact), NULL},
    {"near", U64, S(near), NULL},
    {"removed_bytes", U64, S(removed_bytes), NULL},
    {"removed_tokens", U64, S(removed_tokens), NULL},
    {"dropped_bytes", U64, S(dropped_bytes), NULL},
    {"kept", U64, S(kept), NULL},
    {"clusters", U64, S(clusters), NULL},
    {"largest_cluster", U64, S(largest_cluster), NULL},
    {"capped_buckets", U64, S(capped_buckets), NULL},
    {"pairs", U64, S(pairs), NULL},
    {"unreliable", U64, S(unreliable), NULL},
    {"reference_files", U64, S(reference_files), NULL},
    {"reference_documents", U64, S(reference_documents), NULL},
    {NULL, U64, 0, NULL},
};

#define P(member) offsetof(neardup_parts, member)
static const struct field part_counts[] = {
    {"unit", WORD, P(unit), unit_words},
    {"documents", U64, P(documents), NULL},
    {"blank_rule", U64, P(blank_rule), NULL},
    {"newline_rule", U64, P(newline_rule), NULL},
    {"parts", U64, P(parts), NULL},
    {"tokens", U64, P(tokens), NULL},
    {"distinct", U64, P(distinct), NULL},
    {"shorter", U64, P(shorter), NULL},
    {"exact", U64, P(exact), NULL},
    {"near", U64, P(near), NULL},
    {"contained", U64, P(contained), NULL},
    {"boilerplate", U64, P(boilerplate), NULL},
    {"cut_tokens", U64, P(cut_tokens), NULL},
    {"cut_bytes", U64, P(cut_bytes), NULL},
    {"changed", U64, P(changed), NULL},
    {"emptied", U64, P(emptied), NULL},
    {"emptied_bytes", U64, P(emptied_bytes), NULL},
    {"clusters", U64, P(clusters), NULL},
    {"groups", U64, P(groups), NULL},
    {"capped_buckets", U64, P(capped_buckets), NULL},
    {"pairs", U64, P(pairs), NULL},
    {"unreliable", U64, P(unreliable), NULL},
    {NULL, U64, 0, NULL},
};

#define O(member) offsetof(neardup_job_options, member)
static const struct field parameters[] = {
    {"threshold", REAL, O(threshold), NULL},
    {"recall", REAL, O(recall), NULL},
    {"method", WORD, O(method), method_words},
    {"bits", UNSIGNED, O(simhash_bits), NULL},
    {"weights", WORD, O(weights), weight_words},
    {"distance", UNSIGNED, O(distance), NULL},
    {"verify", FLAG, O(verify), NULL},
    {"tokens", WORD, O(profile.tokens), token_words},
    {"ngram", UNSIGNED, O(profile.ngram), NULL},
    {"part_tokens", WORD, O(part_profile.tokens), token_words},
    {"part_ngram", UNSIGNED, O(part_profile.ngram), NULL},
    {"input_format", WORD, O(format), format_words},
    {"text_field", TEXT, O(text_field), NULL},
    {"id_field", TEXT, O(id_field), NULL},
    {"group_field", TEXT, O(group_field), NULL},
    {"keep", WORD, O(keep), keep_words},
    {"keep_field", TEXT, O(keep_field), NULL},
    {"within", FLAG, O(within), NULL},
    {"across", FLAG, O(across), NULL},
    {"containment", REAL, O(containment), NULL},
    {"min_contained", U64, O(min_contained), NULL},
    {"max_copies", U64, O(max_copies), NULL},
    {"keep_one", FLAG, O(keep_one), NULL},
    {"min_tokens", U64, O(min_tokens), NULL},
    {"often", U64, O(often), NULL},
    {"drop_emptied", FLAG, O(drop_emptied), NULL},
    {"min_remaining", U64, O(min_remaining), NULL},
    {"annotate", FLAG, O(annotate), NULL},
    {"seed", U64, O(seed), NULL},
    {"drop_invalid", FLAG, O(drop_invalid), NULL},
    {"drop_empty", FLAG, O(drop_empty), NULL},
    {NULL, U64, 0, NULL},
};

struct plan {
    int candidates; /* index of candidate_words */
    neardup_sketch_kind kind;
    unsigned slots, bands, rows;
};
static const struct field plan_fields[] = {
    {"candidates", WORD, offsetof(struct plan, candidates), candidate_words},
    {"sketch", WORD, offsetof(struct plan, kind), sketch_words},
    {"slots", UNSIGNED, offsetof(struct plan, slots), NULL},
    {"bands", UNSIGNED, offsetof(struct plan, bands), NULL},
    {"rows", UNSIGNED, offsetof(struct plan, rows), NULL},
    {NULL, U64, 0, NULL},
};

#define H(member) offsetof(neardup_hamming_plan, member)
static const struct field search_fields[] = {
    {"method", WORD, H(method), hamming_words},
    {"blocks", UNSIGNED, H(blocks), NULL},
    {"matching", UNSIGNED, H(matching), NULL},
    {"tables", UNSIGNED, H(tables), NULL},
    {"expected_seconds", REAL, H(seconds), NULL},
    {"bytes", U64, H(bytes), NULL},
    {NULL, U64, 0, NULL},
};

static const struct field run_fields[] = {
    {"candidates", U64, S(candidates), NULL},
    {"edges", U64, S(edges), NULL},
    {"part_candidates", U64, S(parts.candidates), NULL},
    {"part_edges", U64, S(parts.edges), NULL},
    {"threads", UNSIGNED, S(threads), NULL},
    {"peak_memory_bytes", U64, S(peak_memory_bytes), NULL},
    {"scratch_bytes", U64, S(scratch_bytes), NULL},
    {NULL, U64, 0, NULL},
};

static const struct field second_fields[] = {
    {"read", REAL, S(read_seconds), NULL},
    {"split", REAL, S(split_seconds), NULL},
    {"match", REAL, S(match_seconds), NULL},
    {"verify", REAL, S(verify_seconds), NULL},
    {"write", REAL, S(write_seconds), NULL},
    {"total", REAL, S(total_seconds), NULL},
    {NULL, U64, 0, NULL},
};

/* ---- fields ---- */

static const char *read_word(const struct ndup_json_value *v, const char *const *words, void *to)
{
    for (int i = 0; v->type == NDUP_JSON_STRING && words[i] != NULL; i++) {
        if (words[i][0] == '\0')
            continue;
        size_t length = strlen(words[i]);
        if (v->raw_len == length + 2 && memcmp(v->raw + 1, words[i], length) == 0) {
            memcpy(to, &i, sizeof i); /* an enum of small numbers is as large as an int */
            return NULL;
        }
    }
    return "an unknown word";
}
_Static_assert(sizeof(neardup_keep) == sizeof(int) && sizeof(neardup_unit) == sizeof(int), "enums are ints");

static const char *read_field(struct neardup_run *run, const struct ndup_json_value *v, const struct field *f, void *to)
{
    uint64_t number;
    double real;
    switch (f->kind) {
    case U64:
    case UNSIGNED:
        if (!ndup_json_value_u64(v, &number) || (f->kind == UNSIGNED && number > UINT32_MAX))
            return "a value is no count";
        if (f->kind == U64)
            memcpy(to, &number, sizeof number);
        else
            memcpy(to, &(unsigned){(unsigned)number}, sizeof(unsigned));
        return NULL;
    case REAL:
        if (!ndup_json_value_double(v, &real))
            return "a value is no number";
        memcpy(to, &real, sizeof real);
        return NULL;
    case FLAG:
        if (v->type != NDUP_JSON_TRUE && v->type != NDUP_JSON_FALSE)
            return "a value is neither true nor false";
        memcpy(to, &(bool){v->type == NDUP_JSON_TRUE}, sizeof(bool));
        return NULL;
    case TEXT:
        return ndup_name_table_add(&run->names, v, (const char **)to);
    case WORD:
        break;
    }
    return read_word(v, f->words, to);
}

/* A member that is in the table goes into its place below `base`. */
static const char *take(struct neardup_run *run, const struct ndup_json_value *v, const struct field *fields,
                        void *base)
{
    for (const struct field *f = fields; f->name != NULL; f++) {
        if (ndup_json_value_is(v, f->name))
            return read_field(run, v, f, (char *)base + f->offset);
    }
    return NULL;
}

/* All members of an object that has but one table. */
static const char *take_all(struct neardup_run *run, const struct ndup_json_value *object, const struct field *fields,
                            void *base)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (object->type != NDUP_JSON_OBJECT)
        return "a section is no object";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(take(run, &v, fields, base));
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

/* ---- sections ---- */

struct reading {
    struct neardup_run *run;
    struct plan plan, part_plan;
    bool has_plan, has_part_plan, has_tokens, has_part_tokens, has_parameters, has_pairs, has_part_pairs;
};

static const char *read_fingerprint(struct neardup_run *run, const struct ndup_json_value *object, uint64_t *to)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (object->type != NDUP_JSON_OBJECT)
        return "a section is no object";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        if (!ndup_json_value_is(&v, "fingerprint"))
            continue;
        if (v.type != NDUP_JSON_STRING || v.raw_len != 18)
            return "a fingerprint is not 16 hexadecimal digits";
        *to = 0;
        for (size_t i = 1; i <= 16; i++) {
            const char *digits = "0123456789abcdef", *digit = strchr(digits, v.raw[i]);
            if (v.raw[i] == '\0' || digit == NULL)
                return "a fingerprint is not 16 hexadecimal digits";
            *to = *to << 4 | (uint64_t)(digit - digits);
        }
    }
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

static const char *read_units(struct neardup_run *run, const struct ndup_json_value *array)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    unsigned units = 0;
    if (array->type != NDUP_JSON_ARRAY)
        return "units are no array";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        int unit;
        TRY(read_word(&v, unit_words, &unit));
        units |= (unsigned)unit;
    }
    run->options.units = units;
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

static const char *read_parameters(struct reading *r, const struct ndup_json_value *object)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (object->type != NDUP_JSON_OBJECT)
        return "a section is no object";
    r->has_parameters = true;
    ndup_json_reader_enter(r->run->json);
    while ((step = ndup_json_reader_next(r->run->json, &v)) == NDUP_JSON_VALUE) {
        r->has_part_tokens = r->has_part_tokens || ndup_json_value_is(&v, "part_tokens");
        if (ndup_json_value_is(&v, "units"))
            TRY(read_units(r->run, &v));
        else
            TRY(take(r->run, &v, parameters, &r->run->options));
    }
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(r->run) : NULL;
}

static const char *read_parts(struct reading *r, const struct ndup_json_value *object)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    neardup_parts *parts = &r->run->summary.parts;
    if (object->type != NDUP_JSON_OBJECT)
        return "a section is no object";
    ndup_json_reader_enter(r->run->json);
    while ((step = ndup_json_reader_next(r->run->json, &v)) == NDUP_JSON_VALUE) {
        r->has_part_pairs = r->has_part_pairs || ndup_json_value_is(&v, "pairs");
        if (ndup_json_value_is(&v, "repeated_lines")) {
            if (!ndup_json_value_u64(&v, &r->run->repeated_lines))
                return "a value is no count";
        } else if (ndup_json_value_is(&v, "profile")) {
            TRY(read_fingerprint(r->run, &v, &parts->profile_fingerprint));
        } else if (ndup_json_value_is(&v, "plan")) {
            r->has_part_plan = true;
            TRY(take_all(r->run, &v, plan_fields, &r->part_plan));
        } else {
            TRY(take(r->run, &v, part_counts, parts));
        }
    }
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(r->run) : NULL;
}

/* ---- how it was called ---- */

static const char *read_command(struct neardup_run *run, const struct ndup_json_value *array)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    struct ndup_buf *command = &run->command;
    if (array->type != NDUP_JSON_ARRAY)
        return "the command is no array";
    ndup_buf_clear(command);
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        if (v.type != NDUP_JSON_STRING)
            return "the command is not made of strings";
        ndup_buf_append_str(command, command->len == 0 ? "[" : ", ");
        ndup_buf_append(command, v.raw, v.raw_len);
    }
    ndup_buf_append_str(command, command->len == 0 ? "[]" : "]");
    ndup_buf_append(command, "", 1);
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    return command->failed ? "out of memory" : NULL;
}

static const char *read_input(struct neardup_run *run, const struct ndup_json_value *object)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    struct ndup_replay_input input = {NULL, false};
    if (object->type != NDUP_JSON_OBJECT)
        return "an input is no object";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        if (ndup_json_value_is(&v, "path"))
            TRY(ndup_name_table_add(&run->names, &v, &input.path));
        else if (ndup_json_value_is(&v, "reference"))
            input.reference = v.type == NDUP_JSON_TRUE;
    }
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    if (input.path == NULL)
        return "an input has no path";
    if (!ndup_grow(&run->inputs, &run->input_capacity, run->input_count + 1, sizeof *run->inputs))
        return "out of memory";
    run->inputs[run->input_count++] = input;
    return NULL;
}

static const char *read_inputs(struct neardup_run *run, const struct ndup_json_value *array)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (array->type != NDUP_JSON_ARRAY)
        return "inputs are no array";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_input(run, &v));
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

static const char *read_run_member(struct neardup_run *run, const struct ndup_json_value *v)
{
    neardup_summary *s = &run->summary;
    if (ndup_json_value_is(v, "command"))
        return read_command(run, v);
    if (ndup_json_value_is(v, "directory"))
        return ndup_name_table_add(&run->names, v, &run->directory);
    if (ndup_json_value_is(v, "inputs"))
        return read_inputs(run, v);
    if (ndup_json_value_is(v, "search"))
        return take_all(run, v, search_fields, &s->hamming);
    if (ndup_json_value_is(v, "part_search"))
        return take_all(run, v, search_fields, &s->parts.hamming);
    if (ndup_json_value_is(v, "seconds"))
        return take_all(run, v, second_fields, s);
    return take(run, v, run_fields, s);
}

static const char *read_run(struct neardup_run *run, const struct ndup_json_value *object)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (object->type != NDUP_JSON_OBJECT)
        return "a section is no object";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_run_member(run, &v));
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

/* ---- the whole ---- */

static const char *read_member(struct reading *r, const struct ndup_json_value *v)
{
    if (ndup_json_value_is(v, "parameters"))
        return read_parameters(r, v);
    if (ndup_json_value_is(v, "profile"))
        return read_fingerprint(r->run, v, &r->run->summary.profile_fingerprint);
    if (ndup_json_value_is(v, "plan")) {
        r->has_plan = true;
        return take_all(r->run, v, plan_fields, &r->plan);
    }
    if (ndup_json_value_is(v, "parts"))
        return read_parts(r, v);
    if (ndup_json_value_is(v, "run"))
        return read_run(r->run, v);
    r->has_tokens = r->has_tokens || ndup_json_value_is(v, "tokens");
    r->has_pairs = r->has_pairs || ndup_json_value_is(v, "pairs");
    return take(r->run, v, counts, &r->run->summary);
}

static const char *read_all(struct reading *r)
{
    struct neardup_run *run = r->run;
    struct ndup_json_value v;
    enum ndup_json_step step;
    TRY(ndup_json_reader_begin(run->json, run->summary_json.data, run->summary_json.len - 1));
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_member(r, &v));
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    return r->has_parameters && r->has_tokens ? NULL
                                              : "this is no summary of a run: it has no parameters, or no counts";
}

/* Bands and rows as they were; the rest of a plan follows from them. */
static neardup_status solve(const struct neardup_run *run, const struct plan *p, neardup_plan *plan, neardup_error *err)
{
    neardup_plan_options o = NEARDUP_PLAN_OPTIONS_INIT;
    if (p->candidates == 2)
        return NEARDUP_OK;
    if (p->candidates == 0 && p->bands == 0) { /* inside documents nothing is sketched, and nothing missed */
        *plan = (neardup_plan){.kind = p->kind, .threshold = run->options.threshold, .recall_at_threshold = 1};
        return NEARDUP_OK;
    }
    o.threshold = run->options.threshold;
    o.recall = run->options.recall;
    o.kind = p->kind;
    o.bands = p->bands;
    o.rows = p->rows;
    o.all = p->candidates == 1;
    neardup_error reason;
    if (neardup_plan_solve(&o, plan, &reason) == NEARDUP_OK)
        return NEARDUP_OK;
    return ndup_fail(err, NEARDUP_E_FORMAT, "%.200s: %.250s", run->summary_path, reason.message);
}

static neardup_status finish(struct reading *r, neardup_error *err)
{
    struct neardup_run *run = r->run;
    neardup_job_options *o = &run->options;
    neardup_summary *s = &run->summary;
    const struct plan *plan = r->has_plan ? &r->plan : &r->part_plan;
    if (!r->has_part_tokens)
        o->part_profile.tokens = o->profile.tokens;
    if (r->has_plan)
        NDUP_TRY(solve(run, &r->plan, &s->plan, err));
    if (r->has_part_plan)
        NDUP_TRY(solve(run, &r->part_plan, &s->parts.plan, err));
    o->all_candidates = plan->candidates == 1;
    if (plan->candidates == 0) {
        o->kind = plan->kind;
        o->bands = plan->bands;
        o->rows = plan->rows;
    }
    run->has_pairs = o->pairs = r->has_pairs || r->has_part_pairs;
    s->hamming.bits = s->parts.hamming.bits = o->method == NEARDUP_METHOD_SIMHASH ? o->simhash_bits : 0;
    s->hamming.distance = s->parts.hamming.distance = o->method == NEARDUP_METHOD_SIMHASH ? o->distance : 0;
    return NEARDUP_OK;
}

neardup_status ndup_replay_read_summary(struct neardup_run *run, neardup_error *err)
{
    struct reading r = {.run = run};
    neardup_job_options_init(&run->options);
    const char *wrong = read_all(&r);
    if (wrong != NULL && strcmp(wrong, "out of memory") == 0)
        return ndup_fail_nomem(err);
    if (wrong != NULL)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: %s", run->summary_path, wrong);
    return finish(&r, err);
}
