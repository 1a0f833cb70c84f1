/* SPDX-License-Identifier: MIT
 * The splitting pass: the documents that stay are read once more, in blocks of neighbours that the threads share out;
 * what a block holds is appended to the column of parts when all blocks before it have been. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "text/sentences.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ndup_split_member { /* what a thread needs and finds */
    struct ndup_worker *worker;
    struct ndup_filler filler;
    struct ndup_paragraph_row *rows; /* of the current block of documents */
    size_t row_count, row_capacity;
    struct ndup_entry_list inside; /* candidates, in buckets numbered by this thread */
    uint32_t buckets;
    struct ndup_first { /* the texts of the current document; open addressing */
        struct ndup_digest digest;
        size_t row; /* first one of the document that has it; SIZE_MAX: free */
    } * firsts;
    size_t first_size, first_capacity; /* slots in use, a power of two */
    uint32_t *row_of_part;             /* of a part in `within`: its row */
    size_t part_capacity;
    struct ndup_echo *echoes; /* of the current part, copied: making their digests uses the tokeniser again */
    size_t echo_capacity;
    uint32_t *groups; /* of the documents in the block */
    size_t group_count, group_capacity;
    uint64_t documents, blank_rule, tokens, shorter;
    uint64_t reference_tokens; /* which the numbers above do not count */
    neardup_status status;
    neardup_error error;
};

struct ndup_split_document { /* that is split */
    uint32_t row;
    bool reference;  /* what repeats inside it does not matter */
    uint64_t salt;   /* not 0: its parts are compared among themselves only */
    bool plain;      /* its parts have lines of their own */
    size_t raw_base; /* where the bytes of its text begin in its record; 0 for a text in place */
    struct ndup_document document;
};

/* ---- one document ---- */

/* One document: its parts, their units, and what repeats inside it. */

struct splitting { /* the current document */
    neardup_job *job;
    struct ndup_split_member *m;
    const struct ndup_split_document *document;
    struct ndup_text_map map;
    size_t first_row;
    uint32_t parts;    /* in `within` */
    size_t counted;    /* bytes of a plain text whose newlines are counted: up to the last part that is not a line */
    uint32_t newlines; /* in them */
};

static uint32_t count_newlines(const char *text, size_t begin, size_t end)
{
    uint32_t n = 0;
    for (size_t i = begin; i < end; i++)
        n += text[i] == '\n';
    return n;
}

/* Newlines before a part of a plain text; other parts have the line of their record. */
static uint32_t line_of(struct splitting *s, size_t begin, enum ndup_paragraph_kind kind)
{
    if (!s->document->plain)
        return 0;
    uint32_t line = s->newlines + count_newlines(s->document->document.text, s->counted, begin);
    if (kind == NDUP_PARAGRAPH_PLAIN) {
        s->newlines = line;
        s->counted = begin;
    }
    return line;
}

static bool has_definition(const char *text, struct ndup_span span)
{
    struct ndup_span label;
    for (size_t at = span.begin, end; at < span.end; at = end + 1) {
        const char *newline = memchr(text + at, '\n', span.end - at);
        end = newline != NULL ? (size_t)(newline - text) : span.end;
        if (ndup_is_definition(text + at, end - at, &label))
            return true;
    }
    return false;
}

/* Places grow from row to row, but for echoes, which lie inside the part before them: the map walks from there again. */
static neardup_status add_row(struct splitting *s, struct ndup_text_map *map, struct ndup_span span,
                              enum ndup_paragraph_kind kind, size_t tokens, neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    if (!ndup_grow(&m->rows, &m->row_capacity, m->row_count + 1, sizeof *m->rows))
        return ndup_fail_nomem(err);
    struct ndup_paragraph_row *row = &m->rows[m->row_count++];
    ndup_text_map_to(map, span.begin);
    size_t raw = map->raw_at, first_char = map->characters;
    ndup_text_map_to(map, span.end);
    *row = (struct ndup_paragraph_row){
        .document = s->document->row,
        .raw_begin = (uint32_t)(s->document->raw_base + raw),
        .raw_length = (uint32_t)(map->raw_at - raw),
        .begin = (uint32_t)span.begin,
        .length = (uint32_t)(span.end - span.begin),
        .first_char = (uint32_t)first_char,
        .chars = (uint32_t)(map->characters - first_char),
        .tokens = tokens < UINT32_MAX ? (uint32_t)tokens : UINT32_MAX,
        .text = {NDUP_TEXT_EMPTY},
        .line = line_of(s, span.begin, kind),
        .kind = (uint8_t)kind,
        .definition = kind == NDUP_PARAGRAPH_PLAIN && has_definition(s->document->document.text, span),
    };
    return NEARDUP_OK;
}

