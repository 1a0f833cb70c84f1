/* SPDX-License-Identifier: MIT
 * The texts of one kind of item: of documents, or of the paragraphs or lines of the documents that are kept. Both take the
 * same steps:
 *
 *   item (a document, a paragraph) -> text (distinct sequence of tokens) -> rank (place in keeper order)
 *   fill      items get a text id, texts get band keys or        texts.c
 *             fingerprints
 *   order     keeper order                                       keeper_order.c
 *   match     buckets, decisions on texts                        candidates.c, reread.c
 *   cluster   decisions on items, clusters                       results.c, paragraph_policy.c, unique.c
 */
#ifndef NDUP_TEXTS_H
#define NDUP_TEXTS_H

#include "base/column.h"
#include "base/platform.h"
#include "base/pool.h"
#include "cluster/containment.h"
#include "cluster/decide.h"
#include "cluster/numbering.h"
#include "engine/corpus.h"
#include "engine/digests.h"
#include "match/bands.h"
#include "match/contained.h"
#include "match/text_numbers.h"
#include "neardup_run.h"
#include "sketch/simhash.h"
#include "sketch/sketch.h"
#include "text/text.h"

/* What the splitting pass stores: one row per paragraph or line, in input order; those of a document are neighbours. */
enum ndup_paragraph_kind {
    NDUP_PARAGRAPH_PLAIN,     /* a paragraph or line; its text is NDUP_TEXT_EMPTY if it has no token */
    NDUP_PARAGRAPH_CONTAINED, /* the rest of its document contains it; link leads to the paragraph that has most of it */
    NDUP_PARAGRAPH_ANCHOR,    /* a line of the paragraph before it (link), repeated by the echoes that follow */
    NDUP_PARAGRAPH_ECHO,      /* a line that repeats its anchor (link) */
};

struct ndup_paragraph_row {
    uint32_t document;              /* row of the document */
    uint32_t raw_begin, raw_length; /* bytes of the record; between them an escaped JSON string or plain text */
    uint32_t begin, length;         /* bytes of the document's text */
    uint32_t first_char, chars;     /* the same in code points */
    uint32_t tokens;                /* saturated */
    struct ndup_text_id text;       /* NDUP_TEXT_EMPTY without tokens */
    int32_t link;  /* to another row: index + link; for a plain paragraph, to the first one of the same text in its
                                         document, 0 if it is the first */
    uint32_t line; /* of a plain text: newlines of the document before it */
    uint32_t shared, shingles; /* containment = shared / shingles */
    uint64_t form;             /* text.h */
    uint8_t kind;              /* enum ndup_paragraph_kind */
    bool definition;           /* it has the definition of a link or footnote */
};

struct ndup_forms {   /* of the items whose text has several (forms.c) */
    uint64_t *listed; /* one bit per item; NULL: all copies are exact */
    uint32_t *before; /* per 64 items: listed ones before them */
    uint64_t *form;   /* of the listed items, in order */
};

