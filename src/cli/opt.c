/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/mem.h"
#include "check/findings.h"
#include "cli/opt.h"
#include "term/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    const struct ndup_opt *table;
    unsigned command;
    char *settings;
    struct ndup_opt_seen *seen; /* NULL: nobody asks */
    struct ndup_opt_failure *failure;
};

static bool fail(struct parse *parse, const char *format, ...) NDUP_PRINTF(2, 3);
static void hint(struct parse *parse, const char *format, ...) NDUP_PRINTF(2, 3);

static bool fail(struct parse *parse, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(parse->failure->message, sizeof parse->failure->message, format, args);
    va_end(args);
    parse->failure->hint[0] = '\0';
    return false;
}

static void hint(struct parse *parse, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(parse->failure->hint, sizeof parse->failure->hint, format, args);
    va_end(args);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static bool in_range(const struct ndup_opt *opt, double value)
{
    if (opt->kind == NDUP_OPT_SHARE)
        return value >= 0 && value <= 1;
    if (opt->min == 0 && opt->max == 0)
        return true;
    return (opt->kind == NDUP_OPT_REAL ? value > opt->min : value >= opt->min) && value <= opt->max;
}

static bool store_number(const struct ndup_opt *opt, void *to, const char *text)
{
    uint64_t number;
    double real;
    if (opt->kind == NDUP_OPT_REAL || opt->kind == NDUP_OPT_SHARE) {
        if (!ndup_number_parse_real(text, &real) || !in_range(opt, real))
            return false;
        memcpy(to, &real, sizeof real);
        return true;
    }
    bool good = opt->kind == NDUP_OPT_COUNT  ? ndup_number_parse_count(text, &number)
                : opt->kind == NDUP_OPT_SIZE ? ndup_number_parse_size(text, &number)
                                             : ndup_number_parse_seed(text, &number);
    if (!good || !in_range(opt, (double)number))
        return false;
    memcpy(to, &number, sizeof number);
    return true;
}

static bool store_choice(const struct ndup_opt *opt, void *to, const char *text)
{
    for (int i = 0; text != NULL && opt->choices[i] != NULL; i++) {
        if (strcmp(text, opt->choices[i]) == 0) {
            memcpy(to, &i, sizeof i);
            return true;
        }
    }
    return false;
}

static bool store_list(void *to, const char *text)
{
    struct ndup_opt_list list;
    memcpy(&list, to, sizeof list);
    if (!ndup_resize(&list.items, list.count + 1, sizeof *list.items))
        return false;
    list.items[list.count++] = text;
    memcpy(to, &list, sizeof list);
    return true;
}

static bool store_limit(void *to, const char *text)
{
    struct ndup_limit limit;
    if (!ndup_limit_parse(text, &limit))
        return false;
    memcpy(to, &limit, sizeof limit);
    return true;
}

static bool store(const struct ndup_opt *opt, char *settings, const char *text)
{
    void *to = settings + opt->offset;
    switch (opt->kind) {
    case NDUP_OPT_FLAG:
        memcpy(to, &opt->value, sizeof opt->value);
        return true;
    case NDUP_OPT_TEXT:
        memcpy(to, &text, sizeof text);
        return true;
    case NDUP_OPT_LIST:
        return store_list(to, text);
    case NDUP_OPT_CHOICE:
        return store_choice(opt, to, text);
    case NDUP_OPT_LIMIT:
        return store_limit(to, text);
    case NDUP_OPT_REAL:
    case NDUP_OPT_SHARE:
    case NDUP_OPT_COUNT:
    case NDUP_OPT_SIZE:
    case NDUP_OPT_SEED:
        break;
    }
    return store_number(opt, to, text);
}

void ndup_opt_init(const struct ndup_opt *table, void *settings, size_t settings_size)
{
    memset(settings, 0, settings_size);
    for (const struct ndup_opt *opt = table; opt->name != NULL; opt = ndup_opt_next(opt)) {
        if (opt->initial != NULL)
            (void)store(opt, settings, opt->initial);
    }
}

void ndup_opt_free(const struct ndup_opt *table, void *settings)
{
    for (const struct ndup_opt *opt = table; opt->name != NULL; opt = ndup_opt_next(opt)) {
        struct ndup_opt_list list;
        if (opt->kind == NDUP_OPT_LIST) {
            memcpy(&list, (char *)settings + opt->offset, sizeof list);
            free(list.items);
            list = (struct ndup_opt_list){NULL, 0};
            memcpy((char *)settings + opt->offset, &list, sizeof list);
        }
    }
}

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static void list_choices(const struct ndup_opt *opt, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; opt->choices[i] != NULL && used < size; i++) {
        const char *joint = i == 0 ? "" : opt->choices[i + 1] == NULL ? " or " : ", ";
        used += (size_t)snprintf(out + used, size - used, "%s%s", joint, opt->choices[i]);
    }
}

