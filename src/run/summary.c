/* SPDX-License-Identifier: MIT
 * summary.json. The tables below are the file: its objects and members in their order, where each value is kept, and when it
 * is written. Writing walks the tables and reading looks members up in them, so a new member is one row. A member that a
 * file does not have keeps its default, and one that we do not know is skipped: other versions may write fewer or more. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "run/json_write.h"
#include "run/names.h"
#include "run/open.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* ---- what the file holds ---- */

struct profile_fields {
    unsigned version;
    uint64_t fingerprint;
};

struct plan_fields {
    int candidates; /* enum ndup_candidate_source */
    neardup_sketch_kind kind;
    unsigned slots, bands, rows;
    double recall;
};

struct summary_fields {
    neardup_summary summary;
    neardup_job_options options;
    const char *version, *directory, *root;
    const char *pre; /* that of the options; when read, no option: a run folder can come from anybody */
    struct profile_fields profile, paragraph_profile;
    struct plan_fields plan, part_plan;
    const struct ndup_run_input *inputs; /* when written; reading adds them to the run */
    size_t input_count;
    uint64_t repeated_lines;
    uint64_t inputs_origin;
};

/* ---- when a member is written ---- */

static bool parts(const struct summary_fields *all)
{
    return (all->options.units & (NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE)) != 0;
}

static bool documents(const struct summary_fields *all)
{
    return (all->options.units & NEARDUP_UNIT_DOCUMENT) != 0 || !parts(all);
}

static bool simhash(const struct summary_fields *all)
{
    return all->options.method == NEARDUP_METHOD_SIMHASH;
}

static bool has_origin(const struct summary_fields *all)
{
    return all->inputs_origin != 0;
}

static bool minhash(const struct summary_fields *all)
{
    return !simhash(all);
}

static bool simhash_documents(const struct summary_fields *all)
{
    return simhash(all) && documents(all);
}

static bool simhash_parts(const struct summary_fields *all)
{
    return simhash(all) && parts(all);
}

/* With SimHash the distance decides; the threshold counts only if pairs are verified, and for paragraphs contained in
 * others. */
static bool simhash_threshold(const struct summary_fields *all)
{
    return simhash(all) && (all->options.verify || parts(all));
}

static bool other_part_tokens(const struct summary_fields *all)
{
    return parts(all) && all->options.paragraph_profile.tokens != all->options.profile.tokens;
}

static bool groups(const struct summary_fields *all)
{
    return all->options.group_field != NULL;
}

static bool delimited(const struct summary_fields *all)
{
    return all->options.delimiter != NULL;
}

static bool binary(const struct summary_fields *all)
{
    return all->options.binary != NEARDUP_BINARY_SKIP;
}

static bool uncut(const struct summary_fields *all)
{
    return all->summary.paragraphs.uncut > 0;
}

static bool pairs(const struct summary_fields *all)
{
    return all->options.pairs;
}

static bool document_pairs(const struct summary_fields *all)
{
    return pairs(all) && documents(all);
}

static bool contained(const struct summary_fields *all)
{
    return all->options.contained > 0;
}

static bool references(const struct summary_fields *all)
{
    return all->summary.reference_files > 0;
}

static bool unread_data(const struct summary_fields *all)
{
    return all->summary.unread_data_files > 0;
}

static bool audited(const struct summary_fields *all)
{
    return all->summary.audit.sampled > 0;
}

static bool revisits(const struct summary_fields *all)
{
    return all->summary.revisits > 0;
}

static bool other_records(const struct summary_fields *all)
{
    return all->summary.other_records > 0;
}

static bool garbled(const struct summary_fields *all)
{
    return all->summary.garbled_bytes > 0;
}

static bool html(const struct summary_fields *all)
{
    return all->options.html != NEARDUP_HTML_AUTO;
}

static bool keep_numbers(const struct summary_fields *all)
{
    return all->options.keep_numbers;
}

static bool numbers_differ(const struct summary_fields *all)
{
    return all->summary.numbers_differ > 0;
}

#define USUAL_EXPANSION 1000u /* of neardup_job_options_init */

static bool max_expansion(const struct summary_fields *all)
{
    return all->options.max_expansion != USUAL_EXPANSION;
}

static bool gitignore(const struct summary_fields *all)
{
    return all->options.gitignore;
}

static bool unchosen(const struct summary_fields *all)
{
    return all->summary.unchosen_files + all->summary.unchosen_folders > 0;
}

static bool copied(const struct summary_fields *all)
{
    return all->summary.copied_files > 0;
}

