/* SPDX-License-Identifier: MIT
 * explain: why a document of a finished run was removed, or stays. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "cli/explain.h"
#include "cli/outfile.h"
#include "cli/reopen_inputs.h"
#include "cli/messages.h"
#include "cli/opt.h"
#include "run/names.h"
#include "run/json_write.h"
#include "run/record.h"
#include "term/number.h"
#include "term/safe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_LIMIT 10u
#define SUGGEST_IDS   200000u /* that are compared with the given id, if no document has it, to suggest the nearest */
#define SHOWN_PLACES  3u      /* of several documents with one id */

/* ---- a job over the corpus of the run --------------------------------------------------------------------------- */

static neardup_job *open_job(struct ndup_explained *x)
{
    neardup_job_options o = x->options;
    neardup_job *job = NULL;
    neardup_error err = {.message = ""};
    const char *why;
    if (x->no_texts[0] != '\0')
        return NULL;
    o.threads = x->cli->settings.job.threads;
    o.memory = x->cli->settings.job.memory;
    o.units = NEARDUP_UNIT_DOCUMENT;
    o.output_dir = o.scratch_dir = o.command = NULL;
    o.strict = o.pairs = o.annotate = o.contents = o.drop_emptied = false;
    o.write_corpus = true;
    if (ndup_reopen_inputs_with(&job, &o, x->run, &x->cli->settings, &why, &err) != NEARDUP_OK)
        ndup_msg_error(&x->cli->msg, "%s", err.message);
    else if (job == NULL)
        snprintf(x->no_texts, sizeof x->no_texts, "%s", why);
    return job;
}

/* The first line of a message of the library, with the names of options. */
static void keep_message(const char *message, char *out, size_t size)
{
    struct ndup_buf named = NDUP_BUF_INIT;
    const char *advice = strstr(message, "\n`");
    ndup_options_name_fields(&named, message, advice != NULL ? (size_t)(advice - message) : strlen(message));
    snprintf(out, size, "%.*s", (int)named.len, named.len > 0 ? named.data : "");
    ndup_buf_free(&named);
}

static void note_unread(const char *file, const char *message, char *out, size_t size)
{
    char text[121];
    if (file == NULL || out[0] != '\0')
        return;
    keep_message(message, text, sizeof text);
    snprintf(out, size, "%.120s: %s", file, text);
}

static bool run_ended(struct ndup_explained *x, neardup_status status, const neardup_error *err, int caught)
{
    ndup_progress_clear(&x->cli->progress);
    if (caught != 0) {
        x->cli->raise_signal = caught;
        return false;
    }
    if (status == NEARDUP_OK)
        return true;
    /* A failed system call that is not about an input: scratch, threads. */
    if (status != NEARDUP_E_IO || err->sys_errno != 0) {
        ndup_msg_error(&x->cli->msg, "%s", err->message);
        return false;
    }
    keep_message(err->message, x->no_texts, sizeof x->no_texts);
    return true;
}

/* ---- which document is meant ------------------------------------------------------------------------------------ */

struct document_search {
    struct ndup_explained *x;
    uint64_t line;                 /* of FILE:LINE; 0: what was asked is not of that form */
    struct ndup_typed_names file;  /* FILE may be these; none: the same */
    struct ndup_typed_names whole; /* and all that was asked, of a file that is a document */
    struct ndup_buf plain;
    struct document_match {
        struct ndup_kept_ref document;
        bool part;   /* known from one of its paragraphs: where the document begins is not sure */
        bool empty;  /* it has no token */
        size_t rank; /* which of the names: the first one is meant */
    } * matches;
    size_t count, capacity;
    struct ndup_kept_ref around; /* the text document that contains the given line */
    bool around_empty;
    size_t around_rank;
    char problem[256]; /* of the record at the given place, and the name of its file */
    const char *problem_file;
    char unread[256]; /* the first file that could not be read */
    char skipped[64]; /* what the file that was asked for is, if it is not text */
    uint64_t ids;     /* looked at for the nearest */
    double closeness;
    char nearest[64];
    bool failed; /* no memory */
};

#define NO_RANK SIZE_MAX

static bool split_asked(struct document_search *s)
{
    const char *asked = s->x->asked, *colon = strrchr(asked, ':'), *folder = s->x->cli->operands[0];
    uint64_t line = 0;
    if (!ndup_typed_names_find(&s->whole, s->x->run, folder, asked))
        return false;
    if (colon == NULL || colon == asked || colon[1] == '\0')
        return true;
    for (const char *at = colon + 1; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || line > UINT64_MAX / 10 - 1)
            return true;
        line = line * 10 + (uint64_t)(*at - '0');
    }
    char *file = strndup(asked, (size_t)(colon - asked));
    bool good = file != NULL && ndup_typed_names_find(&s->file, s->x->run, folder, file);
    free(file);
    s->line = line;
    return good;
}

static size_t rank_of(const struct ndup_typed_names *names, const char *file)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], file) == 0)
            return i;
    }
    return NO_RANK;
}

