/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/mem.h"
#include "base/suggest.h"
#include "check/findings.h"
#include "cli/opt.h"
#include "term/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct option_parse {
    const struct ndup_opt *table;
    unsigned command;
    char *settings;
    struct ndup_opt_seen *seen; /* NULL: nobody asks */
    struct ndup_opt_failure *failure;
};

static bool fail(struct ndup_opt_failure *failure, const char *format, ...) NDUP_PRINTF(2, 3);
static void hint(struct ndup_opt_failure *failure, const char *format, ...) NDUP_PRINTF(2, 3);

static bool fail(struct ndup_opt_failure *failure, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(failure->message, sizeof failure->message, format, args);
    va_end(args);
    failure->hint[0] = '\0';
    return false;
}

static void hint(struct ndup_opt_failure *failure, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(failure->hint, sizeof failure->hint, format, args);
    va_end(args);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static bool in_range(const struct ndup_opt *opt, double value)
{
    if (opt->kind == NDUP_OPT_SHARE)
        return (value >= opt->min && value <= 1) || (value == 0 && opt->zero_is_off);
    if (opt->min == 0 && opt->max == 0)
        return opt->kind == NDUP_OPT_REAL || opt->size == sizeof(uint64_t) || value <= UINT32_MAX;
    return (opt->kind == NDUP_OPT_REAL ? value > opt->min : value >= opt->min) && value <= opt->max;
}

/* Whole numbers have the size of their destination: bool, 32 or 64 bits. */
static bool store_integer(const struct ndup_opt *opt, void *to, uint64_t number)
{
    bool yes = number != 0;
    uint32_t small = (uint32_t)number;
    if (opt->size == sizeof yes)
        memcpy(to, &yes, sizeof yes);
    else if (opt->size == sizeof small)
        memcpy(to, &small, sizeof small);
    else
        memcpy(to, &number, sizeof number);
    return true;
}

uint64_t ndup_opt_integer(const struct ndup_opt *opt, const void *settings)
{
    const char *from = (const char *)settings + opt->offset;
    bool yes;
    uint32_t small;
    uint64_t number;
    if (opt->size == sizeof yes) {
        memcpy(&yes, from, sizeof yes);
        return yes;
    }
    if (opt->size == sizeof small) {
        memcpy(&small, from, sizeof small);
        return small;
    }
    memcpy(&number, from, sizeof number);
    return number;
}

/* "0.7", or "70%". */
static bool parse_share(const char *text, double *real)
{
    char number[32];
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] != '%')
        return ndup_number_parse_real(text, real);
    if (length > sizeof number)
        return false;
    memcpy(number, text, length - 1);
    number[length - 1] = '\0';
    if (!ndup_number_parse_real(number, real))
        return false;
    *real /= 100;
    return true;
}

static bool store_number(const struct ndup_opt *opt, void *to, const char *text)
{
    uint64_t number;
    double real;
    if (opt->kind == NDUP_OPT_REAL || opt->kind == NDUP_OPT_SHARE) {
        if (!parse_share(text, &real) || !in_range(opt, real))
            return false;
        memcpy(to, &real, sizeof real);
        return true;
    }
    bool good = opt->kind == NDUP_OPT_COUNT  ? ndup_number_parse_count(text, &number)
                : opt->kind == NDUP_OPT_SIZE ? ndup_number_parse_size(text, &number)
                                             : ndup_number_parse_seed(text, &number);
    return good && in_range(opt, (double)number) && store_integer(opt, to, number);
}

static size_t choice_count(const struct ndup_opt *opt)
{
    size_t count = 0;
    while (opt->choices[count] != NULL)
        count++;
    return count;
}

/* The index of a word; the number of choices: it is none of them. */
static size_t find_choice(const struct ndup_opt *opt, const char *word, size_t length)
{
    size_t i = 0;
    while (opt->choices[i] != NULL && (strlen(opt->choices[i]) != length || memcmp(opt->choices[i], word, length) != 0))
        i++;
    return i;
}

