/* SPDX-License-Identifier: MIT
 * What the run wrote about a document: its decision, its cluster, and what was cut of it. */
#include "base/platform.h"

#include "base/mem.h"
#include "cli/explain/explain.h"
#include "run/names.h"

#include <stdlib.h>
#include <string.h>

struct facts {
    struct ndup_explained *x;
    bool failed; /* no memory */
};

static void copy(struct facts *f, struct ndup_kept_ref *to, const neardup_ref *from)
{
    f->failed = f->failed || !ndup_kept_ref_copy(to, from);
}

/* ---- parts ---- */

static uint64_t newlines(const struct ndup_explained_text *text, uint64_t end)
{
    uint64_t count = 0;
    for (const char *at = text->bytes; (at = memchr(at, '\n', (size_t)(text->bytes + end - at))) != NULL; at++)
        count++;
    return count;
}

/* What is in a JSON record has the record's line; a paragraph of a text document has its own, and the text tells whether it
 * is one of this document. */
static bool is_part_of(const struct ndup_explained *x, const neardup_ref *part)
{
    const neardup_ref *document = &x->document.ref;
    if (!ndup_is_part(part) || part->file == NULL)
        return false;
    if (ndup_same_place(part, document))
        return true;
    if (part->id != NULL || document->id != NULL || part->line < document->line ||
        strcmp(part->file, document->file) != 0 || x->options.format == NEARDUP_INPUT_JSONL ||
        x->options.format == NEARDUP_INPUT_LINE)
        return false;
    if (x->text.bytes == NULL)
        return x->options.format == NEARDUP_INPUT_FILE;
    return part->bytes.end <= x->text.length && part->line - document->line == newlines(&x->text, part->bytes.begin);
}

static void add_cut(struct facts *f, const neardup_decision *decision)
{
    struct ndup_explained *x = f->x;
    if (x->cut_total++ >= x->limit)
        return;
    struct ndup_explained_cut cut = {.decision = *decision};
    copy(f, &cut.part, &decision->document);
    copy(f, &cut.keeper, &decision->keeper);
    if (!ndup_grow(&x->cuts, &x->cut_capacity, x->cut_count + 1, sizeof *x->cuts)) {
        ndup_kept_ref_free(&cut.part);
        ndup_kept_ref_free(&cut.keeper);
        f->failed = true;
        return;
    }
    x->cuts[x->cut_count++] = cut;
}

/* ---- documents ---- */

static void take_decision(struct facts *f, neardup_reason reason, double jaccard, int distance,
                          const neardup_ref *keeper, uint64_t cluster)
{
    struct ndup_explained *x = f->x;
    x->fate = reason == NEARDUP_EMPTIED ? NDUP_EXPLAINED_EMPTIED : NDUP_EXPLAINED_REMOVED;
    x->decided = true;
    x->reason = reason;
    x->jaccard = jaccard;
    x->distance = distance;
    x->cluster = cluster;
    copy(f, &x->keeper, keeper);
}

static bool on_decision(void *context, const neardup_decision *d)
{
    struct facts *f = context;
    if (ndup_is_part(&d->document)) {
        if (is_part_of(f->x, &d->document))
            add_cut(f, d);
    } else if (ndup_same_place(&d->document, &f->x->document.ref)) {
        take_decision(f, d->reason, d->jaccard, d->distance, &d->keeper, d->cluster);
        if (f->x->document.ref.tokens == 0)
            f->x->document.ref.tokens = d->document.tokens;
    }
    return !f->failed;
}

static void take_cluster(struct facts *f, const neardup_cluster *c)
{
    struct ndup_explained *x = f->x;
    x->cluster = c->number;
    x->cluster_size = ndup_cluster_size(c);
    x->component = c->component;
    x->member_total = c->member_count;
    for (uint64_t i = 0; i < c->member_count && x->member_count < x->limit && !f->failed; i++) {
        const neardup_member *m = &c->members[i];
        if (ndup_same_place(&m->document, &x->document.ref))
            continue;
        struct ndup_explained_member member = {
            .reason = m->reason, .jaccard = m->jaccard, .containment = m->containment, .distance = m->distance};
        copy(f, &member.document, &m->document);
        if (!ndup_grow(&x->members, &x->member_capacity, x->member_count + 1, sizeof *x->members)) {
            ndup_kept_ref_free(&member.document);
            f->failed = true;
            return;
        }
        x->members[x->member_count++] = member;
    }
}

static bool on_cluster(void *context, const neardup_cluster *c)
{
    struct facts *f = context;
    struct ndup_explained *x = f->x;
    if (ndup_is_part(&c->keeper))
        return true;
    if (ndup_same_place(&c->keeper, &x->document.ref)) {
        x->is_keeper = true;
        take_cluster(f, c);
        return !f->failed;
    }
    for (uint64_t i = 0; i < c->member_count; i++) {
        const neardup_member *m = &c->members[i];
        if (!ndup_same_place(&m->document, &x->document.ref))
            continue;
        /* Where there are clusters only, they say it all. */
        if (!x->decided)
            take_decision(f, m->reason, m->jaccard, m->distance, &c->keeper, c->number);
        if (x->document.ref.tokens == 0)
            x->document.ref.tokens = m->document.tokens;
        take_cluster(f, c);
        break;
    }
    return !f->failed;
}

/* Says what went wrong. */
static bool replay(const struct facts *f, const neardup_callbacks *callbacks)
{
    const struct ndup_msg *msg = &f->x->cli->msg;
    neardup_error err = {.message = ""};
    neardup_status st = neardup_run_replay(f->x->run, callbacks, &err);
    if (f->failed)
        ndup_msg_error(msg, "out of memory");
    else if (st != NEARDUP_OK)
        ndup_msg_error(msg, "%s", err.message);
    return st == NEARDUP_OK && !f->failed;
}

bool ndup_explain_run(struct ndup_explained *x)
{
    struct facts f = {.x = x};
    neardup_callbacks callbacks = {.context = &f, .decision = on_decision, .cluster = on_cluster};
    return replay(&f, &callbacks);
}

/* ---- what became of the similar ones ---- */

static void look_up(struct facts *f, const neardup_ref *document, const neardup_ref *keeper)
{
    struct ndup_explained *x = f->x;
    for (size_t i = 0; i < x->near_count; i++) {
        struct ndup_explained_near *near = &x->near[i];
        if (near->removed || !ndup_same_place(&near->document.ref, document))
            continue;
        near->removed = true;
        copy(f, &near->keeper, keeper);
    }
}

static bool on_other_decision(void *context, const neardup_decision *d)
{
    struct facts *f = context;
    if (!ndup_is_part(&d->document))
        look_up(f, &d->document, &d->keeper);
    return !f->failed;
}

static bool on_other_cluster(void *context, const neardup_cluster *c)
{
    struct facts *f = context;
    for (uint64_t i = 0; !ndup_is_part(&c->keeper) && i < c->member_count; i++)
        look_up(f, &c->members[i].document, &c->keeper);
    return !f->failed;
}

bool ndup_explain_near_fates(struct ndup_explained *x)
{
    struct facts f = {.x = x};
    neardup_callbacks callbacks = {.context = &f, .decision = on_other_decision, .cluster = on_other_cluster};
    /* Decisions say it in short lines; a run without a summary has clusters only. */
    if (x->summary != NULL)
        callbacks.cluster = NULL;
    return replay(&f, &callbacks);
}
