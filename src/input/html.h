/* SPDX-License-Identifier: MIT
 * The text that a reader sees of a web page: block elements are paragraphs with a blank line between them, <br>, list items and
 * rows of a table are lines, white space is collapsed as browsers do it, except in <pre>. Left out is what is not shown (scripts,
 * styles, <template>, <noscript>, <head> with its title, elements that are hidden by an attribute or an inline
 * `display: none`) and <nav>, which repeats from page to page.
 *
 * The rules are those of the HTML standard (WHATWG, sections 13.2.5 and 13.2.6) as far as they decide which characters are
 * text and where an element ends. There is no tree: one pass over the bytes, with a stack of the open elements. */
#ifndef NDUP_HTML_H
#define NDUP_HTML_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ndup_html; /* of one thread */

neardup_status ndup_html_create(struct ndup_html **out, neardup_error *err) NDUP_MUST_CHECK;
void ndup_html_destroy(struct ndup_html *html); /* NULL is fine */

/* Replaces `out` by the text of a page in UTF-8. Any bytes are a page, as they are for a browser: what is not closed ends with
 * the page, and bytes that are not UTF-8 stay as they are. The time is linear in `length`. Fails for NOMEM only. */
neardup_status ndup_html_text(struct ndup_html *html, const char *bytes, size_t length, struct ndup_buf *out,
                              neardup_error *err) NDUP_MUST_CHECK;

/* The problem of a page whose text a script makes, most likely, when it is shown: its markup has a script and shows a sentence at
 * most, such as "Please enable JavaScript". Pages of one site have the same sentence and different contents, so they are not
 * compared. text_length: of what ndup_html_text gives. NULL: the page is none, or has no text at all. */
const char *ndup_html_problem(const char *bytes, size_t length, size_t text_length);

/* Whether bytes of unknown origin begin as a page: with its doctype, or with <html>, <head> or <body>, after white space,
 * comments and an XML declaration. A text that merely has tags in it does not. */
bool ndup_html_sniff(const char *bytes, size_t length);

/* The text of a named character reference; `name` is without "&" and with the ";" if it has one. NULL: there is no such name. */
const char *ndup_html_entity(const char *name, size_t length);

#ifdef __cplusplus
}
#endif
#endif
