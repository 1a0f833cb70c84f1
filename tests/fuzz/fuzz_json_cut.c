/* SPDX-License-Identifier: MIT
 * Any bytes as a JSON record. If it has a text, a range of it is cut out of the bytes: what is left is a record, and only
 * its text has changed. The first four bytes choose the names of the fields and the range. */
#include "base/platform.h"

#include "base/buf.h"
#include "input/formats.h"
#include "input/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static bool is_tail(const char *text, size_t len, size_t at)
{
    return at < len && ((unsigned char)text[at] & 0xC0) == 0x80;
}

static size_t count_characters(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += is_tail(text, len, i) ? 0 : 1;
    return count;
}

/* Two halves of a character, ill-formed each, become a whole one when the text between them is cut. */
static bool may_join(const char *text, size_t len, size_t begin, size_t end)
{
    return begin >= 3 && memcmp(text + begin - 3, "\xef\xbf\xbd", 3) == 0 && len - end >= 3 &&
           memcmp(text + end, "\xef\xbf\xbd", 3) == 0;
}

/* One after the other: fields other than the text, and the bytes of the note. */
static void put_fields(struct ndup_buf *to, const char *record, const struct ndup_document *out)
{
    const char *const fields[] = {out->id, out->keep, out->group, record + out->note_begin};
    const size_t lengths[] = {out->id_length, out->keep_length, out->group_length, out->note_end - out->note_begin};
    for (size_t i = 0; i < 4; i++) {
        ndup_buf_append(to, fields[i], lengths[i]);
        ndup_buf_append(to, "|", 1);
    }
}

static void check_places(const char *record, size_t size, const struct ndup_document *out)
{
    expect(out->raw > record && out->raw + out->raw_length < record + size);
    expect(out->raw[-1] == '"' && out->raw[out->raw_length] == '"');
    expect(out->close < size && record[out->close] == '}' && !out->no_members);
    expect(out->note_begin <= out->note_end && out->note_end <= out->close);
}

/* Cuts; the text and fields of what is left are as predicted. */
static void cut(struct ndup_json *json, char *record, size_t size, const struct ndup_document *out, size_t begin,
                size_t end)
{
    struct ndup_text_map map;
    ndup_text_map_begin(&map, out->raw, out->raw_length, NDUP_ESCAPES_JSON);
    ndup_text_map_to(&map, begin);
    size_t raw_begin = map.raw_at;
    expect(map.text_at == begin && map.characters == count_characters(out->text, begin));
    ndup_text_map_to(&map, end);
    size_t raw_end = map.raw_at;
    expect(map.text_at == end && map.characters == count_characters(out->text, end));
    ndup_text_map_to(&map, SIZE_MAX);
    expect(map.text_at == out->text_length && map.raw_at == out->raw_length);

    bool joins = may_join(out->text, out->text_length, begin, end);
    size_t raw = (size_t)(out->raw - record), gone = raw_end - raw_begin, text_len = out->text_length;
    size_t note_len = out->note_end - out->note_begin, close = out->close;
    bool text_in_note = out->note_begin <= raw && raw < out->note_end;
    struct ndup_buf text = NDUP_BUF_INIT, fields = NDUP_BUF_INIT, again = NDUP_BUF_INIT;
    ndup_buf_append(&text, out->text, begin);
    ndup_buf_append(&text, out->text + end, text_len - end);
    put_fields(&fields, record, out);
    expect(!text.failed && !fields.failed);

    memmove(record + raw + raw_begin, record + raw + raw_end, size - raw - raw_end);
    size -= gone;
    struct ndup_document left;
    expect(ndup_json_parse(json, record, size, &left) && left.problem == NULL);
    check_places(record, size, &left);
    expect(left.raw == record + raw && left.raw_length == out->raw_length - gone && left.close == close - gone);
    expect(left.note_end - left.note_begin == note_len - (text_in_note ? gone : 0));
    if (!joins)
        expect(left.text_length == text.len && (text.len == 0 || memcmp(left.text, text.data, text.len) == 0));
    put_fields(&again, record, &left);
    if (!text_in_note)
        expect(again.len == fields.len && memcmp(again.data, fields.data, fields.len) == 0);
    ndup_buf_free(&text);
    ndup_buf_free(&fields);
    ndup_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[][4] = {{"text", "id", "score", "group"},
                                           {"a.b", "a.c", "a", "neardup"},
                                           {"neardup", "id", NULL, "a.b"},
                                           {"neardup.a", "b", "a", NULL}};
    if (size < 4)
        return 0;
    const char *const *fields = names[data[0] % 4];
    size_t first = (size_t)data[1] << 8 | data[2], length = data[3];
    data += 4;
    size -= 4;
    const struct ndup_fields wanted = {.text = fields[0], .id = fields[1], .keep = fields[2], .group = fields[3]};
    struct ndup_json *json = NULL;
    char *record = malloc(size + NDUP_PADDING);
    expect(record != NULL && ndup_json_create(&json, &wanted, NULL) == NEARDUP_OK);
    if (size > 0)
        memcpy(record, data, size);
    memset(record + size, '"', NDUP_PADDING);
    struct ndup_document out;
    expect(ndup_json_parse(json, record, size, &out));
    if (out.problem == NULL) {
        check_places(record, size, &out);
        size_t begin = first % (out.text_length + 1), end = begin + length;
        end = end < out.text_length ? end : out.text_length;
        while (is_tail(out.text, out.text_length, begin))
            begin--;
        while (is_tail(out.text, out.text_length, end))
            end++;
        cut(json, record, size, &out, begin, end);
    }
    free(record);
    ndup_json_destroy(json);
    return 0;
}
