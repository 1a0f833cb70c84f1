/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/find_table.h"
#include "run/names.h"
#include "run/json_write.h"
#include "term/number.h"
#include "term/safe.h"

#include <stdio.h>
#include <string.h>

#define TABLE_MEMBERS   5   /* of a cluster: five copies of a page show as much as a hundred */
#define EXCERPT_BYTES   400 /* more than the columns of any terminal */
#define DEFAULT_COLUMNS 100

/* Columns before the title, if numbers have up to four digits: CLUSTER and SIZE, or CLUSTER, COPIES, DOCUMENTS and WASTED. */
#define TITLE_AT      15
#define PART_TITLE_AT 36
#define LEAST_TITLE   20

static const struct ndup_table_column cluster_columns[] = {
    {"CLUSTER", true, false, 0, 0},
    {"SIZE", true, false, 0, 0},
    {"SIMILAR", true, false, 0, 0},
    {"DOCUMENT", false, true, 12, 0},
    {"ID", false, false, 8, NDUP_TABLE_IF_EMPTY},
    {"TEXT", false, false, 20, 0},
};
static const struct ndup_table_column part_columns[] = {
    {"CLUSTER", true, false, 0, 0},
    {"COPIES", true, false, 0, 0},
    {"DOCUMENTS", true, false, 0, 0},
    {"WASTED", true, false, 0, 0},
    {"SIMILAR", true, false, 0, 0},
    {"DOCUMENT", false, true, 12, 0},
    {"CHARACTERS", true, false, 0, NDUP_TABLE_IF_NARROW},
    {"ID", false, false, 8, NDUP_TABLE_IF_NARROW | NDUP_TABLE_IF_EMPTY},
    {"TEXT", false, false, 20, 0},
};
static const struct ndup_table_column pair_columns[] = {
    {"SIMILAR", true, false, 0, 0},
    {"A", false, true, 12, 0},
    {"B", false, true, 12, 0},
    {"TEXT OF A", false, false, 20, 0},
};
static const struct ndup_table_column part_pair_columns[] = {
    {"SIMILAR", true, false, 0, 0}, {"A", false, true, 12, 0},         {"CHARACTERS", true, false, 0, 0},
    {"B", false, true, 12, 0},      {"CHARACTERS", true, false, 0, 0}, {"TEXT OF A", false, false, 20, 0},
};
static const struct ndup_table_column group_columns[] = {
    {"GROUP", false, false, 12, 0}, {"DOCUMENTS", true, false, 0, 0},
    {"SHARE", true, false, 0, 0},   {"CLUSTER", true, false, 0, 0},
    {"FIRST", false, true, 12, 0},  {"CHARACTERS", true, false, 0, NDUP_TABLE_IF_NARROW},
    {"TEXT", false, false, 20, 0},
};

#define KIND(columns)                                                                                                  \
    {                                                                                                                  \
        columns, sizeof(columns) / sizeof *(columns)                                                                   \
    }
static const struct find_columns {
    const struct ndup_table_column *columns;
    size_t count;
} kinds[] = {
    [NDUP_FIND_CLUSTERS] = KIND(cluster_columns), [NDUP_FIND_PARTS] = KIND(part_columns),
    [NDUP_FIND_PAIRS] = KIND(pair_columns),       [NDUP_FIND_PART_PAIRS] = KIND(part_pair_columns),
    [NDUP_FIND_GROUPS] = KIND(group_columns),
};

void ndup_find_table_init(struct ndup_find_table *table, const struct ndup_runjob *run, FILE *out)
{
    *table =
        (struct ndup_find_table){.run = run, .out = out, .distance = run->options.method == NEARDUP_METHOD_SIMHASH};
}

/* With SimHash there is a column DISTANCE after SIMILAR. */
static size_t choose_columns(struct ndup_find_table *table, enum ndup_find_kind kind)
{
    static const struct ndup_table_column distance = {"DISTANCE", true, false, 0, 0};
    size_t count = 0;
    for (size_t i = 0; i < kinds[kind].count; i++) {
        table->columns[count++] = kinds[kind].columns[i];
        if (table->distance && strcmp(kinds[kind].columns[i].title, "SIMILAR") == 0)
            table->columns[count++] = distance;
    }
    return count;
}

void ndup_find_table_begin(struct ndup_find_table *table, enum ndup_find_kind kind)
{
    size_t count = choose_columns(table, kind);
    bool colour = ndup_term_colour(table->out, (enum ndup_term_when)table->run->cli->settings.colour);
    if (table->any)
        fputc('\n', table->out);
    ndup_table_free(&table->table);
    ndup_table_init(&table->table, table->out, ndup_term_width(table->out, DEFAULT_COLUMNS), colour, table->columns,
                    count);
    table->any = true;
}

bool ndup_find_table_end(struct ndup_find_table *table)
{
    return !table->any || ndup_table_flush(&table->table);
}

