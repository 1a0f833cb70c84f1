/* SPDX-License-Identifier: MIT
 * Facts are not duplicates: what a near-duplicate paragraph says that occurs nowhere else is not cut.
 *
 * By now every paragraph has its decision. One that would be cut as a near copy, or because it is contained in its document,
 * is read again with its keeper and taken apart into sentences and list items (text/sentences.h). A sentence is cut only if
 * its tokens are in the keeper, one after the other, or if an earlier near copy kept the same sentence; the others stay.
 * So each sentence that is cut occurs in text that is kept: keepers are kept as a whole, and what stays is never cut again.
 *
 * Other rules were measured on four corpora (doc/paragraphs.md has the table). To keep the whole paragraph for a sentence
 * finds 13.7 % fewer redundant tokens in lohelp-en, where one sentence of several is spelled in another way. To look a
 * sentence up in all that is kept, and not in the keeper alone, needs one more pass over the corpus, and finds 0.2 % more.
 *
 * It costs 7 % more instructions on psdocs (4.49 to 4.81 billion), and 1 % more time on 1 GB of generated text.
 *
 * The threads share out the reading, a batch of paragraphs at a time; what stays is then decided in input order. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"
#include "text/sentences.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is known afterwards ---- */

void ndup_unique_free(struct ndup_unique *unique)
{
    if (unique == NULL)
        return;
    free(unique->spared);
    free(unique->partly);
    free(unique->relied);
    ndup_column_free(unique->stays);
    free(unique);
}

neardup_status ndup_unique_stays(const struct ndup_unique *unique, uint64_t item, struct ndup_stays *out,
                                 neardup_error *err)
{
    struct ndup_stay stay;
    *out = (struct ndup_stays){0};
    if (unique == NULL || !ndup_unique_bit(unique->partly, item))
        return NEARDUP_OK;
    uint64_t low = 0, high = unique->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        NDUP_TRY(ndup_column_get(unique->stays, middle, &stay, err));
        if (stay.item < item)
            low = middle + 1;
        else
            high = middle;
    }
    for (out->first = low; low < unique->count; low++) {
        NDUP_TRY(ndup_column_get(unique->stays, low, &stay, err));
        if (stay.item != item)
            break;
        out->count++;
        out->tokens += stay.tokens;
        out->raw += stay.raw;
    }
    return NEARDUP_OK;
}

