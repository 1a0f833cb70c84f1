/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/mem.h"
#include "check/findings.h"
#include "term/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static const struct ndup_rule_info infos[NDUP_RULE_COUNT] = {
    [NDUP_RULE_DUPLICATE_RATE] =
        {"duplicate-rate", "DuplicateRate", "The share of near-duplicates is within its limit.",
         "Remove the duplicates with `neardup dedup`, raise `--max-duplicate-rate`, or use `--baseline FILE` instead, "
         "so that only new duplicates count."},
    [NDUP_RULE_EXACT] = {"exact-duplicates", "ExactDuplicates", "The number of exact duplicates is within its limit.",
                         "The texts differ only in case, spacing and typographic punctuation. Keep one of each, for "
                         "instance with `neardup dedup`, or raise `--max-exact`."},
    [NDUP_RULE_CLUSTER_SIZE] = {"cluster-size", "ClusterSize", "No cluster of near-duplicates is larger than allowed.",
                                "Large clusters are often templates, error pages or a file that was added twice. Keep "
                                "one document of each, ignore a text with `--allow`, or raise `--max-cluster-size`."},
    [NDUP_RULE_LEAK] =
        {"split-leak", "SplitLeak", "No text of one split is in another split.",
         "A test on texts of the training set proves nothing. Remove the text from one of the two splits. "
         "`neardup compare` shows the passage that two texts share."},
    [NDUP_RULE_REPETITION] = {"paragraph-repetition", "ParagraphRepetition",
                              "The share of repeated paragraphs is within its limit.",
                              "Cut them with `neardup dedup --unit paragraph`, ignore a paragraph with `--allow`, or "
                              "raise `--max-repetition`."},
    [NDUP_RULE_NEW] = {"new-duplicates", "NewDuplicates", "All duplicates are in the baseline.",
                       "Remove the new copy. If it is right, add it to the baseline with "
                       "`--update-baseline`."},
    [NDUP_RULE_REFERENCE] = {"reference-duplicates", "ReferenceDuplicates", "No document is already in the reference.",
                             "Remove these documents: `neardup dedup --reference` writes the others."},
    [NDUP_RULE_INVALID] =
        {"invalid-records", "InvalidRecords", "Every record can be read.",
         "Repair the records, or name the field with the text (`--text-field`) or their encoding (`--encoding`)."},
    [NDUP_RULE_EMPTY] = {"empty-records", "EmptyRecords", "Every record has a text.",
                         "Give the records a text, or remove them with `neardup dedup --drop-empty`."},
};

const struct ndup_rule_info *ndup_rule_info(enum ndup_rule rule)
{
    return &infos[rule];
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

/* A measure that exceeds its limit by less than this share does so only because decimals are rounded: 3 of 1 000 is
 * 0.3 %. */
#define ROUNDING 1e-15L

static bool parse_percent(const char *text, size_t length, struct ndup_limit *limit)
{
    char digits[32];
    double value;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    /* Digits and one point. A number parser also accepts 1e2, inf and 0x1p3, which are mistakes here. */
    if (strspn(digits, "0123456789.") != length || !ndup_number_parse_real(digits, &value) || value > 100)
        return false;
    *limit = (struct ndup_limit){true, true, value};
    return true;
}

bool ndup_limit_parse(const char *text, struct ndup_limit *limit)
{
    uint64_t amount;
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '%')
        return parse_percent(text, length - 1, limit);
    if (!ndup_number_parse_count(text, &amount) || amount > (uint64_t)1 << 53)
        return false;
    *limit = (struct ndup_limit){true, false, (double)amount};
    return true;
}

bool ndup_limit_exceeded(const struct ndup_limit *limit, uint64_t part, uint64_t whole)
{
    if (!limit->given)
        return false;
    if (!limit->percent)
        return (long double)part > (long double)limit->value;
    return (long double)part * 100 > (long double)limit->value * (long double)whole * (1 + ROUNDING);
}

