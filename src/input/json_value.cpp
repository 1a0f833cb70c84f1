/* SPDX-License-Identifier: MIT
 * Over simdjson's On-Demand, whose iterators wait on a stack while what they gave was entered. */
extern "C" {
#include "base/buf.h"
#include "base/error.h"
#include "input/json_text.h"
}

#include "input/json_value.h"

#include "input/json_simdjson.h"

#include <charconv>
#include <new>

namespace ondemand = simdjson::ondemand;
using namespace ndup_json_words;
using std::string_view;

/* Entered in each other. What is only walked through may be nested deeper. */
static const size_t MOST_ENTERED = 8;
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

/* ---- going in ---- */

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

/* ---- values ---- */

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
    return got->type != NDUP_JSON_NULL || token == "null" ? nullptr : bad_word;
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
    while (*quote != '"') /* between key and value stand only the colon and white space */
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

/* ---- scalars ---- */

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
    const char *behind = ndup_json_unescape(to->data + to->len, value->raw + 1, len);
    if (behind == nullptr)
        return false;
    to->len = (size_t)(behind - to->data);
    return true;
}
