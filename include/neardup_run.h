/* SPDX-License-Identifier: MIT
 *
 * neardup, step 5 of the ladder: whole jobs over files or over documents in memory, and finished runs.
 * Steps 1 to 4, errors, and what holds for every function: neardup.h.
 *
 *   neardup_job_options_init, neardup_job_create      what is compared, and how
 *   neardup_job_add_input, neardup_job_add_source     files, folders and standard input; documents from anywhere
 *   neardup_job_add_arrow                             tables (Arrow C stream interface)
 *   neardup_job_run                                   decisions, pairs and clusters, as callbacks or columns; a clean corpus
 *   neardup_job_run_sketch, _read, _search, _leaks    other runs over the same inputs
 *   neardup_run_open, neardup_run_replay              a finished run, read back from its folder
 *
 * One thread at a time uses a job or an opened run, except neardup_job_cancel; different ones may be used side by side.
 * A job starts its own threads and joins them before it returns. Every removal and every pair that it reports was
 * verified with exact sets. The result does not depend on threads, memory or instruction set.
 */
#ifndef NEARDUP_RUN_H
#define NEARDUP_RUN_H

#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- options --------------------------------------------------------------------------------------------------- */

typedef enum neardup_input_format {
    NEARDUP_INPUT_AUTO = 0,      /* by name and first bytes: JSON Lines, CSV, TSV; else a file is a document */
    NEARDUP_INPUT_JSONL = 1,     /* each line is a record */
    NEARDUP_INPUT_FILE = 2,      /* each file is a document */
    NEARDUP_INPUT_PARAGRAPH = 3, /* each paragraph (ended by a blank line) is a document */
    NEARDUP_INPUT_LINE = 4,      /* each line is a document */
    NEARDUP_INPUT_CSV = 5,       /* each row is a record; the first row names the columns, and fields are columns */
    NEARDUP_INPUT_TSV = 6,       /* the same with tabs between the columns */
    NEARDUP_INPUT_JSON = 7,      /* an array of JSON objects, or objects one after another over any number of lines */
    NEARDUP_INPUT_WARC = 8, /* a web archive: WARC, WET, WAT. Its records with text are documents; doc/webarchives.md */
    NEARDUP_INPUT_ARC = 9,  /* the older kind of web archive */
    NEARDUP_INPUT_HTML = 10, /* each file is a web page; its text is the document (doc/input.md) */
} neardup_input_format;

typedef enum neardup_html { /* what is compared of web pages; doc/input.md */
                            NEARDUP_HTML_AUTO =
                                0, /* of HTML files and pages of web archives their text; fields of records as they are */
                            NEARDUP_HTML_TEXT = 1, /* the same, and fields of records are web pages, too */
                            NEARDUP_HTML_RAW = 2,  /* all as they are, with their markup */
} neardup_html;

typedef enum neardup_binary {                           /* what is done with files that are not text; doc/input.md */
                              NEARDUP_BINARY_SKIP = 0,  /* copied and counted, never compared and never cut */
                              NEARDUP_BINARY_TEXT = 1,  /* read as if they were text */
                              NEARDUP_BINARY_ERROR = 2, /* the run fails with E_FORMAT */
                              NEARDUP_BINARY_ERROR_DATA = 3, /* SKIP, but a file that holds records in a format that is
                                                                not read (Parquet, xz, zip, ...) is a failed file */
} neardup_binary;

typedef enum neardup_keep { /* which of several duplicates is kept */
                            NEARDUP_KEEP_FIRST = 0,
                            NEARDUP_KEEP_LAST = 1,
                            NEARDUP_KEEP_LONGEST = 2,  /* most tokens, then first */
                            NEARDUP_KEEP_SHORTEST = 3, /* fewest tokens, then first */
                            NEARDUP_KEEP_MAX = 4, /* largest keep_field, then first; documents without it come last */
                            NEARDUP_KEEP_MIN = 5, /* smallest keep_field, then first */
                            NEARDUP_KEEP_CONTENT = 6, /* smallest hash of the text's bytes, or of its document's for
                                                         paragraphs: the choice does not depend on the order of input */
} neardup_keep;

/* What is compared. PARAGRAPH and LINE exclude each other. With DOCUMENT | PARAGRAPH whole documents come first, then the
 * paragraphs of those that are kept. Below, "paragraph" means a line where LINE is chosen. */
typedef enum neardup_unit {
    NEARDUP_UNIT_DOCUMENT = 1,
    NEARDUP_UNIT_PARAGRAPH = 2, /* lines up to a blank one; in a text without a blank line, each line */
    NEARDUP_UNIT_LINE = 4,
} neardup_unit;

