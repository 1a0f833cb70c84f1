/* SPDX-License-Identifier: MIT
 * Any bytes as a file of verdicts, and as a text of a sample. */
#include "base/platform.h"

#include "suggest/review.h"
#include "suggest/statistics.h"
#include "text/kinds.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void judge(const struct ndup_verdicts *v)
{
    uint64_t same = 0, different = 0;
    double precision;
    struct ndup_interval interval;
    check(v->count > 0 && v->count <= NDUP_REVIEW_STRATA);
    for (size_t i = 0; i < v->count; i++) {
        check(i == 0 || v->strata[i].from > v->strata[i - 1].from);
        same += v->strata[i].same;
        different += v->strata[i].different;
        if (ndup_stratified_precision(v->strata + i, v->count - i, &precision, &interval))
            check(interval.low >= 0 && interval.low <= precision + 1e-9 && precision <= interval.high + 1e-9 &&
                  interval.high <= 1);
    }
    check(same == v->same && different == v->different);
    check(ndup_verdicts_threshold(v, 0.9, false) <= ndup_verdicts_threshold(v, 0.9, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ndup_verdicts verdicts;
    struct ndup_word_table *words;
    double noise;
    neardup_error err = {.message = ""};
    const char *text = (const char *)data;
    neardup_status status = ndup_verdicts_parse(&verdicts, text, size, &err);
    check(status == NEARDUP_OK || (status == NEARDUP_E_FORMAT && err.message[0] != '\0'));
    if (status == NEARDUP_OK)
        judge(&verdicts);
    (void)ndup_text_numbers(text, size);
    (void)ndup_text_has_digit(text, size);
    (void)ndup_text_is_html(text, size);
    (void)ndup_text_script(text, size);
    if (ndup_word_table_create(&words, NULL) != NEARDUP_OK)
        return 0;
    check(ndup_word_table_add(words, text, size, NULL) == NEARDUP_OK);
    check(ndup_word_table_noise(words, &noise, NULL) == NEARDUP_OK && noise >= 0 && noise <= 1);
    ndup_word_table_destroy(words);
    return 0;
}
