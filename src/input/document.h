/* SPDX-License-Identifier: MIT
 * A record and the document in it, as every format gives them. */
#ifndef NDUP_DOCUMENT_H
#define NDUP_DOCUMENT_H

#include "base/platform.h"
#include "neardup_run.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ndup_fields {                      /* what is wanted of a record; as in neardup_job_options */
    const char *text, *id, *keep, *group; /* keep and group may be NULL */
    char delimiter;                       /* between columns; 0: the format's own */
    bool cuts;                            /* parts of the text are cut: it must be one string of the record */
    neardup_html html;
};

/* How the bytes of a record stand for a text. */
enum ndup_escapes {
    NDUP_ESCAPES_NONE,   /* they are the text */
    NDUP_ESCAPES_JSON,   /* the inside of a JSON string; what is not UTF-8 is U+FFFD in the text */
    NDUP_ESCAPES_QUOTES, /* two quotes are one quote */
};

/* A record, and the document in it. All pointers are borrowed: from the batch, or from the parser until its next call. */
struct ndup_document {
    /* The record: ndup_records_next sets these. */
    const char *record;
    size_t record_length; /* with its line end and, for a paragraph, the blank lines after it */
    size_t length;        /* without them */
    uint32_t line;        /* 0-based line in the batch of its first byte */
    uint32_t end_line;    /* of the line after its last */
    /* Its fields: ndup_parser_parse sets these. */
    enum ndup_escapes escapes;
    bool
        invalid_utf8; /* the parser met bytes that are not UTF-8; those of a text as it is are the tokeniser's to find */
    bool no_members;  /* the record is {} */
    bool alone;       /* without its text the record would be an empty line, and no record: "" must take its place */
    bool open;        /* a bad record that has no end: whatever followed the file would be part of it */
    bool garbled;     /* its syntax is wrong, so that where it ends is a guess: others may be in it */
    const char *text; /* NDUP_PADDING readable bytes after it, unless it is in place (formats.h) */
    size_t text_length;
    const char *raw; /* the bytes of the record that stand for the text; of a derived one (formats.h) the text itself */
    size_t raw_length;
    const char *id; /* raw JSON of a string or number; NULL: none. So are group and keep */
    size_t id_length;
    const char *keep;
    size_t keep_length;
    const char *group;
    size_t group_length;
    /* For --annotate, offsets in the record. */
    size_t note_begin, note_end; /* the value of a top-level member "neardup"; 0, 0: none */
    size_t close;                /* the closing brace of the record */
    const char *problem;         /* why the record cannot be read: a short static text; NULL: it can */
    uint8_t no_texts;            /* bits: which fields of a text of several the record does not have */
    bool no_text;                /* the problem is the text: it is not there, or is not one */
};

/* How many lines a garbled record has, for messages; 0: it has only one, or is not garbled. */
NDUP_INLINE uint32_t ndup_garbled_lines(const struct ndup_document *d)
{
    return d->garbled && d->end_line - d->line > 1 ? d->end_line - d->line : 0;
}

/* Problems that are named elsewhere, too. */
extern const char ndup_no_text_field[], ndup_text_not_string[];

/* ARG if a field name is empty or too long. */
neardup_status ndup_fields_check(const struct ndup_fields *fields, neardup_error *err) NDUP_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
