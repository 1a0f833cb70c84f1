/* SPDX-License-Identifier: MIT
 *
 * neardup: near-duplicate detection and deduplication of text.
 *
 * The library is a ladder. Each step is useful without those above it:
 *   1. texts      compare two texts exactly, lay them side by side, tokenise      neardup_comparer, neardup_compare
 *   2. sketches   MinHash signatures and SimHash fingerprints of many texts       neardup_sketch_texts, neardup_sketcher
 *   3. plan       slots, bands and rows for a threshold and a recall              neardup_plan_solve
 *   4. decisions  similar pairs in, documents to keep and to remove out           neardup_decide
 *   5. jobs       files or your own documents in, decisions and a corpus out      neardup_run.h
 * examples/ has a program of one page for each step.
 *
 * Caveats, first:
 *   - Similarity is the Jaccard index of two *sets* of shingles (n consecutive normalised tokens), in [0, 1].
 *     Paraphrases share few shingles: no lexical method finds them.
 *   - A sketch only estimates. A job verifies every pair and every removal that it reports with exact sets.
 *   - The library keeps no global state but a random key, which it draws once and which no result depends on. It never
 *     prints, never exits, and installs no signal handler.
 *
 * Threads: functions on different objects may run at the same time. One thread at a time uses one object, except where a
 * function says otherwise. Functions that start threads join them before they return.
 *
 * Errors: a function that can fail returns a neardup_status and fills *err if err is not NULL. err->message is a complete
 * phrase, without capital letter or full stop, to show to a user.
 *
 * Strings: pointer and length in bytes, not NUL-terminated; (NULL, 0) is an empty text. A text may hold any bytes: each
 * maximal invalid UTF-8 sequence counts as U+FFFD. Paths and option strings are NUL-terminated.
 *
 * Memory: an array that the library allocates for the caller is released with neardup_free, an object with the destroy
 * function of its type. Everything else is borrowed, for as long as the function says.
 *
 * Growing: a program that was compiled against an older header runs with a newer library of the same NEARDUP_ABI, and the
 * other way round as long as it uses nothing that is new.
 *   - Options, requests and callbacks begin with struct_size, the caller's sizeof. Fields that the caller's structure does
 *     not have yet keep their defaults. Fields that the library does not know yet must be zero (else E_ARG).
 *   - Structures that the library hands out by pointer grow at their end.
 *   - Structures inside others, in arrays, or filled by the library where the caller keeps them never change their size.
 *     `reserved` is zero; later versions give it names.
 *   - Enumerations get new values at the end: write a default case.
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
/* The number in the name of the shared library (libneardup.so.1). It changes when programs must be compiled again. */
#define NEARDUP_ABI 1

/* Normalisation + tokens + shingle hash. A change that changes any hash raises it; doc/format.md. */
#define NEARDUP_PROFILE_VERSION 2u

#if defined(__GNUC__)
#    define NEARDUP_API        __attribute__((visibility("default")))
#    define NEARDUP_MUST_CHECK __attribute__((warn_unused_result))
#else
#    define NEARDUP_API
#    define NEARDUP_MUST_CHECK
#endif

/* ---- errors, version, memory --------------------------------------------------------------------------------- */

typedef enum neardup_status {
    NEARDUP_OK = 0,
    NEARDUP_E_NOMEM = 1,    /* an allocation failed */
    NEARDUP_E_ARG = 2,      /* an argument or option is out of range, or options contradict each other */
    NEARDUP_E_IO = 3,       /* a system call failed; sys_errno says why */
    NEARDUP_E_FORMAT = 4,   /* the input is malformed (JSON, a compressed stream, a file of sketches) */
    NEARDUP_E_LIMIT = 5,    /* a documented limit was reached (memory budget too small, too many documents) */
    NEARDUP_E_CANCELED = 6, /* neardup_job_cancel was called, or a callback asked to stop */
    NEARDUP_E_EXISTS = 7,   /* the output folder already holds files */
} neardup_status;

typedef struct neardup_error {
    neardup_status code;
    int sys_errno;     /* errno of the failed system call, 0 if none */
    uint64_t line;     /* 1-based line in the input, 0 if none */
    char message[512]; /* NUL-terminated. A name in backticks is a field of options: `text_field`. A second line
                          that begins with one says what to do */
} neardup_error;

