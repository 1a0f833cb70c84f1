/* SPDX-License-Identifier: MIT
 * The grammar of JSON over token offsets, without recursion: a bit for each open container says whether it is an
 * object. Nothing is copied or converted; values are places in the record. */
#include "base/platform.h"

#include "input/json_impl.h"

#include <string.h>

static const char cut_off[] = "not JSON: it ends too early";
static const char misplaced[] = "not JSON: a comma, colon, bracket or quote is missing or out of place";
static const char bad_word[] = "not JSON: bad number or word";
static const char too_deep[] = "not JSON: nested deeper than 1024";
static const char left_over[] = "not JSON: something follows the object";

struct walk {
    const char *text;
    size_t len;
    const uint32_t *tokens;
    size_t count, next;
    const char *backslash; /* no backslash stands between where strings were last looked at and here */
    struct ndup_json_field *fields;
    size_t field_count;
    struct ndup_json_value *targets[8]; /* which values the member read just now is, two a field at most */
    size_t target_count;
    size_t depth;
    uint64_t is_object[NDUP_JSON_DEPTH / 64];
};

static bool top_is_object(const struct walk *walk)
{
    size_t top = walk->depth - 1;
    return walk->is_object[top / 64] >> (top % 64) & 1;
}

/* The first byte of the next token, which stays the next one; 0 if there is none. */
static char peek(const struct walk *walk)
{
    if (walk->next == walk->count)
        return '\0';
    return walk->text[walk->tokens[walk->next]];
}

/* Behind the last byte of token i that is no white space. */
static size_t token_end(const struct walk *walk, size_t i)
{
    size_t end = i + 1 < walk->count ? walk->tokens[i + 1] : walk->len;
    while (end > walk->tokens[i] + 1) {
        char c = walk->text[end - 1];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            break;
        end--;
    }
    return end;
}

/* Whether [at, end) has a backslash. Remembers where the next one stands, so that all calls together look at each
 * byte of the record once. */
static bool has_backslash(struct walk *walk, size_t at, size_t end)
{
    const char *text_end = walk->text + walk->len;
    if (walk->backslash < walk->text + at) {
        walk->backslash = memchr(walk->text + at, '\\', walk->len - at);
        if (walk->backslash == NULL)
            walk->backslash = text_end;
    }
    return walk->backslash < walk->text + end;
}

/* Where the escapes of the value read just now are to be undone, if anywhere. */
static struct ndup_json_text *wanted_text(const struct walk *walk)
{
    for (size_t i = 0; i < walk->target_count; i++) {
        for (size_t j = 0; j < walk->field_count; j++) {
            struct ndup_json_field *field = &walk->fields[j];
            if (field->undone != NULL && (walk->targets[i] == &field->by_path || walk->targets[i] == &field->by_key))
                return field->undone;
        }
    }
    return NULL;
}

static const char *read_string(struct walk *walk, struct ndup_json_value *value)
{
    size_t at = walk->tokens[walk->next];
    size_t end = token_end(walk, walk->next);
    walk->next++;
    if (end - at < 2 || walk->text[end - 1] != '"')
        return misplaced;
    value->kind = NDUP_JSON_STRING;
    value->at = at;
    value->len = end - at;
    value->escaped = has_backslash(walk, at + 1, end - 1);
    if (!value->escaped)
        return NULL;
    struct ndup_json_text *undone = wanted_text(walk);
    if (undone != NULL)
        return ndup_json_undo(undone, walk->text, value);
    size_t first = (size_t)(walk->backslash - walk->text);
    return ndup_json_check_escapes(walk->text + first, end - 1 - first) ? NULL : ndup_json_bad_escape;
}

static const char *read_scalar(struct walk *walk, struct ndup_json_value *value)
{
    const char *text = walk->text + walk->tokens[walk->next];
    size_t len = token_end(walk, walk->next) - walk->tokens[walk->next];
    value->at = walk->tokens[walk->next];
    value->len = len;
    value->escaped = false;
    walk->next++;
    if ((len == 4 && (memcmp(text, "true", 4) == 0 || memcmp(text, "null", 4) == 0)) ||
        (len == 5 && memcmp(text, "false", 5) == 0)) {
        value->kind = NDUP_JSON_OTHER;
        return NULL;
    }
    value->kind = NDUP_JSON_NUMBER;
    return ndup_json_is_number(text, len) ? NULL : bad_word;
}

/* ---- fields ---- */

static bool key_is(const char *key, size_t key_len, const char *name, size_t name_len)
{
    return key_len == name_len && (name_len == 0 || (key[0] == name[0] && memcmp(key, name, name_len) == 0));
}

