/* SPDX-License-Identifier: MIT
 * Texts by place: every format and compression, damage, places that are none, any number of threads. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(job_read, .init = test_folder_make, .fini = test_folder_remove);

struct seen {
    char text[8192]; /* "index id text|" of each */
    size_t length;
    unsigned count, stop_at, messages;
    char message[512];
};

static bool on_text(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length)
{
    struct seen *seen = context;
    cr_assert_not_null(text);
    seen->length += (size_t)snprintf(seen->text + seen->length, sizeof seen->text - seen->length, "%zu %.*s %.*s|",
                                     index, id != NULL ? (int)id_length : 1, id != NULL ? id : "-", (int)length, text);
    cr_assert(seen->length < sizeof seen->text);
    return ++seen->count != seen->stop_at;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct seen *seen = context;
    seen->messages++;
    snprintf(seen->message, sizeof seen->message, "%d %s:%llu: %s", (int)severity, file != NULL ? file : "-",
             (unsigned long long)line, message);
    return true;
}

static neardup_status read_places(const neardup_job_options *options, const char *const *inputs,
                                  const neardup_place *places, size_t count, struct seen *seen, neardup_error *err)
{
    neardup_job *job = test_job(options, inputs);
    neardup_read_options reading = {sizeof reading, places, count, seen, on_text};
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = seen, .message = on_message};
    neardup_status st = neardup_job_run_read(job, &reading, &callbacks, err);
    neardup_job_destroy(job);
    return st;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define EXPECT(options, inputs, places, expected)                                                                      \
    do {                                                                                                               \
        struct seen seen_ = {.length = 0};                                                                             \
        neardup_error err_;                                                                                            \
        cr_assert_eq(read_places(options, inputs, places, COUNT(places), &seen_, &err_), NEARDUP_OK, "%s",             \
                     err_.message);                                                                                    \
        cr_expect_str_eq(seen_.text, expected);                                                                        \
        cr_expect_eq(seen_.messages, 0, "%s", seen_.message);                                                          \
    } while (0)

Test(job_read, records_of_json_by_line)
{
    static const neardup_place places[] = {{"y.jsonl", 2}, {"x.jsonl", 4},  {"x.jsonl", 1}, {"x.jsonl", 2},
                                           {"z.jsonl", 1}, {"x.jsonl", 99}, {"y.jsonl", 2}};
    neardup_job_options o = test_options(NULL);
    test_write("x.jsonl",
               "{\"id\":\"a\",\"text\":\"one \\\"two\\\"\\n\\u00e4\"}\n\n\n{\"text\":\"three\"}\n{\"text\":4}\n");
    test_write("y.jsonl", "{\"id\":7,\"text\":\"five\"}\n{\"id\":8,\"text\":\"\"}\n");
    EXPECT(&o, ((const char *[]){"x.jsonl", "y.jsonl", NULL}), places,
           "2 \"a\" one \"two\"\n\xc3\xa4|1 - three|0 8 |6 8 |");
}

Test(job_read, other_fields_and_places_without_a_file)
{
    static const neardup_place places[] = {{NULL, 0}, {"x.jsonl", 0}, {"x.jsonl", 1}};
    neardup_job_options o = test_options(NULL);
    o.text_field = "doc.body";
    o.id_field = "n";
    test_write("x.jsonl", "{\"n\":17.0,\"doc\":{\"body\":\"one\"}}\n");
    EXPECT(&o, ((const char *[]){"x.jsonl", NULL}), places, "2 17.0 one|");
}

Test(job_read, text_documents_and_the_lines_inside_them)
{
    static const neardup_place places[] = {{"t.txt", 1}, {"t.txt", 3}, {"t.txt", 4}, {"t.txt", 6}, {"t.txt", 9}};
    neardup_job_options o = test_options(NULL);
    test_write("t.txt", "\none\ntwo\n\nthree\r\nfour");
    EXPECT(&o, ((const char *[]){"t.txt", NULL}), places,
           "0 - \none\ntwo\n\nthree\r\nfour|1 - \none\ntwo\n\nthree\r\nfour|2 - \none\ntwo\n\nthree\r\nfour|"
           "3 - \none\ntwo\n\nthree\r\nfour|");
    o.format = NEARDUP_INPUT_PARAGRAPH;
    EXPECT(&o, ((const char *[]){"t.txt", NULL}), places, "1 - one\ntwo|2 - one\ntwo|3 - three\r\nfour|");
    o.format = NEARDUP_INPUT_LINE;
    EXPECT(&o, ((const char *[]){"t.txt", NULL}), places, "0 - |1 - two|2 - |3 - four|");
    test_write("e.txt", "");
    EXPECT(&o, ((const char *[]){"e.txt", NULL}), ((neardup_place[]){{"e.txt", 1}}), "");
    o.format = NEARDUP_INPUT_FILE;
    EXPECT(&o, ((const char *[]){"e.txt", NULL}), ((neardup_place[]){{"e.txt", 1}}), "0 - |");
}

