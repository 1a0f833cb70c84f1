/* SPDX-License-Identifier: MIT
 * What a job reports: pairs, decisions, clusters, components, numbers and excerpts of a corpus small enough to work out by
 * hand; and how it stops. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(job_callbacks, .init = test_folder_make, .fini = test_folder_remove);

struct log {
    neardup_job *job;
    char text[8192];
    const char *stop_at; /* the callback that says stop, and after how many calls */
    int calls_left;
};

static bool add(struct log *log, const char *kind, const char *line)
{
    strcat(log->text, line);
    return log->stop_at == NULL || strcmp(kind, log->stop_at) != 0 || log->calls_left-- > 0;
}

static const char *ref(const neardup_ref *r)
{
    static char buffers[4][256];
    static unsigned turn;
    char *buffer = buffers[turn++ % 4];
    if (r->id == NULL)
        snprintf(buffer, 256, "%lu %s:%lu", (unsigned long)r->index, r->file, (unsigned long)r->line);
    else
        snprintf(buffer, 256, "%lu %s:%lu=%.*s", (unsigned long)r->index, r->file, (unsigned long)r->line,
                 (int)r->id_length, r->id);
    return buffer;
}

static const char *reason(neardup_reason r)
{
    return r == NEARDUP_EXACT ? "exact" : "near";
}

static bool on_decision(void *context, const neardup_decision *d)
{
    char line[1024];
    snprintf(line, sizeof line, "decision %s %s %.4f keeper %s cluster %lu\n", ref(&d->document), reason(d->reason),
             d->jaccard, ref(&d->keeper), (unsigned long)d->cluster);
    return add(context, "decision", line);
}

static bool on_pair(void *context, const neardup_pair *p)
{
    char line[1024];
    snprintf(line, sizeof line, "pair %s %s %.4f %s\n", ref(&p->a), reason(p->reason), p->jaccard, ref(&p->b));
    return add(context, "pair", line);
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    char line[4096];
    int n = snprintf(line, sizeof line, "cluster %lu component %lu keeper %s:", (unsigned long)k->number,
                     (unsigned long)k->component, ref(&k->keeper));
    for (uint64_t i = 0; i < k->member_count; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, " [%s %s %.4f]", ref(&k->members[i].document),
                      reason(k->members[i].reason), k->members[i].jaccard);
    strcpy(line + n, "\n");
    return add(context, "cluster", line);
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    char text[1024];
    snprintf(text, sizeof text, "message %d %s:%lu %s\n", (int)severity, file == NULL ? "" : file, (unsigned long)line,
             message);
    return add(context, "message", text);
}

static bool on_progress(void *context, const neardup_progress *progress)
{
    (void)progress;
    return add(context, "progress", "");
}

/* Single words as shingles: similarities are easy to see. b shares 3 of 7 words with the first and with the second
 * document, which share none. */
static const char corpus[] = "{\"id\":\"a\",\"text\":\"k1 k2 k3 k4\"}\n"
                             "{\"id\":7,\"text\":\"x1 x2 x3 x4\"}\n"
                             "\n"
                             "{\"id\":\"b\",\"text\":\"k1 k2 k3 x1 x2 x3\"}\n"
                             "{\"text\":\"X1  X2 x3\\tx4 \"}\n"
                             "{\"id\":\"empty\",\"text\":\" ... \"}\n"
                             "{\"id\":\"a\",\"text\":\"k1 k2 k3 k4 k5\"}\n"
                             "{\"id\":\"bad\"}\n"
                             "{\"id\":\"c\",\"text\":\"k1 k2 k3 k4 k5\"}";

static neardup_job_options small_options(const char *output)
{
    neardup_job_options o = test_options(output);
    o.profile.ngram = 1;
    o.all_candidates = true;
    o.threshold = 0.42;
    o.pairs = true;
    return o;
}

static neardup_status run(struct log *log, const neardup_job_options *options, neardup_summary *summary)
{
    neardup_error err;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = log,
                                   .progress = on_progress,
                                   .message = on_message,
                                   .decision = on_decision,
                                   .pair = on_pair,
                                   .cluster = on_cluster};
    test_write("in.jsonl", corpus);
    log->job = test_job(options, (const char *const[]){"in.jsonl", NULL});
    neardup_status status = neardup_job_run(log->job, &callbacks, &err);
    if (summary != NULL)
        *summary = *neardup_job_summary(log->job);
    neardup_job_destroy(log->job);
    return status;
}

