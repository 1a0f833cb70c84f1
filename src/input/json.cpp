/* SPDX-License-Identifier: MIT
 * All that we read of JSON, over simdjson's On-Demand: it reads 2.3 GB/s per core where the C libraries read 0.1 to 0.6
 * (bench/json_extract.cpp compares). The only C++ file of the library.
 *
 * On-Demand checks no more of a text than is walked: so every member is walked, wanted or not. Not simdjson's DOM, which
 * refuses numbers of more than 64 bits and forgets where a value was. */
extern "C" {
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
}

#include "input/field_path.h"
#include "input/json.h"
#include "input/json_reason.h"
#include "input/json_value.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#define NDEBUG 1 /* simdjson's assertions become promises to the compiler; UBSan checks them */
#include <simdjson.h>

namespace ondemand = simdjson::ondemand;
using std::string_view;

/* ---- simdjson's messages in our words, and the scalars that it does not check ---- */

/* simdjson's own default; real records have fewer than 20 levels. */
static const size_t DEEPEST = 1024;

static const char no_memory[] = "out of memory";
static const char bad_utf8[] = "not JSON: not UTF-8";
static const char no_end[] = "not JSON: the object does not end, or something follows it";
static const char misplaced[] = "not JSON: a comma, colon, bracket or quote is missing or out of place";
static const char bad_word[] = "not JSON: bad number or word";
static const char open_string[] = "not JSON: a string does not end";
static const char control[] = "not JSON: a control character in a string";
static const char not_object[] = "not a JSON object";
/* Most programs take the last member of a name, some the first. The record could be removed for a text that its owner never
 * sees, or be cut where he does not look. */
static const char text_twice[] = "the text field is there twice: programs differ in which one they read";
static const char too_deep[] = "not JSON: nested deeper than 1024";