/* ---- texts of the document ---- */

/* By digest and not by unit: when the digest table is full, every copy of a text that is not in it gets a unit. */
static struct ndup_first *find_first(struct ndup_first *firsts, size_t size, struct ndup_digest digest)
{
    size_t i = (size_t)digest.low & (size - 1);
    while (firsts[i].row != SIZE_MAX && !ndup_digest_equal(firsts[i].digest, digest))
        i = (i + 1) & (size - 1);
    return &firsts[i];
}

/* Makes room for one more; at most half of the slots are taken. */
static neardup_status fit_firsts(struct splitting *s, size_t used, neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    size_t size = m->first_size > 0 ? 2 * m->first_size : 64;
    if (m->first_size > 0 && 2 * (used + 1) <= m->first_size)
        return NEARDUP_OK;
    if (m->first_size > 0 || m->firsts == NULL) {
        struct ndup_first *larger = ndup_alloc(size, sizeof *larger);
        if (larger == NULL)
            return ndup_fail_nomem(err);
        memset(larger, 0xFF, size * sizeof *larger);
        for (size_t i = 0; i < m->first_size; i++) {
            if (m->firsts[i].row != SIZE_MAX)
                *find_first(larger, size, m->firsts[i].digest) = m->firsts[i];
        }
        free(m->firsts);
        m->firsts = larger;
    } else {
        memset(m->firsts, 0xFF, size * sizeof *m->firsts);
    }
    m->first_size = size;
    return NEARDUP_OK;
}

static struct ndup_digest salted(const struct ndup_key *key, struct ndup_digest digest, uint64_t salt)
{
    uint64_t words[3] = {digest.low, digest.high, salt};
    return salt == 0 ? digest : ndup_key_digest(key, words, sizeof words);
}

/* Of a line. */
static neardup_status find_words(struct splitting *s, struct ndup_span span, struct ndup_words *words,
                                 neardup_error *err)
{
    struct ndup_worker *w = s->m->worker;
    struct ndup_part_tokens tokens;
    if (!s->job->options.contents)
        return NEARDUP_OK;
    NDUP_TRY(ndup_part_tokenise(w->part, w->part_text, s->document->document.text + span.begin, span.end - span.begin,
                                false, NDUP_WORDS, &tokens, err));
    *words = tokens.words;
    return NEARDUP_OK;
}

/* ---- echoes ---- */

static uint64_t form_of(const struct splitting *s, struct ndup_span line)
{
    return ndup_text_form_of_bytes(s->m->worker->part_text, s->document->document.text + line.begin,
                                   line.end - line.begin, false);
}

static neardup_status add_echo(struct splitting *s, struct ndup_text_map *map, size_t block, size_t base,
                               const struct ndup_echo *echo, size_t *anchor, bool *added, neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    struct ndup_span first = {base + echo->first.begin, base + echo->first.end};
    struct ndup_span line = {base + echo->line.begin, base + echo->line.end};
    if (*anchor == 0 || m->rows[*anchor].begin != first.begin) {
        *anchor = m->row_count;
        NDUP_TRY(add_row(s, map, first, NDUP_PARAGRAPH_ANCHOR, echo->tokens, err));
        m->rows[*anchor].link = -(int32_t)(*anchor - block);
        m->rows[*anchor].form = form_of(s, first);
        /* A text of its own, whatever other texts there are. */
        uint64_t place[3] = {s->document->row, first.begin, s->document->salt};
        struct ndup_words words = {NULL, 0};
        NDUP_TRY(find_words(s, first, &words, err));
        NDUP_TRY(ndup_filler_text(&m->filler, ndup_key_digest(s->job->key, place, sizeof place), words,
                                  &m->rows[*anchor].text, added, err));
        if (*added)
            NDUP_TRY(ndup_filler_put(&m->filler, NULL, 0, err));
    }
    struct ndup_text_id text = m->rows[*anchor].text;
    size_t index = m->row_count;
    NDUP_TRY(add_row(s, map, line, NDUP_PARAGRAPH_ECHO, echo->tokens, err));
    m->rows[index].text = text;
    m->rows[index].link = -(int32_t)(index - *anchor);
    m->rows[index].form = form_of(s, line);
    return NEARDUP_OK;
}

