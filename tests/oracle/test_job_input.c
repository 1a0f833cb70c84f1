/* SPDX-License-Identifier: MIT
 * Jobs over odd inputs: empty files, bad records, damaged files, files that change, pipes. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

TestSuite(job_input, .init = test_folder_make, .fini = test_folder_remove);

/* ---- empty files ---- */

static void write_some_empty_files(void)
{
    test_write("in/a.txt", "");
    test_write("in/b.txt", "one two three four five six\n");
    test_write_bytes("in/c.txt.gz", "", 0, true);
    test_write("in/d.jsonl", "");
    test_write("in/e", "");
    test_write("in/f.txt", "\n \n");
}

Test(job_input, an_empty_file_is_an_empty_document)
{
    write_some_empty_files();
    neardup_job_options o = test_options("out");
    neardup_job *job = test_run(&o, (const char *const[]){"in", NULL}, NULL);
    const neardup_summary *s = neardup_job_summary(job);
    cr_assert_eq(s->files, 6);
    cr_assert_eq(s->documents, 1);
    cr_assert_eq(s->empty, 4, "%lu empty documents", (unsigned long)s->empty);
    cr_assert_eq(s->records, 5);
    cr_assert_eq(s->exact + s->near, 0, "empty documents are nobody's duplicates");
    neardup_job_destroy(job);
    static const char *const names[] = {"out/a.txt", "out/b.txt", "out/c.txt.gz", "out/d.jsonl", "out/e", "out/f.txt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_assert(test_exists(names[i]), "%s is missing", names[i]);
}

Test(job_input, empty_files_are_dropped_on_request)
{
    write_some_empty_files();
    neardup_job_options o = test_options("out");
    o.drop_empty = true;
    neardup_job_destroy(test_run(&o, (const char *const[]){"in", NULL}, NULL));
    cr_assert(test_exists("out/b.txt"));
    cr_assert(test_exists("out/d.jsonl"), "a file without records is not a document");
    static const char *const names[] = {"out/a.txt", "out/c.txt.gz", "out/e", "out/f.txt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_assert(!test_exists(names[i]), "%s is still there", names[i]);
}

Test(job_input, an_empty_corpus_is_fine)
{
    cr_assert_eq(mkdir(test_path("in"), 0700), 0);
    for (int all = 0; all < 2; all++) {
        neardup_job_options o = test_options("out");
        o.all_candidates = all != 0;
        o.pairs = true;
        o.force = true;
        neardup_job *job = test_run(&o, (const char *const[]){"in", NULL}, NULL);
        cr_assert_eq(neardup_job_summary(job)->records, 0);
        cr_assert_eq(neardup_job_summary(job)->kept, 0);
        cr_assert_eq(neardup_job_summary(job)->clusters, 0);
        neardup_job_destroy(job);
        size_t length;
        free(test_read("out/decisions.jsonl", &length));
        cr_assert_eq(length, 0);
        free(test_read("out/clusters.jsonl", &length));
        cr_assert_eq(length, 0);
        free(test_read("out/summary.json", &length));
        cr_assert_gt(length, 100);
    }
}

/* ---- bad records ---- */

struct notes {
    uint64_t count;
    uint64_t line[3000];
    char file[3000];
};

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct notes *notes = context;
    (void)severity;
    (void)message;
    cr_assert_lt(notes->count, 3000);
    notes->line[notes->count] = line;
    notes->file[notes->count++] = file[0];
    return true;
}

/* a: bad records far apart, so that it is many batches; b to d: nothing but bad records. Whoever reads these first
 * must not forget those of a. */
Test(job_input, the_first_thousand_bad_records_are_told_in_input_order)
{
    static struct notes notes;
    static char padding[20001];
    memset(padding, 'x', sizeof padding - 1);
    FILE *file = test_create("in/a.jsonl");
    for (int i = 0; i < 300; i++)
        fprintf(file, "not json\n{\"text\":\"%s\"}\n", padding);
    test_close(file);
    for (char name[] = "in/b.jsonl"; name[3] <= 'd'; name[3]++) {
        file = test_create(name);
        for (int i = 0; i < 3000; i++)
            fputs("neither\n", file);
        test_close(file);
    }
    neardup_job_options o = test_options(NULL);
    o.threads = 4;
    o.max_unreadable = 1;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &notes, .message = on_message};
    for (int run = 0; run < 10; run++) {
        notes.count = 0;
        neardup_job *job = test_run(&o, (const char *const[]){"in", NULL}, &callbacks);
        cr_assert_eq(neardup_job_summary(job)->invalid, 9300);
        neardup_job_destroy(job);
        cr_assert_eq(notes.count, 1000);
        for (uint64_t i = 0; i < 1000; i++) {
            cr_assert_eq(notes.file[i], i < 300 ? 'a' : 'b');
            cr_assert_eq(notes.line[i], i < 300 ? 2 * i + 1 : i - 299);
        }
    }
}

/* ---- documents without a token ---- */

static bool on_empty(void *context, const char *file, uint64_t line)
{
    return on_message(context, NEARDUP_NOTE, file, line, "");
}