static inline const char *message_of(simdjson::error_code code)
{
    static const struct {
        simdjson::error_code code;
        const char *text;
    } messages[] = {{simdjson::SUCCESS, nullptr},
                    {simdjson::MEMALLOC, no_memory},
                    {simdjson::CAPACITY, "record of 4 GB or more"},
                    {simdjson::EMPTY, "not JSON: nothing but white space"},
                    {simdjson::UTF8_ERROR, bad_utf8},
                    {simdjson::UNCLOSED_STRING, open_string},
                    {simdjson::UNESCAPED_CHARS, control},
                    {simdjson::INCOMPLETE_ARRAY_OR_OBJECT, no_end},
                    {simdjson::INCORRECT_TYPE, not_object}};
    for (const auto &message : messages) {
        if (message.code == code)
            return message.text;
    }
    return misplaced;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline std::string_view trim(std::string_view token)
{
    while (token.size() > 1 && is_space(token.back()))
        token.remove_suffix(1);
    return token;
}

/* Passes digits; NULL if there are none. Something else always follows, at least a bracket. */
static inline const char *pass_digits(const char *at)
{
    const char *begin = at;
    while (*at >= '0' && *at <= '9')
        at++;
    return at > begin ? at : nullptr;
}

static inline bool is_number(std::string_view token)
{
    const char *at = token.data() + (token[0] == '-' ? 1 : 0);
    at = *at == '0' ? at + 1 : pass_digits(at);
    if (at != nullptr && *at == '.')
        at = pass_digits(at + 1);
    if (at != nullptr && (*at == 'e' || *at == 'E'))
        at = pass_digits(at + (at[1] == '+' || at[1] == '-' ? 2 : 1));
    return at == token.data() + token.size();
}

/* Python writes them, although JSON does not have such numbers. Nothing is lost: they are neither texts nor ids, and --keep
 * ignores them. */
static inline bool is_not_finite(std::string_view token)
{
    return token == "NaN" || token == "Infinity" || token == "-Infinity";
}

/* ---- records: the fields of one object ---- */

/* Inlined into its two loops, the walk takes 0.75 of the time on records of 126 bytes. */
#define INLINE NDUP_ALWAYS inline

static_assert(NDUP_PADDING >= simdjson::SIMDJSON_PADDING, "records are padded for simdjson");

/* Memory for records of this length is kept, about 7 bytes for each of theirs: 3.5 MiB per thread. A longer record pays
 * for fresh memory each time, which is little beside parsing 512 KiB. Not measured. */
static const size_t KEPT_CAPACITY = (size_t)1 << 19;

enum { ID, KEEP, GROUP, FIELDS };
enum json_kind { NONE, STRING, NUMBER, OTHER, LIST }; /* LIST: strings of an array, which are pieces */

struct value {
    enum json_kind kind;
    const char *raw, *text; /* as written; of a string, without quotes and escapes */
    size_t raw_len, text_len;
};

/* What is looked for. */
struct target {
    struct value value;
    bool collects; /* a text: the strings of an array are pieces of it */
    bool many;     /* an array was met */
};

struct text_piece {
    const struct target *of;
    const char *text;
    size_t len;
};

/* All fields by path and by key, the text by its whole name, and the note. */
static const size_t MOST_STEPS = 2 * (FIELDS + NDUP_PATHS) + 2;
static_assert(MOST_STEPS <= 64, "the steps of an object fit into a mask");
static const char note_name[] = "neardup";

/* "a.b" is the member b of the object that is member a, unless the record has a member "a.b". */
struct wanted_field {
    struct ndup_field_path path;
    struct target by_path, by_key;

    const struct target *found() const
    {
        return by_key.value.kind != NONE ? &by_key : &by_path;
    }
};

/* What is looked for in an object or array: a member or element that is a value, or that leads to one. */
struct step {
    const char *name;
    size_t len; /* SIZE_MAX: no member */
    uint32_t element;
    size_t left; /* steps after it; 0: this is the value */
    const struct ndup_path_step *rest;
    struct target *target;
};

struct way {
    size_t count;
    struct step steps[MOST_STEPS];

    void add(const struct ndup_path_step *path, size_t left, struct target *target)
    {
        size_t len = path->name != nullptr ? path->length : SIZE_MAX;
        steps[count++] = {path->name, len, path->element, left - 1, path + 1, target};
    }
    void add_key(const char *name, struct target *target)
    {
        steps[count++] = {name, strlen(name), NDUP_PATH_NO_ELEMENT, 0, nullptr, target};
    }
    void add_elements(struct target *target)
    {
        steps[count++] = {nullptr, SIZE_MAX, NDUP_PATH_EACH, 0, nullptr, target};
    }
};

struct ndup_json {
    ondemand::parser parser;
    std::unique_ptr<char[]> texts; /* room for the unescaped strings of a record */
    struct wanted_field fields[FIELDS], texts_of[NDUP_PATHS];
    size_t text_count;
    struct target exact;           /* the member that has the whole name of the text field */
    struct target note;            /* what an earlier run wrote into the record */
    bool cuts;                     /* the text is cut, so that it must be one string */
    bool twice;                    /* an object has a name that leads to the text more than once */
    char name[NDUP_FIELD_MAX + 1]; /* of exact */
    struct way top;
    struct text_piece *pieces;
    size_t piece_count, piece_capacity;
    struct ndup_buf joined; /* pieces */
    struct ndup_buf utf8;   /* the record, if it was not UTF-8 */
    const char *end;        /* of the record */
    const char *backslash;  /* the first one that has not been passed, or end */
    char *next_text;        /* in texts */

    const char *fit(size_t len);
    const char *read_record(string_view record);
    const char *read_object(simdjson::simdjson_result<ondemand::object> &&object, const struct way *here, size_t depth);
    const char *read_array(simdjson::simdjson_result<ondemand::array> &&array, const struct way *here, size_t depth);
    const char *read_targets(ondemand::value &&value, string_view token, struct way *inside, struct target **targets,
                             size_t count, size_t depth);
    const char *collect(struct target *target, const struct value *got, string_view token);
    void forget(struct target *target);
    void begin_target(struct target *target, bool many);
    const char *join(struct ndup_document *out);
    const char *read_member(ondemand::field &&member, const struct way *here, uint64_t *met, size_t depth);
    const char *read_value(ondemand::value &&value, string_view token, const struct way *inside, size_t depth,
                           struct value *got);
    const char *read_string(ondemand::value &&value, string_view token, struct value *got);
    bool has_backslash(const char *from, const char *to);
    const char *unescape(const char *text, size_t *len);
};

/* Adds the steps to a field. */
static void look_for(struct ndup_json *json, struct wanted_field *field, bool text)
{
    field->by_path.collects = field->by_key.collects = text;
    if (field->path.count > 0)
        json->top.add(field->path.steps, field->path.count, &field->by_path);
    if (field->path.count != 1 || field->path.steps[0].name == nullptr)
        json->top.add_key(field->path.plain, &field->by_key);
}

static neardup_status take_fields(struct ndup_json *json, const struct ndup_fields *wanted, neardup_error *err)
{
    const char *const names[FIELDS] = {wanted->id, wanted->keep, wanted->group};
    struct ndup_field_path paths[NDUP_PATHS];
    size_t count;
    json->cuts = wanted->cuts;
    json->exact.collects = true;
    NDUP_TRY(ndup_fields_check(wanted, err));
    for (size_t i = 0; i < FIELDS; i++) {
        /* In place: the steps point into the path. */
        if (names[i] == nullptr)
            continue;
        NDUP_TRY(ndup_field_paths(names[i], false, paths, &count, err));
        json->fields[i].path = paths[0];
        ndup_field_path_moved(&json->fields[i].path, &paths[0]);
        look_for(json, &json->fields[i], false);
    }
    if (wanted->text == nullptr)
        return NEARDUP_OK;
    NDUP_TRY(ndup_field_paths(wanted->text, true, paths, &json->text_count, err));
    for (size_t i = 0; i < json->text_count; i++) {
        json->texts_of[i].path = paths[i];
        ndup_field_path_moved(&json->texts_of[i].path, &paths[i]);
        look_for(json, &json->texts_of[i], true);
    }
    if (json->text_count > 1 || strpbrk(wanted->text, "\\[") != nullptr) {
        strcpy(json->name, wanted->text);
        json->top.add_key(json->name, &json->exact);
    }
    return NEARDUP_OK;
}

extern "C" neardup_status ndup_json_create(struct ndup_json **out, const struct ndup_fields *wanted, neardup_error *err)
{
    *out = nullptr;
    auto *json = new (std::nothrow) ndup_json();
    if (json == nullptr)
        return ndup_fail_nomem(err);
    neardup_status status = take_fields(json, wanted, err);
    if (status != NEARDUP_OK) {
        ndup_json_destroy(json);
        return status;
    }
    json->top.add_key(note_name, &json->note);
    *out = json;
    return NEARDUP_OK;
}

extern "C" void ndup_json_destroy(struct ndup_json *json)
{
    if (json == nullptr)
        return;
    ndup_buf_free(&json->utf8);
    ndup_buf_free(&json->joined);
    free(json->pieces);
    delete json;
}

/* The last byte before `at` that is not white space: outside of strings, JSON has no other byte up to the space. */
static const char *last_before(const char *at)
{
    do
        at--;
    while ((unsigned char)*at <= ' ');
    return at;
}

/* All calls together look at each byte of the record once. */
INLINE bool ndup_json::has_backslash(const char *from, const char *to)
{
    if (backslash < from) {
        auto *found = static_cast<const char *>(memchr(from, '\\', (size_t)(end - from)));
        backslash = found != nullptr ? found : end;
    }
    return backslash < to;
}

/* To next_text; the next one is put there, too, unless that is moved on. */
const char *ndup_json::unescape(const char *text, size_t *len)
{
    const char *after = ndup_json_unescape(next_text, text, *len);
    if (after == nullptr)
        return "not JSON: bad escape in a string";
    *len = (size_t)(after - next_text);
    return nullptr;
}

INLINE const char *ndup_json::read_string(ondemand::value &&value, string_view token, struct value *got)
{
    ondemand::raw_json_string raw; /* passes it */
    if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS || token.size() < 2 || token.back() != '"')
        return misplaced;
    *got = {STRING, token.data(), token.data() + 1, token.size(), token.size() - 2};
    if (!has_backslash(token.data(), token.end()))
        return nullptr;
    const char *text = got->text;
    got->text = next_text;
    return unescape(text, &got->text_len);
}