/* Name of a status, for instance "NEARDUP_E_NOMEM"; "unknown status" for other numbers. Static storage. */
NEARDUP_API const char *neardup_status_name(neardup_status status);

/* Version of the library that is running, for instance "0.2.0". Static storage. */
NEARDUP_API const char *neardup_version(void);
/* The same as a number, to be compared with the header's NEARDUP_VERSION_NUMBER. */
NEARDUP_API unsigned neardup_version_number(void);

/* Frees an array that a function of this library allocated for the caller. NULL is fine. Do not use free(), which may
 * belong to another C library. */
NEARDUP_API void neardup_free(void *array);

/* ---- profile: what counts as the same text --------------------------------------------------------------------- */

typedef enum neardup_tokens {
    NEARDUP_TOKENS_WORD = 0, /* runs of letters, marks and digits; one token per character in scripts without spaces */
    NEARDUP_TOKENS_CHAR = 1, /* one token per normalised character, words joined by one space */
    /* The same, and accents stay on their letters, and each punctuation mark, operator, symbol and emoji is a token: for
     * program code, and for languages in which accents distinguish words. Typographic quotes and dashes count as plain
     * ones; white space and invisible characters are ignored as above. */
    NEARDUP_TOKENS_WORD_MARKS = 2,
    NEARDUP_TOKENS_CHAR_MARKS = 3,
    /* The same four, and capital and small letters differ: for program code. */
    NEARDUP_TOKENS_WORD_CASE = 4,
    NEARDUP_TOKENS_CHAR_CASE = 5,
    NEARDUP_TOKENS_WORD_MARKS_CASE = 6,
    NEARDUP_TOKENS_CHAR_MARKS_CASE = 7,
} neardup_tokens;

typedef struct neardup_profile { /* never grows */
    neardup_tokens tokens;
    unsigned ngram; /* tokens in a shingle, 1 to 64 */
} neardup_profile;

#define NEARDUP_PROFILE_INIT                                                                                           \
    {                                                                                                                  \
        NEARDUP_TOKENS_WORD, 5                                                                                         \
    }

/* 64-bit fingerprint of everything that decides a shingle hash: profile version, Unicode version, tokens, ngram. Hashes,
 * signatures and fingerprints are comparable where these are equal. 0 if the profile is out of range. Thread-safe. */
NEARDUP_API uint64_t neardup_profile_fingerprint(const neardup_profile *profile);

typedef enum neardup_cpu { /* instruction sets. All compute the same bits: choose one only to test or to measure */
                           NEARDUP_CPU_AUTO = 0,
                           NEARDUP_CPU_SCALAR = 1,
                           NEARDUP_CPU_AVX2 = 2,
                           NEARDUP_CPU_AVX512 = 3,
                           NEARDUP_CPU_NEON = 4,
} neardup_cpu;

/* ---- step 1: texts --------------------------------------------------------------------------------------------- */

/* Scratch memory for a profile. Keep one per thread and reuse it. neardup_compare and the other functions without a
 * comparer set one up at every call. */
typedef struct neardup_comparer neardup_comparer;

/* Makes a comparer. The profile is copied. *out is owned by the caller (neardup_comparer_destroy), NULL on failure.
 * E_ARG for a profile out of range, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_comparer_create(neardup_comparer **out,
                                                                      const neardup_profile *profile,
                                                                      neardup_error *err);
/* Frees the comparer. NULL is fine. */
NEARDUP_API void neardup_comparer_destroy(neardup_comparer *comparer);

typedef struct neardup_comparison {
    bool identical;      /* exact copies: the same tokens, also with NEARDUP_TOKENS_..._MARKS, at least one */
    double jaccard;      /* of the two shingle sets; 0 if both are empty */
    double a_in_b;       /* containment: share of a's shingles that are in b, 0 if a is empty */
    double b_in_a;       /* share of b's shingles that are in a, 0 if b is empty */
    uint64_t a_tokens;   /* tokens */
    uint64_t b_tokens;   /* tokens */
    uint64_t a_shingles; /* distinct shingles */
    uint64_t b_shingles; /* distinct shingles */
    uint64_t shared;     /* distinct shingles in both */
    bool a_invalid_utf8; /* a has bytes that are not UTF-8 */
    bool b_invalid_utf8;
    bool same_tokens;    /* at least one; true and not identical: the same words with other signs or accents */
    bool numbers_differ; /* nothing else does: the same tokens in the same order, but for tokens with a digit */
    uint64_t reserved[4];
} neardup_comparison;

