/* SPDX-License-Identifier: MIT
 * simdjson's On-Demand checks no more of a record than is walked: so every field is walked, whether we want it or not.
 * Not its DOM, which refuses numbers of more than 64 bits and forgets where a value stood. Texts without escapes are
 * not copied. simdjson throws nothing here: every result is asked for its error. */
#include "input/json.h"

extern "C" {
#include "base/buf.h"
#include "base/error.h"
#include "input/json_repair.h"
#include "input/reader.h"
}

#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

namespace ondemand = simdjson::ondemand;
using std::string_view;

static_assert(NDUP_PADDING >= simdjson::SIMDJSON_PADDING, "records are padded for simdjson");

static const size_t PATH_MAX_LEN = 255;
static const size_t DEPTH_MAX = 1024;
/* Memory for records of this length is kept, about 7 bytes for each of theirs. */
static const size_t KEPT_CAPACITY = (size_t)1 << 19;

/* Inlined, On-Demand keeps its place in registers: three times as fast. */
#define INLINE   __attribute__((always_inline)) inline
#define NOINLINE __attribute__((noinline))

static const char no_memory[] = "out of memory";
static const char bad_utf8[] = "not JSON: not UTF-8";
static const char bad_escape[] = "not JSON: bad escape in a string";
static const char open_end[] = "not JSON: the object does not end, or something follows it";
static const char misplaced[] = "not JSON: a comma, colon, bracket or quote is missing or out of place";

namespace
{

enum { TEXT, ID, KEEP, FIELDS };
enum kind { NONE, STRING, NUMBER, OTHER };

struct value {
    enum kind kind;
    string_view raw;
    string_view text; /* of a string, unescaped, without its quotes */
};

/* "a.b" is the member b of the object that is member a, unless the record has a member "a.b". */
struct field {
    char path[PATH_MAX_LEN + 1];
    struct value by_path, by_key;
};

/* What is looked for in an object: a member that is a value, or that leads to one (then target is its by_path). */
struct step {
    const char *name;
    size_t len;
    struct value *target;
    const char *rest; /* of the path, behind the dot; NULL: this member is the value */
};

struct way {
    size_t count;
    struct step steps[2 * FIELDS];
};

} // namespace

struct ndup_json {
    ondemand::parser parser;
    std::unique_ptr<char[]> texts; /* for unescaped strings: as long as a record can be, and padding */
    struct field fields[FIELDS];
    struct way top;
    struct ndup_buf utf8, paired; /* the record as UTF-8; then without lone surrogates */
};

/* ---- create and destroy ---- */

static NOINLINE void add_step(struct way *way, const char *path, struct value *target)
{
    size_t len = strcspn(path, ".");
    way->steps[way->count++] = {path, len, target, path[len] == '.' ? path + len + 1 : nullptr};
}

extern "C" neardup_status ndup_json_create(struct ndup_json **out, const char *text_field, const char *id_field,
                                           const char *keep_field, neardup_error *err)
{
    const char *const paths[FIELDS] = {text_field, id_field, keep_field};
    *out = nullptr;
    auto *json = new (std::nothrow) ndup_json();
    if (json == nullptr)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < FIELDS && paths[i] != nullptr; i++) {
        size_t len = strlen(paths[i]);
        if (len == 0 || len > PATH_MAX_LEN) {
            ndup_json_destroy(json);
            return ndup_fail(err, NEARDUP_E_ARG, "a field name must have 1 to %zu bytes", PATH_MAX_LEN);
        }
        struct field *field = &json->fields[i];
        memcpy(field->path, paths[i], len);
        add_step(&json->top, field->path, &field->by_path);
        if (strchr(field->path, '.') != nullptr)
            json->top.steps[json->top.count++] = {field->path, len, &field->by_key, nullptr};
    }
    *out = json;
    return NEARDUP_OK;
}

extern "C" void ndup_json_destroy(struct ndup_json *json)
{
    if (json == nullptr)
        return;
    ndup_buf_free(&json->utf8);
    ndup_buf_free(&json->paired);
    delete json;
}

/* ---- walk ---- */

static const char *message_of(simdjson::error_code code)
{
    switch (code) {
    case simdjson::SUCCESS:
        return nullptr;
    case simdjson::MEMALLOC:
        return no_memory;
    case simdjson::CAPACITY:
        return "record of 4 GB or more";
    case simdjson::EMPTY:
        return "not JSON: nothing but white space";
    case simdjson::UTF8_ERROR:
        return bad_utf8;
    case simdjson::UNCLOSED_STRING:
        return "not JSON: a string does not end";
    case simdjson::UNESCAPED_CHARS:
        return "not JSON: a control character in a string";
    case simdjson::STRING_ERROR:
        return bad_escape;
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
        return open_end;
    default:
        return misplaced;
    }
}

static INLINE string_view trim(string_view token)
{
    auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (token.size() > 1 && is_space(token.back()))
        token.remove_suffix(1);
    return token;
}

