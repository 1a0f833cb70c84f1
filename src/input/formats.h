/* SPDX-License-Identifier: MIT
 * Input formats: how the bytes of a file become records and documents, and how a text is found in its record again. There
 * is one table, with one row per format; nobody else asks which format a file has.
 *
 * To add an input format NAME:
 *   1. include/neardup.h: a value at the end of neardup_input_format.
 *   2. src/input/format_NAME.c: a `const struct ndup_format ndup_input_NAME`, filled as described at struct ndup_format. A format whose
 *      records are pieces of a text needs `find_end` and `next`; one that has fields also needs `parse` and what belongs
 *      to it. format_text.c is the shortest example, format_csv.c uses everything.
 *   3. NDUP_INPUT_FORMATS below: the row in the table.
 * The Makefile, the option --input-format, its help and summary.json take it from there. Tests: unit tests of the records,
 * a fuzz target, a CLI case. */
#ifndef NDUP_FORMATS_H
#define NDUP_FORMATS_H

#include "base/buf.h"
#include "base/platform.h"
#include "input/document.h"
#include "input/field_path.h"
#include "neardup_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The table: value of neardup_input_format, and name. The first format whose sniff says yes is taken for a file of unknown
 * name. */
#define NDUP_INPUT_FORMATS(row)                                                                                        \
    row(JSONL, jsonl) row(FILE, file) row(PARAGRAPH, paragraph) row(LINE, line) row(CSV, csv) row(TSV, tsv)            \
        row(JSON, json) row(WARC, warc) row(ARC, arc) row(HTML, html)

/* Documents of a caller in place (feed.c), and rows of tables (rows.h): formats like the others, but none that a user can ask
 * for. */
#define NDUP_FORMAT_ROW(code, name) NDUP_ROW_##code,
enum { NDUP_ROW_AUTO, NDUP_INPUT_FORMATS(NDUP_FORMAT_ROW) NDUP_INPUT_FRAMES, NDUP_INPUT_ROWS };

/* ---- what a format reads ---- */

/* What a file says before its first record: the header row of CSV. */
struct ndup_head {
    uint64_t length; /* bytes, which belong to no record and always stay; 0: none */
    uint32_t lines;
    uint32_t mark; /* bytes of a byte order mark at its beginning */
    char delimiter;
    size_t columns;
    size_t texts[NDUP_PATHS], text_count; /* columns of the text */
    size_t id, keep, group;               /* columns; SIZE_MAX: none */
    char *bytes;                          /* [length] */
};

struct ndup_record_ends;
struct ndup_records;

struct ndup_record_name { /* what a record is called: borrowed, of length 0 where it is not said */
    const char *id, *uri, *date;
    size_t id_length, uri_length, date_length;
};

struct ndup_format {
    neardup_input_format code;
    const char *suffixes; /* of file names, before that of a codec; separated by spaces */

    /* Whether a file of unknown name begins so (white space passed over, len > 0). NULL: it is never guessed. */
    bool (*sniff)(const char *bytes, size_t len);

    /* The file is one document: an empty file is an empty document, and a file without its document is not written. */
    bool one_document;
    /* The records are text and nothing else: a paragraph has a line of its own. Otherwise its line is that of the record. */
    bool plain_text;
    /* The text is not among the bytes of the record but is made from them, as that of a web page: a document's `raw` is
     * its text, so that places in it count from its beginning. A piece is found by parsing its record again, and nothing
     * can be cut out of it. */
    bool derived;
    /* Its records have a field with the text, which can be that of a web page. */
    bool has_text_field;
    /* Derived, and the text is in the caller's memory. */
    bool in_place;
    /* Its records are bytes of any kind, and say themselves what they are: a file that begins as its sniff wants is neither
     * decoded nor asked whether it is text. */
    bool binary;
    /* Lines mean little in it: messages name bad records by their offsets, too. */
    bool offsets;
    /* Bytes read at a time; 0: as many as a batch has. */
    uint32_t step;
    /* The record has room for notes (--annotate). */
    bool annotates;
    /* There is about one line per record, and this number of bytes per record at least: limits.c estimates with it. */
    bool counts_lines;
    uint32_t least_bytes;
    char delimiter; /* between columns; 0: there are none */

    /* Reads what comes before the first record, out of the first batch of a file. *out is malloc-ed; NULL: nothing. FORMAT
     * if the wanted columns are not there. NULL: nothing ever comes before it. */
    neardup_status (*read_head)(const struct ndup_format *format, const struct ndup_fields *fields, const char *data,
                                size_t len, struct ndup_head **out, neardup_error *err);

