/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/reader.h"

#include "input/records_impl.h"

#include <string.h>

/* ---- cutting batches ---- */

static void cut_lines(struct ndup_cut *cut, const char *data, size_t len)
{
    const char *last = memrchr(data + cut->scanned, '\n', len - cut->scanned);
    if (last != NULL)
        cut->end = (size_t)(last - data) + 1;
}

static void cut_paragraphs(struct ndup_cut *cut, const char *data, size_t len)
{
    size_t at = cut->scanned;
    while (at < len) {
        if (cut->in_text) {
            const char *newline = memchr(data + at, '\n', len - at);
            if (newline == NULL)
                return;
            at = (size_t)(newline - data) + 1;
            cut->line_start = at;
            cut->in_text = false;
        } else if (data[at] == '\n') {
            cut->gap = cut->seen_text;
            cut->line_start = ++at;
        } else if (ndup_is_blank(data[at])) {
            at++;
        } else {
            if (cut->gap)
                cut->end = cut->line_start;
            cut->gap = false;
            cut->in_text = cut->seen_text = true;
        }
    }
}

size_t ndup_cut_scan(struct ndup_cut *cut, const char *data, size_t len)
{
    if (cut->scanned < len) {
        if (cut->format == NEARDUP_INPUT_PARAGRAPH)
            cut_paragraphs(cut, data, len);
        else if (cut->format != NEARDUP_INPUT_FILE)
            cut_lines(cut, data, len);
        cut->scanned = len;
    }
    return cut->end;
}

/* ---- records of a batch ---- */

/* Behind the newline at or after `at`, or the end. */
static const char *line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline != NULL ? newline + 1 : end;
}

/* Length of a line without its LF or CRLF. */
static size_t without_line_end(const char *data, size_t len)
{
    if (len == 0 || data[len - 1] != '\n')
        return len;
    len--;
    return len > 0 && data[len - 1] == '\r' ? len - 1 : len;
}

static bool is_blank_line(const char *at, const char *end)
{
    while (at < end && ndup_is_blank(*at))
        at++;
    return at == end || *at == '\n';
}

static void pass_line(struct ndup_records *it, const char *end)
{
    it->line += end[-1] == '\n';
    it->at = end;
}

static void next_line(struct ndup_records *it, struct ndup_record *record)
{
    const char *end = line_end(it->at, it->end);
    record->data = it->at;
    record->len = (size_t)(end - it->at);
    record->text_len = without_line_end(record->data, record->len);
    record->line = it->line;
    pass_line(it, end);
}

static void pass_blank_lines(struct ndup_records *it)
{
    while (it->at < it->end && is_blank_line(it->at, it->end))
        pass_line(it, line_end(it->at, it->end));
}

static void next_paragraph(struct ndup_records *it, struct ndup_record *record)
{
    record->data = it->at;
    record->line = it->line;
    while (it->at < it->end && !is_blank_line(it->at, it->end))
        pass_line(it, line_end(it->at, it->end));
    record->text_len = without_line_end(record->data, (size_t)(it->at - record->data));
    pass_blank_lines(it);
    record->len = (size_t)(it->at - record->data);
}

static void next_file(struct ndup_records *it, struct ndup_record *record)
{
    record->data = it->at;
    record->len = record->text_len = (size_t)(it->end - it->at);
    record->line = it->line;
    while (it->at < it->end)
        pass_line(it, line_end(it->at, it->end));
}

void ndup_records_begin(struct ndup_records *it, const struct ndup_batch *batch, neardup_input_format format)
{
    it->at = batch->data;
    it->end = batch->len > 0 ? batch->data + batch->len : batch->data;
    it->format = format;
    it->line = 0;
}

bool ndup_records_next(struct ndup_records *it, struct ndup_record *record)
{
    if (it->format == NEARDUP_INPUT_JSONL || it->format == NEARDUP_INPUT_PARAGRAPH)
        pass_blank_lines(it);
    if (it->at == it->end)
        return false;
    switch (it->format) {
    case NEARDUP_INPUT_PARAGRAPH:
        next_paragraph(it, record);
        break;
    case NEARDUP_INPUT_FILE:
        next_file(it, record);
        break;
    case NEARDUP_INPUT_AUTO: /* readers resolve it */
    case NEARDUP_INPUT_JSONL:
    case NEARDUP_INPUT_LINE:
        next_line(it, record);
        break;
    }
    return true;
}
