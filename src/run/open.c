/* SPDX-License-Identifier: MIT
 * A finished run: its folder or file is opened, and its lines are read one after the other. A member that we do not know is
 * skipped: a later version may write more. */
#include "base/platform.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "run/names.h"
#include "run/open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

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

/* ---- names: each is kept once ---- */

static struct ndup_kept_name *find(const struct ndup_name_table *t, const char *raw, size_t length, uint64_t hash)
{
    size_t i = (size_t)hash & (t->size - 1);
    for (; t->slots[i].raw != NULL; i = (i + 1) & (t->size - 1)) {
        const struct ndup_kept_name *k = &t->slots[i];
        if (k->hash == hash && k->raw_length == length && memcmp(k->raw, raw, length) == 0)
            break;
    }
    return &t->slots[i];
}

static bool grow(struct ndup_name_table *t)
{
    if (2 * (t->count + 1) <= t->size)
        return true;
    struct ndup_name_table larger = {.size = t->size > 0 ? 2 * t->size : 64, .count = t->count};
    larger.slots = ndup_calloc(larger.size, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < t->size; i++) {
        const struct ndup_kept_name *k = &t->slots[i];
        if (k->raw != NULL)
            *find(&larger, k->raw, k->raw_length, k->hash) = *k;
    }
    free(t->slots);
    *t = larger;
    return true;
}

const char *ndup_name_table_add(struct ndup_name_table *t, const struct ndup_json_value *value, const char **name)
{
    if (value->type != NDUP_JSON_STRING)
        return "expected a string";
    uint64_t hash = XXH3_64bits(value->raw, value->raw_len);
    if (!grow(t))
        return "out of memory";
    struct ndup_kept_name *k = find(t, value->raw, value->raw_len, hash);
    if (k->raw == NULL) {
        struct ndup_buf both = NDUP_BUF_INIT;
        ndup_buf_append(&both, value->raw, value->raw_len);
        bool good = !both.failed && ndup_json_value_string(value, &both);
        if (good)
            ndup_buf_append(&both, "", 1);
        if (!good || both.failed) {
            const char *wrong = both.failed ? "out of memory" : "not JSON: bad escape in a string";
            ndup_buf_free(&both);
            return wrong;
        }
        *k = (struct ndup_kept_name){both.data, value->raw_len, value->raw_len, hash};
        t->count++;
    }
    *name = k->raw + k->name_at;
    return NULL;
}

static void name_table_free(struct ndup_name_table *t)
{
    for (size_t i = 0; i < t->size; i++)
        free(t->slots[i].raw);
    free(t->slots);
    *t = (struct ndup_name_table){0};
}

/* ---- a file, line by line ---- */

/* A file line by line. Lines can be as long as a cluster: the buffer grows to the longest. */
struct ndup_line_file {
    int descriptor;
    const char *name; /* borrowed, for messages */
    char *buffer;     /* NDUP_PADDING readable bytes after end */
    size_t capacity, begin, end;
    uint64_t offset; /* in the file, of the last line that was returned */
    uint64_t next;   /* the same of buffer[begin] */
    uint64_t line;   /* number of the last line that was returned, from 1 */
    bool ended;
};

#define FIRST_BYTES ((size_t)1 << 20)

/* Also of a file that was not opened, if it is zeros. */
static void line_file_close(struct ndup_line_file *f)
{
    if (f->name != NULL && f->descriptor >= 0)
        close(f->descriptor);
    free(f->buffer);
    *f = (struct ndup_line_file){.descriptor = -1};
}

static neardup_status line_file_open(struct ndup_line_file *f, const char *name, neardup_error *err)
{
    struct stat info;
    *f = (struct ndup_line_file){.descriptor = -1, .name = name};
    f->descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* do not wait for the other end of a pipe */
    if (f->descriptor < 0)
        return ndup_fail_errno(err, errno, "cannot open '%s'", name);
    int code = fstat(f->descriptor, &info) != 0 ? errno : S_ISDIR(info.st_mode) ? EISDIR : 0;
    if (code != 0) {
        line_file_close(f);
        return ndup_fail_errno(err, code, "cannot read '%s'", name);
    }
    if (!S_ISREG(info.st_mode)) { /* it is read more than once */
        line_file_close(f);
        return ndup_fail(err, NEARDUP_E_ARG, "cannot read '%s': not a regular file", name);
    }
    return NEARDUP_OK;
}

