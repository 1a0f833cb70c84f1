/* SPDX-License-Identifier: MIT
 * Any bytes as a file of JSON, in the form that they seem to have: records lie in order and do not overlap, are the same in
 * any pieces, and give the same document when they are read again. The first byte chooses the pieces and the fields. */
#include "base/platform.h"

#include "base/buf.h"
#include "input/format_json.h"
#include "input/formats.h"
#include "input/survey.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

struct seen { /* of all records: offset, lengths and problem or text, in order */
    struct ndup_buf all;
};

static void note(struct seen *seen, const char *base, const struct ndup_document *d)
{
    ndup_buf_printf(&seen->all, "%zu %zu %zu %s|", (size_t)(d->record - base), d->record_length, d->length,
                    d->problem != NULL ? d->problem : "");
    if (d->problem == NULL)
        ndup_buf_append(&seen->all, d->text, d->text_length);
}

/* The record alone. Its problem may be another one then: the brackets of an array are not around it any more. */
static void reread(struct ndup_parser *parser, const struct ndup_format *format, const struct ndup_document *d)
{
    struct ndup_document again;
    struct ndup_buf text = NDUP_BUF_INIT;
    char *copy = calloc(d->record_length + NDUP_PADDING, 1);
    expect(copy != NULL);
    memcpy(copy, d->record, d->record_length);
    ndup_buf_append(&text, d->text, d->text_length);
    size_t length = d->record_length;
    bool good = d->problem == NULL;
    expect(ndup_parser_reread(parser, format, NULL, copy, length, &again, NULL) == NEARDUP_OK);
    expect(!good || (again.problem == NULL && again.text_length == text.len &&
                     (text.len == 0 || memcmp(again.text, text.data, text.len) == 0)));
    ndup_buf_free(&text);
    free(copy);
}

static void read_batch(struct seen *seen, struct ndup_parser *parser, const struct ndup_format *format,
                       const char *base, const char *bytes, size_t length, bool at_start)
{
    struct ndup_records it;
    struct ndup_document d;
    const char *last = bytes;
    ndup_records_begin(&it, format, NULL, bytes, length, at_start);
    while (ndup_records_next(&it, &d)) {
        expect(ndup_parser_parse(parser, format, NULL, &d, NULL) == NEARDUP_OK);
        if (d.problem != NULL && format->split != NULL && format->split(&it, &d))
            expect(ndup_parser_parse(parser, format, NULL, &d, NULL) == NEARDUP_OK);
        expect(d.record >= last && d.length <= d.record_length && d.record_length > 0);
        expect(d.record + d.record_length <= bytes + length);
        last = d.record + d.record_length;
        note(seen, base, &d);
        reread(parser, format, &d);
    }
}

/* As the reader does it: batches that end where a record ends. */
static void read_pieces(struct seen *seen, struct ndup_parser *parser, const struct ndup_format *format,
                        const char *bytes, size_t length, size_t step)
{
    for (size_t at = 0; at < length;) {
        struct ndup_record_ends ends = {.format = format, .file_start = at == 0};
        size_t have = 0, end = 0;
        while (end == 0 && have < length - at) {
            have = have + step < length - at ? have + step : length - at;
            end = ndup_record_ends_find(&ends, bytes + at, have);
        }
        if (have == length - at || end == 0)
            end = have;
        char *copy = calloc(end + NDUP_PADDING, 1);
        expect(copy != NULL);
        memcpy(copy, bytes + at, end);
        read_batch(seen, parser, format, copy - at, copy, end, at == 0);
        free(copy);
        at += end;
    }
}

static void survey(const char *bytes, size_t length)
{
    struct ndup_survey s = {0}, t = {0};
    struct ndup_buf list = NDUP_BUF_INIT;
    expect(ndup_survey_add(&s, bytes, length, NULL) == NEARDUP_OK && ndup_survey_merge(&t, &s, NULL) == NEARDUP_OK);
    ndup_survey_sort(&t);
    ndup_survey_list(&t, 200, &list);
    expect(list.len <= 200);
    (void)ndup_survey_text(&t);
    (void)ndup_survey_nearest(&t, "text");
    ndup_buf_free(&list);
    ndup_survey_free(&s);
    ndup_survey_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const texts[] = {"text", "a[].text", "a.1.text", "text,a", "a[0],b[].c,text", "a\\,b"};
    static const struct ndup_format *const formats[] = {[NDUP_JSON_FORM_LINES] = &ndup_input_jsonl,
                                                        [NDUP_JSON_FORM_STREAM] = &ndup_input_json,
                                                        [NDUP_JSON_FORM_ARRAY] = &ndup_input_json_array};
    if (size == 0)
        return 0;
    const struct ndup_fields fields = {.text = texts[data[0] % 6], .id = "id", .cuts = data[0] >= 0xF0};
    size_t length = size - 1, step = 1 + data[0] % 37;
    char *bytes = calloc(length + NDUP_PADDING, 1);
    expect(bytes != NULL);
    memcpy(bytes, data + 1, length);
    enum ndup_json_form form = ndup_json_look(bytes, length, true);
    expect(form != NDUP_JSON_FORM_UNKNOWN);
    struct ndup_parser parser = {.fields = &fields};
    struct seen whole = {NDUP_BUF_INIT}, pieces = {NDUP_BUF_INIT};
    read_batch(&whole, &parser, formats[form], bytes, bytes, length, true);
    read_pieces(&pieces, &parser, formats[form], bytes, length, step);
    expect(whole.all.len == pieces.all.len &&
           (whole.all.len == 0 || memcmp(whole.all.data, pieces.all.data, whole.all.len) == 0));
    survey(bytes, length);
    ndup_buf_free(&whole.all);
    ndup_buf_free(&pieces.all);
    ndup_parser_free(&parser);
    free(bytes);
    return 0;
}