static neardup_status add_echoes(struct splitting *s, size_t block, struct ndup_span span, size_t count,
                                 neardup_error *err)
{
    size_t anchor = 0;
    bool added;
    struct ndup_text_map map = s->map;
    for (size_t i = 0; i < count; i++) {
        /* The anchor may be before the place that the map has passed: an earlier echo of other lines ended before it. */
        NDUP_TRY(add_echo(s, &map, block, span.begin, &s->m->echoes[i], &anchor, &added, err));
    }
    return NEARDUP_OK;
}

/* ---- parts ---- */

static neardup_status add_within(struct splitting *s, const struct ndup_part_tokens *tokens, const uint64_t *hashes,
                                 size_t count, size_t row, neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    bool candidate = tokens->count >= s->job->options.min_tokens;
    if (!ndup_grow(&m->row_of_part, &m->part_capacity, (size_t)s->parts + 1, sizeof *m->row_of_part))
        return ndup_fail_nomem(err);
    m->row_of_part[s->parts++] = (uint32_t)row;
    return ndup_intra_add(m->worker->within, hashes, count, m->rows[row].tokens, candidate, err);
}

/* Looks for an earlier part of the document with the same text; if there is none, *first is its slot. */
static neardup_status link_copy(struct splitting *s, struct ndup_digest digest, size_t index, struct ndup_first **first,
                                neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    NDUP_TRY(fit_firsts(s, s->parts, err));
    *first = find_first(m->firsts, m->first_size, digest);
    if ((*first)->row == SIZE_MAX)
        return NEARDUP_OK;
    m->rows[index].text = m->rows[(*first)->row].text;
    m->rows[index].link = -(int32_t)(index - (*first)->row);
    *first = NULL;
    return NEARDUP_OK;
}

/* Unit and keys of a part with tokens. */
static neardup_status add_unit(struct splitting *s, const struct ndup_part_tokens *tokens, size_t index,
                               neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    const neardup_job_options *o = &s->job->options;
    const uint64_t *hashes = NULL;
    size_t count = 0;
    bool added, lengthy = tokens->count >= o->min_tokens;
    struct ndup_paragraph_row *row = &m->rows[index];
    struct ndup_first *first = NULL;
    struct ndup_digest digest =
        salted(s->job->key, ndup_text_digest(m->worker->part_text, tokens->keyed, tokens->count), s->document->salt);
    bool inside = o->inside_documents && !s->document->reference;
    *(s->document->reference ? &m->reference_tokens : &m->tokens) += row->tokens;
    m->shorter += !lengthy && !s->document->reference;
    if (inside) {
        NDUP_TRY(link_copy(s, digest, index, &first, err));
        if (first == NULL)
            return NEARDUP_OK;
    }
    NDUP_TRY(ndup_filler_text(&m->filler, digest, tokens->words, &row->text, &added, err));
    bool keys = added && lengthy && (s->job->paragraphs.plan.bands > 0 || s->job->paragraphs.simhash_bits > 0);
    if (first != NULL) {
        *first = (struct ndup_first){digest, index};
        NDUP_TRY(ndup_text_shingle_keyed(m->worker->part_text, tokens->keyed, tokens->count, &hashes, &count, err));
        NDUP_TRY(add_within(s, tokens, hashes, count, index, err));
    }
    if (keys)
        NDUP_TRY(ndup_text_shingle(m->worker->part_text, tokens->hash, tokens->count, &hashes, &count, err));
    return added ? ndup_filler_put(&m->filler, hashes, keys ? count : 0, err) : NEARDUP_OK;
}