/* FORMAT with the file's name and the last line; NOMEM for the text "out of memory". */
static neardup_status line_file_wrong(const struct ndup_line_file *f, const char *what, neardup_error *err)
{
    if (strcmp(what, "out of memory") == 0)
        return ndup_fail_nomem(err);
    neardup_status st = ndup_fail(err, NEARDUP_E_FORMAT, "%.300s:%" PRIu64 ": %s", f->name, f->line, what);
    if (err != NULL)
        err->line = f->line;
    return st;
}

static neardup_status make_room(struct ndup_line_file *f, size_t bytes, neardup_error *err)
{
    if (bytes + NDUP_PADDING <= f->capacity)
        return NEARDUP_OK;
    size_t capacity = f->capacity == 0 ? FIRST_BYTES : f->capacity + f->capacity / 2;
    if (capacity < bytes + NDUP_PADDING)
        capacity = bytes + NDUP_PADDING;
    if (!ndup_resize(&f->buffer, capacity, 1))
        return ndup_fail_nomem(err);
    f->capacity = capacity;
    return NEARDUP_OK;
}

/* Reads more bytes after end; lines that were returned are dropped. */
static neardup_status fill(struct ndup_line_file *f, neardup_error *err)
{
    if (f->begin > 0) {
        memmove(f->buffer, f->buffer + f->begin, f->end - f->begin);
        f->end -= f->begin;
        f->begin = 0;
    }
    if (f->capacity == 0 || f->end + NDUP_PADDING >= f->capacity)
        NDUP_TRY(make_room(f, f->end + 1, err));
    size_t got, room = f->capacity - NDUP_PADDING - f->end;
    int code = ndup_io_pread(f->descriptor, f->buffer + f->end, room, f->next + f->end, &got);
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot read '%s'", f->name);
    f->ended = got < room;
    f->end += got;
    memset(f->buffer + f->end, 0, NDUP_PADDING);
    return NEARDUP_OK;
}

/* The next line without its newline; NULL at the end. Valid until the next call. */
static neardup_status line_file_next(struct ndup_line_file *f, const char **text, size_t *length, neardup_error *err)
{
    const char *stop = NULL;
    *text = NULL;
    *length = 0;
    for (size_t seen = 0;;) {
        size_t left = f->end - f->begin;
        if (left > seen)
            stop = memchr(f->buffer + f->begin + seen, '\n', left - seen);
        seen = left;
        if (stop != NULL || f->ended)
            break;
        NDUP_TRY(fill(f, err));
    }
    if (stop == NULL && f->begin == f->end)
        return NEARDUP_OK;
    *text = f->buffer + f->begin;
    *length = stop != NULL ? (size_t)(stop - *text) : f->end - f->begin;
    size_t whole = *length + (stop != NULL ? 1 : 0);
    f->offset = f->next;
    f->next += whole;
    f->begin += whole;
    f->line++;
    return NEARDUP_OK;
}

/* ---- values ---- */

static const char *read_number(const struct ndup_json_value *value, uint64_t *number)
{
    return ndup_json_value_u64(value, number) ? NULL : "expected a non-negative integer";
}

