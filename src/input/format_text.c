/* SPDX-License-Identifier: MIT
 * Plain text: a file, a paragraph or a line is a document. JSON Lines are lines, too (input/line_records.h). */
#include "base/platform.h"

#include "input/formats.h"
#include "input/line_records.h"

#include <string.h>

/* ---- lines ---- */

static bool next_line(struct ndup_records *it, struct ndup_document *d)
{
    if (it->at == it->end)
        return false;
    ndup_take_line(it, d);
    return true;
}

/* ---- paragraphs ---- */

static void find_paragraph_end(struct ndup_record_ends *ends, const char *data, size_t len)
{
    size_t at = ends->scanned;
    while (at < len) {
        if (ends->in_text) {
            const char *newline = memchr(data + at, '\n', len - at);
            if (newline == NULL)
                return;
            at = (size_t)(newline - data) + 1;
            ends->line_start = at;
            ends->in_text = false;
        } else if (data[at] == '\n') {
            ends->gap = ends->seen_text;
            ends->line_start = ++at;
        } else if (ndup_is_blank(data[at])) {
            at++;
        } else {
            if (ends->gap)
                ends->end = ends->line_start;
            ends->gap = false;
            ends->in_text = ends->seen_text = true;
        }
    }
}

static bool next_paragraph(struct ndup_records *it, struct ndup_document *d)
{
    ndup_pass_blank_lines(it);
    if (it->at == it->end)
        return false;
    d->record = it->at;
    d->line = it->line;
    while (it->at < it->end && !ndup_is_blank_line(it->at, it->end))
        ndup_pass_line(it, ndup_line_end(it->at, it->end));
    d->length = ndup_without_line_end(d->record, (size_t)(it->at - d->record));
    ndup_pass_blank_lines(it);
    d->record_length = (size_t)(it->at - d->record);
    d->end_line = it->line + (it->at[-1] != '\n');
    return true;
}

/* ---- files ---- */

bool ndup_next_file(struct ndup_records *it, struct ndup_document *d)
{
    if (it->at == it->end)
        return false;
    d->record = it->at;
    d->record_length = d->length = (size_t)(it->end - it->at);
    d->line = it->line;
    while (it->at < it->end)
        ndup_pass_line(it, ndup_line_end(it->at, it->end));
    d->end_line = it->line + (it->at[-1] != '\n');
    return true;
}

/* ---- the rows ---- */

const struct ndup_format ndup_input_file = {
    .code = NEARDUP_INPUT_FILE,
    .suffixes = ".txt .md .text",
    .one_document = true,
    .plain_text = true,
    .least_bytes = 200,
    .next = ndup_next_file,
};

const struct ndup_format ndup_input_paragraph = {
    .code = NEARDUP_INPUT_PARAGRAPH,
    .suffixes = "",
    .plain_text = true,
    .least_bytes = 200,
    .find_end = find_paragraph_end,
    .next = next_paragraph,
};

const struct ndup_format ndup_input_line = {
    .code = NEARDUP_INPUT_LINE,
    .suffixes = "",
    .plain_text = true,
    .counts_lines = true,
    .least_bytes = 40,
    .find_end = ndup_find_line_end,
    .next = next_line,
};
