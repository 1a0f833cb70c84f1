/* SPDX-License-Identifier: MIT
 * The closing lines of find and dedup: where the defaults do not fit the texts that were read, and what to type. A run over short
 * messages at the defaults finds their exact copies and few others, and looks as if there were no more.
 *
 * A line advises only options that the person did not set, and says how many documents or pairs it counted. text/kinds.h has the
 * limits, and doc/quality.md, "Presets", the figures of real corpora. */
#include "base/platform.h"

#include "cli/runjob.h"

#include "term/number.h"
#include "text/kinds.h"

enum {
    MOST_LINES = 2,
    /* Fewer say little about a corpus, and whoever tries neardup with five lines knows what is in them. */
    LEAST_DOCUMENTS = 100,
    /* Pairs just below the threshold, in percent of those at or above it. */
    BELOW_PERCENT = 25,
    LEAST_BELOW = 20,
    /* Near-duplicates that differ from what is kept in numbers only: of bills and forecasts nearly all; of short messages (sms)
     * 7 %, which are campaigns with another telephone number, and of six other real corpora at most 5 %. */
    NUMBERS_PERCENT = 50,
    LEAST_NUMBERS = 20,
};

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
    if (!run->options.keep_numbers && sum->numbers_differ >= LEAST_NUMBERS &&
        ndup_share_reaches(sum->numbers_differ, sum->near, NUMBERS_PERCENT)) {
        ndup_msg_hint(
            msg, "%s of %s near-duplicates differ from what is kept in numbers only, as bills do: try --numbers keep",
            ndup_number_group(sum->numbers_differ).text, ndup_number_group(sum->near).text);
        lines++;
    }
    bool ideographs = by_default(s) && ndup_share_reaches(sum->ideograph_documents, sum->documents, NDUP_MOST_PERCENT);
    bool brief = by_default(s) && ndup_share_reaches(sum->brief_documents, sum->documents, NDUP_MOST_PERCENT);
    if (ndup_share_reaches(sum->markup_documents, sum->documents, NDUP_HTML_PERCENT)) {
        ndup_msg_hint(msg, "%s of the documents are HTML, compared with their tags: try --html text",
                      ndup_number_percent(sum->markup_documents, sum->documents).text);
        lines++;
    }
    if (lines < MOST_LINES && ideographs) {
        ndup_msg_hint(msg,
                      "%s of the documents are Chinese or Japanese, where five characters are about three words: try "
                      "--preset chinese",
                      ndup_number_percent(sum->ideograph_documents, sum->documents).text);
        lines++;
    } else if (lines < MOST_LINES && brief) {
        ndup_msg_hint(msg,
                      "%s of the documents have fewer than %s words, so that one changed word can hide a copy: try "
                      "--ngram 3 --threshold 0.5",
                      ndup_number_percent(sum->brief_documents, sum->documents).text,
                      ndup_number_group(sum->brief_tokens).text);
        lines++;
    }
    if (lines < MOST_LINES && s->threshold_given == 0 && sum->pairs_below >= LEAST_BELOW &&
        ndup_share_reaches(sum->pairs_below, sum->edges, BELOW_PERCENT))
        ndup_msg_hint(
            msg, "at least %s more pairs have a similarity from %g to %g, just below the threshold: try --threshold %g",
            ndup_number_group(sum->pairs_below).text, lower, threshold, lower);
}