    /* Where batches may be cut: moves ends->end to the last place in data[0..len) where a record ends for sure, whatever
     * follows. Looks at each byte once: bytes before ends->scanned were seen before. NULL: nowhere (one_document). */
    void (*find_end)(struct ndup_record_ends *ends, const char *data, size_t len);

    /* In a compressed file each record should be a stream of its own, as a gzip member, and stays one when the file is written.
     * The end of the record at `at`; NULL: more bytes must be known; last: there are none. NULL: there is no such custom. */
    const char *(*record_end)(const char *at, const char *end, bool last);

    /* The length of the record that the bytes begin with, if it is not a document; else 0. One that is too long to hold is
     * passed over piece by piece. NULL: every record is held whole. */
    uint64_t (*passable)(const char *data, size_t len);

    /* Records that refer to others (revisits of web archives). names: what the record that the bytes begin with is called;
     * false: its header does not end in them. refers: what the record that it refers to is called; false: it refers to none.
     * NULL, both: there are none. */
    bool (*names)(const char *record, size_t length, struct ndup_record_name *name);
    bool (*refers)(const char *record, size_t length, struct ndup_record_name *name);

    /* The next record: see ndup_records_next. Fills the part of the document that is its record. */
    bool (*next)(struct ndup_records *it, struct ndup_document *document);

    /* Finds the fields of a record. False: no memory. A fault of the record goes into document->problem. NULL: the
     * record is the text. `state` is one thread's, made by create when the first record of the format comes. */
    bool (*parse)(void *state, const struct ndup_head *head, struct ndup_document *document);
    neardup_status (*create)(void **state, const struct ndup_fields *fields, neardup_error *err);
    void (*destroy)(void *state);

    /* A record that could not be read may be several: shortens it to the first one, and `next` gives the others. False: it
     * is not. NULL: it never is. */
    bool (*split)(struct ndup_records *it, struct ndup_document *document);

    /* Undoes the escapes of a piece of document->raw for text_length bytes of text, and writes at most
     * raw_length bytes (and up to 15 more). Returns their end; NULL if that cannot be. NULL: there are no escapes. */
    char *(*unescape)(char *to, const char *raw, size_t raw_length, size_t text_length);
};

/* ---- the table ---- */

extern const struct ndup_format ndup_input_frames, ndup_input_rows;

/* NULL for AUTO and for values that no user can ask for. */
const struct ndup_format *ndup_format_of(neardup_input_format code);
/* By the name of a file; NULL: it says nothing. */
const struct ndup_format *ndup_format_of_name(const char *name);
/* Of a file before it is opened: the format of the option; with AUTO that of its name, and FILE if the name says nothing. */
const struct ndup_format *ndup_format_expected(neardup_input_format asked, const char *name);
/* What is read instead of a format with these fields: web pages can be plain text. */
const struct ndup_format *ndup_format_wanted(const struct ndup_format *format, const struct ndup_fields *fields);
/* Whether the texts of its records are made from their bytes, with these fields. */
bool ndup_format_derives(const struct ndup_format *format, const struct ndup_fields *fields);
/* By the first bytes of a file: from its first one that is not white space (len 0: there is none). */
const struct ndup_format *ndup_format_of_content(const char *bytes, size_t len);

/* ---- batches ---- */

struct ndup_record_ends { /* finds the ends of records in growing bytes */
    const struct ndup_format *format;
    char delimiter;
    bool file_start; /* the bytes are the first ones of the file */
    size_t scanned;
    size_t end; /* the last one; 0: none yet */
    /* paragraphs */
    size_t line_start;
    bool in_text;   /* the current line has a byte that is not white space */
    bool seen_text; /* some line had; CSV: a row has begun */
    bool gap;       /* a blank line came after a line with text */
    /* CSV, JSON */
    int state;
    const char *inside; /* what the bytes end inside of; NULL: nothing that must have an end */
    /* JSON */
    uint32_t depth;
    bool in_array;
    /* WARC */
    size_t wait;     /* nothing more is known with fewer bytes */
    size_t searched; /* bytes of the record after `end` that were looked through for another one */
};

/* `data` holds a record's first byte at 0 and len bytes by now. Returns ends->end. */
size_t ndup_record_ends_find(struct ndup_record_ends *ends, const char *data, size_t len);

/* ---- records ---- */

struct ndup_records {
    const struct ndup_format *format;
    const struct ndup_head *head; /* of the file; may be NULL */
    const char *at, *end;
    uint32_t line; /* lines before `at`; after the last record: lines that end in the batch */
    bool at_start; /* the bytes are the first ones of the file */
    /* JSON */
    bool begun, in_array;
    uint32_t next_line;    /* the line of the next record at least */
    const char *split_end; /* of a line of several records, while they are given; else NULL */
    /* WARC */
    uint64_t others; /* records that were passed over, since they are not documents */
    /* Called for each of them, if it is not NULL. False ends the records. */
    bool (*other)(void *context, const char *record, size_t length);
    void *other_context;
};