/* simdjson passes numbers and words by itself; the rest must be used up. */
INLINE const char *ndup_json::read_value(ondemand::value &&value, string_view token, const struct way *inside,
                                         size_t depth, struct value *got)
{
    if (token.data() >= end)
        return no_end;
    char first = token[0];
    if (first == '"')
        return read_string(std::move(value), trim(token), got);
    if (first == '{' || first == '[') {
        if (depth == DEEPEST)
            return too_deep;
        *got = {OTHER, token.data(), nullptr, 0, 0}; /* only the note needs its end */
        return first == '{' ? read_object(value.get_object(), inside, depth + 1)
                            : read_array(value.get_array(), inside, depth + 1);
    }
    if (first == ',' || first == ':' || first == '}' || first == ']')
        return misplaced;
    token = trim(token);
    *got = {OTHER, token.data(), nullptr, token.size(), 0};
    if (is_number(token))
        got->kind = NUMBER;
    else if (token != "true" && token != "false" && token != "null" && !is_not_finite(token))
        return bad_word;
    return nullptr;
}

const char *ndup_json::read_array(simdjson::simdjson_result<ondemand::array> &&array, const struct way *here,
                                  size_t depth)
{
    struct way inside;
    uint32_t number = 0;
    for (auto element : array) {
        if (element.error() != simdjson::SUCCESS)
            return message_of(element.error());
        auto &&value = std::move(element).value_unsafe();
        string_view token = value.raw_json_token();
        struct target *targets[MOST_STEPS];
        size_t count = 0;
        inside.count = 0;
        for (const struct step *step = here->steps; step < here->steps + here->count; step++) {
            if (step->element != NDUP_PATH_EACH && step->element != number)
                continue;
            if (step->left > 0)
                inside.add(step->rest, step->left, step->target);
            else
                targets[count++] = step->target;
        }
        if (const char *wrong = read_targets(std::move(value), token, &inside, targets, count, depth))
            return wrong;
        number++;
    }
    return nullptr;
}

