/* SPDX-License-Identifier: MIT
 * What a job that looks for leaks between splits is made of:
 *
 *   collect   reads all splits but the first: their documents, and their texts as sets of shingles     leaks.c
 *   index     the sets become lists of shingles (match/set_index.h)                                       leaks.c
 *   find      passes the first split by the index as it is read, and the texts of the others           leaks_match.c
 *   best      of what is found, the most similar source of each text in each split                     leaks_match.c
 *   report    leaks in input order                                                                     leaks.c
 *
 * Both reading passes go through pipeline.h. Values and input order alone decide which source is best, so that it does not
 * depend on the order in which threads find it. */
#ifndef NDUP_LEAKS_H
#define NDUP_LEAKS_H

#include "base/arena.h"
#include "base/platform.h"
#include "engine/phases.h"
#include "engine/pipeline.h"
#include "match/set_index.h"
#include "match/verify.h"

#include <pthread.h>
#include <stdatomic.h>

/* The split that a text is in, if it is in several, or in none yet. */
#define NDUP_LEAKS_SEVERAL UINT32_MAX
#define NDUP_LEAKS_NOWHERE (UINT32_MAX - 1)
#define NDUP_LEAKS_NO_TEXT UINT32_MAX
/* Several per core, so that threads rarely want the same one. Not measured; results do not depend on it. */
#define NDUP_LEAKS_LOCKS 64u

struct ndup_leak_place { /* of a document */
    uint64_t row;        /* record of its file */
    uint64_t line;       /* 1-based */
    uint32_t source, tokens;
    uint32_t id_length, group_length;
    struct ndup_digest digest;
    uint64_t form;           /* exact (text.h) */
    neardup_content content; /* if the caller wants contents */
};

struct ndup_leak_document { /* of a split that is looked for */
    struct ndup_leak_place place;
    const char *names; /* the id, then the group */
    uint32_t text;
};

struct ndup_leak_text {               /* documents with the same content share it */
    struct ndup_digest digest, other; /* other: with the tokens of leaking.profile, if they are of another kind */
    uint32_t only_split;              /* or SEVERAL, NOWHERE */
    uint32_t next;                    /* with the same content and another `other` */
};

struct ndup_leak_source { /* a document that is the best for some texts */
    atomic_uint references;
    struct ndup_leak_place place;
    char names[]; /* the id, then the group */
};

/* Scores order what is found: kinds of leak, and in each the similarity. 0: nothing. */
enum ndup_leak_kind { NDUP_LEAK_CONTAINED = 1, NDUP_LEAK_NEAR = 2, NDUP_LEAK_EXACT = 3 };
uint64_t ndup_leak_score(enum ndup_leak_kind kind, double similarity);

struct ndup_leak_best {     /* of a text, in a split */
    _Atomic uint64_t score; /* read without the lock to learn what cannot win; the rest is guarded by it */
    uint64_t order;         /* place of the source among those of its split */
    struct ndup_leak_source *source;
    double jaccard, containment;
};

struct ndup_leak_floor { /* all texts of a cohort have at least this, in a split */
    uint64_t score, order;
};

enum { NDUP_LEAKS_NEAR, NDUP_LEAKS_CONTAINED, NDUP_LEAKS_SIDES }; /* by profile: options.profile, leaking.profile */

struct ndup_leaks_side {
    struct ndup_set_index_set *sets; /* [texts] */
    size_t set_capacity;
    struct ndup_set_index *sought;
    struct ndup_leak_floor *floors; /* [cohorts * splits] */
    _Atomic uint32_t *reach;        /* [splits * groups] */
    uint64_t shingles, prefixes;    /* of all sets; in prefixes */
    uint32_t largest;               /* set */
};

struct ndup_leaks_record {        /* of the current block, while collecting */
    uint32_t line, lines, tokens; /* lines: ndup_garbled_lines */
    size_t names;
    uint32_t id_length, group_length;
    struct ndup_digest digest, other;
    uint64_t form;
    neardup_content content;
    size_t hashes; /* distinct shingles of both sides, one after the other */
    uint32_t counts[NDUP_LEAKS_SIDES];
    const char *problem; /* a record that could not be read, or has stray bytes; static */
};

