/* SPDX-License-Identifier: MIT
 * CSV and TSV: RFC 4180 with a header row. The reader is our own since we need what libraries (libcsv and others) do not
 * give: the place of each field in the file, verbatim rows, and batches that are cut at the ends of records; they hand out
 * unescaped copies.
 *
 * A field that begins with a quote ends at the next single quote; two quotes in it are one, and line ends and delimiters
 * in it are text. In any other field a quote is a character like others. LF, CRLF or a lone CR end a row, and a line. An
 * empty line is not a row. All of this is what Python's csv module does (tests/csv), which reads most CSV files there are;
 * where it guesses, in a field that goes on after its closing quote, we refuse the row. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "input/field_path.h"
#include "input/formats.h"
#include "input/json_put.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#if NDUP_X86
#    include <emmintrin.h>
#endif

static const char byte_order_mark[] = "\xef\xbb\xbf";
#define MARK (sizeof byte_order_mark - 1)

static size_t mark_length(const char *data, size_t len)
{
    return len >= MARK && memcmp(data, byte_order_mark, MARK) == 0 ? MARK : 0;
}

/* Excel begins a file with "sep=;" where it is to be opened in any country. The end of this line, and its delimiter; `at` if there
 * is none. */
static const char *pass_separator_line(const char *at, const char *end, char *delimiter)
{
    static const char word[] = "sep=";
    size_t n = sizeof word - 1;
    if ((size_t)(end - at) < n + 2 || strncasecmp(at, word, n) != 0)
        return at;
    const char *p = at + n + 1;
    p += *p == '\r' && p + 1 < end;
    if (*p != '\n' || strchr("\"\r\n", at[n]) != NULL)
        return at;
    *delimiter = at[n];
    return p + 1;
}

/* ---- where rows end ----
 * The only place that walks bytes: it cuts batches, and it finds the rows in them. */

enum csv_state {
    ROW_BEGIN,
    FIELD_BEGIN,
    UNQUOTED,
    QUOTED,
    AFTER_QUOTE,  /* a quote in a quoted field: the first of two, or the closing one */
    AFTER_RETURN, /* a CR in an unquoted field; an LF may follow */
    QUOTED_RETURN /* the same in a quoted field */
};

/* The first of three bytes at or after `at`, or the end. */
static const char *find_any(const char *at, const char *end, char a, char b, char c)
{
#if NDUP_X86
    const __m128i as = _mm_set1_epi8(a), bs = _mm_set1_epi8(b), cs = _mm_set1_epi8(c);
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i same =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, as), _mm_cmpeq_epi8(bytes, bs)), _mm_cmpeq_epi8(bytes, cs));
        unsigned found = (unsigned)_mm_movemask_epi8(same);
        if (found != 0)
            return at + __builtin_ctz(found);
    }
#endif
    while (at < end && *at != a && *at != b && *at != c)
        at++;
    return at;
}

/* Walks from `at` to the end of the row, in which *state then is ROW_BEGIN, or to the end of the bytes. *lines counts the
 * lines that end. */
static const char *pass_row(enum csv_state *state, const char *at, const char *end, char delimiter, uint32_t *lines)
{
    while (at < end) {
        switch (*state) {
        case ROW_BEGIN:
        case FIELD_BEGIN:
            *state = *at == '"' ? QUOTED : UNQUOTED;
            at += *at == '"';
            break;
        case UNQUOTED:
            at = find_any(at, end, delimiter, '\n', '\r');
            if (at == end)
                break;
            if (*at == '\n') {
                ++*lines;
                *state = ROW_BEGIN;
                return at + 1;
            }
            *state = *at++ == '\r' ? AFTER_RETURN : FIELD_BEGIN;
            break;
        case QUOTED:
            at = find_any(at, end, '"', '\n', '\r');
            if (at == end)
                break;
            *lines += *at == '\n';
            *state = *at == '"' ? AFTER_QUOTE : *at == '\r' ? QUOTED_RETURN : QUOTED;
            at++;
            break;
        case AFTER_QUOTE:
            *state = *at == '"' ? QUOTED : UNQUOTED;
            at += *at == '"';
            break;
        case AFTER_RETURN:
            ++*lines;
            *state = ROW_BEGIN;
            return at + (*at == '\n');
        case QUOTED_RETURN:
            ++*lines;
            *state = QUOTED;
            at += *at == '\n';
            break;
        }
    }
    return at;
}