/* An earlier member of its name counts no more, nor what was found in it. */
void ndup_json::forget(struct target *target)
{
    target->value.kind = NONE;
    if (!target->many || piece_count == 0)
        return;
    size_t left = 0;
    for (size_t i = 0; i < piece_count; i++) {
        if (pieces[i].of != target)
            pieces[left++] = pieces[i];
    }
    piece_count = left;
}

/* A value of an array that is a text: strings are pieces, and null is nothing. */
const char *ndup_json::collect(struct target *target, const struct value *got, string_view token)
{
    if (target->value.kind == OTHER)
        return nullptr;
    bool nothing = got->kind == OTHER && (token[0] == '[' || token[0] == 'n');
    target->value.kind = got->kind == STRING || nothing ? LIST : OTHER;
    if (got->kind != STRING)
        return nullptr;
    if (!ndup_grow(&pieces, &piece_capacity, piece_count + 1, sizeof *pieces))
        return no_memory;
    pieces[piece_count++] = {target, got->text, got->text_len};
    return nullptr;
}

/* Reads a value into what it was looked for as. */
INLINE const char *ndup_json::read_targets(ondemand::value &&value, string_view token, struct way *inside,
                                           struct target **targets, size_t count, size_t depth)
{
    struct value got;
    got.kind = NONE;
    for (size_t i = 0; i < count && token[0] == '['; i++) {
        if (targets[i]->collects) {
            targets[i]->many = true;
            inside->add_elements(targets[i]);
        }
    }
    if (const char *wrong = read_value(std::move(value), token, inside, depth, &got))
        return wrong;
    if (count == 0)
        return nullptr;
    const char *next;
    if (got.kind == OTHER && got.raw_len == 0 && value.current_location().get(next) == simdjson::SUCCESS)
        got.raw_len = (size_t)(last_before(next) + 1 - got.raw);
    for (size_t i = 0; i < count; i++) {
        if (!targets[i]->many)
            targets[i]->value = got;
        else if (const char *wrong = collect(targets[i], &got, token))
            return wrong;
    }
    if (got.kind == STRING && got.text == next_text)
        next_text += got.text_len;
    return nullptr;
}

/* met: the steps whose name an earlier member of the object has. */
INLINE const char *ndup_json::read_member(ondemand::field &&member, const struct way *here, uint64_t *met, size_t depth)
{
    const char *key = member.key().raw();
    auto &&value = std::move(member).value();
    string_view token = value.raw_json_token();
    const char *quote = token.data() - 1;
    while (*quote != '"') /* between key and value are only the colon and white space */
        quote--;
    size_t len = (size_t)(quote - key);
    if (has_backslash(key, quote)) {
        if (const char *wrong = unescape(key, &len))
            return wrong;
        key = next_text;
    }
    struct way inside;
    inside.count = 0;
    struct target *targets[MOST_STEPS];
    size_t count = 0;
    for (const struct step *step = here->steps; step < here->steps + here->count; step++) {
        if (step->len != len || memcmp(step->name, key, len) != 0)
            continue;
        uint64_t bit = UINT64_C(1) << (step - here->steps);
        twice = twice || (step->target->collects && (*met & bit) != 0);
        *met |= bit;
        if (!step->target->many || here == &top)
            forget(step->target);
        if (step->left > 0)
            inside.add(step->rest, step->left, step->target);
        else
            targets[count++] = step->target;
    }
    return read_targets(std::move(value), token, &inside, targets, count, depth);
}

const char *ndup_json::read_object(simdjson::simdjson_result<ondemand::object> &&object, const struct way *here,
                                   size_t depth)
{
    uint64_t met = 0;
    for (auto entry : object) {
        if (entry.error() != simdjson::SUCCESS)
            return message_of(entry.error());
        if (const char *wrong = read_member(std::move(entry).value_unsafe(), here, &met, depth))
            return wrong;
    }
    return nullptr;
}

