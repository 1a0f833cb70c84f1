/* SPDX-License-Identifier: MIT
 * Which document is meant, and what the run wrote about it. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/explain/explain.h"
#include "cli/signals.h"
#include "cli/suggest.h"
#include "run/names.h"
#include "term/emit.h"
#include "term/number.h"
#include "term/safe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SUGGEST_IDS  200000u /* looked at, when nothing has the id that was asked for */
#define SHOWN_PLACES 20u     /* of several documents with one id */

/* ---- references that stay ---- */

bool ndup_kept_ref_copy(struct ndup_kept_ref *to, const neardup_ref *from)
{
    neardup_ref r = *from;
    r.id = NULL;
    r.group = NULL;
    r.group_length = 0;
    r.file = NULL;
    if (from->file != NULL) {
        size_t file = strlen(from->file) + 1;
        char *text = ndup_alloc(file + from->id_length, 1);
        if (text == NULL)
            return false;
        memcpy(text, from->file, file);
        if (from->id != NULL && from->id_length > 0)
            memcpy(text + file, from->id, from->id_length);
        r.file = text; /* the id lives behind it */
        r.id = from->id != NULL ? text + file : NULL;
    }
    ndup_kept_ref_free(to);
    to->ref = r;
    return true;
}

void ndup_kept_ref_free(struct ndup_kept_ref *ref)
{
    union {
        const char *shown;
        char *owned;
    } file = {.shown = ref->ref.file};
    free(file.owned);
    ref->ref = (neardup_ref){.file = NULL};
}

bool ndup_same_place(const neardup_ref *a, const neardup_ref *b)
{
    return a->line == b->line && a->file != NULL && b->file != NULL && strcmp(a->file, b->file) == 0;
}

/* ---- what names a document ---- */

struct search {
    struct ndup_explained *x;
    size_t file_length; /* of FILE in FILE:LINE; 0: it is not of that form */
    uint64_t line;
    struct ndup_buf plain;
    struct match {
        struct ndup_kept_ref document;
        bool part;  /* known from one of its paragraphs: where the document begins is not sure */
        bool empty; /* it has no token */
    } * matches;
    size_t count, capacity;
    struct ndup_kept_ref around; /* the text document in which the line asked for lies */
    bool around_empty;
    char problem[256]; /* of the record at the place asked for */
    char unread[256];  /* the first file that could not be read */
    uint64_t ids;      /* looked at for the nearest */
    double closeness;
    char nearest[64];
    bool failed; /* no memory */
};

static void split_asked(struct search *s)
{
    const char *asked = s->x->asked, *colon = strrchr(asked, ':');
    uint64_t line = 0;
    if (colon == NULL || colon == asked || colon[1] == '\0')
        return;
    for (const char *at = colon + 1; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || line > UINT64_MAX / 10 - 1)
            return;
        line = line * 10 + (uint64_t)(*at - '0');
    }
    s->file_length = (size_t)(colon - asked);
    s->line = line;
}

static bool has_asked_file(const struct search *s, const neardup_ref *ref)
{
    return s->file_length > 0 && strlen(ref->file) == s->file_length &&
           memcmp(ref->file, s->x->asked, s->file_length) == 0;
}

/* The id as a person writes it, or as it stands in the record. */
static bool has_asked_id(struct search *s, const neardup_ref *ref)
{
    const char *asked = s->x->asked;
    size_t length = strlen(asked);
    if (ref->id == NULL)
        return ref->line == 1 && strcmp(ref->file, asked) == 0; /* a file that is a document */
    if (ref->id_length == length && memcmp(ref->id, asked, length) == 0)
        return true;
    if (ref->id_length < length + 2 || ref->id[0] != '"')
        return false;
    ndup_buf_clear(&s->plain);
    ndup_emit_plain(&s->plain, ref->id, ref->id_length);
    s->failed = s->failed || s->plain.failed;
    return s->plain.len == length && memcmp(s->plain.data, asked, length) == 0;
}

static bool is_asked(struct search *s, const neardup_ref *ref)
{
    return ref->file != NULL && (has_asked_id(s, ref) || (ref->line == s->line && has_asked_file(s, ref)));
}