/* With leaks the files of the later split are read first. */
static void check_empty(const struct notes *notes, const char *files)
{
    cr_assert_eq(notes->count, 2004);
    for (uint64_t i = 0; i < 2004; i++) {
        cr_assert_eq(notes->file[i], files[i < 1002 ? 0 : 1]);
        cr_assert_eq(notes->line[i], i % 1002 < 1000 ? 3 * (i % 1002) + 2 : i % 1002 + 2001);
    }
}

Test(job_input, all_documents_without_a_token_are_told)
{
    static struct notes notes;
    for (char name[] = "in/a.jsonl"; name[3] <= 'b'; name[3]++) {
        FILE *file = test_create(name);
        for (int i = 0; i < 1000; i++)
            fprintf(file, "{\"text\":\"%s %d\"}\n{\"text\":\"... !\"}\nnot json\n", name + 3, i);
        fputs("{\"text\":\"\"}\n{\"text\":\"\"}\n", file);
        test_close(file);
    }
    neardup_job_options o = test_options(NULL);
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &notes, .empty = on_empty};
    neardup_error err;
    for (o.threads = 1; o.threads <= 4; o.threads += 3) {
        notes.count = 0;
        neardup_job_destroy(test_run(&o, (const char *const[]){"in", NULL}, &callbacks));
        check_empty(&notes, "ab");

        notes.count = 0;
        neardup_leak_options leaking = NEARDUP_LEAK_OPTIONS_INIT;
        neardup_job *job = test_job(&o, (const char *const[]){NULL});
        cr_assert_eq(neardup_job_begin_split(job, "train", &err), NEARDUP_OK);
        cr_assert_eq(neardup_job_add_input(job, test_path("in/a.jsonl"), &err), NEARDUP_OK);
        cr_assert_eq(neardup_job_begin_split(job, "test", &err), NEARDUP_OK);
        cr_assert_eq(neardup_job_add_input(job, test_path("in/b.jsonl"), &err), NEARDUP_OK);
        cr_assert_eq(neardup_job_run_leaks(job, &leaking, &callbacks, &err), NEARDUP_OK, "%s", err.message);
        neardup_job_destroy(job);
        check_empty(&notes, "ba");
    }
}

static void run_strict(const char *expected)
{
    for (int i = 0; i < 40; i++) {
        neardup_job_options o = test_options("out");
        neardup_error err;
        o.strict = true;
        o.threads = 4;
        neardup_job *job = test_job(&o, (const char *const[]){"in", NULL});
        cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_E_FORMAT);
        cr_assert_eq(strncmp(err.message, expected, strlen(expected)), 0, "run %d: %s", i, err.message);
        neardup_job_destroy(job);
        cr_assert(!test_exists("out"));
    }
}

static void write_damaged(const char *name)
{
    size_t length;
    FILE *file = test_create("text");
    for (int i = 0; i < 3000; i++)
        fprintf(file, "{\"text\":\"%d %d\"}\n", i, i * i);
    test_close(file);
    char *text = test_read("text", &length);
    test_write_bytes(name, text, length, true);
    cr_assert_eq(truncate(test_path(name), 5000), 0);
    free(text);
}

Test(job_input, strict_stops_at_the_first_trouble_of_the_input)
{
    FILE *file = test_create("in/b.jsonl");
    for (int i = 0; i < 30000; i++)
        fprintf(file, i == 20000 ? "bad\n" : "{\"text\":\"some text that is number %d\"}\n", i);
    test_close(file);
    write_damaged("in/c.jsonl.gz");
    run_strict("b.jsonl:20001: ");
    write_damaged("in/a.jsonl.gz");
    run_strict("a.jsonl.gz: gzip");
}

/* ---- files that change ---- */

/* The warning about equal ids comes between reading and matching. */
static bool replace_file(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    (void)severity;
    (void)file;
    (void)line;
    (void)message;
    const char *const *names = context;
    cr_assert_eq(rename(test_path(names[0]), test_path(names[1])), 0);
    return true;
}

static void run_changing(const char *replacement)
{
    neardup_error err;
    neardup_job_options o = test_options("out");
    const char *const names[] = {replacement, "in/a.jsonl"};
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = (void *)(uintptr_t)names, .message = replace_file};
    neardup_job *job = test_job(&o, (const char *const[]){"in", NULL});
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_E_IO);
    cr_assert_not_null(strstr(err.message, "a.jsonl' was replaced by another file"), "%s", err.message);
    neardup_job_destroy(job);
    cr_assert(!test_exists("out"));
}

Test(job_input, a_file_that_changes_while_it_is_read_is_an_error)
{
    test_write("in/a.jsonl", "{\"id\":1,\"text\":\"one two\"}\n{\"id\":1,\"text\":\"three four\"}\n");
    test_write("other", "{\"id\":1,\"text\":\"one six\"}\n{\"id\":1,\"text\":\"three five\"}\n");
    run_changing("other");
    test_write("longer", "{\"id\":1,\"text\":\"one two\"}\n{\"id\":1,\"text\":\"three four\"}\n{\"text\":\"new\"}\n");
    run_changing("longer");
    test_write("shorter", "{}\n");
    run_changing("shorter");
}

