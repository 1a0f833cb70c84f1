/* SPDX-License-Identifier: MIT
 * explain: why a document of a finished run was removed, or stays. */
#include "base/platform.h"

#include "cli/explain/explain.h"
#include "term/number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT 10u

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
        neardup_job_options_init(&x->options);
        if (x->cli->msg.verbosity >= 0)
            ndup_msg_note(&x->cli->msg, "the options of the run are not known; the defaults are taken for them");
    }
    return fill_plan(x);
}

/* A document of which the run says nothing stays; why is for its text to say. */
static bool explain(struct ndup_explained *x)
{
    if (!begin(x) || !ndup_explain_find(x))
        return false;
    if (x->fate == NDUP_EXPLAINED_INVALID)
        return true;
    bool text = x->document.ref.id == NULL && (x->options.units & ~(unsigned)NEARDUP_UNIT_DOCUMENT) != 0;
    if (text && x->no_texts[0] == '\0' && !ndup_explain_text(x))
        return false;
    if (!ndup_explain_run(x))
        return false;
    if (x->no_texts[0] == '\0' && !ndup_explain_texts(x))
        return false;
    if (x->fate == NDUP_EXPLAINED_KEPT && (x->options.units & NEARDUP_UNIT_DOCUMENT) != 0 && x->texts)
        return ndup_explain_search(x);
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
    free(x->pair.passages);
    free(x->pair.segments);
    free(x->pair.bands);
    ndup_kept_ref_free(&x->document);
    ndup_kept_ref_free(&x->keeper);
    neardup_run_close(x->run);
}

int ndup_cmd_explain(struct ndup_cli *cli)
{
    struct ndup_explained x = {.cli = cli, .asked = cli->operands[1]};
    neardup_error err = {.message = ""};
    int status = NDUP_EXIT_TROUBLE;
    if (neardup_run_open(&x.run, cli->operands[0], &err) != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
    } else if (explain(&x)) {
        bool shown = cli->settings.text_format == NDUP_FORMAT_JSON ? ndup_explain_json(&x) : ndup_explain_print(&x);
        if (!shown)
            ndup_msg_error(&cli->msg, "out of memory");
        status = shown ? NDUP_EXIT_DONE : NDUP_EXIT_TROUBLE;
    }
    release(&x);
    return status;
}
