/* SPDX-License-Identifier: MIT
 * The units of one kind: documents, or the paragraphs or lines of those that stay. The same steps for all of them:
 *
 *   item (a document, a paragraph) -> unit (distinct sequence of tokens) -> rank (place in keeper order)
 *   fill      items get units, units get band keys or       level_fill.c
 *             fingerprints
 *   order     keeper order                                  keeper_order.c
 *   match     buckets, decisions                             matching.c, fingerprints.c, load.c
 *   cluster   fates of the items, clusters                  results.c, part_fate.c
 */
#ifndef NDUP_TEXTS_H
#define NDUP_TEXTS_H

#include "base/column.h"
#include "base/platform.h"
#include "cluster/decide.h"
#include "engine/corpus.h"
#include "engine/digests.h"
#include "engine/paragraphs/part_rows.h"
#include "match/bands.h"
#include "neardup.h"
#include "sketch/simhash.h"
#include "sketch/sketch.h"
#include "text/text.h"

struct ndup_member_list { /* clusters: keepers with removed items */
    struct ndup_cluster_info {
        uint64_t keeper; /* item */
        uint32_t rank;
        uint64_t first, count; /* of members */
        uint64_t tokens;       /* of the members */
        uint64_t component;    /* 1-based number of a cluster */
    } * clusters;              /* by number - 1 */
    uint64_t cluster_count;
    uint32_t *members; /* items, by cluster, then ascending */
    uint32_t *number;  /* [ranks]: 1-based, 0 if the rank has no cluster */
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
    uint64_t own_items; /* those of references come behind them, stay, and are not compared with each other */
    struct ndup_column *paragraphs; /* struct ndup_part_row an item; NULL for documents: the rows of the corpus */
    struct ndup_digests *table;     /* while it is filled */
    struct ndup_column *digests;    /* XXH128_hash_t a unit; NULL unless the digest table may overflow */
    struct ndup_column *contents;   /* neardup_content a unit; NULL: not asked for */
    struct ndup_bands *bands;
    struct ndup_column *fingerprints; /* simhash_bits a unit; NULL for MinHash, and when they stand in keeper order */
    struct ndup_fingerprint *ranked;  /* [ranks] */
    struct ndup_entries inside;       /* candidates found inside a document; no parts: none */
    uint32_t *alias;                  /* [units]: the unit of the same text that stands for it; NULL: each for itself */
    uint32_t units;                   /* numbers handed out; some at the end of a run stand for no item */
    uint32_t *first_item;             /* [units]: the unit's first item in keeper order, UINT32_MAX if none */
    uint32_t *rank_of;                /* [units]: UINT32_MAX if none */
    uint32_t *text_at;                /* [ranks] */
    uint32_t ranks;
    uint32_t references;       /* of the ranks, the first: their texts stand in references */
    uint64_t reference_tokens; /* of the parts of references */
    uint64_t *mixed;           /* a bit a rank of these: it stands in an input, too; NULL unless pairs are asked for */
    struct ndup_decided decided;
    uint8_t *rule; /* [ranks]: enum ndup_policy, of keepers; NULL for documents: the first copy stays */
    struct ndup_member_list clusters;
    uint64_t *removed; /* a bit an item */
    uint64_t capped_buckets;
};

/* An item as the visits below see it; row is NULL for parts, part for documents. */
struct ndup_item {
    uint64_t index;
    uint32_t unit; /* or one of the constants in corpus.h */
    uint32_t tokens;
    uint32_t document;
    const struct ndup_row *row;
    const struct ndup_paragraph_row *part;
};

/* Whether the item can be a unit's first one. */
NDUP_INLINE bool ndup_item_counts(const struct ndup_item *item)
{
    return item->unit <= NDUP_TEXT_MAX && (item->part == NULL || item->part->kind == NDUP_PARAGRAPH_PLAIN ||
                                           item->part->kind == NDUP_PARAGRAPH_ANCHOR);
}

/* Bytes that it takes in its file: of the record, or of the part as it is written there. */
NDUP_INLINE uint64_t ndup_item_stored(const struct ndup_item *item)
{
    return item->part != NULL ? item->part->raw_length : item->row->length;
}

/* The unit that stands for the item's text; item->unit is at most NDUP_UNIT_MAX. */
NDUP_INLINE uint32_t ndup_texts_canonical(const struct ndup_texts *texts, uint32_t unit)
{
    return texts->alias != NULL ? texts->alias[unit] : unit;
}

NDUP_INLINE bool ndup_texts_is_reference(const struct ndup_texts *texts, uint64_t item)
{
    return item >= texts->own_items;
}

/* Whether there is a text to be decided on, or pairs to be told of: not of what stands in references alone. */
NDUP_INLINE bool ndup_texts_is_new(const struct ndup_texts *texts, uint32_t rank)
{
    return rank >= texts->references || (texts->mixed != NULL && (texts->mixed[rank / 64] >> rank % 64 & 1));
}

/* Whether the item is removed: one bit, where the fate would look at four places. False before clusters are made. */
NDUP_INLINE bool ndup_texts_is_removed(const struct ndup_texts *texts, uint64_t item)
{
    return texts->removed != NULL && (texts->removed[item / 64] >> item % 64 & 1);
}

/* The content of the item's text, zeros if it has none; any thread, when all units are known. */
neardup_status ndup_texts_content(const struct ndup_texts *texts, const struct ndup_item *item,
                                  neardup_content *content, neardup_error *err) NDUP_MUST_CHECK;

/* What is left when the results are told: which items are removed, and contents. */
void ndup_texts_forget(struct ndup_texts *texts);
void ndup_texts_free(struct ndup_texts *texts);

/* ---- filling, by all threads at once ---- */

struct ndup_filler { /* one a thread */
    struct ndup_texts *texts;
    struct ndup_bands_writer bands;
    uint32_t *signature;
    uint32_t *keys;
    struct ndup_simhash *simhash;
    char *run; /* fingerprints of the run of units that bands are at */
};

struct ndup_texts_room {
    bool spill;          /* digests, contents, keys and fingerprints may go to the scratch folder ... */
    size_t digest_bytes; /* ... and the table may overflow at so many bytes */
    struct ndup_scratch *scratch;
};

/* Makes the table, the bands and the sketch of a level whose unit, profile, plan and simhash_bits are set; of the options
 * it takes seed, cpu and contents. */
neardup_status ndup_texts_begin(struct ndup_texts *texts, const neardup_job_options *options,
                                const struct ndup_texts_room *room, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_filler_init(struct ndup_filler *filler, struct ndup_texts *texts,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Finds the unit of a digest, or makes a new one; *added says that its keys must be put next. content: what is told of it,
 * kept if contents are asked for. */
neardup_status ndup_filler_text(struct ndup_filler *filler, XXH128_hash_t digest, XXH128_hash_t content, uint32_t *unit,
                                bool *added, neardup_error *err) NDUP_MUST_CHECK;
/* The keys or the fingerprint of the unit just added, from its shingles; count 0: it is compared with nothing. */
neardup_status ndup_filler_put(struct ndup_filler *filler, const uint64_t *shingles, size_t count,
                               neardup_error *err) NDUP_MUST_CHECK;

/* Completes what the filler wrote, and frees it; also after a failure. */
neardup_status ndup_filler_finish(struct ndup_filler *filler, neardup_error *err) NDUP_MUST_CHECK;
/* After all fillers; *overflowed: units of equal text must be merged, and the digests are still there for that. */
neardup_status ndup_texts_end(struct ndup_texts *texts, bool *overflowed, neardup_error *err) NDUP_MUST_CHECK;

#endif