static void find_row_end(struct ndup_record_ends *ends, const char *data, size_t len)
{
    enum csv_state state = (enum csv_state)ends->state;
    uint32_t lines = 0;
    const char *at = data + ends->scanned, *end = data + len;
    char delimiter;
    if (ends->scanned == 0 && ends->file_start)
        at = pass_separator_line(at + mark_length(data, len), end, &delimiter);
    while (at < end) {
        /* The first batch holds the header row: empty lines before it do not end a batch. */
        ends->seen_text = ends->seen_text || !ends->file_start || (state == ROW_BEGIN && *at != '\n' && *at != '\r');
        at = pass_row(&state, at, end, ends->delimiter, &lines);
        if (state == ROW_BEGIN && ends->seen_text)
            ends->end = (size_t)(at - data);
    }
    ends->state = (int)state;
    ends->inside = state == QUOTED || state == QUOTED_RETURN ? "a quoted field" : NULL;
}

/* Passes empty lines. */
static void pass_empty_lines(const char **at, const char *end, uint32_t *lines)
{
    while (*at < end && (**at == '\n' || **at == '\r')) {
        *at += **at == '\r' && end - *at > 1 && (*at)[1] == '\n' ? 2 : 1;
        ++*lines;
    }
}

/* Bytes of the row without its line end. Rows that end inside a quoted field have none. */
static size_t without_line_end(const char *row, size_t length, enum csv_state state)
{
    if (state != ROW_BEGIN && state != AFTER_RETURN)
        return length;
    if (length > 0 && row[length - 1] == '\n')
        length--;
    return length > 0 && row[length - 1] == '\r' ? length - 1 : length;
}

/* The next row: its bytes, its length without the line end. False: there is none. */
static bool take_row(const char **at, const char *end, char delimiter, uint32_t *lines, const char **row,
                     size_t *length)
{
    enum csv_state state = ROW_BEGIN;
    pass_empty_lines(at, end, lines);
    if (*at == end)
        return false;
    *row = *at;
    *at = pass_row(&state, *at, end, delimiter, lines);
    *lines += state == AFTER_RETURN || state == QUOTED_RETURN;
    *length = without_line_end(*row, (size_t)(*at - *row), state);
    return true;
}

static char delimiter_of(const struct ndup_records *it)
{
    return it->head != NULL ? it->head->delimiter : it->format->delimiter;
}

static bool next_row(struct ndup_records *it, struct ndup_document *d)
{
    uint32_t lines = it->line;
    pass_empty_lines(&it->at, it->end, &lines);
    d->line = lines;
    bool any = take_row(&it->at, it->end, delimiter_of(it), &lines, &d->record, &d->length);
    it->line = lines;
    if (!any)
        return false;
    d->record_length = (size_t)(it->at - d->record);
    d->end_line = lines + (d->length == d->record_length); /* the last row may have no line end */
    return true;
}

/* ---- fields of a row ---- */

struct csv_cell {
    const char *raw; /* without the quotes around it */
    size_t length;
    bool quoted;
    const char *next; /* after the delimiter; NULL: the row ends here */
};

static const char no_end[] = "a quoted field does not end";
static const char not_alone[] = "text after the closing quote of a field";

/* Takes the field at `at`. NULL, or what is wrong with it. */
static const char *take_cell(const char *at, const char *end, char delimiter, struct csv_cell *cell)
{
    cell->quoted = at < end && *at == '"';
    if (!cell->quoted) {
        const char *stop = memchr(at, delimiter, (size_t)(end - at));
        cell->raw = at;
        cell->length = (size_t)((stop != NULL ? stop : end) - at);
        cell->next = stop != NULL ? stop + 1 : NULL;
        return NULL;
    }
    cell->raw = ++at;
    for (;; at += 2) {
        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL)
            return no_end;
        if (end - at < 2 || at[1] != '"')
            break;
    }
    cell->length = (size_t)(at++ - cell->raw);
    if (at < end && *at != delimiter)
        return not_alone;
    cell->next = at < end ? at + 1 : NULL;
    return NULL;
}

