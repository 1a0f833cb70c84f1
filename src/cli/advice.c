/* SPDX-License-Identifier: MIT
 * The closing lines of find and dedup: where the defaults do not fit the texts that were read, and what to type. A run over short
 * messages at the defaults finds their exact copies and few others, and looks as if there were no more.
 *
 * A line advises only options that the person did not set, and says how many documents or pairs it counted. doc/quality.md,
 * "Presets", has the figures of real corpora. */
#include "base/platform.h"

#include "cli/runjob.h"

#include "term/number.h"

enum {
    MOST_LINES = 2,
    /* Fewer say little about a corpus, and whoever tries neardup with five lines knows what is in them. */
    LEAST_DOCUMENTS = 100,
    /* Percent of the documents. Half: a preset changes the question for the whole corpus. Markup is never wanted, and one page in ten
     * does not happen by chance. Of 16 corpora these give sms, thai, er the line on short texts, tang and aozora that on Chinese
     * and Japanese, lohelp-en as HTML that on HTML, and the other ten none of the three. */
    BRIEF_PERCENT = 50,
    IDEOGRAPH_PERCENT = 50,
    MARKUP_PERCENT = 10,
    /* Pairs just below the threshold, in percent of those at or above it. */
    BELOW_PERCENT = 25,
    LEAST_BELOW = 20,
};

static bool reaches(uint64_t count, uint64_t of, unsigned percent)
{
    return count > 0 && count * 100 >= of * percent;
}

/* Neither is given, in neardup.toml or by a preset. */
static bool by_default(const struct ndup_settings *s)
{
    return s->threshold_given == 0 && s->ngram == 0;
}

void ndup_runjob_advise(const struct ndup_runjob *run)
{
    const struct ndup_settings *s = &run->cli->settings;
    const struct ndup_msg *msg = &run->cli->msg;
    const neardup_summary *sum = neardup_job_summary(run->job);
    double threshold = run->options.threshold, lower = threshold - 0.1;
    unsigned lines = 0;
    if (msg->verbosity < 0 || sum->brief_tokens == 0 || sum->documents < LEAST_DOCUMENTS)
        return;
    bool ideographs = by_default(s) && reaches(sum->ideograph_documents, sum->documents, IDEOGRAPH_PERCENT);
    bool brief = by_default(s) && reaches(sum->brief_documents, sum->documents, BRIEF_PERCENT);
    if (reaches(sum->markup_documents, sum->documents, MARKUP_PERCENT)) {
        ndup_msg_hint(msg, "%s of the documents are HTML, compared with their tags: try --html text",
                      ndup_number_percent(sum->markup_documents, sum->documents).text);
        lines++;
    }
    if (ideographs) {
        ndup_msg_hint(msg,
                      "%s of the documents are Chinese or Japanese, where five characters are about three words: try "
                      "--preset chinese",
                      ndup_number_percent(sum->ideograph_documents, sum->documents).text);
        lines++;
    } else if (brief) {
        ndup_msg_hint(msg,
                      "%s of the documents have fewer than %s words, so that one changed word can hide a copy: try "
                      "--ngram 3 --threshold 0.5",
                      ndup_number_percent(sum->brief_documents, sum->documents).text,
                      ndup_number_group(sum->brief_tokens).text);
        lines++;
    }
    if (lines < MOST_LINES && s->threshold_given == 0 && sum->pairs_below >= LEAST_BELOW &&
        reaches(sum->pairs_below, sum->edges, BELOW_PERCENT))
        ndup_msg_hint(
            msg, "at least %s more pairs have a similarity from %g to %g, just below the threshold: try --threshold %g",
            ndup_number_group(sum->pairs_below).text, lower, threshold, lower);
}