static const char *read_span(struct neardup_run *run, const struct ndup_json_value *value, neardup_span *span)
{
    static const char no_span[] = "expected a range: [begin, end]";
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

static const char *read_score(const struct ndup_json_value *value, double *score)
{
    return ndup_json_value_double(value, score) && *score >= 0 && *score <= 1 ? NULL : "expected a score from 0 to 1";
}

static const char *read_distance(const struct ndup_json_value *value, int *distance)
{
    uint64_t bits;
    if (!ndup_json_value_u64(value, &bits) || bits > 128)
        return "expected a distance from 0 to 128";
    *distance = (int)bits;
    return NULL;
}

/* The string between the quotes; our words have no escapes. */
static bool is_word(const struct ndup_json_value *value, const char *word)
{
    size_t length = strlen(word);
    return value->type == NDUP_JSON_STRING && value->raw_len == length + 2 && memcmp(value->raw + 1, word, length) == 0;
}

static const char *read_reason(const struct ndup_json_value *value, neardup_reason *reason)
{
    for (int i = NEARDUP_EXACT; i <= NEARDUP_EMPTIED; i++) {
        if (is_word(value, ndup_reason_name((neardup_reason)i))) {
            *reason = (neardup_reason)i;
            return NULL;
        }
    }
    return "unknown reason";
}

static const char *read_unit(const struct ndup_json_value *value, neardup_unit *unit)
{
    *unit = is_word(value, "paragraph") ? NEARDUP_UNIT_PARAGRAPH
            : is_word(value, "line")    ? NEARDUP_UNIT_LINE
                                        : NEARDUP_UNIT_DOCUMENT;
    return *unit != NEARDUP_UNIT_DOCUMENT ? NULL : "unknown unit";
}

/* Raw JSON of a string or number. */
static const char *read_raw(const struct ndup_json_value *value, const char **raw, size_t *length)
{
    if (value->type != NDUP_JSON_STRING && value->type != NDUP_JSON_NUMBER)
        return "expected a string or number as id or group";
    *raw = value->raw;
    *length = value->raw_len;
    return NULL;
}

static const char *read_flag(const struct ndup_json_value *value, bool *flag)
{
    *flag = value->type == NDUP_JSON_TRUE;
    return *flag || value->type == NDUP_JSON_FALSE ? NULL : "expected true or false";
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
    return (p->seen & (FILE_SEEN | LINE_SEEN)) == (FILE_SEEN | LINE_SEEN) ? NULL : "a place has no file or no line";
}

static void begin_place(struct ndup_replay_place *p)
{
    *p = (struct ndup_replay_place){.ref = {.unit = NEARDUP_UNIT_DOCUMENT}};
}

static const char *read_place(struct neardup_run *run, const struct ndup_json_value *value,
                              struct ndup_replay_place *place)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    begin_place(place);
    if (value->type != NDUP_JSON_OBJECT)
        return "expected an object with file and line";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_place_member(run, &v, place));
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : check_place(place);
}

/* ---- entries ---- */

/* What a line or an object in it has. */
struct decision_entry { /* a decision or a member of a cluster */
    struct ndup_replay_place own, keeper;
    bool no_keeper; /* it is null */
    neardup_reason reason;
    double jaccard, containment, keeper_containment;
    int distance;
    bool numbers_differ;
    neardup_span cut;
    size_t kept_count; /* in run->kept */
    uint64_t cluster;
    unsigned seen;
};

/* What of a cut paragraph stays. */
static const char *read_kept(struct neardup_run *run, struct decision_entry *e)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    e->kept_count = 0;
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        if (!ndup_grow(&run->kept, &run->kept_capacity, e->kept_count + 1, sizeof *run->kept))
            return "out of memory";
        TRY(read_span(run, &v, &run->kept[e->kept_count++]));
    }
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

static const char *read_keeper(struct neardup_run *run, const struct ndup_json_value *v, struct decision_entry *e)
{
    e->seen |= KEEPER_SEEN;
    e->no_keeper = v->type == NDUP_JSON_NULL;
    return e->no_keeper ? NULL : read_place(run, v, &e->keeper);
}

static const char *read_entry_member(struct neardup_run *run, const struct ndup_json_value *v, struct decision_entry *e)
{
    if (ndup_json_value_is(v, "reason")) {
        e->seen |= REASON_SEEN;
        return read_reason(v, &e->reason);
    }
    if (ndup_json_value_is(v, "jaccard")) {
        e->seen |= JACCARD_SEEN;
        return read_score(v, &e->jaccard);
    }
    if (ndup_json_value_is(v, "containment")) {
        e->seen |= CONTAINMENT_SEEN;
        return read_score(v, &e->containment);
    }
    if (ndup_json_value_is(v, "keeper_containment"))
        return read_score(v, &e->keeper_containment);
    if (ndup_json_value_is(v, "distance"))
        return read_distance(v, &e->distance);
    if (ndup_json_value_is(v, "numbers_differ"))
        return read_flag(v, &e->numbers_differ);
    if (ndup_json_value_is(v, "keeper"))
        return read_keeper(run, v, e);
    if (ndup_json_value_is(v, "cluster"))
        return read_number(v, &e->cluster);
    if (ndup_json_value_is(v, "kept") && v->type == NDUP_JSON_ARRAY)
        return read_kept(run, e);
    return ndup_json_value_is(v, "cut") ? read_span(run, v, &e->cut) : read_place_member(run, v, &e->own);
}