static void set_bit(uint64_t *bits, uint64_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

/* ---- where a run of tokens occurs ---- */

/* Places of a token that are tried for a sentence, of its rarest one. A sentence of which every token is more frequent than
 * that in one paragraph (a table of zeros) may be missed, and stays; without a bound, a page of one word takes quadratic time. */
#define MOST_PLACES 64u

struct token_slot {
    uint64_t hash;
    uint32_t count, last; /* places; the last one, plus one */
};

struct token_index { /* of texts that are kept; open addressing */
    uint64_t *tokens;
    uint32_t *before; /* [count]: the place of the same token before this one, plus one; 0: none */
    struct token_slot *slots;
    size_t count, token_capacity, before_capacity, mask, slot_capacity;
};

static void free_index(struct token_index *x)
{
    free(x->tokens);
    free(x->before);
    free(x->slots);
}

/* Adds a text. Token 0, which no word has, separates it from the next one. */
static bool add_tokens(struct token_index *x, const uint64_t *tokens, size_t count)
{
    if (count >= UINT32_MAX - x->count - 1 || !ndup_grow(&x->tokens, &x->token_capacity, x->count + count + 1, 8))
        return false;
    if (count > 0)
        memcpy(x->tokens + x->count, tokens, count * sizeof *tokens);
    x->count += count;
    x->tokens[x->count++] = 0;
    return true;
}

static struct token_slot *find_token(const struct token_index *x, uint64_t hash)
{
    size_t i = (size_t)(hash ^ hash >> 32) & x->mask;
    while (x->slots[i].count > 0 && x->slots[i].hash != hash)
        i = (i + 1) & x->mask;
    return &x->slots[i];
}

/* When all texts are there. */
static bool index_tokens(struct token_index *x)
{
    size_t size = 64;
    while (size < 2 * x->count)
        size *= 2;
    if (!ndup_grow(&x->slots, &x->slot_capacity, size, sizeof *x->slots) ||
        !ndup_grow(&x->before, &x->before_capacity, x->count, sizeof *x->before))
        return false;
    memset(x->slots, 0, size * sizeof *x->slots);
    x->mask = size - 1;
    for (size_t i = 0; i < x->count; i++) {
        struct token_slot *slot = find_token(x, x->tokens[i]);
        slot->hash = x->tokens[i];
        x->before[i] = slot->last;
        slot->last = (uint32_t)i + 1;
        slot->count++;
    }
    return true;
}

/* Whether the texts have these tokens one after the other. */
static bool occurs(const struct token_index *x, const uint64_t *tokens, size_t count)
{
    const struct token_slot *rarest = NULL;
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        const struct token_slot *slot = find_token(x, tokens[i]);
        if (slot->count == 0 || tokens[i] == 0)
            return false;
        if (rarest == NULL || slot->count < rarest->count) {
            rarest = slot;
            offset = i;
        }
    }
    uint32_t place = rarest != NULL ? rarest->last : 0;
    for (unsigned tries = 0; place > 0 && tries < MOST_PLACES; tries++, place = x->before[place - 1]) {
        size_t at = (size_t)place - 1;
        if (at >= offset && count - offset <= x->count - at &&
            memcmp(x->tokens + at - offset, tokens, count * sizeof *tokens) == 0)
            return true;
    }
    return false;
}

/* ---- what is read, by all threads at once ---- */

/* Paragraphs read before some are decided: enough that threads rarely wait for each other at the end, and what they found
 * stays small beside the budget. Not swept. */
#define BATCH       1024u
#define BATCH_BYTES ((uint64_t)4 << 20)

struct sentence { /* a sentence of a candidate */
    struct ndup_digest digest;
    uint32_t begin, end, tokens; /* begin and end: bytes of the paragraph */
    uint32_t trimmed;            /* end without white space */
    uint32_t raw, raw_trimmed;   /* bytes of the record, with white space at the end and without */
    bool in_keeper;              /* or, of a contained paragraph, in what else of its document is kept */
    bool lead;
};

struct candidate {           /* a paragraph that would be cut */
    uint64_t item, compared; /* compared: the item that it is compared with; NDUP_NO_ITEM: it is equal to its keeper */
    struct ndup_paragraph_row row;
    bool contained; /* the whole document is what it is compared with, too */
    /* found: */
    struct ndup_digest same; /* equal for the same bytes and the same `compared` */
    bool again;              /* an earlier batch had it: nothing of it stays */
    bool used;               /* a definition that its document uses */
    bool whole;      /* it is cut altogether, or not: its lines repeat each other, or places in it are not certain */
    unsigned member; /* the thread that has its sentences */
    size_t first, count; /* of its sentences */
};

struct finder { /* what a thread needs */
    struct ndup_sentences sentences;
    struct token_index keeper, document; /* document: what else of it is kept */
    struct ndup_buf copy;                /* a paragraph without the lines that repeat the one before them */
    struct sentence *found;              /* of all its candidates in the batch */
    size_t found_count, found_capacity;
    uint64_t *labels; /* used in the document; sorted */
    size_t label_count, label_capacity;
    uint32_t indexed; /* the document that `document` and `labels` are of; UINT32_MAX: none */
    neardup_status status;
    neardup_error error;
};

struct digest_slot {
    struct ndup_digest digest;
    uint32_t item; /* that has it, plus one; 0: a free slot */
};

struct digest_set { /* open addressing */
    struct digest_slot *slots;
    size_t count, size;
};

