/* SPDX-License-Identifier: MIT
 *
 * neardup: near-duplicate detection and deduplication of text.
 *
 * Three things another program can do with this library:
 *   (a) sketch a text (MinHash) and compare signatures       neardup_sketcher_*
 *   (b) compare two texts exactly                            neardup_compare
 *   (c) run the whole job over files, with callbacks         neardup_job_*
 *
 * Caveats, first:
 *   - Similarity is the Jaccard index of two *sets* of shingles (n consecutive normalised tokens), in [0,1].
 *     Paraphrases share few shingles: no lexical method sees them.
 *   - A signature only estimates. Every pair and every removal a job reports was verified with exact sets.
 *   - The library keeps no global state, never prints, never exits, and installs no signal handler.
 *
 * Thread-safety: functions on different objects may run at the same time; one object is used by one thread at a
 * time, except where a function says otherwise. A job makes its own threads and joins them before it returns.
 *
 * Errors: fallible functions return a neardup_status and fill *err when err is not NULL. err->message is a complete
 * phrase without capital and full stop, made to be shown to a person.
 *
 * Growing: a program that was compiled against an older header runs with a newer library, and the other way round as long
 * as it uses nothing that is new.
 *   - Options, requests and callbacks begin with struct_size, the caller's sizeof. Fields that the caller's structure does
 *     not have yet keep their defaults; fields that the library does not know yet must be zero (else E_ARG).
 *   - Structures that the library hands out by pointer grow at their end. Read them where they are; do not keep arrays of
 *     copies and expect the library's size.
 *   - Structures inside others, in arrays, or filled by the library where the caller keeps them never change their size;
 *     `reserved` is zero and will get names.
 *   - Enumerations get new values at the end: have a default case.
 *
 * Strings: pointer and length, bytes, never assumed to be NUL-terminated; (NULL, 0) is an empty text. Paths and
 * option strings are NUL-terminated.
 */
#ifndef NEARDUP_H
#define NEARDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NEARDUP_VERSION_MAJOR 0
#define NEARDUP_VERSION_MINOR 2
#define NEARDUP_VERSION_PATCH 0
#define NEARDUP_VERSION       "0.2.0"
/* To compare with neardup_version_number() and in #if: 0.2.0 is 200, 1.3.2 is 10302. */
#define NEARDUP_VERSION_NUMBER (NEARDUP_VERSION_MAJOR * 10000 + NEARDUP_VERSION_MINOR * 100 + NEARDUP_VERSION_PATCH)
/* The number in the shared library's name (libneardup.so.1). It changes when programs have to be compiled again. */
#define NEARDUP_ABI 1

/* Normalisation + tokens + shingle hash. Any change that changes a hash raises it; see doc/format.md. */
#define NEARDUP_PROFILE_VERSION 1u

#if defined(__GNUC__)
#    define NEARDUP_API        __attribute__((visibility("default")))
#    define NEARDUP_MUST_CHECK __attribute__((warn_unused_result))
#else
#    define NEARDUP_API
#    define NEARDUP_MUST_CHECK
#endif

/* ---- errors -------------------------------------------------------------------------------------------------- */

typedef enum neardup_status {
    NEARDUP_OK = 0,
    NEARDUP_E_NOMEM = 1,    /* an allocation failed */
    NEARDUP_E_ARG = 2,      /* an argument or option is out of range, or options contradict each other */
    NEARDUP_E_IO = 3,       /* a system call failed; sys_errno says which way */
    NEARDUP_E_FORMAT = 4,   /* input bytes are not what they should be (JSON, gzip, zstd) */
    NEARDUP_E_LIMIT = 5,    /* a documented limit was reached (memory budget too small, too many documents) */
    NEARDUP_E_CANCELED = 6, /* neardup_job_cancel was called, or a callback asked to stop */
    NEARDUP_E_EXISTS = 7,   /* the output folder already holds files */
} neardup_status;

typedef struct neardup_error {
    neardup_status code;
    int sys_errno;     /* errno of the failed system call, 0 if none */
    uint64_t line;     /* 1-based line in the input, 0 if none */
    char message[512]; /* NUL-terminated */
} neardup_error;

/* Name of a status, for instance "NEARDUP_E_NOMEM"; "unknown status" for other numbers. Static storage. */
NEARDUP_API const char *neardup_status_name(neardup_status status);

/* Version of the library that is running, for instance "0.2.0". Static storage. */
NEARDUP_API const char *neardup_version(void);
/* The same as a number, to be compared with NEARDUP_VERSION_NUMBER of the header. */
NEARDUP_API unsigned neardup_version_number(void);

/* Frees an array that a function of this library has allocated for the caller. NULL is fine. The caller's own free()
 * may belong to another run-time library: do not use it for these. */
NEARDUP_API void neardup_free(void *array);

/* ---- profile: what counts as the same text --------------------------------------------------------------------- */

typedef enum neardup_tokens {
    NEARDUP_TOKENS_WORD = 0, /* runs of letters, marks and digits; one token a character in scripts without spaces */
    NEARDUP_TOKENS_CHAR = 1, /* one token a normalised character, words joined by one space */
} neardup_tokens;

typedef struct neardup_profile {
    neardup_tokens tokens;
    unsigned ngram; /* tokens in a shingle, 1 to 64 */
} neardup_profile;

#define NEARDUP_PROFILE_INIT                                                                                           \
    {                                                                                                                  \
        NEARDUP_TOKENS_WORD, 5                                                                                         \
    }

/* 64-bit fingerprint of everything that decides a shingle hash: profile version, Unicode version, tokens, ngram.
 * Equal fingerprints: hashes can be compared. 0 if the profile is out of range. */
NEARDUP_API uint64_t neardup_profile_fingerprint(const neardup_profile *profile);

/* ---- plan: slots, bands and rows for a threshold and a recall --------------------------------------------------- */

