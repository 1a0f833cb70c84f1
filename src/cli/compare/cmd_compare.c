/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/mem.h"
#include "cli/compare/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES ((size_t)1 << 16)

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool read_all(FILE *in, struct ndup_side *side)
{
    size_t capacity = 0;
    do {
        if (!ndup_grow(&side->text, &capacity, side->length + READ_BYTES, sizeof(char))) {
            errno = ENOMEM;
            return false;
        }
        errno = 0;
        side->length += fread(side->text + side->length, 1, capacity - side->length, in);
    } while (!feof(in) && !ferror(in));
    return !ferror(in);
}

static bool is_compressed(const struct ndup_side *side)
{
    return side->length >= 4 &&
           (memcmp(side->text, "\x1f\x8b", 2) == 0 || memcmp(side->text, "\x28\xb5\x2f\xfd", 4) == 0);
}

static bool read_side(struct ndup_cli *cli, const char *name, struct ndup_side *side)
{
    bool standard = strcmp(name, "-") == 0;
    side->name = standard ? "standard input" : name;
    FILE *in = standard ? stdin : fopen(name, "rb");
    if (in == NULL) {
        ndup_msg_error(&cli->msg, "cannot open '%s': %s", name, strerror(errno));
        return false;
    }
    bool good = read_all(in, side);
    if (!good)
        ndup_msg_error(&cli->msg, "cannot read '%s': %s", name, strerror(errno));
    if (!standard)
        fclose(in);
    if (good && is_compressed(side)) {
        ndup_msg_error(&cli->msg, "'%s' is compressed", name);
        ndup_msg_hint(&cli->msg, "read it through a pipe: zcat or zstdcat FILE | neardup compare - OTHER");
        good = false;
    }
    return good;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static int compare(struct ndup_cli *cli, struct ndup_compared *compared)
{
    const struct ndup_settings *settings = &cli->settings;
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    profile.tokens = (neardup_tokens)settings->tokens;
    if (settings->ngram > 0)
        profile.ngram = (unsigned)settings->ngram;
    neardup_error err = {.message = ""};
    compared->threshold = settings->threshold;
    if (neardup_compare(&profile, compared->side[0].text, compared->side[0].length, compared->side[1].text,
                        compared->side[1].length, &compared->result, &compared->passages, &compared->passage_count,
                        &err) != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
        return NDUP_EXIT_TROUBLE;
    }
    if (settings->text_format == NDUP_FORMAT_HTML)
        return ndup_compare_page(cli, compared, &profile);
    if (!ndup_compare_find_gaps(compared)) {
        ndup_msg_error(&cli->msg, "out of memory");
        return NDUP_EXIT_TROUBLE;
    }
    if (settings->text_format == NDUP_FORMAT_JSON)
        ndup_compare_print_json(compared);
    else
        ndup_compare_print_text(cli, compared);
    return NDUP_EXIT_DONE;
}

int ndup_cmd_compare(struct ndup_cli *cli)
{
    struct ndup_compared compared = {.threshold = 0};
    int status = NDUP_EXIT_TROUBLE;
    if (strcmp(cli->operands[0], "-") == 0 && strcmp(cli->operands[1], "-") == 0)
        return ndup_command_misuse(cli, "standard input cannot be both texts", "name a file for one of them");
    if (!ndup_compare_page_check(cli))
        return status;
    if (read_side(cli, cli->operands[0], &compared.side[0]) && read_side(cli, cli->operands[1], &compared.side[1]))
        status = compare(cli, &compared);
    for (int i = 0; i < 2; i++) {
        free(compared.side[i].text);
        free(compared.gaps[i]);
    }
    free(compared.passages);
    return status;
}