typedef struct neardup_passage { /* a run of tokens of a whose shingles are in b in the same order. Never grows */
    size_t a_begin, a_end;       /* bytes of the original text, half-open */
    size_t b_begin, b_end;
    uint64_t tokens;
} neardup_passage;

/* Compares two texts exactly: the Jaccard similarity and containment of their sets of 64-bit shingle hashes (Broder 1997;
 * two different shingles share a hash with probability 2^-64). passages, if not NULL, gets an array (neardup_free) of the
 * passages that both share: at least ngram tokens long, in the order of a, not overlapping in a; *passage_count is their
 * number. Linear in the length of the texts. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_comparer_compare(neardup_comparer *comparer, const char *a,
                                                                       size_t a_length, const char *b, size_t b_length,
                                                                       neardup_comparison *result,
                                                                       neardup_passage **passages,
                                                                       size_t *passage_count, neardup_error *err);

typedef struct neardup_segment { /* a piece of two texts laid side by side. Never grows */
    size_t a_begin, a_end;       /* bytes, half-open */
    size_t b_begin, b_end;
    uint64_t a_tokens, b_tokens; /* tokens in the two ranges; equal if shared */
    bool shared; /* the same normalised tokens on both sides (their bytes may differ); else text of one side only:
                    a range may be empty */
} neardup_segment;

/* Aligns two texts token by token, to show them side by side. *segments is an array (neardup_free) that covers both
 * texts from begin to end, in order, with nothing between its elements; shared and differing ones alternate. Where the
 * texts differ little, this is a shortest edit script (Myers, Algorithmica 1986). Elsewhere shared passages are aligned
 * first and the script is sought only between them, so that the cost stays near-linear. Deterministic. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_comparer_diff(neardup_comparer *comparer, const char *a,
                                                                    size_t a_length, const char *b, size_t b_length,
                                                                    neardup_segment **segments, size_t *segment_count,
                                                                    neardup_error *err);

/* What a file is that begins with these bytes, if it is not text in UTF-8: "a PNG image", "a binary file", "text in UTF-16LE"
 * (static). NULL: nothing speaks against text. More than 1 % of the characters must be invalid UTF-8, or 10 % U+FFFD: such
 * texts seem equal where they are not. Looks at up to 64 KiB. name: of the file, or NULL. advice, if not NULL of `size` bytes, gets a
 * sentence about it with what to type instead. Thread-safe. */
NEARDUP_API const char *neardup_binary_kind(const char *bytes, size_t length, const char *name, char *advice,
                                            size_t size);

typedef struct neardup_span { /* half-open range. Never grows */
    uint64_t begin, end;
} neardup_span;

/* The tokens of a text, in order, as byte ranges of the text. If a character gives several tokens (a ligature, with
 * NEARDUP_TOKENS_CHAR), each of them has the range of that character. *spans is an array (neardup_free). E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_comparer_tokenise(neardup_comparer *comparer, const char *text,
                                                                        size_t length, neardup_span **spans,
                                                                        size_t *count, neardup_error *err);

/* The first 128 bits of the SHA-256 of the normalised words of a text, joined by single spaces (doc/format.md): equal for
 * texts with the same words, whatever their case, spaces and punctuation. Made to be stored and compared across runs.
 * It depends on profile.tokens and the profile version, not on ngram. All zeros: the text has no token. Never grows. */
typedef struct neardup_content {
    uint64_t high, low;
} neardup_content;