typedef enum neardup_sketch_kind {
    NEARDUP_SKETCH_DEFAULT = 0, /* the measured best; see doc/sketches.md */
    NEARDUP_SKETCH_AFFINE = 1,  /* classic MinHash, k affine permutations of 32 bits (Broder 1997) */
    NEARDUP_SKETCH_FSS = 2,     /* Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017) */
} neardup_sketch_kind;

/* ---- SimHash, the second engine ---- */

typedef enum neardup_method { NEARDUP_METHOD_MINHASH = 0, NEARDUP_METHOD_SIMHASH = 1 } neardup_method;

typedef enum neardup_weights {
    NEARDUP_WEIGHTS_COUNT = 0, /* a shingle counts as often as it stands in the text */
    NEARDUP_WEIGHTS_ONE = 1,   /* a shingle counts once */
} neardup_weights;

/* How fingerprints within a distance are found among `count` of them, and what it costs. */
typedef struct neardup_hamming_plan {
    unsigned bits;     /* of a fingerprint: 64 or 128 */
    unsigned distance; /* bits in which two fingerprints may differ */
    unsigned blocks;   /* the fingerprint is cut into this many blocks ... */
    unsigned matching; /* ... of which this many agree in every pair within the distance */
    uint32_t tables;   /* sorted tables; 0: every pair is compared, and there are no blocks */
    double seconds;    /* expected, of one core, for fingerprints that are not similar */
    uint64_t bytes;    /* of working memory beside the fingerprints */
    uint64_t reserved[4];
} neardup_hamming_plan;

/* The cheapest number of blocks, by a cost model with measured constants. bits 64 or 128, distance 0 to bits / 4, memory in
 * bytes (0: no limit). E_ARG if a value is out of range. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_hamming_plan_solve(unsigned bits, unsigned distance,
                                                                         uint64_t count, uint64_t memory,
                                                                         neardup_hamming_plan *plan,
                                                                         neardup_error *err);

typedef struct neardup_plan_options {
    size_t struct_size; /* sizeof(neardup_plan_options) */
    double threshold;   /* Jaccard in [0.4, 0.95] for LSH; (0, 1] when bands and rows are given or all is true */
    double recall;      /* wanted probability in (0, 1) that a pair exactly at the threshold becomes a candidate */
    neardup_sketch_kind kind;
    uint32_t slots;         /* 0: solved. Otherwise the largest bands * rows, 1 to 4096 */
    uint32_t bands;         /* 0: solved. With rows also given nothing is solved */
    uint32_t rows;          /* 0: solved */
    bool all;               /* exact similarity join instead of LSH: recall 1 */
    uint64_t documents;     /* expected number of documents; 0: unknown, memory is then 0 */
    uint64_t mean_bytes;    /* mean document length in bytes; 0: 2400 */
    uint64_t memory_budget; /* bytes, 0: unlimited */
} neardup_plan_options;

#define NEARDUP_PLAN_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(neardup_plan_options), 0.7, 0.99, NEARDUP_SKETCH_DEFAULT, 0, 0, 0, false, 0, 0, 0                       \
    }

typedef struct neardup_plan {
    neardup_sketch_kind kind; /* never DEFAULT */
    bool all;
    double threshold;
    uint32_t slots; /* bands * rows; 0 when all */
    uint32_t bands;
    uint32_t rows;
    double recall_at_threshold; /* probability that a pair at the threshold becomes a candidate */
    double half_point;          /* Jaccard at which a pair becomes a candidate with probability one half */
    double false_share;         /* share of pairs below the threshold that become candidates, Jaccard uniform */
    uint64_t memory_bytes;      /* expected peak memory for the given documents, budget applied */
    uint64_t memory_min_bytes;  /* smallest budget that can work */
    uint64_t scratch_bytes;     /* expected bytes in the scratch folder */
    uint64_t reserved[4];
} neardup_plan;

/* Solves the plan. E_ARG if a value is out of range; E_LIMIT if the recall cannot be reached with the given slots. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_plan_solve(const neardup_plan_options *options,
                                                                 neardup_plan *plan, neardup_error *err);

/* Probability in [0,1] that a pair of this Jaccard similarity becomes a candidate under the plan (the S-curve,
 * 1 - (1 - J^rows)^bands; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4). */
NEARDUP_API double neardup_plan_candidate_probability(const neardup_plan *plan, double jaccard);

/* ---- instruction sets ------------------------------------------------------------------------------------------ */

typedef enum neardup_cpu { /* every row computes the same bits; for tests and measurements */
                           NEARDUP_CPU_AUTO = 0,
                           NEARDUP_CPU_SCALAR = 1,
                           NEARDUP_CPU_AVX2 = 2,
                           NEARDUP_CPU_AVX512 = 3,
                           NEARDUP_CPU_NEON = 4,
} neardup_cpu;

/* ---- sketches -------------------------------------------------------------------------------------------------- */

typedef struct neardup_sketcher neardup_sketcher; /* scratch memory and permutations; one thread at a time */

/* Makes a sketcher. slots 1 to 4096. Signatures are comparable when profile, kind, slots and seed are equal.
 * *out is owned by the caller (neardup_sketcher_destroy), NULL on failure. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_sketcher_create(neardup_sketcher **out,
                                                                      const neardup_profile *profile,
                                                                      neardup_sketch_kind kind, uint32_t slots,
                                                                      uint64_t seed, neardup_cpu cpu,
                                                                      neardup_error *err);

/* Sketches the text (borrowed during the call, any bytes; invalid UTF-8 counts as U+FFFD) into signature[0..slots).
 * *shingles, if not NULL, gets the number of shingles with repetitions; 0 means an empty text, whose signature is
 * all UINT32_MAX and similar to nothing. The slot-wise minimum of two signatures is the signature of the union. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_sketcher_sketch(neardup_sketcher *sketcher, const char *text,
                                                                      size_t length, uint32_t *signature,
                                                                      uint64_t *shingles, neardup_error *err);

/* Frees the sketcher. NULL is fine. */
NEARDUP_API void neardup_sketcher_destroy(neardup_sketcher *sketcher);

