/* SPDX-License-Identifier: MIT
 * Turns clusters, leaks and bad records into counts and findings. */
#include "base/platform.h"

#include "check/check.h"

#include "base/buf.h"
#include "base/mem.h"
#include "check/findings.h"
#include "run/json_write.h"
#include "term/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define MOST_LOCATIONS 100u /* of a finding: code scanning shows 100 (report_sarif.c), and no other format shows more */

void ndup_check_init(struct ndup_check *check, size_t most)
{
    *check = (struct ndup_check){.last_leaking = UINT64_MAX, .allow_split = UINT32_MAX};
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++)
        check->findings[i].most = most;
    check->known.most = most;
}

void ndup_check_free(struct ndup_check *check)
{
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++)
        ndup_findings_free(&check->findings[i]);
    ndup_findings_free(&check->known);
    ndup_contents_free(&check->contents);
    ndup_contents_free(&check->allowed);
    ndup_contents_free(&check->allowed_clusters);
    free(check->cells);
    check->cells = NULL;
}

static bool out_of_memory(struct ndup_check *check)
{
    check->failed = true;
    return false;
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

static const char *path_of(const neardup_ref *ref)
{
    return ref->path == NULL || strcmp(ref->path, "-") == 0 ? ref->file : ref->path;
}

/* The text of the buffer with a NUL; the caller frees it. NULL: no memory. */
static char *take_text(struct ndup_buf *buf)
{
    ndup_buf_append(buf, "", 1);
    char *text = buf->failed ? NULL : buf->data;
    if (buf->failed)
        ndup_buf_free(buf);
    return text;
}

static bool add_location(struct ndup_finding *finding, const neardup_ref *ref, neardup_reason reason, double score)
{
    struct ndup_location *at = &finding->locations[finding->location_count];
    *at = (struct ndup_location){
        .file = strdup(path_of(ref)), .name = strdup(ref->file), .line = ref->line, .score = score, .reason = reason};
    finding->location_count++; /* also where memory lacks: what there is is freed with the finding */
    if (at->file == NULL || at->name == NULL)
        return false;
    if (ref->id == NULL)
        return true;
    struct ndup_buf id = NDUP_BUF_INIT;
    ndup_json_write_plain(&id, ref->id, ref->id_length);
    at->id = take_text(&id);
    return at->id != NULL;
}

static bool room(struct ndup_finding *finding, uint64_t locations)
{
    finding->locations_total = locations;
    uint64_t most = locations < MOST_LOCATIONS ? locations : MOST_LOCATIONS;
    finding->locations = ndup_alloc((size_t)most, sizeof *finding->locations);
    return finding->locations != NULL;
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

struct cluster_facts {
    neardup_content least; /* of all contents: the fingerprint of the cluster, whatever the order of its documents */
    uint64_t cost, bytes, exact, contained;
    uint64_t copies;  /* exact ones of an earlier document; counted only if exact-duplicates has a limit */
    double low, high; /* similarity of the members */
    struct ndup_baseline_news news;
};

static double score_of(const neardup_member *member)
{
    return member->reason == NEARDUP_CONTAINED ? member->containment : member->jaccard;
}

static void gather_facts(const neardup_cluster *cluster, struct cluster_facts *facts)
{
    *facts =
        (struct cluster_facts){.least = cluster->keeper.content, .low = 1, .news.first_fresh = cluster->member_count};
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        const neardup_member *m = &cluster->members[i];
        double score = score_of(m);
        facts->cost += m->document.tokens;
        facts->bytes += m->document.record_bytes;
        facts->exact += m->reason == NEARDUP_EXACT;
        facts->contained += m->reason == NEARDUP_CONTAINED;
        facts->low = score < facts->low ? score : facts->low;
        facts->high = score > facts->high ? score : facts->high;
        /* A reference can change while the checked files do not, so its contents are not used. */
        if (ndup_content_compare(m->document.content, facts->least) < 0 || (i == 0 && cluster->keeper.reference))
            facts->least = m->document.content;
    }
}

struct copy {
    neardup_content content;
    uint64_t form;
};

static struct copy copy_of(const neardup_ref *ref)
{
    return (struct copy){ref->content, ref->form};
}

static int by_content(const void *left, const void *right)
{
    const struct copy *a = left, *b = right;
    int order = ndup_content_compare(a->content, b->content);
    return order != 0 ? order : (a->form > b->form) - (a->form < b->form);
}

/* Two exact copies of each other may both be near-duplicates of a third text, so contents and forms decide, not reasons. */
static bool count_copies(struct ndup_check *check, const neardup_cluster *cluster, struct cluster_facts *facts)
{
    size_t count = (size_t)cluster->member_count;
    if (!check->limits[NDUP_RULE_EXACT].given || cluster->keeper.unit != NEARDUP_UNIT_DOCUMENT ||
        cluster->keeper.reference)
        return true;
    struct copy *copies = ndup_alloc(count + 1, sizeof *copies);
    if (copies == NULL)
        return out_of_memory(check);
    for (size_t i = 0; i < count; i++)
        copies[i] = copy_of(&cluster->members[i].document);
    copies[count++] = copy_of(&cluster->keeper);
    qsort(copies, count, sizeof *copies, by_content);
    for (size_t i = 1; i < count; i++)
        facts->copies += by_content(&copies[i - 1], &copies[i]) == 0;
    free(copies);
    return true;
}

static bool is_allowed(const struct ndup_check *check, const neardup_cluster *cluster)
{
    if (cluster->keeper.reference && cluster->keeper.split == check->allow_split)
        return true;
    if (check->allowed.count == 0)
        return false;
    if (ndup_contents_find(&check->allowed, cluster->keeper.content, NDUP_ANY_UNIT) != NULL)
        return true;
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        if (ndup_contents_find(&check->allowed, cluster->members[i].document.content, NDUP_ANY_UNIT) != NULL)
            return true;
    }
    return false;
}