static struct match *add_match(struct search *s, const neardup_ref *ref)
{
    bool part = ndup_is_part(ref);
    for (size_t i = 0; i < s->count; i++) {
        struct match *m = &s->matches[i];
        /* The paragraphs of a text document have lines of their own. */
        bool same_text = (part || m->part) && ref->id == NULL && m->document.ref.id == NULL &&
                         strcmp(m->document.ref.file, ref->file) == 0;
        if (!same_text && !ndup_same_place(&m->document.ref, ref))
            continue;
        if (m->part && !part && ndup_kept_ref_copy(&m->document, ref))
            m->part = false;
        return m;
    }
    struct match match = {.part = part};
    if (!ndup_kept_ref_copy(&match.document, ref) ||
        !ndup_grow(&s->matches, &s->capacity, s->count + 1, sizeof *s->matches)) {
        ndup_kept_ref_free(&match.document);
        s->failed = true;
        return NULL;
    }
    s->matches[s->count++] = match;
    return &s->matches[s->count - 1];
}

static void look_at(struct search *s, const neardup_ref *ref)
{
    if (ref->file != NULL && is_asked(s, ref))
        (void)add_match(s, ref);
}

static bool on_decision(void *context, const neardup_decision *decision)
{
    struct search *s = context;
    look_at(s, &decision->document);
    look_at(s, &decision->keeper);
    return !s->failed;
}

static bool on_cluster(void *context, const neardup_cluster *cluster)
{
    struct search *s = context;
    look_at(s, &cluster->keeper);
    for (uint64_t i = 0; i < cluster->member_count; i++)
        look_at(s, &cluster->members[i].document);
    return !s->failed;
}

/* ---- the corpus ---- */

static void suggest(struct search *s, const neardup_ref *ref)
{
    if (ref->id == NULL || s->count > 0 || ++s->ids > SUGGEST_IDS || ref->id_length > sizeof s->nearest)
        return;
    ndup_buf_clear(&s->plain);
    ndup_emit_plain(&s->plain, ref->id, ref->id_length);
    ndup_buf_append(&s->plain, "", 1);
    if (s->plain.failed || s->plain.len > sizeof s->nearest)
        return;
    double closeness = ndup_suggest_closeness(s->x->asked, s->plain.data);
    if (closeness > s->closeness) {
        s->closeness = closeness;
        memcpy(s->nearest, s->plain.data, s->plain.len);
    }
}

static bool on_sketched(void *context, const neardup_sketched *sketched)
{
    struct search *s = context;
    const neardup_ref *ref = &sketched->document;
    if (is_asked(s, ref)) {
        struct match *m = add_match(s, ref);
        if (m != NULL)
            m->empty = sketched->shingles == 0;
    } else if (ref->id == NULL && ref->line < s->line && has_asked_file(s, ref)) {
        s->failed = s->failed || !ndup_kept_ref_copy(&s->around, ref);
        s->around_empty = sketched->shingles == 0;
    }
    suggest(s, ref);
    return !s->failed;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct search *s = context;
    neardup_ref place = {.file = file, .line = line};
    if (severity == NEARDUP_ERROR)
        ndup_explain_unread(file, message, s->unread, sizeof s->unread);
    if (severity == NEARDUP_WARNING && file != NULL && line > 0 && line == s->line && has_asked_file(s, &place))
        snprintf(s->problem, sizeof s->problem, "%s", message);
    return true;
}

static bool on_progress(void *context, const neardup_progress *progress)
{
    struct search *s = context;
    ndup_progress_update(&s->x->cli->progress, progress);
    return true;
}

static bool scan(struct search *s)
{
    neardup_job *job = ndup_explain_job(s->x);
    neardup_error err = {.message = ""};
    if (job == NULL)
        return s->x->no_texts[0] != '\0';
    neardup_sketching sketching = {.slots = 1, .context = s, .sketched = on_sketched};
    neardup_callbacks callbacks = {
        .context = s, .message = on_message, .progress = s->x->cli->progress.enabled ? on_progress : NULL};
    ndup_signals_watch(job);
    neardup_status st = neardup_job_run_sketch(job, &sketching, &callbacks, &err);
    int caught = ndup_signals_unwatch();
    neardup_job_destroy(job);
    return !s->failed && ndup_explain_ended(s->x, st, &err, caught);
}

/* ---- the answer ---- */

static bool say_several(const struct search *s)
{
    const struct ndup_msg *msg = &s->x->cli->msg;
    struct ndup_buf line = NDUP_BUF_INIT;
    ndup_safe_append(&line, s->x->asked, strlen(s->x->asked));
    ndup_msg_error(msg, "%s documents have the id '%.*s'", ndup_number_group(s->count).text, (int)line.len, line.data);
    for (size_t i = 0; i < s->count && i < SHOWN_PLACES; i++) {
        const neardup_ref *ref = &s->matches[i].document.ref;
        ndup_buf_clear(&line);
        ndup_safe_append(&line, ref->file, strlen(ref->file));
        ndup_msg_hint(msg, "%.*s:%" PRIu64, (int)line.len, line.data, ref->line);
    }
    if (s->count > SHOWN_PLACES)
        ndup_msg_hint(msg, "... and %s more", ndup_number_group(s->count - SHOWN_PLACES).text);
    ndup_msg_hint(msg, "name one of them by its FILE:LINE");
    ndup_buf_free(&line);
    return false;
}