/* Two quotes become one. Returns the end of what it wrote. */
static char *undouble(char *to, const char *raw, size_t length)
{
    const char *end = raw + length;
    while (raw < end) {
        const char *quote = memchr(raw, '"', (size_t)(end - raw));
        size_t n = (size_t)((quote != NULL ? quote + 1 : end) - raw);
        memcpy(to, raw, n);
        to += n;
        raw += n;
        if (quote != NULL && raw < end && *raw == '"')
            raw++;
    }
    return to;
}

static bool has_quotes(const struct csv_cell *cell)
{
    return cell->quoted && cell->length > 0 && memchr(cell->raw, '"', cell->length) != NULL;
}

/* Only a quoted field is longer than its text. */
static char *unescape(char *to, const char *raw, size_t raw_length, size_t text_length)
{
    if (raw_length > text_length)
        return undouble(to, raw, raw_length);
    if (raw_length > 0)
        memcpy(to, raw, raw_length);
    return to + raw_length;
}

/* ---- the header row ---- */

struct csv_wanted { /* a column */
    const char *name, *option;
    size_t *column; /* gets its number */
    bool twice;     /* it is there more than once */
    char nearest[64];
    double closeness; /* of the nearest name */
};

#define CSV_WANTED (3u + NDUP_PATHS)

struct csv_header {                       /* while it is read */
    struct csv_wanted wanted[CSV_WANTED]; /* the parts of the text come last */
    struct csv_wanted whole;              /* the column that has the name of all parts of the text */
    size_t whole_column;
    struct ndup_field_path paths[NDUP_PATHS];
    struct ndup_buf names; /* of the columns, for people: "id, body, url" */
    struct ndup_buf name;  /* of the current column */
    struct ndup_head head;
    bool all_shown; /* there is no room for more names */
};

/* Bytes of names in a message, which has room for 511 with the words around them. */
#define SHOWN_NAMES 250

static void take_column(struct csv_header *h, struct csv_wanted *w)
{
    if (w->name == NULL)
        return;
    if (strcmp(h->name.data, w->name) == 0 && strlen(w->name) == h->name.len) {
        w->twice = *w->column != SIZE_MAX;
        *w->column = h->head.columns;
    }
    double closeness = h->name.len < sizeof w->nearest ? ndup_suggest_closeness(w->name, h->name.data) : 0;
    if (closeness > w->closeness) {
        w->closeness = closeness;
        memcpy(w->nearest, h->name.data, h->name.len + 1);
    }
}

static void show_name(struct csv_header *h)
{
    if (h->all_shown)
        return;
    ndup_buf_append_str(&h->names, h->head.columns > 0 ? ", " : "");
    h->all_shown = h->names.len + h->name.len > SHOWN_NAMES;
    if (h->all_shown)
        ndup_buf_append_str(&h->names, "...");
    else
        ndup_buf_append(&h->names, h->name.data, h->name.len);
}

static void take_name(struct csv_header *h, const struct csv_cell *cell)
{
    ndup_buf_clear(&h->name);
    if (!ndup_buf_reserve(&h->name, cell->length + 1)) {
        h->name.failed = true;
        return;
    }
    h->name.len =
        (size_t)(unescape(h->name.data, cell->raw, cell->length, cell->quoted ? 0 : cell->length) - h->name.data);
    h->name.data[h->name.len] = '\0';
    for (size_t i = 0; i < CSV_WANTED; i++)
        take_column(h, &h->wanted[i]);
    take_column(h, &h->whole);
    show_name(h);
}

