/* SPDX-License-Identifier: MIT
 * One document: its parts, their units, and what repeats inside it. */
#include "base/platform.h"

#include "engine/paragraphs/part_split.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

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
        .raw_begin = (uint32_t)((size_t)(s->document->document.raw - s->document->document.record) + raw),
        .raw_length = (uint32_t)(map->raw_at - raw),
        .begin = (uint32_t)span.begin,
        .length = (uint32_t)(span.end - span.begin),
        .first_char = (uint32_t)first_char,
        .chars = (uint32_t)(map->characters - first_char),
        .tokens = tokens < UINT32_MAX ? (uint32_t)tokens : UINT32_MAX,
        .text = {NDUP_TEXT_EMPTY},
        .line = line_of(s, span.begin, kind),
        .kind = kind,
    };
    return NEARDUP_OK;
}

/* ---- texts of the document ---- */

/* By digest and not by unit: when the digest table is full, every copy of a text that is not in it gets a unit. */
static struct ndup_first *find_first(struct ndup_first *firsts, size_t size, XXH128_hash_t digest)
{
    size_t i = (size_t)digest.low64 & (size - 1);
    while (firsts[i].row != SIZE_MAX && !XXH128_isEqual(firsts[i].digest, digest))
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

static XXH128_hash_t salted(XXH128_hash_t digest, uint64_t salt)
{
    uint64_t words[3] = {digest.low64, digest.high64, salt};
    return salt == 0 ? digest : XXH3_128bits(words, sizeof words);
}

/* Of a line. */
static neardup_status find_content(struct splitting *s, struct ndup_span span, XXH128_hash_t *content,
                                   neardup_error *err)
{
    struct ndup_worker *w = s->m->worker;
    struct ndup_part_tokens tokens;
    if (!s->job->options.contents)
        return NEARDUP_OK;
    NDUP_TRY(ndup_part_tokenise(w->part, w->part_text, s->document->document.text + span.begin, span.end - span.begin,
                                false, &tokens, err));
    *content = ndup_text_digest(tokens.hash, tokens.count);
    return NEARDUP_OK;
}

/* ---- echoes ---- */

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
        /* A text of its own, whatever other texts there are. */
        uint64_t place[3] = {s->document->row, first.begin, s->document->salt};
        XXH128_hash_t content = {0, 0};
        NDUP_TRY(find_content(s, first, &content, err));
        NDUP_TRY(ndup_filler_text(&m->filler, XXH3_128bits_withSeed(place, sizeof place, 1), content,
                                  &m->rows[*anchor].text, added, err));
        if (*added)
            NDUP_TRY(ndup_filler_put(&m->filler, NULL, 0, err));
    }
    struct ndup_text_id text = m->rows[*anchor].text;
    size_t index = m->row_count;
    NDUP_TRY(add_row(s, map, line, NDUP_PARAGRAPH_ECHO, echo->tokens, err));
    m->rows[index].text = text;
    m->rows[index].link = -(int32_t)(index - *anchor);
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
static neardup_status link_copy(struct splitting *s, XXH128_hash_t digest, size_t index, struct ndup_first **first,
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
    XXH128_hash_t unsalted = ndup_text_digest(tokens->hash, tokens->count);
    XXH128_hash_t digest = salted(unsalted, s->document->salt);
    bool inside = o->inside_documents && !s->document->reference;
    *(s->document->reference ? &m->reference_tokens : &m->tokens) += row->tokens;
    m->shorter += !lengthy && !s->document->reference;
    if (inside) {
        NDUP_TRY(link_copy(s, digest, index, &first, err));
        if (first == NULL)
            return NEARDUP_OK;
    }
    NDUP_TRY(ndup_filler_text(&m->filler, digest, unsalted, &row->text, &added, err));
    bool keys = added && lengthy && (s->job->paragraphs.plan.bands > 0 || s->job->paragraphs.simhash_bits > 0);
    if (keys || first != NULL)
        NDUP_TRY(ndup_text_shingle(m->worker->part_text, tokens->hash, tokens->count, &hashes, &count, err));
    if (first != NULL) {
        *first = (struct ndup_first){digest, index};
        NDUP_TRY(add_within(s, tokens, hashes, count, index, err));
    }
    return added ? ndup_filler_put(&m->filler, hashes, keys ? count : 0, err) : NEARDUP_OK;
}

static neardup_status add_part(struct splitting *s, struct ndup_span span, neardup_error *err)
{
    struct ndup_split_member *m = s->m;
    struct ndup_worker *w = m->worker;
    struct ndup_part_tokens tokens;
    NDUP_TRY(ndup_part_tokenise(w->part, w->part_text, s->document->document.text + span.begin, span.end - span.begin,
                                s->job->options.inside_documents && s->job->paragraphs.unit == NEARDUP_UNIT_PARAGRAPH,
                                &tokens, err));
    size_t index = m->row_count, echoes = tokens.echo_count;
    struct ndup_text_map before = s->map;
    NDUP_TRY(add_row(s, &s->map, span, NDUP_PARAGRAPH_PLAIN, tokens.count, err));
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

neardup_status ndup_split_document(neardup_job *job, struct ndup_split_member *m,
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
