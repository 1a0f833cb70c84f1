/* SPDX-License-Identifier: MIT
 * Web pages: each file is one, and its text (input/html.h) is the document. Its characters are decoded as those of a page in a
 * web archive are: by its byte order mark or its <meta>, unless it is UTF-8 anyway. */
#include "base/platform.h"

#include "input/html.h"

#include "input/formats.h"
#include "input/line_records.h"
#include "input/web_payload.h"

#include <string.h>

static neardup_status create(void **state, const struct ndup_fields *fields, neardup_error *err)
{
    struct ndup_web *web;
    (void)fields;
    neardup_status status = ndup_web_create(&web, err);
    *state = web;
    return status;
}

static void destroy(void *state)
{
    ndup_web_destroy(state);
}

static bool parse(void *state, const struct ndup_head *head, struct ndup_document *d)
{
    static const char type[] = "text/html";
    const struct ndup_web_payload page = {
        .body = d->record, .length = d->length, .type = {.text = type, .length = sizeof type - 1}};
    (void)head;
    d->escapes = NDUP_ESCAPES_NONE;
    d->no_texts = 0;
    d->invalid_utf8 = d->no_members = d->alone = d->open = d->garbled = d->no_text = false;
    d->id = d->keep = d->group = NULL;
    d->id_length = d->keep_length = d->group_length = 0;
    d->note_begin = d->note_end = d->close = 0;
    if (ndup_web_text(state, &page, NDUP_WEB_HTML, &d->text, &d->text_length, &d->problem, NULL) != NEARDUP_OK)
        return false;
    d->raw = d->text;
    d->raw_length = d->text_length;
    return true;
}

const struct ndup_format ndup_input_html = {
    .code = NEARDUP_INPUT_HTML,
    .suffixes = ".html .htm .xhtml",
    .sniff = ndup_html_sniff,
    .one_document = true,
    .derived = true,
    .least_bytes = 1000,
    .next = ndup_next_file,
    .parse = parse,
    .create = create,
    .destroy = destroy,
};