static bool left_out(const struct summary_fields *all)
{
    return all->summary.left_out > 0;
}

/* ---- the tables ---- */

enum field_kind {
    U64,
    UNSIGNED,
    REAL,    /* a double, as short as it reads back the same */
    FIXED,   /* a double with some decimals */
    FLAG,    /* a bool */
    TEXT,    /* a string; NULL is not written */
    WORD,    /* an enum, as a word */
    HEX,     /* a uint64_t as 16 hexadecimal digits */
    UNIT,    /* a neardup_unit, as a word */
    UNITS,   /* a set of neardup_unit, as an array of words */
    STRINGS, /* an array of strings, kept as its JSON; NULL is not written */
    INPUTS,  /* an array of { "path", "reference" } */
    OBJECT,
};

/* Members that reading asks for. */
enum seen {
    SEEN_TOKENS = 1,
    SEEN_PARAMETERS = 2,
    SEEN_PLAN = 4,
    SEEN_PART_PLAN = 8,
    SEEN_PART_TOKENS = 16,
    SEEN_PAIRS = 32,
};

struct summary_field {
    const char *name; /* NULL ends a table */
    enum field_kind kind;
    size_t offset;                                  /* in what the object is kept in */
    bool (*when)(const struct summary_fields *all); /* NULL: always */
    unsigned by;              /* in a plan: written only if its candidates are one of these, a set of bits; 0: always */
    const char *const *words; /* of WORD */
    int decimals;             /* of FIXED */
    const struct summary_field *members; /* of OBJECT */
    enum ndup_json_layout layout;        /* of OBJECT */
    enum seen seen;
};

#define A(member)             offsetof(struct summary_fields, member)
#define S(member)             A(summary.member)
#define O(member)             A(options.member)
#define F(NAME, KIND, OFFSET) .name = (NAME), .kind = (KIND), .offset = (OFFSET)
#define WORDS(NAMES)          .words = ndup_##NAMES##_names
#define LINES(TABLE)          .members = (TABLE), .layout = NDUP_JSON_LINES
#define ONE_LINE(TABLE)       .members = (TABLE), .layout = NDUP_JSON_SPACED
#define BY(SOURCE)            .by = 1u << (SOURCE)
#define END                                                                                                            \
    {                                                                                                                  \
        .name = NULL                                                                                                   \
    }

static const struct summary_field profile_table[] = {
    {F("version", UNSIGNED, offsetof(struct profile_fields, version))},
    {F("fingerprint", HEX, offsetof(struct profile_fields, fingerprint))},
    END,
};

#define P(member) offsetof(struct plan_fields, member)
static const struct summary_field plan_table[] = {
    {F("candidates", WORD, P(candidates)), WORDS(candidates)},
    {F("sketch", WORD, P(kind)), WORDS(sketch), BY(NDUP_BY_LSH)},
    {F("slots", UNSIGNED, P(slots)), BY(NDUP_BY_LSH)},
    {F("bands", UNSIGNED, P(bands)), BY(NDUP_BY_LSH)},
    {F("rows", UNSIGNED, P(rows)), BY(NDUP_BY_LSH)},
    {F("recall_at_threshold", FIXED, P(recall)), .decimals = 6, BY(NDUP_BY_LSH)},
    {F("recall_at_threshold", FIXED, P(recall)), .decimals = 0, BY(NDUP_BY_ALL)},
    {F("recall_at_distance", FIXED, P(recall)), .decimals = 0, BY(NDUP_BY_HAMMING)},
    END,
};

#define H(member) offsetof(neardup_hamming_plan, member)
static const struct summary_field search_table[] = {
    {F("blocks", UNSIGNED, H(blocks))}, {F("matching", UNSIGNED, H(matching))},
    {F("tables", UNSIGNED, H(tables))}, {F("expected_seconds", FIXED, H(seconds)), .decimals = 3},
    {F("bytes", U64, H(bytes))},        END,
};