static bool compare_with_baseline(struct ndup_check *check, const neardup_cluster *cluster, struct cluster_facts *facts)
{
    if (!ndup_baseline_add_cluster(&check->contents, cluster, &facts->news))
        return out_of_memory(check);
    check->counts.fresh += facts->news.fresh;
    check->counts.known += cluster->member_count - facts->news.fresh;
    return true;
}

static void count(struct ndup_check_counts *counts, const neardup_cluster *cluster, const struct cluster_facts *facts)
{
    if (cluster->keeper.unit != NEARDUP_UNIT_DOCUMENT) {
        counts->part_tokens += facts->cost;
        return;
    }
    if (cluster->keeper.reference) {
        counts->reference += cluster->member_count;
        return;
    }
    counts->documents += cluster->member_count;
    counts->bytes += facts->bytes;
    counts->tokens += facts->cost;
    counts->exact += facts->copies;
    counts->largest = cluster->documents > counts->largest ? cluster->documents : counts->largest;
}

/* The rule of the finding, whether the baseline has it or not: the narrowest one that was requested. */
static enum ndup_rule rule_of(const struct ndup_check *check, const neardup_cluster *cluster,
                              const struct cluster_facts *facts, const neardup_summary *summary)
{
    const struct ndup_limit *limits = check->limits;
    if (cluster->keeper.unit != NEARDUP_UNIT_DOCUMENT)
        return NDUP_RULE_REPETITION;
    if (cluster->keeper.reference)
        return NDUP_RULE_REFERENCE;
    if (ndup_limit_exceeded(&limits[NDUP_RULE_CLUSTER_SIZE], cluster->documents, summary->documents))
        return NDUP_RULE_CLUSTER_SIZE;
    return facts->copies > 0 ? NDUP_RULE_EXACT : NDUP_RULE_DUPLICATE_RATE;
}

static unsigned bit(enum ndup_rule rule)
{
    return 1U << rule;
}

/* All rules that count it. */
static unsigned rules_of(const struct ndup_check *check, const neardup_cluster *cluster,
                         const struct cluster_facts *facts, enum ndup_rule narrowest)
{
    unsigned rules = bit(narrowest);
    if (check->baseline && facts->news.fresh > 0)
        rules |= bit(NDUP_RULE_NEW);
    if (cluster->keeper.unit == NEARDUP_UNIT_DOCUMENT && !cluster->keeper.reference)
        rules |= bit(NDUP_RULE_DUPLICATE_RATE) | (facts->copies > 0 ? bit(NDUP_RULE_EXACT) : 0);
    return rules;
}

