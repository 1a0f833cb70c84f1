/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/parts.h"
#include "cli/opt.h"

#include <stdio.h>
#include <string.h>

#define PARTS ((unsigned)NEARDUP_UNIT_PARAGRAPH | (unsigned)NEARDUP_UNIT_LINE)

static const char *const unit_words[] = {"document", "paragraph", "line"}; /* bit i of neardup_unit */
#define UNIT_WORDS (sizeof unit_words / sizeof *unit_words)

neardup_unit ndup_parts_unit(unsigned units)
{
    return (neardup_unit)(units & PARTS);
}

const char *ndup_parts_name(neardup_unit unit, uint64_t count)
{
    bool line = unit == NEARDUP_UNIT_LINE;
    return count == 1 ? (line ? "line" : "paragraph") : (line ? "lines" : "paragraphs");
}

static bool refuse(const struct ndup_cli *cli, const char *message, const char *hint)
{
    ndup_command_misuse(cli, message, hint);
    return false;
}

/* ---- --unit ------------------------------------------------------------------------------------------------------ */

static bool unknown_unit(const struct ndup_cli *cli, const char *word)
{
    const char *nearest = ndup_suggest_nearest(word, unit_words, UNIT_WORDS);
    ndup_msg_error(&cli->msg, "option '--unit' does not know '%.60s'", word);
    ndup_msg_hint(&cli->msg,
                  "%s%s%sit takes document, paragraph or line, or document and one of the others with a comma "
                  "between them",
                  nearest != NULL ? "did you mean '" : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "'? " : "");
    return false;
}

bool ndup_parts_units(const char *text, unsigned *units, const struct ndup_cli *cli)
{
    *units = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        size_t which = 0;
        while (which < UNIT_WORDS &&
               (strlen(unit_words[which]) != length || memcmp(unit_words[which], at, length) != 0))
            which++;
        if (which == UNIT_WORDS) {
            char word[64];
            snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), at);
            return unknown_unit(cli, word);
        }
        *units |= 1u << which;
        at += length;
        if (*at == '\0')
            break;
    }
    if ((*units & PARTS) == PARTS)
        return refuse(cli, "option '--unit' takes paragraphs or lines, not both",
                      "a paragraph is made of lines: run once with each");
    return true;
}

/* ---- contradictions ---------------------------------------------------------------------------------------------- */

/* Name of an option that means nothing where only documents are compared, or NULL. */
static const char *part_option(const struct ndup_settings *s)
{
    const struct {
        bool given;
        const char *name;
    } options[] = {
        {s->inside_documents != 0, "--within"},
        {s->between_documents != 0, "--across"},
        {s->containment_given != 0, "--containment"},
        {s->max_copies > 0, "--max-copies"},
        {s->keep_one != 0, "--keep-one"},
        {s->min_tokens_given != 0, "--min-tokens"},
        {s->often_given != 0, "--often"},
        {s->drop_emptied != 0, "--drop-emptied"},
        {s->min_remaining_given != 0, "--min-remaining"},
        {s->annotate != 0, "--annotate"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].given)
            return options[i].name;
    }
    return NULL;
}

static bool needs_parts(const struct ndup_cli *cli, const char *option)
{
    char message[120];
    snprintf(message, sizeof message, "option '%s' is about paragraphs or lines, and only documents are compared",
             option);
    return refuse(cli, message, "add --unit paragraph, --unit line, or --unit document,paragraph for both");
}

/* Options that count documents, where nothing is compared between documents. */
static bool needs_across(const struct ndup_cli *cli, const char *option)
{
    char message[120];
    snprintf(message, sizeof message, "option '%s' counts documents, and with --within none is compared with another",
             option);
    return refuse(cli, message, "add --across, or leave out --within");
}

/* It has no folder in which every place has its group. */
static bool prints_groups(const struct ndup_cli *cli)
{
    return cli->command->bit == NDUP_CMD_FIND && cli->settings.save == NULL;
}

static bool check_scope(const neardup_job_options *options, const struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    if (!options->inside_documents && s->containment_given != 0 && s->containment > 0)
        return refuse(cli, "option '--containment' looks inside a document, and --across only between documents",
                      "add --within, or leave out --across");
    if (!options->between_documents && s->max_copies > 0)
        return needs_across(cli, "--max-copies");
    if (!options->between_documents && s->often_given != 0)
        return needs_across(cli, "--often");
    if (!options->between_documents && s->group_field != NULL && prints_groups(cli))
        return needs_across(cli, "--group-field");
    return true;
}

static bool check_cutting(const neardup_job_options *options, const struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    if (options->keep_one && options->max_copies == 0)
        return refuse(cli, "option '--keep-one' needs --max-copies",
                      "--max-copies N says in how many documents a paragraph may stand; without it the first copy "
                      "always stays");
    if (options->annotate && options->drop_emptied)
        return refuse(cli, "option '--annotate' cuts nothing, so that no document is emptied",
                      s->min_remaining_given != 0 ? "leave out --annotate or --min-remaining"
                                                  : "leave out --annotate or --drop-emptied");
    if (options->annotate && options->format != NEARDUP_INPUT_AUTO && options->format != NEARDUP_INPUT_JSONL)
        return refuse(cli, "option '--annotate' writes into JSON records, and the input is to be read as plain text",
                      "leave out --input-format, or cut instead; decisions.jsonl has the same spans");
    return true;
}

static bool check_groups(const struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    if (s->group_field == NULL || !prints_groups(cli))
        return true;
    if (s->pairs != 0)
        return refuse(cli, "option '--group-field' tells of clusters, and --pairs prints none",
                      "leave out one of them");
    if (s->find_format == NDUP_FIND_CSV)
        return refuse(cli, "option '--group-field' adds rows of another kind, which do not fit into CSV",
                      "--format jsonl or --format table has room for them");
    return true;
}

bool ndup_parts_options(neardup_job_options *options, const struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    options->group_field = s->group_field;
    if (!ndup_parts_units(cli->settings.unit, &options->units, cli) || !check_groups(cli))
        return false;
    if (ndup_parts_unit(options->units) == 0) {
        const char *option = part_option(s);
        return option == NULL || needs_parts(cli, option);
    }
    options->inside_documents = s->inside_documents != 0 || s->between_documents == 0;
    options->between_documents = s->between_documents != 0 || s->inside_documents == 0;
    options->containment = options->inside_documents ? s->containment : 0;
    options->max_copies = s->max_copies;
    options->keep_one = s->keep_one != 0;
    options->min_tokens = s->min_tokens;
    options->short_min_documents = options->between_documents ? s->short_min_documents : 0;
    options->drop_emptied = s->drop_emptied != 0 || s->min_remaining_given != 0;
    options->min_remaining = s->min_remaining;
    options->annotate = s->annotate != 0;
    return check_scope(options, cli) && check_cutting(options, cli);
}
