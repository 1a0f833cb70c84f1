/* SPDX-License-Identifier: MIT
 * Rows are held until the look is over; then widths are set once. Where the table is wider than the terminal, spare
 * columns are hidden, from the last to the first, and columns that may be squeezed give width; longer cells are cut
 * with an ellipsis. */
#include "base/platform.h"

#include "term/safe.h"
#include "term/table.h"

#include <string.h>

#define LAST_RESORT 4 /* columns that a cell keeps at worst: three characters and an ellipsis */

struct cell {
    size_t begin, length; /* in table->text */
    size_t width;         /* columns */
    enum ndup_term_style style;
    bool spans; /* the columns from here to the end of the line */
};

void ndup_table_init(struct ndup_table *table, FILE *out, size_t width, bool colour,
                     const struct ndup_table_column *columns, size_t column_count)
{
    *table = (struct ndup_table){.out = out, .width = width, .colour = colour, .columns = columns};
    table->column_count = column_count;
    for (size_t i = 0; i < column_count; i++)
        table->widths[i] = strlen(columns[i].title);
}

static struct cell cell_at(const struct ndup_table *table, size_t i)
{
    struct cell cell;
    memcpy(&cell, table->cells.data + i * sizeof cell, sizeof cell);
    return cell;
}

static void add_cell(struct ndup_table *table, const char *text, size_t length, bool spans)
{
    struct cell cell = {table->text.len, length, ndup_safe_width(text, length), NDUP_TERM_PLAIN, spans};
    ndup_buf_append(&table->text, text, length);
    ndup_buf_append(&table->cells, &cell, sizeof cell);
    table->used[table->filled] = table->used[table->filled] || (length > 0 && !spans);
    table->filled++;
}

void ndup_table_cell(struct ndup_table *table, const char *text, size_t length)
{
    add_cell(table, text, length, false);
}

void ndup_table_span(struct ndup_table *table, const char *text, size_t length)
{
    add_cell(table, text, length, true);
}

static size_t squeeze(struct ndup_table *table, size_t column, size_t least, size_t total)
{
    size_t width = table->widths[column];
    if (least == 0 || width <= least || total <= table->width)
        return total;
    size_t excess = total - table->width;
    size_t give = width - least < excess ? width - least : excess;
    table->widths[column] -= give;
    return total - give;
}

static size_t least_width(const struct ndup_table *table, size_t column)
{
    size_t least = table->columns[column].least, width = table->widths[column];
    return least == 0 || width < least ? width : least;
}

/* Hides spare columns, from the last to the first, until the others fit. Returns the width of the others. */
static size_t leave_out(struct ndup_table *table)
{
    size_t count = table->column_count, total = 0, least = 0;
    for (size_t i = 0; i < count; i++) {
        table->hidden[i] = table->empty[i] = (table->columns[i].spare & NDUP_TABLE_IF_EMPTY) != 0 && !table->used[i];
        if (table->hidden[i])
            continue;
        size_t gap = i + 1 < count ? 2 : 0;
        total += table->widths[i] + gap;
        least += least_width(table, i) + gap;
    }
    for (size_t i = count; i-- > 0 && least > table->width;) {
        if ((table->columns[i].spare & NDUP_TABLE_IF_NARROW) != 0 && !table->hidden[i]) {
            table->hidden[i] = true;
            total -= table->widths[i] + 2;
            least -= least_width(table, i) + 2;
        }
    }
    return total;
}

/* Narrows columns, from the last to the first and none below its least width, until the row fits. If that is not
 * enough, hides spare columns, and narrows the last one to a few columns. */
static void fit_widths(struct ndup_table *table)
{
    size_t count = table->column_count;
    for (size_t i = 0; i < table->rows * count; i++) {
        struct cell cell = cell_at(table, i);
        if (!cell.spans && cell.width > table->widths[i % count])
            table->widths[i % count] = cell.width;
    }
    size_t total = leave_out(table);
    for (size_t i = count; i-- > 0;)
        if (!table->hidden[i])
            total = squeeze(table, i, table->columns[i].least, total);
    total = squeeze(table, count - 1, LAST_RESORT, total);
    /* The last column gets the remaining width. */
    if (total < table->width)
        table->widths[count - 1] += table->width - total;
}