struct search {
    neardup_job *job;
    struct ndup_texts *texts;
    struct finder *finders;
    struct candidate *candidates;
    size_t count;
    uint64_t bytes;           /* in these */
    size_t groups[BATCH + 1]; /* where those of another document begin */
    size_t group_count;
    atomic_size_t next_group;
    struct digest_set kept;    /* sentences that near copies keep */
    struct digest_set decided; /* near copies, byte for byte, with the keeper: of a second one nothing stays */
    bool *cut;                 /* of the sentences of the current candidate */
    size_t cut_capacity;
};

/* ---- sets of digests ---- */

static struct digest_slot *find_slot(struct digest_slot *slots, size_t size, struct ndup_digest digest)
{
    size_t i = (size_t)digest.low & (size - 1);
    while (slots[i].item != 0 && !ndup_digest_equal(slots[i].digest, digest))
        i = (i + 1) & (size - 1);
    return &slots[i];
}

/* The one with this digest; NULL: there is none. */
static const struct digest_slot *find_digest(const struct digest_set *set, struct ndup_digest digest)
{
    if (set->size == 0)
        return NULL;
    const struct digest_slot *slot = find_slot(set->slots, set->size, digest);
    return slot->item != 0 ? slot : NULL;
}

/* Adds a digest, unless it is there. At most half of the slots are taken. */
static neardup_status add_digest(struct search *s, struct digest_set *set, struct ndup_digest digest, uint64_t item,
                                 neardup_error *err)
{
    if (2 * (set->count + 1) > set->size) {
        size_t size = set->size > 0 ? 2 * set->size : 1024;
        NDUP_TRY(ndup_job_check_memory(s->job, size * sizeof *set->slots, err));
        struct digest_slot *larger = ndup_calloc(size, sizeof *larger);
        if (larger == NULL)
            return ndup_fail_nomem(err);
        for (size_t i = 0; i < set->size; i++) {
            if (set->slots[i].item != 0)
                *find_slot(larger, size, set->slots[i].digest) = set->slots[i];
        }
        free(set->slots);
        set->slots = larger;
        set->size = size;
    }
    struct digest_slot *slot = find_slot(set->slots, set->size, digest);
    if (slot->item == 0) {
        *slot = (struct digest_slot){digest, (uint32_t)item + 1};
        set->count++;
    }
    return NEARDUP_OK;
}

/* Where an earlier near copy keeps the sentence; NULL: nowhere. */
static const struct digest_slot *kept_earlier(const struct search *s, const struct sentence *sentence)
{
    return find_digest(&s->kept, sentence->digest);
}

static bool finds_echoes(const neardup_job *job)
{
    return job->options.inside_documents && job->paragraphs.unit == NEARDUP_UNIT_PARAGRAPH;
}

/* Of a paragraph as it is in the output, without the lines that repeat the one before them. */
static neardup_status add_paragraph(neardup_job *job, struct ndup_worker *w, struct token_index *x, const char *text,
                                    size_t length, neardup_error *err)
{
    struct ndup_part_tokens tokens;
    NDUP_TRY(ndup_part_tokenise(w->part, w->part_text, text, length, finds_echoes(job), NDUP_DECIDE, &tokens, err));
    return add_tokens(x, tokens.keyed, tokens.count) ? NEARDUP_OK : ndup_fail_nomem(err);
}

static neardup_status read_keeper(neardup_job *job, struct ndup_worker *w, struct finder *f, uint64_t keeper,
                                  neardup_error *err)
{
    struct ndup_paragraph_row row;
    const char *text;
    size_t length;
    f->keeper.count = 0;
    NDUP_TRY(ndup_column_get(job->paragraphs.paragraphs, keeper, &row, err));
    NDUP_TRY(ndup_job_read_paragraph(job, w, &row, &text, &length, err));
    NDUP_TRY(add_paragraph(job, w, &f->keeper, text, length, err));
    return index_tokens(&f->keeper) ? NEARDUP_OK : ndup_fail_nomem(err);
}

/* ---- the document of a candidate: what else of it is kept ---- */