/* Content of a text. paragraph true: as a job with inside_documents computes it for a paragraph, where an immediately
 * repeated line counts once (doc/paragraphs.md). false: as for a document, or a paragraph without inside_documents.
 * E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_comparer_content(neardup_comparer *comparer, bool paragraph,
                                                                       const char *text, size_t length,
                                                                       neardup_content *content, neardup_error *err);

/* The same four functions for a single call, without a comparer. Thread-safe. E_ARG for a profile out of range, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_compare(const neardup_profile *profile, const char *a,
                                                              size_t a_length, const char *b, size_t b_length,
                                                              neardup_comparison *result, neardup_passage **passages,
                                                              size_t *passage_count, neardup_error *err);
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_diff(const neardup_profile *profile, const char *a,
                                                           size_t a_length, const char *b, size_t b_length,
                                                           neardup_segment **segments, size_t *segment_count,
                                                           neardup_error *err);
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_tokenise(const neardup_profile *profile, const char *text,
                                                               size_t length, neardup_span **spans, size_t *count,
                                                               neardup_error *err);
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_content_compute(const neardup_profile *profile, bool paragraph,
                                                                      const char *text, size_t length,
                                                                      neardup_content *content, neardup_error *err);

/* ---- step 2: sketches ------------------------------------------------------------------------------------------ */

typedef enum neardup_method { NEARDUP_METHOD_MINHASH = 0, NEARDUP_METHOD_SIMHASH = 1 } neardup_method;

typedef enum neardup_sketch_kind {                             /* of MinHash */
                                   NEARDUP_SKETCH_DEFAULT = 0, /* the best by measurement; doc/sketches.md */
                                   NEARDUP_SKETCH_AFFINE = 1,  /* classic MinHash: affine permutations (Broder 1997) */
                                   NEARDUP_SKETCH_FSS = 2,     /* Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup,
                                                              FOCS 2017) */
} neardup_sketch_kind;

typedef enum neardup_weights {                            /* of SimHash */
                               NEARDUP_WEIGHTS_COUNT = 0, /* a shingle counts as often as it occurs in the text */
                               NEARDUP_WEIGHTS_ONE = 1,   /* a shingle counts once */
} neardup_weights;

/* Everything that decides the bits of a sketch. Sketches are comparable when their schemes are equal. Start from
 * NEARDUP_SCHEME_MINHASH or NEARDUP_SCHEME_SIMHASH. */
typedef struct neardup_scheme {
    neardup_method method;
    neardup_profile profile;
    neardup_sketch_kind kind; /* MinHash */
    uint32_t slots;           /* MinHash: 1 to 4096 */
    uint64_t seed;            /* MinHash */
    unsigned bits;            /* SimHash: 64 or 128 */
    neardup_weights weights;  /* SimHash */
    uint64_t reserved[4];
} neardup_scheme;

#define NEARDUP_SCHEME_MINHASH                                                                                         \
    {                                                                                                                  \
        NEARDUP_METHOD_MINHASH, NEARDUP_PROFILE_INIT, NEARDUP_SKETCH_DEFAULT, 128, 0, 0, NEARDUP_WEIGHTS_COUNT,        \
        {                                                                                                              \
            0, 0, 0, 0                                                                                                 \
        }                                                                                                              \
    }
#define NEARDUP_SCHEME_SIMHASH                                                                                         \
    {                                                                                                                  \
        NEARDUP_METHOD_SIMHASH, NEARDUP_PROFILE_INIT, NEARDUP_SKETCH_DEFAULT, 0, 0, 64, NEARDUP_WEIGHTS_COUNT,         \
        {                                                                                                              \
            0, 0, 0, 0                                                                                                 \
        }                                                                                                              \
    }

/* SimHash (Charikar, STOC 2002; Manku, Jain, Das Sarma, WWW 2007); doc/simhash.md specifies the bits. Never grows. */
typedef struct neardup_fingerprint {
    uint64_t low, high; /* of 64 bits: high is 0 */
} neardup_fingerprint;

/* Bytes of one sketch in an array of sketches: slots * sizeof(uint32_t) for a MinHash signature,
 * sizeof(neardup_fingerprint) for a SimHash fingerprint of either size. 0 if the scheme is out of range. */
NEARDUP_API size_t neardup_scheme_bytes(const neardup_scheme *scheme);

typedef struct neardup_text { /* borrowed. Never grows */
    const char *bytes;
    size_t length;
} neardup_text;

