/* SPDX-License-Identifier: MIT
 * Splits: which documents belong to which, wherever references are added. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(job_split, .init = test_folder_make, .fini = test_folder_remove);

static bool note_split(void *context, const neardup_decision *d)
{
    char line[128];
    snprintf(line, sizeof line, "%s:%u from %s:%u\n", d->document.file, d->document.split, d->keeper.file,
             d->keeper.split);
    strcat(context, line);
    return true;
}

static void add(neardup_job *job, const char *split, const char *name)
{
    neardup_error err;
    if (split != NULL)
        cr_assert_eq(neardup_job_begin_split(job, split, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_add_input(job, test_path(name), &err), NEARDUP_OK, "%s", err.message);
}

Test(job_split, references_have_the_number_of_their_split)
{
    char told[512] = "";
    neardup_error err;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = told, .decision = note_split};
    neardup_job_options o = test_options(NULL);
    static const char *const names[] = {"a.txt", "b.txt", "c.txt", "d.txt", "e.txt"};
    for (size_t i = 0; i < 5; i++)
        test_write(names[i], i == 1 ? "another text of some words\n" : "the same text of some words\n");
    neardup_job *job = test_job(&o, (const char *const[]){NULL});
    add(job, "train", "a.txt");
    add(job, "test", "b.txt");
    add(job, NULL, "c.txt");
    add(job, "valid", "d.txt");
    add(job, "train", "e.txt");
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_str_eq(told, "c.txt:1 from a.txt:0\nd.txt:2 from a.txt:0\ne.txt:0 from a.txt:0\n");
    neardup_job_destroy(job);
}

Test(job_split, inputs_before_the_first_split_belong_to_none)
{
    neardup_error err;
    neardup_job_options o = test_options(NULL);
    test_write("a.txt", "a text\n");
    neardup_job *job = test_job(&o, (const char *const[]){"a.txt", NULL});
    cr_assert_eq(neardup_job_begin_split(job, "train", &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "inputs added before the first split belong to no split");
    neardup_job_destroy(job);
}