static const struct summary_field parameters[] = {
    {F("threshold", REAL, O(threshold)), .when = minhash},
    {F("recall", REAL, O(recall)), .when = minhash},
    {F("method", WORD, O(method)), WORDS(method), .when = simhash},
    {F("bits", UNSIGNED, O(simhash_bits)), .when = simhash},
    {F("weights", WORD, O(weights)), WORDS(weights), .when = simhash},
    {F("distance", UNSIGNED, O(distance)), .when = simhash},
    {F("verify", FLAG, O(verify)), .when = simhash},
    {F("threshold", REAL, O(threshold)), .when = simhash_threshold},
    {F("contained", REAL, O(contained)), .when = contained},
    {F("contained_min_tokens", U64, O(contained_min_tokens)), .when = contained},
    {F("tokens", WORD, O(profile.tokens)), WORDS(tokens)},
    {F("ngram", UNSIGNED, O(profile.ngram)), .when = documents},
    {F("input_format", WORD, O(format)), WORDS(format)},
    {F("text_field", TEXT, O(text_field))},
    {F("id_field", TEXT, O(id_field))},
    {F("delimiter", TEXT, O(delimiter)), .when = delimited},
    {F("binary", WORD, O(binary)), WORDS(binary), .when = binary},
    {F("encoding", TEXT, O(encoding))},
    {F("html", WORD, O(html)), WORDS(html), .when = html},
    {F("include", TEXT, O(include))},
    {F("exclude", TEXT, O(exclude))},
    {F("gitignore", FLAG, O(gitignore)), .when = gitignore},
    {F("max_expansion", U64, O(max_expansion)), .when = max_expansion},
    {F("pre", TEXT, A(pre))},
    {F("preset", TEXT, O(preset))},
    {F("keep_numbers", FLAG, O(keep_numbers)), .when = keep_numbers},
    {F("group_field", TEXT, O(group_field))},
    {F("keep", WORD, O(keep)), WORDS(keep)},
    {F("keep_field", TEXT, O(keep_field))},
    {F("units", UNITS, O(units)), .when = parts},
    {F("part_tokens", WORD, O(paragraph_profile.tokens)), WORDS(tokens), .when = other_part_tokens,
     .seen = SEEN_PART_TOKENS},
    {F("part_ngram", UNSIGNED, O(paragraph_profile.ngram)), .when = parts},
    {F("within", FLAG, O(inside_documents)), .when = parts},
    {F("across", FLAG, O(between_documents)), .when = parts},
    {F("containment", REAL, O(containment)), .when = parts},
    {F("min_contained", U64, O(min_contained)), .when = parts},
    {F("max_copies", U64, O(max_copies)), .when = parts},
    {F("keep_one", FLAG, O(keep_one)), .when = parts},
    {F("min_tokens", U64, O(min_tokens)), .when = parts},
    {F("often", U64, O(short_min_documents)), .when = parts},
    {F("drop_emptied", FLAG, O(drop_emptied)), .when = parts},
    {F("min_remaining", U64, O(min_remaining)), .when = parts},
    {F("annotate", FLAG, O(annotate)), .when = parts},
    {F("cut_unique", FLAG, O(cut_unique)), .when = parts},
    {F("seed", U64, O(seed))},
    {F("drop_invalid", FLAG, O(drop_invalid))},
    {F("drop_empty", FLAG, O(drop_empty))},
    END,
};

static const struct summary_field part_table[] = {
    {F("unit", UNIT, S(paragraphs.unit))},
    {F("documents", U64, S(paragraphs.documents))},
    {F("blank_rule", U64, S(paragraphs.blank_rule))},
    {F("newline_rule", U64, S(paragraphs.newline_rule))},
    {F("parts", U64, S(paragraphs.count))},
    {F("tokens", U64, S(paragraphs.tokens))},
    {F("distinct", U64, S(paragraphs.distinct))},
    {F("shorter", U64, S(paragraphs.shorter))},
    {F("exact", U64, S(paragraphs.exact))},
    {F("near", U64, S(paragraphs.near))},
    {F("contained", U64, S(paragraphs.contained))},
    {F("boilerplate", U64, S(paragraphs.boilerplate))},
    {F("unique", U64, S(paragraphs.unique))},
    {F("unique_tokens", U64, S(paragraphs.unique_tokens))},
    {F("definitions", U64, S(paragraphs.definitions))},
    {F("uncut", U64, S(paragraphs.uncut)), .when = uncut},
    {F("cut_tokens", U64, S(paragraphs.cut_tokens))},
    {F("cut_bytes", U64, S(paragraphs.cut_bytes))},
    {F("changed", U64, S(paragraphs.changed))},
    {F("emptied", U64, S(paragraphs.emptied))},
    {F("emptied_bytes", U64, S(paragraphs.emptied_bytes))},
    {F("clusters", U64, S(paragraphs.clusters))},
    {F("capped_buckets", U64, S(paragraphs.capped_buckets))},
    {F("unreliable", U64, S(paragraphs.unreliable)), .when = simhash},
    {F("groups", U64, S(paragraphs.groups)), .when = groups},
    {F("pairs", U64, S(paragraphs.pairs)), .when = pairs, .seen = SEEN_PAIRS},
    {F("repeated_lines", U64, A(repeated_lines)), .when = pairs},
    {F("profile", OBJECT, A(paragraph_profile)), ONE_LINE(profile_table)},
    {F("plan", OBJECT, A(part_plan)), ONE_LINE(plan_table), .seen = SEEN_PART_PLAN},
    END,
};

