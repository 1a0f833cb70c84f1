/* SPDX-License-Identifier: MIT
 * Options from a table. One row says everything about an option: its value, its default, its help, where it is allowed and
 * what it needs. The parser, the check of options against each other, the configuration file, help, man page, completions
 * and suggestions read the rows. options.c has the table of neardup.
 *
 * Forms: --name value, --name=value, -n value, -nvalue, bundled flags (-qv), "--" ends the options, "-" is an operand.
 * Names must be complete. An option given again replaces the value before (lists grow). */
#ifndef NDUP_OPT_H
#define NDUP_OPT_H

#include "base/platform.h"

enum ndup_opt_kind {
    NDUP_OPT_FLAG,   /* int or bool: set to `value` */
    NDUP_OPT_TEXT,   /* const char *, borrowed from argv; with `choices` one of these words */
    NDUP_OPT_LIST,   /* struct ndup_opt_list */
    NDUP_OPT_REAL,   /* double in (min, max] */
    NDUP_OPT_SHARE,  /* double in [0, 1] */
    NDUP_OPT_COUNT,  /* unsigned integer of 32 or 64 bits in [min, max], suffixes of 1000 */
    NDUP_OPT_SIZE,   /* the same, bytes, suffixes of 1024 */
    NDUP_OPT_SEED,   /* uint64_t, any */
    NDUP_OPT_CHOICE, /* int, enum or bool: index of the word in `choices` */
    NDUP_OPT_SET,    /* unsigned: words of `choices` with commas between them; bit i is the i-th word */
    NDUP_OPT_LIMIT,  /* struct ndup_limit: "20" or "1%" */
};

struct ndup_opt_list {
    const char **items; /* borrowed from argv; the array is released with free() */
    size_t count;
};

struct ndup_opt_failure {
    char message[320];
    char hint[320]; /* may be empty */
};

/* ---- rules between options ---- */

enum ndup_opt_rule_kind {
    NDUP_OPT_NO_RULE,
    NDUP_OPT_REQUIRES, /* the other must be given; with values: have one of them, given or not */
    NDUP_OPT_EXCLUDES, /* the other may not be given; with values: not have one of them, given or not */
    NDUP_OPT_AT_MOST,  /* while the other has one of the values, this number is at most `most` */
};

/* A rule is looked at when its option is used, in commands that have the other option too. */
struct ndup_opt_rule {
    enum ndup_opt_rule_kind kind;
    const char *other;
    const char *values; /* words with '|' between them; NULL: any */
    const char *unless; /* a third option: no rule where it is used */
    const char *hint;   /* NULL: "add ..." or "leave out ..." is made from the rule */
    unsigned most;      /* AT_MOST */
};

/* ---- the table ---- */

struct ndup_opt_group {
    const char *heading; /* in help and man page */
    const char *table;   /* of its options in a configuration file; NULL: they concern the call, and not a file */
};

struct ndup_opt {
    const char *name; /* without the dashes; NULL ends the table */
    char letter;      /* 0: none */
    enum ndup_opt_kind kind;
    int value;           /* FLAG: what it sets */
    const char *field;   /* the name of the destination in the settings */
    size_t offset, size; /* of it */
    size_t given;        /* offset of an int that becomes 1 when the option is given; 0: none is needed */
    unsigned commands;   /* bits: which commands take it */
    unsigned common;     /* bits: which commands list it in their short help; a command without any lists all */
    const struct ndup_opt_group *group; /* NULL: a letter only, not listed */
    const char *argument;               /* name of its argument in help; NULL for flags and choices */
    const char *initial;                /* the default, parsed like an argument; NULL: the settings have it already */
    const char *shown;                  /* the default as the help shows it; NULL: as `initial` */
    const char *const *choices; /* CHOICE, SET: the words, NULL at the end. TEXT: those it may have, of which one
                                           like "max:FIELD" means all that begin with "max:" and have more */
    unsigned exclusive;         /* SET: at most one of these bits */
    double min, max;            /* both 0: any */
    bool zero_is_off;           /* COUNT, SHARE: given as 0 it counts as not used */
    bool not_in_file;           /* a configuration file may not have it, though its group has a table */
    bool named_file;            /* only a configuration file that the user named may have it */
    /* What the kind does not know about the value; false: *failure is filled. shown: the name of the option. */
    bool (*valid)(const char *value, const char *shown, struct ndup_opt_failure *failure);
    const struct ndup_opt_rule *rules; /* .kind NDUP_OPT_NO_RULE at the end; NULL: none */
    const char *help;                  /* a phrase */
    const char *more;                  /* sentences for the long help and the man page, or NULL */
};

#define NDUP_OPT_MOST 160 /* rows of a table */

/* Which rows were given, each once, and where. */
struct ndup_opt_seen {
    const struct ndup_opt *rows[NDUP_OPT_MOST];
    uint32_t lines[NDUP_OPT_MOST]; /* of the file; 0: on the command line */
    size_t count;
    const char *file; /* the configuration; NULL: none */
};
bool ndup_opt_was_seen(const struct ndup_opt_seen *seen, const struct ndup_opt *opt);
void ndup_opt_see(struct ndup_opt_seen *seen, const struct ndup_opt *opt, uint32_t line);

/* Fills in the defaults of the rows. */
void ndup_opt_init(const struct ndup_opt *table, void *settings);

/* Parses argv[0..argc) for the command (one bit of ndup_opt.commands). Operands are moved to the front of argv in their
 * order and counted. On failure *failure is filled; what was parsed before it is in the settings. seen may be NULL. */
bool ndup_opt_parse(const struct ndup_opt *table, unsigned command, int argc, const char **argv, void *settings,
                    int *operands, struct ndup_opt_seen *seen, struct ndup_opt_failure *failure);

/* Checks what was given against the rules of its rows, in the order of the table. */
bool ndup_opt_check(const struct ndup_opt *table, unsigned command, const void *settings,
                    const struct ndup_opt_seen *seen, struct ndup_opt_failure *failure);

/* The option of the command that has this name, without dashes; NULL: there is none. */
const struct ndup_opt *ndup_opt_find(const struct ndup_opt *table, unsigned command, const char *name);

/* Sets one option to a value as it would be on the command line (of a flag: anything). shown: its name for messages. */
bool ndup_opt_apply(const struct ndup_opt *opt, void *settings, const char *shown, const char *value,
                    struct ndup_opt_failure *failure);

/* The value of a flag, choice, set or whole number. */
uint64_t ndup_opt_integer(const struct ndup_opt *opt, const void *settings);

/* Releases the lists. */
void ndup_opt_free(const struct ndup_opt *table, void *settings);

/* Fills *failure: "invalid value 'paragrph' for --unit; did you mean 'paragraph'?", or what was expected. names may be
 * patterns such as "max:FIELD". */
void ndup_opt_fail_word(struct ndup_opt_failure *failure, const char *shown, const char *text, const char *const *names,
                        size_t count);

#endif
