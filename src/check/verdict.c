/* SPDX-License-Identifier: MIT
 * Turns counts and limits into verdicts, and gives findings their level and order. */
#include "base/platform.h"

#include "check/check.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "check/findings.h"
#include "term/number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct measure {
    uint64_t part, whole;
    const char *what;
};

static const neardup_summary nothing_read;

struct records {
    uint64_t all, invalid, empty;
};

static void add_records(struct records *n, const neardup_summary *of)
{
    if (of == NULL)
        return;
    n->all += of->records;
    n->invalid += of->invalid + of->invalid_utf8;
    n->empty += of->empty;
}

/* Of both runs if they read different files. */
static struct records count_records(const struct ndup_check_runs *runs)
{
    struct records n = {0, 0, 0};
    add_records(&n, runs->main);
    if (runs->main == NULL || runs->apart)
        add_records(&n, runs->leaks);
    return n;
}

static struct measure measure_rate(const struct ndup_check *check, const neardup_summary *s)
{
    const struct ndup_check_counts *c = &check->counts;
    if (check->rate_of == NDUP_RATE_OF_BYTES)
        return (struct measure){c->bytes, s->text_bytes, "bytes"};
    if (check->rate_of == NDUP_RATE_OF_TOKENS)
        return (struct measure){c->tokens, s->tokens, "tokens"};
    return (struct measure){c->documents, s->documents, "documents"};
}

/* Over all splits except the first. */
static uint64_t sum_of_later(const struct ndup_check *check, const uint64_t *numbers)
{
    uint64_t sum = 0;
    for (size_t i = 1; numbers != NULL && i < check->split_count; i++)
        sum += numbers[i];
    return sum;
}

static struct measure measure(const struct ndup_check *check, const struct ndup_check_runs *runs, enum ndup_rule rule)
{
    const neardup_summary *s = runs->main != NULL ? runs->main : &nothing_read;
    const struct records records = count_records(runs);
    const struct ndup_check_counts *c = &check->counts;
    switch (rule) {
    case NDUP_RULE_DUPLICATE_RATE:
        return measure_rate(check, s);
    case NDUP_RULE_EXACT:
        return (struct measure){c->exact, s->documents, "documents"};
    case NDUP_RULE_CLUSTER_SIZE:
        return (struct measure){c->largest, s->documents, "documents"};
    case NDUP_RULE_LEAK:
        return (struct measure){c->leaking, sum_of_later(check, runs->split_documents), "documents"};
    case NDUP_RULE_REPETITION:
        return (struct measure){c->part_tokens, s->paragraphs.tokens, "tokens"};
    case NDUP_RULE_NEW:
        return (struct measure){c->fresh, s->documents, "documents"};
    case NDUP_RULE_REFERENCE:
        return (struct measure){c->reference, s->documents, "documents"};
    case NDUP_RULE_INVALID:
        return (struct measure){records.invalid, records.all, "records"};
    case NDUP_RULE_EMPTY:
        return (struct measure){records.empty, records.all, "records"};
    case NDUP_RULE_COUNT:
        break;
    }
    return (struct measure){0, 0, ""};
}

static const char *subject(enum ndup_rule rule)
{
    static const char *const subjects[NDUP_RULE_COUNT] = {[NDUP_RULE_DUPLICATE_RATE] = "duplicates",
                                                          [NDUP_RULE_EXACT] = "exact duplicates",
                                                          [NDUP_RULE_CLUSTER_SIZE] = "largest cluster",
                                                          [NDUP_RULE_LEAK] = "leaks",
                                                          [NDUP_RULE_REPETITION] = "repeated paragraphs",
                                                          [NDUP_RULE_NEW] = "new duplicates",
                                                          [NDUP_RULE_REFERENCE] = "duplicates of the reference",
                                                          [NDUP_RULE_INVALID] = "invalid records",
                                                          [NDUP_RULE_EMPTY] = "empty records"};
    return subjects[rule];
}

/* "duplicates 2.31 % of documents (23 of 996), limit 1 %"; "exact duplicates 3 of 996 documents, limit 0". The
 * measure comes in the unit of its limit. few: texts too short to be found inside others, so that "no leaks" says
 * little about them. */