static const struct summary_field second_table[] = {
    {F("read", FIXED, S(read_seconds)), .decimals = 3},
    {F("split", FIXED, S(split_seconds)), .decimals = 3, .when = parts},
    {F("match", FIXED, S(match_seconds)), .decimals = 3},
    {F("verify", FIXED, S(verify_seconds)), .decimals = 3},
    {F("write", FIXED, S(write_seconds)), .decimals = 3},
    {F("total", FIXED, S(total_seconds)), .decimals = 3},
    END,
};

static const struct summary_field audit_table[] = {
    {F("sampled", U64, S(audit.sampled))},
    {F("missed", U64, S(audit.missed))},
    {F("kept", U64, S(audit.kept))},
    {F("removed", U64, S(audit.removed))},
    {F("recall", FIXED, S(audit.recall)), .decimals = 6},
    {F("recall_low", FIXED, S(audit.recall_low)), .decimals = 6},
    {F("recall_high", FIXED, S(audit.recall_high)), .decimals = 6},
    END,
};

/* Facts about the run, and how to run the same again. How fingerprints were searched depends on the memory that was given:
 * it is of the run, not of the result. */
static const struct summary_field run_table[] = {
    {F("command", STRINGS, O(command))},
    {F("directory", TEXT, A(directory))},
    {F("root", TEXT, A(root))},
    {F("inputs", INPUTS, 0)},
    {F("inputs_origin", HEX, A(inputs_origin)), .when = has_origin},
    {F("threads", UNSIGNED, S(threads))},
    {F("candidates", U64, S(candidates)), .when = documents},
    {F("edges", U64, S(edges)), .when = documents},
    {F("part_candidates", U64, S(paragraphs.candidates)), .when = parts},
    {F("part_edges", U64, S(paragraphs.edges)), .when = parts},
    {F("search", OBJECT, S(hamming)), ONE_LINE(search_table), .when = simhash_documents},
    {F("part_search", OBJECT, S(paragraphs.hamming)), ONE_LINE(search_table), .when = simhash_parts},
    {F("audit", OBJECT, 0), ONE_LINE(audit_table), .when = audited},
    {F("seconds", OBJECT, 0), ONE_LINE(second_table)},
    {F("peak_memory_bytes", U64, S(peak_memory_bytes))},
    {F("scratch_bytes", U64, S(scratch_bytes))},
    END,
};

static const struct summary_field file_table[] = {
    {F("neardup", TEXT, A(version))},
    {F("files", U64, S(files))},
    {F("failed_files", U64, S(failed_files))},
    {F("copied_files", U64, S(copied_files)), .when = copied},
    {F("binary_files", U64, S(binary_files))},
    {F("unread_data_files", U64, S(unread_data_files)), .when = unread_data},
    {F("left_out", U64, S(left_out)), .when = left_out},
    {F("unchosen_files", U64, S(unchosen_files)), .when = unchosen},
    {F("unchosen_folders", U64, S(unchosen_folders)), .when = unchosen},
    {F("input_bytes", U64, S(input_bytes))},
    {F("text_bytes", U64, S(text_bytes))},
    {F("records", U64, S(records))},
    {F("other_records", U64, S(other_records)), .when = other_records},
    {F("revisits", U64, S(revisits)), .when = revisits},
    {F("revisit_bytes", U64, S(revisit_bytes)), .when = revisits},
    {F("documents", U64, S(documents))},
    {F("empty", U64, S(empty))},
    {F("invalid", U64, S(invalid))},
    {F("garbled_bytes", U64, S(garbled_bytes)), .when = garbled},
    {F("invalid_utf8", U64, S(invalid_utf8))},
    {F("duplicate_ids", U64, S(duplicate_ids))},
    {F("tokens", U64, S(tokens)), .seen = SEEN_TOKENS},
    {F("exact", U64, S(exact))},
    {F("near", U64, S(near))},
    {F("numbers_differ", U64, S(numbers_differ)), .when = numbers_differ},
    {F("contained", U64, S(contained)), .when = contained},
    {F("contained_candidates", U64, S(contained_candidates)), .when = contained},
    {F("contained_pairs", U64, S(contained_pairs)), .when = contained},
    {F("contained_capped", U64, S(contained_capped)), .when = contained},
    {F("kept", U64, S(kept))},
    {F("removed_bytes", U64, S(removed_bytes))},
    {F("removed_tokens", U64, S(removed_tokens))},
    {F("dropped_bytes", U64, S(dropped_bytes))},
    {F("clusters", U64, S(clusters))},
    {F("largest_cluster", U64, S(largest_cluster))},
    {F("capped_buckets", U64, S(capped_buckets))},
    {F("unreliable", U64, S(unreliable)), .when = simhash_documents},
    {F("pairs", U64, S(pairs)), .when = document_pairs, .seen = SEEN_PAIRS},
    {F("reference_files", U64, S(reference_files)), .when = references},
    {F("reference_documents", U64, S(reference_documents)), .when = references},
    {F("parameters", OBJECT, 0), LINES(parameters), .seen = SEEN_PARAMETERS},
    {F("profile", OBJECT, A(profile)), ONE_LINE(profile_table), .when = documents},
    {F("plan", OBJECT, A(plan)), ONE_LINE(plan_table), .when = documents, .seen = SEEN_PLAN},
    {F("parts", OBJECT, 0), LINES(part_table), .when = parts},
    {F("run", OBJECT, 0), LINES(run_table)},
    END,
};

