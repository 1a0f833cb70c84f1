/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_config.h"

#include "base/buf.h"
#include "base/mem.h"
#include "check/slurp.h"
#include "check/toml.h"
#include "cli/check/check_tables.h"
#include "cli/check/check_values.h"
#include "cli/opt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE "neardup.toml"
/* A key of ten thousands of parts takes the TOML library so many calls into the stack: more is not given to it. */
#define MOST_BYTES ((size_t)1 << 16)

struct reading {
    struct ndup_check_config *config;
    struct ndup_cli *cli;
    const char *path;
    struct ndup_opt_seen mine; /* options that the file has set so far */
    bool own_inputs;           /* the command line names none */
    bool failed;
};

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static bool refuse(struct reading *r, const struct ndup_toml_value *at, const char *hint, const char *format, ...)
    NDUP_PRINTF(4, 5);

struct place {
    char text[4200];
};

static struct place place_of(const struct reading *r, const struct ndup_toml_value *at)
{
    struct place place;
    snprintf(place.text, sizeof place.text, "%s:%" PRIu32 ":%" PRIu32, r->path, at->line, at->column);
    return place;
}

/* "neardup.toml:3:9: error: ..." */
static bool refuse(struct reading *r, const struct ndup_toml_value *at, const char *hint, const char *format, ...)
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
static bool refuse_key(struct reading *r, const struct ndup_toml_value *value, const char *hint, const char *message)
{
    const struct ndup_toml_value at = {.line = value->key_line, .column = value->key_column};
    return refuse(r, &at, hint, "%s", message);
}

static bool no_memory(struct reading *r)
{
    ndup_msg_error(&r->cli->msg, "out of memory");
    r->failed = true;
    return false;
}

static bool unknown_key(struct reading *r, const struct ndup_toml_value *value)
{
    const char *names[NDUP_OPT_MOST + 2];
    char hint[160] = "", message[100];
    size_t count = 0;
    names[count++] = "inputs";
    names[count++] = "reports";
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL && count < NDUP_OPT_MOST + 2;
         opt = ndup_opt_next(opt)) {
        if (ndup_check_table_of(opt) != NULL)
            names[count++] = opt->name;
    }
    const char *nearest = ndup_suggest_nearest(value->key, names, count);
    if (nearest != NULL)
        snprintf(hint, sizeof hint, "did you mean '%s'?", nearest);
    else
        snprintf(hint, sizeof hint, "keys are the names of options: 'neardup check -h' lists them");
    snprintf(message, sizeof message, "unknown key '%.60s'", value->key);
    return refuse_key(r, value, hint, message);
}

static bool unknown_table(struct reading *r, const struct ndup_toml_value *value)
{
    char hint[160] = "", message[100];
    const char *nearest = ndup_suggest_nearest(value->table, ndup_check_tables, NDUP_CHECK_TABLES);
    if (nearest != NULL)
        snprintf(hint, sizeof hint, "did you mean [%s]?", nearest);
    else
        snprintf(hint, sizeof hint, "tables are check, splits, input, similarity, paragraphs, search and running");
    snprintf(message, sizeof message, "unknown table [%.60s]", value->table);
    return refuse_key(r, value, hint, message);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* A copy that lives as long as the configuration; the buffer is freed. */
static const char *keep(struct reading *r, struct ndup_buf *buf)
{
    struct ndup_check_config *c = r->config;
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
        return opt->kind != NDUP_OPT_FLAG && !wants_number(opt);
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
        return "a whole number, or a share such as \"1%\"";
    case NDUP_OPT_REAL:
    case NDUP_OPT_SHARE:
        return "a number";
    case NDUP_OPT_COUNT:
    case NDUP_OPT_SEED:
        return "a whole number";
    case NDUP_OPT_SIZE:
        return "a whole number, or a size such as \"4G\"";
    case NDUP_OPT_LIST:
        return "a string, or an array of strings";
    case NDUP_OPT_TEXT:
    case NDUP_OPT_CHOICE:
        break;
    }
    return "a string";
}

/* As it would stand on the command line. */
static const char *as_argument(struct reading *r, const struct ndup_toml_value *value)
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

/* ---- inputs and splits ------------------------------------------------------------------------------------------- */