typedef struct neardup_job_options {
    size_t struct_size;      /* sizeof(neardup_job_options); neardup_job_options_init sets it */
    neardup_profile profile; /* of documents */
    double threshold;        /* Jaccard at which two units are near-duplicates */
    double recall;           /* as in neardup_plan_options */
    neardup_sketch_kind kind;
    uint32_t slots, bands, rows; /* 0: calculated */
    bool all_candidates;         /* exact similarity join: recall 1 */
    uint64_t seed;
    neardup_input_format format;
    const char *text_field; /* dotted path; NULL: "text". Borrowed until the job is destroyed, as all strings here */
    const char *id_field;   /* dotted path; NULL: "id" */
    neardup_keep keep;
    const char *keep_field; /* dotted path, for KEEP_MAX and KEEP_MIN */
    unsigned threads;       /* 0: all cores */
    uint64_t memory; /* budget in bytes for the whole process, at least 64 MiB; 0: half of physical memory. A record
                               may take an eighth of it, a thirty-second where documents are split */
    const char *scratch_dir; /* NULL: the output folder, else /var/tmp, else /tmp */
    bool strict;             /* stop at the first invalid record */
    bool drop_invalid;       /* leave records that cannot be read out of the cleaned corpus */
    bool drop_empty;         /* leave documents without a token out of the cleaned corpus */
    bool pairs;              /* verify and report all pairs, not only those that decide */
    const char *output_dir;  /* NULL: nothing is written. "-": the cleaned records go to standard output */
    bool force; /* replace the files of an output folder, all of them or, if the run fails, none. The run fails with
                                E_ARG if one of them is an input */
    neardup_cpu cpu;
    /* ---- SimHash instead of MinHash; doc/simhash.md ---- */
    neardup_method method;
    unsigned simhash_bits; /* 64 or 128 */
    neardup_weights weights;
    unsigned distance; /* bits in which the fingerprints of duplicates may differ, 0 to simhash_bits / 4 */
    bool verify; /* duplicates must also reach the threshold. false: the distance decides, and the Jaccard similarity
                          is only reported */
    /* ---- paragraphs and lines; doc/paragraphs.md ---- */
    unsigned units;                    /* neardup_unit, or-ed */
    neardup_profile paragraph_profile; /* of paragraphs */
    bool inside_documents;             /* look for repeats inside a document */
    bool between_documents;            /* look for repeats between documents */
    double containment;  /* share in (0, 1] of a paragraph's shingles that are in the rest of its document, from which
                               it is cut; 0: not looked for. Only with inside_documents */
    uint64_t max_copies; /* 0: the first copy is kept. Otherwise paragraphs in up to this many documents are kept,
                               and those in more are boilerplate and are cut */
    bool keep_one;       /* keep the first copy of boilerplate */
    uint64_t min_tokens; /* shorter paragraphs are compared for equality only, and cut only if they repeat often */
    uint64_t min_contained; /* shorter paragraphs are not looked for in the rest of their document, which contains
                               their shingles by chance */
    uint64_t
        short_min_documents; /* a paragraph shorter than min_tokens is cut if it is in at least this many documents;
                                     0: never */
    bool drop_emptied;       /* remove documents in which cutting leaves fewer than min_remaining tokens, unless they
                                     contain a keeper */
    uint64_t min_remaining;  /* tokens */
    bool annotate;           /* cut nothing; a member "neardup" of the JSON record says what would be cut */
    const char *group_field; /* dotted path, for instance of a site; counts in summary and callbacks, and the group of
                                every reference. NULL: none */
    /* ---- what is reported and kept about the run ---- */
    bool contents;       /* neardup_ref.content is filled: 16 bytes of memory per distinct text. Not for documents where
                            only paragraphs are compared */
    bool write_corpus;   /* write the cleaned corpus into output_dir, with the reports. false: write only the reports;
                            output_dir must not be "-" */
    const char *command; /* for summary.json: the command line as a JSON array of strings (else E_ARG). NULL: left
                            out */
    const char
        *delimiter; /* between the columns of CSV and TSV: one ASCII character, or "\\t" for a tab; not a quote or a
                              line end. NULL: as the header shows (doc/input.md) */
    uint64_t
        scratch_limit; /* most bytes of temporary files at a time: E_LIMIT if more are needed. 0: as the disk has */
    bool no_sync;      /* files of the output folder get their names before they are on the disk: faster, and after a
                               power cut they may be empty */
    double max_unreadable; /* share of the records that may be unreadable (invalid). The run fails with E_FORMAT, before
                              anything is written, if more are in the inputs, in the references or in a split, or if more of
                              their bytes are in records whose syntax is wrong and that may hide others, or if
                              no record of an input (which has some) can be read. 1: any number may be unreadable */
    neardup_binary binary;
    bool cut_unique; /* also cut the sentences and list items of a near-duplicate paragraph that occur nowhere else, and
                        definitions of links that the document uses */
    const char
        *encoding; /* of files without a byte order mark that are not UTF-8, as iconv names it (doc/input.md). Kept
                             bytes are written as they are in the file. NULL: UTF-8 */
    /* ---- which files below a folder are read; doc/input.md ---- */
    const char
        *include; /* patterns as in .gitignore files, one per line: only files that one of them matches, themselves or
                            with a folder that they are in. NULL: all. Files that are named themselves are always read */
    const char *exclude; /* the same: files and folders that are not read. NULL: none */
    bool gitignore;      /* files that .gitignore files leave out are not read */
    /* A command whose output about a file is compared in place of the file, such as "pdftotext {} -": words, of which {} is
     * the path (else it comes last); no shell. Whoever sets it lets the job run that program on every file that fits, so do not
     * take it from a file that somebody else wrote. Such a file is one document, and is kept or removed as it is: parts cannot be
     * cut. If the command fails, the document is an invalid record, and the file stays. NULL: none; doc/input.md */
    const char *pre;
    const char *const
        *pre_globs;        /* which files: patterns as those of include, such as *.pdf or *.{docx,odt}, of which the
                              last one that matches decides; one that begins with ! excludes. Standard input never is one */
    size_t pre_glob_count; /* 0: every file */
    neardup_html html;
    /* Most decompressed bytes per stored byte of a compressed file: one that expands more is taken for an attack, and counts as a
     * file that could not be read to its end. The first 64 MiB of a file are read whatever it stores. 0: no limit. 1000 */
    uint64_t max_expansion;
    /* The Python that reads and writes Parquet and Arrow files, with its packages neardup and pyarrow: the job runs it. A name
     * without a slash is looked for in PATH. NULL, or without these packages: such files are not read (doc/input.md) */
    const char *python;
    /* Documents that differ in numbers only do not remove each other: both are kept, and a pair says numbers_differ. A number is
     * a token with a digit of any script. Paragraphs and lines have a rule of their own, see cut_unique. false */
    bool keep_numbers;
    /* Kept documents that are compared with all others, exactly, when the run is over: the recall of the run in
     * neardup_summary.audit. Each kept document is read once more. Only with MinHash, and with documents as units. 0: none */
    uint32_t audit;
    /* ---- documents that are contained in longer ones; doc/guide.md ---- */
    /* Share in [0.5, 1] of a document's different shingles that are in one longer document: it is then removed, too. 0: not
     * looked for. Requires documents among the units */
    double contained;
    uint64_t contained_min_tokens; /* shorter documents are neither looked for nor looked in. 50 */
    const char *preset; /* for summary.json: the name of the preset that the options began with. NULL: none */
} neardup_job_options;

/* Fills *options with the defaults. size is sizeof *options as the caller's compiler knows it; nothing beyond it is
 * written. Cannot fail. Thread-safe. */
NEARDUP_API void neardup_job_options_init(neardup_job_options *options, size_t size);

/* A named set of options for a kind of text. None is applied to a job by itself: copy profile and threshold into its options,
 * and set its `preset` to the name. doc/quality.md has what each was measured on. */
typedef struct neardup_preset { /* never grows */
    const char *name;
    const char *texts; /* for which ones it is, as a phrase */
    neardup_profile profile;
    double threshold;
} neardup_preset;

/* The i-th preset; NULL after the last one. Constant. Thread-safe. */
NEARDUP_API const neardup_preset *neardup_preset_at(size_t i);

/* ---- what a job reports ---------------------------------------------------------------------------------------- */

/* A document, paragraph or line, and its place. Borrowed: valid during the callback. Rows of the same input have the same
 * numbers in every callback and column. */