/* Names are those of the reports: unique, and U+FFFD where the real ones are not UTF-8. */
Test(job_read, names_as_in_reports)
{
    static const neardup_place places[] = {
        {"a/x.jsonl", 1}, {"b/x.jsonl", 1}, {"c/n\xef\xbf\xbd.jsonl", 1}, {"c/n\xff.jsonl", 1}};
    neardup_job_options o = test_options(NULL);
    test_write("a/x.jsonl", "{\"text\":\"one\"}\n");
    test_write("b/x.jsonl", "{\"text\":\"two\"}\n");
    test_write("c/n\xff.jsonl", "{\"text\":\"three\"}\n");
    EXPECT(&o, ((const char *[]){"a", "b", "c", NULL}), places, "0 - one|1 - two|2 - three|3 - three|");
}

static void write_many(const char *name, unsigned file, unsigned records, bool gzip)
{
    size_t n = 0, capacity = (size_t)records * 1200 + 100;
    char *bytes = malloc(capacity);
    cr_assert_not_null(bytes);
    for (unsigned i = 1; i <= records; i++) {
        n += (size_t)sprintf(bytes + n, "{\"id\":\"%u-%u\",\"text\":\"f%u r%u ", file, i, file, i);
        memset(bytes + n, 'x', 1000);
        n += 1000;
        n += (size_t)sprintf(bytes + n, "\"}\n");
    }
    test_write_bytes(name, bytes, n, gzip);
    free(bytes);
}

struct order {
    const neardup_place *places;
    uint64_t last;
    size_t count;
};

static bool in_order(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length)
{
    struct order *o = context;
    char expected[64];
    const neardup_place *p = &o->places[index];
    uint64_t at = (uint64_t)(p->file[1] - '0') << 32 | p->line;
    int n = snprintf(expected, sizeof expected, "f%c r%llu ", p->file[1], (unsigned long long)p->line);
    cr_assert(at > o->last, "out of order");
    cr_assert(length == (size_t)n + 1000 && memcmp(text, expected, (size_t)n) == 0);
    cr_assert(id != NULL && id_length > 4);
    o->last = at;
    o->count++;
    return true;
}