/* "3 near-duplicates of a.jsonl:17 (0.83 to 1)" */
static char *cluster_message(const struct ndup_check *check, const neardup_cluster *cluster,
                             const struct cluster_facts *facts)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    uint64_t n = cluster->member_count;
    bool all_exact = facts->exact == n;
    const char *kind = cluster->keeper.unit == NEARDUP_UNIT_PARAGRAPH ? "paragraph"
                       : cluster->keeper.unit == NEARDUP_UNIT_LINE    ? "line"
                                                                      : NULL;
    if (kind != NULL)
        ndup_buf_printf(&buf, "%s %s of the %s at ", ndup_number_group(n).text, n == 1 ? "repeat" : "repeats", kind);
    else if (all_exact)
        ndup_buf_printf(&buf, "%s exact %s of ", ndup_number_group(n).text, n == 1 ? "copy" : "copies");
    else if (facts->contained == n)
        ndup_buf_printf(&buf, "%s document%s contained in ", ndup_number_group(n).text, n == 1 ? "" : "s");
    else
        ndup_buf_printf(&buf, "%s near-duplicate%s of ", ndup_number_group(n).text, n == 1 ? "" : "s");
    ndup_buf_printf(&buf, "%s%s:%" PRIu64, cluster->keeper.reference ? "the reference's " : "", cluster->keeper.file,
                    cluster->keeper.line);
    if (!all_exact && facts->low < facts->high)
        ndup_buf_printf(&buf, " (%s to %s)", ndup_number_score(facts->low).text, ndup_number_score(facts->high).text);
    else if (!all_exact)
        ndup_buf_printf(&buf, " (%s)", ndup_number_score(facts->high).text);
    if (!all_exact && facts->copies > 0)
        ndup_buf_printf(&buf, ", %s exact %s among them", ndup_number_group(facts->copies).text,
                        facts->copies == 1 ? "copy" : "copies");
    if (check->baseline && facts->news.fresh > 0 && facts->news.fresh < n)
        ndup_buf_printf(&buf, ", %s of them new", ndup_number_group(facts->news.fresh).text);
    return take_text(&buf);
}

static bool add_member(struct ndup_finding *finding, const neardup_member *member)
{
    bool good = add_location(finding, &member->document, member->reason, score_of(member));
    finding->locations[finding->location_count - 1].numbers_differ = member->numbers_differ;
    return good;
}

/* First the location to annotate: the first new copy, or the first copy. Then the keeper, then the others. */
static bool cluster_locations(struct ndup_finding *finding, const neardup_cluster *cluster,
                              const struct cluster_facts *facts)
{
    uint64_t first = facts->news.first_fresh < cluster->member_count ? facts->news.first_fresh : 0;
    const neardup_member *m = &cluster->members[first];
    if (!room(finding, cluster->member_count + !cluster->all_removed))
        return false;
    if (facts->news.only_keeper && !add_location(finding, &cluster->keeper, NEARDUP_EXACT, 0))
        return false;
    if (!add_member(finding, m))
        return false;
    if (!facts->news.only_keeper && !cluster->all_removed && !add_location(finding, &cluster->keeper, NEARDUP_EXACT, 0))
        return false;
    for (uint64_t i = 0; i < cluster->member_count && finding->location_count < MOST_LOCATIONS; i++) {
        m = &cluster->members[i];
        if (i != first && !add_member(finding, m))
            return false;
    }
    return true;
}

/* Stores a finding, if `good` says that it is complete. */
static bool put(struct ndup_check *check, struct ndup_findings *among, struct ndup_ranked_finding *ranked, bool good)
{
    if (!good || ranked->finding.message == NULL) {
        ndup_finding_free(&ranked->finding);
        return out_of_memory(check);
    }
    return ndup_findings_put(among, ranked) || out_of_memory(check);
}