/* The id as a person writes it, or as it is in the record. */
static bool has_asked_id(struct document_search *s, const neardup_ref *ref)
{
    const char *asked = s->x->asked;
    size_t length = strlen(asked);
    if (ref->id == NULL)
        return false;
    if (ref->id_length == length && memcmp(ref->id, asked, length) == 0)
        return true;
    if (ref->id_length < length + 2 || ref->id[0] != '"')
        return false;
    ndup_buf_clear(&s->plain);
    ndup_json_write_plain(&s->plain, ref->id, ref->id_length);
    s->failed = s->failed || s->plain.failed;
    return s->plain.len == length && memcmp(s->plain.data, asked, length) == 0;
}

/* How well the document fits what was asked, 0 best; NO_RANK: not at all. */
static size_t rank_of_document(struct document_search *s, const neardup_ref *ref)
{
    if (ref->file == NULL)
        return NO_RANK;
    if (has_asked_id(s, ref))
        return 0;
    size_t place = ref->line == s->line ? rank_of(&s->file, ref->file) : NO_RANK;
    size_t document = ref->id == NULL && ref->line == 1 ? rank_of(&s->whole, ref->file) : NO_RANK;
    return place < document ? place : document;
}

static struct document_match *add_match(struct document_search *s, const neardup_ref *ref, size_t rank)
{
    bool part = ndup_is_part(ref);
    for (size_t i = 0; i < s->count; i++) {
        struct document_match *m = &s->matches[i];
        /* The paragraphs of a text document have lines of their own. */
        bool same_text = (part || m->part) && ref->id == NULL && m->document.ref.id == NULL &&
                         strcmp(m->document.ref.file, ref->file) == 0;
        if (!same_text && !ndup_is_same_place(&m->document.ref, ref))
            continue;
        if (m->part && !part && ndup_kept_ref_copy(&m->document, ref))
            m->part = false;
        return m;
    }
    struct document_match match = {.part = part, .rank = rank};
    if (!ndup_kept_ref_copy(&match.document, ref) ||
        !ndup_grow(&s->matches, &s->capacity, s->count + 1, sizeof *s->matches)) {
        ndup_kept_ref_free(&match.document);
        s->failed = true;
        return NULL;
    }
    s->matches[s->count++] = match;
    return &s->matches[s->count - 1];
}

static void look_at(struct document_search *s, const neardup_ref *ref)
{
    size_t rank = rank_of_document(s, ref);
    if (rank != NO_RANK)
        (void)add_match(s, ref, rank);
}

static bool on_decision(void *context, const neardup_decision *decision)
{
    struct document_search *s = context;
    look_at(s, &decision->document);
    look_at(s, &decision->keeper);
    return !s->failed;
}

static bool on_cluster(void *context, const neardup_cluster *cluster)
{
    struct document_search *s = context;
    look_at(s, &cluster->keeper);
    for (uint64_t i = 0; i < cluster->member_count; i++)
        look_at(s, &cluster->members[i].document);
    return !s->failed;
}

/* ---- the corpus ---- */

static void suggest(struct document_search *s, const neardup_ref *ref)
{
    if (ref->id == NULL || s->count > 0 || ++s->ids > SUGGEST_IDS || ref->id_length > sizeof s->nearest)
        return;
    ndup_buf_clear(&s->plain);
    ndup_json_write_plain(&s->plain, ref->id, ref->id_length);
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
    struct document_search *s = context;
    const neardup_ref *ref = &sketched->document;
    size_t rank = rank_of_document(s, ref);
    size_t around = ref->id == NULL && ref->line < s->line ? rank_of(&s->file, ref->file) : NO_RANK;
    if (rank != NO_RANK) {
        struct document_match *m = add_match(s, ref, rank);
        if (m != NULL)
            m->empty = sketched->shingles == 0;
    } else if (around != NO_RANK && (s->around.ref.file == NULL || around <= s->around_rank)) {
        s->failed = s->failed || !ndup_kept_ref_copy(&s->around, ref);
        s->around_empty = sketched->shingles == 0;
        s->around_rank = around;
    }
    suggest(s, ref);
    return !s->failed;
}

static bool on_skipped(void *context, const char *file, const char *kind)
{
    struct document_search *s = context;
    if (rank_of(&s->file, file) != NO_RANK || rank_of(&s->whole, file) != NO_RANK)
        snprintf(s->skipped, sizeof s->skipped, "%s", kind);
    return true;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct document_search *s = context;
    size_t rank = file != NULL && line > 0 && line == s->line ? rank_of(&s->file, file) : NO_RANK;
    if (severity == NEARDUP_ERROR)
        note_unread(file, message, s->unread, sizeof s->unread);
    if (severity == NEARDUP_WARNING && rank != NO_RANK) {
        keep_message(message, s->problem, sizeof s->problem);
        s->problem_file = s->file.names[rank];
    }
    return true;
}

static bool on_progress(void *context, const neardup_progress *progress)
{
    struct document_search *s = context;
    ndup_progress_update(&s->x->cli->progress, progress);
    return true;
}

