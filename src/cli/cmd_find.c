/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/command.h"
#include "cli/find_table.h"
#include "cli/outfile.h"
#include "cli/runjob.h"
#include "run/names.h"
#include "term/emit.h"
#include "term/number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* In a table on a terminal, without --limit. */
#define TERMINAL_LIMIT    20 /* clusters, pairs, groups: with five members each about three screens */
#define TERMINAL_PASSAGES 5  /* of a group */

struct find_section { /* what has been printed of a kind */
    enum ndup_find_kind kind;
    uint64_t shown, more;
};

struct find_command {
    struct ndup_runjob *run;
    struct ndup_outfile out;
    struct ndup_find_table table;
    struct ndup_buf buf;
    int format;
    bool pairs, parts;
    struct ndup_csv_columns csv;
    bool begun; /* the section */
    struct find_section section;
    bool any;                          /* a cluster or pair was found */
    bool any_group;                    /* a passage of a group was found */
    uint64_t limit;                    /* 0: all */
    uint64_t groups, passages;         /* limits of the groups, and for each; 0: all */
    struct ndup_buf group;             /* the one that the last passage was about */
    uint64_t group_count, group_shown; /* groups so far, passages of the last one */
    int write_errno;                   /* of the first write that failed */
    bool write_failed;
};

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

static bool written(struct find_command *find, bool good)
{
    if (!good) {
        find->write_failed = true;
        find->write_errno = errno;
    }
    return good;
}

/* How many were found beyond the limit. */
static void say_more(const struct find_command *find)
{
    static const char *const names[][2] = {
        [NDUP_FIND_CLUSTERS] = {"cluster", "clusters"}, [NDUP_FIND_PARTS] = {"cluster", "clusters"},
        [NDUP_FIND_PAIRS] = {"pair", "pairs"},          [NDUP_FIND_PART_PAIRS] = {"pair", "pairs"},
        [NDUP_FIND_GROUPS] = {"passage", "passages"},
    };
    uint64_t more = find->section.more;
    if (find->format == NDUP_FIND_TABLE && more > 0)
        fprintf(find->out.stream, "... and %s more %s (--limit N shows more)\n", ndup_number_group(more).text,
                names[find->section.kind][more > 1]);
}

static bool end_section(struct find_command *find)
{
    if (find->format == NDUP_FIND_TABLE && !written(find, ndup_find_table_end(&find->table)))
        return false;
    if (find->begun)
        say_more(find);
    return true;
}

static bool enter_section(struct find_command *find, enum ndup_find_kind kind)
{
    if (find->begun && find->section.kind == kind)
        return true;
    if (!end_section(find))
        return false;
    if (!find->begun && find->out.path == NULL)
        ndup_progress_clear(&find->run->cli->progress);
    find->begun = true;
    find->section = (struct find_section){.kind = kind};
    if (find->format == NDUP_FIND_TABLE)
        ndup_find_table_begin(&find->table, kind);
    return true;
}

/* Counts it; whether it is to be printed. */
static bool wanted(struct find_command *find, bool within_limit)
{
    if (within_limit)
        find->section.shown++;
    else
        find->section.more++;
    return within_limit;
}

static bool below_limit(const struct find_command *find)
{
    return find->limit == 0 || find->section.shown < find->limit;
}

static bool on_cluster(void *context, const neardup_cluster *cluster)
{
    struct find_command *find = ((struct ndup_runjob *)context)->owner;
    errno = 0;
    if (!enter_section(find, ndup_is_part(&cluster->keeper) ? NDUP_FIND_PARTS : NDUP_FIND_CLUSTERS))
        return false;
    find->any = true;
    if (!wanted(find, below_limit(find)))
        return true;
    if (find->format == NDUP_FIND_TABLE)
        return written(find, ndup_find_table_cluster(&find->table, cluster));
    if (find->format == NDUP_FIND_CSV)
        return written(find, ndup_emit_cluster_csv(find->out.stream, &find->buf, cluster, find->csv));
    return written(find, ndup_emit_cluster_json(find->out.stream, &find->buf, cluster));
}

static bool on_pair(void *context, const neardup_pair *pair)
{
    struct find_command *find = ((struct ndup_runjob *)context)->owner;
    errno = 0;
    if (!enter_section(find, ndup_is_part(&pair->a) ? NDUP_FIND_PART_PAIRS : NDUP_FIND_PAIRS))
        return false;
    find->any = true;
    if (!wanted(find, below_limit(find)))
        return true;
    if (find->format == NDUP_FIND_TABLE)
        return written(find, ndup_find_table_pair(&find->table, pair));
    if (find->format == NDUP_FIND_CSV)
        return written(find, ndup_emit_pair_csv(find->out.stream, &find->buf, pair, find->csv));
    return written(find, ndup_emit_pair_json(find->out.stream, &find->buf, pair));
}

/* Passages of a group come one after the other. */
static void count_group(struct find_command *find, const neardup_group_repeat *repeat)
{
    struct ndup_buf *last = &find->group;
    if (find->group_count > 0 && last->len == repeat->group_length &&
        memcmp(last->data, repeat->group, repeat->group_length) == 0) {
        find->group_shown++;
        return;
    }
    ndup_buf_clear(last);
    ndup_buf_append(last, repeat->group, repeat->group_length);
    find->group_count++;
    find->group_shown = 1;
}

