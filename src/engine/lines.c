/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/lines.h"

#include "base/error.h"

#include <pthread.h>

struct writing {
    const struct ndup_lines *o;
    pthread_mutex_t lock; /* guards all below, and the report */
    pthread_cond_t turn;
    uint64_t next, done; /* things */
    neardup_status status;
    neardup_error error; /* of the first one that failed */
};

static bool take(struct writing *w, uint64_t *begin)
{
    pthread_mutex_lock(&w->lock);
    *begin = w->next;
    bool any = w->status == NEARDUP_OK && w->next < w->o->end;
    w->next += any ? w->o->step : 0;
    pthread_mutex_unlock(&w->lock);
    return any;
}

static neardup_status append(const struct ndup_lines *o, struct ndup_buf *lines, neardup_error *err)
{
    if (lines->failed)
        return ndup_fail_nomem(err);
    ndup_buf_append(&o->report->text, lines->data, lines->len);
    ndup_buf_clear(lines);
    return ndup_report_flush(o->report, err);
}

/* Waits for the ranges before this one; a failure of any of them ends it. */
static void commit(struct writing *w, uint64_t begin, uint64_t end, struct ndup_buf *lines, neardup_status made,
                   const neardup_error *why)
{
    pthread_mutex_lock(&w->lock);
    while (w->done != begin && w->status == NEARDUP_OK)
        pthread_cond_wait(&w->turn, &w->lock);
    if (w->status == NEARDUP_OK && made != NEARDUP_OK) {
        w->status = made;
        w->error = *why;
    } else if (w->status == NEARDUP_OK) {
        w->status = append(w->o, lines, &w->error);
    }
    w->done = end;
    pthread_cond_broadcast(&w->turn);
    pthread_mutex_unlock(&w->lock);
}

static void work(void *context, unsigned member)
{
    struct writing *w = context;
    const struct ndup_lines *o = w->o;
    struct ndup_buf lines = NDUP_BUF_INIT;
    uint64_t begin;
    while (take(w, &begin)) {
        neardup_error err = {.message = ""};
        uint64_t end = o->end - begin < o->step ? o->end : begin + o->step;
        neardup_status st = atomic_load_explicit(o->cancel, memory_order_relaxed)
                                ? ndup_fail(&err, NEARDUP_E_CANCELED, "canceled")
                                : o->make(o->context, member, begin, end, &lines, &err);
        commit(w, begin, end, &lines, st, &err);
    }
    ndup_buf_free(&lines);
}

neardup_status ndup_lines_write(const struct ndup_lines *lines, neardup_error *err)
{
    struct writing w = {.o = lines, .next = lines->begin, .done = lines->begin};
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.turn, NULL);
    if (lines->end - lines->begin > lines->step)
        ndup_pool_run(lines->pool, work, &w);
    else
        work(&w, 0);
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.turn);
    if (w.status != NEARDUP_OK && err != NULL)
        *err = w.error;
    return w.status;
}