static bool scan(struct document_search *s)
{
    neardup_job *job = open_job(s->x);
    neardup_error err = {.message = ""};
    if (job == NULL)
        return s->x->no_texts[0] != '\0';
    neardup_sketch_options sketching = {
        .struct_size = sizeof sketching, .slots = 1, .context = s, .sketched = on_sketched};
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = s,
                                   .message = on_message,
                                   .skipped = on_skipped,
                                   .progress = s->x->cli->progress.enabled ? on_progress : NULL};
    ndup_signals_watch(job, &s->x->cli->msg);
    neardup_status st = neardup_job_run_sketch(job, &sketching, &callbacks, &err);
    int caught = ndup_signals_unwatch();
    neardup_job_destroy(job);
    return !s->failed && run_ended(s->x, st, &err, caught);
}

/* ---- the answer ---- */

static bool say_several(const struct document_search *s)
{
    const struct ndup_msg *msg = &s->x->cli->msg;
    struct ndup_buf line = NDUP_BUF_INIT;
    ndup_safe_append(&line, s->x->asked, strlen(s->x->asked));
    ndup_msg_error(msg, "%s documents have the id '%.*s'", ndup_number_group(s->count).text, (int)line.len, line.data);
    ndup_buf_clear(&line);
    for (size_t i = 0; i < s->count && i < SHOWN_PLACES; i++) {
        const neardup_ref *ref = &s->matches[i].document.ref;
        ndup_buf_append_str(&line, i > 0 ? ", " : "");
        ndup_safe_append(&line, ref->file, strlen(ref->file));
        ndup_buf_printf(&line, ":%" PRIu64, ref->line);
    }
    ndup_msg_hint(msg, "give the place of one of them: %.*s%s", (int)line.len, line.data,
                  s->count > SHOWN_PLACES ? ", ..." : "");
    ndup_buf_free(&line);
    return false;
}

static bool say_none(const struct document_search *s)
{
    const struct ndup_msg *msg = &s->x->cli->msg;
    struct ndup_buf line = NDUP_BUF_INIT;
    ndup_safe_append(&line, s->x->asked, strlen(s->x->asked));
    if (s->skipped[0] != '\0') {
        ndup_msg_error(msg, "'%.*s' is not text, so it was not compared: %s", (int)line.len, line.data, s->skipped);
    } else if (s->x->no_texts[0] != '\0') {
        ndup_msg_error(msg, "the run wrote nothing about a document '%.*s'", (int)line.len, line.data);
        ndup_msg_hint(msg, "it may be a document without duplicates, which only the corpus has, and %s",
                      s->x->no_texts);
    } else {
        ndup_msg_error(msg, "no document with id or place '%.*s'", (int)line.len, line.data);
        ndup_buf_clear(&line);
        ndup_safe_append(&line, s->unread, strlen(s->unread));
        if (line.len > 0)
            ndup_msg_hint(msg, "some inputs could not be read: %.*s", (int)line.len, line.data);
        ndup_buf_clear(&line);
        if (s->closeness > 0)
            ndup_safe_append(&line, s->nearest, strlen(s->nearest));
        if (line.len > 0)
            ndup_msg_hint(msg, "did you mean '%.*s'?", (int)line.len, line.data);
        else
            ndup_msg_hint(msg, "give its id, or its place FILE:LINE as reports show it");
    }
    ndup_buf_free(&line);
    return false;
}

static bool take(struct document_search *s)
{
    struct ndup_explained *x = s->x;
    const struct document_match *m = &s->matches[0];
    if (s->count == 0 && s->problem[0] != '\0') {
        char *file = strdup(s->problem_file);
        if (file == NULL)
            return false;
        x->document.ref = (neardup_ref){.file = file, .line = s->line};
        x->fate = NDUP_EXPLAINED_INVALID;
        memcpy(x->problem, s->problem, sizeof x->problem);
        return true;
    }
    /* A paragraph of a text document is known; from the corpus it is known where the document begins. */
    bool around = s->count == 0 || (m->part && m->document.ref.id == NULL && s->around.ref.file != NULL);
    if (!ndup_kept_ref_copy(&x->document, around ? &s->around.ref : &m->document.ref))
        return false;
    x->document.ref.unit = NEARDUP_UNIT_DOCUMENT;
    x->document.ref.bytes = x->document.ref.characters = (neardup_span){0, 0};
    if (around ? s->around_empty : m->empty)
        x->fate = NDUP_EXPLAINED_EMPTY;
    return true;
}