static neardup_status add_part(struct splitting *s, struct ndup_span span, neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    struct ndup_worker *w = m->worker;
    struct ndup_part_tokens tokens;
    NDUP_TRY(ndup_part_tokenise(w->part, w->part_text, s->document->document.text + span.begin, span.end - span.begin,
                                s->job->options.inside_documents && s->job->paragraphs.unit == NEARDUP_UNIT_PARAGRAPH,
                                NDUP_KEYED | NDUP_FORM | (s->job->options.contents ? (unsigned)NDUP_WORDS : 0), &tokens,
                                err));
    size_t index = m->row_count, echoes = tokens.echo_count;
    struct ndup_text_map before = s->map;
    NDUP_TRY(add_row(s, &s->map, span, NDUP_PARAGRAPH_PLAIN, tokens.count, err));
    m->rows[index].form = tokens.form;
    if (tokens.count == 0)
        return NEARDUP_OK;
    if (echoes > 0) {
        if (!ndup_grow(&m->echoes, &m->echo_capacity, echoes, sizeof *m->echoes))
            return ndup_fail_nomem(err);
        memcpy(m->echoes, tokens.echoes, echoes * sizeof *m->echoes);
    }
    NDUP_TRY(add_unit(s, &tokens, index, err));
    if (echoes == 0 || s->document->reference)
        return NEARDUP_OK;
    struct ndup_text_map after = s->map;
    s->map = before;
    NDUP_TRY(add_echoes(s, index, span, echoes, err));
    s->map = after;
    return NEARDUP_OK;
}

/* ---- what repeats inside ---- */

static neardup_status add_buckets(struct splitting *s, const struct ndup_intra_found *found, neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    struct ndup_entry_list *l = &m->inside;
    if (found->bucket_count > UINT32_MAX - m->buckets)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "more than 4 billion groups of candidates: split the corpus into several runs");
    if (!ndup_grow(&l->entries, &l->capacity, l->count + found->bucket_entries, sizeof *l->entries))
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < found->bucket_entries; i++) {
        const struct ndup_intra_bucket *b = &found->buckets[i];
        l->entries[l->count++] =
            (struct ndup_entry){m->rows[m->row_of_part[b->part]].text.value, m->buckets + b->bucket};
    }
    m->buckets += found->bucket_count;
    return NEARDUP_OK;
}

/* The rows of a contained text, all of them. */
static void mark_contained(struct splitting *s, const struct ndup_intra_contained *c)
{
    struct ndup_split_member *m = s->m;
    uint32_t first = m->row_of_part[c->part], container = m->row_of_part[c->container];
    for (size_t i = first; i < m->row_count; i++) {
        struct ndup_paragraph_row *row = &m->rows[i];
        if (row->kind != NDUP_PARAGRAPH_PLAIN || row->text.value != m->rows[first].text.value)
            continue;
        row->kind = NDUP_PARAGRAPH_CONTAINED;
        row->link = (int32_t)((int64_t)container - (int64_t)i);
        row->shared = c->shared;
        row->shingles = c->shingles;
    }
}

static neardup_status find_inside(struct splitting *s, neardup_error *err)
{
    struct ndup_intra_found found;
    const neardup_job_options *o = &s->job->options;
    uint32_t least = o->min_contained < UINT32_MAX ? (uint32_t)o->min_contained : UINT32_MAX;
    if (!o->inside_documents || s->parts < 2)
        return NEARDUP_OK;
    NDUP_TRY(ndup_intra_find(s->m->worker->within, o->threshold, o->containment, least, &found, err));
    NDUP_TRY(add_buckets(s, &found, err));
    for (size_t i = 0; i < found.contained_count; i++)
        mark_contained(s, &found.contained[i]);
    return NEARDUP_OK;
}

/* Appends the document's parts to the member's rows. */
static neardup_status split_document(neardup_job *job, struct ndup_split_member *m,
                                     const struct ndup_split_document *document, neardup_error *err)
{
    struct splitting s = {.job = job, .m = m, .document = document, .first_row = m->row_count};
    struct ndup_split split;
    struct ndup_span span;
    m->first_size = 0;
    ndup_text_map_begin(&s.map, document->document.raw, document->document.raw_length, document->document.escapes);
    ndup_split_begin(&split, job->paragraphs.unit, document->document.text, document->document.text_length);
    ndup_intra_begin(m->worker->within);
    m->documents += !document->reference;
    m->blank_rule += !document->reference && split.rule == NDUP_SPLIT_BLANK;
    while (ndup_split_next(&split, &span))
        NDUP_TRY(add_part(&s, span, err));
    return find_inside(&s, err);
}

/* ---- which document when ---- */

/* Documents in a block: a batch of text (NDUP_BATCH_BYTES) ends most blocks earlier, this many end those of very short
 * documents, so that the rows which a thread holds stay below 256 KiB. */
#define BLOCK_ROWS 4096u