/* Makes room for a record of len bytes; gives memory back that a giant record left. */
const char *ndup_json::fit(size_t len)
{
    size_t had = parser.capacity();
    if (texts != nullptr && len <= had && (had <= KEPT_CAPACITY || len > KEPT_CAPACITY))
        return nullptr;
    size_t wanted = len <= KEPT_CAPACITY ? KEPT_CAPACITY : len + len / 4;
    if (wanted > simdjson::SIMDJSON_MAXSIZE_BYTES && len <= simdjson::SIMDJSON_MAXSIZE_BYTES)
        wanted = simdjson::SIMDJSON_MAXSIZE_BYTES;
    texts.reset();
    if (auto code = parser.allocate(wanted, DEEPEST + 1))
        return message_of(code);
    texts.reset(new (std::nothrow) char[wanted + NDUP_PADDING]);
    return texts != nullptr ? nullptr : no_memory;
}

INLINE void ndup_json::begin_target(struct target *target, bool many)
{
    target->value.kind = NONE;
    target->many = many;
}

/* Checks the record, and finds the fields. */
const char *ndup_json::read_record(string_view record)
{
    if (const char *wrong = fit(record.size()))
        return wrong;
    for (auto &field : fields)
        field.by_path.value.kind = field.by_key.value.kind = NONE;
    for (size_t i = 0; i < text_count; i++) {
        begin_target(&texts_of[i].by_path, texts_of[i].path.each);
        begin_target(&texts_of[i].by_key, false);
    }
    begin_target(&exact, false);
    note.value.kind = NONE;
    piece_count = 0;
    twice = false;
    end = record.data() + record.size();
    backslash = record.data();
    next_text = texts.get();
    auto document = parser.iterate(record.data(), record.size(), record.size() + NDUP_PADDING);
    if (const char *wrong = read_object(document.get_object(), &top, 1))
        return wrong;
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? nullptr : no_end;
}

static void set_raw(const struct target *target, const char **raw, size_t *len)
{
    if (target->value.kind == STRING || target->value.kind == NUMBER) {
        *raw = target->value.raw;
        *len = target->value.raw_len;
    }
}

/* ---- a text of several strings ---- */

static bool is_null(const struct value *value)
{
    return value->kind == OTHER && value->raw_len == 4 && value->raw[0] == 'n';
}

/* A blank line between them, so that they are paragraphs; an empty one is none. */
static void put_piece(struct ndup_buf *to, const char *text, size_t len)
{
    if (len == 0)
        return;
    if (to->len > 0)
        ndup_buf_append(to, "\n\n", 2);
    ndup_buf_append(to, text, len);
}

/* NULL, or what is wrong with the text. */
const char *ndup_json::join(struct ndup_document *out)
{
    bool any = false, alone = exact.value.kind != NONE || text_count == 1;
    ndup_buf_clear(&joined);
    for (size_t i = 0; i < (alone ? 1 : text_count); i++) {
        const struct target *found = exact.value.kind != NONE ? &exact : texts_of[i].found();
        const struct value *value = &found->value;
        static_assert(NDUP_PATHS <= 8 * sizeof out->no_texts, "there is a bit for each field");
        if (value->kind == NONE && !alone)
            out->no_texts |= (uint8_t)(1u << i);
        if (value->kind == NONE || (!alone && is_null(value)))
            continue;
        if (value->kind != STRING && value->kind != LIST)
            return ndup_text_not_string;
        any = true;
        if (value->kind == STRING)
            put_piece(&joined, value->text, value->text_len);
        for (size_t k = 0; k < piece_count && value->kind == LIST; k++) {
            if (pieces[k].of == found)
                put_piece(&joined, pieces[k].text, pieces[k].len);
        }
    }
    if (!any)
        return ndup_no_text_field;
    if (cuts)
        return "its text is several strings, in which paragraphs cannot be cut";
    if (joined.failed || !ndup_buf_reserve(&joined, NDUP_PADDING))
        return no_memory;
    memset(joined.data + joined.len, 0, NDUP_PADDING);
    out->text = joined.data;
    out->text_length = joined.len;
    return nullptr;
}

/* The string that is the text, if it is one; or NULL. */
static const struct value *single_text(const struct ndup_json *json)
{
    const struct target *found = json->exact.value.kind != NONE ? &json->exact
                                 : json->text_count == 1        ? json->texts_of[0].found()
                                                                : nullptr;
    return found != nullptr && found->value.kind == STRING ? &found->value : nullptr;
}

/* From places in the repaired record to those in the one that was given. */
static void set_back(const struct ndup_json *json, string_view given, struct ndup_document *out)
{
    size_t begin = out->raw != nullptr ? (size_t)(out->raw - json->utf8.data) : 0, end = begin + out->raw_length;
    size_t *const places[] = {&begin, &end, &out->note_begin, &out->note_end, &out->close};
    static_assert(sizeof places / sizeof places[0] == NDUP_JSON_PLACES, "there is room for all places");
    ndup_json_unrepair(given.data(), given.size(), places, NDUP_JSON_PLACES);
    out->raw = out->raw != nullptr ? given.data() + begin : nullptr;
    out->raw_length = end - begin;
}