/* The row ends with this cell. */
static void put_span(const struct ndup_table *table, struct ndup_buf *line, const char *text, size_t length)
{
    size_t used = ndup_safe_width(line->data, line->len);
    (void)ndup_safe_fit(line, text, length, table->width > used ? table->width - used : 0, NDUP_SAFE_KEEP_START);
}

static void put_cell(struct ndup_table *table, struct ndup_buf *line, size_t column, const char *text, size_t length)
{
    const struct ndup_table_column *spec = &table->columns[column];
    if (table->hidden[column])
        return;
    size_t width = table->widths[column];
    size_t natural = ndup_safe_width(text, length);
    bool last = column + 1 == table->column_count;
    for (size_t i = natural; spec->right && i < width; i++)
        ndup_buf_append_str(line, " ");
    size_t used = ndup_safe_fit(line, text, length, width, spec->keep_end ? NDUP_SAFE_KEEP_END : NDUP_SAFE_KEEP_START);
    for (size_t i = used; !spec->right && !last && i < width; i++)
        ndup_buf_append_str(line, " ");
    if (!last)
        ndup_buf_append_str(line, "  ");
}

static void end_line(struct ndup_table *table, struct ndup_buf *line, enum ndup_term_style style)
{
    while (line->len > 0 && line->data[line->len - 1] == ' ')
        line->len--;
    fputs(ndup_term_begin(table->colour, style), table->out);
    fwrite(line->data, 1, line->len, table->out);
    fputs(ndup_term_end(table->colour, style), table->out);
    fputc('\n', table->out);
    table->lost = table->lost || line->failed;
    ndup_buf_clear(line);
}

bool ndup_table_flush(struct ndup_table *table)
{
    struct ndup_buf line = NDUP_BUF_INIT;
    bool failed = table->text.failed || table->cells.failed, spanned = false;
    if (!failed && table->rows > 0) {
        if (!table->begun) {
            fit_widths(table);
            for (size_t i = 0; i < table->column_count; i++)
                put_cell(table, &line, i, table->columns[i].title, strlen(table->columns[i].title));
            end_line(table, &line, NDUP_TERM_BOLD);
            table->begun = true;
        }
        for (size_t i = 0; i < table->rows * table->column_count; i++) {
            struct cell cell = cell_at(table, i);
            size_t column = i % table->column_count;
            if (column == 0)
                spanned = false;
            if (cell.spans)
                put_span(table, &line, table->text.data + cell.begin, cell.length);
            else if (!spanned)
                put_cell(table, &line, column, table->text.data + cell.begin, cell.length);
            spanned = spanned || cell.spans;
            if (column + 1 == table->column_count)
                end_line(table, &line, cell.style);
        }
        failed = table->lost;
    }
    ndup_buf_free(&line);
    ndup_buf_clear(&table->text);
    ndup_buf_clear(&table->cells);
    table->rows = 0;
    return !failed && ferror(table->out) == 0;
}

/* Begins the table again if a column that was left out has a cell now: then the header has it, and widths are set anew. */
static void begin_again(struct ndup_table *table)
{
    bool again = false;
    for (size_t i = 0; table->begun && i < table->column_count; i++)
        again = again || (table->empty[i] && table->used[i]);
    if (!again)
        return;
    fputc('\n', table->out);
    table->begun = false;
    for (size_t i = 0; i < table->column_count; i++)
        table->widths[i] = strlen(table->columns[i].title);
}

bool ndup_table_row(struct ndup_table *table, enum ndup_term_style style)
{
    while (table->filled < table->column_count)
        ndup_table_cell(table, "", 0);
    table->filled = 0;
    begin_again(table);
    if (table->text.failed || table->cells.failed)
        return false;
    /* The last cell of a row has its style. */
    struct cell cell = cell_at(table, (table->rows + 1) * table->column_count - 1);
    cell.style = style;
    memcpy(table->cells.data + table->cells.len - sizeof cell, &cell, sizeof cell);
    table->rows++;
    return table->rows < (table->begun ? 1 : NDUP_TABLE_LOOK) || ndup_table_flush(table);
}

void ndup_table_free(struct ndup_table *table)
{
    ndup_buf_free(&table->text);
    ndup_buf_free(&table->cells);
}