static int by_hash(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static neardup_status add_labels(struct finder *f, const char *text, size_t length, neardup_error *err)
{
    struct ndup_span label;
    for (size_t at = 0; ndup_next_label(text, length, &at, &label);) {
        if (!ndup_grow(&f->labels, &f->label_capacity, f->label_count + 1, sizeof *f->labels))
            return ndup_fail_nomem(err);
        f->labels[f->label_count++] = ndup_label_hash(text + label.begin, label.end - label.begin);
    }
    return NEARDUP_OK;
}

/* One of the document's paragraphs. Near copies may lose what uses a definition, or may not: that is decided later, and here
 * they count as kept. */
static neardup_status add_neighbour(neardup_job *job, struct ndup_worker *w, struct finder *f, const char *text,
                                    const struct ndup_item *item, neardup_error *err)
{
    struct ndup_item_decision decision;
    if (item->part->kind > NDUP_PARAGRAPH_CONTAINED)
        return NEARDUP_OK;
    NDUP_TRY(ndup_paragraph_decide(job, &job->paragraphs, item, &decision, err));
    bool removed = decision.kind == NDUP_ITEM_REMOVED;
    text += item->part->begin;
    if (!removed || decision.reason == NEARDUP_NEAR || decision.reason == NEARDUP_CONTAINED)
        NDUP_TRY(add_labels(f, text, item->part->length, err));
    return removed ? NEARDUP_OK : add_paragraph(job, w, &f->document, text, item->part->length, err);
}

/* Indexes the document of an item, whose paragraphs are neighbours. */
static neardup_status read_neighbours(neardup_job *job, struct ndup_worker *w, struct finder *f, uint64_t item,
                                      uint32_t document, neardup_error *err)
{
    const struct ndup_column *column = job->paragraphs.paragraphs;
    struct ndup_paragraph_row row;
    struct ndup_row record;
    struct ndup_document d;
    uint64_t first = item;
    if (f->indexed == document)
        return NEARDUP_OK;
    f->indexed = UINT32_MAX;
    f->document.count = f->label_count = 0;
    for (row.document = document; first > 0; first--) {
        NDUP_TRY(ndup_column_get(column, first - 1, &row, err));
        if (row.document != document)
            break;
    }
    NDUP_TRY(ndup_corpus_row(&job->corpus, document, &record, err));
    NDUP_TRY(ndup_job_read_document(job, w, document, &record, &d, err));
    for (uint64_t i = first; i < job->paragraphs.items; i++) {
        NDUP_TRY(ndup_column_get(column, i, &row, err));
        if (row.document != document)
            break;
        const struct ndup_item neighbour = {i, row.text, row.tokens, row.document, NULL, &row};
        NDUP_TRY(add_neighbour(job, w, f, d.text, &neighbour, err));
    }
    if (f->label_count > 1)
        qsort(f->labels, f->label_count, sizeof *f->labels, by_hash);
    if (!index_tokens(&f->document))
        return ndup_fail_nomem(err);
    f->indexed = document;
    return NEARDUP_OK;
}

/* Whether the document uses a definition among the lines. */
static bool uses_definition(const struct finder *f, const char *text, size_t length)
{
    for (size_t at = 0; f->label_count > 0 && at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline != NULL ? (size_t)(newline - text) : length;
        struct ndup_span label;
        if (ndup_is_definition(text + at, end - at, &label)) {
            uint64_t hash = ndup_label_hash(text + at + label.begin, label.end - label.begin);
            if (bsearch(&hash, f->labels, f->label_count, sizeof hash, by_hash) != NULL)
                return true;
        }
        at = end + 1;
    }
    return false;
}

/* ---- a candidate ---- */

/* Bytes of the record before a place in the paragraph, whose record is at raw. */
static uint32_t raw_length(struct ndup_text_map *map, const struct ndup_paragraph_row *row, size_t end)
{
    if (row->raw_length == row->length || end > row->length)
        return (uint32_t)end;
    ndup_text_map_to(map, end);
    return (uint32_t)map->raw_at;
}

static neardup_status find_sentences(neardup_job *job, struct ndup_worker *w, struct finder *f, struct candidate *c,
                                     const char *text, size_t length, neardup_error *err)
{
    const struct ndup_corpus_source *source =
        &job->corpus.sources[ndup_corpus_source_of(&job->corpus, c->row.document)];
    struct ndup_text_map map;
    if (!ndup_sentences_find(&f->sentences, text, length) ||
        !ndup_grow(&f->found, &f->found_capacity, f->found_count + f->sentences.count, sizeof *f->found))
        return ndup_fail_nomem(err);
    ndup_text_map_begin(&map, w->record, c->row.raw_length,
                        source->head != NULL ? NDUP_ESCAPES_QUOTES : NDUP_ESCAPES_JSON);
    c->first = f->found_count;
    c->count = f->sentences.count;
    for (size_t i = 0; i < c->count; i++) {
        const struct ndup_sentence *s = &f->sentences.list[i];
        struct ndup_tokens tokens;
        NDUP_TRY(ndup_text_tokenise(w->part_text, text + s->begin, s->end - s->begin, NDUP_DECIDE, &tokens, err));
        size_t trimmed = s->end;
        while (trimmed > s->begin && strchr(" \t\r\n\v\f", text[trimmed - 1]) != NULL && text[trimmed - 1] != '\0')
            trimmed--;
        uint32_t before = raw_length(&map, &c->row, s->begin), after = raw_length(&map, &c->row, trimmed);
        f->found[f->found_count++] = (struct sentence){
            .digest = ndup_text_digest(w->part_text, tokens.keyed, tokens.count),
            .begin = (uint32_t)s->begin,
            .end = (uint32_t)s->end,
            .trimmed = (uint32_t)trimmed,
            .raw_trimmed = after - before,
            .raw = raw_length(&map, &c->row, s->end) - before,
            .tokens = tokens.count < UINT32_MAX ? (uint32_t)tokens.count : UINT32_MAX,
            .in_keeper = tokens.count == 0 || occurs(&f->keeper, tokens.keyed, tokens.count) ||
                         (c->contained && occurs(&f->document, tokens.keyed, tokens.count)),
            .lead = s->lead,
        };
    }
    return NEARDUP_OK;
}

/* The paragraph without the lines that repeat the one before them, which are cut anyway. */
static neardup_status drop_echoes(neardup_job *job, struct ndup_worker *w, struct finder *f, struct candidate *c,
                                  const char **text, size_t *length, neardup_error *err)
{
    struct ndup_part_tokens tokens;
    if (!finds_echoes(job) || memchr(*text, '\n', *length) == NULL)
        return NEARDUP_OK;
    NDUP_TRY(ndup_part_tokenise(w->part, w->part_text, *text, *length, true, NDUP_DECIDE, &tokens, err));
    if (tokens.echo_count == 0)
        return NEARDUP_OK;
    size_t at = 0;
    ndup_buf_clear(&f->copy);
    for (size_t i = 0; i < tokens.echo_count; i++) {
        const struct ndup_span *line = &tokens.echoes[i].line;
        ndup_buf_append(&f->copy, *text + at, line->begin - at);
        at = line->end;
    }
    ndup_buf_append(&f->copy, *text + at, *length - at);
    if (f->copy.failed)
        return ndup_fail_nomem(err);
    *text = f->copy.data;
    *length = f->copy.len;
    c->whole = true;
    return NEARDUP_OK;
}

/* Pages that repeat a near copy byte for byte are many where a corpus has versions: of psdocs, five of six. */
static bool is_again(const struct search *s, struct candidate *c, const char *text, size_t length)
{
    if (c->contained || c->row.definition || c->compared == NDUP_NO_ITEM || s->job->unique->relied != NULL)
        return false;
    struct ndup_digest bytes = ndup_key_digest(s->job->key, text, length);
    const uint64_t words[3] = {bytes.low, bytes.high, c->compared};
    c->same = ndup_key_digest(s->job->key, words, sizeof words);
    c->again = find_digest(&s->decided, c->same) != NULL;
    return c->again;
}

static neardup_status look_at(const struct search *s, unsigned member, struct finder *f, struct candidate *c,
                              neardup_error *err)
{
    neardup_job *job = s->job;
    struct ndup_worker *w = &job->workers[member];
    const char *text;
    size_t length;
    NDUP_TRY(ndup_job_read_paragraph(job, w, &c->row, &text, &length, err));
    if (is_again(s, c, text, length))
        return NEARDUP_OK;
    c->member = member;
    if (c->row.definition || c->contained)
        NDUP_TRY(read_neighbours(job, w, f, c->item, c->row.document, err));
    if (c->compared != NDUP_NO_ITEM)
        NDUP_TRY(read_keeper(job, w, f, c->compared, err));
    NDUP_TRY(ndup_job_read_paragraph(job, w, &c->row, &text, &length, err));
    c->used = c->row.definition && uses_definition(f, text, length);
    if (c->compared == NDUP_NO_ITEM)
        return NEARDUP_OK;
    c->whole =
        length != c->row.length; /* bytes that are not UTF-8 are U+FFFD only where a document is read as a whole */
    NDUP_TRY(drop_echoes(job, w, f, c, &text, &length, err));
    return find_sentences(job, w, f, c, text, length, err);
}

static neardup_status look_at_groups(struct search *s, unsigned member)
{
    struct finder *f = &s->finders[member];
    f->found_count = 0;
    for (size_t g; (g = atomic_fetch_add(&s->next_group, 1)) < s->group_count;) {
        for (size_t i = s->groups[g]; i < s->groups[g + 1]; i++)
            NDUP_TRY(look_at(s, member, f, &s->candidates[i], &f->error));
        NDUP_TRY(ndup_job_check_cancel(s->job, &f->error));
    }
    return NEARDUP_OK;
}

static void look_at_batch(void *context, unsigned member)
{
    struct search *s = context;
    s->finders[member].status = look_at_groups(s, member);
    if (s->finders[member].status != NEARDUP_OK)
        atomic_store(&s->next_group, s->group_count);
}

/* ---- what stays, decided in input order ---- */

/* Which sentences are cut: those that occur elsewhere. If something stays, so do headings, introductions, and stretches of
 * fewer tokens than what is compared at all (min_tokens): they are words in passing, or what makes sense of the rest.
 * Returns how many are cut; *all: nothing stays. */
static size_t choose_cuts(struct search *s, const struct sentence *sentences, const struct candidate *c, bool *all)
{
    size_t count = c->count, cuts = 0;
    *all = true;
    for (size_t i = 0; i < count; i++) {
        s->cut[i] = sentences[i].in_keeper || kept_earlier(s, &sentences[i]) != NULL;
        *all = *all && s->cut[i];
    }
    if (*all)
        return count;
    for (size_t i = 0; i < count; i++)
        s->cut[i] = s->cut[i] && !sentences[i].lead && !c->whole;
    for (size_t i = 0, end; i < count; i = end) {
        uint64_t tokens = 0;
        for (end = i; end < count && s->cut[end]; end++)
            tokens += sentences[end].tokens;
        bool enough = tokens >= s->job->options.min_tokens && tokens > 0;
        for (size_t k = i; k < end; k++)
            s->cut[k] = enough;
        cuts += enough ? end - i : 0;
        end += end == i;
    }
    return cuts;
}

/* If the document with what was relied on were dropped for being almost empty, it would be lost. */
static void note_relied(const struct search *s, const struct candidate *c, const struct sentence *sentences)
{
    struct ndup_unique *u = s->job->unique;
    for (size_t i = 0; u->relied != NULL && i < c->count; i++) {
        const struct digest_slot *k = s->cut[i] && !sentences[i].in_keeper ? kept_earlier(s, &sentences[i]) : NULL;
        if (k != NULL)
            set_bit(u->relied, k->item - 1);
    }
}

static neardup_status add_stay(struct search *s, const struct candidate *c, const struct ndup_stay *stay,
                               neardup_error *err)
{
    struct ndup_unique *u = s->job->unique;
    struct ndup_stay *slot = ndup_column_slot(u->stays, u->count, err);
    if (slot == NULL)
        return err != NULL ? err->code : NEARDUP_E_NOMEM;
    *slot = *stay;
    slot->begin += c->row.begin;
    slot->end += c->row.begin;
    return ndup_column_done(u->stays, u->count++, 1, err);
}

/* The stretches between what is cut. White space at the end of the paragraph is cut with what was before it. */
static neardup_status add_stays(struct search *s, const struct candidate *c, const struct sentence *sentences,
                                neardup_error *err)
{
    size_t last = c->count;
    set_bit(s->job->unique->partly, c->item);
    while (last > 0 && s->cut[last - 1])
        last--;
    for (size_t i = 0, end; i < c->count; i = end) {
        struct ndup_stay stay = {.item = (uint32_t)c->item, .begin = sentences[i].begin};
        for (end = i; end < c->count && !s->cut[end]; end++) {
            stay.end = sentences[end].end;
            stay.raw += sentences[end].raw;
            stay.tokens += sentences[end].tokens;
        }
        if (end > i && end == last && end < c->count) {
            stay.end = sentences[end - 1].trimmed;
            stay.raw -= sentences[end - 1].raw - sentences[end - 1].raw_trimmed;
        }
        if (end > i)
            NDUP_TRY(add_stay(s, c, &stay, err));
        end += end == i;
    }
    return NEARDUP_OK;
}

static neardup_status decide(struct search *s, const struct candidate *c, neardup_error *err)
{
    struct ndup_unique *u = s->job->unique;
    neardup_paragraph_summary *sum = &s->job->summary.paragraphs;
    struct sentence *sentences = c->count > 0 ? s->finders[c->member].found + c->first : NULL;
    size_t cuts = 0;
    bool all = c->compared == NDUP_NO_ITEM;
    uint64_t tokens = 0;
    if (c->again)
        return NEARDUP_OK;
    if (!ndup_grow(&s->cut, &s->cut_capacity, c->count, sizeof *s->cut))
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < c->count && !s->job->options.between_documents; i++) {
        const uint64_t own[3] = {sentences[i].digest.low, sentences[i].digest.high, c->row.document};
        sentences[i].digest = ndup_key_digest(s->job->key, own, sizeof own);
    }
    if (!all)
        cuts = choose_cuts(s, sentences, c, &all);
    if (c->used || (!all && cuts == 0)) {
        if (c->count > 0)
            memset(s->cut, 0, c->count * sizeof *s->cut);
        set_bit(u->spared, c->item);
    } else if (!all) {
        NDUP_TRY(add_stays(s, c, sentences, err));
    }
    note_relied(s, c, sentences);
    for (size_t i = 0; i < c->count; i++) {
        if (s->cut[i])
            continue;
        tokens += sentences[i].tokens;
        NDUP_TRY(add_digest(s, &s->kept, sentences[i].digest, c->item, err));
    }
    if (c->same.low != 0 || c->same.high != 0)
        NDUP_TRY(add_digest(s, &s->decided, c->same, c->item, err));
    sum->definitions += c->used;
    sum->unique += !c->used && !all;
    sum->unique_tokens += c->used ? 0 : tokens;
    return NEARDUP_OK;
}