typedef struct neardup_ref {
    neardup_unit unit;
    uint64_t index;     /* 0-based number of the unit in input order: of the document, the paragraph or the line */
    uint64_t document;  /* 0-based number of the document in input order */
    const char *id;     /* the id as raw JSON (a string with its quotes, or a number); NULL: none */
    size_t id_length;   /* bytes */
    const char *file;   /* name as in the output, or of the source; NUL-terminated */
    uint64_t line;      /* 1-based line of the unit's first byte; in JSON Lines and sources the number of the record */
    neardup_span bytes; /* of a paragraph in its document's text, as UTF-8; {0, 0} for documents */
    neardup_span characters; /* the same in Unicode code points */
    uint64_t tokens;
    neardup_content content; /* if the option contents is set, else zeros */
    const char *group;       /* value of group_field as raw JSON (string or number); NULL: none, or no group_field */
    size_t group_length;     /* bytes */
    uint32_t split;          /* number of its split, from 0; 0 without splits */
    bool reference;          /* of a reference */
    uint64_t order;          /* in pairs: the place of its text in keeper order, equal for copies; else 0 */
    const char *path;        /* of the file, as it was given or found below a folder; "-": standard input. NULL: unknown
                                (of a source, or a run that was read back) */
    uint64_t record_bytes;   /* of its record in the file, decompressed, line end included; 0: unknown */
    uint64_t form; /* with contents: two of one content are exact copies of each other if their forms are equal,
                                too. Differs from run to run */
    uint64_t reserved[3];
} neardup_ref;

typedef enum neardup_reason {
    NEARDUP_EXACT = 0, /* the same sequence of normalised tokens, also with NEARDUP_TOKENS_..._MARKS: equal up to case,
                                width, spacing and typographic punctuation */
    NEARDUP_NEAR = 1,  /* Jaccard at or above the threshold; 1 for the same tokens with other signs or accents */
    /* Of a paragraph: most of its shingles are in the rest of its document. Of a document: the share `contained` of its shingles
     * is in one longer document. */
    NEARDUP_CONTAINED = 2,
    NEARDUP_BOILERPLATE = 3, /* it is in more than max_copies documents */
    NEARDUP_EMPTIED = 4,     /* a document in which cutting left too little */
} neardup_reason;

typedef struct neardup_decision { /* one removed document, or one cut paragraph */
    neardup_ref document;         /* the removed unit */
    neardup_reason reason;
    /* To the keeper, or for boilerplate without one, to its first copy; 0 for EMPTIED and for a paragraph that is CONTAINED. */
    double jaccard;
    double containment; /* for CONTAINED, else 0 */
    int distance;       /* of the fingerprints; NEARDUP_NO_DISTANCE with MinHash, and for CONTAINED and EMPTIED */
    neardup_ref
        keeper;       /* file NULL: none (boilerplate of which no copy is kept; EMPTIED). For CONTAINED the paragraph of
                           the same document that contains most of it, or if that one is cut, its keeper */
    neardup_span cut; /* bytes of the document's text that are cut: the paragraph and the blank lines after it */
    uint64_t cluster; /* 1-based; 0 for EMPTIED. Clusters of documents are numbered by size, those of paragraphs by the
                           tokens of what is cut, largest first, then by keeper's index */
    const neardup_span
        *kept; /* of a paragraph that is cut only in part: the bytes of `cut` that stay, in order; borrowed.
                                 Then document.tokens counts only what is cut */
    size_t kept_count;
    uint64_t revisits; /* records of web archives that refer to the document and are removed with it */
    bool
        numbers_differ; /* NEAR: from the keeper, and in numbers only: the same tokens in the same order, but for tokens with
                            a digit */
    /* For a document that is CONTAINED: share of the keeper's shingles that are in it; else 0. */
    double keeper_containment;
} neardup_decision;

typedef struct neardup_pair { /* a comes before b in input order */
    neardup_ref a, b;
    neardup_reason reason;
    double jaccard;
    int distance;          /* of the fingerprints, or NEARDUP_NO_DISTANCE */
    bool numbers_differ;   /* as in neardup_decision */
    double a_in_b, b_in_a; /* for CONTAINED: share of the shingles of one that are in the other; else 0 */
} neardup_pair;

typedef struct neardup_member {
    neardup_ref document;
    neardup_reason reason;
    double jaccard;            /* to the keeper, or to the first copy */
    double containment;        /* for CONTAINED, else 0 */
    int distance;              /* to the keeper or first copy, or NEARDUP_NO_DISTANCE */
    bool numbers_differ;       /* as in neardup_decision */
    double keeper_containment; /* as in neardup_decision */
    uint64_t reserved[1];
} neardup_member;

typedef struct neardup_cluster {
    uint64_t number;    /* 1-based; documents and paragraphs are numbered apart: keeper.unit */
    neardup_ref keeper; /* of boilerplate of which every copy is removed: the first copy, which is also a member */
    uint64_t documents; /* that contain the keeper or a member */
    uint64_t tokens;    /* of the members */
    bool boilerplate;
    bool all_removed;              /* boilerplate of which no copy is kept: the keeper is also a member */
    uint64_t member_count;         /* without the keeper, unless all are removed */
    const neardup_member *members; /* by index */
    uint64_t
        component; /* number of the first cluster with which this one is connected through documents similar to both
                           keepers; equal to number if none */
} neardup_cluster;

typedef enum neardup_severity { NEARDUP_NOTE = 0, NEARDUP_WARNING = 1, NEARDUP_ERROR = 2 } neardup_severity;

/* A paragraph that is in more than half of the documents of one group (group_field). */
typedef struct neardup_group_repeat {
    const char *group;        /* the field's value as raw JSON */
    size_t group_length;      /* bytes */
    uint64_t group_documents; /* of the group */
    uint64_t documents;       /* of these, that contain the paragraph or a near-duplicate of it */
    uint64_t cluster;         /* its number */
    neardup_ref first;        /* in the group */
} neardup_group_repeat;

/* phase is one of "read", "split", "match", "verify", "write"; done and total are bytes or documents of that phase. */
typedef struct neardup_progress {
    const char *phase;
    uint64_t done;
    uint64_t total; /* 0: unknown */
    bool in_bytes;
} neardup_progress;

/* All functions may be NULL. One that returns false stops the job with E_CANCELED. Calls never overlap. decision, pair and
 * cluster come in a fixed order: decisions by index, pairs by the indexes of a and b, clusters by number; those of documents
 * before those of paragraphs. */