static bool is_number(string_view token)
{
    const char *at = token.data(), *end = at + token.size();
    auto digits = [&]() -> size_t {
        const char *begin = at;
        while (at < end && *at >= '0' && *at <= '9')
            at++;
        return (size_t)(at - begin);
    };
    auto take = [&](char a, char b) -> bool {
        bool taken = at < end && (*at == a || *at == b);
        at += taken ? 1 : 0;
        return taken;
    };
    take('-', '-');
    bool zero = at < end && *at == '0';
    size_t n = digits();
    if (n == 0 || (zero && n > 1))
        return false;
    if (take('.', '.') && digits() == 0)
        return false;
    if (take('e', 'E')) {
        take('+', '-');
        if (digits() == 0)
            return false;
    }
    return at == end;
}

namespace
{

struct walk {
    struct ndup_json *json;
    const char *end;       /* of the record */
    const char *backslash; /* the first one that has not been passed, or end */
    char *texts;           /* room for the next text without its escapes */

    /* All calls together look at each byte of the record once. */
    INLINE bool has_backslash(const char *from, const char *to)
    {
        if (backslash < from) {
            auto *found = static_cast<const char *>(memchr(from, '\\', (size_t)(end - from)));
            backslash = found != nullptr ? found : end;
        }
        return backslash < to;
    }

    /* Into `texts`, where the next one goes too. */
    const char *unescape(ondemand::raw_json_string raw, string_view *text)
    {
        auto *to = reinterpret_cast<uint8_t *>(texts);
        return message_of(json->parser.unescape(raw, to).get(*text));
    }

    INLINE const char *read_string(ondemand::value &value, string_view token, struct value *got)
    {
        ondemand::raw_json_string raw;
        auto code = value.get_raw_json_string().get(raw);
        if (code != simdjson::SUCCESS || token.size() < 2 || token.back() != '"')
            return misplaced;
        got->kind = STRING;
        got->raw = token;
        got->text = token.substr(1, token.size() - 2);
        return has_backslash(got->text.data(), got->text.end()) ? unescape(raw, &got->text) : nullptr;
    }

    /* Numbers and words simdjson passes by itself, the rest must be used up. */
    INLINE const char *read_value(ondemand::value &&value, const struct way *inside, size_t depth, struct value *got)
    {
        string_view token = value.raw_json_token();
        if (token.data() >= end)
            return open_end;
        if (token[0] == '"')
            return read_string(value, trim(token), got);
        got->kind = OTHER;
        if (token[0] == '{' || token[0] == '[') {
            if (depth == DEPTH_MAX)
                return "not JSON: nested deeper than 1024";
            return token[0] == '{' ? read_object(value.get_object(), inside, depth + 1)
                                   : read_array(value.get_array(), depth + 1);
        }
        if (token[0] == ',' || token[0] == ':' || token[0] == '}' || token[0] == ']')
            return misplaced;
        got->raw = trim(token);
        if (is_number(got->raw))
            got->kind = NUMBER;
        else if (got->raw != "true" && got->raw != "false" && got->raw != "null")
            return "not JSON: bad number or word";
        return nullptr;
    }

    NOINLINE const char *read_array(simdjson::simdjson_result<ondemand::array> array, size_t depth)
    {
        const struct way nowhere = {};
        for (auto element : array) {
            struct value got;
            if (element.error() != simdjson::SUCCESS)
                return message_of(element.error());
            if (const char *wrong = read_value(std::move(element).value_unsafe(), &nowhere, depth, &got))
                return wrong;
        }
        return nullptr;
    }

    /* *inside gets where the member leads, *targets the values that it is. */
    INLINE size_t match(string_view key, const struct way *here, struct way *inside, struct value *targets[])
    {
        size_t count = 0;
        for (const struct step *step = here->steps; step < here->steps + here->count; step++) {
            if (step->len != key.size() || memcmp(step->name, key.data(), key.size()) != 0)
                continue;
            if (step->rest == nullptr) {
                targets[count++] = step->target;
            } else {
                /* An earlier member of this name counts no more, nor what was found in it. */
                step->target->kind = NONE;
                add_step(inside, step->rest, step->target);
            }
        }
        return count;
    }

    INLINE const char *read_member(ondemand::field &&member, const struct way *here, size_t depth)
    {
        const char *begin = member.key().raw(), *end = member.value().raw_json_token().data();
        while (*--end != '"') /* only white space and the colon */
            continue;
        string_view key(begin, (size_t)(end - begin));
        if (has_backslash(begin, end)) {
            if (const char *wrong = unescape(member.key(), &key))
                return wrong;
        }
        struct way inside;
        inside.count = 0;
        struct value *targets[2 * FIELDS];
        size_t count = match(key, here, &inside, targets);
        struct value got;
        if (const char *wrong = read_value(std::move(member.value()), &inside, depth, &got))
            return wrong;
        for (size_t i = 0; i < count; i++)
            *targets[i] = got;
        if (count > 0 && got.kind == STRING && got.text.data() == texts)
            texts += got.text.size();
        return nullptr;
    }