/* ---- candidates ---- */

static neardup_status end_batch(struct search *s, neardup_error *err)
{
    if (s->count == 0)
        return NEARDUP_OK;
    s->group_count = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (i == 0 || s->candidates[i].row.document != s->candidates[i - 1].row.document)
            s->groups[s->group_count++] = i;
    }
    s->groups[s->group_count] = s->count;
    atomic_store(&s->next_group, 0);
    ndup_pool_run(s->job->pool, look_at_batch, s);
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        struct finder *f = &s->finders[t];
        if (f->status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = f->error;
        return f->status;
    }
    for (size_t i = 0; i < s->count; i++)
        NDUP_TRY(decide(s, &s->candidates[i], err));
    s->count = 0;
    s->bytes = 0;
    return NEARDUP_OK;
}

/* An item that would be cut, unless it is equal to what stays. */
static neardup_status take_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    struct search *s = context;
    struct ndup_item_decision decision;
    if (item->part->kind > NDUP_PARAGRAPH_CONTAINED || ndup_texts_is_reference(texts, item->index))
        return NEARDUP_OK;
    NDUP_TRY(ndup_paragraph_decide(job, texts, item, &decision, err));
    if (decision.kind != NDUP_ITEM_REMOVED)
        return NEARDUP_OK;
    bool contained = item->part->kind == NDUP_PARAGRAPH_CONTAINED;
    bool equal = !contained &&
                 (decision.reason == NEARDUP_EXACT || ndup_texts_rank(texts, item->text).value == decision.rank.value);
    if (equal && !item->part->definition)
        return NEARDUP_OK;
    uint64_t compared = equal                             ? NDUP_NO_ITEM
                        : decision.keeper != NDUP_NO_ITEM ? decision.keeper
                                                          : ndup_texts_first_item(texts, decision.rank);
    s->candidates[s->count++] =
        (struct candidate){.item = item->index, .compared = compared, .row = *item->part, .contained = contained};
    s->bytes += item->part->length;
    return s->count == BATCH || s->bytes >= BATCH_BYTES ? end_batch(s, err) : NEARDUP_OK;
}

