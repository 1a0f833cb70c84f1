/* SPDX-License-Identifier: MIT
 * What compare found out, as a page: the two texts side by side. */
#include "base/platform.h"

#include "base/error.h"
#include "cli/compare/compare.h"
#include "cli/guard.h"
#include "cli/outfile.h"
#include "report/diff_json.h"
#include "report/page.h"
#include "report/sink.h"
#include "run/json_write.h"
#include "term/number.h"
#include "term/term.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Texts of ordinary size are shown as a whole; of longer ones what differs, with much around it. */
#define WHOLE_BYTES ((size_t)1 << 19)
static const struct ndup_diff_limits whole = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
static const struct ndup_diff_limits abbreviated = {40, 20000, (size_t)2 << 20};

static void write_side(struct ndup_buf *buf, const struct ndup_compared *c, int which)
{
    const neardup_comparison *r = &c->result;
    ndup_buf_printf(buf, ",\"%c\":{\"file\":", 'a' + which);
    ndup_json_write_string(buf, c->side[which].name, strlen(c->side[which].name));
    ndup_buf_printf(buf, ",\"bytes\":%zu,\"tokens\":%llu,\"shingles\":%llu,\"invalid_utf8\":%s}", c->side[which].length,
                    (unsigned long long)(which == 0 ? r->a_tokens : r->b_tokens),
                    (unsigned long long)(which == 0 ? r->a_shingles : r->b_shingles),
                    (which == 0 ? r->a_invalid_utf8 : r->b_invalid_utf8) ? "true" : "false");
}

static neardup_status write_data(struct ndup_sink *sink, const struct ndup_compared *c, const neardup_profile *profile,
                                 neardup_error *err)
{
    struct ndup_buf *buf = &sink->buf;
    const neardup_comparison *r = &c->result;
    const struct ndup_side *a = &c->side[0];
    const struct ndup_side *b = &c->side[1];
    ndup_buf_printf(buf, "{\"compare\":1,\"neardup\":\"%s\"", neardup_version());
    write_side(buf, c, 0);
    write_side(buf, c, 1);
    ndup_buf_printf(buf, ",\"parameters\":{\"tokens\":\"%s\",\"ngram\":%u}",
                    profile->tokens == NEARDUP_TOKENS_CHAR ? "char" : "word", profile->ngram);
    ndup_buf_printf(buf, ",\"verdict\":\"%s\",\"threshold\":%s", ndup_compare_verdict(c),
                    ndup_number_score(c->threshold).text);
    ndup_buf_printf(buf, ",\"jaccard\":%s", ndup_number_score(r->jaccard).text);
    ndup_buf_printf(buf, ",\"a_in_b\":%s", ndup_number_score(r->a_in_b).text);
    ndup_buf_printf(buf, ",\"b_in_a\":%s", ndup_number_score(r->b_in_a).text);
    ndup_buf_printf(buf, ",\"shared_shingles\":%llu,\"diff\":", (unsigned long long)r->shared);
    const struct ndup_diff_limits *limits = a->length + b->length <= WHOLE_BYTES ? &whole : &abbreviated;
    neardup_status status = ndup_diff_json(buf, profile, a->text, a->length, b->text, b->length, limits, NULL, err);
    ndup_buf_append_str(buf, "}\n");
    neardup_status end = ndup_sink_end(sink, status == NEARDUP_OK ? err : NULL);
    return status != NEARDUP_OK ? status : end;
}

static neardup_status write_page(FILE *out, const struct ndup_compared *c, const neardup_profile *profile,
                                 neardup_error *err)
{
    struct ndup_sink sink = {.out = out, .page = true};
    char title[256];
    snprintf(title, sizeof title, "%.100s and %.100s", c->side[0].name, c->side[1].name);
    errno = 0;
    if (!ndup_page_begin(out, NDUP_PAGE_COMPARE, title))
        return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the page");
    NDUP_TRY(write_data(&sink, c, profile, err));
    errno = 0;
    if (!ndup_page_end(out) || fflush(out) != 0)
        return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the page");
    return NEARDUP_OK;
}

static void say_done(const struct ndup_cli *cli, const struct ndup_outfile *out)
{
    struct stat status;
    char size[64] = "";
    if (out->path == NULL || cli->msg.verbosity < 0)
        return;
    if (stat(out->path, &status) == 0 && S_ISREG(status.st_mode))
        snprintf(size, sizeof size, ", %s", ndup_number_bytes((uint64_t)status.st_size).text);
    ndup_msg_note(&cli->msg, "%s is written%s", out->path, size);
}

int ndup_compare_page(struct ndup_cli *cli, const struct ndup_compared *compared, const neardup_profile *profile)
{
    struct ndup_outfile out;
    neardup_error err = {.message = ""};
    if (!ndup_outfile_open_or_replace(&out, cli->settings.output, cli->settings.force != 0, &cli->msg))
        return NDUP_EXIT_TROUBLE;
    int exit_status = NDUP_EXIT_DONE;
    neardup_status status = write_page(out.stream, compared, profile, &err);
    if (status == NEARDUP_E_IO && err.sys_errno == EPIPE) {
        cli->broken_pipe = true;
    } else if (status != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
        exit_status = NDUP_EXIT_TROUBLE;
    } else if (!ndup_outfile_commit(&out, &cli->msg)) {
        exit_status = NDUP_EXIT_TROUBLE;
    } else {
        say_done(cli, &out);
    }
    ndup_outfile_discard(&out);
    return exit_status;
}

/* What is compared is not replaced. */
static bool check_output(const struct ndup_cli *cli, const char *path)
{
    struct ndup_guard guard;
    bool slip = ndup_guard_init(&guard, path) &&
                (ndup_guard_is(&guard, cli->operands[0]) || ndup_guard_is(&guard, cli->operands[1]));
    ndup_guard_free(&guard);
    return !slip || ndup_guard_refuse(path, "a text that is compared", &cli->msg);
}

bool ndup_compare_page_check(struct ndup_cli *cli)
{
    const char *path = cli->settings.output;
    bool standard = path == NULL || strcmp(path, "-") == 0;
    bool page = cli->settings.text_format == NDUP_FORMAT_HTML;
    if (!page && path == NULL)
        return true;
    if (!page)
        ndup_command_misuse(cli, "--output belongs to --format html", "text and JSON go to standard output: > FILE");
    else if (standard && ndup_term_is_tty(stdout))
        ndup_command_misuse(cli, "a page is not for a terminal", "-o page.html writes it to a file");
    else
        return check_output(cli, path);
    return false;
}