/* ---- writing ---- */

/* Values are read and written as what they are, but for enums: each is as large as an int. */
_Static_assert(sizeof(neardup_keep) == sizeof(int) && sizeof(neardup_unit) == sizeof(int), "enums are ints");

static void write_units(struct ndup_json_writer *json, const char *name, unsigned units)
{
    ndup_json_add_array(json, name, NDUP_JSON_SPACED);
    for (unsigned bit = 0; ndup_unit_names[bit] != NULL; bit++) {
        if ((units >> bit & 1) != 0)
            ndup_json_add_string(json, NULL, ndup_unit_names[bit]);
    }
    ndup_json_end(json);
}

static void write_inputs(struct ndup_json_writer *json, const char *name, const struct summary_fields *all)
{
    ndup_json_add_array(json, name, NDUP_JSON_SPACED);
    for (size_t i = 0; i < all->input_count; i++) {
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        ndup_json_add_string(json, "path", all->inputs[i].path);
        if (all->inputs[i].reference)
            ndup_json_add_bool(json, "reference", true);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

static void write_members(struct ndup_json_writer *json, const struct summary_field *table,
                          const struct summary_fields *all, const void *base)
{
    for (const struct summary_field *f = table; f->name != NULL; f++) {
        const void *at = (const char *)base + f->offset;
        const char *text;
        if (f->when != NULL && !f->when(all))
            continue;
        if (f->by != 0 && (f->by >> ((const struct plan_fields *)base)->candidates & 1) == 0)
            continue;
        switch (f->kind) {
        case U64:
            ndup_json_add_u64(json, f->name, *(const uint64_t *)at);
            break;
        case UNSIGNED:
            ndup_json_add_u64(json, f->name, *(const unsigned *)at);
            break;
        case REAL:
            ndup_json_add_double(json, f->name, *(const double *)at);
            break;
        case FIXED:
            ndup_json_add_fixed(json, f->name, *(const double *)at, f->decimals);
            break;
        case FLAG:
            ndup_json_add_bool(json, f->name, *(const bool *)at);
            break;
        case TEXT:
            if ((text = *(const char *const *)at) != NULL)
                ndup_json_add_string(json, f->name, text);
            break;
        case WORD:
            ndup_json_add_string(json, f->name, f->words[*(const int *)at]);
            break;
        case HEX:
            ndup_json_add_hex64(json, f->name, *(const uint64_t *)at);
            break;
        case UNIT:
            ndup_json_add_string(json, f->name, ndup_unit_name(*(const neardup_unit *)at));
            break;
        case UNITS:
            write_units(json, f->name, *(const unsigned *)at);
            break;
        case STRINGS:
            if ((text = *(const char *const *)at) != NULL)
                ndup_json_add_raw(json, f->name, text, strlen(text));
            break;
        case INPUTS:
            write_inputs(json, f->name, all);
            break;
        case OBJECT:
            ndup_json_add_object(json, f->name, f->layout);
            write_members(json, f->members, all, at);
            ndup_json_end(json);
            break;
        }
    }
}

static struct plan_fields plan_of(const neardup_plan *plan, bool is_simhash)
{
    return (struct plan_fields){.candidates = is_simhash  ? NDUP_BY_HAMMING
                                              : plan->all ? NDUP_BY_ALL
                                                          : NDUP_BY_LSH,
                                .kind = plan->kind == NEARDUP_SKETCH_FSS ? NEARDUP_SKETCH_FSS : NEARDUP_SKETCH_AFFINE,
                                .slots = plan->slots,
                                .bands = plan->bands,
                                .rows = plan->rows,
                                .recall = is_simhash || plan->all ? 1 : plan->recall_at_threshold};
}

void ndup_summary_write(struct ndup_buf *buf, const struct ndup_run_record *record)
{
    const neardup_summary *s = record->summary;
    bool is_simhash = record->options->method == NEARDUP_METHOD_SIMHASH;
    struct summary_fields all = {.summary = *s,
                                 .options = *record->options,
                                 .version = NEARDUP_VERSION,
                                 .directory = record->directory,
                                 .root = record->root,
                                 .pre = record->options->pre,
                                 .profile = {NEARDUP_PROFILE_VERSION, s->profile_fingerprint},
                                 .paragraph_profile = {NEARDUP_PROFILE_VERSION, s->paragraphs.profile_fingerprint},
                                 .plan = plan_of(&s->plan, is_simhash),
                                 .part_plan = plan_of(&s->paragraphs.plan, is_simhash),
                                 .inputs = record->inputs,
                                 .input_count = record->input_count,
                                 .repeated_lines = record->repeated_lines,
                                 .inputs_origin =
                                     ndup_inputs_origin(record->inputs, record->input_count, record->directory)};
    struct ndup_json_writer json;
    ndup_json_begin(&json, buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_LINES);
    write_members(&json, file_table, &all, &all);
    ndup_json_end(&json);
    ndup_buf_append(buf, "\n", 1);
}

/* ---- where the inputs are ---- */

struct folder_facts {
    uint64_t inode, made_seconds, made_nanoseconds;
    char boot[40]; /* where nobody records when a folder was made: when the machine was started, as random digits */
};

static bool read_boot(struct folder_facts *facts)
{
    int descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = descriptor >= 0 ? read(descriptor, facts->boot, sizeof facts->boot) : -1;
    if (descriptor >= 0)
        close(descriptor);
    return got >= 32;
}

/* Of the folder that holds the path; false: not known. */
static bool look_at_folder(const char *directory, const char *path, struct folder_facts *facts)
{
    char *folder;
    struct statx info;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    bool relative = path[0] != '/' && directory != NULL;
    if (asprintf(&folder, "%s%s%.*s.", relative ? directory : "", relative ? "/" : "", (int)length, path) < 0)
        return false;
    bool found = statx(AT_FDCWD, folder, 0, STATX_INO | STATX_BTIME, &info) == 0;
    free(folder);
    if (!found)
        return false;
    facts->inode = info.stx_ino;
    if ((info.stx_mask & STATX_BTIME) == 0)
        return read_boot(facts);
    facts->made_seconds = (uint64_t)info.stx_btime.tv_sec;
    facts->made_nanoseconds = info.stx_btime.tv_nsec;
    return true;
}

uint64_t ndup_inputs_origin(const struct ndup_run_input *inputs, size_t count, const char *directory)
{
    uint64_t origin = 0;
    for (size_t i = 0; i < count; i++) {
        struct folder_facts facts = {0};
        if (strcmp(inputs[i].path, "-") == 0)
            continue; /* standard input is not opened again */
        if (!look_at_folder(directory, inputs[i].path, &facts))
            return 0;
        origin = XXH3_64bits_withSeed(&facts, sizeof facts, origin);
    }
    return origin;
}

/* ---- reading: values; each returns NULL or what is wrong ---- */

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        const char *try_wrong_ = (call);                                                                               \
        if (try_wrong_ != NULL)                                                                                        \
            return try_wrong_;                                                                                         \
    } while (0)

static const char no_memory[] = "out of memory";

struct reader {
    struct neardup_run *run;
    struct summary_fields all;
    unsigned seen;
    char wrong[100];
};

static const char *must_be(struct reader *r, const struct summary_field *f, const char *what)
{
    snprintf(r->wrong, sizeof r->wrong, "\"%s\" must be %s", f->name, what);
    return r->wrong;
}

/* The index of a word: our words have no escapes, so that they are what is between the quotes. */
static int find_word(const struct ndup_json_value *v, const char *const *words)
{
    return v->type == NDUP_JSON_STRING ? ndup_name_find(words, v->raw + 1, v->raw_len - 2) : -1;
}

static bool read_hex(const struct ndup_json_value *v, uint64_t *number)
{
    if (v->type != NDUP_JSON_STRING || v->raw_len != 18)
        return false;
    *number = 0;
    for (size_t i = 1; i <= 16; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = v->raw[i] != '\0' ? strchr(digits, v->raw[i]) : NULL;
        if (digit == NULL)
            return false;
        *number = *number << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

static const char *read_units(struct reader *r, const struct summary_field *f, const struct ndup_json_value *array,
                              unsigned *units)
{
    struct neardup_run *run = r->run;
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (array->type != NDUP_JSON_ARRAY)
        return must_be(r, f, "an array");
    *units = 0;
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        int bit = find_word(&v, ndup_unit_names);
        if (bit < 0)
            return must_be(r, f, "an array of units");
        *units |= 1u << bit;
    }
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

static const char *read_strings(struct reader *r, const struct summary_field *f, const struct ndup_json_value *array)
{
    struct neardup_run *run = r->run;
    struct ndup_json_value v;
    enum ndup_json_step step;
    struct ndup_buf *command = &run->command;
    struct ndup_json_writer json;
    if (array->type != NDUP_JSON_ARRAY)
        return must_be(r, f, "an array of strings");
    ndup_buf_clear(command);
    ndup_json_begin(&json, command);
    ndup_json_add_array(&json, NULL, NDUP_JSON_SPACED);
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        if (v.type != NDUP_JSON_STRING)
            return must_be(r, f, "an array of strings");
        ndup_json_add_raw(&json, NULL, v.raw, v.raw_len);
    }
    ndup_json_end(&json);
    ndup_buf_append(command, "", 1);
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    return command->failed ? no_memory : NULL;
}

static const char *read_input(struct reader *r, const struct summary_field *f, const struct ndup_json_value *object)
{
    struct neardup_run *run = r->run;
    struct ndup_json_value v;
    enum ndup_json_step step;
    struct ndup_run_input input = {NULL, false};
    if (object->type != NDUP_JSON_OBJECT)
        return must_be(r, f, "an array of objects");
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
        return must_be(r, f, "an array of objects with a path");
    if (!ndup_grow(&run->inputs, &run->input_capacity, run->input_count + 1, sizeof *run->inputs))
        return no_memory;
    run->inputs[run->input_count++] = input;
    return NULL;
}

static const char *read_inputs(struct reader *r, const struct summary_field *f, const struct ndup_json_value *array)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (array->type != NDUP_JSON_ARRAY)
        return must_be(r, f, "an array of objects");
    ndup_json_reader_enter(r->run->json);
    while ((step = ndup_json_reader_next(r->run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_input(r, f, &v));
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(r->run) : NULL;
}

/* ---- reading: members ---- */

static const char *read_members(struct reader *r, const struct summary_field *table, void *base);

static const char *read_value(struct reader *r, const struct summary_field *f, const struct ndup_json_value *v,
                              void *at)
{
    uint64_t number;
    int word;
    switch (f->kind) {
    case U64:
        return ndup_json_value_u64(v, at) ? NULL : must_be(r, f, "a non-negative integer");
    case UNSIGNED:
        if (!ndup_json_value_u64(v, &number) || number > UINT32_MAX)
            return must_be(r, f, "a non-negative integer below 2^32");
        *(unsigned *)at = (unsigned)number;
        return NULL;
    case REAL:
    case FIXED:
        return ndup_json_value_double(v, at) ? NULL : must_be(r, f, "a number");
    case FLAG:
        *(bool *)at = v->type == NDUP_JSON_TRUE;
        return v->type == NDUP_JSON_TRUE || v->type == NDUP_JSON_FALSE ? NULL : must_be(r, f, "true or false");
    case TEXT:
        return ndup_name_table_add(&r->run->names, v, at);
    case WORD:
        if ((word = find_word(v, f->words)) < 0)
            return must_be(r, f, "a word that this version knows");
        *(int *)at = word;
        return NULL;
    case HEX:
        return read_hex(v, at) ? NULL : must_be(r, f, "16 hexadecimal digits");
    case UNIT:
        if ((word = find_word(v, ndup_unit_names)) < 0)
            return must_be(r, f, "a unit");
        *(neardup_unit *)at = (neardup_unit)(1u << word);
        return NULL;
    case UNITS:
        return read_units(r, f, v, at);
    case STRINGS:
        return read_strings(r, f, v);
    case INPUTS:
        return read_inputs(r, f, v);
    case OBJECT:
        break;
    }
    if (v->type != NDUP_JSON_OBJECT)
        return must_be(r, f, "an object");
    ndup_json_reader_enter(r->run->json);
    return read_members(r, f->members, at);
}

/* All members of the object that the reader is in. A name that is in the table twice has the same place in both rows. */
static const char *read_members(struct reader *r, const struct summary_field *table, void *base)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    while ((step = ndup_json_reader_next(r->run->json, &v)) == NDUP_JSON_VALUE) {
        const struct summary_field *f = table;
        while (f->name != NULL && !ndup_json_value_is(&v, f->name))
            f++;
        if (f->name == NULL)
            continue;
        r->seen |= (unsigned)f->seen;
        TRY(read_value(r, f, &v, (char *)base + f->offset));
    }
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(r->run) : NULL;
}

static const char *read_file(struct reader *r)
{
    const struct neardup_run *run = r->run;
    TRY(ndup_json_reader_begin(run->json, run->summary_json.data, run->summary_json.len - 1));
    TRY(read_members(r, file_table, &r->all));
    return (r->seen & SEEN_PARAMETERS) != 0 && (r->seen & SEEN_TOKENS) != 0
               ? NULL
               : "not the summary of a run: \"parameters\" or \"tokens\" is missing";
}

/* ---- reading: what follows from the members ---- */

/* The file has bands and rows; the rest of a plan follows from them. */
static neardup_status solve(const struct neardup_run *run, const neardup_job_options *options,
                            const struct plan_fields *p, neardup_plan *plan, neardup_error *err)
{
    neardup_plan_options o = NEARDUP_PLAN_OPTIONS_INIT;
    if (p->candidates == NDUP_BY_HAMMING)
        return NEARDUP_OK;
    if (p->candidates == NDUP_BY_LSH && p->bands == 0) { /* inside documents nothing is sketched, and nothing missed */
        *plan = (neardup_plan){.kind = p->kind, .threshold = options->threshold, .recall_at_threshold = 1};
        return NEARDUP_OK;
    }
    o.threshold = options->threshold;
    o.recall = options->recall;
    o.kind = p->kind;
    o.bands = p->bands;
    o.rows = p->rows;
    o.all = p->candidates == NDUP_BY_ALL;
    neardup_error reason;
    if (neardup_plan_solve(&o, plan, &reason) == NEARDUP_OK)
        return NEARDUP_OK;
    return ndup_fail(err, NEARDUP_E_FORMAT, "%.200s: %.250s", run->summary_path, reason.message);
}

static neardup_status finish(struct reader *r, neardup_error *err)
{
    struct neardup_run *run = r->run;
    neardup_job_options *o = &r->all.options;
    neardup_summary *s = &r->all.summary;
    const struct plan_fields *plan = (r->seen & SEEN_PLAN) != 0 ? &r->all.plan : &r->all.part_plan;
    s->profile_fingerprint = r->all.profile.fingerprint;
    s->paragraphs.profile_fingerprint = r->all.paragraph_profile.fingerprint;
    if ((r->seen & SEEN_PART_TOKENS) == 0)
        o->paragraph_profile.tokens = o->profile.tokens;
    if ((r->seen & SEEN_PLAN) != 0)
        NDUP_TRY(solve(run, o, &r->all.plan, &s->plan, err));
    if ((r->seen & SEEN_PART_PLAN) != 0)
        NDUP_TRY(solve(run, o, &r->all.part_plan, &s->paragraphs.plan, err));
    o->all_candidates = plan->candidates == NDUP_BY_ALL;
    if (plan->candidates == NDUP_BY_LSH) {
        o->kind = plan->kind;
        o->bands = plan->bands;
        o->rows = plan->rows;
    }
    o->pairs = (r->seen & SEEN_PAIRS) != 0;
    s->hamming.bits = s->paragraphs.hamming.bits = o->method == NEARDUP_METHOD_SIMHASH ? o->simhash_bits : 0;
    s->hamming.distance = s->paragraphs.hamming.distance = o->method == NEARDUP_METHOD_SIMHASH ? o->distance : 0;
    run->summary = *s;
    run->options = *o;
    run->has_pairs = o->pairs;
    run->directory = r->all.directory;
    run->root = r->all.root;
    run->pre = r->all.pre;
    run->repeated_lines = r->all.repeated_lines;
    run->inputs_origin = r->all.inputs_origin;
    return NEARDUP_OK;
}

neardup_status ndup_summary_read(struct neardup_run *run, neardup_error *err)
{
    struct reader r = {.run = run};
    neardup_job_options_init(&r.all.options, sizeof r.all.options);
    const char *wrong = read_file(&r);
    if (wrong != NULL && strcmp(wrong, no_memory) == 0)
        return ndup_fail_nomem(err);
    if (wrong != NULL)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: %s", run->summary_path, wrong);
    return finish(&r, err);
}