/* Whether what was typed may also be a name, of a file that the run wrote nothing about. */
static bool is_below_root(const struct document_search *s)
{
    const char *root = neardup_run_root(s->x->run);
    char *path;
    if (root == NULL || asprintf(&path, "%s/%s", root, s->file.names[0]) < 0)
        return true;
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

/* A name in reports takes precedence over a path that has the same words. */
static void drop_lower_ranks(struct document_search *s)
{
    size_t best = NO_RANK, n = 0;
    for (size_t i = 0; i < s->count; i++)
        best = s->matches[i].rank < best ? s->matches[i].rank : best;
    for (size_t i = 0; i < s->count; i++) {
        if (s->matches[i].rank == best)
            s->matches[n++] = s->matches[i];
        else
            ndup_kept_ref_free(&s->matches[i].document);
    }
    s->count = n;
}

/* A record has another line in the output, where those before it were removed. */
static void note_output_line(const struct document_search *s)
{
    const struct ndup_msg *msg = &s->x->cli->msg;
    size_t rank = s->count > 0 ? rank_of(&s->file, s->matches[0].document.ref.file) : NO_RANK;
    if (rank != NO_RANK && rank >= s->file.output && msg->verbosity >= 0)
        ndup_msg_note(msg, "line %" PRIu64 " is that of the input, not of the file in the output folder", s->line);
}

/* Whether what the run wrote leaves open which document is meant. */
static bool is_open(const struct document_search *s)
{
    bool twice = s->x->summary == NULL || s->x->summary->duplicate_ids > 0;
    bool by_place = s->count == 1 && s->line == s->matches[0].document.ref.line &&
                    rank_of(&s->file, s->matches[0].document.ref.file) == s->matches[0].rank &&
                    (s->matches[0].rank == 0 || !is_below_root(s));
    return s->count == 0 || (s->count == 1 && (s->matches[0].part || (twice && !by_place)));
}

static bool find_document(struct ndup_explained *x)
{
    struct document_search s = {.x = x};
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = &s, .decision = on_decision, .cluster = on_cluster};
    neardup_error err = {.message = ""};
    s.failed = !split_asked(&s);
    bool good = !s.failed && neardup_run_replay(x->run, &callbacks, &err) == NEARDUP_OK;
    if (!good && !s.failed)
        ndup_msg_error(&x->cli->msg, "%s", err.message);
    if (good && is_open(&s))
        good = scan(&s);
    if (s.failed)
        ndup_msg_error(&x->cli->msg, "out of memory");
    ndup_progress_clear(&x->cli->progress);
    drop_lower_ranks(&s);
    if (good)
        note_output_line(&s);
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
    ndup_typed_names_free(&s.file);
    ndup_typed_names_free(&s.whole);
    ndup_kept_ref_free(&s.around);
    ndup_buf_free(&s.plain);
    return good;
}

/* ---- what the run wrote about it: its decision, its cluster, and what was cut of it ----------------------------- */

struct run_facts {
    struct ndup_explained *x;
    bool failed; /* no memory */
};

static void copy(struct run_facts *f, struct ndup_kept_ref *to, const neardup_ref *from)
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

/* Where paragraphs have lines of their own, the text of the document shows whether this is one of them. */
static bool is_part_of(const struct ndup_explained *x, const neardup_ref *part)
{
    const neardup_ref *document = &x->document.ref;
    if (!ndup_is_part(part) || part->file == NULL)
        return false;
    if (ndup_is_same_place(part, document))
        return true;
    if (!ndup_paragraphs_have_lines(&x->options, document->file))
        return false;
    if (part->id != NULL || document->id != NULL || part->line < document->line ||
        strcmp(part->file, document->file) != 0)
        return false;
    if (x->text.bytes == NULL)
        return ndup_file_is_document(x->options.format, document->file);
    return part->bytes.end <= x->text.length && part->line - document->line == newlines(&x->text, part->bytes.begin);
}

static void add_cut(struct run_facts *f, const neardup_decision *decision)
{
    struct ndup_explained *x = f->x;
    if (x->cut_total++ >= x->limit)
        return;
    struct ndup_explained_cut cut = {.decision = *decision};
    copy(f, &cut.part, &decision->document);
    copy(f, &cut.keeper, &decision->keeper);
    cut.kept = ndup_alloc(decision->kept_count, sizeof *cut.kept);
    if (cut.kept != NULL && decision->kept_count > 0)
        memcpy(cut.kept, decision->kept, decision->kept_count * sizeof *cut.kept);
    cut.decision.kept = cut.kept;
    if (cut.kept == NULL || !ndup_grow(&x->cuts, &x->cut_capacity, x->cut_count + 1, sizeof *x->cuts)) {
        free(cut.kept);
        ndup_kept_ref_free(&cut.part);
        ndup_kept_ref_free(&cut.keeper);
        f->failed = true;
        return;
    }
    x->cuts[x->cut_count++] = cut;
}

/* ---- documents ---- */

static void take_decision(struct run_facts *f, const struct ndup_record_score *score, const neardup_ref *keeper,
                          uint64_t cluster)
{
    struct ndup_explained *x = f->x;
    x->fate = score->reason == NEARDUP_EMPTIED ? NDUP_EXPLAINED_EMPTIED : NDUP_EXPLAINED_REMOVED;
    x->decided = true;
    x->reason = score->reason;
    x->jaccard = score->jaccard;
    x->containment = score->containment;
    x->keeper_containment = score->keeper_containment;
    x->distance = score->distance;
    x->numbers_differ = score->numbers_differ;
    x->cluster = cluster;
    copy(f, &x->keeper, keeper);
}

static bool take_written_decision(void *context, const neardup_decision *d)
{
    struct run_facts *f = context;
    if (ndup_is_part(&d->document)) {
        if (is_part_of(f->x, &d->document))
            add_cut(f, d);
    } else if (ndup_is_same_place(&d->document, &f->x->document.ref)) {
        take_decision(f,
                      &(struct ndup_record_score){d->reason, d->jaccard, d->containment, d->keeper_containment,
                                                  d->distance, d->numbers_differ},
                      &d->keeper, d->cluster);
        if (f->x->document.ref.tokens == 0)
            f->x->document.ref.tokens = d->document.tokens;
    }
    return !f->failed;
}

