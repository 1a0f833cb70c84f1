/* SPDX-License-Identifier: MIT
 * neardup.toml. A key is the name of an option, and its value is parsed as it would be on the command line, through the row of
 * the table (options.c); so a new option needs nothing here. */
#include "base/platform.h"

#include "cli/config.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "base/slurp.h"
#include "check/toml.h"
#include "cli/help.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE "neardup.toml"
#define MOST_TABLES  16
/* The TOML library recurses once per part of a dotted key: a longer file could exhaust the stack. */
#define MOST_BYTES ((size_t)1 << 16)

struct config_reading {
    struct ndup_config *config;
    struct ndup_cli *cli;
    const char *path;
    struct ndup_opt_seen mine; /* options that the file has set so far */
    bool own_inputs;           /* the command line names no inputs and no splits: those of the file count */
    bool failed;
};

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static bool refuse(struct config_reading *r, const struct ndup_toml_value *at, const char *hint, const char *format,
                   ...) NDUP_PRINTF(4, 5);

struct config_place {
    char text[4200];
};

static struct config_place place_of(const struct config_reading *r, const struct ndup_toml_value *at)
{
    struct config_place place;
    snprintf(place.text, sizeof place.text, "%s:%" PRIu32 ":%" PRIu32, r->path, at->line, at->column);
    return place;
}

/* "neardup.toml:3:9: error: ..." */
static bool refuse(struct config_reading *r, const struct ndup_toml_value *at, const char *hint, const char *format,
                   ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ndup_msg_at(&r->cli->msg, NEARDUP_ERROR, place_of(r, at).text, 0, text);
    if (hint != NULL && hint[0] != '\0')
        ndup_msg_hint(&r->cli->msg, "%s", hint);
    r->failed = true;
    return false;
}

/* The same about the key. */
static bool refuse_key(struct config_reading *r, const struct ndup_toml_value *value, const char *hint,
                       const char *message)
{
    const struct ndup_toml_value at = {.line = value->key_line, .column = value->key_column};
    return refuse(r, &at, hint, "%s", message);
}

static bool no_memory(struct config_reading *r)
{
    ndup_msg_error(&r->cli->msg, "out of memory");
    r->failed = true;
    return false;
}

/* The table of a configuration file that an option belongs to; NULL: it is not an option of check, or not for a file. */
static const char *table_of(const struct ndup_opt *opt)
{
    bool mine = (opt->commands & NDUP_CMD_CHECK) != 0 && opt->group != NULL && !opt->not_in_file;
    return mine ? opt->group->table : NULL;
}

/* The tables in the order of their first options, and [splits]; returns how many. */
static size_t list_tables(const char *names[MOST_TABLES])
{
    size_t count = 0;
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        const char *table = table_of(opt);
        size_t i = 0;
        while (table != NULL && i < count && strcmp(names[i], table) != 0)
            i++;
        if (table != NULL && i == count && count + 1 < MOST_TABLES)
            names[count++] = table;
    }
    names[count++] = "splits";
    return count;
}

static bool unknown_key(struct config_reading *r, const struct ndup_toml_value *value)
{
    const char *names[NDUP_OPT_MOST + 1];
    char hint[160] = "", message[100];
    size_t count = 0;
    names[count++] = "inputs";
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL && count <= NDUP_OPT_MOST; opt++) {
        if (table_of(opt) != NULL)
            names[count++] = opt->name;
    }
    const char *nearest = ndup_suggest_nearest(value->key, names, count);
    if (nearest != NULL)
        snprintf(hint, sizeof hint, "did you mean '%s'?", nearest);
    else
        snprintf(hint, sizeof hint, "keys are the names of options: 'neardup check --help' lists them");
    snprintf(message, sizeof message, "unknown key '%.60s'", value->key);
    return refuse_key(r, value, hint, message);
}

