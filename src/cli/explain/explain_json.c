/* SPDX-License-Identifier: MIT
 * What explain says to programs; doc/outputs.md describes the fields. */
#include "base/platform.h"

#include "base/buf.h"
#include "cli/explain/explain.h"
#include "run/json_member.h"
#include "run/json_write.h"
#include "run/names.h"

#include <string.h>

static void range(struct ndup_buf *b, const char *text, uint64_t begin, uint64_t end)
{
    ndup_json_member_name(b, text);
    ndup_buf_append_str(b, "[");
    ndup_json_write_u64(b, begin);
    ndup_buf_append_str(b, ",");
    ndup_json_write_u64(b, end);
    ndup_buf_append_str(b, "]");
}

/* The place as an object, not closed, or null. */
static bool open_place(struct ndup_buf *b, const neardup_ref *ref)
{
    if (ref->file == NULL) {
        ndup_buf_append_str(b, "null");
        return false;
    }
    ndup_buf_append_str(b, "{");
    if (ref->id != NULL) {
        ndup_buf_append_str(b, "\"id\":");
        ndup_buf_append(b, ref->id, ref->id_length);
        ndup_buf_append_str(b, ",");
    }
    ndup_buf_append_str(b, "\"file\":");
    ndup_json_write_string(b, ref->file, strlen(ref->file));
    ndup_json_member_u64(b, "line", ref->line);
    if (ndup_is_part(ref)) {
        ndup_json_member_string(b, "unit", ndup_unit_name(ref->unit));
        range(b, "bytes", ref->bytes.begin, ref->bytes.end);
        range(b, "characters", ref->characters.begin, ref->characters.end);
    }
    if (ref->tokens > 0)
        ndup_json_member_u64(b, "tokens", ref->tokens);
    if (ref->reference)
        ndup_buf_append_str(b, ",\"reference\":true");
    return true;
}

static void place(struct ndup_buf *b, const char *text, const neardup_ref *ref)
{
    ndup_json_member_name(b, text);
    if (open_place(b, ref))
        ndup_buf_append_str(b, "}");
}

static void reason(struct ndup_buf *b, neardup_reason why, double jaccard, double containment, int distance)
{
    ndup_json_member_string(b, "reason", ndup_reason_name(why));
    if (why == NEARDUP_CONTAINED)
        ndup_json_member_score(b, "containment", containment);
    else if (why != NEARDUP_EMPTIED)
        ndup_json_member_score(b, "jaccard", jaccard);
    if (distance != NEARDUP_NO_DISTANCE)
        ndup_json_member_u64(b, "distance", (uint64_t)distance);
}

static const char *fate_name(const struct ndup_explained *x)
{
    static const char *const names[] = {[NDUP_EXPLAINED_KEPT] = "kept",
                                        [NDUP_EXPLAINED_REMOVED] = "removed",
                                        [NDUP_EXPLAINED_EMPTIED] = "emptied",
                                        [NDUP_EXPLAINED_EMPTY] = "empty",
                                        [NDUP_EXPLAINED_INVALID] = "invalid"};
    return names[x->fate];
}

static void write_decision(struct ndup_buf *b, const struct ndup_explained *x)
{
    if (!x->decided)
        return;
    reason(b, x->reason, x->jaccard, 0, x->distance);
    place(b, "keeper", &x->keeper.ref);
}

static void write_cluster(struct ndup_buf *b, const struct ndup_explained *x)
{
    if (x->cluster == 0)
        return;
    ndup_json_member_u64(b, "cluster", x->cluster);
    if (x->cluster_size > 0)
        ndup_json_member_u64(b, "cluster_size", x->cluster_size);
    if (!x->is_keeper)
        return;
    ndup_json_member_u64(b, "member_count", x->member_total);
    ndup_json_member_name(b, "members");
    ndup_buf_append_str(b, "[");
    for (size_t i = 0; i < x->member_count; i++) {
        const struct ndup_explained_member *m = &x->members[i];
        ndup_buf_append_str(b, i == 0 ? "" : ",");
        (void)open_place(b, &m->document.ref);
        reason(b, m->reason, m->jaccard, m->containment, m->distance);
        ndup_buf_append_str(b, "}");
    }
    ndup_buf_append_str(b, "]");
}