static bool store_choice(const struct ndup_opt *opt, void *to, const char *text)
{
    size_t which = text != NULL ? find_choice(opt, text, strlen(text)) : choice_count(opt);
    return opt->choices[which] != NULL && store_integer(opt, to, which);
}

/* *bad gets the word that is not known; the whole text if each is, but not together. */
static bool parse_set(const struct ndup_opt *opt, const char *text, unsigned *bits, char bad[64])
{
    *bits = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ","), which = find_choice(opt, at, length);
        snprintf(bad, 64, "%.*s", (int)(length < 60 ? length : 60), at);
        if (opt->choices[which] == NULL)
            return false;
        *bits |= 1u << which;
        at += length;
        if (*at == '\0')
            break;
    }
    snprintf(bad, 64, "%.60s", text);
    unsigned both = *bits & opt->exclusive;
    return (both & (both - 1)) == 0;
}

/* One of the words, or longer than a pattern such as "max:FIELD". */
static bool is_word_of(const char *text, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        const char *colon = strchr(words[i], ':');
        size_t head = colon != NULL ? (size_t)(colon - words[i]) + 1 : 0;
        if (colon == NULL ? strcmp(text, words[i]) == 0 : strncmp(text, words[i], head) == 0 && text[head] != '\0')
            return true;
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
    unsigned bits;
    char bad[64];
    switch (opt->kind) {
    case NDUP_OPT_FLAG:
        return store_integer(opt, to, (uint64_t)(int64_t)opt->value);
    case NDUP_OPT_TEXT:
        if (opt->choices != NULL && !is_word_of(text, opt->choices))
            return false;
        memcpy(to, &text, sizeof text);
        return true;
    case NDUP_OPT_LIST:
        return store_list(to, text);
    case NDUP_OPT_CHOICE:
        return store_choice(opt, to, text);
    case NDUP_OPT_SET:
        return parse_set(opt, text, &bits, bad) && store_integer(opt, to, bits);
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

void ndup_opt_init(const struct ndup_opt *table, void *settings)
{
    for (const struct ndup_opt *opt = table; opt->name != NULL; opt++) {
        if (opt->initial != NULL)
            (void)store(opt, settings, opt->initial);
    }
}

void ndup_opt_free(const struct ndup_opt *table, void *settings)
{
    for (const struct ndup_opt *opt = table; opt->name != NULL; opt++) {
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

/* "word or char", "a, b or c" */
static void list_words(const char *const *words, size_t count, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++) {
        const char *joint = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        used += (size_t)snprintf(out + used, size - used, "%s%s", joint, words[i]);
    }
}

void ndup_opt_fail_word(struct ndup_opt_failure *failure, const char *shown, const char *text, const char *const *names,
                        size_t count)
{
    char words[240];
    list_words(names, count, words, sizeof words);
    /* What has a colon is a pattern with a missing or a wrong end: a suggestion would repeat what was typed. */
    const char *nearest = strchr(text, ':') == NULL ? ndup_suggest_nearest(text, names, count) : NULL;
    if (nearest == NULL) {
        fail(failure, "invalid value '%.60s' for %s: expected %s", text, shown, words);
        return;
    }
    fail(failure, "invalid value '%.60s' for %s; did you mean '%s'?", text, shown, nearest);
    hint(failure, "%s takes %s", shown, words);
}

static bool fail_set(struct ndup_opt_failure *failure, const struct ndup_opt *opt, const char *shown, const char *text)
{
    unsigned bits;
    char bad[64], words[100];
    (void)parse_set(opt, text, &bits, bad);
    if (opt->choices[find_choice(opt, bad, strlen(bad))] == NULL && strchr(bad, ',') == NULL) {
        ndup_opt_fail_word(failure, shown, bad[0] != '\0' ? bad : text, opt->choices, choice_count(opt));
        return false;
    }
    const char *some[8];
    size_t count = 0;
    for (size_t i = 0; opt->choices[i] != NULL && count < 8; i++) {
        if ((opt->exclusive >> i & 1) != 0)
            some[count++] = opt->choices[i];
    }
    list_words(some, count, words, sizeof words);
    fail(failure, "invalid value '%.60s' for %s: expected only one of %s", text, shown, words);
    return false;
}

static bool fail_number(struct ndup_opt_failure *failure, const struct ndup_opt *opt, const char *shown,
                        const char *text)
{
    double most = opt->max > 0 ? opt->max : opt->size == sizeof(uint32_t) ? UINT32_MAX : 0;
    if (most == 0)
        fail(failure, "invalid value '%.60s' for %s: expected a non-negative integer", text, shown);
    else
        fail(failure, "invalid value '%.60s' for %s: expected an integer from %.0f to %.0f", text, shown, opt->min,
             most);
    if (most == 0 || most > 1000000)
        hint(failure, "K, M, G and T multiply by a thousand, a million and so on: 50M is 50 000 000");
    return false;
}

static bool fail_value(struct ndup_opt_failure *failure, const struct ndup_opt *opt, const char *shown,
                       const char *text)
{
    switch (opt->kind) {
    case NDUP_OPT_TEXT:
    case NDUP_OPT_CHOICE:
        ndup_opt_fail_word(failure, shown, text, opt->choices, choice_count(opt));
        break;
    case NDUP_OPT_SET:
        return fail_set(failure, opt, shown, text);
    case NDUP_OPT_REAL:
        return fail(failure, "invalid value '%.60s' for %s: expected a number above %g and at most %g, or a percentage",
                    text, shown, opt->min, opt->max);
    case NDUP_OPT_SHARE:
        return fail(failure, "invalid value '%.60s' for %s: expected a number from %g to 1, or a percentage", text,
                    shown, opt->min);
    case NDUP_OPT_COUNT:
        return fail_number(failure, opt, shown, text);
    case NDUP_OPT_SIZE:
        fail(failure, "invalid value '%.60s' for %s: expected a size in bytes", text, shown);
        hint(failure, "write 512M, 4G (powers of 1024) or 4GB (powers of 1000)");
        break;
    case NDUP_OPT_SEED:
        return fail(failure, "invalid value '%.60s' for %s: expected a non-negative integer below 2^64", text, shown);
    case NDUP_OPT_LIMIT:
        fail(failure, "invalid value '%.60s' for %s: expected a number or a percentage", text, shown);
        hint(failure, "for instance 20 or 1%%");
        break;
    case NDUP_OPT_LIST:
        return fail(failure, "out of memory");
    case NDUP_OPT_FLAG:
        break;
    }
    return false;
}

static bool fail_unknown(struct option_parse *parse, const char *name, size_t length)
{
    char typed[64];
    snprintf(typed, sizeof typed, "%.*s", (int)(length < 60 ? length : 60), name);
    const char *names[NDUP_OPT_MOST];
    size_t count = 0;
    for (const struct ndup_opt *opt = parse->table; opt->name != NULL && count < NDUP_OPT_MOST; opt++) {
        if (opt->group == NULL)
            continue;
        if (strcmp(opt->name, typed) == 0)
            return fail(parse->failure, "--%s is not an option of this command", typed);
        if ((opt->commands & parse->command) != 0)
            names[count++] = opt->name;
    }
    fail(parse->failure, "unknown option '--%s'", typed);
    const char *nearest = ndup_suggest_nearest(typed, names, count);
    if (nearest != NULL)
        hint(parse->failure, "did you mean --%s?", nearest);
    return false;
}

/* "-threshold" is a long option with a dash forgotten, whatever its letters are taken for. */
static void hint_forgotten_dash(struct option_parse *parse, const char *argument)
{
    const char *name = argument + 1;
    size_t length = strcspn(name, "=");
    for (const struct ndup_opt *opt = parse->table; opt->name != NULL; opt++) {
        if ((opt->commands & parse->command) != 0 && strlen(opt->name) == length && length > 1 &&
            strncmp(opt->name, name, length) == 0)
            hint(parse->failure, "did you mean --%s?", opt->name);
    }
}

static bool fail_letter(struct option_parse *parse, char letter, const char *argument)
{
    if ((unsigned char)letter <= ' ' || (unsigned char)letter >= 0x7f)
        fail(parse->failure, "unknown option in '%.60s'", argument);
    else
        fail(parse->failure, "unknown option '-%c'", letter);
    hint_forgotten_dash(parse, argument);
    return false;
}

/* ---- parsing ----------------------------------------------------------------------------------------------------- */

static const struct ndup_opt *find_name(const struct ndup_opt *table, unsigned command, const char *name, size_t length)
{
    for (const struct ndup_opt *opt = table; opt->name != NULL; opt++) {
        if ((opt->commands & command) != 0 && opt->group != NULL && strlen(opt->name) == length &&
            memcmp(opt->name, name, length) == 0)
            return opt;
    }
    return NULL;
}

static const struct ndup_opt *find_letter(const struct option_parse *parse, char letter)
{
    for (const struct ndup_opt *opt = parse->table; opt->name != NULL; opt++) {
        if ((opt->commands & parse->command) != 0 && opt->letter == letter)
            return opt;
    }
    return NULL;
}

/* The value in the next argument. One that looks like an option is more likely a forgotten value. */
static bool take_next(struct option_parse *parse, const char *shown, int argc, const char **argv, int *at,
                      const char **value)
{
    if (*at + 1 >= argc)
        return fail(parse->failure, "%s requires a value", shown);
    const char *next = argv[*at + 1];
    if (next[0] == '-' && next[1] == '-') {
        fail(parse->failure, "%s requires a value, and '%.60s' looks like an option", shown, next);
        hint(parse->failure,
             shown[1] == '-' ? "write '%s=%.60s' if it is the value" : "write '%s%.60s' if it is the value", shown,
             next);
        return false;
    }
    (*at)++;
    *value = next;
    return true;
}

bool ndup_opt_apply(const struct ndup_opt *opt, void *settings, const char *shown, const char *value,
                    struct ndup_opt_failure *failure)
{
    static const int yes = 1;
    *failure = (struct ndup_opt_failure){"", ""};
    if (opt->valid != NULL && !opt->valid(value, shown, failure))
        return false;
    if (!store(opt, settings, value))
        return fail_value(failure, opt, shown, value);
    if (opt->given != 0)
        memcpy((char *)settings + opt->given, &yes, sizeof yes);
    return true;
}

/* An option on the command line. */
static bool accept(struct option_parse *parse, const struct ndup_opt *opt, const char *shown, const char *value)
{
    if (!ndup_opt_apply(opt, parse->settings, shown, value, parse->failure))
        return false;
    if (parse->seen != NULL)
        ndup_opt_see(parse->seen, opt, 0);
    return true;
}

static bool parse_long(struct option_parse *parse, int argc, const char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    const struct ndup_opt *opt = find_name(parse->table, parse->command, name, length);
    if (opt == NULL)
        return fail_unknown(parse, name, length);
    char shown[64];
    snprintf(shown, sizeof shown, "--%s", opt->name);
    if (opt->kind == NDUP_OPT_FLAG && value != NULL)
        return fail(parse->failure, "%s takes no value", shown);
    if (opt->kind != NDUP_OPT_FLAG && value == NULL && !take_next(parse, shown, argc, argv, at, &value))
        return false;
    return accept(parse, opt, shown, value);
}

static bool parse_short(struct option_parse *parse, int argc, const char **argv, int *at)
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

bool ndup_opt_parse(const struct ndup_opt *table, unsigned command, int argc, const char **argv, void *settings,
                    int *operands, struct ndup_opt_seen *seen, struct ndup_opt_failure *failure)
{
    struct option_parse parse = {table, command, settings, seen, failure};
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

/* ---- what was given ---------------------------------------------------------------------------------------------- */

/* Its place among the options seen; their number: it is not there. */
static size_t seen_at(const struct ndup_opt_seen *seen, const struct ndup_opt *opt)
{
    size_t i = 0;
    while (i < seen->count && seen->rows[i] != opt)
        i++;
    return i;
}

bool ndup_opt_was_seen(const struct ndup_opt_seen *seen, const struct ndup_opt *opt)
{
    return seen_at(seen, opt) < seen->count;
}

void ndup_opt_see(struct ndup_opt_seen *seen, const struct ndup_opt *opt, uint32_t line)
{
    size_t at = seen_at(seen, opt);
    if (at == NDUP_OPT_MOST)
        return;
    seen->rows[at] = opt;
    seen->lines[at] = line;
    seen->count += at == seen->count;
}

const struct ndup_opt *ndup_opt_find(const struct ndup_opt *table, unsigned command, const char *name)
{
    return find_name(table, command, name, strlen(name));
}

/* ---- rules between options --------------------------------------------------------------------------------------- */

struct rules {
    const struct ndup_opt *table;
    unsigned command;
    const void *settings;
    const struct ndup_opt_seen *seen;
    struct ndup_opt_failure *failure;
};

/* Given, and not as "off". */
static bool is_used(const struct rules *r, const struct ndup_opt *opt)
{
    double real;
    if (opt == NULL || !ndup_opt_was_seen(r->seen, opt))
        return false;
    if (opt->kind == NDUP_OPT_FLAG || (opt->zero_is_off && opt->kind == NDUP_OPT_COUNT))
        return ndup_opt_integer(opt, r->settings) != 0;
    if (!opt->zero_is_off)
        return true;
    memcpy(&real, (const char *)r->settings + opt->offset, sizeof real);
    return real > 0;
}

static bool has_word(const struct ndup_opt *opt, const void *settings, const char *word, size_t length)
{
    const char *text;
    size_t which;
    switch (opt->kind) {
    case NDUP_OPT_CHOICE:
        return find_choice(opt, word, length) == ndup_opt_integer(opt, settings);
    case NDUP_OPT_SET:
        which = find_choice(opt, word, length);
        return (ndup_opt_integer(opt, settings) >> which & 1) != 0;
    case NDUP_OPT_TEXT:
        memcpy(&text, (const char *)settings + opt->offset, sizeof text);
        return text != NULL && strlen(text) == length && memcmp(text, word, length) == 0;
    case NDUP_OPT_FLAG:
    case NDUP_OPT_LIST:
    case NDUP_OPT_REAL:
    case NDUP_OPT_SHARE:
    case NDUP_OPT_COUNT:
    case NDUP_OPT_SIZE:
    case NDUP_OPT_SEED:
    case NDUP_OPT_LIMIT:
        break;
    }
    return false;
}

/* Whether the option has one of the values, which *word then points to. */
static bool has_value(const struct rules *r, const struct ndup_opt *opt, const char *values, const char **word)
{
    for (const char *at = values; at != NULL;) {
        size_t length = strcspn(at, "|");
        *word = at;
        if (has_word(opt, r->settings, at, length))
            return true;
        at = at[length] == '|' ? at + length + 1 : NULL;
    }
    return false;
}

struct option_name {
    char text[200];
};

/* "--unit paragraph (set in neardup.toml line 3)" */
static struct option_name name_of(const struct rules *r, const struct ndup_opt *opt, const char *word)
{
    struct option_name out;
    size_t at = seen_at(r->seen, opt);
    int length = word != NULL ? (int)strcspn(word, "|") : 0;
    int used = snprintf(out.text, sizeof out.text, "--%s%s%.*s", opt->name, word != NULL ? " " : "", length,
                        word != NULL ? word : "");
    if (at < r->seen->count && r->seen->lines[at] > 0 && r->seen->file != NULL)
        snprintf(out.text + used, sizeof out.text - (size_t)used, " (set in %.120s line %u)", r->seen->file,
                 (unsigned)r->seen->lines[at]);
    return out;
}

static bool check_required(const struct rules *r, const struct ndup_opt *opt, const struct ndup_opt_rule *rule,
                           const struct ndup_opt *other)
{
    const char *word;
    char values[120] = "";
    if (rule->values == NULL ? is_used(r, other) : has_value(r, other, rule->values, &word))
        return true;
    for (const char *at = rule->values; at != NULL;) {
        size_t length = strcspn(at, "|"), used = strlen(values);
        snprintf(values + used, sizeof values - used, "%s%.*s", used == 0 ? " " : " or ", (int)length, at);
        at = at[length] == '|' ? at + length + 1 : NULL;
    }
    const struct ndup_opt *third = rule->unless != NULL ? ndup_opt_find(r->table, r->command, rule->unless) : NULL;
    fail(r->failure, "%s requires --%s%s%s%s", name_of(r, opt, NULL).text, other->name, values,
         third != NULL ? " or --" : "", third != NULL ? third->name : "");
    if (rule->hint != NULL)
        hint(r->failure, "%s", rule->hint);
    else if (rule->values != NULL)
        hint(r->failure, "add --%s %.*s", other->name, (int)strcspn(rule->values, "|"), rule->values);
    else
        hint(r->failure, "add --%s%s%s", other->name, other->argument != NULL ? " " : "",
             other->argument != NULL ? other->argument : "");
    return false;
}

static bool check_excluded(const struct rules *r, const struct ndup_opt *opt, const struct ndup_opt_rule *rule,
                           const struct ndup_opt *other)
{
    const char *word = NULL;
    if (rule->values == NULL ? !is_used(r, other) : !has_value(r, other, rule->values, &word))
        return true;
    const struct ndup_opt *third = rule->unless != NULL ? ndup_opt_find(r->table, r->command, rule->unless) : NULL;
    char unless[80] = "";
    if (rule->unless != NULL)
        snprintf(unless, sizeof unless, " unless --%s is given", rule->unless);
    fail(r->failure, "%s cannot be combined with %s%s", name_of(r, opt, NULL).text, name_of(r, other, word).text,
         unless);
    if (rule->hint != NULL)
        hint(r->failure, "%s", rule->hint);
    else if (rule->unless != NULL)
        hint(r->failure, "add --%s%s%s, or leave out --%s", rule->unless,
             third != NULL && third->argument != NULL ? " " : "",
             third != NULL && third->argument != NULL ? third->argument : "", other->name);
    else
        hint(r->failure, "leave out --%s or --%s", opt->name, other->name);
    return false;
}

static bool check_most(const struct rules *r, const struct ndup_opt *opt, const struct ndup_opt_rule *rule,
                       const struct ndup_opt *other)
{
    const char *word;
    uint64_t number = ndup_opt_integer(opt, r->settings);
    if (!has_value(r, other, rule->values, &word) || number <= rule->most)
        return true;
    fail(r->failure, "invalid value '%llu' for %s: expected at most %u with %s", (unsigned long long)number,
         name_of(r, opt, NULL).text, rule->most, name_of(r, other, word).text);
    if (rule->hint != NULL)
        hint(r->failure, "%s", rule->hint);
    return false;
}

static bool check_rule(const struct rules *r, const struct ndup_opt *opt, const struct ndup_opt_rule *rule)
{
    const struct ndup_opt *other = ndup_opt_find(r->table, r->command, rule->other);
    const struct ndup_opt *unless = rule->unless != NULL ? ndup_opt_find(r->table, r->command, rule->unless) : NULL;
    if (other == NULL || is_used(r, unless))
        return true;
    switch (rule->kind) {
    case NDUP_OPT_REQUIRES:
        return check_required(r, opt, rule, other);
    case NDUP_OPT_EXCLUDES:
        return check_excluded(r, opt, rule, other);
    case NDUP_OPT_AT_MOST:
        return check_most(r, opt, rule, other);
    case NDUP_OPT_NO_RULE:
        break;
    }
    return true;
}

bool ndup_opt_check(const struct ndup_opt *table, unsigned command, const void *settings,
                    const struct ndup_opt_seen *seen, struct ndup_opt_failure *failure)
{
    const struct rules rules = {table, command, settings, seen, failure};
    *failure = (struct ndup_opt_failure){"", ""};
    for (const struct ndup_opt *opt = table; opt->name != NULL; opt++) {
        if ((opt->commands & command) == 0 || opt->rules == NULL || !is_used(&rules, opt))
            continue;
        for (const struct ndup_opt_rule *rule = opt->rules; rule->kind != NDUP_OPT_NO_RULE; rule++) {
            if (!check_rule(&rules, opt, rule))
                return false;
        }
    }
    return true;
}
