/* SPDX-License-Identifier: MIT
 * suggest: asks every question about a sample (suggest_sample.h), and prints on one screen of 80 columns what to ask (suggest/rules.h);
 * or reads verdicts on pairs of an earlier sample (suggest/review.h). */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/slurp.h"
#include "cli/outfile.h"
#include "cli/runjob.h"
#include "cli/suggest_sample.h"
#include "run/json_write.h"
#include "suggest/review.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/term.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct suggesting {
    struct ndup_cli *cli;
    struct ndup_sample sample;
    struct ndup_answers answers;
    struct ndup_advice advice;
    neardup_plan plan; /* of the advised question over all inputs */
    uint64_t halved;   /* how often the sample had too many pairs */
    struct ndup_buf command;
};

/* ---- the histogram ----------------------------------------------------------------------------------------------- */

/* Similarity by containment, both of word 5-grams, of the pairs that count. */
enum { HISTOGRAM_ROWS = 4, HISTOGRAM_COLUMNS = 3 };
static const double row_from[HISTOGRAM_ROWS] = {0.7, 0.5, 0.3, 0.1};
static const double column_from[HISTOGRAM_COLUMNS] = {0, 0.5, 0.8};

static void fill_histogram(const struct suggesting *s, uint64_t counts[HISTOGRAM_ROWS][HISTOGRAM_COLUMNS])
{
    const struct ndup_found *found = &s->answers.of[NDUP_ASK_DEFAULT];
    memset(counts, 0, sizeof(uint64_t[HISTOGRAM_ROWS][HISTOGRAM_COLUMNS]));
    for (size_t i = 0; i < found->count; i++) {
        const struct ndup_scored *pair = &found->pairs[i];
        size_t row = 0, column = HISTOGRAM_COLUMNS - 1;
        if (!s->sample.documents[pair->a].chosen && !s->sample.documents[pair->b].chosen)
            continue;
        while (row + 1 < HISTOGRAM_ROWS && (double)pair->score < row_from[row] - 1e-6)
            row++;
        while (column > 0 && (double)pair->contained < column_from[column] - 1e-6)
            column--;
        counts[row][column]++;
    }
}

/* ---- the command to type ----------------------------------------------------------------------------------------- */

/* Options of suggest alone, which the next command does not have; with a value: it takes one. */
static const struct {
    const char *name;
    bool value;
} own_options[] = {{"--sample", true}, {"--review", true}, {"--format", true},   {"--force", false},
                   {"--quiet", false}, {"-q", false},      {"--verbose", false}, {"-v", false}};

/* How many words of the command line this one and its value are, if it is an option of suggest alone; else 0. */
static int own_words(const char *word)
{
    for (size_t i = 0; i < sizeof own_options / sizeof *own_options; i++) {
        size_t length = strlen(own_options[i].name);
        if (strncmp(word, own_options[i].name, length) != 0)
            continue;
        if (word[length] == '\0')
            return own_options[i].value ? 2 : 1;
        if (word[length] == '=' && own_options[i].value)
            return 1;
    }
    return 0;
}

/* "neardup VERB", the inputs and options of this call, and those of the advice. Words are quoted for a shell, and harmless. */
static void add_command(struct ndup_buf *buf, const struct suggesting *s, const char *verb)
{
    const struct ndup_advice *advice = &s->advice;
    struct ndup_buf word = NDUP_BUF_INIT;
    ndup_buf_printf(buf, "neardup %s", verb);
    for (char **argument = s->cli->argv + 2; *argument != NULL; argument++) {
        int skipped = own_words(*argument);
        if (skipped > 0) {
            argument += skipped == 2 && argument[1] != NULL;
            continue;
        }
        ndup_buf_clear(&word);
        ndup_safe_append_word(&word, *argument);
        ndup_buf_append_str(buf, " ");
        if (word.len > 0)
            ndup_safe_append(buf, word.data, word.len);
    }
    buf->failed = buf->failed || word.failed;
    ndup_buf_free(&word);
    if (ndup_questions[advice->question].options[0] != '\0')
        ndup_buf_printf(buf, " %s", ndup_questions[advice->question].options);
    if (advice->contained)
        ndup_buf_printf(buf, " %s", ndup_questions[NDUP_ASK_CONTAINED].options);
    if (advice->numbers)
        ndup_buf_append_str(buf, " --numbers keep");
    if (s->sample.pages > 0)
        ndup_buf_append_str(buf, " --html text");
}