Test(job_callbacks, all_is_told_in_order_and_with_the_right_numbers)
{
    static const char expected[] =
        "message 1 in.jsonl:8 no text field\n"
        "message 1 :0 1 document has the id of another document; file and line identify them\n"
        "pair 0 in.jsonl:1=\"a\" near 0.4286 2 in.jsonl:4=\"b\"\n"
        "pair 0 in.jsonl:1=\"a\" near 0.8000 5 in.jsonl:7=\"a\"\n"
        "pair 0 in.jsonl:1=\"a\" near 0.8000 7 in.jsonl:9=\"c\"\n"
        "pair 1 in.jsonl:2=7 near 0.4286 2 in.jsonl:4=\"b\"\n"
        "pair 1 in.jsonl:2=7 exact 1.0000 3 in.jsonl:5\n"
        "pair 2 in.jsonl:4=\"b\" near 0.4286 3 in.jsonl:5\n"
        "pair 5 in.jsonl:7=\"a\" exact 1.0000 7 in.jsonl:9=\"c\"\n"
        "decision 2 in.jsonl:4=\"b\" near 0.4286 keeper 0 in.jsonl:1=\"a\" cluster 1\n"
        "decision 3 in.jsonl:5 exact 1.0000 keeper 1 in.jsonl:2=7 cluster 2\n"
        "decision 5 in.jsonl:7=\"a\" near 0.8000 keeper 0 in.jsonl:1=\"a\" cluster 1\n"
        "decision 7 in.jsonl:9=\"c\" near 0.8000 keeper 0 in.jsonl:1=\"a\" cluster 1\n"
        "cluster 1 component 1 keeper 0 in.jsonl:1=\"a\": [2 in.jsonl:4=\"b\" near 0.4286] "
        "[5 in.jsonl:7=\"a\" near 0.8000] [7 in.jsonl:9=\"c\" near 0.8000]\n"
        "cluster 2 component 1 keeper 1 in.jsonl:2=7: [3 in.jsonl:5 exact 1.0000]\n";
    struct log log = {.text = ""};
    neardup_summary s;
    neardup_job_options o = small_options("out");
    cr_assert_eq(run(&log, &o, &s), NEARDUP_OK);
    cr_assert_str_eq(log.text, expected);
    cr_assert_eq(s.files, 1);
    cr_assert_eq(s.failed_files, 0);
    cr_assert_eq(s.input_bytes, sizeof corpus - 1);
    cr_assert_eq(s.text_bytes, sizeof corpus - 1);
    cr_assert_eq(s.records, 8);
    cr_assert_eq(s.documents, 6);
    cr_assert_eq(s.empty, 1);
    cr_assert_eq(s.invalid, 1);
    cr_assert_eq(s.duplicate_ids, 1);
    cr_assert_eq(s.tokens, 4 + 4 + 6 + 4 + 5 + 5);
    cr_assert_eq(s.exact, 1);
    cr_assert_eq(s.near, 3);
    cr_assert_eq(s.kept, 2);
    cr_assert_eq(s.clusters, 2);
    cr_assert_eq(s.largest_cluster, 4);
    cr_assert_eq(s.pairs, 7);
    cr_assert_eq(s.dropped_bytes, 0);
    char *left = test_read("out/in.jsonl", NULL);
    cr_assert_str_eq(left, "{\"id\":\"a\",\"text\":\"k1 k2 k3 k4\"}\n{\"id\":7,\"text\":\"x1 x2 x3 x4\"}\n\n"
                           "{\"id\":\"empty\",\"text\":\" ... \"}\n{\"id\":\"bad\"}\n");
    cr_assert_eq(s.removed_bytes, sizeof corpus - 1 - strlen(left));
    free(left);
}