static bool fail_choice(struct parse *parse, const struct ndup_opt *opt, const char *shown, const char *text)
{
    size_t count = 0;
    while (opt->choices[count] != NULL)
        count++;
    char words[200];
    list_choices(opt, words, sizeof words);
    fail(parse, "option '%s' does not know '%.60s'", shown, text);
    const char *nearest = ndup_suggest_nearest(text, opt->choices, count);
    if (nearest != NULL)
        hint(parse, "did you mean '%s'? it takes %s", nearest, words);
    else
        hint(parse, "it takes %s", words);
    return false;
}

static bool fail_value(struct parse *parse, const struct ndup_opt *opt, const char *shown, const char *text)
{
    switch (opt->kind) {
    case NDUP_OPT_CHOICE:
        return fail_choice(parse, opt, shown, text);
    case NDUP_OPT_REAL:
        fail(parse, "option '%s' needs a number above %g and at most %g, not '%.60s'", shown, opt->min, opt->max, text);
        break;
    case NDUP_OPT_SHARE:
        fail(parse, "option '%s' needs a number from 0 to 1, not '%.60s'", shown, text);
        break;
    case NDUP_OPT_COUNT:
        if (opt->min == 0 && opt->max == 0)
            fail(parse, "option '%s' needs a whole number, not '%.60s'", shown, text);
        else
            fail(parse, "option '%s' needs a whole number from %.0f to %.0f, not '%.60s'", shown, opt->min, opt->max,
                 text);
        if (opt->max == 0 || opt->max > 1000000)
            hint(parse, "K, M, G and T stand for thousands, millions and so on: 50M");
        break;
    case NDUP_OPT_SIZE:
        fail(parse, "option '%s' needs a size in bytes, not '%.60s'", shown, text);
        hint(parse, "write 512M, 4G (powers of 1024) or 4GB (powers of 1000)");
        break;
    case NDUP_OPT_SEED:
        fail(parse, "option '%s' needs a whole number of up to 64 bits, not '%.60s'", shown, text);
        break;
    case NDUP_OPT_LIMIT:
        fail(parse, "option '%s' needs a number or a share, not '%.60s'", shown, text);
        hint(parse, "20 is an amount, and 1%% a share of all");
        break;
    case NDUP_OPT_LIST:
        fail(parse, "out of memory");
        break;
    case NDUP_OPT_FLAG:
    case NDUP_OPT_TEXT:
        break;
    }
    return false;
}

static bool fail_unknown(struct parse *parse, const char *name, size_t length)
{
    char typed[64];
    snprintf(typed, sizeof typed, "%.*s", (int)(length < 60 ? length : 60), name);
    const char *names[NDUP_OPT_MOST];
    size_t count = 0;
    for (const struct ndup_opt *opt = parse->table; opt->name != NULL && count < NDUP_OPT_MOST;
         opt = ndup_opt_next(opt)) {
        if (opt->group == NULL)
            continue;
        if (strcmp(opt->name, typed) == 0)
            return fail(parse, "option '--%s' does not belong to this command", typed);
        if ((opt->commands & parse->command) != 0)
            names[count++] = opt->name;
    }
    fail(parse, "unknown option '--%s'", typed);
    const char *nearest = ndup_suggest_nearest(typed, names, count);
    if (nearest != NULL)
        hint(parse, "did you mean '--%s'?", nearest);
    return false;
}

/* "-threshold" is a long option with a dash forgotten, whatever its letters are taken for. */
static void hint_forgotten_dash(struct parse *parse, const char *argument)
{
    const char *name = argument + 1;
    size_t length = strcspn(name, "=");
    for (const struct ndup_opt *opt = parse->table; opt->name != NULL; opt = ndup_opt_next(opt)) {
        if ((opt->commands & parse->command) != 0 && strlen(opt->name) == length && length > 1 &&
            strncmp(opt->name, name, length) == 0)
            hint(parse, "did you mean '--%s'?", opt->name);
    }
}