static bool describe(struct ndup_rule_verdict *v, uint64_t few, unsigned ngram)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    if (v->limit.percent)
        ndup_buf_printf(&buf, "%s %s of %s (%s of %s)", subject(v->rule), ndup_number_percent(v->part, v->whole).text,
                        v->what, ndup_number_group(v->part).text, ndup_number_group(v->whole).text);
    else
        ndup_buf_printf(&buf, "%s %s of %s %.*s", subject(v->rule), ndup_number_group(v->part).text,
                        ndup_number_group(v->whole).text, (int)strlen(v->what) - (v->whole == 1), v->what);
    ndup_buf_printf(&buf, ", limit %s", ndup_limit_show(&v->limit).text);
    if (few > 0)
        ndup_buf_printf(&buf, "; %s of %s %s shorter than %u tokens: %s", ndup_number_group(few).text,
                        ndup_number_group(v->whole).text, few == 1 ? "is" : "are", ngram,
                        few == 1 ? "it is compared only as a whole document"
                                 : "they are compared only as whole documents");
    ndup_buf_append(&buf, "", 1);
    v->message = buf.failed ? NULL : buf.data;
    if (buf.failed)
        ndup_buf_free(&buf);
    return v->message != NULL;
}

static bool add_verdicts(const struct ndup_check *check, const struct ndup_check_runs *runs,
                         struct ndup_check_result *result)
{
    result->verdicts = ndup_calloc(NDUP_RULE_COUNT, sizeof *result->verdicts);
    for (int rule = 0; result->verdicts != NULL && rule < NDUP_RULE_COUNT; rule++) {
        if (!check->limits[rule].given)
            continue;
        struct measure m = measure(check, runs, (enum ndup_rule)rule);
        struct ndup_rule_verdict *v = &result->verdicts[result->verdict_count++];
        *v = (struct ndup_rule_verdict){.rule = (enum ndup_rule)rule,
                                        .violated = ndup_limit_exceeded(&check->limits[rule], m.part, m.whole),
                                        .limit = check->limits[rule],
                                        .part = m.part,
                                        .whole = m.whole,
                                        .what = m.what};
        result->violated += v->violated;
        if (!describe(v, rule == NDUP_RULE_LEAK ? sum_of_later(check, runs->split_short) : 0, runs->leak_ngram))
            return false;
    }
    return result->verdicts != NULL;
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

static const struct ndup_rule_verdict *verdict_on(const struct ndup_check_result *result, enum ndup_rule rule)
{
    for (size_t i = 0; i < result->verdict_count; i++) {
        if (result->verdicts[i].rule == rule)
            return &result->verdicts[i];
    }
    return NULL;
}

static bool is_violated(const struct ndup_check_result *result, enum ndup_rule rule)
{
    const struct ndup_rule_verdict *verdict = verdict_on(result, rule);
    return verdict != NULL && verdict->violated;
}

/* A finding belongs to the rule that it violates. New duplicates may be within their limit and violate another rule;
 * and a cluster with exact copies counts as near-duplicates if the copies are within their limit. */
static void settle_rule(const struct ndup_check_result *result, struct ndup_ranked_finding *ranked)
{
    struct ndup_finding *finding = &ranked->finding;
    enum ndup_rule other_rule = ranked->other_rule;
    if (other_rule == NDUP_RULE_EXACT && !is_violated(result, other_rule) &&
        verdict_on(result, NDUP_RULE_DUPLICATE_RATE) != NULL)
        other_rule = NDUP_RULE_DUPLICATE_RATE;
    if (finding->rule != NDUP_RULE_NEW || (!is_violated(result, NDUP_RULE_NEW) && is_violated(result, other_rule)))
        finding->rule = other_rule;
}

/* A finding in the baseline is an error if it makes a rule fail that does not look at the baseline. */
static enum ndup_finding_level level_of(const struct ndup_check_result *result, const struct ndup_finding *finding)
{
    if (is_violated(result, finding->rule))
        return NDUP_LEVEL_ERROR;
    return finding->is_new && verdict_on(result, finding->rule) != NULL ? NDUP_LEVEL_WARNING : NDUP_LEVEL_NOTE;
}

/* Moves the findings of one kind to the end of all. */
static size_t gather(struct ndup_findings *from, struct ndup_ranked_finding *all, size_t count)
{
    if (from->count > 0)
        memcpy(all + count, from->heap, from->count * sizeof *all);
    count += from->count;
    from->count = 0;
    return count;
}

static bool add_findings(struct ndup_check *check, uint64_t invalid, struct ndup_check_result *result)
{
    size_t count = check->known.count, most = check->known.most;
    result->findings_total = check->known.total;
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        count += check->findings[i].count;
        result->findings_total += check->findings[i].total;
    }
    /* A run reports only the first bad records, and counts all of them. */
    if (invalid > check->findings[NDUP_RULE_INVALID].total)
        result->findings_total += invalid - check->findings[NDUP_RULE_INVALID].total;
    if (count == 0)
        return true;
    struct ndup_ranked_finding *all = ndup_alloc(count, sizeof *all);
    result->findings = ndup_alloc(count < most ? count : most, sizeof *result->findings);
    if (all == NULL || result->findings == NULL) {
        free(all);
        return false;
    }
    count = gather(&check->known, all, 0);
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++)
        count = gather(&check->findings[i], all, count);
    for (size_t i = 0; i < count; i++) {
        settle_rule(result, &all[i]);
        all[i].finding.level = level_of(result, &all[i].finding);
    }
    qsort(all, count, sizeof *all, ndup_ranked_finding_compare);
    for (size_t i = 0; i < count; i++) {
        if (i < most)
            result->findings[result->finding_count++] = all[i].finding;
        else
            ndup_finding_free(&all[i].finding);
    }
    free(all);
    return true;
}