static void write_passages(struct ndup_buf *b, const struct ndup_explained *x)
{
    const struct ndup_explained_pair *p = &x->pair;
    ndup_json_member_name(b, "passages");
    ndup_buf_append_str(b, "[");
    for (size_t i = 0; i < p->passage_count; i++) {
        const neardup_passage *passage = &p->passages[i];
        ndup_buf_append_str(b, i == 0 ? "{\"tokens\":" : ",{\"tokens\":");
        ndup_json_write_u64(b, passage->tokens);
        range(b, "document", passage->a_begin, passage->a_end);
        range(b, "keeper", passage->b_begin, passage->b_end);
        ndup_buf_append_str(b, "}");
    }
    ndup_buf_append_str(b, "]");
}

static void write_differences(struct ndup_buf *b, const struct ndup_explained *x)
{
    const struct ndup_explained_pair *p = &x->pair;
    bool first = true;
    ndup_json_member_name(b, "differences");
    ndup_buf_append_str(b, "[");
    for (size_t i = 0; i < p->segment_count; i++) {
        const neardup_segment *s = &p->segments[i];
        if (s->shared)
            continue;
        ndup_buf_append_str(b, first ? "{\"document\":{\"bytes\":[" : ",{\"document\":{\"bytes\":[");
        ndup_json_write_u64(b, s->a_begin);
        ndup_buf_append_str(b, ",");
        ndup_json_write_u64(b, s->a_end);
        ndup_buf_append_str(b, "],\"text\":");
        ndup_json_write_string(b, x->text.bytes + s->a_begin, s->a_end - s->a_begin);
        ndup_buf_append_str(b, "},\"keeper\":{\"bytes\":[");
        ndup_json_write_u64(b, s->b_begin);
        ndup_buf_append_str(b, ",");
        ndup_json_write_u64(b, s->b_end);
        ndup_buf_append_str(b, "],\"text\":");
        ndup_json_write_string(b, x->keeper_text.bytes + s->b_begin, s->b_end - s->b_begin);
        ndup_buf_append_str(b, "}}");
        first = false;
    }
    ndup_buf_append_str(b, "]");
}

static void write_comparison(struct ndup_buf *b, const struct ndup_explained *x)
{
    const struct ndup_explained_pair *p = &x->pair;
    const neardup_comparison *c = &p->comparison;
    if (!p->known)
        return;
    ndup_json_member_name(b, "comparison");
    ndup_buf_append_str(b, "{\"jaccard\":");
    ndup_json_write_score(b, c->jaccard);
    ndup_json_member_score(b, "document_in_keeper", c->a_in_b);
    ndup_json_member_score(b, "keeper_in_document", c->b_in_a);
    ndup_json_member_u64(b, "shared_shingles", c->shared);
    ndup_json_member_u64(b, "document_shingles", c->a_shingles);
    ndup_json_member_u64(b, "keeper_shingles", c->b_shingles);
    if (p->distance != NEARDUP_NO_DISTANCE)
        ndup_json_member_u64(b, "distance", (uint64_t)p->distance);
    if (x->plan.bands > 0 && x->options.method != NEARDUP_METHOD_SIMHASH) {
        ndup_json_member_u64(b, "bands", x->plan.bands);
        ndup_json_member_u64(b, "rows", x->plan.rows);
        ndup_json_member_name(b, "bands_met");
        ndup_buf_append_str(b, "[");
        for (size_t i = 0; i < p->band_count; i++) {
            ndup_buf_append_str(b, i == 0 ? "" : ",");
            ndup_json_write_u64(b, p->bands[i]);
        }
        ndup_buf_append_str(b, "]");
    }
    ndup_buf_append_str(b, p->changed ? ",\"changed\":true" : ",\"changed\":false");
    write_passages(b, x);
    write_differences(b, x);
    ndup_buf_append_str(b, "}");
}