/* More text than a thread holds, in several batches. */
Test(job_read, inputs_that_stand_elsewhere)
{
    static const neardup_place places[] = {{"old/a.jsonl", 1}, {"f.jsonl", 1}, {"new.jsonl", 1}, {"far/f.jsonl", 1}};
    neardup_job_options o = test_options(NULL);
    struct seen seen = {.length = 0};
    neardup_error err;
    neardup_job *job = test_job(&o, (const char *[]){NULL});
    test_write("new.jsonl", "{\"text\":\"one\"}\n");
    test_write("there/f.jsonl", "{\"text\":\"two\"}\n");
    test_write("known/f.jsonl", "{\"text\":\"three\"}\n");
    cr_assert_eq(neardup_job_add_moved(job, test_path("known"), "gone/x", true, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_moved(job, test_path("new.jsonl"), "old/a.jsonl", false, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_moved(job, test_path("there"), "far", false, &err), NEARDUP_OK);
    neardup_read_options reading = {sizeof reading, places, COUNT(places), &seen, on_text};
    cr_assert_eq(neardup_job_run_read(job, &reading, NULL, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_str_eq(seen.text, "0 - one|3 - two|1 - three|");
    neardup_job_destroy(job);
}

Test(job_read, many_files_in_order_for_any_threads)
{
    static char names[5][16];
    static const char *inputs[] = {"in", NULL};
    static neardup_place places[5 * 700];
    size_t count = 0;
    for (unsigned f = 0; f < 5; f++) {
        snprintf(names[f], sizeof names[f], "f%u.jsonl%s", f, f % 2 == 0 ? ".gz" : "");
        char path[128];
        snprintf(path, sizeof path, "in/%s", names[f]);
        write_many(path, f, f == 0 ? 12000 : 3000, f % 2 == 0);
    }
    for (unsigned i = 0; i < 700; i++) {
        for (unsigned f = 0; f < 5; f++)
            places[count++] = (neardup_place){names[f], (uint64_t)i * 4 + 1};
    }
    for (unsigned threads = 1; threads <= 4; threads++) {
        neardup_job_options o = test_options(NULL);
        struct order order = {places, 0, 0};
        neardup_error err;
        o.threads = threads;
        neardup_job *job = test_job(&o, inputs);
        neardup_read_options reading = {sizeof reading, places, count, &order, in_order};
        cr_assert_eq(neardup_job_run_read(job, &reading, NULL, &err), NEARDUP_OK, "%s", err.message);
        cr_expect_eq(order.count, count);
        cr_expect_eq(neardup_job_summary(job)->documents, count);
        cr_expect_eq(neardup_job_run_read(job, &reading, NULL, &err), NEARDUP_E_ARG);
        neardup_job_destroy(job);
    }
}

Test(job_read, what_stands_before_the_damage_is_found)
{
    static const neardup_place early[] = {{"d.jsonl.gz", 1}}, late[] = {{"d.jsonl.gz", 1}, {"d.jsonl.gz", 2990}};
    static const char *inputs[] = {"d.jsonl.gz", NULL};
    neardup_job_options o = test_options(NULL);
    size_t length;
    struct seen seen = {.length = 0};
    neardup_error err;
    write_many("d.jsonl.gz", 3, 3000, true);
    char *bytes = test_read("d.jsonl.gz", &length);
    test_write_bytes("d.jsonl.gz", bytes, length / 2, false);
    free(bytes);
    cr_expect_eq(read_places(&o, inputs, late, 2, &seen, &err), NEARDUP_OK);
    cr_expect_eq(seen.count, 1);
    cr_expect_eq(memcmp(seen.text, "0 \"3-1\" f3 r1 x", 15), 0);
    cr_expect_eq(seen.messages, 1);
    cr_expect_eq(memcmp(seen.message, "2 d.jsonl.gz:0: ", 16), 0, "%s", seen.message);
    seen = (struct seen){.length = 0};
    cr_expect_eq(read_places(&o, inputs, early, 1, &seen, &err), NEARDUP_OK);
    cr_expect(seen.count == 1 && seen.messages == 0, "it is left behind its last place");
    o.strict = true;
    cr_expect_eq(read_places(&o, inputs, late, 2, &seen, &err), NEARDUP_E_FORMAT);
}

Test(job_read, bad_records_and_missing_files_are_said)
{
    static const neardup_place bad[] = {{"x.jsonl", 1}, {"x.jsonl", 2}};
    static const char *inputs[] = {"x.jsonl", "gone.jsonl", NULL};
    neardup_job_options o = test_options(NULL);
    struct seen seen = {.length = 0};
    neardup_error err;
    test_write("x.jsonl", "{\"text\":4}\n{\"text\":\"good\"}\n");
    cr_expect_eq(read_places(&o, inputs, bad, 2, &seen, &err), NEARDUP_OK);
    cr_expect_str_eq(seen.text, "1 - good|");
    cr_expect_eq(seen.messages, 2);
    cr_expect_str_eq(seen.message, "1 x.jsonl:1: text field is not a string");
    o.strict = true;
    cr_expect_eq(read_places(&o, inputs, bad, 2, &seen, &err), NEARDUP_E_FORMAT);
    cr_expect_eq(err.line, 1);
}

Test(job_read, a_callback_can_stop_it)
{
    static const neardup_place places[] = {{"x.jsonl", 1}, {"x.jsonl", 2}};
    static const char *inputs[] = {"x.jsonl", NULL};
    neardup_job_options o = test_options(NULL);
    struct seen seen = {.stop_at = 1};
    neardup_error err;
    test_write("x.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
    cr_expect_eq(read_places(&o, inputs, places, 2, &seen, &err), NEARDUP_E_CANCELED);
    cr_expect_eq(seen.count, 1);
}

Test(job_read, standard_input_is_refused)
{
    static const neardup_place places[] = {{"stdin", 1}};
    static const char *inputs[] = {"-", NULL};
    neardup_job_options o = test_options(NULL);
    struct seen seen = {.length = 0};
    neardup_error err;
    cr_expect_eq(read_places(&o, inputs, places, 1, &seen, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "standard input cannot be read again");
}
