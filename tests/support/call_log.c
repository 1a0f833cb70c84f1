/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "support/call_log.h"

#include "run/json_write.h"
#include "run/names.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

/* units that nobody has set are documents */
static const char *unit(const neardup_ref *r)
{
    return ndup_unit_name(r->unit);
}

static void put_ref(struct ndup_buf *b, const neardup_ref *r, bool order)
{
    if (r->file == NULL) {
        ndup_buf_append_str(b, "(none)");
        return;
    }
    ndup_buf_printf(
        b, "(%s %s:%" PRIu64 " id %.*s group %.*s [%" PRIu64 " %" PRIu64 "] [%" PRIu64 " %" PRIu64 "] %" PRIu64,
        unit(r), r->file, r->line, (int)r->id_length, r->id != NULL ? r->id : "", (int)r->group_length,
        r->group != NULL ? r->group : "", r->bytes.begin, r->bytes.end, r->characters.begin, r->characters.end,
        r->tokens);
    if (r->reference)
        ndup_buf_append_str(b, " reference");
    if (order)
        ndup_buf_printf(b, " order %" PRIu64, r->order);
    ndup_buf_append_str(b, ")");
}

static void put_score(struct ndup_buf *b, neardup_reason reason, double jaccard, double containment, int distance,
                      bool numbers_differ)
{
    ndup_buf_printf(b, " %s ", ndup_reason_name(reason));
    ndup_json_write_score(b, jaccard);
    ndup_buf_append_str(b, " ");
    ndup_json_write_score(b, containment);
    ndup_buf_printf(b, " %d%s ", distance, numbers_differ ? " numbers" : "");
}

static bool go_on(struct call_log *log)
{
    return ++log->calls != log->stop;
}

static bool on_decision(void *context, const neardup_decision *d)
{
    struct call_log *log = context;
    struct ndup_buf *b = &log->decisions;
    put_ref(b, &d->document, false);
    put_score(b, d->reason, d->jaccard, d->containment, d->distance, d->numbers_differ);
    put_ref(b, &d->keeper, false);
    ndup_buf_printf(b, " cut %" PRIu64 " %" PRIu64 " cluster %" PRIu64 "\n", d->cut.begin, d->cut.end, d->cluster);
    return go_on(log);
}

static bool on_pair(void *context, const neardup_pair *p)
{
    struct call_log *log = context;
    struct ndup_buf *b = &log->pairs;
    put_ref(b, &p->a, true);
    put_ref(b, &p->b, true);
    ndup_buf_printf(b, " %s %.17g %d%s\n", ndup_reason_name(p->reason), p->jaccard, p->distance,
                    p->numbers_differ ? " numbers" : "");
    return go_on(log);
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    struct call_log *log = context;
    struct ndup_buf *b = &log->clusters;
    ndup_buf_printf(b, "%" PRIu64 " component %" PRIu64 " documents %" PRIu64 " tokens %" PRIu64 "%s%s ", k->number,
                    k->component, k->documents, k->tokens, k->boilerplate ? " boilerplate" : "",
                    k->all_removed ? " all go" : "");
    put_ref(b, &k->keeper, false);
    for (uint64_t i = 0; i < k->member_count; i++) {
        const neardup_member *m = &k->members[i];
        ndup_buf_append_str(b, "\n  ");
        put_ref(b, &m->document, false);
        put_score(b, m->reason, m->jaccard, m->containment, m->distance, m->numbers_differ);
    }
    ndup_buf_append_str(b, "\n");
    return go_on(log);
}

neardup_callbacks call_log_callbacks(struct call_log *log)
{
    return (neardup_callbacks){.struct_size = sizeof(neardup_callbacks),
                               .context = log,
                               .decision = on_decision,
                               .pair = on_pair,
                               .cluster = on_cluster};
}

static void same(const struct ndup_buf *a, const struct ndup_buf *b, const char *what, const char *kind)
{
    size_t i = 0;
    cr_assert_not(a->failed || b->failed);
    while (i < a->len && i < b->len && a->data[i] == b->data[i])
        i++;
    if (i == a->len && i == b->len)
        return;
    size_t from = i > 300 ? i - 300 : 0;
    cr_assert_fail("%s: %s differ at byte %zu of %zu and %zu:\n...%.*s\n----\n...%.*s", what, kind, i, a->len, b->len,
                   (int)(a->len - from < 500 ? a->len - from : 500), a->len > from ? a->data + from : "",
                   (int)(b->len - from < 500 ? b->len - from : 500), b->len > from ? b->data + from : "");
}

void call_log_same(const struct call_log *a, const struct call_log *b, const char *what)
{
    same(&a->decisions, &b->decisions, what, "decisions");
    same(&a->clusters, &b->clusters, what, "clusters");
    same(&a->pairs, &b->pairs, what, "pairs");
}

void call_log_free(struct call_log *log)
{
    ndup_buf_free(&log->decisions);
    ndup_buf_free(&log->clusters);
    ndup_buf_free(&log->pairs);
    *log = (struct call_log){0};
}