struct ndup_texts {
    neardup_unit unit;
    neardup_profile profile;
    neardup_plan plan;
    unsigned simhash_bits; /* 0: MinHash, and the next two mean nothing */
    neardup_weights weights;
    neardup_cpu cpu;
    struct ndup_sketch *sketch; /* NULL for the exact join, and for SimHash */
    uint64_t items;
    uint64_t own_items; /* those of references come after them, are kept, and not compared with each other */
    struct ndup_column
        *paragraphs;            /* one struct ndup_paragraph_row per item; NULL for documents: the rows of the corpus */
    struct ndup_digests *table; /* while it is filled */
    struct ndup_column *digests;  /* one struct ndup_digest per text; NULL unless the digest table may overflow */
    struct ndup_column *contents; /* one neardup_content per text; NULL: the caller wants none */
    struct ndup_bands *bands;
    struct ndup_column *fingerprints; /* ndup_texts_fingerprint_bytes per text; NULL for MinHash, and when they are in
                                         keeper order */
    struct ndup_fingerprint *ranked;  /* [ranks] */
    uint64_t *short_texts;            /* one bit per rank: too few shingles for SimHash; NULL when they are counted */
    struct ndup_entries inside;       /* candidates found inside a document; for documents: none */
    struct ndup_text_id *alias;       /* [count]: the text with equal tokens that represents it; NULL: itself */
    uint32_t count;                   /* text ids handed out; some at the end of a run are unused */
    uint32_t *first_item;             /* [count]: the text's first item in keeper order, UINT32_MAX if none */
    struct ndup_rank *rank_of;        /* [count]: NDUP_NO_NUMBER if unused */
    struct ndup_text_id *text_at;     /* [ranks] */
    uint32_t ranks;
    uint32_t references;       /* the first ranks: their texts are in references */
    uint64_t reference_tokens; /* of the paragraphs of references */
    uint64_t *mixed;           /* one bit per rank of these: it is also in an input; NULL unless pairs are reported */
    struct ndup_decided decided;
    struct ndup_samples *samples; /* of documents that may be contained in others, until these are found; NULL: none */
    struct ndup_containment containment;
    uint8_t *rule; /* [ranks]: enum ndup_cluster_rule, of keepers; NULL for documents: the first copy is kept */
    struct ndup_clusters clusters;
    uint64_t *removed; /* one bit per item */
    struct ndup_forms forms;
    uint64_t capped_buckets;
};

/* A fingerprint, low bits first, and a byte: whether the text is short (ndup_simhash_is_short). */
NDUP_INLINE size_t ndup_texts_fingerprint_bytes(const struct ndup_texts *texts)
{
    return texts->simhash_bits / 8 + 1;
}

/* An item as the visits below see it; row is NULL for paragraphs, part for documents. */
struct ndup_item {
    uint64_t index;
    struct ndup_text_id text; /* or one of the constants in corpus.h */
    uint32_t tokens;
    uint32_t document;
    const struct ndup_row *row;
    const struct ndup_paragraph_row *part;
};

/* Whether the item can be the first one of its text. */
NDUP_INLINE bool ndup_item_counts(const struct ndup_item *item)
{
    return ndup_has_text(item->text) && (item->part == NULL || item->part->kind == NDUP_PARAGRAPH_PLAIN ||
                                         item->part->kind == NDUP_PARAGRAPH_ANCHOR);
}

/* Bytes that it takes in its file: of the record, or of the paragraph as it is written there. */
NDUP_INLINE uint64_t ndup_item_stored(const struct ndup_item *item)
{
    return item->part != NULL ? item->part->raw_length : item->row->length;
}

/* The text that represents all texts with these tokens. */
NDUP_INLINE struct ndup_text_id ndup_texts_canonical(const struct ndup_texts *texts, struct ndup_text_id text)
{
    return texts->alias != NULL ? texts->alias[text.value] : text;
}

NDUP_INLINE struct ndup_rank ndup_texts_rank(const struct ndup_texts *texts, struct ndup_text_id text)
{
    return texts->rank_of[text.value];
}

/* The first item of a text in keeper order. */
NDUP_INLINE uint32_t ndup_texts_first_item(const struct ndup_texts *texts, struct ndup_rank rank)
{
    return texts->first_item[texts->text_at[rank.value].value];
}

/* The same by text id, while ranks are not known yet. */
NDUP_INLINE uint32_t *ndup_texts_first_item_of(const struct ndup_texts *texts, struct ndup_text_id text)
{
    return &texts->first_item[ndup_texts_canonical(texts, text).value];
}

NDUP_INLINE bool ndup_texts_is_reference(const struct ndup_texts *texts, uint64_t item)
{
    return item >= texts->own_items;
}

/* Whether to decide on the text, or to report pairs of it: no if it is in references only. */
NDUP_INLINE bool ndup_texts_is_new(const struct ndup_texts *texts, struct ndup_rank rank)
{
    return rank.value >= texts->references || (texts->mixed != NULL && ndup_rank_bit(texts->mixed, rank));
}