/* `read` is the record that was parsed. */
static void set_places(const struct ndup_json *json, const char *read, struct ndup_document *out)
{
    const struct value *text = single_text(json), *note = &json->note.value;
    const char *close = last_before(json->end);
    out->close = (size_t)(close - read);
    out->no_members = *last_before(close) == '{';
    if (note->kind != NONE) {
        out->note_begin = (size_t)(note->raw - read);
        out->note_end = out->note_begin + note->raw_len;
    }
    if (text != nullptr) {
        out->raw = text->raw + 1;
        out->raw_length = text->raw_len - 2;
    }
}

/* NULL, or what is wrong with the record. */
static const char *parse(struct ndup_json *json, const char *bytes, size_t len, struct ndup_document *out)
{
    string_view record(bytes, len);
    bool has_mark = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
    if (has_mark)
        record.remove_prefix(3);
    if (json->utf8.capacity > KEPT_CAPACITY)
        ndup_buf_free(&json->utf8);
    const char *wrong = json->read_record(record);
    if (wrong == bad_utf8) {
        out->invalid_utf8 = true;
        if (!ndup_json_repair_utf8(&json->utf8, bytes, len, NDUP_PADDING))
            return no_memory;
        record = string_view(json->utf8.data, json->utf8.len);
        if (has_mark)
            record.remove_prefix(3);
        wrong = json->read_record(record);
    }
    if (wrong != nullptr)
        return wrong;
    if (json->twice)
        return text_twice;
    set_raw(json->fields[ID].found(), &out->id, &out->id_length);
    set_raw(json->fields[KEEP].found(), &out->keep, &out->keep_length);
    set_raw(json->fields[GROUP].found(), &out->group, &out->group_length);
    set_places(json, out->invalid_utf8 ? json->utf8.data : bytes, out);
    if (out->invalid_utf8)
        set_back(json, string_view(bytes, len), out);
    if (const struct value *text = single_text(json)) {
        out->text = text->text;
        out->text_length = text->text_len;
        return nullptr;
    }
    wrong = json->join(out);
    out->no_text = wrong == ndup_no_text_field || wrong == ndup_text_not_string;
    return wrong;
}

extern "C" bool ndup_json_parse(struct ndup_json *json, const char *bytes, size_t len, struct ndup_document *out)
{
    /* In halves: cleared at once, it costs a string instruction, and 0.05 of the time on records of 165 bytes. */
    static const size_t begin = offsetof(struct ndup_document, escapes), half = offsetof(struct ndup_document, keep);
    memset(&out->escapes, 0, half - begin);
    memset(&out->keep, 0, sizeof *out - half);
    out->escapes = NDUP_ESCAPES_JSON;
    out->problem = parse(json, bytes, len, out);
    if (out->problem == misplaced || out->problem == no_end || out->problem == bad_word || out->problem == not_object ||
        out->problem == open_string || out->problem == control) {
        out->problem = ndup_json_reason(bytes, len, out->problem);
        out->garbled = true;
    }
    return out->problem != no_memory;
}

/* ---- a text value by value: iterators wait on a stack while what they gave was entered ---- */

/* Entered in each other: our own files are not nested as deep. Other parts may be nested deeper. */
static const size_t MOST_ENTERED = 8;
/* Most lines of our files are shorter; a longer one makes the parser grow. Any value serves. */
static const size_t FIRST_CAPACITY = (size_t)1 << 16;

struct frame {
    bool is_object, begun;
    simdjson::simdjson_result<ondemand::object_iterator> member, last_member;
    simdjson::simdjson_result<ondemand::array_iterator> element, last_element;
};

struct ndup_json_reader {
    ondemand::parser parser;
    ondemand::document document;
    struct frame frames[MOST_ENTERED];
    size_t depth;          /* frames in use */
    ondemand::value given; /* the object or array given last, if nobody has entered it */
    bool pending;          /* there is one */
    bool pending_object;
    const char *end; /* of the text */
    const char *wrong;

    enum ndup_json_step fail(const char *text);
    void enter_object(simdjson::simdjson_result<ondemand::object> &&object);
    void enter_array(simdjson::simdjson_result<ondemand::array> &&array);
    const char *check_scalar(ondemand::value &&value, struct ndup_json_value *got);
    const char *walk(ondemand::value &&value, bool is_object, size_t levels);
    const char *walk_value(ondemand::value &&value, size_t levels);
    enum ndup_json_step give(ondemand::value &&value, struct ndup_json_value *got);
    enum ndup_json_step next_member(struct frame *frame, struct ndup_json_value *got);
    enum ndup_json_step next_element(struct frame *frame, struct ndup_json_value *got);
    enum ndup_json_step leave();
};