/* ---- begin and end ---- */

static neardup_status begin(struct search *s, neardup_error *err)
{
    neardup_job *job = s->job;
    size_t words = (size_t)(job->paragraphs.items / 64 + 1);
    struct ndup_unique *u = job->unique = ndup_calloc(1, sizeof *u);
    if (u == NULL)
        return ndup_fail_nomem(err);
    u->spared = ndup_calloc(words, sizeof *u->spared);
    u->partly = ndup_calloc(words, sizeof *u->partly);
    u->relied = job->options.drop_emptied ? ndup_calloc(words, sizeof *u->relied) : NULL;
    s->finders = ndup_calloc(ndup_pool_threads(job->pool), sizeof *s->finders);
    s->candidates = ndup_alloc(BATCH, sizeof *s->candidates);
    if (u->spared == NULL || u->partly == NULL || (job->options.drop_emptied && u->relied == NULL) ||
        s->finders == NULL || s->candidates == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < ndup_pool_threads(job->pool); t++)
        s->finders[t].indexed = UINT32_MAX;
    return ndup_column_create(&u->stays, sizeof(struct ndup_stay), job->scratch, job->limits.spill, err);
}

static void release(struct search *s)
{
    for (unsigned t = 0; s->finders != NULL && t < ndup_pool_threads(s->job->pool); t++) {
        struct finder *f = &s->finders[t];
        ndup_sentences_free(&f->sentences);
        free_index(&f->keeper);
        free_index(&f->document);
        ndup_buf_free(&f->copy);
        free(f->found);
        free(f->labels);
    }
    free(s->finders);
    free(s->candidates);
    free(s->kept.slots);
    free(s->decided.slots);
    free(s->cut);
}

neardup_status ndup_job_keep_unique(neardup_job *job, neardup_error *err)
{
    if (job->options.cut_unique)
        return NEARDUP_OK;
    struct search *s = ndup_calloc(1, sizeof *s);
    if (s == NULL)
        return ndup_fail_nomem(err);
    s->job = job;
    s->texts = &job->paragraphs;
    neardup_status st = begin(s, err);
    if (st == NEARDUP_OK)
        st = ndup_texts_each_item(job, s->texts, take_item, s, err);
    if (st == NEARDUP_OK)
        st = end_batch(s, err);
    if (st == NEARDUP_OK)
        st = ndup_column_seal(job->unique->stays, job->unique->count, err);
    if (st == NEARDUP_OK)
        job->unique->known = true;
    release(s);
    free(s);
    return st;
}