static bool fail_letter(struct parse *parse, char letter, const char *argument)
{
    if ((unsigned char)letter <= ' ' || (unsigned char)letter >= 0x7f)
        fail(parse, "unknown option in '%.60s'", argument);
    else
        fail(parse, "unknown option '-%c'", letter);
    hint_forgotten_dash(parse, argument);
    return false;
}

/* ---- parsing ----------------------------------------------------------------------------------------------------- */

static const struct ndup_opt *find_name(const struct parse *parse, const char *name, size_t length)
{
    for (const struct ndup_opt *opt = parse->table; opt->name != NULL; opt = ndup_opt_next(opt)) {
        if ((opt->commands & parse->command) != 0 && opt->group != NULL && strlen(opt->name) == length &&
            memcmp(opt->name, name, length) == 0)
            return opt;
    }
    return NULL;
}

static const struct ndup_opt *find_letter(const struct parse *parse, char letter)
{
    for (const struct ndup_opt *opt = parse->table; opt->name != NULL; opt = ndup_opt_next(opt)) {
        if ((opt->commands & parse->command) != 0 && opt->letter == letter)
            return opt;
    }
    return NULL;
}

/* The value that stands in the next argument. One that looks like an option is more likely a forgotten value. */
static bool take_next(struct parse *parse, const char *shown, int argc, const char **argv, int *at, const char **value)
{
    if (*at + 1 >= argc)
        return fail(parse, "option '%s' needs a value", shown);
    const char *next = argv[*at + 1];
    if (next[0] == '-' && next[1] == '-') {
        fail(parse, "option '%s' needs a value, and '%.60s' looks like an option", shown, next);
        hint(parse, shown[1] == '-' ? "write '%s=%.60s' if that is meant" : "write '%s%.60s' if that is meant", shown,
             next);
        return false;
    }
    (*at)++;
    *value = next;
    return true;
}

/* Stores the value of an option on the command line. */
static bool accept(struct parse *parse, const struct ndup_opt *opt, const char *shown, const char *value)
{
    static const int yes = 1;
    if (!store(opt, parse->settings, value))
        return fail_value(parse, opt, shown, value);
    if (opt->given != 0)
        memcpy(parse->settings + opt->given, &yes, sizeof yes);
    if (parse->seen != NULL)
        ndup_opt_see(parse->seen, opt);
    return true;
}

static bool parse_long(struct parse *parse, int argc, const char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    const struct ndup_opt *opt = find_name(parse, name, length);
    if (opt == NULL)
        return fail_unknown(parse, name, length);
    char shown[64];
    snprintf(shown, sizeof shown, "--%s", opt->name);
    if (opt->kind == NDUP_OPT_FLAG && value != NULL)
        return fail(parse, "option '%s' takes no value", shown);
    if (opt->kind != NDUP_OPT_FLAG && value == NULL && !take_next(parse, shown, argc, argv, at, &value))
        return false;
    return accept(parse, opt, shown, value);
}

static bool parse_short(struct parse *parse, int argc, const char **argv, int *at)
{
    const char *argument = argv[*at];
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        const struct ndup_opt *opt = find_letter(parse, *letter);
        if (opt == NULL)
            return fail_letter(parse, *letter, argument);
        const char shown[] = {'-', *letter, '\0'};
        const char *value = NULL;
        if (opt->kind != NDUP_OPT_FLAG) {
            if (letter[1] != '\0')
                value = letter + 1;
            else if (!take_next(parse, shown, argc, argv, at, &value))
                return false;
        }
        if (!accept(parse, opt, shown, value)) {
            hint_forgotten_dash(parse, argument);
            return false;
        }
        if (value != NULL)
            return true;
    }
    return true;
}

