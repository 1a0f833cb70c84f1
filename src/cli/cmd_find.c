/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/command.h"
#include "cli/emit.h"
#include "cli/number.h"
#include "cli/outfile.h"
#include "cli/runjob.h"
#include "cli/safe.h"
#include "cli/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TERMINAL_LIMIT  20  /* clusters in a table that nobody asked for in full */
#define TABLE_MEMBERS   5   /* of a cluster; a hundred copies of a page tell no more than five */
#define EXCERPT_BYTES   400 /* more than the columns of any terminal */
#define DEFAULT_COLUMNS 100

static const struct ndup_table_column cluster_columns[] = {
    {"CLUSTER", true, false, 0},   {"SIZE", true, false, 0}, {"SIMILAR", true, false, 0},
    {"DOCUMENT", false, true, 12}, {"ID", false, false, 8},  {"TEXT", false, false, 20},
};
static const struct ndup_table_column pair_columns[] = {
    {"SIMILAR", true, false, 0},
    {"A", false, true, 12},
    {"B", false, true, 12},
    {"TEXT OF A", false, false, 20},
};

struct find {
    struct ndup_runjob *run;
    struct ndup_outfile out;
    struct ndup_table table;
    struct ndup_buf buf;
    int format;
    bool pairs;
    uint64_t limit; /* 0: all */
    uint64_t shown, more;
    int write_errno; /* of the first write that failed */
    bool write_failed;
};

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void cell_text(struct find *find, const char *text)
{
    ndup_table_cell(&find->table, text, strlen(text));
}

static void cell_where(struct find *find, const neardup_ref *ref)
{
    ndup_buf_clear(&find->buf);
    ndup_safe_append(&find->buf, ref->file, strlen(ref->file));
    ndup_buf_printf(&find->buf, ":%llu", (unsigned long long)ref->line);
    ndup_table_cell(&find->table, find->buf.data, find->buf.len);
}

static void cell_id(struct find *find, const neardup_ref *ref)
{
    struct ndup_buf id = NDUP_BUF_INIT;
    ndup_emit_plain_id(&id, ref);
    ndup_buf_clear(&find->buf);
    ndup_safe_append(&find->buf, id.data, id.len);
    ndup_buf_free(&id);
    ndup_table_cell(&find->table, find->buf.data, find->buf.len);
}

static void cell_excerpt(struct find *find, const neardup_ref *ref)
{
    char excerpt[EXCERPT_BYTES];
    ndup_buf_clear(&find->buf);
    /* A text that cannot be had again leaves its cell empty; the finding stands without it. */
    if (neardup_job_excerpt(find->run->job, ref->unit, ref->index, excerpt, sizeof excerpt, NULL) == NEARDUP_OK)
        ndup_safe_append_line(&find->buf, excerpt, strlen(excerpt));
    ndup_table_cell(&find->table, find->buf.data, find->buf.len);
}

static void cell_similar(struct find *find, neardup_reason reason, double jaccard)
{
    cell_text(find, reason == NEARDUP_EXACT ? "exact" : ndup_number_short_score(jaccard).text);
}

static bool cluster_table(struct find *find, const neardup_cluster *cluster)
{
    char text[80];
    snprintf(text, sizeof text, "%llu", (unsigned long long)cluster->number);
    cell_text(find, text);
    cell_text(find, ndup_number_group(cluster->member_count + 1).text);
    cell_text(find, "keeper");
    cell_where(find, &cluster->keeper);
    cell_id(find, &cluster->keeper);
    cell_excerpt(find, &cluster->keeper);
    bool good = ndup_table_row(&find->table, NDUP_TERM_BOLD);
    bool verbose = find->run->cli->settings.verbosity > 0;
    uint64_t count = cluster->member_count;
    uint64_t shown = verbose || count <= TABLE_MEMBERS + 1 ? count : TABLE_MEMBERS;
    for (uint64_t i = 0; good && i < shown; i++) {
        const neardup_member *member = &cluster->members[i];
        cell_text(find, "");
        cell_text(find, "");
        cell_similar(find, member->reason, member->jaccard);
        cell_where(find, &member->document);
        cell_id(find, &member->document);
        cell_excerpt(find, &member->document);
        good = ndup_table_row(&find->table, NDUP_TERM_PLAIN);
    }
    if (good && shown < count) {
        snprintf(text, sizeof text, "and %s more", ndup_number_group(count - shown).text);
        cell_text(find, "");
        cell_text(find, "");
        cell_text(find, "");
        cell_text(find, text);
        good = ndup_table_row(&find->table, NDUP_TERM_DIM);
    }
    return good;
}