static bool unknown_table(struct config_reading *r, const struct ndup_toml_value *value)
{
    const char *names[MOST_TABLES];
    char hint[160] = "tables:", message[100];
    size_t count = list_tables(names);
    const char *nearest = ndup_suggest_nearest(value->table, names, count);
    if (nearest != NULL)
        snprintf(hint, sizeof hint, "did you mean [%s]?", nearest);
    for (size_t i = 0; i < count && nearest == NULL; i++) {
        size_t used = strlen(hint);
        snprintf(hint + used, sizeof hint - used, "%s [%s]", i == 0 ? "" : ",", names[i]);
    }
    snprintf(message, sizeof message, "unknown table [%.60s]", value->table);
    return refuse_key(r, value, hint, message);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* A copy that lives as long as the configuration; the buffer is freed. */
static const char *keep(struct config_reading *r, struct ndup_buf *buf)
{
    struct ndup_config *c = r->config;
    ndup_buf_append(buf, "", 1);
    if (buf->failed || !ndup_grow(&c->texts, &c->capacity, c->count + 1, sizeof *c->texts)) {
        ndup_buf_free(buf);
        no_memory(r);
        return NULL;
    }
    return c->texts[c->count++] = buf->data;
}

static bool wants_number(const struct ndup_opt *opt)
{
    return opt->kind == NDUP_OPT_REAL || opt->kind == NDUP_OPT_SHARE;
}

/* Whether a value of this kind can be one of the option. */
static bool fits(const struct ndup_opt *opt, const struct ndup_toml_value *value)
{
    switch (value->kind) {
    case NDUP_TOML_STRING:
        return opt->kind != NDUP_OPT_FLAG && (!wants_number(opt) || strchr(value->text, '%') != NULL);
    case NDUP_TOML_INTEGER:
        return opt->kind != NDUP_OPT_FLAG && opt->kind != NDUP_OPT_TEXT && opt->kind != NDUP_OPT_LIST;
    case NDUP_TOML_REAL:
        return wants_number(opt);
    case NDUP_TOML_BOOLEAN:
        return opt->kind == NDUP_OPT_FLAG;
    case NDUP_TOML_EMPTY_ARRAY:
    case NDUP_TOML_EMPTY_TABLE:
    case NDUP_TOML_OTHER:
        break;
    }
    return false;
}

static const char *wanted(const struct ndup_opt *opt)
{
    switch (opt->kind) {
    case NDUP_OPT_FLAG:
        return "true or false";
    case NDUP_OPT_LIMIT:
        return "an integer, or a share such as \"1%\"";
    case NDUP_OPT_REAL:
    case NDUP_OPT_SHARE:
        return "a number, or a share such as \"50%\"";
    case NDUP_OPT_COUNT:
    case NDUP_OPT_SEED:
        return "an integer";
    case NDUP_OPT_SIZE:
        return "an integer, or a size such as \"4G\"";
    case NDUP_OPT_LIST:
        return "a string, or an array of strings";
    case NDUP_OPT_TEXT:
    case NDUP_OPT_CHOICE:
    case NDUP_OPT_SET:
        break;
    }
    return "a string";
}

/* As it would be on the command line. */
static const char *as_argument(struct config_reading *r, const struct ndup_toml_value *value)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    if (value->kind == NDUP_TOML_STRING)
        ndup_buf_append(&buf, value->text, value->length);
    else if (value->kind == NDUP_TOML_INTEGER)
        ndup_buf_printf(&buf, "%" PRId64, value->integer);
    else if (value->kind == NDUP_TOML_REAL)
        ndup_buf_printf(&buf, "%.17g", value->real);
    return keep(r, &buf);
}

static bool has_nul(const struct ndup_toml_value *value)
{
    return value->kind == NDUP_TOML_STRING && memchr(value->text, '\0', value->length) != NULL;
}

/* What it is, where something else is expected. */
static const char *kind_of(const struct ndup_toml_value *value)
{
    return has_nul(value) ? "a string with a NUL character" : value->what;
}