typedef struct neardup_callbacks {
    size_t struct_size; /* sizeof(neardup_callbacks) */
    void *context;
    bool (*progress)(void *context, const neardup_progress *progress); /* a few times per second at most */
    /* An invalid record or a damaged file: file and line if known (line 0: the file as a whole; file NULL: the job as a
     * whole). Only the first 1000 invalid records in input order are reported; summary->invalid counts all. */
    bool (*message)(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message);
    bool (*decision)(void *context, const neardup_decision *decision);
    bool (*pair)(void *context, const neardup_pair *pair);
    bool (*cluster)(void *context, const neardup_cluster *cluster);
    /* By group in order of first appearance, then by cluster. */
    bool (*group_repeat)(void *context, const neardup_group_repeat *repeat);
    /* A unit that is kept and is the keeper of no cluster, but is similar to a removed one: in another input order it
     * might have been removed. a is kept, b is removed (the most similar one; both of the input, not of references).
     * After the clusters of the same unit, by the index of a. Only looked for if this is not NULL: with SimHash, where
     * the distance alone decides, many similar texts then have many pairs to examine. In buckets with more than 1000
     * removed units, only the first 1000 are examined. Called by neardup_job_run. */
    bool (*near_miss)(void *context, const neardup_pair *pair);
    /* A document without a token; line: 1-based, of an empty file 1. Called for every one in the inputs, not in
     * references: by neardup_job_run in input order, by neardup_job_run_leaks with those of the first split last. */
    bool (*empty)(void *context, const char *file, uint64_t line);
    /* Invalid records of a file that have the same reason: how many, and the line of the first. After reading, in the
     * order of files and lines, of inputs and references. Unlike `message`, it counts all. Also called for documents
     * with a few bytes that are not UTF-8, which are compared all the same and are not in summary.invalid. */
    bool (*invalid)(void *context, const char *file, uint64_t line, const char *reason, uint64_t count);
    /* A file that is not text and was skipped (NEARDUP_BINARY_SKIP), in input order, references included; kind: what it
     * is, for people ("a PNG image"). */
    bool (*skipped)(void *context, const char *file, const char *kind);
} neardup_callbacks;

typedef struct
    neardup_paragraph_summary { /* paragraphs of the documents that are kept; zeros if documents are not split */
    neardup_unit unit;          /* PARAGRAPH or LINE */
    uint64_t documents;         /* that were split */
    uint64_t blank_rule;        /* documents split at blank lines */
    uint64_t newline_rule;      /* documents split at newlines: they have no blank line (PARAGRAPH), or always (LINE) */
    uint64_t count;             /* paragraphs with at least one token */
    uint64_t tokens;            /* of all of them */
    uint64_t distinct; /* different sequences of normalised tokens; with inside_documents alone, per document */
    uint64_t shorter;  /* paragraphs of fewer than min_tokens */
    uint64_t exact, near, contained, boilerplate; /* cut */
    uint64_t cut_tokens;
    uint64_t cut_bytes;     /* bytes of the cut paragraphs in the files, without the blank lines after them */
    uint64_t changed;       /* documents from which something was cut */
    uint64_t emptied;       /* documents removed by drop_emptied */
    uint64_t emptied_bytes; /* of their records, beyond cut_bytes */
    uint64_t clusters;
    uint64_t groups;                                   /* distinct values of group_field */
    uint64_t candidates, edges, capped_buckets, pairs; /* as for documents */
    uint64_t profile_fingerprint;
    neardup_plan plan;
    neardup_hamming_plan hamming; /* with SimHash, instead of plan */
    uint64_t unreliable;          /* with SimHash: compared paragraphs of fewer than NEARDUP_SIMHASH_RELIABLE
                               different shingles */
    uint64_t unique;              /* near-duplicate paragraphs of which something stays, since it occurs nowhere else */
    uint64_t unique_tokens;       /* that stay in these */
    uint64_t definitions;         /* paragraphs that stay since they define links that their document uses */
    uint64_t uncut;               /* paragraphs that repeat, and stay because nothing can be cut out of their files: web
                                     pages, web archives and tables */
    uint64_t reserved[4];
} neardup_paragraph_summary;

/* What an audit says of the near-duplicates among the documents: different texts count, not their copies. The interval holds in
 * 95 % of all samples (Wilson score). */
typedef struct neardup_audit {
    uint64_t sampled; /* kept documents that were compared with all others; 0: no audit, or nothing to compare */
    uint64_t missed;  /* of these, near-duplicates of an earlier kept document */
    uint64_t kept;    /* of all documents */
    uint64_t removed; /* as near-duplicates */
    double recall;    /* removed / (removed + missed), as far as the sample says */
    double recall_low, recall_high;
} neardup_audit;