void ndup_find_table_free(struct ndup_find_table *table)
{
    ndup_table_free(&table->table);
    ndup_buf_free(&table->buf);
    ndup_buf_free(&table->group);
    ndup_title_free(&table->title);
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static void cell_text(struct ndup_find_table *table, const char *text)
{
    ndup_table_cell(&table->table, text, strlen(text));
}

/* What is in the buffer. A row without memory for one of its cells is not printed. */
static void cell_buf(struct ndup_find_table *table)
{
    ndup_table_cell(&table->table, table->buf.len > 0 ? table->buf.data : "", table->buf.len);
    table->table.text.failed = table->table.text.failed || table->buf.failed;
}

static void cell_number(struct ndup_find_table *table, uint64_t number)
{
    cell_text(table, ndup_number_group(number).text);
}

/* Not grouped by thousands: it is a name. */
static void cell_cluster(struct ndup_find_table *table, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    cell_text(table, text);
}

static void cell_where(struct ndup_find_table *table, const neardup_ref *ref)
{
    ndup_buf_clear(&table->buf);
    ndup_safe_append_path(&table->buf, ref->file);
    ndup_buf_printf(&table->buf, ":%llu", (unsigned long long)ref->line);
    cell_buf(table);
}

static void cell_characters(struct ndup_find_table *table, const neardup_ref *ref)
{
    char text[48];
    snprintf(text, sizeof text, "%llu-%llu", (unsigned long long)ref->characters.begin,
             (unsigned long long)ref->characters.end);
    cell_text(table, text);
}

static void cell_plain(struct ndup_find_table *table, const char *value, size_t length)
{
    struct ndup_buf plain = NDUP_BUF_INIT;
    ndup_json_write_plain(&plain, value, length);
    ndup_buf_clear(&table->buf);
    ndup_safe_append(&table->buf, plain.data, plain.len);
    table->buf.failed = table->buf.failed || plain.failed;
    ndup_buf_free(&plain);
    cell_buf(table);
}

static void cell_excerpt(struct ndup_find_table *table, const neardup_ref *ref)
{
    char excerpt[EXCERPT_BYTES];
    ndup_buf_clear(&table->buf);
    neardup_status status = neardup_job_excerpt(table->run->job, ref->unit, ref->index, excerpt, sizeof excerpt, NULL);
    if (status == NEARDUP_OK)
        ndup_safe_append_line(&table->buf, excerpt, strlen(excerpt));
    else if (status == NEARDUP_E_NOMEM)
        table->buf.failed = true;
    else if (status != NEARDUP_E_ARG) /* a table of made-up clusters */
        ndup_buf_append_str(&table->buf, "(cannot be read)");
    cell_buf(table);
}

static void cell_similar(struct ndup_find_table *table, neardup_reason reason, double jaccard, double containment,
                         bool numbers_differ)
{
    char text[64];
    if (reason == NEARDUP_CONTAINED) {
        snprintf(text, sizeof text, "contained %s", ndup_number_short_score(containment).text);
        cell_text(table, text);
    } else {
        /* Copies of boilerplate are compared with the first one, which is as good as exact to itself. */
        bool exact = reason == NEARDUP_EXACT || (reason == NEARDUP_BOILERPLATE && jaccard >= 1);
        snprintf(text, sizeof text, "%s%s", exact ? "exact" : ndup_number_short_score(jaccard).text,
                 numbers_differ ? " numbers" : "");
        cell_text(table, text);
    }
}

static void cell_contained(struct ndup_find_table *table, const neardup_pair *pair)
{
    char text[64];
    bool first = pair->a_in_b >= pair->b_in_a; /* is the shorter one */
    snprintf(text, sizeof text, "%s %s", first ? "a in b" : "b in a",
             ndup_number_short_score(first ? pair->a_in_b : pair->b_in_a).text);
    cell_text(table, text);
}

static void cell_distance(struct ndup_find_table *table, int distance)
{
    char text[16] = "";
    if (distance != NEARDUP_NO_DISTANCE)
        snprintf(text, sizeof text, "%d", distance);
    if (table->distance)
        cell_text(table, text);
}

/* Cells before SIMILAR in a row that is not the first of its cluster. */
static void cells_empty(struct ndup_find_table *table, bool part)
{
    for (int i = part ? 4 : 2; i > 0; i--)
        cell_text(table, "");
}

/* Without what the title has. */
static void cells_place(struct ndup_find_table *table, const neardup_ref *ref, bool part)
{
    ndup_buf_clear(&table->buf);
    ndup_title_append_place(&table->buf, &table->title, ref);
    cell_buf(table);
    if (part)
        cell_characters(table, ref);
    ndup_buf_clear(&table->buf);
    ndup_title_append_id(&table->buf, &table->title, ref);
    cell_buf(table);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* The title takes the width of all columns from SIMILAR on. */
static bool title_row(struct ndup_find_table *table, const neardup_cluster *cluster, bool part)
{
    cell_cluster(table, cluster->number);
    cell_number(table, ndup_cluster_size(cluster));
    if (part) {
        cell_number(table, cluster->documents);
        cell_number(table, cluster->tokens);
    }
    if (!ndup_title_make(&table->title, cluster))
        return false;
    size_t before = part ? PART_TITLE_AT : TITLE_AT, width = table->table.width;
    ndup_buf_clear(&table->buf);
    ndup_title_append(&table->buf, &table->title, width > before + LEAST_TITLE ? width - before : LEAST_TITLE);
    ndup_table_span(&table->table, table->buf.len > 0 ? table->buf.data : "", table->buf.len);
    table->table.text.failed = table->table.text.failed || table->buf.failed;
    return ndup_table_row(&table->table, NDUP_TERM_BOLD);
}

static bool keeper_row(struct ndup_find_table *table, const neardup_cluster *cluster, bool part)
{
    cells_empty(table, part);
    cell_text(table, cluster->all_removed ? "boilerplate" : "keeper");
    cell_distance(table, NEARDUP_NO_DISTANCE);
    cells_place(table, &cluster->keeper, part);
    cell_excerpt(table, &cluster->keeper);
    return ndup_table_row(&table->table, NDUP_TERM_PLAIN);
}

static bool member_row(struct ndup_find_table *table, const neardup_member *member, bool part)
{
    cells_empty(table, part);
    cell_similar(table, member->reason, member->jaccard, member->containment, member->numbers_differ);
    cell_distance(table, member->distance);
    cells_place(table, &member->document, part);
    if (member->reason == NEARDUP_EXACT) /* its text is that of the keeper, one or more rows above */
        cell_text(table, "");
    else
        cell_excerpt(table, &member->document);
    return ndup_table_row(&table->table, NDUP_TERM_PLAIN);
}

static bool rest_row(struct ndup_find_table *table, uint64_t count, bool part)
{
    char text[64];
    snprintf(text, sizeof text, "and %s more", ndup_number_group(count).text);
    cells_empty(table, part);
    cell_text(table, "");
    cell_distance(table, NEARDUP_NO_DISTANCE);
    ndup_table_span(&table->table, text, strlen(text));
    return ndup_table_row(&table->table, NDUP_TERM_DIM);
}

bool ndup_find_table_cluster(struct ndup_find_table *table, const neardup_cluster *cluster)
{
    bool part = ndup_is_part(&cluster->keeper);
    bool verbose = table->run->cli->settings.verbosity > 0;
    uint64_t count = cluster->member_count;
    uint64_t shown = verbose || count <= TABLE_MEMBERS + 1 ? count : TABLE_MEMBERS;
    uint64_t skipped = 0;
    bool good = title_row(table, cluster, part) && keeper_row(table, cluster, part);
    for (uint64_t i = 0; good && i < shown; i++) {
        /* If all copies of boilerplate are removed, the first one is a member too, and already has its row. */
        if (cluster->all_removed && cluster->members[i].document.index == cluster->keeper.index)
            skipped++;
        else
            good = member_row(table, &cluster->members[i], part);
    }
    if (good && shown < count)
        good = rest_row(table, count - shown - (cluster->all_removed && skipped == 0 ? 1 : 0), part);
    return good;
}

bool ndup_find_table_pair(struct ndup_find_table *table, const neardup_pair *pair)
{
    bool part = ndup_is_part(&pair->a);
    if (pair->reason == NEARDUP_CONTAINED)
        cell_contained(table, pair);
    else
        cell_similar(table, pair->reason, pair->jaccard, 0, pair->numbers_differ);
    cell_distance(table, pair->distance);
    cell_where(table, &pair->a);
    if (part)
        cell_characters(table, &pair->a);
    cell_where(table, &pair->b);
    if (part)
        cell_characters(table, &pair->b);
    cell_excerpt(table, &pair->a);
    return ndup_table_row(&table->table, NDUP_TERM_PLAIN);
}

static bool same_group(struct ndup_find_table *table, const neardup_group_repeat *repeat)
{
    struct ndup_buf *last = &table->group;
    bool same = last->len > 0 && last->len == repeat->group_length &&
                memcmp(last->data, repeat->group, repeat->group_length) == 0;
    ndup_buf_clear(last);
    ndup_buf_append(last, repeat->group, repeat->group_length);
    return same;
}

bool ndup_find_table_group(struct ndup_find_table *table, const neardup_group_repeat *repeat)
{
    char text[112];
    bool same = same_group(table, repeat);
    if (same)
        cell_text(table, "");
    else
        cell_plain(table, repeat->group, repeat->group_length);
    snprintf(text, sizeof text, "%s of %s", ndup_number_group(repeat->documents).text,
             ndup_number_group(repeat->group_documents).text);
    cell_text(table, text);
    cell_text(table, ndup_number_percent(repeat->documents, repeat->group_documents).text);
    cell_cluster(table, repeat->cluster);
    cell_where(table, &repeat->first);
    cell_characters(table, &repeat->first);
    cell_excerpt(table, &repeat->first);
    return ndup_table_row(&table->table, same ? NDUP_TERM_PLAIN : NDUP_TERM_BOLD);
}