/* A near miss of an allowed cluster is allowed, too: it is near to an allowed text. */
static bool remember_allowed(struct ndup_check *check, const neardup_cluster *cluster)
{
    if (!check->baseline)
        return true;
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        if (ndup_contents_add(&check->allowed_clusters, cluster->members[i].document.content, NDUP_ANY_UNIT) == NULL)
            return out_of_memory(check);
    }
    return true;
}

bool ndup_check_cluster(struct ndup_check *check, const neardup_cluster *cluster, const neardup_summary *summary)
{
    struct cluster_facts facts;
    if (is_allowed(check, cluster)) {
        check->counts.allowed += cluster->member_count;
        return remember_allowed(check, cluster);
    }
    gather_facts(cluster, &facts);
    if (!count_copies(check, cluster, &facts))
        return false;
    if (check->baseline && !compare_with_baseline(check, cluster, &facts))
        return false;
    count(&check->counts, cluster, &facts);
    bool known = check->baseline && facts.news.fresh == 0;
    enum ndup_rule other_rule = rule_of(check, cluster, &facts, summary), rule = other_rule;
    bool reference = rule == NDUP_RULE_REFERENCE && check->limits[rule].given;
    if (check->baseline && facts.news.fresh > 0 && !reference)
        rule = NDUP_RULE_NEW;
    struct ndup_findings *among = known && rule != NDUP_RULE_REFERENCE ? &check->known : &check->findings[rule];
    struct ndup_ranked_finding ranked = {.finding = {.rule = rule, .is_new = !known, .cost = facts.cost},
                                         .other_rule = other_rule,
                                         .number = check->number++};
    ranked.finding.rules = rules_of(check, cluster, &facts, other_rule);
    ndup_content_print(ranked.finding.fingerprint, facts.least);
    among->total++;
    if (!ndup_findings_want(among, facts.cost, ranked.finding.fingerprint, ranked.number))
        return true;
    ranked.finding.message = cluster_message(check, cluster, &facts);
    return put(check, among, &ranked, cluster_locations(&ranked.finding, cluster, &facts));
}

static char *near_miss_message(const neardup_pair *pair)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_buf_printf(&buf, "near-duplicate of %s:%" PRIu64 " (%s), which duplicates another text", pair->b.file,
                    pair->b.line, ndup_number_score(pair->jaccard).text);
    return take_text(&buf);
}

static bool is_near_miss_allowed(const struct ndup_check *check, const neardup_pair *pair)
{
    return ndup_contents_find(&check->allowed, pair->a.content, NDUP_ANY_UNIT) != NULL ||
           ndup_contents_find(&check->allowed, pair->b.content, NDUP_ANY_UNIT) != NULL ||
           ndup_contents_find(&check->allowed_clusters, pair->b.content, NDUP_ANY_UNIT) != NULL;
}

bool ndup_check_near_miss(struct ndup_check *check, const neardup_pair *pair)
{
    struct ndup_findings *among = &check->findings[NDUP_RULE_NEW];
    bool fresh;
    if (is_near_miss_allowed(check, pair)) {
        check->counts.allowed++;
        return true;
    }
    if (!ndup_baseline_add_copy(&check->contents, &pair->a, &fresh))
        return out_of_memory(check);
    check->counts.known += !fresh;
    check->counts.fresh += fresh;
    if (!fresh)
        return true;
    struct ndup_ranked_finding ranked = {
        .finding = {.rule = NDUP_RULE_NEW, .rules = bit(NDUP_RULE_NEW), .is_new = true, .cost = pair->a.tokens},
        .other_rule = NDUP_RULE_NEW,
        .number = check->number++};
    ndup_content_print(ranked.finding.fingerprint, pair->a.content);
    among->total++;
    if (!ndup_findings_want(among, ranked.finding.cost, ranked.finding.fingerprint, ranked.number))
        return true;
    ranked.finding.message = near_miss_message(pair);
    return put(check, among, &ranked,
               room(&ranked.finding, 2) && add_location(&ranked.finding, &pair->a, NEARDUP_NEAR, pair->jaccard) &&
                   add_location(&ranked.finding, &pair->b, NEARDUP_EXACT, 0));
}

/* ---- leaks ------------------------------------------------------------------------------------------------------- */