typedef struct neardup_summary {
    size_t struct_size;     /* of the library that filled it: shorter than the caller's if the program is newer */
    uint64_t files;         /* files and sources read */
    uint64_t failed_files;  /* could not be read, or not to their end */
    uint64_t input_bytes;   /* as stored */
    uint64_t text_bytes;    /* records after decompression */
    uint64_t records;       /* documents + empty + invalid */
    uint64_t documents;     /* with at least one token */
    uint64_t empty;         /* without a token */
    uint64_t invalid;       /* not JSON, no text field, text not a string */
    uint64_t invalid_utf8;  /* documents with bytes that are not UTF-8 */
    uint64_t duplicate_ids; /* documents whose id an earlier one has */
    uint64_t tokens;
    uint64_t exact;           /* removed as exact duplicates */
    uint64_t near;            /* removed as near-duplicates */
    uint64_t removed_bytes;   /* of the removed records, line ends included */
    uint64_t dropped_bytes;   /* of dropped invalid and empty records */
    uint64_t kept;            /* documents: neither exact nor near nor contained nor emptied */
    uint64_t clusters;        /* keepers with at least one removed document */
    uint64_t largest_cluster; /* documents in it, the keeper included */
    uint64_t candidates;      /* pairs whose exact similarity was computed; with SimHash: examined pairs within the
                                 distance */
    uint64_t edges;           /* of these, at or above the threshold; with SimHash and without verify: all */
    uint64_t pairs;           /* reported pairs of documents, copies included; only with the pairs option */
    uint64_t capped_buckets;  /* buckets in which only the first documents in keeper order were compared */
    uint64_t profile_fingerprint;
    neardup_plan plan;
    unsigned threads;
    double read_seconds, match_seconds, verify_seconds, write_seconds, total_seconds; /* wall */
    uint64_t peak_memory_bytes;                                                       /* resident set of the process */
    uint64_t scratch_bytes; /* largest size of the scratch folder */
    double split_seconds;   /* of paragraphs, wall; their match, verify and write add to those above */
    neardup_paragraph_summary paragraphs;
    neardup_hamming_plan hamming; /* with SimHash, instead of plan */
    uint64_t unreliable;          /* with SimHash: documents of fewer than NEARDUP_SIMHASH_RELIABLE different
                                     shingles */
    uint64_t removed_tokens;      /* of the removed documents, exact, near and contained */
    uint64_t reference_files; /* files of references. Of the fields above, only failed_files, input_bytes, candidates
                                     and edges count references */
    uint64_t reference_documents; /* with at least one token */
    uint64_t
        binary_files; /* that are not text and were skipped, references included. They are in files and input_bytes */
    uint64_t
        left_out; /* files, folders and links that were not read: given twice, links to what is read or to nowhere */
    uint64_t unread_data_files; /* files, skipped or failed, that hold records in a format that is not read: Parquet,
                                   7z, also a binary file called .jsonl, .csv or .txt */
    uint64_t garbled_bytes;  /* of invalid records of several lines whose syntax is wrong, so that they can hide others;
                               references included */
    uint64_t other_records;  /* of web archives, without text: requests, images, revisits. They stay, and are not in
                                  `records` */
    uint64_t unchosen_files; /* below input folders, that include, exclude or .gitignore files left out */
    uint64_t unchosen_folders; /* the same, each with everything in it */
    uint64_t
        copied_files;  /* of failed_files: they are in the output as they were, as damaged archives and members are */
    uint64_t revisits; /* records of web archives that refer to removed ones, and are removed with them. They are in
                                  other_records, and not in removed_bytes */
    uint64_t revisit_bytes;  /* of these */
    neardup_audit audit;     /* with the audit option */
    uint64_t numbers_differ; /* of the near documents: removed for one that differs in numbers only */
    /* With the option contained, of documents: */
    uint64_t contained;            /* removed as contained in a longer document */
    uint64_t contained_candidates; /* pairs whose containment was computed */
    uint64_t contained_pairs;      /* of these, with the share or more */
    uint64_t contained_capped; /* documents with more candidates than are compared: 64, with the option pairs 1000 */
    /* ---- where the options may not fit the texts; of MinHash, where whole documents are compared, else 0 ---- */
    uint64_t
        brief_tokens; /* fewest tokens with which a text and its copy, in which one token in the middle is another one, still
                              reach the threshold: 33 for shingles of 5 tokens and 0.7 */
    uint64_t brief_documents; /* with fewer */
    uint64_t
        markup_documents; /* whose text, a field compared as it is, is HTML: three tags near its begin, and not only these */
    uint64_t ideograph_documents; /* with mostly Chinese or Japanese characters in the middle of the text */
    uint64_t pairs_below; /* pairs that were compared and are below the threshold, by at most 0.1. There may be more */
} neardup_summary;

/* ---- a job and its inputs -------------------------------------------------------------------------------------- */

typedef struct neardup_job neardup_job;

/* Checks the options and makes a job; reads and writes nothing yet. Options are copied, their strings are borrowed
 * until the job is destroyed. *out is owned by the caller (neardup_job_destroy), NULL on failure. E_ARG for options out
 * of range or in contradiction, E_LIMIT for a plan that cannot reach its recall, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_create(neardup_job **out, const neardup_job_options *options,
                                                                 neardup_error *err);

/* Adds a file, a folder (recursive, sorted by name) or "-" (standard input, once). zip and tar archives are read as folders
 * (but with `binary` TEXT as text), and written back in kind; neardup_ref.path has no file then, only its archive.
 * The reports of an earlier run below a folder (decisions.jsonl, clusters.jsonl, pairs.jsonl and its summary.json in one folder) are skipped, with a
 * message; a report that is itself an input is read. Files are named (neardup_ref.file, and in the output) by their paths
 * below the deepest folder that contains all inputs: that folder itself, if there is one input and it is a folder. A file
 * is read once, by its real path if that is among the inputs, else by that of the link. The path is copied, and first
 * opened by the run, which fails with E_ARG if two inputs have one name. Fails for E_NOMEM only. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_input(neardup_job *job, const char *path,
                                                                    neardup_error *err);

/* Adds the paths listed in a file ("-": standard input), separated by newlines, or by NUL if the file contains one.
 * The path is copied, and first opened by the run. Fails for E_NOMEM only. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_list(neardup_job *job, const char *path,
                                                                   neardup_error *err);

/* Adds a file or folder to compare with. Its documents are always kept, come before all others in keeper order (in
 * input order, whatever `keep` says), are not written, and are not compared with each other. In input order they come
 * after all others, so that the numbers and names of those are the same as without references: if both have a file of
 * the same name, the names of all references begin one folder higher. Paragraphs of references count in max_copies and
 * short_min_documents. A file that is also an input counts only as an input, with a message. The run fails with E_IO if
 * a reference does not exist, with E_ARG if every one is an input, or if only repeats inside documents are looked for.
 * The path is copied. This function fails for E_NOMEM only. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_reference(neardup_job *job, const char *path,
                                                                        neardup_error *err);

/* Adds an input (or reference) of an earlier run that has moved: `path` is read, and its files keep the names that they
 * had when it was given as `as` ("-": on standard input; NULL: as `path`), next to the other inputs of that run. An `as` that
 * is relative begins in the working directory. E_NOMEM is the only failure. The paths are copied. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_moved(neardup_job *job, const char *path, const char *as,
                                                                    bool reference, neardup_error *err);

/* Skips a file or folder that is found below an input folder (not below a reference), for instance a baseline or an
 * earlier report. If it is itself given as an input, it is read. A path that does not exist excludes nothing.
 * The path is looked up now, by device and inode. E_ARG if it is NULL, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_exclude(neardup_job *job, const char *path,
                                                                  neardup_error *err);

/* Inputs added from now on belong to the split of this name ("train"). The first call names split 0; a name that was
 * used before continues that split. The run fails if an input is in two splits. A reference that is also an input
 * counts as that input, and one in two splits belongs to the first. The name is copied.
 * E_ARG for a first split after inputs were added, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_begin_split(neardup_job *job, const char *name,
                                                                      neardup_error *err);

/* ---- documents that are not in files ---------------------------------------------------------------------------- */

typedef struct neardup_document { /* one document of a source; borrowed */
    const char *id;               /* a string; NULL: none */
    size_t id_length;             /* bytes */
    const char *text;             /* NULL: the record has no text, and is counted as invalid */
    size_t text_length;           /* bytes */
    const char *group;            /* its group, with the option group_field; NULL: none */
    size_t group_length;          /* bytes */
    double keep_by;               /* for KEEP_MAX and KEEP_MIN; NAN: none */
    uint64_t reserved[4];         /* zero */
} neardup_document;

