/* SPDX-License-Identifier: MIT
 * Baselines for callers of the library: what a run found is known to the next one, and further copies are not. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(job_baseline, .init = test_folder_make, .fini = test_folder_remove, .timeout = 600);

static const char *const texts[] = {
    "one two three four five six seven",     "One two three four five six seven!",
    "a text that is not repeated anywhere",  "one two three four five six seven",
    "eight nine ten eleven twelve thirteen", "eight nine ten eleven twelve thirteen",
};
#define TEXTS (sizeof texts / sizeof *texts)

static neardup_status read_texts(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                 neardup_error *err)
{
    const size_t all = *(const size_t *)context;
    (void)err;
    for (*count = 0; *count < most && first + *count < all; ++*count) {
        const char *text = texts[(first + *count) % TEXTS];
        documents[*count].text = text;
        documents[*count].text_length = strlen(text);
    }
    return NEARDUP_OK;
}

static bool on_cluster(void *context, const neardup_cluster *cluster)
{
    return neardup_baseline_add_cluster(context, cluster);
}

static bool on_near_miss(void *context, const neardup_pair *pair)
{
    return neardup_baseline_add_near_miss(context, pair);
}

/* The baseline of a run over the first documents, after what is known was added. */
static neardup_baseline *run(size_t documents, const char *known, double threshold, bool any_options,
                             neardup_error *err)
{
    neardup_job_options o;
    const neardup_source_vtable vtable = {.struct_size = sizeof vtable, .read = read_texts};
    neardup_job *job;
    neardup_baseline *baseline;
    neardup_job_options_init(&o, sizeof o);
    o.contents = true;
    o.threshold = threshold;
    cr_assert_eq(neardup_job_create(&job, &o, err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_source(job, "texts", &vtable, &documents, false, err), NEARDUP_OK);
    cr_assert_eq(neardup_baseline_create(&baseline, job, err), NEARDUP_OK);
    if (known != NULL &&
        neardup_baseline_read(baseline, known, strlen(known), "known", any_options, err) != NEARDUP_OK) {
        neardup_baseline_destroy(baseline);
        neardup_job_destroy(job);
        return NULL;
    }
    const neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = baseline, .cluster = on_cluster, .near_miss = on_near_miss};
    cr_assert_eq(neardup_job_run(job, &callbacks, err), NEARDUP_OK, "%s", err->message);
    neardup_job_destroy(job);
    return baseline;
}

static void expect_counts(const neardup_baseline *b, const uint64_t counts[6])
{
    for (int i = 0; i < 6; i++)
        cr_expect_eq(neardup_baseline_count(b, (neardup_baseline_what)i), counts[i], "%d: %llu", i,
                     (unsigned long long)neardup_baseline_count(b, (neardup_baseline_what)i));
}

Test(job_baseline, what_is_known_and_what_is_new)
{
    neardup_error err = {.message = ""};
    const char *text;
    size_t length;
    neardup_baseline *first = run(5, NULL, 0.7, false, &err);
    expect_counts(first, (const uint64_t[]){0, 2, 0, 1, 0, 0});
    cr_assert_eq(neardup_baseline_text(first, &text, &length, &err), NEARDUP_OK);
    cr_assert_eq(strlen(text), length);
    cr_assert_not_null(strstr(text, "\"copies\":3}\n"));

    neardup_baseline *same = run(5, text, 0.7, false, &err);
    expect_counts(same, (const uint64_t[]){2, 0, 1, 0, 0, 0});
    neardup_baseline_destroy(same);
    neardup_baseline *more = run(7, text, 0.7, false, &err); /* a fourth copy, and two of another text */
    expect_counts(more, (const uint64_t[]){2, 2, 1, 1, 0, 1});
    const char *next;
    cr_assert_eq(neardup_baseline_text(more, &next, &length, &err), NEARDUP_OK);
    cr_assert_not_null(strstr(next, "\"copies\":4}\n"));
    neardup_baseline *fewer = run(1, next, 0.7, false, &err);
    expect_counts(fewer, (const uint64_t[]){0, 0, 0, 0, 2, 0});
    neardup_baseline_destroy(fewer);
    neardup_baseline_destroy(more);

    cr_assert_null(run(5, text, 0.5, false, &err));
    cr_assert_eq(err.code, NEARDUP_E_ARG);
    cr_assert_not_null(strstr(err.message, "but this check uses \"threshold\":0.5"), "%s", err.message);
    neardup_baseline *other = run(5, text, 0.5, true, &err);
    expect_counts(other, (const uint64_t[]){2, 0, 1, 0, 0, 0});
    neardup_baseline_destroy(other);
    cr_assert_null(run(5, "hello", 0.7, true, &err));
    cr_assert_eq(err.code, NEARDUP_E_FORMAT);
    neardup_baseline_destroy(first);
    neardup_baseline_destroy(NULL);
}