/* Begins with the records of a batch; of its file, at_start says whether they are the first. */
void ndup_records_begin(struct ndup_records *it, const struct ndup_format *format, const struct ndup_head *head,
                        const char *data, size_t len, bool at_start);

/* The next record; false at the end. JSON Lines: lines of nothing but white space are passed over (they belong to no
 * record). Lines: an empty line is a record without text. A paragraph: blank lines before the first one belong to no
 * record. CRLF and LF end a line; NUL is a byte like others. A byte order mark at the start of a file is part of the
 * record; the parser and the tokeniser pass over it. */
NDUP_INLINE bool ndup_records_next(struct ndup_records *it, struct ndup_document *document)
{
    return it->format->next(it, document);
}

/* ---- documents ---- */

#define NDUP_FORMATS_MAX 16 /* more than there are formats: a parser has one pointer for each */

struct ndup_parser { /* one thread's; zero-initialised */
    const struct ndup_fields *fields;
    void *states[NDUP_FORMATS_MAX]; /* by format code */
    struct ndup_buf unescaped;
    struct ndup_html *html; /* for fields that are web pages; made for the first of them */
    struct ndup_buf page;
};

void ndup_parser_free(struct ndup_parser *parser);

/* The problem of a text of which too much could not be decoded. The parser knows UTF-8 only: ndup_not_utf8_problem says more. */
extern const char ndup_not_utf8[];
/* The problem of a plain text that has a NUL byte. A file that begins with such text is binary (file_kind.h); one that has it
 * later is a binary file all the same, or was damaged: it is not compared, and not cut. */
extern const char ndup_zero_bytes[];
/* What to report about a document of which too much, or (in a strict run) anything, could not be decoded, and about one
 * that is compared all the same. decoded: its file is in another encoding (ndup_reader_encoding). Static texts. */
const char *ndup_not_utf8_problem(const struct ndup_document *d, bool decoded);
const char *ndup_stray_problem(bool decoded);
/* Whether it is one of the latter: the document was read. */
bool ndup_is_stray_problem(const char *problem);

/* Why bytes can be compared with nothing: too many of them are not UTF-8 (ndup_not_utf8), or too many characters are U+FFFD.
 * A static text; NULL: they can. */
const char *ndup_undecoded_problem(const char *bytes, size_t length);

/* Finds the document in a record; document->problem says why there is none. Fails for want of memory only. */
neardup_status ndup_parser_parse(struct ndup_parser *parser, const struct ndup_format *format,
                                 const struct ndup_head *head, struct ndup_document *document,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* The document of a record that was read before: `record` holds its bytes, NDUP_PADDING readable ones after them. */
neardup_status ndup_parser_reread(struct ndup_parser *parser, const struct ndup_format *format,
                                  const struct ndup_head *head, const char *record, size_t length,
                                  struct ndup_document *document, neardup_error *err) NDUP_MUST_CHECK;

/* The text of a piece of document->raw alone, NDUP_PADDING readable bytes after it; text_length: its bytes of text, as
 * a map found. The text is borrowed from raw or the parser. *text NULL: raw is not what it was. Bytes that are not UTF-8 are
 * as they are, and give the same tokens as their replacement. */
neardup_status ndup_parser_piece(struct ndup_parser *parser, const struct ndup_format *format, const char *raw,
                                 size_t raw_length, size_t text_length, const char **text, size_t *length,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* ---- from places in a text to places in the bytes it came from, and to its characters ---- */

/* Walks forward only. */
struct ndup_text_map {
    const char *raw;
    size_t raw_length;
    enum ndup_escapes escapes;
    size_t raw_at, text_at, characters; /* where the walk is: bytes of raw, bytes of text, code points */
};

/* A lone surrogate of a JSON string, and each maximal part of a sequence in it that is not UTF-8, is U+FFFD in the text (3
 * bytes, one character). Elsewhere each maximal part of a sequence that is not UTF-8 is one character, and its own bytes.
 * Cutting raw bytes between two places cuts just this from the text, but for one case: halves of a character, ill-formed
 * each, that meet become a whole one. A cut that begins after a well-formed character, like a newline, is safe. */
void ndup_text_map_begin(struct ndup_text_map *map, const char *raw, size_t raw_length, enum ndup_escapes escapes);

/* Moves to text offset `to`, which is not before text_at. Stops after the last character that ends at or before `to`, so
 * never inside an escape or a character; at the end of raw at the latest. */
void ndup_text_map_to(struct ndup_text_map *map, size_t to);

#ifdef __cplusplus
}
#endif
#endif