/* Estimated Jaccard: share of equal slots, standard error sqrt(J(1-J)/slots) or less. Two empty texts give 0.
 * Thread-safe. */
NEARDUP_API double neardup_signature_jaccard(const uint32_t *a, const uint32_t *b, uint32_t slots);

/* SimHash (Charikar, STOC 2002; Manku, Jain, Das Sarma, WWW 2007); doc/simhash.md specifies the bits. */
typedef struct neardup_fingerprint { /* of 64 bits: high is 0 */
    uint64_t low, high;
} neardup_fingerprint;

typedef struct neardup_simhasher neardup_simhasher; /* scratch memory; one thread at a time */

/* bits 64 or 128. Fingerprints are comparable when profile, bits and weights are equal. *out is owned by the caller
 * (neardup_simhasher_destroy), NULL on failure. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_simhasher_create(neardup_simhasher **out,
                                                                       const neardup_profile *profile, unsigned bits,
                                                                       neardup_weights weights, neardup_cpu cpu,
                                                                       neardup_error *err);

/* Fingerprint of the text (borrowed during the call, any bytes). *shingles, if not NULL, gets the number of shingles with
 * repetitions; 0 means an empty text, whose fingerprint is 0 and means nothing. Texts of fewer than
 * NEARDUP_SIMHASH_RELIABLE shingles have unreliable fingerprints: one replaced word changes many of their bits. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_simhasher_compute(neardup_simhasher *simhasher, const char *text,
                                                                        size_t length, neardup_fingerprint *fingerprint,
                                                                        uint64_t *shingles, neardup_error *err);
NEARDUP_API void neardup_simhasher_destroy(neardup_simhasher *simhasher);

#define NEARDUP_SIMHASH_RELIABLE 100u

/* Bits in which two fingerprints differ, 0 to 128. Thread-safe. */
NEARDUP_API unsigned neardup_fingerprint_distance(neardup_fingerprint a, neardup_fingerprint b);

/* ---- content: what exact duplicates have in common -------------------------------------------------------------- */

/* XXH3-128 of the normalised tokens of a text: equal for texts that are exact duplicates, whatever their case, spaces and
 * punctuation. It depends on profile.tokens and the profile version, not on ngram. Zeros: no token, or not asked for. */
typedef struct neardup_content {
    uint64_t high, low;
} neardup_content;

/* Content of a text (borrowed, any bytes). part: as a job with inside_documents has it of a paragraph, in which an immediately
 * repeated line counts once (doc/paragraphs.md); else as of a document, which is also how a job without it has it of a
 * paragraph. Thread-safe. E_ARG, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_content_compute(const neardup_profile *profile, bool part,
                                                                      const char *text, size_t length,
                                                                      neardup_content *content, neardup_error *err);

/* ---- exact comparison of two texts ------------------------------------------------------------------------------ */

typedef struct neardup_comparison {
    bool identical;      /* same sequence of normalised tokens, at least one token */
    double jaccard;      /* of the two shingle sets; 0 if both are empty */
    double a_in_b;       /* containment: share of a's shingles that are in b, 0 if a is empty */
    double b_in_a;       /* the same the other way round */
    uint64_t a_tokens;   /* tokens */
    uint64_t b_tokens;   /* tokens */
    uint64_t a_shingles; /* distinct shingles */
    uint64_t b_shingles; /* distinct shingles */
    uint64_t shared;     /* distinct shingles in both */
    bool a_invalid_utf8; /* a had bytes that are not UTF-8 */
    bool b_invalid_utf8;
    uint64_t reserved[4];
} neardup_comparison;

/* A run of tokens of a whose shingles stand in b in the same order; byte ranges of the original texts. */
typedef struct neardup_passage {
    size_t a_begin, a_end; /* bytes, half-open */
    size_t b_begin, b_end;
    uint64_t tokens;
} neardup_passage;

/* Compares two texts exactly. passages, if not NULL, gets an array of the shared passages (at least ngram tokens
 * long, in the order of a, none overlapping in a) that the caller releases with neardup_free; *passage_count their number. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_compare(const neardup_profile *profile, const char *a,
                                                              size_t a_length, const char *b, size_t b_length,
                                                              neardup_comparison *result, neardup_passage **passages,
                                                              size_t *passage_count, neardup_error *err);

/* A piece of two texts laid side by side. The segments of a pair cover both texts from begin to end, in order, with nothing
 * between them; shared and differing ones take turns. */
typedef struct neardup_segment {
    size_t a_begin, a_end; /* bytes, half-open */
    size_t b_begin, b_end;
    uint64_t a_tokens, b_tokens; /* tokens in the two ranges; equal where shared */
    bool shared; /* the same normalised tokens on both sides (their bytes may differ); else what stands in one or
                                    the other: a range may be empty */
} neardup_segment;

/* Lays two texts side by side, token by token: a shortest edit script where it is affordable (Myers, Algorithmica 1986),
 * between shared passages where the texts are far apart, so that the cost stays near-linear. *segments is an
 * array that the caller releases with neardup_free. Deterministic; thread-safe. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_diff(const neardup_profile *profile, const char *a,
                                                           size_t a_length, const char *b, size_t b_length,
                                                           neardup_segment **segments, size_t *segment_count,
                                                           neardup_error *err);

/* Half-open range. */
typedef struct neardup_span {
    uint64_t begin, end;
} neardup_span;

