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

/* ---- what differs ------------------------------------------------------------------------------------------------ */

const char *ndup_compare_verdict(const struct ndup_compared *compared)
{
    if (compared->result.identical)
        return "exact";
    return compared->result.jaccard >= compared->threshold ? "near" : "different";
}

uint64_t ndup_compare_line(const struct ndup_side *side, size_t offset)
{
    uint64_t line = 1;
    const char *at = side->text;
    const char *end = side->text + (offset < side->length ? offset : side->length);
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        line++;
    }
    return line;
}

/* Part of a letter or a digit, as far as ASCII goes; the rest of Unicode counts as letters. */
static bool says_something(char byte)
{
    unsigned char c = (unsigned char)byte;
    unsigned char lower = c | 0x20;
    return c >= 0x80 || (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

static int by_begin(const void *left, const void *right)
{
    const struct ndup_gap *a = left;
    const struct ndup_gap *b = right;
    return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static void add_gap(struct ndup_compared *compared, int which, size_t begin, size_t end)
{
    const char *text = compared->side[which].text;
    while (begin < end && !says_something(text[begin]))
        begin++;
    while (begin < end && !says_something(text[end - 1]))
        end--;
    if (begin < end)
        compared->gaps[which][compared->gap_count[which]++] = (struct ndup_gap){begin, end};
}

static bool find_gaps(struct ndup_compared *compared, int which)
{
    size_t count = compared->passage_count;
    struct ndup_gap *covered = ndup_alloc(count + 1, sizeof *covered);
    compared->gaps[which] = ndup_alloc(count + 1, sizeof *compared->gaps[which]);
    if (covered == NULL || compared->gaps[which] == NULL) {
        free(covered);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const neardup_passage *p = &compared->passages[i];
        covered[i] = which == 0 ? (struct ndup_gap){p->a_begin, p->a_end} : (struct ndup_gap){p->b_begin, p->b_end};
    }
    /* Passages come in the order of a and may overlap in b. */
    qsort(covered, count, sizeof *covered, by_begin);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        add_gap(compared, which, at, covered[i].begin);
        if (covered[i].end > at)
            at = covered[i].end;
    }
    add_gap(compared, which, at, compared->side[which].length);
    free(covered);
    return true;
}

bool ndup_compare_find_gaps(struct ndup_compared *compared)
{
    return find_gaps(compared, 0) && find_gaps(compared, 1);
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