static bool take_input(struct reading *r, const struct ndup_toml_value *value)
{
    struct ndup_check_config *c = r->config;
    if (value->kind == NDUP_TOML_EMPTY_ARRAY)
        return true;
    if (value->kind != NDUP_TOML_STRING || has_nul(value))
        return refuse(r, value, "", "key 'inputs' needs a string, or an array of strings, not %s", value->what);
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
static bool take_split(struct reading *r, const struct ndup_toml_value *value)
{
    struct ndup_cli *cli = r->cli;
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_opt_failure failure;
    const struct ndup_opt *opt = ndup_opt_find(ndup_options_table, cli->command->bit, "split");
    if (value->kind == NDUP_TOML_EMPTY_ARRAY)
        return true;
    if (value->kind != NDUP_TOML_STRING || has_nul(value))
        return refuse(r, value, "", "split '%.60s' needs a path, or an array of paths, not %s", value->key,
                      value->what);
    if (value->key[0] == '\0' || strchr(value->key, '=') != NULL)
        return refuse_key(r, value, "", "this cannot be the name of a split: it is empty, or holds '='");
    if (ndup_opt_was_seen(&cli->seen, opt))
        return true;
    ndup_buf_printf(&buf, "%s=%s", value->key, value->text);
    const char *text = keep(r, &buf);
    if (text == NULL)
        return false;
    ndup_opt_see(&r->mine, opt);
    r->failed = !ndup_check_value_is_known(opt, text, place_of(r, value).text, cli);
    return !r->failed && (ndup_opt_apply(opt, &cli->settings, "split", text, &failure) || no_memory(r));
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

/* The value may be refused also where the command line decides: a file is right or wrong by itself. */
static bool set_option(struct reading *r, const struct ndup_toml_value *value, const struct ndup_opt *opt)
{
    struct ndup_settings *settings = &r->cli->settings;
    struct ndup_settings other = {.help = 0};
    struct ndup_opt_failure failure;
    bool overridden = ndup_opt_was_seen(&r->cli->seen, opt);
    if (value->kind == NDUP_TOML_BOOLEAN && !value->boolean)
        return true; /* as if it were not there */
    const char *text = as_argument(r, value);
    if (text == NULL)
        return false;
    if (value->index == 0 && ndup_opt_was_seen(&r->mine, opt) && strcmp(opt->name, "split") != 0)
        return refuse_key(r, value, "leave one of them out", "this option is set above already");
    bool good = ndup_opt_apply(opt, overridden ? &other : settings, value->key, text, &failure);
    if (overridden)
        ndup_opt_free(ndup_options_table, &other);
    ndup_opt_see(&r->mine, opt);
    if (!good)
        return refuse(r, value, failure.hint, "%s", failure.message);
    r->failed = !ndup_check_value_is_known(opt, text, place_of(r, value).text, r->cli);
    return !r->failed;
}

static bool take_option(struct reading *r, const struct ndup_toml_value *value)
{
    const char *name = strcmp(value->key, "reports") == 0 ? "report" : value->key;
    const struct ndup_opt *opt = ndup_opt_find(ndup_options_table, r->cli->command->bit, name);
    const char *table = opt != NULL ? ndup_check_table_of(opt) : NULL;
    char hint[120] = "", message[200];
    if (opt != NULL && table == NULL) {
        snprintf(message, sizeof message, "'%.60s' belongs on the command line, not into a file", value->key);
        return refuse_key(r, value, "", message);
    }
    if (opt == NULL)
        return unknown_key(r, value);
    if (value->table != NULL && strcmp(value->table, table) != 0) {
        snprintf(hint, sizeof hint, "put it into [%s], or at the top of the file", table);
        snprintf(message, sizeof message, "key '%.60s' does not belong into [%.60s]", value->key, value->table);
        return refuse_key(r, value, hint, message);
    }
    if (opt->kind == NDUP_OPT_LIST && value->kind == NDUP_TOML_EMPTY_ARRAY)
        return true;
    if (!fits(opt, value) || has_nul(value) || (value->in_array && opt->kind != NDUP_OPT_LIST))
        return refuse(r, value, "", "key '%.60s' needs %s, not %s", value->key, wanted(opt),
                      has_nul(value)                                  ? "one with a NUL character"
                      : value->in_array && opt->kind != NDUP_OPT_LIST ? "an array"
                                                                      : value->what);
    return set_option(r, value, opt);
}

static bool take(void *context, const struct ndup_toml_value *value)
{
    struct reading *r = context;
    bool known = value->table == NULL;
    for (size_t i = 0; i < NDUP_CHECK_TABLES && !known; i++)
        known = strcmp(value->table, ndup_check_tables[i]) == 0;
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

static bool parse(struct reading *r, const struct ndup_buf *text)
{
    struct ndup_toml_failure failure;
    if (!ndup_toml_parse(text->data, text->len, take, r, &failure)) {
        const struct ndup_toml_value at = {.line = failure.line, .column = failure.column};
        return refuse(r, &at, "", "this is not TOML: %s", failure.message);
    }
    for (size_t i = 0; i < r->mine.count; i++)
        ndup_opt_see(&r->cli->seen, r->mine.rows[i]);
    return !r->failed;
}

bool ndup_check_config_read(struct ndup_check_config *config, struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    struct ndup_buf text = NDUP_BUF_INIT;
    neardup_error err = {.message = ""};
    *config = (struct ndup_check_config){.texts = NULL};
    if (s->no_config != 0 && s->config != NULL) {
        ndup_command_misuse(cli, "options '--config' and '--no-config' contradict each other", "leave out one of them");
        return false;
    }
    if (s->no_config != 0 || (s->config == NULL && access(DEFAULT_FILE, F_OK) != 0))
        return true;
    struct reading r = {.config = config,
                        .cli = cli,
                        .path = s->config != NULL ? s->config : DEFAULT_FILE,
                        .own_inputs = cli->operand_count == 0 && s->files_from.count == 0};
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
    return good;
}

void ndup_check_config_free(struct ndup_check_config *config)
{
    for (size_t i = 0; i < config->count; i++)
        free(config->texts[i]);
    free(config->texts);
    free(config->inputs);
    *config = (struct ndup_check_config){.texts = NULL};
}