/* Where the tokens of a text stand, in order: byte ranges of the text (borrowed, any bytes). A character that is several
 * tokens (a ligature, with NEARDUP_TOKENS_CHAR) gives each of them its range. *spans is an array that the caller releases with
 * neardup_free. Thread-safe. E_ARG, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_tokenise(const neardup_profile *profile, const char *text,
                                                               size_t length, neardup_span **spans, size_t *count,
                                                               neardup_error *err);

/* ---- the whole job ---------------------------------------------------------------------------------------------- */

typedef enum neardup_input_format {
    NEARDUP_INPUT_AUTO = 0,      /* by name and first bytes: JSON Lines, else a file is a document */
    NEARDUP_INPUT_JSONL = 1,     /* a line is a record */
    NEARDUP_INPUT_FILE = 2,      /* a file is a document */
    NEARDUP_INPUT_PARAGRAPH = 3, /* a paragraph (ended by a blank line) is a document */
    NEARDUP_INPUT_LINE = 4,      /* a line is a document */
    NEARDUP_INPUT_CSV = 5,       /* a row is a record; the first row names the columns, and fields are columns */
    NEARDUP_INPUT_TSV = 6,       /* the same with tabs between the columns */
} neardup_input_format;

typedef enum neardup_keep {
    NEARDUP_KEEP_FIRST = 0,
    NEARDUP_KEEP_LAST = 1,
    NEARDUP_KEEP_LONGEST = 2,  /* most tokens, then first */
    NEARDUP_KEEP_SHORTEST = 3, /* fewest tokens, then first */
    NEARDUP_KEEP_MAX = 4,      /* largest keep_field, then first; documents without the field come last */
    NEARDUP_KEEP_MIN = 5,      /* smallest keep_field, then first */
    NEARDUP_KEEP_CONTENT =
        6, /* smallest hash of the text as it stands, of paragraphs by that of their document: which texts stay
                                  does not depend on the order of the input */
} neardup_keep;

/* What is compared. PARAGRAPH and LINE exclude each other. With DOCUMENT | PARAGRAPH whole documents come first, then the
 * paragraphs of those that stay. */
typedef enum neardup_unit {
    NEARDUP_UNIT_DOCUMENT = 1,
    NEARDUP_UNIT_PARAGRAPH = 2, /* lines up to a blank one; a text without a blank line: its lines */
    NEARDUP_UNIT_LINE = 4,
} neardup_unit;

typedef struct neardup_job_options {
    size_t struct_size;      /* sizeof(neardup_job_options); neardup_job_options_init sets it */
    neardup_profile profile; /* of documents */
    double threshold;        /* Jaccard */
    double recall;
    neardup_sketch_kind kind;
    uint32_t slots, bands, rows; /* 0: solved */
    bool all_candidates;         /* exact similarity join */
    uint64_t seed;
    neardup_input_format format;
    const char *text_field; /* dotted path; NULL: "text". Borrowed until the job is destroyed, as all strings here */
    const char *id_field;   /* dotted path; NULL: "id" */
    neardup_keep keep;
    const char *keep_field;  /* dotted path, for KEEP_MAX and KEEP_MIN */
    unsigned threads;        /* 0: all cores */
    uint64_t memory;         /* budget in bytes for the whole process, at least 64 MiB; 0: half of the machine's memory.
                                A record may take an eighth of it, a thirty-second where documents are split */
    const char *scratch_dir; /* NULL: the output folder, else /var/tmp, else /tmp */
    bool strict;             /* stop at the first bad record */
    bool drop_invalid;       /* records that cannot be read are left out of the cleaned corpus */
    bool drop_empty;         /* documents without a token are left out of the cleaned corpus */
    bool pairs;              /* verify and report all pairs, not only those that decide */
    const char *output_dir;  /* NULL: nothing is written (find). "-": the cleaned records to standard output */
    bool force; /* an output folder that holds files is replaced file by file; the run fails with E_ARG if what
                                was named as an input, or on a list, lies in it */
    neardup_cpu cpu;
    /* ---- SimHash instead of MinHash; see doc/simhash.md ---- */
    neardup_method method;
    unsigned simhash_bits; /* 64 or 128 */
    neardup_weights weights;
    unsigned distance; /* bits in which the fingerprints of duplicates may differ, 0 to simhash_bits / 4 */
    bool verify; /* duplicates must also reach the threshold; false: the distance decides, and Jaccard is only told */
    /* ---- paragraphs and lines; see doc/paragraphs.md ---- */
    unsigned units;                    /* neardup_unit, or-ed */
    neardup_profile paragraph_profile; /* of paragraphs and lines */
    bool inside_documents;             /* look for repeats inside a document */
    bool between_documents;            /* look for repeats between documents */
    double containment;     /* share in (0, 1] of a paragraph's shingles that stand in the rest of its document from
                                     which it is cut; 0: not looked at. Only with inside_documents */
    uint64_t max_copies;    /* 0: the first copy stays. Otherwise repeats between up to so many documents stay as they
                                     are, and what stands in more is boilerplate and goes */
    bool keep_one;          /* of boilerplate the first copy stays */
    uint64_t min_tokens;    /* shorter paragraphs are compared for equality only, and cut only if they repeat often */
    uint64_t min_contained; /* shorter paragraphs are not looked for in the rest of their document: their shingles stand
                                     there by chance */
    uint64_t
        short_min_documents; /* a paragraph shorter than min_tokens is cut if it is in at least this many documents;
                                     0: never */
    bool drop_emptied;       /* documents of which cutting leaves fewer than min_remaining tokens go as a whole, unless
                                     they hold a keeper */
    uint64_t min_remaining;  /* tokens */
    bool annotate;           /* nothing is cut: a member "neardup" of the JSON record says what would be */
    const char *group_field; /* dotted path, for instance of a site; counts in summary and callbacks, and the group of
                                every reference. NULL: none */
    /* ---- what is told and kept about the run ---- */
    bool contents; /* references have their content: 16 bytes of memory a distinct text. Not those of documents where
                                only paragraphs or lines are compared */
    bool write_corpus; /* the output folder gets the cleaned corpus beside the reports; false: the reports alone, and
                          output_dir must be a folder or NULL */
    const char *
        command; /* for summary.json: how the program was called, a JSON array of strings; else E_ARG. NULL: left out */
    const char *delimiter; /* between the columns of CSV and TSV: one character of ASCII, or "\\t" for a tab; not a quote
                              or a line end. NULL: a comma, and for TSV a tab */
} neardup_job_options;