static bool say_none(const struct search *s)
{
    const struct ndup_msg *msg = &s->x->cli->msg;
    struct ndup_buf line = NDUP_BUF_INIT;
    ndup_safe_append(&line, s->x->asked, strlen(s->x->asked));
    if (s->x->no_texts[0] != '\0') {
        ndup_msg_error(msg, "nothing that the run wrote is about a document '%.*s'", (int)line.len, line.data);
        ndup_msg_hint(msg, "documents that stay and stand for no other are named in the corpus only, and %s",
                      s->x->no_texts);
    } else {
        ndup_msg_error(msg, "no document has the id '%.*s', or stands there", (int)line.len, line.data);
        ndup_buf_clear(&line);
        ndup_safe_append(&line, s->unread, strlen(s->unread));
        if (line.len > 0)
            ndup_msg_hint(msg, "not everything could be read: %.*s", (int)line.len, line.data);
        ndup_buf_clear(&line);
        if (s->closeness > 0)
            ndup_safe_append(&line, s->nearest, strlen(s->nearest));
        if (line.len > 0)
            ndup_msg_hint(msg, "did you mean '%.*s'?", (int)line.len, line.data);
        else
            ndup_msg_hint(msg, "name it by its id, or by its place: FILE:LINE as reports have it");
    }
    ndup_buf_free(&line);
    return false;
}

static bool take(struct search *s)
{
    struct ndup_explained *x = s->x;
    const struct match *m = &s->matches[0];
    if (s->count == 0 && s->problem[0] != '\0') {
        char *file = ndup_alloc(s->file_length + 1, 1);
        if (file == NULL)
            return false;
        memcpy(file, x->asked, s->file_length);
        file[s->file_length] = '\0';
        x->document.ref = (neardup_ref){.file = file, .line = s->line};
        x->fate = NDUP_EXPLAINED_INVALID;
        memcpy(x->problem, s->problem, sizeof x->problem);
        return true;
    }
    /* A paragraph of a text document is known; the corpus has told where the document begins. */
    bool around = s->count == 0 || (m->part && m->document.ref.id == NULL && s->around.ref.file != NULL);
    if (!ndup_kept_ref_copy(&x->document, around ? &s->around.ref : &m->document.ref))
        return false;
    x->document.ref.unit = NEARDUP_UNIT_DOCUMENT;
    x->document.ref.bytes = x->document.ref.characters = (neardup_span){0, 0};
    if (around ? s->around_empty : m->empty)
        x->fate = NDUP_EXPLAINED_EMPTY;
    return true;
}

/* Whether what the run wrote leaves open which document is meant. */
static bool is_open(const struct search *s)
{
    bool twice = s->x->summary == NULL || s->x->summary->duplicate_ids > 0;
    bool by_place =
        s->count == 1 && has_asked_file(s, &s->matches[0].document.ref) && s->line == s->matches[0].document.ref.line;
    return s->count == 0 || (s->count == 1 && (s->matches[0].part || (twice && !by_place)));
}

bool ndup_explain_find(struct ndup_explained *x)
{
    struct search s = {.x = x};
    neardup_callbacks callbacks = {.context = &s, .decision = on_decision, .cluster = on_cluster};
    neardup_error err = {.message = ""};
    split_asked(&s);
    bool good = neardup_run_replay(x->run, &callbacks, &err) == NEARDUP_OK;
    if (!good && !s.failed)
        ndup_msg_error(&x->cli->msg, "%s", err.message);
    if (good && is_open(&s))
        good = scan(&s);
    if (s.failed)
        ndup_msg_error(&x->cli->msg, "out of memory");
    ndup_progress_clear(&x->cli->progress);
    if (good && s.count > 1)
        good = say_several(&s);
    else if (good && s.count == 0 && s.problem[0] == '\0' && s.around.ref.file == NULL)
        good = say_none(&s);
    else if (good && !take(&s)) {
        ndup_msg_error(&x->cli->msg, "out of memory");
        good = false;
    }
    for (size_t i = 0; i < s.count; i++)
        ndup_kept_ref_free(&s.matches[i].document);
    free(s.matches);
    ndup_kept_ref_free(&s.around);
    ndup_buf_free(&s.plain);
    return good;
}