struct ndup_limit_text ndup_limit_show(const struct ndup_limit *limit)
{
    struct ndup_limit_text out;
    if (limit->percent)
        snprintf(out.text, sizeof out.text, "%.10g %%", limit->value);
    else
        snprintf(out.text, sizeof out.text, "%s", ndup_number_group((uint64_t)limit->value).text);
    return out;
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

/* Removes the last component of out[0..length); false if that is ".." or if there is none. */
static bool step_up(const char *out, size_t *length, bool absolute)
{
    size_t begin = *length;
    while (begin > 0 && out[begin - 1] != '/')
        begin--;
    if (*length - begin == 2 && memcmp(out + begin, "..", 2) == 0)
        return false;
    if (begin == *length)
        return absolute; /* the parent of the root is the root */
    *length = begin > 1 ? begin - 1 : begin;
    return true;
}

/* Works in place: the result is never longer than the input. */
static void normalise(char *path)
{
    bool absolute = path[0] == '/';
    size_t length = absolute ? 1 : 0;
    for (const char *at = path; *at != '\0';) {
        size_t n = strcspn(at, "/");
        bool nothing = n == 0 || (n == 1 && at[0] == '.');
        bool up = n == 2 && at[0] == '.' && at[1] == '.';
        const char *next = at + n + (at[n] == '/');
        if (!nothing && !(up && step_up(path, &length, absolute))) {
            if (length > 0 && path[length - 1] != '/')
                path[length++] = '/';
            memmove(path + length, at, n);
            length += n;
        }
        at = next;
    }
    path[length] = '\0';
}

/* The part of the path below the folder; NULL: it is not below. */
static const char *below_relative(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    while (n > 0 && folder[n - 1] == '/')
        n--;
    return strncmp(path, folder, n) == 0 && path[n] == '/' && path[n + 1] != '\0' ? path + n + 1 : NULL;
}

static char *join(const char *folder, const char *path)
{
    char *joined;
    return asprintf(&joined, "%s/%s", folder, path) >= 0 ? joined : NULL;
}

/* Makes the path relative if it is below a directory. */
static bool shorten(char *path, const char *const *directories, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *rest = below_relative(path, directories[i]);
        if (rest == NULL)
            continue;
        memmove(path, rest, strlen(rest) + 1);
        return true;
    }
    return false;
}

char *ndup_relative_path(const char *path, const char *const *directories, size_t count)
{
    char *own = strdup(path);
    if (own == NULL)
        return NULL;
    normalise(own);
    if (own[0] == '/')
        (void)shorten(own, directories, count);
    if (strncmp(own, "../", 3) != 0 || count == 0)
        return own;
    /* It may lead back: "../repository/data". */
    char *whole = join(directories[0], own);
    if (whole != NULL) {
        normalise(whole);
        if (shorten(whole, directories, count)) {
            free(own);
            return whole;
        }
    } else {
        free(own);
        own = NULL;
    }
    free(whole);
    return own;
}

static bool show(struct ndup_location *location, const char *const *directories, size_t count)
{
    if (location->file[0] != '/' && strstr(location->file, "./") == NULL && strstr(location->file, "//") == NULL)
        return true;
    location->shown = ndup_relative_path(location->file, directories, count);
    return location->shown != NULL;
}

bool ndup_relative_places(struct ndup_check_result *result, const char *const *directories, size_t count)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        struct ndup_finding *finding = &result->findings[i];
        for (size_t k = 0; k < finding->location_count; k++) {
            if (!show(&finding->locations[k], directories, count))
                return false;
        }
    }
    return true;
}

/* ---- the costliest findings -------------------------------------------------------------------------------------- */

static int compare(uint64_t cost_a, const char *print_a, uint64_t number_a, uint64_t cost_b, const char *print_b,
                   uint64_t number_b)
{
    if (cost_a != cost_b)
        return cost_a > cost_b ? -1 : 1;
    int order = strcmp(print_a, print_b);
    if (order != 0)
        return order;
    return number_a < number_b ? -1 : number_a > number_b;
}

