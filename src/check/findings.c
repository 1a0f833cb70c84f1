/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/findings.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

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

int ndup_ranked_compare(const void *left, const void *right)
{
    const struct ndup_ranked *a = left, *b = right;
    if (a->finding.level != b->finding.level)
        return a->finding.level < b->finding.level ? -1 : 1;
    return compare(a->finding.cost, a->finding.fingerprint, a->number, b->finding.cost, b->finding.fingerprint,
                   b->number);
}

/* Whether a is the less important one: levels are not decided yet. */
static bool below(const struct ndup_ranked *a, const struct ndup_ranked *b)
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
    const struct ndup_ranked *least = &findings->heap[0];
    return compare(cost, fingerprint, number, least->finding.cost, least->finding.fingerprint, least->number) < 0;
}

static void swap(struct ndup_ranked *a, struct ndup_ranked *b)
{
    struct ndup_ranked other = *a;
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

bool ndup_findings_put(struct ndup_findings *findings, struct ndup_ranked *ranked)
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