/* ---- splits and baseline ----------------------------------------------------------------------------------------- */

static bool add_splits(struct ndup_check *check, const struct ndup_check_runs *runs, struct ndup_check_result *result)
{
    size_t n = check->split_count;
    if (n == 0 || runs->leaks == NULL)
        return true;
    result->split_names = ndup_calloc(n, sizeof *result->split_names);
    result->split_documents = ndup_calloc(n, sizeof *result->split_documents);
    result->leaks = check->cells != NULL ? check->cells : ndup_calloc(n * n, sizeof *result->leaks);
    check->cells = NULL;
    result->split_short = runs->split_short != NULL ? ndup_calloc(n, sizeof *result->split_short) : NULL;
    result->leak_ngram = runs->leak_ngram;
    if (result->split_names == NULL || result->split_documents == NULL || result->leaks == NULL ||
        (runs->split_short != NULL && result->split_short == NULL))
        return false;
    result->split_count = n;
    for (size_t i = 0; i < n; i++) {
        result->split_documents[i] = runs->split_documents[i];
        if (result->split_short != NULL)
            result->split_short[i] = runs->split_short[i];
        if ((result->split_names[i] = strdup(check->split_names[i])) == NULL)
            return false;
    }
    return true;
}

static void add_baseline(const struct ndup_check *check, struct ndup_check_result *result)
{
    result->has_baseline = check->baseline;
    result->baseline_known = check->counts.known;
    result->baseline_new = check->counts.fresh;
    for (size_t i = 0; i < check->contents.capacity; i++) {
        const struct ndup_content_count *c = &check->contents.slots[i];
        result->baseline_missing += c->unit != 0 && c->before > 0 && c->now == 0;
    }
}

neardup_status ndup_check_finish(struct ndup_check *check, const struct ndup_check_runs *runs,
                                 struct ndup_check_result *result, neardup_error *err)
{
    *result = (struct ndup_check_result){.summary = runs->main, .options = runs->options};
    uint64_t invalid = check->findings[NDUP_RULE_INVALID].total > 0 ? count_records(runs).invalid : 0;
    if (!add_verdicts(check, runs, result) || !add_findings(check, invalid, result) ||
        !add_splits(check, runs, result)) {
        ndup_check_result_free(result);
        *result = (struct ndup_check_result){.summary = NULL};
        return ndup_fail_nomem(err);
    }
    if (check->baseline)
        add_baseline(check, result);
    result->allowed = check->counts.allowed;
    result->duplicates = check->counts.documents;
    result->passed = result->violated == 0;
    return NEARDUP_OK;
}