int ndup_ranked_finding_compare(const void *left, const void *right)
{
    const struct ndup_ranked_finding *a = left, *b = right;
    if (a->finding.level != b->finding.level)
        return a->finding.level < b->finding.level ? -1 : 1;
    return compare(a->finding.cost, a->finding.fingerprint, a->number, b->finding.cost, b->finding.fingerprint,
                   b->number);
}

/* Whether a is less important. Levels do not count: they are not decided yet. */
static bool below(const struct ndup_ranked_finding *a, const struct ndup_ranked_finding *b)
{
    return compare(a->finding.cost, a->finding.fingerprint, a->number, b->finding.cost, b->finding.fingerprint,
                   b->number) > 0;
}

bool ndup_findings_want(const struct ndup_findings *findings, uint64_t cost, const char *fingerprint, uint64_t number)
{
    if (findings->count < findings->most)
        return true;
    if (findings->most == 0)
        return false;
    const struct ndup_ranked_finding *least = &findings->heap[0];
    return compare(cost, fingerprint, number, least->finding.cost, least->finding.fingerprint, least->number) < 0;
}

static void swap(struct ndup_ranked_finding *a, struct ndup_ranked_finding *b)
{
    struct ndup_ranked_finding other = *a;
    *a = *b;
    *b = other;
}

static void sift_up(struct ndup_findings *f, size_t i)
{
    for (; i > 0 && below(&f->heap[i], &f->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&f->heap[i], &f->heap[(i - 1) / 2]);
}

static void sift_down(struct ndup_findings *f, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        if (left < f->count && below(&f->heap[left], &f->heap[least]))
            least = left;
        if (right < f->count && below(&f->heap[right], &f->heap[least]))
            least = right;
        if (least == i)
            return;
        swap(&f->heap[i], &f->heap[least]);
        i = least;
    }
}

bool ndup_findings_put(struct ndup_findings *findings, struct ndup_ranked_finding *ranked)
{
    if (!ndup_findings_want(findings, ranked->finding.cost, ranked->finding.fingerprint, ranked->number)) {
        ndup_finding_free(&ranked->finding);
        return true;
    }
    if (findings->count == findings->most) {
        ndup_finding_free(&findings->heap[0].finding);
        findings->heap[0] = *ranked;
        sift_down(findings, 0);
        return true;
    }
    if (!ndup_grow(&findings->heap, &findings->capacity, findings->count + 1, sizeof *findings->heap)) {
        ndup_finding_free(&ranked->finding);
        return false;
    }
    findings->heap[findings->count++] = *ranked;
    sift_up(findings, findings->count - 1);
    return true;
}

void ndup_finding_free(struct ndup_finding *finding)
{
    for (size_t i = 0; i < finding->location_count; i++) {
        free(finding->locations[i].file);
        free(finding->locations[i].name);
        free(finding->locations[i].shown);
        free(finding->locations[i].id);
    }
    free(finding->locations);
    free(finding->message);
    finding->locations = NULL;
    finding->message = NULL;
    finding->location_count = 0;
}

void ndup_findings_free(struct ndup_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        ndup_finding_free(&findings->heap[i].finding);
    free(findings->heap);
    findings->heap = NULL;
    findings->count = findings->capacity = 0;
}

/* ---- the result -------------------------------------------------------------------------------------------------- */

void ndup_check_result_free(struct ndup_check_result *result)
{
    for (size_t i = 0; i < result->verdict_count; i++)
        free(result->verdicts[i].message);
    free(result->verdicts);
    for (size_t i = 0; i < result->finding_count; i++)
        ndup_finding_free(&result->findings[i]);
    free(result->findings);
    for (size_t i = 0; i < result->split_count; i++)
        free(result->split_names[i]);
    free(result->split_names);
    free(result->split_documents);
    free(result->split_short);
    free(result->leaks);
    *result = (struct ndup_check_result){0};
}