extern "C" neardup_status ndup_json_reader_create(struct ndup_json_reader **out, neardup_error *err)
{
    *out = new (std::nothrow) ndup_json_reader();
    if (*out == nullptr)
        return ndup_fail_nomem(err);
    if ((*out)->parser.allocate(FIRST_CAPACITY, DEEPEST + 1) != simdjson::SUCCESS) {
        ndup_json_reader_destroy(*out);
        *out = nullptr;
        return ndup_fail_nomem(err);
    }
    return NEARDUP_OK;
}

extern "C" void ndup_json_reader_destroy(struct ndup_json_reader *reader)
{
    delete reader;
}

extern "C" const char *ndup_json_reader_wrong(const struct ndup_json_reader *reader)
{
    return reader->wrong;
}

enum ndup_json_step ndup_json_reader::fail(const char *text)
{
    wrong = text;
    return NDUP_JSON_WRONG;
}

void ndup_json_reader::enter_object(simdjson::simdjson_result<ondemand::object> &&object)
{
    struct frame *f = &frames[depth++];
    f->is_object = true;
    f->begun = false;
    f->member = object.begin();
    f->last_member = object.end();
}

void ndup_json_reader::enter_array(simdjson::simdjson_result<ondemand::array> &&array)
{
    struct frame *f = &frames[depth++];
    f->is_object = false;
    f->begun = false;
    f->element = array.begin();
    f->last_element = array.end();
}

extern "C" void ndup_json_reader_enter(struct ndup_json_reader *r)
{
    if (r->wrong != nullptr || !r->pending)
        return;
    r->pending = false;
    if (r->depth == MOST_ENTERED)
        r->fail("nested deeper than expected");
    else if (r->pending_object)
        r->enter_object(r->given.get_object());
    else
        r->enter_array(r->given.get_array());
}

extern "C" const char *ndup_json_reader_begin(struct ndup_json_reader *r, const char *text, size_t len)
{
    r->depth = 0;
    r->pending = false;
    r->wrong = nullptr;
    r->end = text + len;
    if (len > r->parser.capacity()) {
        size_t wanted = len + len / 4;
        if (wanted > simdjson::SIMDJSON_MAXSIZE_BYTES && len <= simdjson::SIMDJSON_MAXSIZE_BYTES)
            wanted = simdjson::SIMDJSON_MAXSIZE_BYTES;
        if (auto code = r->parser.allocate(wanted, DEEPEST + 1))
            return r->wrong = message_of(code);
    }
    auto code = r->parser.iterate(text, len, len + NDUP_PADDING).get(r->document);
    if (code != simdjson::SUCCESS)
        return r->wrong = message_of(code);
    ondemand::object object;
    code = r->document.get_object().get(object);
    if (code != simdjson::SUCCESS)
        return r->wrong = message_of(code);
    r->enter_object(std::move(object));
    return nullptr;
}

static bool is_structure(char c)
{
    return c == ',' || c == ':' || c == '}' || c == ']';
}

/* A string is passed; simdjson passes numbers and words by itself. */
const char *ndup_json_reader::check_scalar(ondemand::value &&value, struct ndup_json_value *got)
{
    string_view token = trim(string_view(got->raw, got->raw_len));
    got->raw_len = token.size();
    if (token[0] == '"') {
        ondemand::raw_json_string raw;
        if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS || token.size() < 2 || token.back() != '"')
            return misplaced;
        got->type = NDUP_JSON_STRING;
        return nullptr;
    }
    if (is_structure(token[0]))
        return misplaced;
    got->type = NDUP_JSON_NUMBER;
    if (is_number(token))
        return nullptr;
    got->type = token == "true" ? NDUP_JSON_TRUE : token == "false" ? NDUP_JSON_FALSE : NDUP_JSON_NULL;
    return got->type != NDUP_JSON_NULL || token == "null" || is_not_finite(token) ? nullptr : bad_word;
}

const char *ndup_json_reader::walk_value(ondemand::value &&value, size_t levels)
{
    string_view token = value.raw_json_token();
    struct ndup_json_value unused = {NDUP_JSON_NULL, nullptr, 0, token.data(), token.size()};
    if (token.data() >= end)
        return no_end;
    if (token[0] == '{' || token[0] == '[')
        return walk(std::move(value), token[0] == '{', levels + 1);
    return check_scalar(std::move(value), &unused);
}