static const char *check_entry(const struct decision_entry *e)
{
    if ((e->seen & REASON_SEEN) == 0)
        return "reason is missing";
    unsigned score = e->reason == NEARDUP_CONTAINED ? CONTAINMENT_SEEN
                     : e->reason == NEARDUP_EMPTIED ? 0
                                                    : JACCARD_SEEN;
    if ((e->seen & score) != score)
        return "jaccard or containment is missing";
    return check_place(&e->own);
}

static const char *read_entry(struct neardup_run *run, struct decision_entry *entry)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    *entry = (struct decision_entry){.distance = NEARDUP_NO_DISTANCE};
    begin_place(&entry->own);
    begin_place(&entry->keeper);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_entry_member(run, &v, entry));
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : check_entry(entry);
}

/* ---- decisions ---- */

static const char *read_decision(struct neardup_run *run, const char *text, size_t length, neardup_decision *d,
                                 uint64_t *stored)
{
    struct decision_entry e;
    TRY(ndup_json_reader_begin(run->json, text, length));
    TRY(read_entry(run, &e));
    if (e.keeper.ref.file == NULL && !e.no_keeper)
        return "keeper is missing";
    if (e.cluster == 0 && e.reason != NEARDUP_EMPTIED)
        return "cluster is missing";
    *d = (neardup_decision){.document = e.own.ref,
                            .reason = e.reason,
                            .jaccard = e.jaccard,
                            .containment = e.containment,
                            .keeper_containment = e.keeper_containment,
                            .distance = e.distance,
                            .numbers_differ = e.numbers_differ,
                            .keeper = e.keeper.ref,
                            .cut = e.cut,
                            .kept = e.kept_count > 0 ? run->kept : NULL,
                            .kept_count = e.kept_count,
                            .cluster = e.cluster};
    if (e.no_keeper)
        d->keeper = (neardup_ref){0};
    *stored = e.own.stored;
    return NULL;
}

static neardup_status each_decision(struct neardup_run *run, struct ndup_line_file *f,
                                    ndup_replay_visit_decision *visit, void *context, neardup_error *err)
{
    const char *text;
    size_t length;
    for (;;) {
        neardup_decision d;
        uint64_t stored;
        NDUP_TRY(line_file_next(f, &text, &length, err));
        if (text == NULL)
            return NEARDUP_OK;
        const char *wrong = read_decision(run, text, length, &d, &stored);
        if (wrong != NULL)
            return line_file_wrong(f, wrong, err);
        NDUP_TRY(visit(context, &d, stored, err));
    }
}

neardup_status ndup_replay_decisions(struct neardup_run *run, ndup_replay_visit_decision *visit, void *context,
                                     neardup_error *err)
{
    struct ndup_line_file f;
    NDUP_TRY(line_file_open(&f, run->decisions_path, err));
    neardup_status st = each_decision(run, &f, visit, context, err);
    line_file_close(&f);
    return st;
}

/* ---- clusters ---- */

struct cluster_line {
    struct ndup_replay_place keeper, first;
    bool has_number, has_size, has_keeper, has_first, has_members, has_documents, is_group;
    uint64_t size;
};

static const char *read_members(struct neardup_run *run, const struct ndup_json_value *value, neardup_cluster *k)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (value->type != NDUP_JSON_ARRAY)
        return "members must be an array";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        struct decision_entry e;
        if (v.type != NDUP_JSON_OBJECT)
            return "members must be objects";
        ndup_json_reader_enter(run->json);
        TRY(read_entry(run, &e));
        if (!ndup_grow(&run->members, &run->member_capacity, (size_t)k->member_count + 1, sizeof *run->members))
            return "out of memory";
        run->members[k->member_count++] = (neardup_member){.document = e.own.ref,
                                                           .reason = e.reason,
                                                           .jaccard = e.jaccard,
                                                           .containment = e.containment,
                                                           .distance = e.distance,
                                                           .numbers_differ = e.numbers_differ,
                                                           .keeper_containment = e.keeper_containment};
    }
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

