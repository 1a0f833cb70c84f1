/* SPDX-License-Identifier: MIT
 * --print-config: what is set, as TOML that reads back to the same; what is not, as a comment. */
#include "base/platform.h"

#include "base/buf.h"
#include "cli/check/check_config.h"
#include "cli/check/check_tables.h"
#include "cli/help.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
    char text[40];
    int digits = 15;
    do {
        snprintf(text, sizeof text, "%.*g", digits, limit->value);
    } while (strtod(text, NULL) != limit->value && ++digits <= 17);
    if (strchr(text, 'e') != NULL) /* limits are written without exponents */
        snprintf(text, sizeof text, "%.30f", limit->value);
    ndup_buf_printf(buf, "\"%s%%\"", text);
}

static void add_value(struct ndup_buf *buf, const struct ndup_opt *opt, const struct ndup_settings *settings)
{
    const char *from = (const char *)settings + opt->offset;
    const char *text;
    struct ndup_opt_list list;
    struct ndup_limit limit;
    double real;
    uint64_t number;
    int choice;
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
        memcpy(&choice, from, sizeof choice);
        add_string(buf, opt->choices[choice], strlen(opt->choices[choice]));
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
    memcpy(&number, from, sizeof number);
    /* TOML has no whole numbers beyond 63 bits. */
    ndup_buf_printf(buf, number > INT64_MAX ? "\"%" PRIu64 "\"" : "%" PRIu64, number);
}

/* --quiet and --verbose set the same number: the last one counts. */
static bool is_set(const struct ndup_cli *cli, const struct ndup_opt *opt)
{
    int now;
    if (!ndup_opt_was_seen(&cli->seen, opt))
        return false;
    if (opt->kind != NDUP_OPT_FLAG)
        return true;
    memcpy(&now, (const char *)&cli->settings + opt->offset, sizeof now);
    return now == opt->value;
}

static void add_default(struct ndup_buf *buf, const struct ndup_opt *opt)
{
    const char *otherwise = ndup_help_default(opt);
    ndup_buf_printf(buf, "# %s", opt->name);
    if (opt->kind == NDUP_OPT_FLAG)
        ndup_buf_append_str(buf, " = false");
    else if (otherwise != NULL)
        ndup_buf_printf(buf, ": %s", otherwise);
    ndup_buf_append_str(buf, "\n");
}

static void add_table(struct ndup_buf *buf, const struct ndup_cli *cli, const char *table)
{
    ndup_buf_printf(buf, "\n[%s]\n", table);
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt = ndup_opt_next(opt)) {
        const char *own = ndup_check_table_of(opt);
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

bool ndup_check_config_print(FILE *out, const struct ndup_cli *cli)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_buf_append_str(&buf, "# What is not set stands in a comment, with its default.\n");
    if (cli->operand_count > 0) {
        ndup_buf_append_str(&buf, "inputs = ");
        add_texts(&buf, cli->operands, (size_t)cli->operand_count);
        ndup_buf_append_str(&buf, "\n");
    }
    for (size_t i = 0; i + 1 < NDUP_CHECK_TABLES; i++)
        add_table(&buf, cli, ndup_check_tables[i]);
    bool good = !buf.failed && fwrite(buf.data, 1, buf.len, out) == buf.len;
    int reason = buf.failed ? ENOMEM : errno;
    ndup_buf_free(&buf);
    errno = reason;
    return good;
}