/* All that is in an object or array that nobody wants. */
const char *ndup_json_reader::walk(ondemand::value &&value, bool is_object, size_t levels)
{
    if (levels >= DEEPEST)
        return too_deep;
    if (is_object) {
        for (auto member : value.get_object()) {
            if (member.error() != simdjson::SUCCESS)
                return message_of(member.error());
            ondemand::field field = std::move(member).value_unsafe();
            if (const char *bad = walk_value(std::move(field).value(), levels))
                return bad;
        }
        return nullptr;
    }
    for (auto element : value.get_array()) {
        if (element.error() != simdjson::SUCCESS)
            return message_of(element.error());
        if (const char *bad = walk_value(std::move(element).value_unsafe(), levels))
            return bad;
    }
    return nullptr;
}

enum ndup_json_step ndup_json_reader::give(ondemand::value &&value, struct ndup_json_value *got)
{
    string_view token = value.raw_json_token();
    if (token.data() >= end)
        return fail(no_end);
    got->raw = token.data();
    got->raw_len = token.size();
    if (token[0] == '{' || token[0] == '[') {
        pending = true;
        pending_object = token[0] == '{';
        got->type = pending_object ? NDUP_JSON_OBJECT : NDUP_JSON_ARRAY;
        got->raw_len = 1;
        given = std::move(value);
        return NDUP_JSON_VALUE;
    }
    const char *bad = check_scalar(std::move(value), got);
    return bad != nullptr ? fail(bad) : NDUP_JSON_VALUE;
}

enum ndup_json_step ndup_json_reader::next_member(struct frame *f, struct ndup_json_value *got)
{
    if (f->begun)
        ++f->member;
    f->begun = true;
    if (!(f->member != f->last_member))
        return leave();
    auto member = *f->member;
    if (member.error() != simdjson::SUCCESS)
        return fail(message_of(member.error()));
    ondemand::field field = std::move(member).value_unsafe();
    got->key = field.key().raw();
    ondemand::value value = std::move(field).value();
    const char *quote = value.raw_json_token().data() - 1;
    while (*quote != '"') /* between key and value are only the colon and white space */
        quote--;
    got->key_len = (size_t)(quote - got->key);
    return give(std::move(value), got);
}

enum ndup_json_step ndup_json_reader::next_element(struct frame *f, struct ndup_json_value *got)
{
    if (f->begun)
        ++f->element;
    f->begun = true;
    if (!(f->element != f->last_element))
        return leave();
    auto element = *f->element;
    if (element.error() != simdjson::SUCCESS)
        return fail(message_of(element.error()));
    got->key = nullptr;
    got->key_len = 0;
    return give(std::move(element).value_unsafe(), got);
}

enum ndup_json_step ndup_json_reader::leave()
{
    depth--;
    if (depth == 0 && document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        return fail(no_end);
    return NDUP_JSON_END;
}

extern "C" enum ndup_json_step ndup_json_reader_next(struct ndup_json_reader *r, struct ndup_json_value *value)
{
    if (r->wrong != nullptr)
        return NDUP_JSON_WRONG;
    if (r->depth == 0)
        return NDUP_JSON_END;
    if (r->pending) {
        r->pending = false;
        if (const char *bad = r->walk(std::move(r->given), r->pending_object, r->depth))
            return r->fail(bad);
    }
    struct frame *f = &r->frames[r->depth - 1];
    return f->is_object ? r->next_member(f, value) : r->next_element(f, value);
}

extern "C" bool ndup_json_value_u64(const struct ndup_json_value *value, uint64_t *number)
{
    const char *last = value->raw + value->raw_len;
    if (value->type != NDUP_JSON_NUMBER)
        return false;
    auto result = std::from_chars(value->raw, last, *number);
    return result.ec == std::errc() && result.ptr == last;
}

extern "C" bool ndup_json_value_double(const struct ndup_json_value *value, double *number)
{
    const char *last = value->raw + value->raw_len;
    if (value->type != NDUP_JSON_NUMBER)
        return false;
    auto result = std::from_chars(value->raw, last, *number);
    return result.ec == std::errc() && result.ptr == last;
}

extern "C" bool ndup_json_value_string(const struct ndup_json_value *value, struct ndup_buf *to)
{
    if (value->type != NDUP_JSON_STRING)
        return false;
    size_t len = value->raw_len - 2;
    if (!ndup_buf_reserve(to, len + NDUP_PADDING)) {
        to->failed = true;
        return false;
    }
    const char *after = ndup_json_unescape(to->data + to->len, value->raw + 1, len);
    if (after == nullptr)
        return false;
    to->len = (size_t)(after - to->data);
    return true;
}

extern "C" bool ndup_json_is_utf8(const char *bytes, size_t length)
{
    return simdjson::validate_utf8(bytes, length);
}