/* Whether the item is removed: looks at one bit, where ndup_job_decide_item would look at four places. False before clusters
 * are made. */
NDUP_INLINE bool ndup_texts_is_removed(const struct ndup_texts *texts, uint64_t item)
{
    return texts->removed != NULL && (texts->removed[item / 64] >> item % 64 & 1);
}

/* Whether two items of one text are exact copies (text.h); any thread. */
bool ndup_texts_are_exact(const struct ndup_texts *texts, uint64_t a, uint64_t b);
/* The exact form of an item whose text has several, else 0. */
uint64_t ndup_texts_form(const struct ndup_texts *texts, uint64_t item);
void ndup_forms_free(struct ndup_forms *forms);

/* The content of the item's text, zeros if it has none; any thread, when all texts are known. */
neardup_status ndup_texts_content(const struct ndup_texts *texts, const struct ndup_item *item,
                                  neardup_content *content, neardup_error *err) NDUP_MUST_CHECK;

/* Frees all but what is needed after the results are reported: which items are removed, and contents. */
void ndup_texts_forget(struct ndup_texts *texts);
void ndup_texts_free(struct ndup_texts *texts);

/* ---- filling, by all threads at once ---- */

struct ndup_filler { /* one per thread */
    struct ndup_texts *texts;
    struct ndup_bands_writer bands;
    uint32_t *signature;
    uint32_t *keys;
    struct ndup_simhash *simhash;
    char *run; /* fingerprints of the run of texts that bands are at */
    struct ndup_sampler sampler;
};

struct ndup_texts_room {
    bool spill;          /* digests, contents, keys and fingerprints may go to the scratch folder ... */
    size_t digest_bytes; /* ... and the table of digests may overflow at this size */
    size_t sample_bytes; /* samples beyond this go there in any case */
    struct ndup_scratch *scratch;
};

/* Makes the table, the bands and the sketch of texts whose unit, profile, plan and simhash_bits are set; of the options it
 * takes seed, cpu, contents and those of containment. */
neardup_status ndup_texts_begin(struct ndup_texts *texts, const neardup_job_options *options,
                                const struct ndup_texts_room *room, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_filler_init(struct ndup_filler *filler, struct ndup_texts *texts,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Finds the text of a digest, or makes a new one; *added says that its keys must be put next. words: of its content, if
 * the caller wants contents. */
neardup_status ndup_filler_text(struct ndup_filler *filler, struct ndup_digest digest, struct ndup_words words,
                                struct ndup_text_id *text, bool *added, neardup_error *err) NDUP_MUST_CHECK;
/* The keys or the fingerprint of the text just added, from its shingles; count 0: it is compared with nothing. */
neardup_status ndup_filler_put(struct ndup_filler *filler, const uint64_t *shingles, size_t count,
                               neardup_error *err) NDUP_MUST_CHECK;

/* Samples of the text just added, if it may be contained in others, or contain them. */
NDUP_INLINE neardup_status ndup_filler_sample(struct ndup_filler *filler, struct ndup_text_id text,
                                              const uint64_t *shingles, size_t count, neardup_error *err)
{
    return filler->sampler.samples == NULL ? NEARDUP_OK
                                           : ndup_sampler_put(&filler->sampler, text, shingles, count, err);
}

/* Completes what the filler wrote, and frees it; also after a failure. */
neardup_status ndup_filler_finish(struct ndup_filler *filler, neardup_error *err) NDUP_MUST_CHECK;
/* After all fillers; *overflowed: texts with equal digests must be merged, and the digests are still there for that. */
neardup_status ndup_texts_end(struct ndup_texts *texts, bool *overflowed, neardup_error *err) NDUP_MUST_CHECK;
/* After an overflow: finds texts with equal digests and sets texts->alias. */
neardup_status ndup_texts_merge(struct ndup_texts *texts, size_t group_bytes, struct ndup_pool *pool,
                                neardup_error *err) NDUP_MUST_CHECK;

#endif