/* ---- the cost ---------------------------------------------------------------------------------------------------- */

/* How much longer a run takes than to read the inputs once and hash their words: medians of eight labelled sets, processor time. Words
 * with n 5: 1.0 to 4.2, below: 1.4 to 17. Characters: 2.5 to 133, as the longer texts share many of their short sequences by chance, and
 * the more there are the more of them are compared; so that is only the least. */
#define WORDS_FACTOR       2.0
#define SHORT_WORDS_FACTOR 3.0
#define CHARACTERS_FACTOR  8.0

static bool asks_characters(const struct suggesting *s)
{
    return ndup_questions[s->advice.question].profile.tokens == NEARDUP_TOKENS_CHAR;
}

static double expected_seconds(const struct suggesting *s)
{
    bool shorter = ndup_questions[s->advice.question].profile.ngram < 5;
    return s->sample.seconds * (asks_characters(s) ? CHARACTERS_FACTOR : shorter ? SHORT_WORDS_FACTOR : WORDS_FACTOR);
}

static neardup_status plan(struct suggesting *s, neardup_error *err)
{
    neardup_plan_options options = NEARDUP_PLAN_OPTIONS_INIT;
    options.threshold = ndup_questions[s->advice.question].threshold;
    options.documents = s->sample.look.documents;
    options.mean_bytes = s->sample.look.documents > 0 ? s->sample.text_bytes / s->sample.look.documents : 0;
    return neardup_plan_solve(&options, &s->plan, err);
}

/* ---- the screen -------------------------------------------------------------------------------------------------- */

#define LABEL 10
#define WIDTH 80

struct screen {
    struct ndup_buf *buf;
    bool colour;
};

static void label(const struct screen *screen, const char *name)
{
    ndup_buf_printf(screen->buf, "%s%-*s%s", ndup_term_begin(screen->colour, NDUP_TERM_BOLD), LABEL, name,
                    ndup_term_end(screen->colour, NDUP_TERM_BOLD));
}

/* The bytes of the next word, in a command of an option with its value. */
static size_t chunk(const char *text, size_t length, bool is_command)
{
    const char *space = memchr(text, ' ', length);
    size_t word = space != NULL ? (size_t)(space - text) : length;
    if (!is_command || word + 1 >= length || text[0] != '-' || text[word + 1] == '-')
        return word;
    space = memchr(text + word + 1, ' ', length - word - 1);
    return space != NULL ? (size_t)(space - text) : length;
}