Test(job_callbacks, what_is_dropped_is_counted)
{
    struct log log = {.text = ""};
    neardup_summary s;
    neardup_job_options o = small_options("out");
    o.pairs = false;
    o.drop_empty = o.drop_invalid = true;
    cr_assert_eq(run(&log, &o, &s), NEARDUP_OK);
    cr_assert_eq(s.dropped_bytes, strlen("{\"id\":\"empty\",\"text\":\" ... \"}\n{\"id\":\"bad\"}\n"));
    cr_assert_eq(s.pairs, 0);
    cr_assert_null(strstr(log.text, "pair"));
    cr_assert_not_null(strstr(log.text, "cluster 2 component 1"), "components need no pairs");
}

Test(job_callbacks, of_copies_the_one_with_the_best_field_is_kept)
{
    test_write("in.jsonl",
               "{\"n\":3,\"text\":\"same words here\"}\n{\"n\":12.5,\"text\":\"Same words here\"}\n"
               "{\"n\":12.25,\"text\":\"same words, here\"}\n{\"n\":\"text\",\"text\":\"other\"}\n"
               "{\"text\":\"Other\"}\n{\"n\":-1,\"text\":\"OTHER\"}\n{\"n\":9007199254740992,\"text\":\"big\"}\n"
               "{\"n\":9007199254740993,\"text\":\"BIG\"}\n{\"n\":9007199254740992,\"text\":\"bIG\"}\n");
    static const struct {
        neardup_keep keep;
        const char *kept;
    } rules[] = {
        {NEARDUP_KEEP_MAX, "137"}, {NEARDUP_KEEP_MIN, "056"}, {NEARDUP_KEEP_FIRST, "036"}, {NEARDUP_KEEP_LAST, "258"}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct log log = {.text = ""};
        neardup_job_options o = test_options(NULL);
        neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &log, .cluster = on_cluster};
        o.keep = rules[i].keep;
        o.keep_field = "n";
        neardup_job_destroy(test_run(&o, (const char *const[]){"in.jsonl", NULL}, &callbacks));
        for (int k = 0; k < 3; k++) {
            char keeper[32];
            snprintf(keeper, sizeof keeper, "keeper %c in.jsonl", rules[i].kept[k]);
            cr_assert_not_null(strstr(log.text, keeper), "rule %d, %s: %s", (int)rules[i].keep, keeper, log.text);
        }
    }
}

/* ---- excerpts ---- */

static void excerpt(neardup_job *job, uint64_t index, size_t size, const char *expected)
{
    char buffer[64];
    neardup_error err;
    memset(buffer, '#', sizeof buffer);
    cr_assert_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, index, buffer, size, &err), NEARDUP_OK, "%s",
                 err.message);
    cr_assert_str_eq(buffer, expected);
}

Test(job_callbacks, excerpts_are_whole_characters_of_the_text)
{
    char buffer[8];
    neardup_error err;
    test_write("in/a.jsonl", "{\"text\":\"gr\xc3\xbc\xc3\x9f\\u0065 \\\"x\\\"\"}\nno json\n{\"text\":\"\"}\n");
    test_write("in/b.txt", "\xe2\x82\xac\xe2\x82\xac\n");
    test_write("in/c.txt", "");
    char stray[256] = "\x80";
    test_write("in/d.txt", memset(stray + 1, 'a', 200) != NULL ? stray : "");
    test_write("in/e.txt", "\x80\x80\x80\x80\x80\x80\x80\x80");
    neardup_job_options o = test_options(NULL);
    neardup_job *job = test_job(&o, (const char *const[]){"in", NULL});
    cr_assert_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 0, buffer, 8, &err), NEARDUP_E_ARG, "before the run");
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK);
    excerpt(job, 0, 64,
            "gr\xc3\xbc\xc3\x9f"
            "e \"x\"");
    excerpt(job, 0, 7, "gr\xc3\xbc\xc3\x9f");
    excerpt(job, 0, 6, "gr\xc3\xbc");
    excerpt(job, 0, 5, "gr\xc3\xbc");
    excerpt(job, 0, 4, "gr");
    excerpt(job, 0, 1, "");
    excerpt(job, 2, 64, "");
    excerpt(job, 3, 7, "\xe2\x82\xac\xe2\x82\xac");
    excerpt(job, 3, 6, "\xe2\x82\xac");
    excerpt(job, 3, 3, "");
    excerpt(job, 4, 64, "");
    /* A byte that is not a character is there as it is. */
    excerpt(job, 5, 8,
            "\x80"
            "aaaaaa");
    cr_assert_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 6, buffer, 8, &err), NEARDUP_E_ARG, "not UTF-8");
    cr_assert_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 7, buffer, 8, &err), NEARDUP_E_ARG);
    cr_assert_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 0, buffer, 0, &err), NEARDUP_E_ARG);
    cr_assert_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 1, buffer, 8, &err), NEARDUP_E_ARG,
                 "a record without text");
    cr_assert_eq(buffer[0], '\0');
    neardup_job_destroy(job);
}