static const char *read_count(const struct ndup_json_value *v, uint64_t *number, bool *has)
{
    *has = ndup_json_value_u64(v, number);
    return *has ? NULL : "expected a non-negative integer";
}

static const char *read_cluster_keeper(struct neardup_run *run, const struct ndup_json_value *v, struct cluster_line *l)
{
    l->has_keeper = v->type != NDUP_JSON_NULL;
    return l->has_keeper ? read_place(run, v, &l->keeper) : NULL;
}

static const char *read_first(struct neardup_run *run, const struct ndup_json_value *v, struct cluster_line *l)
{
    l->has_first = true;
    return read_place(run, v, &l->first);
}

static const char *read_member(struct neardup_run *run, const struct ndup_json_value *v, struct cluster_line *l,
                               neardup_cluster *k)
{
    bool unused;
    if (ndup_json_value_is(v, "cluster"))
        return read_count(v, &k->number, &l->has_number);
    if (ndup_json_value_is(v, "size"))
        return read_count(v, &l->size, &l->has_size);
    if (ndup_json_value_is(v, "keeper"))
        return read_cluster_keeper(run, v, l);
    if (ndup_json_value_is(v, "first"))
        return read_first(run, v, l);
    if (ndup_json_value_is(v, "members")) {
        if (l->has_members)
            return "members is given twice";
        l->has_members = true;
        return read_members(run, v, k);
    }
    if (ndup_json_value_is(v, "component"))
        return read_count(v, &k->component, &unused);
    if (ndup_json_value_is(v, "documents"))
        return read_count(v, &k->documents, &l->has_documents);
    if (ndup_json_value_is(v, "tokens"))
        return read_count(v, &k->tokens, &unused);
    if (ndup_json_value_is(v, "boilerplate"))
        k->boilerplate = v->type == NDUP_JSON_TRUE;
    l->is_group = l->is_group || ndup_json_value_is(v, "group_documents");
    return NULL;
}

static const char *check_cluster(const struct cluster_line *l, neardup_cluster *k, bool *skipped)
{
    *skipped = l->is_group && !l->has_members;
    if (*skipped)
        return NULL;
    if (!l->has_number || k->number == 0 || !l->has_size || !l->has_members || (!l->has_keeper && !l->has_first))
        return "not a cluster: cluster, size, keeper or members is missing";
    k->all_removed = !l->has_keeper;
    k->keeper = k->all_removed ? l->first.ref : l->keeper.ref;
    if (l->size != ndup_cluster_size(k) || k->member_count == 0)
        return "size does not match the number of members";
    if (k->component == 0)
        k->component = k->number;
    if (!l->has_documents)
        k->documents = l->size;
    return NULL;
}

/* A line of clusters. *skipped: it is about a group of documents, as find prints them after clusters. */
static const char *read_cluster(struct neardup_run *run, const char *text, size_t length, neardup_cluster *k,
                                bool *skipped)
{
    struct cluster_line l = {0};
    struct ndup_json_value v;
    enum ndup_json_step step;
    *k = (neardup_cluster){0};
    *skipped = false;
    TRY(ndup_json_reader_begin(run->json, text, length));
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_member(run, &v, &l, k));
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    TRY(check_cluster(&l, k, skipped));
    k->members = run->members;
    return NULL;
}

static neardup_status each_cluster(struct neardup_run *run, struct ndup_line_file *f, ndup_replay_visit_cluster *visit,
                                   void *context, neardup_error *err)
{
    const char *text;
    size_t length;
    for (;;) {
        neardup_cluster k;
        bool skipped;
        NDUP_TRY(line_file_next(f, &text, &length, err));
        if (text == NULL)
            return NEARDUP_OK;
        const char *wrong = read_cluster(run, text, length, &k, &skipped);
        if (wrong != NULL)
            return line_file_wrong(f, wrong, err);
        if (!skipped)
            NDUP_TRY(visit(context, &k, f, length, err));
    }
}

neardup_status ndup_replay_clusters(struct neardup_run *run, ndup_replay_visit_cluster *visit, void *context,
                                    neardup_error *err)
{
    struct ndup_line_file f;
    NDUP_TRY(line_file_open(&f, run->clusters_path, err));
    neardup_status st = each_cluster(run, &f, visit, context, err);
    line_file_close(&f);
    return st;
}

