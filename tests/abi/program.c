/* SPDX-License-Identifier: MIT
 * A program that is compiled against an older header (tests/abi/0.2), or against one that is made to look newer (NEWER: its
 * structures have a field more; FUTURE: that field is used), and runs with today's library. */
#include <neardup_run.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "abi: %s\n", what);
        exit(1);
    }
}

static const char *const rows[] = {"one two three four five six", "something else of its own words here",
                                   "One  TWO three four five six"};

static neardup_status read_rows(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                neardup_error *err)
{
    (void)err;
    require(context == (void *)rows, "context of the source");
    for (*count = 0; *count < most && first + *count < 3; ++*count) {
        documents[*count].text = rows[first + *count];
        documents[*count].text_length = strlen(rows[first + *count]);
    }
    return NEARDUP_OK;
}

static unsigned decisions, clusters;

static bool on_decision(void *context, const neardup_decision *d)
{
    require(context == &decisions, "context of callbacks");
    require(d->document.index == 2 && d->keeper.index == 0 && d->reason == NEARDUP_EXACT, "the decision");
    require(strcmp(d->document.file, "rows.jsonl") == 0 && d->document.line == 3, "its place");
    decisions++;
    return true;
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    (void)context;
    require(k->member_count == 1 && k->members[0].document.index == 2 && k->members[0].jaccard == 1, "the cluster");
    clusters++;
    return true;
}

/* The options with bytes after them that nobody may touch. */
static void run_job(void)
{
    struct {
        neardup_job_options options;
        unsigned char after[64];
    } o;
    neardup_error err;
    neardup_job *job;
    memset(&o, 0xa5, sizeof o);
    neardup_job_options_init(&o.options, sizeof o.options);
    for (size_t i = 0; i < sizeof o.after; i++)
        require(o.after[i] == 0xa5, "neardup_job_options_init writes beyond the caller's structure");
    require(o.options.threshold == 0.7 && o.options.write_corpus && o.options.min_tokens == 8, "defaults");
    o.options.profile.ngram = 2;
#ifdef FUTURE
    o.options.future = 1;
    require(neardup_job_create(&job, &o.options, &err) == NEARDUP_E_ARG, "a field of a later version is refused");
    require(strstr(err.message, "does not know") != NULL, err.message);
    o.options.future = 0;
#endif
    require(neardup_job_create(&job, &o.options, &err) == NEARDUP_OK, err.message);
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = &decisions, .decision = on_decision, .cluster = on_cluster};
    neardup_source_vtable source = {.struct_size = sizeof source, .read = read_rows};
    require(neardup_job_add_source(job, "rows.jsonl", &source, (void *)rows, false, &err) == NEARDUP_OK, err.message);
#ifdef FUTURE
    callbacks.future = on_cluster;
    require(neardup_job_run(job, &callbacks, &err) == NEARDUP_E_ARG, "a callback of a later version is refused");
    callbacks.future = NULL;
#endif
    require(neardup_job_run(job, &callbacks, &err) == NEARDUP_OK, err.message);
    const neardup_summary *s = neardup_job_summary(job);
    require(s->documents == 3 && s->kept == 2 && s->exact == 1 && s->plan.bands > 0 && s->reference_documents == 0,
            "the summary");
    neardup_job_destroy(job);
    require(decisions == 1 && clusters == 1, "callbacks were called");
}

static void run_steps(void)
{
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    struct {
        neardup_comparison result;
        unsigned char after[64];
    } c;
    neardup_segment *segments;
    neardup_plan_options o = NEARDUP_PLAN_OPTIONS_INIT;
    struct {
        neardup_plan plan;
        unsigned char after[64];
    } p;
    size_t count;
    memset(&c, 0xa5, sizeof c);
    memset(&p, 0xa5, sizeof p);
    require(neardup_compare(&profile, rows[0], strlen(rows[0]), rows[2], strlen(rows[2]), &c.result, NULL, NULL,
                            NULL) == NEARDUP_OK &&
                c.result.identical && c.result.jaccard == 1,
            "neardup_compare");
    require(neardup_diff(&profile, rows[0], strlen(rows[0]), rows[2], strlen(rows[2]), &segments, &count, NULL) ==
                    NEARDUP_OK &&
                count >= 1 && segments[0].shared,
            "neardup_diff");
    neardup_free(segments);
    require(neardup_plan_solve(&o, &p.plan, NULL) == NEARDUP_OK && p.plan.bands * p.plan.rows == p.plan.slots,
            "neardup_plan_solve");
    for (size_t i = 0; i < 64; i++)
        require(c.after[i] == 0xa5 && p.after[i] == 0xa5, "a result is longer than the caller's structure");
}

int main(void)
{
    require(neardup_version_number() >= 200 && strcmp(neardup_status_name(NEARDUP_E_IO), "NEARDUP_E_IO") == 0, "names");
    run_steps();
    run_job();
    return 0;
}