static void take_cluster(struct run_facts *f, const neardup_cluster *c)
{
    struct ndup_explained *x = f->x;
    x->cluster = c->number;
    x->cluster_size = ndup_cluster_size(c);
    x->component = c->component;
    x->member_total = c->member_count;
    for (uint64_t i = 0; i < c->member_count && x->member_count < x->limit && !f->failed; i++) {
        const neardup_member *m = &c->members[i];
        if (ndup_is_same_place(&m->document, &x->document.ref))
            continue;
        struct ndup_explained_member member = {.reason = m->reason,
                                               .jaccard = m->jaccard,
                                               .containment = m->containment,
                                               .keeper_containment = m->keeper_containment,
                                               .distance = m->distance,
                                               .numbers_differ = m->numbers_differ};
        copy(f, &member.document, &m->document);
        if (!ndup_grow(&x->members, &x->member_capacity, x->member_count + 1, sizeof *x->members)) {
            ndup_kept_ref_free(&member.document);
            f->failed = true;
            return;
        }
        x->members[x->member_count++] = member;
    }
}

static bool take_written_cluster(void *context, const neardup_cluster *c)
{
    struct run_facts *f = context;
    struct ndup_explained *x = f->x;
    if (ndup_is_part(&c->keeper))
        return true;
    if (ndup_is_same_place(&c->keeper, &x->document.ref)) {
        x->is_keeper = true;
        take_cluster(f, c);
        return !f->failed;
    }
    for (uint64_t i = 0; i < c->member_count; i++) {
        const neardup_member *m = &c->members[i];
        if (!ndup_is_same_place(&m->document, &x->document.ref))
            continue;
        /* Where there are clusters only, they say it all. */
        if (!x->decided)
            take_decision(f,
                          &(struct ndup_record_score){m->reason, m->jaccard, m->containment, m->keeper_containment,
                                                      m->distance, m->numbers_differ},
                          &c->keeper, c->number);
        if (x->document.ref.tokens == 0)
            x->document.ref.tokens = m->document.tokens;
        take_cluster(f, c);
        break;
    }
    return !f->failed;
}

/* Says what went wrong. */
static bool replay(const struct run_facts *f, const neardup_callbacks *callbacks)
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

static bool read_run(struct ndup_explained *x)
{
    struct run_facts f = {.x = x};
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = &f,
                                   .decision = take_written_decision,
                                   .cluster = take_written_cluster};
    return replay(&f, &callbacks);
}

/* ---- what became of the similar ones ---- */

static void look_up(struct run_facts *f, const neardup_ref *document, const neardup_ref *keeper)
{
    struct ndup_explained *x = f->x;
    for (size_t i = 0; i < x->near_count; i++) {
        struct ndup_explained_near *near = &x->near[i];
        if (near->removed || !ndup_is_same_place(&near->document.ref, document))
            continue;
        near->removed = true;
        copy(f, &near->keeper, keeper);
    }
}

static bool on_other_decision(void *context, const neardup_decision *d)
{
    struct run_facts *f = context;
    if (!ndup_is_part(&d->document))
        look_up(f, &d->document, &d->keeper);
    return !f->failed;
}

static bool on_other_cluster(void *context, const neardup_cluster *c)
{
    struct run_facts *f = context;
    for (uint64_t i = 0; !ndup_is_part(&c->keeper) && i < c->member_count; i++)
        look_up(f, &c->members[i].document, &c->keeper);
    return !f->failed;
}

static bool find_near_fates(struct ndup_explained *x)
{
    struct run_facts f = {.x = x};
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = &f, .decision = on_other_decision, .cluster = on_other_cluster};
    /* Decisions say it in short lines; a run without a summary has clusters only. */
    if (x->summary != NULL)
        callbacks.cluster = NULL;
    return replay(&f, &callbacks);
}

/* ---- its text and those of others, read and compared again ------------------------------------------------------ */

struct text_reader {
    struct ndup_explained *x;
    struct ndup_explained_text **texts; /* a place each */
    const neardup_span *ranges;         /* of the text, by place; NULL: all of it */
    char unread[256];                   /* the first file that could not be read */
    bool failed;                        /* no memory */
};

static bool on_text(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length)
{
    struct text_reader *r = context;
    struct ndup_explained_text *to = r->texts[index];
    (void)id, (void)id_length;
    if (r->ranges != NULL && r->ranges[index].end > 0) {
        neardup_span range = r->ranges[index];
        if (range.begin > range.end || range.end > length)
            return true; /* another text than the run has read */
        text += range.begin;
        length = (size_t)(range.end - range.begin);
    }
    if (to->bytes != NULL)
        return true;
    to->bytes = ndup_alloc(length + 1, 1);
    r->failed = to->bytes == NULL;
    if (r->failed)
        return false;
    memcpy(to->bytes, text, length);
    to->length = length;
    return true;
}