/* The same file, with other contents: the place that is read again may hold anything. */
struct file_change {
    const char *contents; /* that the file gets; NULL: it is removed */
    const char *says;
    bool done;
};

static bool change_file(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct file_change *change = context;
    (void)severity;
    (void)file;
    (void)line;
    (void)message;
    if (change->done)
        return true;
    change->done = true;
    if (change->contents == NULL) {
        cr_assert_eq(unlink(test_path("in/a.jsonl")), 0);
        return true;
    }
    FILE *open = fopen(test_path("in/a.jsonl"), "r+");
    cr_assert_not_null(open);
    cr_assert_eq(ftruncate(fileno(open), 0), 0);
    fputs(change->contents, open);
    cr_assert_eq(fclose(open), 0);
    return true;
}

Test(job_input, a_file_whose_contents_change_while_it_is_read_is_an_error)
{
    static const char before[] = "{\"id\":1,\"text\":\"one two caf\xe9\"}\n{\"id\":1,\"text\":\"one two caf\xe9\"}\n"
                                 "{\"id\":2,\"text\":\"other words\"}\n";
    static const char same_size[] = "{\"id\":1,\"text\":\"ten six caf\xe9\"}\n{\"id\":1,\"text\":\"one two caf\xe9\"}\n"
                                    "{\"id\":2,\"text\":\"other words\"}\n";
    static const struct file_change changes[] = {
        {"{}\n", "a.jsonl' became shorter while it was being read", false},
        {"", "a.jsonl' became shorter while it was being read", false},
        {"{\"id\":1,\"text\":\"one two caf\xe9\"}\n{\"id\":1,\"text\":\"one two caf\xe9\"}\n{\"id\":2,\"text\":\"other "
         "words\"}\n\n",
         "a.jsonl' became longer while it was being read", false},
        {same_size, "a.jsonl' changed while it was being read", false},
        {before, "a.jsonl' changed while it was being read", false}, /* written again: who knows what it was */
        {NULL, "a.jsonl", false},
    };
    for (unsigned i = 0; i < 2 * 2 * sizeof changes / sizeof *changes; i++) {
        neardup_error err;
        struct file_change change = changes[i / 4];
        neardup_job_options o = test_options("out");
        o.encoding = i % 2 == 0 ? "ISO-8859-1" : NULL;
        o.units = i / 2 % 2 == 0 ? NEARDUP_UNIT_DOCUMENT : NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH;
        neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &change, .message = change_file};
        test_write("in/a.jsonl", before);
        neardup_job *job = test_job(&o, (const char *const[]){"in", NULL});
        cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_E_IO, "change %u", i);
        cr_expect_not_null(strstr(err.message, change.says), "change %u: %s", i, err.message);
        cr_expect(change.done && !test_exists("out"), "change %u", i);
        neardup_job_destroy(job);
    }
}

/* ---- standard input ---- */

static void *cancel_soon(void *context)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    neardup_job_cancel(context);
    return NULL;
}

/* Nothing ever comes; with the first bytes read or without. */
static void wait_for_input(const char *first, bool is_list)
{
    int ends[2];
    pthread_t thread;
    neardup_error err;
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], first, strlen(first)), (ssize_t)strlen(first));
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    neardup_job_options o = test_options("out");
    neardup_job *job = test_job(&o, is_list ? (const char *const[]){NULL} : (const char *const[]){"-", NULL});
    if (is_list)
        cr_assert_eq(neardup_job_add_list(job, "-", &err), NEARDUP_OK);
    cr_assert_eq(pthread_create(&thread, NULL, cancel_soon, job), 0);
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_E_CANCELED);
    pthread_join(thread, NULL);
    neardup_job_destroy(job);
    cr_assert(!test_exists("out"));
    close(ends[0]);
    close(ends[1]);
}

Test(job_input, a_job_that_waits_for_standard_input_can_be_cancelled, .timeout = 1800)
{
    wait_for_input("", false);
    wait_for_input("{\"text\":\"the first of many\"}\n", false);
}

Test(job_input, standard_input_counts_its_bytes)
{
    test_write("text", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
    int descriptor = open(test_path("text"), O_RDONLY);
    cr_assert_eq(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
    neardup_job_options o = test_options(NULL);
    neardup_job *job = test_run(&o, (const char *const[]){"-", NULL}, NULL);
    cr_assert_eq(neardup_job_summary(job)->input_bytes, 30);
    cr_assert_eq(neardup_job_summary(job)->text_bytes, 30);
    cr_assert_eq(neardup_job_summary(job)->documents, 2);
    neardup_job_destroy(job);
}

Test(job_input, an_empty_standard_input_is_an_empty_corpus)
{
    int descriptor = open("/dev/null", O_RDONLY);
    cr_assert_eq(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
    neardup_job_options o = test_options(NULL);
    neardup_job *job = test_run(&o, (const char *const[]){"-", NULL}, NULL);
    cr_assert_eq(neardup_job_summary(job)->records, 0);
    neardup_job_destroy(job);
}