/* Sketches texts[0..count) with `threads` threads (0: all cores). sketches has room for count * neardup_scheme_bytes(scheme)
 * bytes: uint32_t signatures[count][slots], or neardup_fingerprint fingerprints[count]. shingles, if not NULL, gets the
 * number of shingles of each text, with repetitions; 0 means an empty text, whose sketch means nothing. The result does not
 * depend on threads or instruction set. E_ARG, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_sketch_texts(const neardup_scheme *scheme,
                                                                   const neardup_text *texts, size_t count,
                                                                   unsigned threads, void *sketches, uint64_t *shingles,
                                                                   neardup_error *err);

/* A header for sketches that are stored: 64 bytes with scheme, profile fingerprint and number of sketches, followed, wherever
 * the caller keeps them, by the array of sketches as it is in memory (little-endian); doc/format.md. */
#define NEARDUP_SKETCH_HEADER_BYTES 64

/* Writes the 64 bytes. count: number of sketches that follow. E_ARG if the scheme is out of range. Thread-safe. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status
neardup_sketch_header_write(const neardup_scheme *scheme, uint64_t count,
                            unsigned char header[NEARDUP_SKETCH_HEADER_BYTES], neardup_error *err);
/* Reads scheme and number. expected, if not NULL, is the scheme that the sketches must have. E_FORMAT, saying what
 * differs, if the bytes are not a header, if the sketches have another scheme, or if their profile gives other hashes
 * in this version. scheme may be NULL. E_ARG if `expected` is out of range. Thread-safe. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status
neardup_sketch_header_read(const unsigned char header[NEARDUP_SKETCH_HEADER_BYTES], const neardup_scheme *expected,
                           neardup_scheme *scheme, uint64_t *count, neardup_error *err);

/* Writes a header and sketches[0..count) into a file, which appears complete or not at all and replaces one of the same
 * name; it is synchronised to the disk first. Thread-safe. E_ARG, E_IO, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_sketches_save(const char *path, const neardup_scheme *scheme,
                                                                    const void *sketches, size_t count,
                                                                    neardup_error *err);
/* Reads such a file. *sketches is an array (neardup_free). expected as for the header; scheme may be NULL. On failure
 * *sketches is NULL and *count 0. Nothing in the file is trusted. Thread-safe. E_IO; E_FORMAT, also if the file is
 * longer or shorter than its header says; E_ARG; E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_sketches_load(const char *path, const neardup_scheme *expected,
                                                                    neardup_scheme *scheme, void **sketches,
                                                                    size_t *count, neardup_error *err);

/* Estimated Jaccard: share of equal slots, standard error sqrt(J (1 - J) / slots) or less. Two empty texts give 0.
 * Thread-safe. */
NEARDUP_API double neardup_signature_jaccard(const uint32_t *a, const uint32_t *b, uint32_t slots);

/* Bits in which two fingerprints differ, 0 to 128. Thread-safe. */
NEARDUP_API unsigned neardup_fingerprint_distance(neardup_fingerprint a, neardup_fingerprint b);

/* Reported where there is no distance. */
#define NEARDUP_NO_DISTANCE (-1)

/* Texts with fewer different shingles have unreliable fingerprints: one replaced word changes many of their bits. */
#define NEARDUP_SIMHASH_RELIABLE 100u

/* One text at a time: scratch memory and permutations. Keep one per thread. */
typedef struct neardup_sketcher neardup_sketcher;

/* MinHash (Broder 1997; Dahlgaard, Knudsen, Thorup, FOCS 2017): slots 1 to 4096, any seed. *out is owned by the caller
 * (neardup_sketcher_destroy), NULL on failure. E_ARG, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_sketcher_create(neardup_sketcher **out,
                                                                      const neardup_profile *profile,
                                                                      neardup_sketch_kind kind, uint32_t slots,
                                                                      uint64_t seed, neardup_cpu cpu,
                                                                      neardup_error *err);

/* Sketches the text into signature[0..slots). *shingles, if not NULL, gets the number of shingles with repetitions; 0 means
 * an empty text, whose signature is all UINT32_MAX and similar to nothing. The slot-wise minimum of two signatures is the
 * signature of the union of their shingle sets. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_sketcher_sketch(neardup_sketcher *sketcher, const char *text,
                                                                      size_t length, uint32_t *signature,
                                                                      uint64_t *shingles, neardup_error *err);

/* Frees the sketcher. NULL is fine. */
NEARDUP_API void neardup_sketcher_destroy(neardup_sketcher *sketcher);