static bool on_reading_message(void *context, neardup_severity severity, const char *file, uint64_t line,
                               const char *message)
{
    struct text_reader *r = context;
    (void)line;
    if (severity == NEARDUP_ERROR)
        note_unread(file, message, r->unread, sizeof r->unread);
    return true;
}

static bool on_reading_progress(void *context, const neardup_progress *progress)
{
    struct text_reader *r = context;
    ndup_progress_update(&r->x->cli->progress, progress);
    return true;
}

static bool lacks_text(struct ndup_explained_text *const *texts, const neardup_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].file != NULL && texts[i]->bytes == NULL)
            return true;
    }
    return false;
}

static bool read_texts(struct ndup_explained *x, const neardup_place *places, struct ndup_explained_text **texts,
                       const neardup_span *ranges, size_t count)
{
    struct text_reader r = {.x = x, .texts = texts, .ranges = ranges};
    neardup_read_options reading = {sizeof reading, places, count, &r, on_text};
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = &r,
                                   .message = on_reading_message,
                                   .progress = x->cli->progress.enabled ? on_reading_progress : NULL};
    neardup_error err = {.message = ""};
    neardup_job *job = open_job(x);
    if (job == NULL)
        return x->no_texts[0] != '\0';
    ndup_signals_watch(job, &x->cli->msg);
    neardup_status st = neardup_job_run_read(job, &reading, &callbacks, &err);
    int caught = ndup_signals_unwatch();
    neardup_job_destroy(job);
    if (r.failed)
        ndup_msg_error(&x->cli->msg, "out of memory");
    if (r.failed || !run_ended(x, st, &err, caught))
        return false;
    if (r.unread[0] != '\0' && x->no_texts[0] == '\0' && lacks_text(texts, places, count))
        memcpy(x->no_texts, r.unread, sizeof x->no_texts);
    return true;
}

static bool read_text(struct ndup_explained *x)
{
    neardup_place place = {x->document.ref.file, x->document.ref.line};
    struct ndup_explained_text *text = &x->text;
    return read_texts(x, &place, &text, NULL, 1);
}

/* Of the document and its keeper, and of what was cut of it. */
static bool read_all(struct ndup_explained *x)
{
    size_t most = 2 + 2 * x->cut_count, n = 0;
    neardup_place *places = ndup_alloc(most, sizeof *places);
    neardup_span *ranges = ndup_calloc(most, sizeof *ranges);
    struct ndup_explained_text **texts = ndup_alloc(most, sizeof(struct ndup_explained_text *));
    bool good = places != NULL && ranges != NULL && texts != NULL;
    if (!good)
        ndup_msg_error(&x->cli->msg, "out of memory");
    if (good) {
        places[n] = (neardup_place){x->document.ref.file, x->document.ref.line};
        texts[n++] = &x->text;
        places[n] = (neardup_place){x->keeper.ref.file, x->keeper.ref.line};
        texts[n++] = &x->keeper_text;
        for (size_t i = 0; i < x->cut_count; i++) {
            struct ndup_explained_cut *cut = &x->cuts[i];
            places[n] = (neardup_place){cut->part.ref.file, cut->part.ref.line};
            ranges[n] = cut->part.ref.bytes;
            texts[n++] = &cut->text;
            places[n] = (neardup_place){cut->keeper.ref.file, cut->keeper.ref.line};
            ranges[n] = cut->keeper.ref.bytes;
            texts[n++] = &cut->keeper_text;
        }
        good = read_texts(x, places, texts, ranges, n);
    }
    free(places);
    free(ranges);
    free(texts);
    return good;
}

/* ---- comparing ---- */

static bool find_bands(struct ndup_explained *x, neardup_error *err)
{
    const neardup_plan *plan = &x->plan;
    struct ndup_explained_pair *p = &x->pair;
    neardup_sketcher *sketcher = NULL;
    uint32_t *a = ndup_alloc(plan->slots, sizeof *a), *b = ndup_alloc(plan->slots, sizeof *b);
    p->bands = ndup_alloc(plan->bands, sizeof *p->bands);
    bool good = a != NULL && b != NULL && p->bands != NULL;
    if (!good)
        snprintf(err->message, sizeof err->message, "out of memory");
    good = good &&
           neardup_sketcher_create(&sketcher, &x->options.profile, plan->kind, plan->slots, x->options.seed,
                                   NEARDUP_CPU_AUTO, err) == NEARDUP_OK &&
           neardup_sketcher_sketch(sketcher, x->text.bytes, x->text.length, a, NULL, err) == NEARDUP_OK &&
           neardup_sketcher_sketch(sketcher, x->keeper_text.bytes, x->keeper_text.length, b, NULL, err) == NEARDUP_OK;
    for (uint32_t i = 0; good && i < plan->bands; i++) {
        size_t at = (size_t)i * plan->rows;
        if (memcmp(a + at, b + at, plan->rows * sizeof *a) == 0)
            p->bands[p->band_count++] = i + 1;
    }
    neardup_sketcher_destroy(sketcher);
    free(a);
    free(b);
    return good;
}