#define NEARDUP_SOURCE_REREAD   1u /* read can return documents again, in any order */
#define NEARDUP_SOURCE_PARALLEL 2u /* threads may call read at the same time */
/* Texts, ids and groups stay where they are, unchanged, until the job is destroyed: the job uses them in place and copies
 * nothing, unless it writes the corpus into an output folder. With REREAD. */
#define NEARDUP_SOURCE_IN_PLACE 4u

/* How a job gets the documents of a source. */
typedef struct neardup_source_vtable {
    size_t struct_size; /* sizeof(neardup_source_vtable) */
    uint32_t flags;     /* NEARDUP_SOURCE_*, or-ed */
    uint64_t bytes;     /* approximate bytes of text, for progress and estimates of memory; 0: unknown */
    /* Fills documents[0 .. most) with documents first, first + 1 and so on, counted from 0, and sets *count to the
     * number filled: at least one, or 0 at the end. Their bytes stay valid until the same thread calls read again.
     * Before the call, `documents` is filled with zeros (and keep_by with NAN). A job asks for document 0, then for the
     * one after the last that it has. With REREAD it may later ask for any document again, which must be the same as
     * before; without, it keeps a copy in its scratch folder. Without PARALLEL calls never overlap; with it, several
     * threads may read at the same time. Any status but OK ends the job with it; *err may be filled. */
    neardup_status (*read)(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                           neardup_error *err);
} neardup_source_vtable;

/* Adds documents from anywhere (a table, a queue, a reader of another format). The job treats them as a JSON Lines file
 * of this name with one line per document: numbers, decisions, reports, and the cleaned corpus, which is written as
 * JSON Lines. neardup_ref.line is the number of the document plus one, neardup_ref.id a JSON string. name: a file name
 * ("news.jsonl") that no other input has. reference: as in neardup_job_add_reference. Field names in the options must
 * have no dot. Name and vtable are copied; read is called until the job is destroyed. A finished run that read a source
 * can be opened, but its texts cannot be read again. E_ARG, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_source(neardup_job *job, const char *name,
                                                                     const neardup_source_vtable *vtable, void *context,
                                                                     bool reference, neardup_error *err);

struct ArrowArrayStream; /* of the Arrow C stream interface: neardup_arrow.h */

/* Adds the rows of a table as a source (neardup_job_add_source) of this name. Columns are found by the names of the
 * options text_field, id_field, group_field and keep_field; a name with dots is a path of struct fields. Text: utf8,
 * large_utf8, utf8_view, binary, or a dictionary of these; a null is an invalid record. Id and group: the same, integers,
 * floats or booleans; without a column "id", documents have no id. keep_field: numbers, dates or timestamps (compared as
 * doubles). A stream of plain strings is a table with one column.
 * hold: the batches are all read now, and kept until the job is destroyed; texts are used in place, without a copy.
 * Otherwise batches are read once, while the job runs, and released; their texts go to the scratch folder, so a stream may be
 * larger than memory.
 * The stream is moved, also on failure: its release is called by the job. E_ARG for a column that is missing (the message
 * lists the columns) or of another type, E_IO with the message of the stream, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_arrow(neardup_job *job, const char *name,
                                                                    struct ArrowArrayStream *stream, bool hold,
                                                                    bool reference, neardup_error *err);

/* ---- the run ------------------------------------------------------------------------------------------------ */

/* Runs the job; a job runs only once. Invalid records and damaged files are not a failure: the summary counts them, and
 * the caller decides what failed_files > 0 means. Outputs are complete or absent. callbacks may be NULL. E_ARG, also for
 * a second call; E_IO; E_FORMAT with the option strict; E_LIMIT if the budget is too small; E_EXISTS if the output
 * folder contains files and `force` is not set; E_CANCELED; E_NOMEM; the status that a source returned. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run(neardup_job *job, const neardup_callbacks *callbacks,
                                                              neardup_error *err);

/* Asks a running job to stop; it removes its temporary files and returns E_CANCELED. May be called from any thread
 * and from a signal handler. */
NEARDUP_API void neardup_job_cancel(neardup_job *job);

/* What the run found; borrowed until the job is destroyed. Never NULL. Before the run: zeros; after one that failed:
 * what was counted until then. */
NEARDUP_API const neardup_summary *neardup_job_summary(const neardup_job *job);

/* What a run found, as columns, in addition to the callbacks or instead of them: arrays with one element per row, owned
 * by the job and valid until it is destroyed. Rows have the order of the callbacks. */
typedef enum neardup_columns {
    NEARDUP_COLUMNS_DECISIONS = 1,
    NEARDUP_COLUMNS_PAIRS = 2,
    NEARDUP_COLUMNS_CLUSTERS = 4,
} neardup_columns;

/* Asks a job for columns (neardup_columns, or-ed) before it runs. Their memory is not part of the budget: about 80
 * bytes per decision, 30 per pair, 33 per cluster and 8 per member. Columns of several calls add up. E_ARG for unknown
 * columns and after the run, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_collect(neardup_job *job, unsigned columns,
                                                                  neardup_error *err);

typedef struct neardup_decision_columns { /* one row per removed unit; names as in neardup_decision and neardup_ref */
    size_t struct_size;                   /* of the library that filled it */
    uint64_t count;
    const uint8_t *unit;      /* neardup_unit */
    const uint64_t *index;    /* of the removed unit */
    const uint64_t *document; /* that it is, or is in */
    const uint8_t *reason;    /* neardup_reason */
    const double *jaccard;
    const double *containment;
    const int32_t *distance;
    const uint64_t *keeper;          /* index of the keeper; NEARDUP_NONE: none */
    const uint64_t *keeper_document; /* NEARDUP_NONE: none */
    const uint64_t *cluster;
    const uint64_t *cut_begin, *cut_end; /* bytes of the document's text */
    const uint64_t
        *kept_first; /* [count + 1]: of the cut of row i, the ranges kept_first[i] up to kept_first[i + 1] stay.
                                   NULL if there is no row */
    const uint64_t *kept_begin, *kept_end;
    const uint8_t *numbers_differ;    /* 1 or 0 */
    const double *keeper_containment; /* NULL without the option contained */
} neardup_decision_columns;

typedef struct neardup_pair_columns { /* one row per pair; a and b are indexes */
    size_t struct_size;
    uint64_t count;
    const uint8_t *unit;
    const uint64_t *a, *b;
    const uint8_t *reason;
    const double *jaccard;
    const int32_t *distance;
    const uint8_t *numbers_differ;
    const double *a_in_b, *b_in_a; /* NULL without the option contained */
} neardup_pair_columns;

