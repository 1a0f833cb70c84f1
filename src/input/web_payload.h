/* SPDX-License-Identifier: MIT
 * What a web server sent, as text: the parts of an HTTP message, its transfer and content coding undone, and its characters
 * decoded. WARC and ARC records hold such messages.
 *
 * We follow browsers where servers and standards disagree, since pages were written for them: a coding or charset that
 * the header names and the bytes do not have is passed over, and a page that names none and is not UTF-8 is in
 * windows-1252. */
#ifndef NDUP_WEB_PAYLOAD_H
#define NDUP_WEB_PAYLOAD_H

#include "base/platform.h"
#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- header lines ---- */

struct ndup_header_value { /* borrowed, without white space around it; text NULL: there is no such line */
    const char *text;
    size_t length;
};

/* The first line "name: value" between `at` and `end`, whatever the case of the name. */
struct ndup_header_value ndup_header_find(const char *at, const char *end, const char *name);
/* Whether it is this word, whatever the case. */
bool ndup_header_is(struct ndup_header_value value, const char *word);
/* A media type without its parameters. */
struct ndup_header_value ndup_media_type(struct ndup_header_value value);
/* A parameter of a media type, such as its charset, without quotes. */
struct ndup_header_value ndup_media_parameter(struct ndup_header_value value, const char *name);

/* The end of a header: after the empty line that ends it, or NULL. A line ends with CRLF or LF. */
const char *ndup_header_end(const char *at, const char *end);

/* ---- messages ---- */

struct ndup_web_payload {
    const char *body;
    size_t length;
    struct ndup_header_value type;             /* as the header says it; text NULL: it says none */
    struct ndup_header_value transfer, coding; /* Transfer-Encoding and Content-Encoding */
    const char *header, *header_end;           /* of HTTP; NULL: there is none */
};

/* Splits an HTTP response: status line, header, body. False: it is none. */
bool ndup_web_split(const char *bytes, size_t length, struct ndup_web_payload *out);

enum ndup_web_kind { NDUP_WEB_OTHER, NDUP_WEB_TEXT, NDUP_WEB_HTML };

/* What kind of payload it is: by its media type, and by its first bytes if it has none. */
enum ndup_web_kind ndup_web_kind_of(const struct ndup_web_payload *payload);

/* ---- texts ---- */

struct ndup_web; /* of one thread */

neardup_status ndup_web_create(struct ndup_web **out, neardup_error *err) NDUP_MUST_CHECK;
void ndup_web_destroy(struct ndup_web *web);

/* The text of a payload of this kind, which is not OTHER, NDUP_PADDING readable bytes after it: borrowed from the payload or
 * from `web` until the next call. *problem: why there is none, a static text; NULL: there is one. NOMEM. */
neardup_status ndup_web_text(struct ndup_web *web, const struct ndup_web_payload *payload, enum ndup_web_kind kind,
                             const char **text, size_t *length, const char **problem,
                             neardup_error *err) NDUP_MUST_CHECK;

/* Bytes that a body may have when it is decoded. The longest pages of a crawl have some MiB, and a bomb of gzip has a
 * thousand times its own size. */
#define NDUP_WEB_BODY_MAX ((size_t)64 << 20)

#ifdef __cplusplus
}
#endif
#endif