typedef struct neardup_simhasher neardup_simhasher; /* the same for fingerprints */

/* bits 64 or 128. *out is owned by the caller (neardup_simhasher_destroy), NULL on failure. E_ARG, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_simhasher_create(neardup_simhasher **out,
                                                                       const neardup_profile *profile, unsigned bits,
                                                                       neardup_weights weights, neardup_cpu cpu,
                                                                       neardup_error *err);

/* Fingerprint of the text. *shingles, if not NULL, gets the number of shingles with repetitions; 0 means an empty text,
 * whose fingerprint is 0 and means nothing. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_simhasher_compute(neardup_simhasher *simhasher, const char *text,
                                                                        size_t length, neardup_fingerprint *fingerprint,
                                                                        uint64_t *shingles, neardup_error *err);
/* Frees the simhasher. NULL is fine. */
NEARDUP_API void neardup_simhasher_destroy(neardup_simhasher *simhasher);

/* ---- step 3: plan: slots, bands and rows for a threshold and a recall ------------------------------------------ */

typedef struct neardup_plan_options {
    size_t struct_size; /* sizeof(neardup_plan_options) */
    double threshold;   /* Jaccard in [0.4, 0.95] for LSH; (0, 1] when bands and rows are given or all is true */
    double recall;      /* required probability in (0, 1) that a pair exactly at the threshold becomes a candidate */
    neardup_sketch_kind kind;
    uint32_t slots;         /* 0: calculated. Otherwise the largest bands * rows, 1 to 4096 */
    uint32_t bands;         /* 0: calculated. If rows is also given, nothing is calculated */
    uint32_t rows;          /* 0: calculated */
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

/* Calculates the plan: of all bands and rows that reach the recall at the threshold, those with the fewest expected
 * false candidates. E_ARG if a value is out of range; E_LIMIT if the recall cannot be reached with the given slots.
 * Thread-safe. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_plan_solve(const neardup_plan_options *options,
                                                                 neardup_plan *plan, neardup_error *err);

/* Probability in [0, 1] that a pair of this Jaccard similarity becomes a candidate under the plan (the S-curve,
 * 1 - (1 - J^rows)^bands; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4). Thread-safe. */
NEARDUP_API double neardup_plan_candidate_probability(const neardup_plan *plan, double jaccard);

/* How fingerprints within a distance are found among `count` of them, and what it costs; doc/simhash.md. */
typedef struct neardup_hamming_plan {
    unsigned bits;     /* of a fingerprint: 64 or 128 */
    unsigned distance; /* bits in which two fingerprints may differ */
    unsigned blocks;   /* the fingerprint is cut into this many blocks ... */
    unsigned matching; /* ... of which this many agree in every pair within the distance */
    uint32_t tables;   /* sorted tables; 0: every pair is compared, and there are no blocks */
    double seconds;    /* expected, of one core, for fingerprints that are not similar */
    uint64_t bytes;    /* of working memory, in addition to the fingerprints */
    uint64_t reserved[4];
} neardup_hamming_plan;

/* The cheapest number of blocks, by a cost model with measured constants. bits 64 or 128, distance 0 to bits / 4, memory in
 * bytes (0: no limit). E_ARG if a value is out of range. Thread-safe. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_hamming_plan_solve(unsigned bits, unsigned distance,
                                                                         uint64_t count, uint64_t memory,
                                                                         neardup_hamming_plan *plan,
                                                                         neardup_error *err);

/* ---- step 4: decisions ----------------------------------------------------------------------------------------- */

typedef struct neardup_edge { /* two documents that are similar enough. Never grows */
    uint64_t a, b;            /* their numbers, from 0; in either order */
    double similarity;        /* any measure, larger is more similar: a Jaccard index, or minus a Hamming distance */
} neardup_edge;

#define NEARDUP_NONE UINT64_MAX

/* Decides which of `count` documents to keep. Documents are visited in keeper order: order[0], order[1] ..., a
 * permutation of 0 .. count - 1, or 0, 1 ... if order is NULL. A document is removed exactly if it has an edge to a
 * document that is kept already, and its keeper is the most similar of these, or the first visited of several equally
 * similar ones. A removed document removes nothing, so a chain of similar documents is not removed as a whole (the
 * greedy maximal independent set in keeper order).
 *
 * Results are columns of `count` elements; any may be NULL. keeper: number of the keeper, NEARDUP_NONE for a document
 * that is kept. similarity: similarity of the edge to the keeper, 0 for a document that is kept. cluster: 1-based
 * number of the cluster, which is a keeper and the documents that it removes, by size, largest first, then by keeper's
 * number; 0 for a document in none. *clusters, if not NULL, gets their number.
 *
 * edges[0..edge_count) may come in any order and repeat; of a repeated one the largest similarity counts. Edges from a
 * document to itself are ignored. The array is not changed. O(count + edges) memory, O(edges log edges) time. E_ARG if
 * a number or order is out of range, or a similarity is not a number; E_NOMEM. Thread-safe. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_decide(uint64_t count, const uint64_t *order,
                                                             const neardup_edge *edges, size_t edge_count,
                                                             uint64_t *keeper, double *similarity, uint64_t *cluster,
                                                             uint64_t *clusters, neardup_error *err);

/* ---- step 4, on many machines ----------------------------------------------------------------------------------
 *
 * A job (step 5) runs on one machine. These are its pieces, for a cluster: the machine that has a text makes its extract,
 * the extracts that share a digest are copies of one text, those that share a band key are candidates, a matcher computes
 * their similarity from their sets, and neardup_decide decides. Texts stay where they are. The result is that of a job with
 * the same options (doc/scale.md has the whole of it; neardup.spark of the Python package runs it on Spark). */

#define NEARDUP_SECRET_BYTES 32

/* What other machines need of a text. Never grows. */
typedef struct neardup_extract {
    neardup_content digest; /* equal for equal tokens, else with probability 2^-62; zeros: the text has no token */
    uint64_t form;          /* of texts with equal digests those with equal forms are exact copies */
    uint64_t tokens;
    const uint32_t *keys; /* [bands], never 0: texts that share a band's key are candidates. NULL: no shingles */
    const uint64_t *set;  /* distinct shingles, in the order of their first appearance */
    size_t set_count;
} neardup_extract;

/* Scratch memory for a scheme. Keep one per thread. */
typedef struct neardup_extractor neardup_extractor;

/* Makes an extractor. scheme: MinHash, with at least bands * rows slots (neardup_plan_solve). secret: digests, forms and sets are
 * comparable between extractors that have the same secret and profile, in all processes and on all machines. Draw it once per run
 * from the system's random bytes, hand it to all machines of the run, and keep it from those who write the texts: who knows it can
 * make texts that are taken for equal. No result depends on it. *out is owned by the caller (neardup_extractor_destroy), NULL on
 * failure. E_ARG, E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_extractor_create(neardup_extractor **out,
                                                                       const neardup_scheme *scheme, uint32_t bands,
                                                                       uint32_t rows,
                                                                       const unsigned char secret[NEARDUP_SECRET_BYTES],
                                                                       neardup_error *err);
/* Makes the extract of a text; its arrays live in the extractor until the next call. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_extractor_extract(neardup_extractor *extractor, const char *text,
                                                                        size_t length, neardup_extract *extract,
                                                                        neardup_error *err);
/* Frees the extractor. NULL is fine. */
NEARDUP_API void neardup_extractor_destroy(neardup_extractor *extractor);

/* One set against many. Keep one per thread. */
typedef struct neardup_matcher neardup_matcher;

/* Makes a matcher, of the empty set. *out is owned by the caller (neardup_matcher_destroy), NULL on failure. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_matcher_create(neardup_matcher **out, neardup_error *err);
/* Takes the set that others are compared with; it is copied. E_NOMEM. */
NEARDUP_API NEARDUP_MUST_CHECK neardup_status neardup_matcher_take(neardup_matcher *matcher, const uint64_t *set,
                                                                   size_t count, neardup_error *err);
/* Jaccard similarity of that set and this one, whose hashes are distinct: exact if it is at least `least`, otherwise 0. */
NEARDUP_API double neardup_matcher_jaccard(const neardup_matcher *matcher, const uint64_t *set, size_t count,
                                           double least);
/* Frees the matcher. NULL is fine. */
NEARDUP_API void neardup_matcher_destroy(neardup_matcher *matcher);

#ifdef __cplusplus
}
#endif
#endif