typedef struct neardup_cluster_columns { /* one row per cluster */
    size_t struct_size;
    uint64_t count;
    const uint8_t *unit;
    const uint64_t *number;
    const uint64_t *keeper;    /* index */
    const uint64_t *component; /* number of a cluster */
    const uint64_t *first;   /* [count + 1]: the members of row i are members[first[i]] .. members[first[i + 1] - 1] */
    const uint64_t *members; /* indexes */
} neardup_cluster_columns;

/* The columns, after the run; NULL if neardup_job_collect did not ask for them. */
NEARDUP_API const neardup_decision_columns *neardup_job_decisions(const neardup_job *job);
NEARDUP_API const neardup_pair_columns *neardup_job_pairs(const neardup_job *job);
NEARDUP_API const neardup_cluster_columns *neardup_job_clusters(const neardup_job *job);

/* The first bytes of the text of a unit (its number as in neardup_ref), whole characters only, at most size - 1 bytes
 * and a NUL. Reads the record again. For use after the run or in its decision, pair, cluster and group_repeat
 * callbacks, by one thread at a time. E_ARG if there is no such unit, its record could not be read, size is 0 or
 * nothing was read yet; E_IO, also if the file has changed; E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_excerpt(neardup_job *job, neardup_unit unit, uint64_t index,
                                                                  char *buffer, size_t size, neardup_error *err);

/* Path of the file that has this name in callbacks (neardup_ref.file), as it was given or found below a folder; NULL if
 * there is none, and for a source. For use in callbacks and after the run; borrowed until the job is destroyed. */
NEARDUP_API const char *neardup_job_path(const neardup_job *job, const char *name);

/* Frees the job. NULL is fine. */
NEARDUP_API void neardup_job_destroy(neardup_job *job);

/* ---- other runs over the same inputs: each takes a job of its own, once, instead of neardup_job_run ------------ */

/* A document's sketch; borrowed during the callback. */
typedef struct neardup_sketched {
    neardup_ref document;
    uint64_t shingles;               /* with repetitions; 0: an empty text, which has no sketch */
    neardup_fingerprint fingerprint; /* with SimHash */
    const uint32_t *signature;       /* with MinHash: `slots` of them; else NULL */
} neardup_sketched;

typedef struct neardup_sketch_options {
    size_t struct_size; /* sizeof(neardup_sketch_options) */
    uint32_t slots;     /* of a MinHash signature, 1 to 4096 */
    void *context;
    bool (*sketched)(void *context, const neardup_sketched *sketched); /* every document in input order; false: stop */
} neardup_sketch_options;

/* Sketches the documents and compares nothing. Reads the input once, and needs memory only for the documents that the
 * threads are working on. Of the job's options it takes profile, method, simhash_bits, weights, kind, seed, those of
 * the input, threads, memory, strict and cpu; of the callbacks progress and message. Errors as for neardup_job_run. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run_sketch(neardup_job *job,
                                                                     const neardup_sketch_options *wanted,
                                                                     const neardup_callbacks *callbacks,
                                                                     neardup_error *err);

typedef struct neardup_place { /* never grows */
    const char *file;          /* name as in neardup_ref */
    uint64_t line;
} neardup_place;

typedef struct neardup_read_options {
    size_t struct_size;          /* sizeof(neardup_read_options) */
    const neardup_place *places; /* of documents, in any order, also repeated */
    size_t count;
    void *context;
    /* The text of places[index], in the order of files and lines; id is raw JSON or NULL. Borrowed. false: stop */
    bool (*text)(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length);
} neardup_read_options;

/* Reads the texts of some documents. Files without any of the places are not opened, and each file is read only up to
 * its last place. Places without a document are skipped; a line inside a text document (of one of its paragraphs) means
 * that document. E_ARG for standard input. Of the job's options it takes those of the input, threads, memory and
 * strict. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run_read(neardup_job *job, const neardup_read_options *wanted,
                                                                   const neardup_callbacks *callbacks,
                                                                   neardup_error *err);

typedef struct neardup_neighbour {
    neardup_ref document;
    double jaccard;           /* exact */
    double query_in_document; /* containment of the query's shingles, exact */
    uint64_t shared;          /* distinct shingles in both */
    unsigned bands;           /* of the plan in which the two signatures agree; 0 with SimHash and all_candidates */
    int distance;             /* of the fingerprints, or NEARDUP_NO_DISTANCE with MinHash */
} neardup_neighbour;

typedef struct neardup_search_options {
    size_t struct_size; /* sizeof(neardup_search_options) */
    const char *text;   /* the query; borrowed during the run */
    size_t length;      /* bytes */
    neardup_place skip; /* a document that is not compared, for instance the query itself; file NULL: none */
    size_t count;       /* neighbours wanted, at least 1 */
    void *context;
    bool (*neighbour)(void *context,
                      const neardup_neighbour *neighbour); /* largest Jaccard first, then input order; false: stop */
} neardup_search_options;

/* Finds the documents that are most similar to a text, by exact Jaccard, without a threshold: every document is compared. Of
 * the job's options it takes the profile, method, threshold, recall, plan and seed, those of the input, threads, memory and
 * strict. Neighbours that share no shingle are not reported. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run_search(neardup_job *job,
                                                                     const neardup_search_options *wanted,
                                                                     const neardup_callbacks *callbacks,
                                                                     neardup_error *err);

typedef struct neardup_leak { /* a text of one split that is also in another one */
    neardup_ref document;
    neardup_ref source;    /* where it is: the most similar document of that split, then the first in input order */
    neardup_reason reason; /* EXACT, NEAR (Jaccard at or above the job's threshold), CONTAINED */
    double jaccard;        /* with the job's profile, exact */
    double containment; /* share of the document's shingles (of the leak profile) that are in the source, exact; 1 for
                              EXACT; 0 for NEAR if it is not looked for or the document is shorter than a shingle */
} neardup_leak;

typedef struct neardup_leak_options {
    size_t struct_size;      /* sizeof(neardup_leak_options) */
    neardup_profile profile; /* of containment: shingles of this many tokens */
    double containment;      /* smallest share in (0, 1] at which a text leaks; 0: only EXACT and NEAR */
    void *context;
    bool (*leak)(void *context, const neardup_leak *leak); /* by document, then split of the source; false: stop */
    /* Filled, one element per split; NULL is fine. Documents with at least one token, their tokens, and the documents
     * of all splits but the first that are shorter than a shingle of `profile`, and so can leak only as whole documents
     * (0 if containment is off). */
    uint64_t *split_documents, *split_tokens, *split_short;
} neardup_leak_options;

#define NEARDUP_LEAK_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(neardup_leak_options), {NEARDUP_TOKENS_WORD, 8}, 0.8, NULL, NULL, NULL, NULL, NULL                      \
    }