bool ndup_opt_parse_seen(const struct ndup_opt *table, unsigned command, int argc, const char **argv, void *settings,
                         int *operands, struct ndup_opt_seen *seen, struct ndup_opt_failure *failure)
{
    struct parse parse = {table, command, settings, seen, failure};
    *failure = (struct ndup_opt_failure){"", ""};
    *operands = 0;
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        const char *argument = argv[i];
        if (only_operands || argument[0] != '-' || argument[1] == '\0')
            argv[(*operands)++] = argument;
        else if (strcmp(argument, "--") == 0)
            only_operands = true;
        else if (argument[1] == '-' ? !parse_long(&parse, argc, argv, &i) : !parse_short(&parse, argc, argv, &i))
            return false;
    }
    return true;
}

bool ndup_opt_parse(const struct ndup_opt *table, unsigned command, int argc, const char **argv, void *settings,
                    int *operands, struct ndup_opt_failure *failure)
{
    return ndup_opt_parse_seen(table, command, argc, argv, settings, operands, NULL, failure);
}

/* ---- one by one -------------------------------------------------------------------------------------------------- */

bool ndup_opt_was_seen(const struct ndup_opt_seen *seen, const struct ndup_opt *opt)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->rows[i] == opt)
            return true;
    }
    return false;
}

void ndup_opt_see(struct ndup_opt_seen *seen, const struct ndup_opt *opt)
{
    if (seen->count < NDUP_OPT_MOST && !ndup_opt_was_seen(seen, opt))
        seen->rows[seen->count++] = opt;
}

const struct ndup_opt *ndup_opt_find(const struct ndup_opt *table, unsigned command, const char *name)
{
    const struct parse parse = {.table = table, .command = command};
    return find_name(&parse, name, strlen(name));
}

bool ndup_opt_apply(const struct ndup_opt *opt, void *settings, const char *shown, const char *value,
                    struct ndup_opt_failure *failure)
{
    struct parse parse = {.settings = settings, .failure = failure};
    *failure = (struct ndup_opt_failure){"", ""};
    return accept(&parse, opt, shown, value);
}

/* ---- what did the user mean? ------------------------------------------------------------------------------------- */

#define MAX_NAME 63

/* Insertions, deletions, replacements and swaps of neighbours ("optimal string alignment"). */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][MAX_NAME + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before_last = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before_last[j - 2] + 1 < best)
                best = before_last[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

/* The distinct 3-grams of the name between two blanks on either side. */
static size_t grams_of(const char *name, size_t length, uint32_t *grams)
{
    size_t count = 0;
    uint32_t window = (uint32_t)' ' << 8 | ' ';
    for (size_t i = 0; i < length + 2; i++) {
        unsigned char c = i < length ? (unsigned char)name[i] : ' ';
        window = (window << 8 | c) & 0xffffffu;
        size_t j = 0;
        while (j < count && grams[j] != window)
            j++;
        if (j == count)
            grams[count++] = window;
    }
    return count;
}

static double gram_jaccard(const char *a, size_t a_len, const char *b, size_t b_len)
{
    uint32_t a_grams[MAX_NAME + 2];
    uint32_t b_grams[MAX_NAME + 2];
    size_t a_count = grams_of(a, a_len, a_grams);
    size_t b_count = grams_of(b, b_len, b_grams);
    size_t shared = 0;
    for (size_t i = 0; i < a_count; i++) {
        for (size_t j = 0; j < b_count; j++)
            shared += a_grams[i] == b_grams[j];
    }
    return (double)shared / (double)(a_count + b_count - shared);
}

double ndup_suggest_closeness(const char *typed, const char *name)
{
    size_t a = strlen(typed);
    size_t b = strlen(name);
    if (a == 0 || b == 0 || a > MAX_NAME || b > MAX_NAME)
        return 0;
    size_t longer = a > b ? a : b;
    size_t distance = edit_distance(typed, a, name, b);
    double jaccard = gram_jaccard(typed, a, name, b);
    /* A third of the letters wrong is a typing error; a shared stem ("thresh") is caught by its 3-grams. */
    size_t allowed = longer / 3 > 0 ? longer / 3 : 1;
    if ((distance > allowed || distance >= longer) && jaccard < 0.4)
        return 0;
    return jaccard + 1 - (double)distance / (double)longer;
}

const char *ndup_suggest_nearest(const char *typed, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    double best = 0;
    for (size_t i = 0; i < count; i++) {
        double closeness = ndup_suggest_closeness(typed, names[i]);
        if (closeness > best) {
            best = closeness;
            nearest = names[i];
        }
    }
    return nearest;
}
