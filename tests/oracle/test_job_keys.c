/* SPDX-License-Identifier: MIT
 * No result depends on the key that decisions are hashed with: folders of runs under several keys have the same bytes. */
#define _GNU_SOURCE
#include "base/key.h"
#include "support/jobs.h"
#include "support/records.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(job_keys, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

static struct records records;

static void run(neardup_job_options o, unsigned long long key, const char *output)
{
    char *path = strdup(test_path(output));
    ndup_key_set(key);
    o.output_dir = path;
    neardup_job_destroy(test_run(&o, (const char *const[]){"in", NULL}, NULL));
    free(path);
}

Test(job_keys, results_do_not_depend_on_them)
{
    static const unsigned units[] = {NEARDUP_UNIT_DOCUMENT, NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH,
                                     NEARDUP_UNIT_LINE};
    for (unsigned long long round = 0; round < 12; round++) {
        neardup_job_options o = test_options(NULL);
        o.text_field = "doc.text";
        o.id_field = "meta.id";
        o.units = units[round % 3];
        o.pairs = o.units != NEARDUP_UNIT_LINE;
        o.inside_documents = round % 2 == 0;
        o.all_candidates = round % 4 == 1;
        o.method = round % 4 == 3 ? NEARDUP_METHOD_SIMHASH : NEARDUP_METHOD_MINHASH;
        o.keep = round % 5 == 0 ? NEARDUP_KEEP_CONTENT : NEARDUP_KEEP_FIRST;
        o.profile.ngram = o.paragraph_profile.ngram = 2;
        o.threshold = 0.5;
        records_make(&records, round + 1, 6, true);
        records_write(&records, "in", false);
        run(o, 1, "one");
        run(o, 2, "two");
        run(o, round + 1000, "other");
        test_same_folders("one", "two");
        test_same_folders("one", "other");
        test_folder_remove();
        test_folder_make();
    }
}