static bool find_distance(struct ndup_explained *x, neardup_error *err)
{
    const neardup_job_options *o = &x->options;
    neardup_simhasher *simhasher = NULL;
    neardup_fingerprint a, b;
    bool good =
        neardup_simhasher_create(&simhasher, &o->profile, o->simhash_bits, o->weights, NEARDUP_CPU_AUTO, err) ==
            NEARDUP_OK &&
        neardup_simhasher_compute(simhasher, x->text.bytes, x->text.length, &a, NULL, err) == NEARDUP_OK &&
        neardup_simhasher_compute(simhasher, x->keeper_text.bytes, x->keeper_text.length, &b, NULL, err) == NEARDUP_OK;
    if (good)
        x->pair.distance = (int)neardup_fingerprint_distance(a, b);
    neardup_simhasher_destroy(simhasher);
    return good;
}

/* Scores were written with six decimals, rounded down. */
static bool has_changed(const struct ndup_explained *x)
{
    const struct ndup_explained_pair *p = &x->pair;
    if (x->reason == NEARDUP_EXACT)
        return !p->comparison.identical;
    double off = p->comparison.jaccard - x->jaccard;
    return off < -1e-9 || off > 1e-6 + 1e-9;
}

static bool compare(struct ndup_explained *x)
{
    struct ndup_explained_pair *p = &x->pair;
    const neardup_profile *profile = &x->options.profile;
    neardup_error err = {.message = ""};
    p->distance = NEARDUP_NO_DISTANCE;
    bool good = neardup_compare(profile, x->text.bytes, x->text.length, x->keeper_text.bytes, x->keeper_text.length,
                                &p->comparison, &p->passages, &p->passage_count, &err) == NEARDUP_OK &&
                neardup_diff(profile, x->text.bytes, x->text.length, x->keeper_text.bytes, x->keeper_text.length,
                             &p->segments, &p->segment_count, &err) == NEARDUP_OK;
    if (good && x->options.method == NEARDUP_METHOD_SIMHASH)
        good = find_distance(x, &err);
    else if (good && x->plan.bands > 0)
        good = find_bands(x, &err);
    if (!good) {
        ndup_msg_error(&x->cli->msg, "%s", err.message);
        return false;
    }
    p->changed = has_changed(x);
    p->known = true;
    return true;
}

static bool compare_texts(struct ndup_explained *x)
{
    const char *not_there = x->cli->settings.inputs.count > 0 ? "is not in --input" : "is not where the run read it";
    if (!read_all(x))
        return false;
    x->texts = x->text.bytes != NULL;
    if (!x->texts && x->no_texts[0] == '\0')
        snprintf(x->no_texts, sizeof x->no_texts, "the document %s", not_there);
    else if (x->keeper.ref.file != NULL && x->keeper_text.bytes == NULL && x->no_texts[0] == '\0')
        snprintf(x->no_texts, sizeof x->no_texts, "the keeper %s", not_there);
    return x->text.bytes == NULL || x->keeper_text.bytes == NULL || compare(x);
}

/* ---- similar documents: why none of them is its keeper, and why it is not theirs -------------------------------- */

/* Members of the document's own cluster that are looked past, in search of others. */
#define OWN_MOST 10000u

static bool on_neighbour(void *context, const neardup_neighbour *neighbour)
{
    struct ndup_explained *x = context;
    struct ndup_explained_near near = {.neighbour = *neighbour};
    if (!ndup_kept_ref_copy(&near.document, &neighbour->document))
        return false;
    if (!ndup_grow(&x->near, &x->near_capacity, x->near_count + 1, sizeof *x->near)) {
        ndup_kept_ref_free(&near.document);
        return false;
    }
    x->near[x->near_count++] = near;
    return true;
}

static bool on_search_progress(void *context, const neardup_progress *progress)
{
    struct ndup_explained *x = context;
    ndup_progress_update(&x->cli->progress, progress);
    return true;
}

/* Duplicates of the document itself are listed elsewhere. */
static void drop_own(struct ndup_explained *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->near_count; i++) {
        struct ndup_explained_near *near = &x->near[i];
        bool own = near->removed && ndup_is_same_place(&near->keeper.ref, &x->document.ref);
        if (own || n == x->limit) {
            ndup_kept_ref_free(&near->document);
            ndup_kept_ref_free(&near->keeper);
        } else {
            x->near[n++] = *near;
        }
    }
    x->near_count = n;
}

static bool search_similar(struct ndup_explained *x)
{
    uint64_t own = x->is_keeper ? (x->member_total < OWN_MOST ? x->member_total : OWN_MOST) : 0;
    neardup_search_options searching = {.struct_size = sizeof searching,
                                        .text = x->text.bytes,
                                        .length = x->text.length,
                                        .skip = {x->document.ref.file, x->document.ref.line},
                                        .count = x->limit + (size_t)own,
                                        .context = x,
                                        .neighbour = on_neighbour};
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = x,
                                   .progress = x->cli->progress.enabled ? on_search_progress : NULL};
    neardup_error err = {.message = ""};
    neardup_job *job = open_job(x);
    if (job == NULL)
        return x->no_texts[0] != '\0';
    ndup_signals_watch(job, &x->cli->msg);
    neardup_status st = neardup_job_run_search(job, &searching, &callbacks, &err);
    int caught = ndup_signals_unwatch();
    x->unread = neardup_job_summary(job)->failed_files;
    neardup_job_destroy(job);
    if (st == NEARDUP_E_CANCELED && caught == 0)
        ndup_msg_error(&x->cli->msg, "out of memory");
    else if (!run_ended(x, st, &err, caught))
        return false;
    if (st == NEARDUP_E_CANCELED)
        return false;
    x->searched = st == NEARDUP_OK;
    if (!find_near_fates(x))
        return false;
    drop_own(x);
    return true;
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

