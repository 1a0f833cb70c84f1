/* SPDX-License-Identifier: MIT
 * What kind of text is this? The only judgement, for everything that advises: the closing lines of find and dedup, for which every
 * text of a run is judged, and suggest, which judges a sample. The limits from which on a kind decides for a corpus are here, too.
 *
 * Each text is judged by some of its bytes. Advice concerns most texts of a corpus, so that a few wrong answers do no harm, and
 * looking at all of each would be a second pass over the input. The format of a file is another question, which input/html.h
 * answers: a text with tags in it is not a web page, and a field of a record has no format. */
#ifndef NDUP_KINDS_H
#define NDUP_KINDS_H

#include "base/platform.h"

/* ---- one text ---- */

/* HTML, and not a text about HTML: its first 2 048 bytes have at least three tags with names of HTML, and either a tenth of these bytes
 * is markup (tags, comments, and what is in <script> and <style>), or the text begins with a tag, as one does that an editor wrote
 * in long paragraphs. Pages of a help system have three tenths of markup and more; none of 1 000 pages of documentation with code, nor of
 * 16 608 pieces of books, is HTML in this sense. */
bool ndup_text_is_html(const char *text, size_t length);

enum ndup_script {
    NDUP_SCRIPT_SPACED, /* words have spaces between them, or the text is too mixed to say */
    NDUP_SCRIPT_HAN,    /* Chinese or Japanese: a character is a token, and says as much as a short word */
    NDUP_SCRIPT_CLOSED, /* Thai, Lao, Khmer, Burmese: a character is a token, and says little */
};

/* The script of more than half of the bytes in the middle of the text that are not white space. Bytes, because one Han character
 * (three bytes) is a token, and so is one Latin word; in the middle, because titles and addresses come first and are often Latin. */
enum ndup_script ndup_text_script(const char *text, size_t length);

/* The fewest tokens with which a text and its copy, in which one token in the middle is another one, still have a similarity of
 * `threshold`, which is below 1: one changed token changes n of the S shingles, so (S - n) / (S + n) of them are shared. */
uint64_t ndup_brief_tokens(unsigned ngram, double threshold);

/* The same for the default question: ndup_brief_tokens(5, 0.7). */
#define NDUP_SHORT_WORDS 33

/* ---- a corpus ---- */

/* The share of the documents of a kind, in percent, that decides for a corpus. Half, where another question is advised, which
 * concerns all documents. A tenth for HTML: markup is never wanted, and one page in ten does not happen by chance. Of 16 corpora these
 * call three short (sms, thai, er), two Chinese or Japanese (tang, aozora), and one HTML (lohelp-en with its tags). */
#define NDUP_MOST_PERCENT 50
#define NDUP_HTML_PERCENT 10

NDUP_INLINE bool ndup_share_reaches(uint64_t part, uint64_t whole, unsigned percent)
{
    return part > 0 && (double)part * 100 >= (double)whole * percent;
}

#endif