/* Fills *options with the defaults; size is sizeof *options as the caller's compiler knows it, and nothing beyond it is
 * written. */
NEARDUP_API void neardup_job_options_init(neardup_job_options *options, size_t size);

/* Where a document, or a paragraph or line of one, stands. Borrowed: valid during the callback. */
typedef struct neardup_ref {
    neardup_unit unit;
    uint64_t index;     /* 0-based number of the unit in input order: of the document, the paragraph or the line */
    uint64_t document;  /* 0-based number of the document in input order */
    const char *id;     /* the id as raw JSON (a string with its quotes, or a number); NULL if the record has none */
    size_t id_length;   /* bytes */
    const char *file;   /* name as in the output, NUL-terminated */
    uint64_t line;      /* 1-based line of the unit's first byte; of a JSON record and what is in it: of the record */
    neardup_span bytes; /* of a paragraph or line in its document's text, as UTF-8; {0, 0} for documents */
    neardup_span characters; /* the same in Unicode code points */
    uint64_t tokens;
    neardup_content content; /* with the option contents, else zeros */
    const char *group;       /* value of group_field as raw JSON (string or number); NULL: none, or not asked for */
    size_t group_length;     /* bytes */
    uint32_t split;          /* number of its split, from 0; 0 without splits */
    bool reference;          /* of an input added with neardup_job_add_reference */
    uint64_t order;          /* in pairs: its text's place in keeper order, equal for copies; else 0 */
    const char *path; /* of the file, as it was given or found below a folder; "-": standard input. NULL: unknown (of
                                a run that was read back) */
    uint64_t record_bytes; /* of its record in the file, decompressed, line end included; 0: unknown */
    uint64_t reserved[4];
} neardup_ref;

typedef enum neardup_reason {
    NEARDUP_EXACT = 0,       /* the same sequence of normalised tokens */
    NEARDUP_NEAR = 1,        /* Jaccard at or above the threshold */
    NEARDUP_CONTAINED = 2,   /* most of its shingles stand in the rest of its document */
    NEARDUP_BOILERPLATE = 3, /* stands in more than max_copies documents */
    NEARDUP_EMPTIED = 4,     /* a document of which cutting left too little */
} neardup_reason;

#define NEARDUP_NO_DISTANCE (-1)

typedef struct neardup_decision { /* one removed document, or one cut paragraph or line */
    neardup_ref document;         /* the unit that goes */
    neardup_reason reason;
    double jaccard; /* to the keeper, or for boilerplate without one, to its first copy; for CONTAINED, EMPTIED: 0 */
    double containment; /* for CONTAINED, else 0 */
    int distance;       /* of the fingerprints; NEARDUP_NO_DISTANCE with MinHash, and for CONTAINED and EMPTIED */
    neardup_ref keeper; /* file NULL: none (boilerplate of which no copy stays; EMPTIED). For CONTAINED the paragraph of
                               the same document that holds most of it, or if that one is cut, its keeper */
    neardup_span cut;   /* bytes of the document's text that go: the paragraph and the blank lines behind it */
    uint64_t cluster; /* 1-based; 0 for EMPTIED. Clusters of documents are numbered by size, those of paragraphs by the
                         tokens of what is cut, largest first, then by keeper's index */
} neardup_decision;

typedef struct neardup_pair { /* a comes before b in input order */
    neardup_ref a, b;
    neardup_reason reason;
    double jaccard;
    int distance; /* of the fingerprints, or NEARDUP_NO_DISTANCE */
} neardup_pair;

typedef struct neardup_member {
    neardup_ref document;
    neardup_reason reason;
    double jaccard;     /* to the keeper, or to the first copy */
    double containment; /* for CONTAINED, else 0 */
    int distance;       /* to the keeper or first copy, or NEARDUP_NO_DISTANCE */
    uint64_t reserved[2];
} neardup_member;

typedef struct neardup_cluster {
    uint64_t number;    /* 1-based; documents, and paragraphs or lines, are numbered apart: keeper.unit */
    neardup_ref keeper; /* of boilerplate that goes altogether: the first copy, which is also a member */
    uint64_t documents; /* that hold the keeper or a member */
    uint64_t tokens;    /* of the members: what repeating costs */
    bool boilerplate;
    bool all_removed;              /* boilerplate of which no copy stays: the keeper is also a member */
    uint64_t member_count;         /* without the keeper, unless all go */
    const neardup_member *members; /* by index */
    uint64_t component; /* number of the first cluster that this one hangs together with through documents similar to
                           both keepers; equal to number if none */
} neardup_cluster;

typedef enum neardup_severity { NEARDUP_NOTE = 0, NEARDUP_WARNING = 1, NEARDUP_ERROR = 2 } neardup_severity;