static bool pair_table(struct find *find, const neardup_pair *pair)
{
    cell_similar(find, pair->reason, pair->jaccard);
    cell_where(find, &pair->a);
    cell_where(find, &pair->b);
    cell_excerpt(find, &pair->a);
    return ndup_table_row(&find->table, NDUP_TERM_PLAIN);
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

/* Whether this one is to be printed; if not it is counted. */
static bool wanted(struct find *find)
{
    if (find->limit > 0 && find->shown >= find->limit) {
        find->more++;
        return false;
    }
    if (find->shown++ == 0 && find->out.path == NULL)
        ndup_progress_clear(&find->run->cli->progress);
    return true;
}

static bool written(struct find *find, bool good)
{
    if (!good) {
        find->write_failed = true;
        find->write_errno = errno;
    }
    return good;
}

static bool on_cluster(void *context, const neardup_cluster *cluster)
{
    struct find *find = ((struct ndup_runjob *)context)->owner;
    if (!wanted(find))
        return true;
    errno = 0;
    if (find->format == NDUP_FIND_TABLE)
        return written(find, cluster_table(find, cluster));
    if (find->format == NDUP_FIND_CSV)
        return written(find, ndup_emit_cluster_csv(find->out.stream, &find->buf, cluster));
    return written(find, ndup_emit_cluster_json(find->out.stream, &find->buf, cluster));
}

static bool on_pair(void *context, const neardup_pair *pair)
{
    struct find *find = ((struct ndup_runjob *)context)->owner;
    if (!wanted(find))
        return true;
    errno = 0;
    if (find->format == NDUP_FIND_TABLE)
        return written(find, pair_table(find, pair));
    if (find->format == NDUP_FIND_CSV)
        return written(find, ndup_emit_pair_csv(find->out.stream, &find->buf, pair));
    return written(find, ndup_emit_pair_json(find->out.stream, &find->buf, pair));
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static void prepare(struct find *find, struct ndup_cli *cli)
{
    FILE *out = find->out.stream;
    bool terminal = ndup_term_is_tty(out);
    find->format = cli->settings.find_format;
    if (find->format == NDUP_FIND_AUTO)
        find->format = terminal ? NDUP_FIND_TABLE : NDUP_FIND_JSONL;
    find->pairs = cli->settings.pairs != 0;
    find->limit = cli->settings.limit;
    if (find->limit == 0 && terminal && find->format == NDUP_FIND_TABLE)
        find->limit = TERMINAL_LIMIT;
    ndup_table_init(
        &find->table, out, ndup_term_width(out, DEFAULT_COLUMNS),
        ndup_term_colour(out, (enum ndup_term_when)cli->settings.colour), find->pairs ? pair_columns : cluster_columns,
        find->pairs ? sizeof pair_columns / sizeof *pair_columns : sizeof cluster_columns / sizeof *cluster_columns);
    if (find->format == NDUP_FIND_CSV)
        ndup_emit_csv_header(out, find->pairs);
}

static void say_rest(const struct find *find)
{
    FILE *out = find->out.stream;
    if (find->format != NDUP_FIND_TABLE)
        return;
    if (find->shown == 0)
        fputs("no near-duplicates\n", out);
    if (find->more > 0)
        fprintf(out, "... and %s more %s (--limit N shows more)\n", ndup_number_group(find->more).text,
                find->pairs ? "pairs" : "clusters");
}

/* After the run: what could not be written is an error unless it was a pipe that nobody reads. */
static int conclude(struct find *find, struct ndup_cli *cli, int status, bool complete)
{
    if (complete && !find->write_failed) {
        errno = 0;
        if (written(find, find->format != NDUP_FIND_TABLE || ndup_table_flush(&find->table))) {
            say_rest(find);
            /* Now, while the reason of a failure is at hand; a file of its own is flushed and judged when it is closed. */
            errno = 0;
            if (find->out.path == NULL)
                written(find, fflush(find->out.stream) == 0);
        }
    }
    if (find->write_failed) {
        if (find->write_errno == EPIPE) {
            cli->broken_pipe = true;
            return NDUP_EXIT_DONE;
        }
        const char *quote = find->out.path != NULL ? "'" : "";
        ndup_msg_error(&cli->msg, "cannot write to %s%s%s: %s", quote,
                       find->out.path != NULL ? find->out.path : "standard output", quote,
                       strerror(find->write_errno != 0 ? find->write_errno : ENOMEM));
        return NDUP_EXIT_TROUBLE;
    }
    if (complete && !ndup_outfile_commit(&find->out, &cli->msg))
        return NDUP_EXIT_TROUBLE;
    return status;
}

int ndup_cmd_find(struct ndup_cli *cli)
{
    struct ndup_runjob run;
    struct find find = {.run = &run};
    if (!ndup_runjob_init(&run, cli) || !ndup_outfile_open(&find.out, cli->settings.output, &cli->msg))
        return NDUP_EXIT_TROUBLE;
    prepare(&find, cli);
    run.owner = &find;
    run.options.pairs = find.pairs;
    if (find.pairs)
        run.callbacks.pair = on_pair;
    else
        run.callbacks.cluster = on_cluster;
    int status = NDUP_EXIT_TROUBLE;
    bool complete = false;
    if (ndup_runjob_open(&run)) {
        status = ndup_runjob_run(&run, &complete);
        status = conclude(&find, cli, status, complete);
    }
    if (complete && !find.write_failed)
        ndup_runjob_summary(&run, true);
    ndup_outfile_discard(&find.out);
    ndup_table_free(&find.table);
    ndup_buf_free(&find.buf);
    ndup_runjob_close(&run);
    return status;
}