/* The words of a text, wrapped after a label. A command breaks with a backslash, so that it can be copied. */
static void wrapped(const struct screen *screen, const char *name, const char *text, size_t length, bool is_command)
{
    size_t column = LABEL, room = is_command ? WIDTH - 2 : WIDTH;
    label(screen, name);
    for (size_t at = 0; at < length;) {
        size_t word = chunk(text + at, length - at, is_command);
        bool more = at + word < length;
        size_t wide = ndup_safe_width(text + at, word);
        if (column > LABEL && column + 1 + wide > room) {
            ndup_buf_printf(screen->buf, "%s\n%*s", is_command ? " \\" : "", LABEL + (is_command ? 4 : 0), "");
            column = LABEL + (is_command ? 4 : 0);
        } else if (at > 0) {
            ndup_buf_append_str(screen->buf, " ");
            column++;
        }
        ndup_buf_append(screen->buf, text + at, word);
        column += wide;
        at += word + more;
    }
    ndup_buf_append_str(screen->buf, "\n");
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_texts(const struct screen *screen, const struct suggesting *s)
{
    const struct ndup_sample *sample = &s->sample;
    const struct ndup_corpus_look *look = &sample->look;
    struct ndup_buf *buf = screen->buf, text = NDUP_BUF_INIT;
    label(screen, "input");
    ndup_buf_printf(buf, "%s document%s in %s file%s, %s\n", ndup_number_group(look->documents).text,
                    plural(look->documents), ndup_number_group(sample->files).text, plural(sample->files),
                    ndup_number_bytes(sample->text_bytes).text);
    label(screen, "sample");
    if (sample->whole && s->halved == 0)
        ndup_buf_printf(buf, "all of them");
    else
        ndup_buf_printf(buf, "%s chosen by chance, %s most similar to them", ndup_number_group(look->chosen).text,
                        ndup_number_group(sample->count + look->copies > look->chosen
                                              ? sample->count + look->copies - look->chosen
                                              : 0)
                            .text);
    ndup_buf_printf(buf, "; exact copies %s\n", ndup_number_percent(look->copies, look->chosen).text);
    label(screen, "texts");
    ndup_buf_printf(buf, "half have up to %s words; %s have fewer than %d\n", ndup_number_group(look->median).text,
                    ndup_number_percent(look->shorter, look->documents).text, NDUP_SHORT_WORDS);
    if (look->han > 0)
        ndup_buf_printf(&text, "Chinese or Japanese %s; ", ndup_number_percent(look->han, look->chosen).text);
    if (look->closed > 0)
        ndup_buf_printf(&text, "Thai and the like %s; ", ndup_number_percent(look->closed, look->chosen).text);
    ndup_buf_printf(&text, "HTML %s; with numbers %s; misread words %s",
                    sample->pages > 0 ? ndup_number_percent(sample->pages, sample->pages_of).text
                                      : ndup_number_percent(look->html, look->chosen).text,
                    ndup_number_percent(look->digits, look->chosen).text,
                    ndup_number_percent((uint64_t)(look->noise * 1e6 + 0.5), 1000000).text);
    wrapped(screen, "", text.failed ? "" : text.data, text.failed ? 0 : text.len, false);
    ndup_buf_free(&text);
}

static void print_questions(const struct screen *screen, const struct suggesting *s)
{
    struct ndup_buf *buf = screen->buf;
    ndup_buf_printf(buf, "%s%-42s%10s%12s%16s%s\n", ndup_term_begin(screen->colour, NDUP_TERM_BOLD), "question",
                    "pairs", "only this", "other numbers", ndup_term_end(screen->colour, NDUP_TERM_BOLD));
    for (size_t q = 0; q < NDUP_QUESTION_COUNT; q++) {
        const struct ndup_found *found = &s->answers.of[q];
        bool advised = q == s->advice.question || (q == NDUP_ASK_CONTAINED && s->advice.contained);
        if (!found->asked)
            continue;
        ndup_buf_printf(buf, "%s%s %-40s%10s%12s%16s%s\n", ndup_term_begin(screen->colour && advised, NDUP_TERM_GREEN),
                        advised ? ">" : " ", ndup_questions[q].name, ndup_number_group(found->found).text,
                        ndup_number_group(found->alone).text, ndup_number_group(found->numbers).text,
                        ndup_term_end(screen->colour && advised, NDUP_TERM_GREEN));
    }
}

#define BAR 18

static void print_histogram(const struct screen *screen, const struct suggesting *s)
{
    struct ndup_buf *buf = screen->buf;
    uint64_t counts[HISTOGRAM_ROWS][HISTOGRAM_COLUMNS], most = 1;
    const char *block = ndup_term_utf8() ? "\u2588" : "#";
    fill_histogram(s, counts);
    for (size_t r = 0; r < HISTOGRAM_ROWS; r++) {
        uint64_t sum = counts[r][0] + counts[r][1] + counts[r][2];
        most = sum > most ? sum : most;
    }
    ndup_buf_printf(buf, "\n%s%-14s%16s%12s%12s%s\n", ndup_term_begin(screen->colour, NDUP_TERM_BOLD), "similarity",
                    "contained < 0.5", "0.5 to 0.8", "from 0.8", ndup_term_end(screen->colour, NDUP_TERM_BOLD));
    for (size_t r = 0; r < HISTOGRAM_ROWS; r++) {
        uint64_t sum = counts[r][0] + counts[r][1] + counts[r][2];
        size_t blocks = (size_t)((sum * BAR + most - 1) / most);
        ndup_buf_printf(buf, "%.1f to %-7s%16s%12s%12s  ", row_from[r],
                        r == 0   ? "1"
                        : r == 1 ? "0.7"
                        : r == 2 ? "0.5"
                                 : "0.3",
                        ndup_number_group(counts[r][0]).text, ndup_number_group(counts[r][1]).text,
                        ndup_number_group(counts[r][2]).text);
        for (size_t i = 0; i < blocks; i++)
            ndup_buf_append_str(buf, block);
        while (buf->len > 0 && buf->data[buf->len - 1] == ' ')
            buf->len--;
        ndup_buf_append_str(buf, "\n");
    }
}

/* The question of the advice, whose pairs --review shows. */
static enum ndup_question question_to_review(const struct suggesting *s)
{
    return s->advice.contained && s->advice.question == NDUP_ASK_DEFAULT ? NDUP_ASK_CONTAINED : s->advice.question;
}

static void print_advice(const struct screen *screen, const struct suggesting *s)
{
    const struct ndup_advice *advice = &s->advice;
    const struct ndup_found *found = &s->answers.of[advice->question];
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_buf_append_str(screen->buf, "\n");
    wrapped(screen, "ask", s->command.data, s->command.len, true);
    ndup_buf_append_str(&text, advice->why);
    if (advice->and_why[0] != '\0')
        ndup_buf_printf(&text, " Also, %s", advice->and_why);
    if (s->sample.pages > 0)
        ndup_buf_printf(&text, " %s of the texts are HTML: the figures are of the text that a reader sees.",
                        ndup_number_percent(s->sample.pages, s->sample.pages_of).text);
    wrapped(screen, "because", text.failed ? "" : text.data, text.failed ? 0 : text.len, false);
    ndup_buf_clear(&text);
    if (2 * found->numbers >= found->found && found->numbers >= 10)
        ndup_buf_printf(&text,
                        advice->numbers ? "%s of %s have other numbers, and stay if only these differ"
                                        : "%s of %s have other numbers; if only those differ: --numbers keep",
                        ndup_number_group(found->numbers).text, ndup_number_group(found->found).text);
    if (text.len > 0 && !text.failed)
        wrapped(screen, "numbers", text.data, text.len, false);
    ndup_buf_clear(&text);
    ndup_buf_printf(&text, asks_characters(s) ? "%s or more, %s." : "about %s, %s.",
                    ndup_number_seconds(expected_seconds(s)).text, ndup_number_memory(s->plan.memory_bytes).text);
    if (s->cli->settings.review == NULL && s->answers.of[question_to_review(s)].count > 0)
        ndup_buf_printf(&text, " %s --review pairs.html: judge 30 pairs", advice->review ? "Unsure?" : "Sure?");
    wrapped(screen, "cost", text.failed ? "" : text.data, text.failed ? 0 : text.len, false);
    ndup_buf_free(&text);
}

static int print_screen(struct suggesting *s)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    const struct screen screen = {&buf, ndup_term_colour(stdout, (enum ndup_term_when)s->cli->settings.colour)};
    print_texts(&screen, s);
    print_questions(&screen, s);
    print_histogram(&screen, s);
    print_advice(&screen, s);
    return ndup_command_print(s->cli, &buf);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void add_look(struct ndup_json_writer *json, const struct suggesting *s)
{
    const struct ndup_corpus_look *look = &s->sample.look;
    ndup_json_add_object(json, "input", NDUP_JSON_LINES);
    ndup_json_add_u64(json, "documents", look->documents);
    ndup_json_add_u64(json, "files", s->sample.files);
    ndup_json_add_u64(json, "text_bytes", s->sample.text_bytes);
    ndup_json_add_u64(json, "median_words", look->median);
    ndup_json_add_u64(json, "short_documents", look->shorter);
    ndup_json_add_u64(json, "long_documents", s->sample.too_long);
    ndup_json_end(json);
    ndup_json_add_object(json, "sample", NDUP_JSON_LINES);
    ndup_json_add_bool(json, "whole", s->sample.whole);
    ndup_json_add_u64(json, "chosen", look->chosen);
    ndup_json_add_u64(json, "copies", look->copies);
    ndup_json_add_u64(json, "texts", s->sample.count);
    ndup_json_add_u64(json, "chinese_or_japanese", look->han);
    ndup_json_add_u64(json, "other_unspaced", look->closed);
    ndup_json_add_u64(json, "html", look->html);
    ndup_json_add_u64(json, "with_numbers", look->digits);
    ndup_json_add_score(json, "noise", look->noise);
    ndup_json_end(json);
}

static void add_questions(struct ndup_json_writer *json, const struct suggesting *s)
{
    ndup_json_add_array(json, "questions", NDUP_JSON_LINES);
    for (size_t q = 0; q < NDUP_QUESTION_COUNT; q++) {
        const struct ndup_found *found = &s->answers.of[q];
        if (!found->asked)
            continue;
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        ndup_json_add_string(json, "question", ndup_questions[q].key);
        ndup_json_add_string(json, "options", ndup_questions[q].options);
        ndup_json_add_u64(json, "pairs", found->found);
        ndup_json_add_u64(json, "only_this", found->alone);
        ndup_json_add_u64(json, "other_numbers", found->numbers);
        ndup_json_end(json);
    }
    ndup_json_end(json);
    uint64_t counts[HISTOGRAM_ROWS][HISTOGRAM_COLUMNS];
    fill_histogram(s, counts);
    ndup_json_add_array(json, "histogram", NDUP_JSON_LINES);
    for (size_t r = 0; r < HISTOGRAM_ROWS; r++) {
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        ndup_json_add_score(json, "jaccard_from", row_from[r]);
        ndup_json_add_array(json, "contained", NDUP_JSON_SPACED);
        for (size_t c = 0; c < HISTOGRAM_COLUMNS; c++)
            ndup_json_add_u64(json, NULL, counts[r][c]);
        ndup_json_end(json);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

static int print_json(struct suggesting *s)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_json_writer json;
    const struct ndup_advice *advice = &s->advice;
    ndup_json_begin(&json, &buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_LINES);
    add_look(&json, s);
    add_questions(&json, s);
    ndup_json_add_object(&json, "advice", NDUP_JSON_LINES);
    ndup_json_add_string(&json, "question", ndup_questions[advice->question].key);
    ndup_json_add_string(&json, "options", ndup_questions[advice->question].options);
    ndup_json_add_bool(&json, "contained", advice->contained);
    ndup_json_add_bool(&json, "numbers", advice->numbers);
    ndup_json_add_bool(&json, "html", s->sample.pages > 0);
    ndup_json_add_bool(&json, "unsure", advice->review);
    ndup_json_add_string(&json, "why", advice->why);
    ndup_json_add_bytes(&json, "command", s->command.data, s->command.len);
    ndup_json_add_u64(&json, "memory_bytes", s->plan.memory_bytes);
    ndup_json_end(&json);
    ndup_json_end(&json);
    ndup_buf_append_str(&buf, "\n");
    return ndup_command_print(s->cli, &buf);
}

/* ---- pairs to judge ---------------------------------------------------------------------------------------------- */

static bool is_csv(const char *path)
{
    size_t length = strlen(path);
    return length >= 4 && strcmp(path + length - 4, ".csv") == 0;
}

static int write_review(struct suggesting *s, struct ndup_outfile *out)
{
    const char *path = s->cli->settings.review;
    struct ndup_review review;
    neardup_error err = {.message = ""};
    enum ndup_question question = question_to_review(s);
    neardup_status status = ndup_review_draw(&review, question, s->sample.documents, &s->answers, &err);
    if (status == NEARDUP_OK)
        status = is_csv(path) ? ndup_review_csv(&review, out->stream, &err)
                              : ndup_review_page(&review, "pairs to judge", out->stream, &err);
    if (status != NEARDUP_OK) {
        ndup_msg_error(&s->cli->msg, "cannot write '%s': %s", path, err.message);
        return NDUP_EXIT_TROUBLE;
    }
    if (!ndup_outfile_commit(out, &s->cli->msg))
        return NDUP_EXIT_TROUBLE;
    if (s->cli->msg.verbosity >= 0 && review.count == 0)
        ndup_msg_note(&s->cli->msg, "wrote '%s', but the sample has no pair that is similar enough to be judged", path);
    else if (s->cli->msg.verbosity >= 0)
        ndup_msg_note(&s->cli->msg, "wrote %zu pair%s to '%s'; then run: neardup suggest --judged %s", review.count,
                      plural(review.count), path, is_csv(path) ? path : "verdicts.csv");
    return NDUP_EXIT_DONE;
}

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

#define MOST_VERDICT_BYTES ((size_t)64 << 20)

static struct ndup_number interval_text(struct ndup_interval interval)
{
    struct ndup_number text;
    snprintf(text.text, sizeof text.text, "%.3f to %.3f", interval.low, interval.high);
    return text;
}

static void print_strata(struct ndup_buf *buf, const struct ndup_verdicts *v)
{
    ndup_buf_printf(buf, "\n%-14s%10s%8s%12s%20s%14s\n", "score", "in sample", "same", "different", "precision (95 %)",
                    "from here on");
    for (size_t i = v->count; i-- > 0;) {
        const struct ndup_stratum *t = &v->strata[i];
        struct ndup_interval own = ndup_wilson(t->same, t->same + t->different), all;
        double precision;
        ndup_buf_printf(buf, "%.2f to %-6.2f%10s%8s%12s%20s", t->from, t->to, ndup_number_group(t->pairs).text,
                        ndup_number_group(t->same).text, ndup_number_group(t->different).text, interval_text(own).text);
        if (ndup_stratified_precision(v->strata + i, v->count - i, &precision, &all))
            ndup_buf_printf(buf, "%14.3f\n", precision);
        else
            ndup_buf_append_str(buf, "\n");
    }
}

static void print_threshold(struct ndup_buf *buf, const struct ndup_verdicts *v, double wanted)
{
    size_t at = ndup_verdicts_threshold(v, wanted, false), sure = ndup_verdicts_threshold(v, wanted, true);
    struct ndup_interval interval;
    double precision;
    ndup_buf_append_str(buf, "\n");
    if (at == v->count) {
        ndup_buf_printf(buf, "no threshold reaches a precision of %s among the judged pairs\n",
                        ndup_number_score(wanted).text);
        return;
    }
    const struct ndup_question_row *row = &ndup_questions[v->question];
    struct ndup_buf options = NDUP_BUF_INIT;
    if (row->contained)
        ndup_buf_printf(&options, "--contained %s", ndup_number_score(v->strata[at].from).text);
    else {
        if (row->profile.tokens == NEARDUP_TOKENS_CHAR)
            ndup_buf_append_str(&options, "--tokens char ");
        if (row->profile.ngram != 5 || row->profile.tokens == NEARDUP_TOKENS_CHAR)
            ndup_buf_printf(&options, "--ngram %u ", row->profile.ngram);
        ndup_buf_printf(&options, "--threshold %s", ndup_number_score(v->strata[at].from).text);
    }
    (void)ndup_stratified_precision(v->strata + at, v->count - at, &precision, &interval);
    ndup_buf_printf(buf, "ask       %.*s\n", (int)(options.failed ? 0 : options.len),
                    options.failed ? "" : options.data);
    ndup_buf_printf(buf, "because   the precision from there on is %.3f (95 %%: %s), and %s is wanted\n", precision,
                    interval_text(interval).text, ndup_number_score(wanted).text);
    if (sure != at)
        ndup_buf_printf(buf, "%s\n",
                        "note      the interval begins below what is wanted: too few pairs were judged. Judge those\n"
                        "          of another sample, too: --review with --sample and another N");
    ndup_buf_free(&options);
}

static void print_verdicts(struct ndup_buf *buf, const struct ndup_verdicts *v, double wanted)
{
    ndup_buf_printf(buf, "%s pair%s of the question: %s\n",
                    ndup_number_group(v->same + v->different + v->unsure + v->unjudged).text,
                    plural(v->same + v->different + v->unsure + v->unjudged), ndup_questions[v->question].name);
    ndup_buf_printf(buf, "%s same, %s different, %s unsure and %s without a verdict, which do not count\n",
                    ndup_number_group(v->same).text, ndup_number_group(v->different).text,
                    ndup_number_group(v->unsure).text, ndup_number_group(v->unjudged).text);
    print_strata(buf, v);
    print_threshold(buf, v, wanted);
}

static void add_strata(struct ndup_json_writer *json, const struct ndup_verdicts *v)
{
    ndup_json_add_array(json, "strata", NDUP_JSON_LINES);
    for (size_t i = 0; i < v->count; i++) {
        const struct ndup_stratum *t = &v->strata[i];
        struct ndup_interval own = ndup_wilson(t->same, t->same + t->different), all;
        double precision;
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        ndup_json_add_score(json, "from", t->from);
        ndup_json_add_score(json, "to", t->to);
        ndup_json_add_u64(json, "pairs", t->pairs);
        ndup_json_add_u64(json, "same", t->same);
        ndup_json_add_u64(json, "different", t->different);
        ndup_json_add_fixed(json, "low", own.low, 3);
        ndup_json_add_fixed(json, "high", own.high, 3);
        if (ndup_stratified_precision(v->strata + i, v->count - i, &precision, &all)) {
            ndup_json_add_fixed(json, "precision_from_here", precision, 3);
            ndup_json_add_fixed(json, "precision_low", all.low, 3);
            ndup_json_add_fixed(json, "precision_high", all.high, 3);
        }
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

static void add_verdicts(struct ndup_buf *buf, const struct ndup_verdicts *v, double wanted)
{
    struct ndup_json_writer json;
    size_t at = ndup_verdicts_threshold(v, wanted, false), sure = ndup_verdicts_threshold(v, wanted, true);
    ndup_json_begin(&json, buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_LINES);
    ndup_json_add_string(&json, "question", ndup_questions[v->question].key);
    ndup_json_add_u64(&json, "same", v->same);
    ndup_json_add_u64(&json, "different", v->different);
    ndup_json_add_u64(&json, "unsure", v->unsure);
    ndup_json_add_u64(&json, "unjudged", v->unjudged);
    add_strata(&json, v);
    ndup_json_add_score(&json, "wanted_precision", wanted);
    if (at < v->count)
        ndup_json_add_score(&json, "threshold", v->strata[at].from);
    else
        ndup_json_add_null(&json, "threshold");
    if (sure < v->count)
        ndup_json_add_score(&json, "sure_threshold", v->strata[sure].from);
    else
        ndup_json_add_null(&json, "sure_threshold");
    ndup_json_end(&json);
    ndup_buf_append_str(buf, "\n");
}

static int show_verdicts(struct ndup_cli *cli)
{
    const struct ndup_settings *settings = &cli->settings;
    struct ndup_buf file = NDUP_BUF_INIT, out = NDUP_BUF_INIT;
    struct ndup_verdicts verdicts;
    neardup_error err = {.message = ""};
    neardup_status status = ndup_slurp(&file, "file of verdicts", settings->judged, MOST_VERDICT_BYTES, &err);
    if (status == NEARDUP_OK) {
        status = ndup_verdicts_parse(&verdicts, file.data, file.len, &err);
        if (status != NEARDUP_OK && err.line > 0)
            ndup_msg_error(&cli->msg, "%s:%llu: %s", settings->judged, (unsigned long long)err.line, err.message);
        else if (status != NEARDUP_OK)
            ndup_msg_error(&cli->msg, "%s: %s", settings->judged, err.message);
    } else {
        ndup_msg_error(&cli->msg, "%s", err.message);
    }
    ndup_buf_free(&file);
    if (status != NEARDUP_OK)
        return NDUP_EXIT_TROUBLE;
    if (settings->text_format == NDUP_FORMAT_JSON)
        add_verdicts(&out, &verdicts, settings->precision);
    else
        print_verdicts(&out, &verdicts, settings->precision);
    return ndup_command_print(cli, &out);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

/* The inputs are read more than once, which a pipe does not allow. */
static bool can_be_read_again(const struct ndup_cli *cli)
{
    const struct ndup_opt_list *lists = &cli->settings.files_from;
    struct stat info;
    bool piped = false;
    for (int i = 0; i < cli->operand_count; i++)
        piped = piped || strcmp(cli->operands[i], "-") == 0 ||
                (stat(cli->operands[i], &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode));
    for (size_t i = 0; i < lists->count; i++)
        piped =
            piped || strcmp(lists->items[i], "-") == 0 || (stat(lists->items[i], &info) == 0 && !S_ISREG(info.st_mode));
    if (piped)
        ndup_command_misuse(cli, "suggest reads its inputs more than once, which a pipe does not allow",
                            "write the data into a file, and name that; compressed files are fine");
    return !piped;
}

static bool next_question(void *context, size_t done, size_t total)
{
    struct suggesting *s = context;
    const neardup_progress progress = {.phase = "match", .done = done, .total = total};
    if (s->cli->progress.enabled)
        ndup_progress_update(&s->cli->progress, &progress);
    return true;
}

/* Asks all questions; of half of the sample if it has too many pairs. */
static bool ask(struct suggesting *s)
{
    const struct ndup_settings *settings = &s->cli->settings;
    const struct ndup_ask_options options = {.threads = settings->job.threads,
                                             .memory = settings->job.memory,
                                             .unspaced = s->sample.look.han > 0,
                                             .noisy = ndup_is_noisy(&s->sample.look),
                                             .next = next_question,
                                             .context = s};
    neardup_error err = {.message = ""};
    neardup_status status;
    while ((status = ndup_questions_ask(s->sample.documents, s->sample.count, &options, &s->answers, &err)) ==
               NEARDUP_E_LIMIT &&
           s->sample.count > 1) {
        ndup_answers_free(&s->answers);
        ndup_sample_halve(&s->sample);
        s->halved++;
    }
    ndup_progress_clear(&s->cli->progress);
    if (status == NEARDUP_OK) {
        ndup_advice_make(&s->advice, &s->sample.look, &s->answers);
        status = plan(s, &err);
    }
    if (status != NEARDUP_OK)
        ndup_msg_error(&s->cli->msg, "%s", err.message);
    return status == NEARDUP_OK;
}

/* What was asked is printed, and written for people to judge. */
static int show(struct suggesting *s, struct ndup_outfile *out)
{
    int status = NDUP_EXIT_DONE;
    add_command(&s->command, s, "find");
    if (s->command.failed) {
        ndup_msg_error(&s->cli->msg, "out of memory");
        return NDUP_EXIT_TROUBLE;
    }
    if (s->sample.too_long > 0)
        ndup_msg_note(&s->cli->msg, "%s document%s of more than %s words cannot be in the sample",
                      ndup_number_group(s->sample.too_long).text, plural(s->sample.too_long),
                      ndup_number_group(NDUP_SAMPLE_LONGEST).text);
    if (s->halved > 0)
        ndup_msg_note(&s->cli->msg, "the sample had more than %s similar pairs, and has %s documents now",
                      ndup_number_group(NDUP_MOST_PAIRS).text, ndup_number_group(s->sample.count).text);
    status = s->cli->settings.text_format == NDUP_FORMAT_JSON ? print_json(s) : print_screen(s);
    if (status == NDUP_EXIT_DONE && s->cli->settings.review != NULL)
        status = write_review(s, out);
    return status;
}

int ndup_cmd_suggest(struct ndup_cli *cli)
{
    struct suggesting s = {.cli = cli};
    struct ndup_outfile out = {.stream = NULL};
    bool complete = false;
    if (cli->settings.judged != NULL && cli->operand_count > 0) {
        char hint[512];
        snprintf(hint, sizeof hint, "leave out '%.400s'; FILE of --judged is one file", cli->operands[0]);
        return ndup_command_misuse(cli, "--judged reads no inputs", hint);
    }
    if (cli->settings.judged != NULL)
        return show_verdicts(cli);
    if (cli->settings.review != NULL && (cli->settings.review[0] == '\0' || strcmp(cli->settings.review, "-") == 0))
        return ndup_command_misuse(cli, "--review requires a file", "for instance --review pairs.html");
    if (cli->operand_count == 0 && cli->settings.files_from.count == 0)
        return ndup_command_misuse(cli, "no input given", "name files or folders");
    if (!can_be_read_again(cli))
        return NDUP_EXIT_TROUBLE;
    if (cli->settings.review != NULL && !ndup_runjob_open_output(cli, &out, cli->settings.review))
        return NDUP_EXIT_TROUBLE;
    int status = ndup_sample_take(&s.sample, cli, &complete);
    if (complete && s.sample.look.documents == 0) {
        ndup_msg_error(&cli->msg, "no document has a word: there is nothing to look at");
        status = NDUP_EXIT_TROUBLE;
    } else if (complete) {
        int shown = ask(&s) ? show(&s, &out) : NDUP_EXIT_TROUBLE;
        status = shown != NDUP_EXIT_DONE ? shown : status;
    }
    ndup_outfile_discard(&out);
    ndup_buf_free(&s.command);
    ndup_answers_free(&s.answers);
    ndup_sample_free(&s.sample);
    return status;
}