static bool on_group(void *context, const neardup_group_repeat *repeat)
{
    struct find_command *find = ((struct ndup_runjob *)context)->owner;
    errno = 0;
    if (!enter_section(find, NDUP_FIND_GROUPS))
        return false;
    find->any_group = true;
    count_group(find, repeat);
    bool within_limit = (find->groups == 0 || find->group_count <= find->groups) &&
                        (find->passages == 0 || find->group_shown <= find->passages);
    if (!wanted(find, within_limit))
        return true;
    if (find->format == NDUP_FIND_TABLE)
        return written(find, ndup_find_table_group(&find->table, repeat));
    return written(find, ndup_emit_group_json(find->out.stream, &find->buf, repeat));
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static void prepare(struct find_command *find, struct ndup_cli *cli)
{
    FILE *out = find->out.stream;
    bool terminal = ndup_term_is_tty(out);
    find->format = cli->settings.find_format;
    if (find->format == NDUP_FIND_AUTO)
        find->format = terminal ? NDUP_FIND_TABLE : NDUP_FIND_JSONL;
    find->pairs = cli->settings.pairs != 0;
    find->parts = ndup_runjob_part_unit(find->run->options.units) != 0;
    find->csv = (struct ndup_csv_columns){find->parts, find->run->options.method == NEARDUP_METHOD_SIMHASH,
                                          find->run->options.contained > 0, cli->settings.csv_rows == NDUP_CSV_REMOVED,
                                          cli->settings.csv_bom != 0};
    find->limit = find->passages = cli->settings.limit;
    if (find->limit == 0 && terminal && find->format == NDUP_FIND_TABLE) {
        find->limit = find->groups = TERMINAL_LIMIT;
        find->passages = TERMINAL_PASSAGES;
    }
    ndup_find_table_init(&find->table, find->run, out);
    if (find->format == NDUP_FIND_CSV)
        written(find, ndup_emit_csv_header(out, find->pairs, find->csv));
}

static void say_nothing(const struct find_command *find)
{
    FILE *out = find->out.stream;
    unsigned units = find->run->options.units;
    if (find->format != NDUP_FIND_TABLE)
        return;
    if (!find->any)
        fprintf(out, "no %s%s%s%s\n", (units & NEARDUP_UNIT_DOCUMENT) != 0 ? "near-duplicates" : "",
                units > NEARDUP_UNIT_DOCUMENT && (units & NEARDUP_UNIT_DOCUMENT) != 0 ? " and no " : "",
                find->parts ? "repeated " : "",
                find->parts ? ndup_runjob_part_name(ndup_runjob_part_unit(units), 2) : "");
    else if (find->run->callbacks.group_repeat != NULL && !find->any_group)
        fputs("\nno group has a passage that is in more than half of its documents\n", out);
}

/* After the run: what could not be written is an error unless it was a pipe that nobody reads. */
static int conclude(struct find_command *find, struct ndup_cli *cli, int status, bool complete)
{
    if (complete && !find->write_failed) {
        errno = 0;
        if (end_section(find)) {
            say_nothing(find);
            /* Now, while the reason of a failure is known; a file of its own is flushed and judged when it is closed. */
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
        ndup_msg_error(&cli->msg, "cannot write %s%s%s: %s", quote,
                       find->out.path != NULL ? find->out.path : "standard output", quote,
                       strerror(find->write_errno != 0 ? find->write_errno : ENOMEM));
        return NDUP_EXIT_TROUBLE;
    }
    if (complete && !ndup_outfile_commit(&find->out, &cli->msg))
        return NDUP_EXIT_TROUBLE;
    return status;
}

static void set_job(struct find_command *find, struct ndup_runjob *run, const struct ndup_settings *settings)
{
    run->owner = find;
    run->options.pairs = find->pairs;
    if (find->pairs)
        run->callbacks.pair = on_pair;
    else
        run->callbacks.cluster = on_cluster;
    if (run->options.group_field != NULL && find->parts && !find->pairs && find->format != NDUP_FIND_CSV)
        run->callbacks.group_repeat = on_group;
    run->options.output_dir = settings->save;
    run->options.write_corpus = settings->save == NULL;
}

int ndup_cmd_find(struct ndup_cli *cli)
{
    struct ndup_runjob run;
    struct find_command find = {.run = &run};
    if (cli->settings.save != NULL && (cli->settings.save[0] == '\0' || strcmp(cli->settings.save, "-") == 0))
        return ndup_command_misuse(cli, "--save requires a folder", "for instance --save run/");
    if (!ndup_runjob_init(&run, cli) || !ndup_runjob_open_output(cli, &find.out, cli->settings.output)) {
        ndup_runjob_close(&run);
        return NDUP_EXIT_TROUBLE;
    }
    prepare(&find, cli);
    set_job(&find, &run, &cli->settings);
    int status = NDUP_EXIT_TROUBLE;
    bool complete = false;
    if (ndup_runjob_open(&run)) {
        status = ndup_runjob_run(&run, &complete);
        status = conclude(&find, cli, status, complete);
    }
    if (complete && !find.write_failed) {
        ndup_runjob_summary(&run, true);
        ndup_runjob_advise(&run);
    }
    ndup_outfile_discard(&find.out);
    ndup_find_table_free(&find.table);
    ndup_buf_free(&find.buf);
    ndup_buf_free(&find.group);
    ndup_runjob_close(&run);
    return status;
}