struct ndup_leaks_member {
    struct ndup_leaks *leaks;
    struct ndup_worker *worker;
    struct ndup_text *text;  /* of leaking.profile */
    struct ndup_text *exact; /* for exact forms */
    struct ndup_task *task;
    struct ndup_leaks_record *records; /* collecting: all; finding: bad and empty ones */
    size_t count, capacity;
    uint64_t *hashes;
    size_t hash_count, hash_capacity;
    struct ndup_probe probe;
    struct ndup_buf names;
    struct ndup_counts counts; /* of the batch, as all below */
    uint64_t rows;
    struct ndup_leak_source **made;
    size_t made_count, made_capacity;
    struct ndup_seeker *seekers[NDUP_LEAKS_SIDES];
    neardup_status status; /* of the pass over the texts */
    neardup_error error;
};

struct ndup_leaks {
    neardup_job *job;
    const neardup_leak_options *wanted;
    bool contained;    /* containment is looked at */
    bool other_tokens; /* the two profiles have tokens of different kinds */
    uint32_t splits;
    struct ndup_pipeline pipeline;
    struct ndup_leaks_member *members;
    struct ndup_arena arena; /* sets and names */
    struct ndup_leak_document *documents;
    size_t document_count, document_capacity;
    struct ndup_leak_text *texts;
    size_t text_count, text_capacity;
    uint32_t *slots; /* open addressing: text + 1 by content */
    size_t slot_count;
    struct ndup_leaks_side sides[NDUP_LEAKS_SIDES];
    struct ndup_leak_best *best;                            /* [texts * splits] */
    pthread_mutex_t locks[NDUP_LEAKS_LOCKS];                /* of best, by text */
    pthread_mutex_t floor_locks[NDUP_LEAKS_LOCKS];          /* by cohort */
    uint64_t *split_documents, *split_tokens, *split_short; /* [splits] */
    _Atomic uint64_t next;                                  /* document, in the pass over the texts */
    atomic_bool stop;
};

/* ---- texts: leaks.c ---- */

/* The first text with this content; NO_TEXT: none. */
uint32_t ndup_leaks_text(const struct ndup_leaks *l, struct ndup_digest digest);
/* Tokens of a record, and how it counts. */
neardup_status ndup_leaks_tokenise(struct ndup_leaks_member *m, struct ndup_document *d, struct ndup_tokens *tokens,
                                   neardup_error *err) NDUP_MUST_CHECK;
/* Tokens of the side of containment, and how many of its shingles there are: none of a text shorter than one. */
neardup_status ndup_leaks_contained_shingles(struct ndup_leaks_member *m, struct ndup_document *d,
                                             struct ndup_tokens *tokens, const uint64_t **hashes, size_t *count,
                                             neardup_error *err) NDUP_MUST_CHECK;
/* Adds the counts of a block, in its task, and clears them. */
void ndup_leaks_count(struct ndup_leaks_member *m);

/* ---- what is best: leaks_match.c ---- */

struct ndup_leak_look { /* a document in which texts are looked for */
    struct ndup_leaks *l;
    struct ndup_leaks_member *m;
    struct ndup_leak_place place; /* while a block is worked on, row and line count from its beginning */
    const char *id, *group;
    const char *text; /* NULL: its form is exact */
    size_t length;
    uint64_t order;
    uint32_t split;
    struct ndup_words words;         /* of the document, if its content is wanted and not known yet */
    struct ndup_leak_source *source; /* NULL: nothing is best by it yet */
    size_t size;                     /* distinct shingles of options.profile, while texts near it are looked for */
};

/* Looks for all texts in a document whose shingles the seekers have taken. */
neardup_status ndup_leaks_look(struct ndup_leak_look *look, neardup_error *err) NDUP_MUST_CHECK;
/* The form of a text becomes exact. */
neardup_status ndup_leaks_exact_form(struct ndup_leaks_member *member, const char *text, size_t length, uint64_t *form,
                                     neardup_error *err) NDUP_MUST_CHECK;
void ndup_leaks_release(struct ndup_leak_source *source);

/* ---- finding: leaks_match.c ---- */

neardup_status ndup_leaks_find(struct ndup_leaks *l, neardup_error *err) NDUP_MUST_CHECK;

#endif