static char *leak_message(const struct ndup_check *check, const neardup_leak *leak)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    const char *to = check->split_names[leak->document.split], *from = check->split_names[leak->source.split];
    if (leak->reason == NEARDUP_EXACT)
        ndup_buf_printf(&buf, "text of '%s' is an exact copy of '%s'", to, from);
    else if (leak->reason == NEARDUP_NEAR)
        ndup_buf_printf(&buf, "text of '%s' is a near-duplicate (%s) of '%s'", to,
                        ndup_number_score(leak->jaccard).text, from);
    else
        ndup_buf_printf(&buf, "%d %% of a text of '%s' is in '%s'", (int)(leak->containment * 100 + 1e-9), to, from);
    ndup_buf_printf(&buf, ", at %s:%" PRIu64, leak->source.file, leak->source.line);
    return take_text(&buf);
}

static bool count_leak(struct ndup_check *check, const neardup_leak *leak)
{
    if (check->cells == NULL &&
        (check->cells = ndup_calloc(check->split_count * check->split_count, sizeof *check->cells)) == NULL)
        return out_of_memory(check);
    struct ndup_leak_cell *cell = &check->cells[leak->source.split * check->split_count + leak->document.split];
    cell->documents++;
    cell->exact += leak->reason == NEARDUP_EXACT;
    cell->near += leak->reason == NEARDUP_NEAR;
    cell->contained += leak->reason == NEARDUP_CONTAINED;
    check->counts.leaking += check->last_leaking != leak->document.index;
    check->last_leaking = leak->document.index;
    return true;
}

bool ndup_check_leak(struct ndup_check *check, const neardup_leak *leak)
{
    if (check->allowed.count > 0 &&
        ndup_contents_find(&check->allowed, leak->document.content, NDUP_ANY_UNIT) != NULL) {
        check->counts.allowed++;
        return true;
    }
    if (!count_leak(check, leak))
        return false;
    struct ndup_findings *among = &check->findings[NDUP_RULE_LEAK];
    struct ndup_ranked_finding ranked = {.finding = {.rule = NDUP_RULE_LEAK,
                                                     .rules = bit(NDUP_RULE_LEAK),
                                                     .is_new = true,
                                                     .cost = leak->document.tokens},
                                         .other_rule = NDUP_RULE_LEAK,
                                         .number = check->number++};
    ndup_content_print(ranked.finding.fingerprint, leak->document.content);
    among->total++;
    if (!ndup_findings_want(among, ranked.finding.cost, ranked.finding.fingerprint, ranked.number))
        return true;
    ranked.finding.message = leak_message(check, leak);
    double score = leak->reason == NEARDUP_CONTAINED ? leak->containment : leak->jaccard;
    bool good =
        room(&ranked.finding, 2) &&
        add_location(&ranked.finding, &leak->document, leak->reason, leak->reason == NEARDUP_EXACT ? 1 : score) &&
        add_location(&ranked.finding, &leak->source, leak->reason, 0);
    return put(check, among, &ranked, good);
}

/* ---- bad records ------------------------------------------------------------------------------------------------- */

bool ndup_check_bad_record(struct ndup_check *check, enum ndup_rule rule, const char *name, const char *path,
                           uint64_t line, const char *message)
{
    struct ndup_findings *among = &check->findings[rule];
    struct ndup_ranked_finding ranked = {
        .finding = {.rule = rule, .rules = bit(rule), .is_new = true}, .other_rule = rule, .number = check->number++};
    neardup_ref ref = {.file = name, .path = path, .line = line};
    /* It has no content, so its place identifies it. */
    XXH128_hash_t hash = XXH3_128bits_withSeed(path, strlen(path), line);
    ndup_content_print(ranked.finding.fingerprint, (neardup_content){hash.high64, hash.low64});
    among->total++;
    if (!ndup_findings_want(among, 0, ranked.finding.fingerprint, ranked.number))
        return true;
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_buf_printf(&text, "%s record: %s", rule == NDUP_RULE_EMPTY ? "empty" : "invalid", message);
    ranked.finding.message = take_text(&text);
    return put(check, among, &ranked,
               room(&ranked.finding, 1) && add_location(&ranked.finding, &ref, NEARDUP_EXACT, 0));
}