/* The walk is at a member `key` of the object on top. */
static void match_key(struct walk *walk, const char *key, size_t key_len)
{
    size_t level = walk->depth - 1;
    for (size_t i = 0; i < walk->field_count; i++) {
        struct ndup_json_field *field = &walk->fields[i];
        if (level == 0 && field->part_count > 1 && key_is(key, key_len, field->path, field->path_len))
            walk->targets[walk->target_count++] = &field->by_key;
        if (field->matched != level || level >= field->part_count ||
            !key_is(key, key_len, field->parts[level].name, field->parts[level].len))
            continue;
        /* An earlier member of this name counts no more, nor what was found in it. */
        field->by_path.kind = NDUP_JSON_NONE;
        field->matched = level + 1;
        if (field->matched == field->part_count)
            walk->targets[walk->target_count++] = &field->by_path;
    }
}

/* The value read into the first target goes to the others too. */
static void set_other_targets(struct walk *walk)
{
    for (size_t i = 1; i < walk->target_count; i++)
        *walk->targets[i] = *walk->targets[0];
    walk->target_count = 0;
}

/* The walk is back in the container on top, behind one of its values. */
static void leave_value(struct walk *walk)
{
    size_t level = walk->depth - 1;
    for (size_t i = 0; i < walk->field_count; i++) {
        if (walk->fields[i].matched > level)
            walk->fields[i].matched = level;
    }
}

/* ---- grammar ---- */

static const char *open_container(struct walk *walk, bool is_object)
{
    if (walk->depth == NDUP_JSON_DEPTH)
        return too_deep;
    if (walk->target_count > 0) {
        walk->targets[0]->kind = NDUP_JSON_OTHER;
        set_other_targets(walk);
    }
    uint64_t bit = (uint64_t)1 << (walk->depth % 64);
    uint64_t *word = &walk->is_object[walk->depth / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    walk->depth++;
    walk->next++;
    return NULL;
}

static const char *read_key(struct walk *walk)
{
    struct ndup_json_value key;
    if (peek(walk) != '"')
        return walk->next < walk->count ? misplaced : cut_off;
    const char *wrong = read_string(walk, &key);
    if (wrong != NULL)
        return wrong;
    if (peek(walk) != ':')
        return walk->next < walk->count ? misplaced : cut_off;
    walk->next++;
    const char *name = walk->text + key.at + 1;
    size_t len = key.len - 2;
    /* No name that is looked for is longer; an escaped one is at most six times as long as what it says. */
    char plain[6 * NDUP_JSON_PATH_MAX + 16];
    if (key.escaped) {
        if (len > 6 * NDUP_JSON_PATH_MAX || !ndup_json_unescape(name, len, plain, &len))
            return NULL;
        name = plain;
    }
    match_key(walk, name, len);
    return NULL;
}

/* One token of a value: a scalar, or the bracket that opens or closes a container. *opened: a container was. */
static const char *read_value(struct walk *walk, bool *opened)
{
    struct ndup_json_value unwanted;
    struct ndup_json_value *value = walk->target_count > 0 ? walk->targets[0] : &unwanted;
    char c = peek(walk);
    *opened = c == '{' || c == '[';
    if (*opened)
        return open_container(walk, c == '{');
    if (walk->next == walk->count)
        return cut_off;
    if (c == ',' || c == ':' || c == '}' || c == ']')
        return misplaced;
    const char *wrong = c == '"' ? read_string(walk, value) : read_scalar(walk, value);
    set_other_targets(walk);
    return wrong;
}

/* Behind a value, or behind the bracket that opened the container on top (`first`): a comma, or the closing bracket of
 * that and of further containers. */
static const char *read_separator(struct walk *walk, bool first)
{
    for (;;) {
        bool object = top_is_object(walk);
        leave_value(walk);
        if (peek(walk) == (object ? '}' : ']')) {
            walk->next++;
            walk->depth--;
            first = false;
            if (walk->depth > 0)
                continue;
            return walk->next == walk->count ? NULL : left_over;
        }
        if (!first) {
            if (peek(walk) != ',')
                return walk->next < walk->count ? misplaced : cut_off;
            walk->next++;
        }
        return object ? read_key(walk) : NULL;
    }
}

const char *ndup_json_walk(const char *text, size_t len, const uint32_t *tokens, size_t count,
                           struct ndup_json_field *fields, size_t field_count)
{
    struct walk walk; /* is_object and targets need no value */
    walk.text = text;
    walk.len = len;
    walk.tokens = tokens;
    walk.count = count;
    walk.next = walk.depth = walk.target_count = 0;
    walk.backslash = text;
    if (len > 0 && text[0] != '\\')
        (void)has_backslash(&walk, 1, 1);
    walk.fields = fields;
    walk.field_count = field_count;
    for (size_t i = 0; i < field_count; i++) {
        fields[i].matched = 0;
        fields[i].by_path.kind = fields[i].by_key.kind = NDUP_JSON_NONE;
    }
    if (peek(&walk) != '{')
        return "not a JSON object";
    const char *wrong = open_container(&walk, true);
    bool opened = true;
    while (wrong == NULL) {
        wrong = read_separator(&walk, opened);
        if (wrong != NULL || walk.depth == 0)
            break;
        wrong = read_value(&walk, &opened);
    }
    return wrong;
}