static bool fill_plan(struct ndup_explained *x)
{
    const neardup_job_options *o = &x->options;
    neardup_plan_options p = NEARDUP_PLAN_OPTIONS_INIT;
    neardup_error err = {.message = ""};
    if (o->method == NEARDUP_METHOD_SIMHASH || o->all_candidates)
        return true;
    if (x->summary != NULL) {
        x->plan = x->summary->plan;
        return true;
    }
    p.threshold = o->threshold;
    p.recall = o->recall;
    if (neardup_plan_solve(&p, &x->plan, &err) == NEARDUP_OK)
        return true;
    ndup_msg_error(&x->cli->msg, "%s", err.message);
    return false;
}

static bool begin(struct ndup_explained *x)
{
    const neardup_job_options *recorded = neardup_run_options(x->run);
    x->summary = neardup_run_summary(x->run);
    x->distance = NEARDUP_NO_DISTANCE;
    x->limit = x->cli->settings.limit > 0 ? (size_t)x->cli->settings.limit : DEFAULT_LIMIT;
    if (recorded != NULL) {
        x->options = *recorded;
    } else {
        neardup_job_options_init(&x->options, sizeof x->options);
        if (x->cli->msg.verbosity >= 0)
            ndup_msg_note(&x->cli->msg, "the options of the run are unknown; using the defaults");
    }
    return fill_plan(x);
}

/* A document of which the run says nothing stays; why is for its text to say. */
static bool explain(struct ndup_explained *x)
{
    if (!begin(x) || !find_document(x))
        return false;
    if (x->fate == NDUP_EXPLAINED_INVALID)
        return true;
    bool text = x->document.ref.id == NULL && (x->options.units & ~(unsigned)NEARDUP_UNIT_DOCUMENT) != 0;
    if (text && x->no_texts[0] == '\0' && !read_text(x))
        return false;
    if (!read_run(x))
        return false;
    if (x->no_texts[0] == '\0' && !compare_texts(x))
        return false;
    if (x->fate == NDUP_EXPLAINED_KEPT && (x->options.units & NEARDUP_UNIT_DOCUMENT) != 0 && x->texts)
        return search_similar(x);
    return true;
}

static void release(struct ndup_explained *x)
{
    for (size_t i = 0; i < x->member_count; i++)
        ndup_kept_ref_free(&x->members[i].document);
    for (size_t i = 0; i < x->cut_count; i++) {
        ndup_kept_ref_free(&x->cuts[i].part);
        ndup_kept_ref_free(&x->cuts[i].keeper);
        free(x->cuts[i].text.bytes);
        free(x->cuts[i].keeper_text.bytes);
        free(x->cuts[i].kept);
    }
    for (size_t i = 0; i < x->near_count; i++) {
        ndup_kept_ref_free(&x->near[i].document);
        ndup_kept_ref_free(&x->near[i].keeper);
    }
    free(x->members);
    free(x->cuts);
    free(x->near);
    free(x->text.bytes);
    free(x->keeper_text.bytes);
    neardup_free(x->pair.passages);
    neardup_free(x->pair.segments);
    free(x->pair.bands);
    ndup_kept_ref_free(&x->document);
    ndup_kept_ref_free(&x->keeper);
    neardup_run_close(x->run);
}

/* Standard output may be appended to a file that the run or we read. */
static bool may_print(const struct ndup_explained *x)
{
    const struct ndup_replace_rule rule = {.replace = true};
    struct ndup_reads reads = {0};
    struct ndup_outfile out;
    neardup_error err = {.message = ""};
    bool good = false;
    if (ndup_reopen_reads(&reads, x->run, x->cli->operands[0], &x->cli->settings.inputs, &err) == NEARDUP_OK)
        good = ndup_outfile_open(&out, NULL, &reads, &rule, &x->cli->msg);
    else
        ndup_msg_error(&x->cli->msg, "%s", err.message);
    ndup_reads_free(&reads);
    return good;
}

int ndup_cmd_explain(struct ndup_cli *cli)
{
    struct ndup_explained x = {.cli = cli, .asked = cli->operands[1]};
    int status = NDUP_EXIT_TROUBLE;
    if (ndup_reopen_run(&x.run, cli->operands[0], &cli->msg) && may_print(&x) && explain(&x)) {
        status = cli->settings.text_format == NDUP_FORMAT_JSON ? ndup_explain_json(&x) : ndup_explain_print(&x);
    }
    release(&x);
    return status;
}