/* A repeated paragraph on the pages of one group (group_field), where it stands on more than half of them. */
typedef struct neardup_group_repeat {
    const char *group;        /* the field's value as raw JSON */
    size_t group_length;      /* bytes */
    uint64_t group_documents; /* of the group */
    uint64_t documents;       /* of these, that hold the paragraph or a near-duplicate of it */
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

/* All members may be NULL. A callback that returns false stops the job with E_CANCELED. Calls never overlap.
 * decision, pair and cluster come in a fixed order: decisions by index, pairs by the indexes of a and b, clusters by
 * number; those of documents before those of paragraphs or lines. */
typedef struct neardup_callbacks {
    size_t struct_size; /* sizeof(neardup_callbacks) */
    void *context;
    bool (*progress)(void *context, const neardup_progress *progress); /* some times a second at most */
    /* a bad record or file: file and line as far as known (line 0: the file as a whole) */
    /* (file NULL: the job as a whole). Of bad records the first 1000 in input order; summary->invalid counts all. */
    bool (*message)(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message);
    bool (*decision)(void *context, const neardup_decision *decision);
    bool (*pair)(void *context, const neardup_pair *pair);
    bool (*cluster)(void *context, const neardup_cluster *cluster);
    /* by group in order of first appearance, then by cluster */
    bool (*group_repeat)(void *context, const neardup_group_repeat *repeat);
    /* what stays and leads no cluster, but is similar to something that went: in another input order it might have gone
     * itself. a stays, b went (the most similar; both of the input, not of references). Behind the clusters of the same
     * unit, by the index of a. Only looked for if this is not NULL: with SimHash, where the distance alone decides, that
     * costs the pairs of a mass of near texts. Of buckets in which more than 1000 went the first 1000 are looked at. By
     * neardup_job_run. */
    bool (*near_miss)(void *context, const neardup_pair *pair);
    /* a document without a token; line: 1-based, of an empty file 1. All of them, of inputs, not of references. By
     * neardup_job_run in input order, by neardup_job_run_leaks with those of the first split last. */
    bool (*empty)(void *context, const char *file, uint64_t line);
} neardup_callbacks;

typedef struct
    neardup_paragraph_summary { /* what became of the paragraphs or lines of the documents that stay; zeros if not asked for */
    neardup_unit unit;
    uint64_t documents;  /* split */
    uint64_t blank_rule; /* documents split at blank lines */
    uint64_t
        newline_rule;  /* documents split at newlines, since they have no blank line (PARAGRAPH), or always (LINE) */
    uint64_t count;    /* paragraphs or lines with at least one token */
    uint64_t tokens;   /* of all parts */
    uint64_t distinct; /* different sequences of normalised tokens; with within alone, of each document */
    uint64_t shorter;  /* of the parts: with fewer than min_tokens */
    uint64_t exact, near, contained, boilerplate; /* cut */
    uint64_t cut_tokens;
    uint64_t cut_bytes;     /* of these in the files, without the blank lines that go with them */
    uint64_t changed;       /* documents of which something was cut */
    uint64_t emptied;       /* documents dropped by drop_emptied */
    uint64_t emptied_bytes; /* of their records, beyond cut_bytes */
    uint64_t clusters;
    uint64_t groups;                                   /* distinct values of group_field */
    uint64_t candidates, edges, capped_buckets, pairs; /* as for documents */
    uint64_t profile_fingerprint;
    neardup_plan plan;
    neardup_hamming_plan hamming; /* with SimHash, instead of plan */
    uint64_t unreliable; /* with SimHash: parts of fewer than NEARDUP_SIMHASH_RELIABLE shingles that were compared */
    uint64_t reserved[8];
} neardup_paragraph_summary;

typedef struct neardup_summary {
    size_t struct_size;     /* of the library that filled it: a program may be compiled against a longer one */
    uint64_t files;         /* read */
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
    uint64_t kept;            /* documents: neither exact nor near nor emptied */
    uint64_t clusters;        /* keepers with at least one removed document */
    uint64_t largest_cluster; /* documents in it, the keeper included */
    uint64_t candidates;      /* pairs whose exact similarity was computed; with SimHash: those within the distance that
                                 were looked at */
    uint64_t edges;           /* of these, at or above the threshold; with SimHash and without verify: all */
    uint64_t pairs;           /* reported pairs of documents, copies included; only with the pairs option */
    uint64_t capped_buckets;  /* buckets in which only the earliest kept documents were compared */
    uint64_t profile_fingerprint;
    neardup_plan plan;
    unsigned threads;
    double read_seconds, match_seconds, verify_seconds, write_seconds, total_seconds; /* wall */
    uint64_t peak_memory_bytes;                                                       /* resident set of the process */
    uint64_t scratch_bytes; /* most that stood in the scratch folder */
    double split_seconds;   /* of paragraphs or lines, wall; their match, verify and write add to those above */
    neardup_paragraph_summary paragraphs;
    neardup_hamming_plan hamming; /* with SimHash, instead of plan */
    uint64_t unreliable;          /* with SimHash: documents of fewer than NEARDUP_SIMHASH_RELIABLE shingles */
    uint64_t removed_tokens;      /* of the removed documents, exact and near */
    uint64_t reference_files;     /* read besides; nothing above counts them or what is in them, but for failed_files,
                                     input_bytes, candidates and edges */
    uint64_t reference_documents; /* with at least one token */
} neardup_summary;

typedef struct neardup_job neardup_job;

/* Checks the options and makes a job. *out is owned by the caller, NULL on failure. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_create(neardup_job **out, const neardup_job_options *options,
                                                                 neardup_error *err);

/* Adds a file, a folder (recursive, sorted by name) or "-" (standard input, once). Below a folder, the reports that an
 * earlier run has left (decisions.jsonl, clusters.jsonl, pairs.jsonl and its summary.json in one folder) are left out, which
 * a message says; named itself, each of them is read. Copied. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_input(neardup_job *job, const char *path,
                                                                    neardup_error *err);

/* Adds the paths listed in a file ("-": standard input), separated by newlines, or by NUL if the file holds one. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_list(neardup_job *job, const char *path,
                                                                   neardup_error *err);

/* Adds a file or folder to compare with: its documents always stay, come before all others in keeper order (in input
 * order, whatever `keep` says), are not written, and are not compared with each other. In input order they come behind all
 * others; the numbers and names of these are what they would be without references: where both have a file of the same name,
 * the reference's gets the distinct one. Paragraphs of references count in max_copies and short_min_documents. A file that is also an
 * input is an input only, which a message says. The run fails with E_IO if a reference is not there, with E_ARG if every
 * one is an input, and inside documents only (no unit DOCUMENT, no between_documents). Copied. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_reference(neardup_job *job, const char *path,
                                                                        neardup_error *err);

/* Adds an input of an earlier run, or a reference, that stands elsewhere now: `path` is read, and its files have the names that
 * they had when it was given as `as` ("-": on standard input; NULL: as `path`). A file is named as `as` itself, those of a folder as if they
 * stood below it. E_NOMEM is the only failure. Copied. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_add_moved(neardup_job *job, const char *path, const char *as,
                                                                    bool reference, neardup_error *err);

/* A file or folder that is passed over where it lies below a folder that is an input (not below a reference): a baseline, an
 * earlier report. An input that names it itself is read. A path that does not exist excludes nothing. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_exclude(neardup_job *job, const char *path,
                                                                  neardup_error *err);

/* Inputs added from now on belong to the split of this name ("train"): the first call names split 0. Calling it again with
 * a name that is known goes on with that split. An input in two splits is an error of the run; a reference that is an input,
 * too, is that input, and one in two splits belongs to the first. Copied. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_begin_split(neardup_job *job, const char *name,
                                                                      neardup_error *err);

/* Runs the job, once. OK also when single records or files were bad: the summary counts them (failed_files > 0 is for
 * the caller to judge). Outputs are complete or absent. callbacks may be NULL. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run(neardup_job *job, const neardup_callbacks *callbacks,
                                                              neardup_error *err);

/* A document's fingerprint or signature; borrowed during the callback. */
typedef struct neardup_sketched {
    neardup_ref document;
    uint64_t shingles;               /* with repetitions; 0: an empty text, which has no sketch */
    neardup_fingerprint fingerprint; /* with SimHash */
    const uint32_t *signature;       /* with MinHash: so many slots as were asked for; else NULL */
} neardup_sketched;

typedef struct neardup_sketch_options {
    size_t struct_size; /* sizeof(neardup_sketch_options) */
    uint32_t slots;     /* of a MinHash signature, 1 to 4096 */
    void *context;
    bool (*sketched)(void *context, const neardup_sketched *sketched); /* every document in input order; false: stop */
} neardup_sketch_options;

/* Runs a job that sketches documents and compares nothing, once, instead of neardup_job_run. It reads the input once, and
 * needs memory and scratch for what the threads have at hand only. Of the options it takes profile, method, simhash_bits,
 * weights, kind, seed, those of the input, threads, memory, strict and cpu; of the callbacks progress and message. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run_sketch(neardup_job *job,
                                                                     const neardup_sketch_options *wanted,
                                                                     const neardup_callbacks *callbacks,
                                                                     neardup_error *err);

/* ---- other runs over the same inputs: each takes a job of its own, once, instead of neardup_job_run ---- */

typedef struct neardup_place {
    const char *file; /* name as in neardup_ref */
    uint64_t line;
} neardup_place;

typedef struct neardup_read_options {
    size_t struct_size;          /* sizeof(neardup_read_options) */
    const neardup_place *places; /* of documents, in any order; a place may stand there twice */
    size_t count;
    void *context;
    /* The text of places[index], in the order of files and lines; id is raw JSON or NULL. Borrowed. false: stop */
    bool (*text)(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length);
} neardup_read_options;

/* Reads the texts of some documents: files that hold none are not opened, and each is left behind its last one. Places where
 * no document stands are passed over; a line inside a text document (that of one of its paragraphs) stands for it. E_ARG
 * for standard input. Of the options it takes those of the input, threads, memory and strict. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run_read(neardup_job *job, const neardup_read_options *wanted,
                                                                   const neardup_callbacks *callbacks,
                                                                   neardup_error *err);

typedef struct neardup_neighbour {
    neardup_ref document;
    double jaccard;           /* exact */
    double query_in_document; /* containment of the query's shingles, exact */
    uint64_t shared;          /* distinct shingles in both */
    unsigned bands; /* of the options' plan, in which the two signatures meet; 0 with SimHash and all_candidates */
    int distance;   /* of the fingerprints, or NEARDUP_NO_DISTANCE with MinHash */
} neardup_neighbour;