struct block {
    uint64_t number;
    uint32_t source;
    uint64_t first; /* row */
    uint32_t count;
    uint64_t offset, length; /* bytes of the source */
};

struct splitter {
    neardup_job *job;
    struct ndup_texts *texts;
    struct ndup_split_member *members;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t turn;
    struct ndup_column_cursor cursor; /* over the rows, in order */
    uint64_t next_row, next_block;
    uint32_t source;
    uint64_t committed; /* blocks */
    uint64_t bytes_done;
    bool stop;
};

/* References are split to be compared with, across documents. */
static size_t sources(const struct splitter *s)
{
    return s->job->options.between_documents ? s->job->corpus.source_count : s->job->corpus.own_sources;
}

static bool has_text(const struct ndup_row *row)
{
    return row->text.value != NDUP_TEXT_INVALID && row->text.value != NDUP_TEXT_EMPTY;
}

/* Copies the rows of the next block; count 0 at the end. */
static neardup_status fill_block(struct splitter *s, struct block *b, struct ndup_row *rows, neardup_error *err)
{
    const struct ndup_corpus *c = &s->job->corpus;
    while (s->source < sources(s) && s->next_row >= c->sources[s->source].first_row + c->sources[s->source].rows)
        s->source++;
    *b = (struct block){.number = s->next_block, .source = s->source, .first = s->next_row};
    if (s->source == sources(s))
        return NEARDUP_OK;
    uint64_t end = c->sources[s->source].first_row + c->sources[s->source].rows;
    for (; s->next_row < end && b->count < BLOCK_ROWS; s->next_row++) {
        const struct ndup_row *row = ndup_column_at(&s->cursor, s->next_row, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        uint64_t length = b->count == 0 ? row->length : row->offset + row->length - b->offset;
        if (b->count > 0 && length > NDUP_BATCH_BYTES)
            break;
        if (b->count == 0)
            b->offset = row->offset;
        b->length = length;
        rows[b->count++] = *row;
    }
    s->next_block++;
    return NEARDUP_OK;
}

static neardup_status take_block(struct splitter *s, struct block *b, struct ndup_row *rows, neardup_error *err)
{
    pthread_mutex_lock(&s->lock);
    *b = (struct block){0};
    neardup_status st = s->stop ? NEARDUP_OK : fill_block(s, b, rows, err);
    pthread_mutex_unlock(&s->lock);
    return st;
}

/* ---- a block ---- */

static neardup_status add_group(struct ndup_split_member *m, uint32_t group, neardup_error *err)
{
    if (!ndup_grow(&m->groups, &m->group_capacity, m->group_count + 1, sizeof *m->groups))
        return ndup_fail_nomem(err);
    m->groups[m->group_count++] = group;
    return NEARDUP_OK;
}

static neardup_status split_row(struct splitter *s, struct ndup_split_member *m, const struct block *b,
                                const struct ndup_row *row, uint64_t index, const char *bytes, neardup_error *err)
{
    struct ndup_split_document d = {.row = (uint32_t)index,
                                    .reference = ndup_corpus_is_reference(&s->job->corpus, index),
                                    .salt = s->job->options.between_documents ? 0 : index + 1,
                                    .plain = s->job->corpus.sources[b->source].format->plain_text};
    NDUP_TRY(ndup_job_find_text(s->job, m->worker, b->source, row, bytes, &d.document, err));
    if (!ndup_format_derives(s->job->corpus.sources[b->source].format, &s->job->fields))
        d.raw_base = (size_t)(d.document.raw - d.document.record);
    if (s->job->noted != NULL)
        s->job->noted[index] = d.document.note_end > d.document.note_begin;
    if (s->job->groups.of != NULL && !d.reference && s->job->groups.of[index] != NDUP_NO_GROUP)
        NDUP_TRY(add_group(m, s->job->groups.of[index], err));
    return split_document(s->job, m, &d, err);
}

static neardup_status split_block(struct splitter *s, struct ndup_split_member *m, const struct block *b,
                                  const struct ndup_row *rows, neardup_error *err)
{
    struct ndup_worker *w = m->worker;
    bool any = false;
    m->row_count = m->group_count = 0;
    for (uint32_t i = 0; i < b->count && !any; i++)
        any = has_text(&rows[i]) && !ndup_texts_is_removed(&s->job->documents, b->first + i);
    if (!any)
        return NEARDUP_OK;
    if (!ndup_grow(&w->record, &w->record_capacity, (size_t)b->length + NDUP_PADDING, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(&s->job->corpus, &w->opened, b->source, w->record, (size_t)b->length, b->offset, err));
    memset(w->record + b->length, 0, NDUP_PADDING);
    for (uint32_t i = 0; i < b->count; i++) {
        if (!has_text(&rows[i]) || ndup_texts_is_removed(&s->job->documents, b->first + i))
            continue;
        NDUP_TRY(split_row(s, m, b, &rows[i], b->first + i, w->record + (rows[i].offset - b->offset), err));
    }
    return NEARDUP_OK;
}

/* ---- in order ---- */

static neardup_status append_rows(struct splitter *s, const struct ndup_split_member *m, neardup_error *err)
{
    struct ndup_column *column = s->texts->paragraphs;
    size_t chunk = ndup_column_chunk_elems(column);
    if (s->texts->items + m->row_count > NDUP_TEXT_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "more than 4 billion paragraphs or lines: split the corpus into several runs");
    for (size_t at = 0; at < m->row_count;) {
        size_t n = chunk - (size_t)(s->texts->items % chunk);
        n = n < m->row_count - at ? n : m->row_count - at;
        void *slot = ndup_column_slot(column, s->texts->items, err);
        if (slot == NULL)
            return err != NULL ? err->code : NEARDUP_E_NOMEM;
        memcpy(slot, m->rows + at, n * sizeof *m->rows);
        NDUP_TRY(ndup_column_done(column, s->texts->items, n, err));
        s->texts->items += n;
        at += n;
    }
    return NEARDUP_OK;
}

/* For when the documents are cut. */
static neardup_status note_block(struct splitter *s, const struct block *b, neardup_error *err)
{
    neardup_job *job = s->job;
    if (!ndup_grow(&job->blocks, &job->block_capacity, job->block_count + 1, sizeof *job->blocks))
        return ndup_fail_nomem(err);
    job->blocks[job->block_count++] = (struct ndup_block){b->source, b->count, b->first, s->texts->items};
    return NEARDUP_OK;
}

static void count_groups(struct splitter *s, const struct ndup_split_member *m)
{
    for (size_t i = 0; i < m->group_count; i++)
        s->job->groups.group[m->groups[i]].documents++;
}

static neardup_status commit(struct splitter *s, struct ndup_split_member *m, const struct block *b, uint64_t *done,
                             neardup_error *err)
{
    pthread_mutex_lock(&s->lock);
    while (s->committed != b->number && !s->stop)
        pthread_cond_wait(&s->turn, &s->lock);
    neardup_status st = s->stop ? NEARDUP_OK : note_block(s, b, err);
    if (st == NEARDUP_OK && !s->stop)
        st = append_rows(s, m, err);
    if (b->source < s->job->corpus.own_sources)
        s->texts->own_items = s->texts->items;
    if (st == NEARDUP_OK && !s->stop)
        count_groups(s, m);
    s->committed++;
    s->bytes_done += b->length;
    *done = s->bytes_done;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
    return st;
}

static void stop_all(struct splitter *s)
{
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
}

static neardup_status work(struct splitter *s, unsigned member, struct ndup_row *rows)
{
    struct ndup_split_member *m = &s->members[member];
    for (;;) {
        struct block b;
        uint64_t done;
        NDUP_TRY(take_block(s, &b, rows, &m->error));
        if (b.count == 0)
            return NEARDUP_OK;
        NDUP_TRY(split_block(s, m, &b, rows, &m->error));
        NDUP_TRY(commit(s, m, &b, &done, &m->error));
        NDUP_TRY(ndup_job_check_cancel(s->job, &m->error));
        if (member == 0 && !ndup_job_progress(s->job, "split", done, s->job->corpus.bytes, true))
            return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    }
}

static void work_member(void *context, unsigned member)
{
    struct splitter *s = context;
    struct ndup_split_member *m = &s->members[member];
    struct ndup_row *rows = ndup_alloc(BLOCK_ROWS, sizeof *rows);
    m->status = rows == NULL ? ndup_fail_nomem(&m->error) : work(s, member, rows);
    free(rows);
    if (m->status != NEARDUP_OK)
        stop_all(s);
}

/* ---- begin and end ---- */

static neardup_status make_worker(neardup_job *job, struct ndup_worker *w, neardup_error *err)
{
    NDUP_TRY(ndup_part_create(&w->part, err));
    NDUP_TRY(ndup_text_create(&w->part_text, &job->paragraphs.profile, job->options.cpu, err));
    return ndup_intra_create(&w->within, err);
}

static neardup_status begin(struct splitter *s, neardup_error *err)
{
    neardup_job *job = s->job;
    unsigned threads = ndup_pool_threads(job->pool);
    ndup_job_set_paragraph_limits(job);
    bool spill = job->limits.spill;
    NDUP_TRY(ndup_column_create(&s->texts->paragraphs, sizeof(struct ndup_paragraph_row), job->scratch, spill, err));
    const struct ndup_texts_room room = {spill, job->limits.digest_bytes, 0, job->scratch};
    NDUP_TRY(ndup_texts_begin(s->texts, &job->options, &room, err));
    NDUP_TRY(ndup_entries_init(&s->texts->inside, threads, err));
    job->noted = job->options.annotate ? ndup_calloc((size_t)job->corpus.row_count, sizeof *job->noted) : NULL;
    if (job->options.annotate && job->noted == NULL)
        return ndup_fail_nomem(err);
    s->members = ndup_calloc(threads, sizeof *s->members);
    if (s->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++) {
        s->members[t].worker = &job->workers[t];
        NDUP_TRY(make_worker(job, &job->workers[t], err));
        NDUP_TRY(ndup_filler_init(&s->members[t].filler, s->texts, err));
    }
    return NEARDUP_OK;
}

/* Buckets of a thread get numbers after those of the threads before it. */
static neardup_status take_inside(struct splitter *s, unsigned t, neardup_error *err)
{
    struct ndup_split_member *m = &s->members[t];
    struct ndup_entries *inside = &s->texts->inside;
    if (m->buckets > UINT32_MAX - inside->buckets)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "more than 4 billion groups of candidates: split the corpus into several runs");
    for (size_t i = 0; i < m->inside.count; i++)
        m->inside.entries[i].bucket += inside->buckets;
    inside->buckets += m->buckets;
    inside->parts[t] = m->inside;
    m->inside = (struct ndup_entry_list){0};
    return NEARDUP_OK;
}

static neardup_status end(struct splitter *s, bool *overflowed, neardup_error *err)
{
    neardup_paragraph_summary *p = &s->job->summary.paragraphs;
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        struct ndup_split_member *m = &s->members[t];
        if (m->status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = m->error;
        return m->status;
    }
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        struct ndup_split_member *m = &s->members[t];
        NDUP_TRY(ndup_filler_finish(&m->filler, err));
        NDUP_TRY(take_inside(s, t, err));
        p->documents += m->documents;
        p->blank_rule += m->blank_rule;
        p->tokens += m->tokens;
        s->texts->reference_tokens += m->reference_tokens;
        p->shorter += m->shorter;
    }
    p->newline_rule = p->documents - p->blank_rule;
    NDUP_TRY(ndup_column_seal(s->texts->paragraphs, s->texts->items, err));
    return ndup_texts_end(s->texts, overflowed, err);
}