/* ---- standard output ---- */

Test(job_callbacks, several_inputs_on_standard_output)
{
    test_write("a.jsonl", "{\"text\":\"one two\"}\n{\"text\":\"three\"}");
    test_write("b.jsonl", "{\"text\":\"One two\"}");
    const char gz[] = "{\"text\":\"four\"}\n{\"text\":\"three\"}\n{\"text\":\"five\"}";
    test_write_bytes("c.jsonl.gz", gz, strlen(gz), true);
    neardup_job_options o = test_options(NULL);
    o.output_dir = "-";
    int out = open(test_path("stdout"), O_CREAT | O_WRONLY | O_TRUNC, 0600), before = dup(STDOUT_FILENO);
    cr_assert_eq(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
    neardup_job_destroy(test_run(&o, (const char *const[]){"a.jsonl", "b.jsonl", "c.jsonl.gz", NULL}, NULL));
    cr_assert_eq(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
    char *text = test_read("stdout", NULL);
    cr_assert_str_eq(text, "{\"text\":\"one two\"}\n{\"text\":\"three\"}\n{\"text\":\"four\"}\n{\"text\":\"five\"}");
    free(text);
}

/* ---- stopping ---- */

static size_t files_in_folder(void)
{
    size_t n = 0;
    DIR *stream = opendir(test_folder);
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return n;
}

Test(job_callbacks, every_callback_can_stop_the_job)
{
    static const struct {
        const char *callback;
        int calls;
    } stops[] = {{"progress", 1}, {"message", 2}, {"pair", 7}, {"decision", 4}, {"cluster", 2}};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        for (int call = 0; call < stops[i].calls; call++) {
            struct log log = {.text = "", .stop_at = stops[i].callback, .calls_left = call};
            neardup_job_options o = small_options("out");
            cr_assert_eq(run(&log, &o, NULL), NEARDUP_E_CANCELED, "%s, call %d", stops[i].callback, call);
            cr_assert_eq(files_in_folder(), 1, "only the input is left");
        }
    }
}

static void *cancel_later(void *context)
{
    struct log *log = context;
    nanosleep(&(struct timespec){.tv_nsec = log->calls_left}, NULL);
    neardup_job_cancel(log->job);
    return NULL;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A corpus of a second or less, cancelled at forty moments of it. */
Test(job_callbacks, a_job_can_be_cancelled_at_any_time, .timeout = 1800)
{
    unsigned canceled = 0;
    FILE *file = test_create("in.jsonl");
    for (unsigned i = 0; i < 40000; i++)
        fprintf(file, "{\"id\":%u,\"text\":\"a text of %u words that many have, but for %u\"}\n", i, i % 50,
                i * 7 % 3000);
    test_close(file);
    neardup_job_options o = test_options("out");
    o.memory = (uint64_t)64 << 20;
    double start = now();
    neardup_job_destroy(test_run(&o, (const char *const[]){"in.jsonl", NULL}, NULL));
    double whole = now() - start;
    for (int i = 0; i < 40; i++) {
        pthread_t thread;
        neardup_error err;
        o.pairs = i % 2 != 0;
        o.force = true;
        struct log log = {.calls_left = (int)(whole * 1e9 * i / 36)};
        char command[256];
        snprintf(command, sizeof command, "rm -rf '%s/out'", test_folder);
        cr_assert_eq(system(command), 0);
        log.job = test_job(&o, (const char *const[]){"in.jsonl", NULL});
        start = now();
        cr_assert_eq(pthread_create(&thread, NULL, cancel_later, &log), 0);
        neardup_status status = neardup_job_run(log.job, NULL, &err);
        double took = now() - start;
        pthread_join(thread, NULL);
        neardup_job_destroy(log.job);
        cr_assert(status == NEARDUP_OK || status == NEARDUP_E_CANCELED, "%s", err.message);
        cr_assert_eq(files_in_folder(), status == NEARDUP_OK ? 2 : 1);
        if (status == NEARDUP_OK && took < whole)
            whole = took; /* the machine was busy in the first run */
        canceled += status == NEARDUP_E_CANCELED;
    }
    cr_assert_gt(canceled, 5);
}

/* ---- options ---- */

static void refused(void (*spoil)(neardup_job_options *), const char *what)
{
    neardup_job *job;
    neardup_error err;
    neardup_job_options o;
    neardup_job_options_init(&o, sizeof o);
    spoil(&o);
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_E_ARG, "%s", what);
    cr_assert_null(job);
    cr_assert_not_null(strstr(err.message, what), "%s", err.message);
}

static void bad_keep(neardup_job_options *o)
{
    o->keep = (neardup_keep)17;
}
static void bad_format(neardup_job_options *o)
{
    o->format = (neardup_input_format)99;
}
static void bad_ngram(neardup_job_options *o)
{
    o->profile.ngram = 65;
}
static void no_field(neardup_job_options *o)
{
    o->keep = NEARDUP_KEEP_MIN;
}
static void bad_threads(neardup_job_options *o)
{
    o->threads = 5000;
}
static void bad_memory(neardup_job_options *o)
{
    o->memory = 1 << 20;
}
static void bad_size(neardup_job_options *o)
{
    o->struct_size = offsetof(neardup_job_options, delimiter); /* shorter than that of 0.2 */
}
static void bad_threshold(neardup_job_options *o)
{
    o->threshold = 1.5;
}

Test(job_callbacks, options_out_of_range_are_refused)
{
    refused(bad_keep, "keep");
    refused(bad_format, "format");
    refused(bad_ngram, "ngram");
    refused(no_field, "field");
    refused(bad_threads, "threads");
    refused(bad_memory, "memory");
    refused(bad_size, "options");
    refused(bad_threshold, "threshold");
}

Test(job_callbacks, a_job_runs_once)
{
    neardup_error err;
    test_write("in.jsonl", corpus);
    neardup_job_options o = test_options(NULL);
    neardup_job *job = test_run(&o, (const char *const[]){"in.jsonl", NULL}, NULL);
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_E_ARG);
    neardup_job_destroy(job);
}