typedef struct neardup_search_options {
    size_t struct_size; /* sizeof(neardup_search_options) */
    const char *text;   /* the query; borrowed during the run */
    size_t length;      /* bytes */
    neardup_place skip; /* a document that is not compared, for instance the query itself; file NULL: none */
    size_t count;       /* neighbours wanted, at least 1 */
    void *context;
    bool (*neighbour)(void *context,
                      const neardup_neighbour *neighbour); /* nearest by jaccard first, then input order */
} neardup_search_options;

/* The documents that are most similar to a text, by exact Jaccard, without a threshold: every document is compared. Of the
 * options it takes the profile, method, threshold, recall, plan and seed, those of the input, threads, memory and
 * strict. Neighbours that share no shingle are not reported. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run_search(neardup_job *job,
                                                                     const neardup_search_options *wanted,
                                                                     const neardup_callbacks *callbacks,
                                                                     neardup_error *err);

typedef struct neardup_leak { /* a text of one split that stands in another one */
    neardup_ref document;
    neardup_ref source;    /* where it stands: the most similar document of that split, then the first in input order */
    neardup_reason reason; /* EXACT, NEAR (Jaccard at or above options.threshold), CONTAINED */
    double jaccard;        /* of options.profile, exact */
    double containment; /* share of the document's shingles (of options.profile) that stand in the source, exact; 1 for
                              EXACT; 0 for NEAR if it is not looked at or the document is shorter than a shingle */
} neardup_leak;