static neardup_status check_column(const struct csv_header *h, const struct csv_wanted *w, neardup_error *err)
{
    const char *names = h->names.len > 0 ? h->names.data : "";
    int length = (int)h->names.len;
    if (w->name == NULL || (*w->column != SIZE_MAX && !w->twice))
        return NEARDUP_OK;
    if (w->twice)
        return ndup_fail(err, NEARDUP_E_FORMAT, "column '%s' appears twice (columns: %.*s); rename one of them",
                         w->name, length, names);
    if (w->closeness > 0)
        return ndup_fail(err, NEARDUP_E_FORMAT, "no column '%.80s' (columns: %.*s); did you mean '%s'?", w->name,
                         length, names, w->nearest);
    /* One column with another delimiter in its name: its rows are cut at the wrong place, or not at all. */
    const char *option = h->head.columns > 1                 ? w->option
                         : memchr(names, ';', h->names.len)  ? "`delimiter` ';'"
                         : memchr(names, '|', h->names.len)  ? "`delimiter` '|'"
                         : memchr(names, '\t', h->names.len) ? "`delimiter` '\\t'"
                                                             : w->option;
    return ndup_fail(err, NEARDUP_E_FORMAT, "no column '%.80s' (columns: %.*s); use %s", w->name, length, names,
                     option);
}

static neardup_status check_columns(const struct csv_header *h, neardup_error *err)
{
    for (size_t i = 0; i < CSV_WANTED; i++) {
        const struct csv_wanted *w = &h->wanted[i];
        /* The user did not ask for the default name of a column. */
        if (w->column == &h->head.id && *w->column == SIZE_MAX && strcmp(w->name, "id") == 0)
            continue;
        NDUP_TRY(check_column(h, w, err));
    }
    return NEARDUP_OK;
}

static neardup_status read_names(struct csv_header *h, const char *row, size_t length, neardup_error *err)
{
    const char *end = row + length;
    for (struct csv_cell cell = {.next = row}; cell.next != NULL; h->head.columns++) {
        const char *problem = take_cell(cell.next, end, h->head.delimiter, &cell);
        if (problem != NULL)
            return ndup_fail(err, NEARDUP_E_FORMAT, "header row: %s", problem);
        take_name(h, &cell);
        if (h->name.failed || h->names.failed)
            return ndup_fail_nomem(err);
    }
    if (h->whole_column != SIZE_MAX && !h->whole.twice) {
        h->head.texts[0] = h->whole_column;
        h->head.text_count = 1;
        for (size_t i = 4; i < CSV_WANTED; i++)
            h->wanted[i].name = NULL;
        h->wanted[3].twice = false;
    }
    return check_columns(h, err);
}

static neardup_status read_header_with(char delimiter, const struct ndup_fields *fields, const char *data, size_t len,
                                       struct ndup_head **out, neardup_error *err)
{
    struct csv_header h = {.wanted = {{.name = fields->id, .option = "`id_field`", .column = &h.head.id},
                                      {.name = fields->keep, .option = "`keep` max:COLUMN", .column = &h.head.keep},
                                      {.name = fields->group, .option = "`group_field`", .column = &h.head.group}},
                           .whole = {.name = fields->text, .option = "`text_field`", .column = &h.whole_column},
                           .whole_column = SIZE_MAX,
                           .head = {.mark = (uint32_t)mark_length(data, len),
                                    .delimiter = delimiter,
                                    .id = SIZE_MAX,
                                    .keep = SIZE_MAX,
                                    .group = SIZE_MAX}};
    NDUP_TRY(ndup_field_paths(fields->text, true, h.paths, &h.head.text_count, err));
    for (size_t i = 0; i < h.head.text_count; i++) {
        h.head.texts[i] = SIZE_MAX;
        h.wanted[3 + i] =
            (struct csv_wanted){.name = h.paths[i].plain, .option = "`text_field`", .column = &h.head.texts[i]};
    }
    char own = delimiter;
    const char *begin = data + h.head.mark, *at = pass_separator_line(begin, data + len, &own), *row;
    size_t length;
    neardup_status st = NEARDUP_OK;
    *out = NULL;
    h.head.lines = at > begin;
    if (fields->delimiter == 0)
        h.head.delimiter = own;
    if (take_row(&at, data + len, h.head.delimiter, &h.head.lines, &row, &length))
        st = read_names(&h, row, length, err);
    h.head.length = (uint64_t)(at - data);
    struct ndup_head *head = st == NEARDUP_OK ? ndup_alloc(sizeof *head + (size_t)h.head.length, 1) : NULL;
    if (head != NULL) {
        *head = h.head;
        head->bytes = (char *)(head + 1);
        memcpy(head->bytes, data, (size_t)h.head.length);
        *out = head;
    }
    ndup_buf_free(&h.names);
    ndup_buf_free(&h.name);
    return st == NEARDUP_OK && head == NULL ? ndup_fail_nomem(err) : st;
}