static void release(struct splitter *s)
{
    for (unsigned t = 0; s->members != NULL && t < ndup_pool_threads(s->job->pool); t++) {
        struct ndup_split_member *m = &s->members[t];
        neardup_error ignored;
        if (ndup_filler_finish(&m->filler, &ignored) != NEARDUP_OK)
            m->status = NEARDUP_OK;
        free(m->rows);
        free(m->inside.entries);
        free(m->firsts);
        free(m->row_of_part);
        free(m->echoes);
        free(m->groups);
    }
    free(s->members);
    ndup_column_cursor_free(&s->cursor);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->turn);
}

neardup_status ndup_job_split(neardup_job *job, neardup_error *err)
{
    struct splitter s = {.job = job, .texts = &job->paragraphs, .cursor = {.column = job->corpus.rows}};
    double start = ndup_sys_seconds();
    bool overflowed = false;
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.turn, NULL);
    neardup_status st = begin(&s, err);
    if (st == NEARDUP_OK) {
        ndup_pool_run(job->pool, work_member, &s);
        st = end(&s, &overflowed, err);
    }
    release(&s);
    if (st == NEARDUP_OK && overflowed)
        st = ndup_texts_merge(&job->paragraphs, job->limits.group_bytes, job->pool, err);
    job->summary.split_seconds = ndup_sys_seconds() - start;
    return st;
}