/* ---- pairs ---- */

struct sides {
    struct ndup_replay_place a, b;
};

static const char *read_pair_member(struct neardup_run *run, const struct ndup_json_value *v, struct sides *sides,
                                    neardup_pair *pair, unsigned *seen)
{
    if (ndup_json_value_is(v, "a")) {
        *seen |= 1;
        return read_place(run, v, &sides->a);
    }
    if (ndup_json_value_is(v, "b")) {
        *seen |= 2;
        return read_place(run, v, &sides->b);
    }
    if (ndup_json_value_is(v, "reason")) {
        *seen |= 4;
        return read_reason(v, &pair->reason);
    }
    if (ndup_json_value_is(v, "jaccard")) {
        *seen |= 8;
        return read_score(v, &pair->jaccard);
    }
    if (ndup_json_value_is(v, "numbers_differ"))
        return read_flag(v, &pair->numbers_differ);
    if (ndup_json_value_is(v, "a_in_b"))
        return read_score(v, &pair->a_in_b);
    if (ndup_json_value_is(v, "b_in_a"))
        return read_score(v, &pair->b_in_a);
    return ndup_json_value_is(v, "distance") ? read_distance(v, &pair->distance) : NULL;
}

static const char *read_pair(struct neardup_run *run, const char *text, size_t length, struct sides *sides,
                             neardup_pair *pair)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    unsigned seen = 0;
    *pair = (neardup_pair){.distance = NEARDUP_NO_DISTANCE};
    TRY(ndup_json_reader_begin(run->json, text, length));
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_pair_member(run, &v, sides, pair, &seen));
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    if (seen != 15 || pair->reason > NEARDUP_CONTAINED)
        return "not a pair: a, b, reason or jaccard is missing";
    pair->a = sides->a.ref;
    pair->b = sides->b.ref;
    return NULL;
}

static neardup_status each_pair(struct neardup_run *run, struct ndup_line_file *f, ndup_replay_visit_pair *visit,
                                void *context, neardup_error *err)
{
    const char *text;
    size_t length;
    for (;;) {
        struct sides sides;
        neardup_pair pair;
        NDUP_TRY(line_file_next(f, &text, &length, err));
        if (text == NULL)
            return NEARDUP_OK;
        const char *wrong = read_pair(run, text, length, &sides, &pair);
        if (wrong != NULL)
            return line_file_wrong(f, wrong, err);
        NDUP_TRY(visit(context, &pair, &sides.a, &sides.b, err));
    }
}

neardup_status ndup_replay_pairs(struct neardup_run *run, ndup_replay_visit_pair *visit, void *context,
                                 neardup_error *err)
{
    struct ndup_line_file f;
    NDUP_TRY(line_file_open(&f, run->pairs_path, err));
    neardup_status st = each_pair(run, &f, visit, context, err);
    line_file_close(&f);
    return st;
}

/* ---- opening ---- */

/* A summary is some kilobytes, and as many bytes as the paths of its inputs. */
#define MAX_SUMMARY ((size_t)1 << 30)

static neardup_status name_file(char **out, const char *folder, const char *name, neardup_error *err)
{
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    if (asprintf(out, "%s%s%s", folder, slash, name) >= 0)
        return NEARDUP_OK;
    *out = NULL;
    return ndup_fail_nomem(err);
}

static neardup_status read_whole(struct ndup_buf *to, const char *path, neardup_error *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ndup_fail_errno(err, errno, "cannot open '%s'", path);
    size_t got = 1;
    while (got > 0 && to->len < MAX_SUMMARY && ndup_buf_reserve(to, 65536 + NDUP_PADDING)) {
        got = fread(to->data + to->len, 1, 65536, file);
        to->len += got;
    }
    neardup_status st = NEARDUP_OK;
    if (ferror(file) != 0)
        st = ndup_fail_errno(err, errno, "cannot read '%s'", path);
    else if (to->len >= MAX_SUMMARY)
        st = ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: too long for a summary", path);
    else if (got > 0)
        st = ndup_fail_nomem(err);
    fclose(file);
    if (st == NEARDUP_OK) {
        memset(to->data + to->len, 0, NDUP_PADDING);
        to->len++; /* the NUL */
    }
    return st;
}