typedef struct neardup_leak_options {
    size_t struct_size;      /* sizeof(neardup_leak_options) */
    neardup_profile profile; /* of containment: shingles of so many tokens */
    double containment;      /* share in (0, 1] from which a text leaks; 0: only EXACT and NEAR */
    void *context;
    bool (*leak)(void *context, const neardup_leak *leak); /* by document, then split of the source; false: stop */
    /* Filled: documents (with at least one token) and tokens of each split, in so many places as there are splits; NULL is
     * fine. split_short: the documents of each split but the first that are shorter than a shingle of `profile`, so that
     * they are looked for as whole documents only; 0 where containment is not looked at. */
    uint64_t *split_documents, *split_tokens, *split_short;
} neardup_leak_options;

#define NEARDUP_LEAK_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(neardup_leak_options), {NEARDUP_TOKENS_WORD, 8}, 0.8, NULL, NULL, NULL, NULL, NULL                      \
    }

/* Looks for texts of every split but the first (test, validation) in the documents of every other split (train), exactly: no
 * signature decides (doc/leaks.md). Needs two splits. A document is reported once for each split that it stands in: EXACT
 * before NEAR before CONTAINED, then by similarity, then the first in input order. A text shorter than a shingle of
 * options.profile is not looked for inside documents: it leaks only where it is (nearly) the whole of one (EXACT, NEAR), and
 * options.split_short counts it.
 * Files of the first split are read last, and every file once. The texts of the other splits are held in memory as
 * shingles: E_LIMIT if they do not fit the budget. Of the options it takes profile, threshold, those of the input,
 * group_field, contents, threads, memory (a record may take a thirty-second of it), strict and cpu; the summary has
 * counts of what was read. E_ARG if units, output_dir or references are given. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_run_leaks(neardup_job *job,
                                                                    const neardup_leak_options *options,
                                                                    const neardup_callbacks *callbacks,
                                                                    neardup_error *err);

/* Asks a running job to stop; it removes its temporary files and returns E_CANCELED. May be called from any thread
 * and from a signal handler. */
NEARDUP_API void neardup_job_cancel(neardup_job *job);

/* What the run found; borrowed until the job is destroyed. Before the run: zeros. */
NEARDUP_API const neardup_summary *neardup_job_summary(const neardup_job *job);

/* The first bytes of the text of a unit (its number as in neardup_ref), whole characters only, at most size - 1 bytes and
 * a NUL. For use after the run or in its decision, pair, cluster and group_repeat callbacks. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_job_excerpt(neardup_job *job, neardup_unit unit, uint64_t index,
                                                                  char *buffer, size_t size, neardup_error *err);

/* Path of the file that has this name in callbacks (neardup_ref.file), as it was given or found below a folder; NULL: there is
 * none. For use in callbacks and after the run; borrowed until the job is destroyed. */
NEARDUP_API const char *neardup_job_path(const neardup_job *job, const char *name);

/* Frees the job. NULL is fine. */
NEARDUP_API void neardup_job_destroy(neardup_job *job);

/* ---- a finished run, read from its folder ------------------------------------------------------------------------ */

typedef struct neardup_run neardup_run; /* one thread at a time */

/* Opens what a run with output_dir left: the folder, or a file of clusters as `find` prints them (then the summary is
 * unknown: neardup_run_summary is NULL). *out is owned by the caller (neardup_run_close), NULL on failure. E_IO; E_FORMAT
 * with file and line if it is not what a run writes. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_run_open(neardup_run **out, const char *path, neardup_error *err);

/* What summary.json says; borrowed until the run is closed, as all that these return. NULL: there is none. */
NEARDUP_API const neardup_summary *neardup_run_summary(const neardup_run *run);
/* The options of the run, as far as they decide the result or name the input; output_dir, scratch_dir, threads and
 * memory are not set. NULL: unknown. */
NEARDUP_API const neardup_job_options *neardup_run_options(const neardup_run *run);
/* summary.json as it stands, NUL-terminated, for those who show it. NULL: there is none. */
NEARDUP_API const char *neardup_run_summary_json(const neardup_run *run);
/* How the program was called, a JSON array of strings; NULL: unknown. */
NEARDUP_API const char *neardup_run_command(const neardup_run *run);
/* The i-th input as it was given, relative to *directory, in which the run was started; NULL behind the last one. A list
 * (neardup_job_add_list) is told by its paths. "-" is standard input, which cannot be read again. */
NEARDUP_API const char *neardup_run_input(const neardup_run *run, size_t i, bool *reference);
NEARDUP_API const char *neardup_run_directory(const neardup_run *run);

/* Decides again at a stricter threshold, from the pairs that the run recorded (option pairs) and without its corpus. The
 * result is that of a run at this threshold, as far as the run found its pairs. The cut of a paragraph is then its own bytes.
 * Summary, options and all that is reported change accordingly (edges between two references are not counted); calling it
 * again begins anew from the run. A failure changes nothing. E_ARG above 1, below the run's own threshold, for SimHash without
 * a threshold, without pairs, and for runs that removed paragraphs for more than a pair (doc/outputs.md). */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_run_rethreshold(neardup_run *run, double threshold,
                                                                      neardup_error *err);

/* Calls pair, decision (those of paragraphs and lines have their cut) and cluster, as the run did, where they are not NULL:
 * first all pairs, if the run kept them, then all decisions, if there is more than a file of clusters, then all clusters.
 * Can be called again. index, document, content and split of a reference are 0; its tokens are those of the run. Jaccard
 * similarities of decisions and clusters have six decimals, rounded down. E_FORMAT also if the files do not hold as much
 * as the summary counts. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_run_replay(neardup_run *run, const neardup_callbacks *callbacks,
                                                                 neardup_error *err);

/* Frees the run. NULL is fine. */
NEARDUP_API void neardup_run_close(neardup_run *run);

#ifdef __cplusplus
}
#endif
#endif