static void write_cuts(struct ndup_buf *b, const struct ndup_explained *x)
{
    if (x->cut_total == 0 && (x->options.units & ~(unsigned)NEARDUP_UNIT_DOCUMENT) == 0)
        return;
    ndup_json_member_u64(b, "cut_count", x->cut_total);
    ndup_json_member_name(b, "cuts");
    ndup_buf_append_str(b, "[");
    for (size_t i = 0; i < x->cut_count; i++) {
        const struct ndup_explained_cut *cut = &x->cuts[i];
        const neardup_decision *d = &cut->decision;
        ndup_buf_append_str(b, i == 0 ? "" : ",");
        (void)open_place(b, &cut->part.ref);
        reason(b, d->reason, d->jaccard, d->containment, d->distance);
        range(b, "cut", d->cut.begin, d->cut.end);
        place(b, "keeper", &cut->keeper.ref);
        ndup_json_member_u64(b, "cluster", d->cluster);
        if (cut->text.bytes != NULL) {
            ndup_json_member_name(b, "text");
            ndup_json_write_string(b, cut->text.bytes, cut->text.length);
        }
        if (cut->keeper_text.bytes != NULL) {
            ndup_json_member_name(b, "keeper_text");
            ndup_json_write_string(b, cut->keeper_text.bytes, cut->keeper_text.length);
        }
        ndup_buf_append_str(b, "}");
    }
    ndup_buf_append_str(b, "]");
}

static void write_near(struct ndup_buf *b, const struct ndup_explained *x)
{
    struct ndup_buf words = NDUP_BUF_INIT;
    if (!x->searched)
        return;
    ndup_json_member_name(b, "similar");
    ndup_buf_append_str(b, "[");
    for (size_t i = 0; i < x->near_count; i++) {
        const struct ndup_explained_near *n = &x->near[i];
        ndup_buf_append_str(b, i == 0 ? "" : ",");
        (void)open_place(b, &n->document.ref);
        ndup_json_member_score(b, "jaccard", n->neighbour.jaccard);
        ndup_json_member_score(b, "document_in_it", n->neighbour.query_in_document);
        ndup_json_member_u64(b, "shared_shingles", n->neighbour.shared);
        if (n->neighbour.distance != NEARDUP_NO_DISTANCE)
            ndup_json_member_u64(b, "distance", (uint64_t)n->neighbour.distance);
        else if (x->plan.bands > 0)
            ndup_json_member_u64(b, "bands_met", n->neighbour.bands);
        ndup_json_member_string(b, "fate", n->removed ? "removed" : "kept");
        if (n->removed)
            place(b, "keeper", &n->keeper.ref);
        ndup_buf_clear(&words);
        ndup_explain_near_words(x, n, &words);
        ndup_json_member_name(b, "why");
        ndup_json_write_string(b, words.data, words.len);
        ndup_buf_append_str(b, "}");
    }
    ndup_buf_append_str(b, "]");
    if (x->unread > 0)
        ndup_json_member_u64(b, "unread_files", x->unread);
    b->failed = b->failed || words.failed;
    ndup_buf_free(&words);
}

bool ndup_explain_json(const struct ndup_explained *x)
{
    struct ndup_buf b = NDUP_BUF_INIT;
    ndup_buf_append_str(&b, "{\"document\":");
    if (open_place(&b, &x->document.ref))
        ndup_buf_append_str(&b, "}");
    ndup_json_member_string(&b, "fate", fate_name(x));
    if (x->problem[0] != '\0')
        ndup_json_member_string(&b, "problem", x->problem);
    write_decision(&b, x);
    write_cluster(&b, x);
    if (x->options.method != NEARDUP_METHOD_SIMHASH || x->options.verify)
        ndup_json_member_score(&b, "threshold", x->options.threshold);
    if (x->options.method == NEARDUP_METHOD_SIMHASH)
        ndup_json_member_u64(&b, "most_distance", x->options.distance);
    write_comparison(&b, x);
    write_cuts(&b, x);
    write_near(&b, x);
    if (x->no_texts[0] != '\0')
        ndup_json_member_string(&b, "no_texts", x->no_texts);
    ndup_buf_append_str(&b, "}\n");
    bool good = !b.failed;
    if (good)
        fwrite(b.data, 1, b.len, stdout);
    ndup_buf_free(&b);
    return good;
}