/* Looks at the first line, so that a wrong file is refused at once. */
static neardup_status check_clusters(struct neardup_run *run, neardup_error *err)
{
    struct ndup_line_file f;
    const char *text;
    size_t length;
    neardup_cluster unused;
    bool skipped;
    NDUP_TRY(line_file_open(&f, run->clusters_path, err));
    neardup_status st = line_file_next(&f, &text, &length, err);
    if (st == NEARDUP_OK && text != NULL) {
        const char *wrong = read_cluster(run, text, length, &unused, &skipped);
        if (wrong != NULL)
            st = line_file_wrong(&f, wrong, err);
    }
    line_file_close(&f);
    return st;
}

static neardup_status open_folder(struct neardup_run *run, neardup_error *err)
{
    NDUP_TRY(name_file(&run->summary_path, run->path, "summary.json", err));
    NDUP_TRY(name_file(&run->clusters_path, run->path, "clusters.jsonl", err));
    NDUP_TRY(name_file(&run->decisions_path, run->path, "decisions.jsonl", err));
    if (ndup_io_is_half_replaced(run->path))
        return ndup_fail(err, NEARDUP_E_FORMAT,
                         "'%.400s' holds half of a run, which was killed while it replaced an older one", run->path);
    if (access(run->summary_path, F_OK) != 0 && errno == ENOENT)
        return ndup_fail(err, NEARDUP_E_IO, "'%s' is not the folder of a finished run: it has no summary.json",
                         run->path);
    NDUP_TRY(read_whole(&run->summary_json, run->summary_path, err));
    NDUP_TRY(ndup_summary_read(run, err));
    run->has_summary = true;
    run->own_summary = run->summary;
    run->own_threshold = run->options.threshold;
    if (run->has_pairs)
        NDUP_TRY(name_file(&run->pairs_path, run->path, "pairs.jsonl", err));
    return NEARDUP_OK;
}

static neardup_status open_run(struct neardup_run *run, const char *path, neardup_error *err)
{
    struct stat info;
    run->path = strdup(path);
    if (run->path == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_json_reader_create(&run->json, err));
    if (stat(path, &info) != 0)
        return ndup_fail_errno(err, errno, "cannot open '%s'", path);
    if (S_ISDIR(info.st_mode)) {
        NDUP_TRY(open_folder(run, err));
    } else {
        run->clusters_path = strdup(path);
        if (run->clusters_path == NULL)
            return ndup_fail_nomem(err);
    }
    return check_clusters(run, err);
}

neardup_status neardup_run_open(neardup_run **out, const char *path, neardup_error *err)
{
    *out = NULL;
    neardup_run *run = ndup_calloc(1, sizeof *run);
    if (run == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = open_run(run, path, err);
    if (st != NEARDUP_OK) {
        neardup_run_close(run);
        return st;
    }
    *out = run;
    return NEARDUP_OK;
}

void neardup_run_close(neardup_run *run)
{
    if (run == NULL)
        return;
    ndup_redecided_free(run->redecided);
    ndup_json_reader_destroy(run->json);
    name_table_free(&run->names);
    ndup_buf_free(&run->summary_json);
    ndup_buf_free(&run->command);
    free(run->inputs);
    free(run->kept);
    free(run->members);
    free(run->path);
    free(run->clusters_path);
    free(run->decisions_path);
    free(run->pairs_path);
    free(run->summary_path);
    free(run);
}

const neardup_summary *neardup_run_summary(const neardup_run *run)
{
    return run->has_summary ? &run->summary : NULL;
}

const neardup_job_options *neardup_run_options(const neardup_run *run)
{
    return run->has_summary ? &run->options : NULL;
}

const char *neardup_run_summary_json(const neardup_run *run)
{
    return run->summary_json.data;
}

const char *neardup_run_command(const neardup_run *run)
{
    return run->command.data;
}

const char *neardup_run_input(const neardup_run *run, size_t i, bool *reference)
{
    if (i >= run->input_count)
        return NULL;
    if (reference != NULL)
        *reference = run->inputs[i].reference;
    return run->inputs[i].path;
}

const char *neardup_run_directory(const neardup_run *run)
{
    return run->directory;
}

const char *neardup_run_root(const neardup_run *run)
{
    return run->root;
}
