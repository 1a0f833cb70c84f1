/* SPDX-License-Identifier: MIT
 * Any bytes as a web page. A state that was used before gives the text that a new one gives; the text is not much longer than
 * the page, and has no white space around it; and a text that is escaped and put into <pre> comes back as it was. */
#include "base/platform.h"

#include "input/html.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static void escape(const struct ndup_buf *text, struct ndup_buf *page)
{
    ndup_buf_append_str(page, "<p>x<pre>\n");
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '<' || text->data[i] == '&')
            ndup_buf_append_str(page, text->data[i] == '<' ? "&lt;" : "&#38;");
        else if (text->data[i] == '\r')
            ndup_buf_append_str(page, "&#13;");
        else
            ndup_buf_append(page, &text->data[i], 1);
    }
    ndup_buf_append_str(page, "</pre>");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ndup_html *used;
    struct ndup_html *fresh;
    struct ndup_buf text = NDUP_BUF_INIT, again = NDUP_BUF_INIT, page = NDUP_BUF_INIT;
    expect((used != NULL || ndup_html_create(&used, NULL) == NEARDUP_OK) &&
           ndup_html_create(&fresh, NULL) == NEARDUP_OK);
    expect(ndup_html_text(used, (const char *)data, size, &text, NULL) == NEARDUP_OK);
    expect(ndup_html_text(fresh, (const char *)data, size, &again, NULL) == NEARDUP_OK);
    expect(text.len == again.len && (text.len == 0 || memcmp(text.data, again.data, text.len) == 0));
    expect(text.len <= 2 * size);
    expect(text.len == 0 || !is_space(text.data[text.len - 1]));
    if (text.len > 0 && memchr(text.data, '\0', text.len) == NULL) {
        escape(&text, &page);
        expect(!page.failed && ndup_html_text(fresh, page.data, page.len, &again, NULL) == NEARDUP_OK);
        expect(again.len == text.len + 3 && memcmp(again.data + 3, text.data, text.len) == 0);
    }
    (void)ndup_html_sniff((const char *)data, size);
    ndup_html_destroy(fresh);
    ndup_buf_free(&text);
    ndup_buf_free(&again);
    ndup_buf_free(&page);
    return 0;
}
