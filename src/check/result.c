/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/result.h"

#include "check/findings.h"

#include <stdlib.h>

static const struct ndup_rule_info infos[NDUP_RULE_COUNT] = {
    [NDUP_RULE_DUPLICATE_RATE] =
        {"duplicate-rate", "DuplicateRate", "The share of near-duplicates is within its limit.",
         "Remove the duplicates with `neardup dedup`, raise `--max-duplicate-rate`, or put `--baseline FILE` in its "
         "place, so that only new ones count."},
    [NDUP_RULE_EXACT] = {"exact-duplicates", "ExactDuplicates", "The number of exact duplicates is within its limit.",
                         "Their words are the same, whatever their case, spaces and punctuation. Keep one of each, for "
                         "instance with `neardup dedup`, or raise `--max-exact`."},
    [NDUP_RULE_CLUSTER_SIZE] = {"cluster-size", "ClusterSize", "No cluster of near-duplicates is larger than allowed.",
                                "Large clusters are often templates, error pages or a file that was added twice. Keep "
                                "one document of each, let a text pass with `--allow`, or raise `--max-cluster-size`."},
    [NDUP_RULE_LEAK] = {"split-leak", "SplitLeak", "No text of one split stands in another one.",
                        "What a model has seen in training says nothing in a test. Take the text out of one of the two "
                        "splits. The passage that two records of JSON Lines share, here A:3 and B:48, is shown by "
                        "`neardup compare <(sed -n 3p A | jq -r .text) <(sed -n 48p B | jq -r .text)`."},
    [NDUP_RULE_REPETITION] = {"paragraph-repetition", "ParagraphRepetition",
                              "The share of repeated paragraphs is within its limit.",
                              "Cut them with `neardup dedup --unit paragraph`, let a paragraph pass with `--allow`, or "
                              "raise `--max-repetition`."},
    [NDUP_RULE_NEW] = {"new-duplicates", "NewDuplicates", "Nothing is duplicated that the baseline does not know.",
                       "Remove the new copy. If it is meant to be there, add it to the baseline with "
                       "`--update-baseline`."},
    [NDUP_RULE_REFERENCE] = {"reference-duplicates", "ReferenceDuplicates",
                             "No document stands in the reference already.",
                             "Remove the documents that are there already: `neardup dedup --reference` writes the "
                             "others."},
    [NDUP_RULE_INVALID] = {"invalid-records", "InvalidRecords", "Every record can be read.",
                           "Mend the records, or name the field of the text with `--text-field`."},
    [NDUP_RULE_EMPTY] = {"empty-records", "EmptyRecords", "Every record has a text.",
                         "Fill the records or remove them; `neardup dedup --drop-empty` does."},
};

const struct ndup_rule_info *ndup_rule_info(enum ndup_rule rule)
{
    return &infos[rule];
}

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