/* Where Excel's decimal comma is a comma, it separates columns by semicolons, and its Unicode text by tabs. So if the wanted columns
 * are not there, and are with another delimiter, that is the one. */
static neardup_status read_header(const struct ndup_format *format, const struct ndup_fields *fields, const char *data,
                                  size_t len, struct ndup_head **out, neardup_error *err)
{
    static const char others[] = ";\t|";
    char usual = fields->delimiter != 0 ? fields->delimiter : format->delimiter;
    neardup_error other = {.message = ""};
    neardup_status st = read_header_with(usual, fields, data, len, out, err);
    for (const char *c = others; st == NEARDUP_E_FORMAT && *c != '\0' && fields->delimiter == 0; c++) {
        neardup_status again = *c != usual ? read_header_with(*c, fields, data, len, out, &other) : NEARDUP_E_FORMAT;
        st = again == NEARDUP_OK ? again : st;
    }
    return st;
}

/* ---- documents ---- */

struct csv_parser {       /* of one thread */
    struct ndup_buf text; /* of a field with quotes in it */
    struct ndup_buf values;
};

static neardup_status create(void **state, const struct ndup_fields *fields, neardup_error *err)
{
    (void)fields; /* the head knows the columns */
    *state = ndup_calloc(1, sizeof(struct csv_parser));
    return *state != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

static void destroy(void *state)
{
    struct csv_parser *csv = state;
    ndup_buf_free(&csv->text);
    ndup_buf_free(&csv->values);
    free(csv);
}

struct csv_row { /* its wanted cells; raw NULL: the row does not have it */
    struct csv_cell texts[NDUP_PATHS], id, keep, group;
    size_t columns;
};

static const char *read_row(const struct ndup_head *head, const char *record, size_t length, struct csv_row *row)
{
    const char *end = record + length;
    memset(row, 0, sizeof *row);
    for (struct csv_cell cell = {.next = record}; cell.next != NULL; row->columns++) {
        const char *problem = take_cell(cell.next, end, head->delimiter, &cell);
        if (problem != NULL)
            return problem;
        for (size_t i = 0; i < head->text_count; i++) {
            if (row->columns == head->texts[i])
                row->texts[i] = cell;
        }
        if (row->columns == head->id)
            row->id = cell;
        if (row->columns == head->keep)
            row->keep = cell;
        if (row->columns == head->group)
            row->group = cell;
    }
    if (row->columns > head->columns)
        return "more fields than columns";
    for (size_t i = 0; i < head->text_count; i++) {
        if (row->texts[i].raw == NULL)
            return "too few fields: none in the text column";
    }
    return NULL;
}

static bool set_text(struct csv_parser *csv, const struct csv_cell *cell, struct ndup_document *d)
{
    d->raw = d->text = cell->raw;
    d->raw_length = d->text_length = cell->length;
    d->escapes = cell->quoted ? NDUP_ESCAPES_QUOTES : NDUP_ESCAPES_NONE;
    if (!has_quotes(cell))
        return true;
    ndup_buf_clear(&csv->text);
    if (!ndup_buf_reserve(&csv->text, cell->length + NDUP_PADDING))
        return false;
    char *end = undouble(csv->text.data, cell->raw, cell->length);
    memset(end, 0, NDUP_PADDING);
    d->text = csv->text.data;
    d->text_length = (size_t)(end - csv->text.data);
    return true;
}

/* The cells of several columns with a blank line between them; an empty one is none. */
static bool join_texts(struct csv_parser *csv, const struct csv_cell *cells, size_t count, struct ndup_document *d)
{
    ndup_buf_clear(&csv->text);
    for (size_t i = 0; i < count; i++) {
        if (cells[i].length == 0)
            continue;
        if (csv->text.len > 0)
            ndup_buf_append(&csv->text, "\n\n", 2);
        if (!ndup_buf_reserve(&csv->text, cells[i].length + NDUP_PADDING))
            return false;
        char *to = csv->text.data + csv->text.len;
        csv->text.len = (size_t)(unescape(to, cells[i].raw, cells[i].length, has_quotes(&cells[i]) ? 0 : SIZE_MAX) -
                                 csv->text.data);
    }
    if (csv->text.failed || !ndup_buf_reserve(&csv->text, NDUP_PADDING))
        return false;
    memset(csv->text.data + csv->text.len, 0, NDUP_PADDING);
    d->text = csv->text.data;
    d->text_length = csv->text.len;
    return true;
}

/* A value as JSON, in values, which have room for it. An empty value is none. */
static void set_value(struct csv_parser *csv, const struct csv_cell *cell, bool numbers, const char **value,
                      size_t *length)
{
    char *to = csv->values.data + csv->values.len;
    if (cell->raw == NULL || cell->length == 0)
        return;
    *value = to;
    if (numbers && ndup_is_json_number(cell->raw, cell->length)) {
        memcpy(to, cell->raw, cell->length);
        *length = cell->length;
    } else if (has_quotes(cell)) {
        /* Undone at the end of the room, which it is read from while it is written to the beginning. */
        char *from = to + ndup_json_room(cell->length) - cell->length;
        size_t n = (size_t)(undouble(from, cell->raw, cell->length) - from);
        *length = (size_t)(ndup_json_put_string(to, from, n) - to);
    } else {
        *length = (size_t)(ndup_json_put_string(to, cell->raw, cell->length) - to);
    }
    csv->values.len += *length;
}

static bool parse(void *state, const struct ndup_head *head, struct ndup_document *d)
{
    struct csv_parser *csv = state;
    struct csv_row row;
    *d = (struct ndup_document){.record = d->record,
                                .record_length = d->record_length,
                                .length = d->length,
                                .line = d->line,
                                .end_line = d->end_line};
    d->problem = head == NULL ? "no header row" : read_row(head, d->record, d->length, &row);
    d->open = d->problem == no_end;
    d->garbled = d->problem != NULL && head != NULL;
    if (d->problem != NULL)
        return true;
    d->alone = row.columns == 1 && !row.texts[0].quoted;
    ndup_buf_clear(&csv->values);
    if (!ndup_buf_reserve(&csv->values, ndup_json_room(row.id.length) + ndup_json_room(row.keep.length) +
                                            ndup_json_room(row.group.length)) ||
        !(head->text_count == 1 ? set_text(csv, &row.texts[0], d) : join_texts(csv, row.texts, head->text_count, d)))
        return false;
    set_value(csv, &row.id, false, &d->id, &d->id_length);
    set_value(csv, &row.keep, true, &d->keep, &d->keep_length);
    set_value(csv, &row.group, false, &d->group, &d->group_length);
    return true;
}

/* ---- the rows of the table ---- */

#define CSV_ROW                                                                                                        \
    .counts_lines = true, .has_text_field = true, .least_bytes = 100, .read_head = read_header,                        \
    .find_end = find_row_end, .next = next_row, .parse = parse, .create = create, .destroy = destroy,                  \
    .unescape = unescape

const struct ndup_format ndup_input_csv = {
    .code = NEARDUP_INPUT_CSV,
    .suffixes = ".csv",
    .delimiter = ',',
    CSV_ROW,
};

const struct ndup_format ndup_input_tsv = {
    .code = NEARDUP_INPUT_TSV,
    .suffixes = ".tsv .tab",
    .delimiter = '\t',
    CSV_ROW,
};