/* ---- corners of the parameters ---- */

static uint64_t removed_with(neardup_job_options o)
{
    neardup_job *job = test_run(&o, (const char *const[]){"in.jsonl", NULL}, NULL);
    uint64_t removed = neardup_job_summary(job)->exact + neardup_job_summary(job)->near;
    neardup_job_destroy(job);
    return removed;
}

Test(job_callbacks, thresholds_and_ngrams_at_their_ends)
{
    /* the same set of words; the same words in another order; one more word */
    test_write("in.jsonl",
               "{\"text\":\"a b c\"}\n{\"text\":\"A. B. C.\"}\n{\"text\":\"c b a\"}\n{\"text\":\"a b c d\"}\n"
               "{\"text\":\"a\"}\n{\"text\":\"b\"}\n{\"text\":\"A\"}\n");
    neardup_job_options o = test_options(NULL);
    o.threshold = 1;
    o.bands = 20;
    o.rows = 1;
    o.profile.ngram = 1;
    cr_assert_eq(removed_with(o), 3);
    o.profile.ngram = 64;
    cr_assert_eq(removed_with(o), 2, "a text of fewer words is one shingle");
    o.threshold = 0.01;
    cr_assert_eq(removed_with(o), 2);
    o.profile.ngram = 1;
    o.bands = o.rows = 0;
    o.all_candidates = true;
    cr_assert_eq(removed_with(o), 6, "every text shares a word with the first");
    for (uint64_t seed = 0; seed < 5; seed++) {
        o = test_options(NULL);
        o.seed = seed * 0x123456789abcdef;
        o.profile.ngram = 1;
        o.threshold = 0.74;
        o.slots = 64;
        cr_assert_eq(removed_with(o), 4, "seed %lu", (unsigned long)seed);
    }
}