/* ---- inputs and splits ------------------------------------------------------------------------------------------- */

static bool take_input(struct config_reading *r, const struct ndup_toml_value *value)
{
    struct ndup_config *c = r->config;
    if (value->kind == NDUP_TOML_EMPTY_ARRAY)
        return true;
    if (value->kind != NDUP_TOML_STRING || has_nul(value))
        return refuse(r, value, "", "invalid value for 'inputs': expected a string, or an array of strings, not %s",
                      kind_of(value));
    if (!r->own_inputs)
        return true;
    const char *kept = as_argument(r, value);
    if (kept == NULL)
        return false;
    if (!ndup_grow(&c->inputs, &c->input_capacity, c->input_count + 1, sizeof *c->inputs))
        return no_memory(r);
    c->inputs[c->input_count++] = kept;
    return true;
}

/* [splits] NAME = PATH */
static bool take_split(struct config_reading *r, const struct ndup_toml_value *value)
{
    struct ndup_cli *cli = r->cli;
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_opt_failure failure;
    const struct ndup_opt *opt = ndup_opt_find(ndup_options_table, cli->command->bit, "split");
    if (value->kind == NDUP_TOML_EMPTY_ARRAY)
        return true;
    if (value->kind != NDUP_TOML_STRING || has_nul(value))
        return refuse(r, value, "", "invalid value for split '%.60s': expected a path, or an array of paths, not %s",
                      value->key, kind_of(value));
    if (value->key[0] == '\0' || strchr(value->key, '=') != NULL)
        return refuse_key(r, value, "", "invalid name of a split: it is empty or contains '='");
    struct ndup_settings other = {.help = 0};
    ndup_buf_printf(&buf, "%s=%s", value->key, value->text);
    const char *text = keep(r, &buf);
    if (text == NULL)
        return false;
    if (r->own_inputs)
        ndup_opt_see(&r->mine, opt, value->line);
    bool good = ndup_opt_apply(opt, r->own_inputs ? &cli->settings : &other, "splits", text, &failure);
    if (!r->own_inputs)
        ndup_opt_free(ndup_options_table, &other);
    return good || refuse(r, value, failure.hint, "%s", failure.message);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

/* Inputs and splits on the command line replace both of the file, and with its splits what is only about splits. */
static bool is_replaced(const struct config_reading *r, const struct ndup_opt *opt)
{
    const struct ndup_opt *split = ndup_opt_find(ndup_options_table, r->cli->command->bit, "split");
    if (r->own_inputs)
        return false;
    if (opt == split || strcmp(opt->name, "files-from") == 0)
        return true;
    for (const struct ndup_opt_rule *rule = opt->rules; rule != NULL && rule->kind != NDUP_OPT_NO_RULE; rule++) {
        if (rule->kind == NDUP_OPT_REQUIRES && strcmp(rule->other, "split") == 0)
            return !ndup_opt_was_seen(&r->cli->seen, split);
    }
    return false;
}

/* The value may be refused also where the command line decides: a file is right or wrong by itself. */
static bool set_option(struct config_reading *r, const struct ndup_toml_value *value, const struct ndup_opt *opt)
{
    struct ndup_settings *settings = &r->cli->settings;
    struct ndup_settings other = {.help = 0};
    struct ndup_opt_failure failure;
    bool replaced = is_replaced(r, opt), overridden = replaced || ndup_opt_was_seen(&r->cli->seen, opt);
    if (value->kind == NDUP_TOML_BOOLEAN && !value->boolean)
        return true; /* as if it were not there */
    const char *text = as_argument(r, value);
    if (text == NULL)
        return false;
    if (value->index == 0 && ndup_opt_was_seen(&r->mine, opt) && strcmp(opt->name, "split") != 0)
        return refuse_key(r, value, "leave out one of them", "this key is set above already");
    bool good = ndup_opt_apply(opt, overridden ? &other : settings, value->key, text, &failure);
    if (overridden)
        ndup_opt_free(ndup_options_table, &other);
    if (!replaced)
        ndup_opt_see(&r->mine, opt, value->line);
    return good || refuse(r, value, failure.hint, "%s", failure.message);
}

static bool take_option(struct config_reading *r, const struct ndup_toml_value *value)
{
    /* The first release had it in the plural. */
    const char *name = strcmp(value->key, "reports") == 0 ? "report" : value->key;
    const struct ndup_opt *opt = ndup_opt_find(ndup_options_table, r->cli->command->bit, name);
    const char *table = opt != NULL ? table_of(opt) : NULL;
    char hint[120] = "", message[200];
    if (opt != NULL && table == NULL) {
        snprintf(message, sizeof message, "'%.60s' can only be given on the command line", value->key);
        return refuse_key(r, value, "", message);
    }
    if (opt == NULL)
        return unknown_key(r, value);
    if (opt->named_file && r->cli->settings.config == NULL) {
        snprintf(message, sizeof message, "'%.60s' runs a program, which a file that you did not name may not do",
                 value->key);
        return refuse_key(r, value, "if you trust the file, name it: --config " DEFAULT_FILE, message);
    }
    if (value->table != NULL && strcmp(value->table, table) != 0) {
        snprintf(hint, sizeof hint, "move it to [%s], or to the top of the file", table);
        snprintf(message, sizeof message, "key '%.60s' does not belong to [%.60s]", value->key, value->table);
        return refuse_key(r, value, hint, message);
    }
    if (opt->kind == NDUP_OPT_LIST && value->kind == NDUP_TOML_EMPTY_ARRAY)
        return true;
    if (!fits(opt, value) || has_nul(value) || (value->in_array && opt->kind != NDUP_OPT_LIST))
        return refuse(r, value, "", "invalid value for '%.60s': expected %s, not %s", value->key, wanted(opt),
                      value->in_array && opt->kind != NDUP_OPT_LIST ? "an array" : kind_of(value));
    return set_option(r, value, opt);
}

static bool take(void *context, const struct ndup_toml_value *value)
{
    struct config_reading *r = context;
    const char *names[MOST_TABLES];
    bool known = value->table == NULL;
    for (size_t i = 0, count = list_tables(names); i < count && !known; i++)
        known = strcmp(value->table, names[i]) == 0;
    if (!known)
        return unknown_table(r, value);
    if (value->kind == NDUP_TOML_EMPTY_TABLE)
        return true;
    if (value->table != NULL && strcmp(value->table, "splits") == 0)
        return take_split(r, value);
    if (strcmp(value->key, "inputs") == 0 && (value->table == NULL || strcmp(value->table, "check") == 0))
        return take_input(r, value);
    return take_option(r, value);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static bool parse(struct config_reading *r, const struct ndup_buf *text)
{
    struct ndup_toml_failure failure;
    if (!ndup_toml_parse(text->data, text->len, take, r, &failure)) {
        const struct ndup_toml_value at = {.line = failure.line, .column = failure.column};
        return refuse(r, &at, "", "invalid TOML: %s", failure.message);
    }
    for (size_t i = 0; i < r->mine.count; i++) {
        if (!ndup_opt_was_seen(&r->cli->seen, r->mine.rows[i]))
            ndup_opt_see(&r->cli->seen, r->mine.rows[i], r->mine.lines[i]);
    }
    r->cli->seen.file = r->path;
    return !r->failed;
}

bool ndup_config_read(struct ndup_config *config, struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    struct ndup_buf text = NDUP_BUF_INIT;
    neardup_error err = {.message = ""};
    *config = (struct ndup_config){.texts = NULL};
    if (s->no_config != 0 && s->config != NULL)
        return ndup_command_check_options(cli); /* which says so */
    if (s->no_config != 0 || (s->config == NULL && access(DEFAULT_FILE, F_OK) != 0))
        return true;
    struct config_reading r = {.config = config,
                               .cli = cli,
                               .path = s->config != NULL ? s->config : DEFAULT_FILE,
                               .own_inputs =
                                   cli->operand_count == 0 && s->files_from.count == 0 && s->splits.count == 0};
    config->path = r.path;
    bool good = ndup_slurp(&text, "configuration", r.path, MOST_BYTES, &err) == NEARDUP_OK;
    if (!good)
        ndup_msg_error(&cli->msg, "%s", err.message);
    good = good && parse(&r, &text);
    ndup_buf_free(&text);
    if (good && config->input_count > 0) {
        cli->operands = config->inputs;
        cli->operand_count = (int)config->input_count;
    }
    if (good && s->config == NULL && s->verbosity >= 0 && (r.mine.count > 0 || config->input_count > 0))
        ndup_msg_note(&cli->msg, "options are taken from ./" DEFAULT_FILE "; --no-config ignores it");
    return good;
}

void ndup_config_free(struct ndup_config *config)
{
    for (size_t i = 0; i < config->count; i++)
        free(config->texts[i]);
    free(config->texts);
    free(config->inputs);
    *config = (struct ndup_config){.texts = NULL};
}

/* ---- printing: what is set, as TOML that reads back to the same; what is not, as a comment ---------------------- */

/* A TOML basic string: quotes, backslashes and control characters are escaped. Bytes that are not UTF-8 have no place in TOML and
 * are left as they are: reading it back says where. */
static void add_string(struct ndup_buf *buf, const char *text, size_t length)
{
    ndup_buf_append_str(buf, "\"");
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            ndup_buf_printf(buf, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            ndup_buf_printf(buf, "\\u%04X", c);
        else
            ndup_buf_append(buf, text + i, 1);
    }
    ndup_buf_append_str(buf, "\"");
}

static void add_texts(struct ndup_buf *buf, const char *const *texts, size_t count)
{
    ndup_buf_append_str(buf, "[");
    for (size_t i = 0; i < count; i++) {
        ndup_buf_append_str(buf, i == 0 ? "" : ", ");
        add_string(buf, texts[i], strlen(texts[i]));
    }
    ndup_buf_append_str(buf, "]");
}

/* The shortest decimals that read back to the same number. */
static void add_real(struct ndup_buf *buf, double value)
{
    char text[40];
    int digits = 15;
    do {
        snprintf(text, sizeof text, "%.*g", digits, value);
    } while (strtod(text, NULL) != value && ++digits <= 17);
    ndup_buf_append_str(buf, text);
    if (strpbrk(text, ".e") == NULL)
        ndup_buf_append_str(buf, ".0");
}

static void add_limit(struct ndup_buf *buf, const struct ndup_limit *limit)
{
    if (!limit->percent) {
        ndup_buf_printf(buf, "%.0f", limit->value);
        return;
    }
    /* The shortest that reads back; limits are written without exponents. */
    char text[40];
    int digits = 0;
    do {
        snprintf(text, sizeof text, "%.*f", digits, limit->value);
    } while (strtod(text, NULL) != limit->value && ++digits <= 30);
    ndup_buf_printf(buf, "\"%s%%\"", text);
}

/* One word, or those of a set with commas between them. */
static void add_words(struct ndup_buf *buf, const struct ndup_opt *opt, uint64_t value)
{
    const char *joint = "";
    ndup_buf_append_str(buf, "\"");
    for (size_t i = 0; opt->choices[i] != NULL; i++) {
        if (opt->kind == NDUP_OPT_SET ? (value >> i & 1) != 0 : value == i) {
            ndup_buf_printf(buf, "%s%s", joint, opt->choices[i]);
            joint = ",";
        }
    }
    ndup_buf_append_str(buf, "\"");
}

static void add_value(struct ndup_buf *buf, const struct ndup_opt *opt, const struct ndup_settings *settings)
{
    const char *from = (const char *)settings + opt->offset;
    const char *text;
    struct ndup_opt_list list;
    struct ndup_limit limit;
    double real;
    uint64_t number;
    switch (opt->kind) {
    case NDUP_OPT_FLAG:
        ndup_buf_append_str(buf, "true");
        return;
    case NDUP_OPT_TEXT:
        memcpy(&text, from, sizeof text);
        add_string(buf, text, strlen(text));
        return;
    case NDUP_OPT_LIST:
        memcpy(&list, from, sizeof list);
        add_texts(buf, list.items, list.count);
        return;
    case NDUP_OPT_CHOICE:
    case NDUP_OPT_SET:
        add_words(buf, opt, ndup_opt_integer(opt, settings));
        return;
    case NDUP_OPT_LIMIT:
        memcpy(&limit, from, sizeof limit);
        add_limit(buf, &limit);
        return;
    case NDUP_OPT_REAL:
    case NDUP_OPT_SHARE:
        memcpy(&real, from, sizeof real);
        add_real(buf, real);
        return;
    case NDUP_OPT_COUNT:
    case NDUP_OPT_SIZE:
    case NDUP_OPT_SEED:
        break;
    }
    number = ndup_opt_integer(opt, settings);
    /* TOML has no whole numbers beyond 63 bits. */
    ndup_buf_printf(buf, number > INT64_MAX ? "\"%" PRIu64 "\"" : "%" PRIu64, number);
}

/* --quiet and --verbose set the same number: the last one counts. */
static bool is_set(const struct ndup_cli *cli, const struct ndup_opt *opt)
{
    if (!ndup_opt_was_seen(&cli->seen, opt))
        return false;
    return opt->kind != NDUP_OPT_FLAG || (int)ndup_opt_integer(opt, &cli->settings) == opt->value;
}

static void add_default(struct ndup_buf *buf, const struct ndup_opt *opt)
{
    const char *otherwise = ndup_help_default(opt);
    ndup_buf_printf(buf, "# %s", opt->name);
    bool is_value = otherwise != NULL && otherwise == opt->initial; /* not a phrase, such as "0 with --split" */
    bool is_word = opt->kind == NDUP_OPT_TEXT || opt->kind == NDUP_OPT_CHOICE || opt->kind == NDUP_OPT_SET;
    if (opt->kind == NDUP_OPT_FLAG)
        ndup_buf_append_str(buf, " = false");
    else if (is_value)
        ndup_buf_printf(buf, is_word ? " = \"%s\"" : " = %s", otherwise);
    else if (otherwise != NULL)
        ndup_buf_printf(buf, ": %s", otherwise);
    ndup_buf_append_str(buf, "\n");
}

static void add_table(struct ndup_buf *buf, const struct ndup_cli *cli, const char *table)
{
    ndup_buf_printf(buf, "\n[%s]\n", table);
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        const char *own = table_of(opt);
        if (own == NULL || strcmp(own, table) != 0)
            continue;
        if (!is_set(cli, opt)) {
            add_default(buf, opt);
            continue;
        }
        ndup_buf_printf(buf, "%s = ", opt->name);
        add_value(buf, opt, &cli->settings);
        ndup_buf_append_str(buf, "\n");
    }
}

bool ndup_config_print(FILE *out, const struct ndup_cli *cli)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_buf_append_str(&buf, "# Options that are not set are comments, with their defaults.\n");
    if (cli->operand_count > 0) {
        ndup_buf_append_str(&buf, "inputs = ");
        add_texts(&buf, cli->operands, (size_t)cli->operand_count);
        ndup_buf_append_str(&buf, "\n");
    }
    const char *names[MOST_TABLES];
    for (size_t i = 0, count = list_tables(names); i + 1 < count; i++)
        add_table(&buf, cli, names[i]);
    bool good = !buf.failed && fwrite(buf.data, 1, buf.len, out) == buf.len;
    int reason = buf.failed ? ENOMEM : errno;
    ndup_buf_free(&buf);
    errno = reason;
    return good;
}