    NOINLINE const char *read_object(simdjson::simdjson_result<ondemand::object> object, const struct way *here,
                                     size_t depth)
    {
        for (auto entry : object) {
            if (entry.error() != simdjson::SUCCESS)
                return message_of(entry.error());
            if (const char *wrong = read_member(std::move(entry).value_unsafe(), here, depth))
                return wrong;
        }
        return nullptr;
    }
};

} // namespace

/* Makes room for a record of len bytes; gives memory back that a giant record left. */
static const char *fit(struct ndup_json *json, size_t len)
{
    size_t capacity = json->parser.capacity();
    bool too_large = capacity > KEPT_CAPACITY && len <= KEPT_CAPACITY;
    if (len <= capacity && !too_large && json->texts != nullptr)
        return nullptr;
    size_t wanted = len <= KEPT_CAPACITY ? KEPT_CAPACITY : len + len / 4;
    if (wanted > simdjson::SIMDJSON_MAXSIZE_BYTES && len <= simdjson::SIMDJSON_MAXSIZE_BYTES)
        wanted = simdjson::SIMDJSON_MAXSIZE_BYTES;
    json->texts.reset();
    if (auto code = json->parser.allocate(wanted, DEPTH_MAX + 1))
        return message_of(code);
    json->texts.reset(new (std::nothrow) char[wanted + simdjson::SIMDJSON_PADDING + NDUP_PADDING]);
    return json->texts != nullptr ? nullptr : no_memory;
}

/* Checks the record, and fills the values of the fields. */
static const char *read_record(struct ndup_json *json, string_view record)
{
    if (const char *wrong = fit(json, record.size()))
        return wrong;
    for (auto &field : json->fields)
        field.by_path.kind = field.by_key.kind = NONE;
    ondemand::document document;
    if (auto code = json->parser.iterate(record.data(), record.size(), record.size() + NDUP_PADDING).get(document))
        return message_of(code);
    auto object = document.get_object();
    if (object.error() == simdjson::INCORRECT_TYPE)
        return "not a JSON object";
    struct walk walk = {json, record.data() + record.size(), record.data(), json->texts.get()};
    if (const char *wrong = walk.read_object(std::move(object), &json->top, 1))
        return wrong;
    bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return at_end ? nullptr : open_end;
}

/* ---- parse ---- */

/* Frees what a giant record left. */
static void shrink(struct ndup_buf *buf)
{
    if (buf->capacity > KEPT_CAPACITY)
        ndup_buf_free(buf);
    buf->len = 0;
}

/* Pads the copy, and lets record be it. */
static bool replace(string_view *record, struct ndup_buf *copy)
{
    if (!ndup_buf_reserve(copy, NDUP_PADDING) || copy->failed)
        return false;
    memset(copy->data + copy->len, 0, NDUP_PADDING);
    *record = string_view(copy->data, copy->len);
    return true;
}

static const struct value *value_of(const struct field *field)
{
    return field->by_key.kind != NONE ? &field->by_key : &field->by_path;
}

/* Where a string or number stands in `record`, of which `read` is a copy or the same. */
static void set_raw(const struct field *field, string_view record, string_view read, const char **raw, size_t *len)
{
    const struct value *value = value_of(field);
    if (value->kind == STRING || value->kind == NUMBER) {
        *raw = record.data() + (value->raw.data() - read.data());
        *len = value->raw.size();
    }
}

extern "C" const char *ndup_json_parse(struct ndup_json *json, const char *bytes, size_t len,
                                       struct ndup_json_record *out)
{
    memset(out, 0, sizeof *out);
    string_view record(bytes, len);
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        record.remove_prefix(3);
    shrink(&json->utf8);
    shrink(&json->paired);
    const char *wrong = read_record(json, record);
    if (wrong == bad_utf8) {
        ndup_json_repair_utf8(&json->utf8, record.data(), record.size());
        if (!replace(&record, &json->utf8))
            return no_memory;
        out->invalid_utf8 = true;
        wrong = read_record(json, record);
    }
    string_view read = record;
    if (wrong == bad_escape) {
        ndup_buf_append(&json->paired, record.data(), record.size());
        if (!replace(&read, &json->paired))
            return no_memory;
        if (ndup_json_repair_surrogates(json->paired.data, json->paired.len))
            wrong = read_record(json, read);
    }
    if (wrong != nullptr)
        return wrong;
    set_raw(&json->fields[ID], record, read, &out->id, &out->id_len);
    set_raw(&json->fields[KEEP], record, read, &out->keep, &out->keep_len);
    const struct value *text = value_of(&json->fields[TEXT]);
    if (text->kind != STRING)
        return text->kind == NONE ? "no text field" : "text field is not a string";
    out->text = text->text.data();
    out->text_len = text->text.size();
    return nullptr;
}