/* Looks for texts of every split but the first (test, validation) in the documents of every other split (train),
 * exactly: no sketch decides (doc/leaks.md). Requires at least two splits. A document is reported once for each split
 * that it is in: the same tokens (EXACT, or NEAR if signs or accents differ) before NEAR before CONTAINED, then by
 * similarity, then the first in input order. A text shorter
 * than a shingle of the leak profile leaks only where it is (nearly) the whole of a document (EXACT, NEAR), and
 * split_short counts it. Files of the first split are read last, and every file once. The texts of the other splits are
 * held in memory as shingles: E_LIMIT if they do not fit the budget. Of the job's options it takes profile, threshold,
 * those of the input, group_field, contents, threads, memory (a record may take a thirty-second of it), strict and cpu;
 * the summary counts what was read. E_ARG if units, output_dir or references are given. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run_leaks(neardup_job *job,
                                                                    const neardup_leak_options *wanted,
                                                                    const neardup_callbacks *callbacks,
                                                                    neardup_error *err);

/* ---- duplicates that are known ---------------------------------------------------------------------------------- */

/* What `neardup check --baseline` does: the texts that repeat today are written down, and later only further copies of them,
 * and other texts, are new duplicates. For a job with option contents that collects clusters and near misses: both callbacks
 * pass on what they get, near_miss as well as cluster, since which text of several is kept can change. One thread at a time. */
typedef struct neardup_baseline neardup_baseline;

typedef enum neardup_baseline_what {
    NEARDUP_BASELINE_KNOWN = 0,   /* duplicates and near misses of the run that the baseline has */
    NEARDUP_BASELINE_NEW = 1,     /* those that it does not have */
    NEARDUP_BASELINE_KEPT = 2,    /* texts of the baseline that still repeat */
    NEARDUP_BASELINE_ADDED = 3,   /* texts that the baseline does not have */
    NEARDUP_BASELINE_REMOVED = 4, /* texts that only the baseline has */
    NEARDUP_BASELINE_CHANGED = 5  /* of those kept: they have another number of copies */
} neardup_baseline_what;

/* An empty baseline for runs with the options of the job. Free it with neardup_baseline_destroy. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_baseline_create(neardup_baseline **out, const neardup_job *job,
                                                                      neardup_error *err);
/* Before the run: what an earlier one knew, the text of a baseline. name: of its file, for messages. E_FORMAT with the line if it
 * is none; E_ARG if its run had other options, unless any_options; E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_baseline_read(neardup_baseline *baseline, const char *text,
                                                                    size_t length, const char *name, bool any_options,
                                                                    neardup_error *err);
/* In the callbacks of the run. False: no memory. */
NEARDUP_API NEARDUP_MUST_CHECK bool neardup_baseline_add_cluster(neardup_baseline *baseline,
                                                                 const neardup_cluster *cluster);
NEARDUP_API NEARDUP_MUST_CHECK bool neardup_baseline_add_near_miss(neardup_baseline *baseline,
                                                                   const neardup_pair *pair);
/* After the run. */
NEARDUP_API uint64_t neardup_baseline_count(const neardup_baseline *baseline, neardup_baseline_what what);
/* The baseline of what the run found, as a file has it. Borrowed until the next call, or the end. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_baseline_text(neardup_baseline *baseline, const char **text,
                                                                    size_t *length, neardup_error *err);
/* Frees it. NULL is fine. */
NEARDUP_API void neardup_baseline_destroy(neardup_baseline *baseline);

/* ---- a finished run, read from its folder ---------------------------------------------------------------------- */

typedef struct neardup_run neardup_run; /* one thread at a time */

/* Opens the result of a run with output_dir: the folder, or a file of clusters as `neardup find` prints them (then the
 * summary is unknown). *out is owned by the caller (neardup_run_close), NULL on failure. E_IO; E_FORMAT with file and
 * line if it is not what a run writes. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_run_open(neardup_run **out, const char *path, neardup_error *err);

/* What summary.json says. The functions of a run that return a pointer cannot fail. Borrowed until the run is closed,
 * like everything that the functions below return. NULL: there is none. */
NEARDUP_API const neardup_summary *neardup_run_summary(const neardup_run *run);
/* The options of the run, as far as they decide the result or name the input; output_dir, scratch_dir, threads and memory
 * are not set. NULL: unknown. */
NEARDUP_API const neardup_job_options *neardup_run_options(const neardup_run *run);
/* The bytes of summary.json, NUL-terminated. NULL: there is none. */
NEARDUP_API const char *neardup_run_summary_json(const neardup_run *run);
/* The command line of the run, a JSON array of strings; NULL: unknown. */
NEARDUP_API const char *neardup_run_command(const neardup_run *run);
/* The i-th input as it was given, relative to neardup_run_directory, in which the run was started; NULL after the last one. A
 * list (neardup_job_add_list) is given by its paths. "-" is standard input, which cannot be read again. */
NEARDUP_API const char *neardup_run_input(const neardup_run *run, size_t i, bool *reference);
NEARDUP_API const char *neardup_run_directory(const neardup_run *run);
/* The folder that the names of the inputs begin in, an absolute path: neardup_run_root + "/" + neardup_ref.file is the path
 * of a file. NULL: unknown, or the run read no files. */
NEARDUP_API const char *neardup_run_root(const neardup_run *run);

/* Decides again at a stricter threshold, from the pairs that the run recorded (option pairs) and without its corpus.
 * The result is that of a run at this threshold, as far as the run found its pairs. The cut of a paragraph is then its
 * own bytes. Summary, options and replay change accordingly (edges between two references are not counted). Each call
 * starts from the run as it was recorded. A failure changes nothing. E_ARG above 1, below the run's own threshold, for
 * SimHash without a threshold, without pairs, and for runs that removed paragraphs for more than a pair
 * (doc/outputs.md). */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_run_rethreshold(neardup_run *run, double threshold,
                                                                      neardup_error *err);

/* Calls pair, decision (those of paragraphs have their cut) and cluster, as the run did, where they are not NULL: first
 * all pairs, if the run kept them, then all decisions, if there is more than a file of clusters, then all clusters. Can
 * be called again. index, document, content and split of a reference are 0; its tokens are those of the run. Jaccard
 * similarities of decisions and clusters have six decimals, rounded down. E_FORMAT also if the numbers of rows in the
 * files are not those in the summary; E_IO; E_CANCELED if a callback returns false; E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_run_replay(neardup_run *run, const neardup_callbacks *callbacks,
                                                                 neardup_error *err);

/* Frees the run. NULL is fine. */
NEARDUP_API void neardup_run_close(neardup_run *run);

#ifdef __cplusplus
}
#endif
#endif
