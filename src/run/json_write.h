/* SPDX-License-Identifier: MIT
 * Writes JSON to the end of a byte buffer. All JSON that the library and the program write goes through here: no format
 * strings, no commas counted by hand.
 *
 *     struct ndup_json_writer json;
 *     ndup_json_begin(&json, &buf);
 *     ndup_json_add_object(&json, NULL, NDUP_JSON_COMPACT);
 *     ndup_json_add_u64(&json, "line", 7);
 *     ndup_json_add_array(&json, "tags", NDUP_JSON_COMPACT);
 *     ndup_json_add_string(&json, NULL, "a");
 *     ndup_json_end(&json);                              (the array)
 *     ndup_json_end(&json);                              (the object)        {"line":7,"tags":["a"]}
 *
 * Why not a library: a generator such as yyjson builds the whole document first, and a cluster can have millions of members.
 * The buffer may be emptied between any two calls, so that a long value is written in pieces. An allocation that fails is
 * seen at the end, as buf->failed.
 *
 * record.h writes the records of the project (places, members, clusters, decisions, pairs) with this. */
#ifndef NDUP_JSON_WRITE_H
#define NDUP_JSON_WRITE_H

#include "base/buf.h"

#define NDUP_JSON_WRITE_DEPTH 16 /* objects and arrays that may be open at once */

/* Where the spaces and line breaks of an object or array are. */
enum ndup_json_layout {
    NDUP_JSON_COMPACT, /* {"a":1,"b":[2,3]} */
    NDUP_JSON_SPACED,  /* {"a": 1, "b": [2, 3]} */
    NDUP_JSON_LINES,   /* each member on a line of its own, indented by two spaces a level; empty: {} */
    NDUP_JSON_ROWS,    /* each member on a line of its own, not indented: [\n1,\n2] */
};

struct ndup_json_writer {
    struct ndup_buf *buf;
    unsigned depth;
    struct ndup_json_open {
        unsigned char layout, closing; /* closing: '}' or ']' */
        bool any;                      /* it has a member */
    } open[NDUP_JSON_WRITE_DEPTH];
};

void ndup_json_begin(struct ndup_json_writer *json, struct ndup_buf *buf);

/* Each of these adds a member to the innermost open object (key not NULL) or array (key NULL), or writes a value of its own
 * where none is open. Keys are plain ASCII: they are not escaped. */
void ndup_json_add_object(struct ndup_json_writer *json, const char *key, enum ndup_json_layout layout);
void ndup_json_add_array(struct ndup_json_writer *json, const char *key, enum ndup_json_layout layout);
void ndup_json_end(struct ndup_json_writer *json); /* closes the innermost object or array */
void ndup_json_add_string(struct ndup_json_writer *json, const char *key, const char *text);
void ndup_json_add_bytes(struct ndup_json_writer *json, const char *key, const char *bytes, size_t length);
void ndup_json_add_u64(struct ndup_json_writer *json, const char *key, uint64_t number);
void ndup_json_add_bool(struct ndup_json_writer *json, const char *key, bool value);
void ndup_json_add_null(struct ndup_json_writer *json, const char *key);
void ndup_json_add_score(struct ndup_json_writer *json, const char *key, double score);
void ndup_json_add_double(struct ndup_json_writer *json, const char *key, double number);
void ndup_json_add_fixed(struct ndup_json_writer *json, const char *key, double number, int decimals);
void ndup_json_add_hex64(struct ndup_json_writer *json, const char *key, uint64_t number); /* "00ab..." 16 digits */
/* [begin,end], in the layout of what it is in */
void ndup_json_add_span(struct ndup_json_writer *json, const char *key, uint64_t begin, uint64_t end);
/* JSON that is ready; hidden characters (base/utf8_check.h) are escaped. */
void ndup_json_add_raw(struct ndup_json_writer *json, const char *key, const char *value, size_t length);
/* A string or number from a record, as it is if it is strict JSON in UTF-8; otherwise as a string that is. For output that
 * other parsers read, such as a page: our own reader of records is more lenient. */
void ndup_json_add_value(struct ndup_json_writer *json, const char *key, const char *value, size_t length);

/* ---- the values alone ---- */

/* A string with quotes and escapes, also of hidden characters; bytes that are not UTF-8 become U+FFFD. */
void ndup_json_write_string(struct ndup_buf *buf, const char *bytes, size_t length);

/* A Jaccard similarity or ratio: shortest of up to six decimals ("0.913", "1", "0.7"), rounded down so that it never
 * claims to reach a threshold that it does not. */
void ndup_json_write_score(struct ndup_buf *buf, double score);

/* Whether these bytes are a number in strict JSON. */
bool ndup_json_is_number(const char *raw, size_t length);

/* A finite number with as few digits as read back as the same double. */
void ndup_json_write_double(struct ndup_buf *buf, double number);

/* A finite number with this many decimals, 0 to 20; beyond 1e30 it is 1e30. */
void ndup_json_write_fixed(struct ndup_buf *buf, double number, int decimals);

void ndup_json_write_u64(struct ndup_buf *buf, uint64_t number);

/* A JSON value as a person writes it: a string without quotes and escapes, anything else as it is. NULL: nothing. */
void ndup_json_write_plain(struct ndup_buf *buf, const char *value, size_t length);

#endif
