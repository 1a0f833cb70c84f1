/* SPDX-License-Identifier: MIT
 * Options from a table. One row says everything about an option; the parser, both helps, the man page, the completions
 * and the suggestions read it.
 *
 * Forms: --name value, --name=value, -n value, -nvalue, bundled flags (-qv), "--" ends the options, "-" is an operand.
 * Names must be complete. An option given again replaces the value before (lists grow). */
#ifndef NDUP_OPT_H
#define NDUP_OPT_H

#include "base/platform.h"

/* * What did the user mean? The nearest of some names. */
/* Closeness of two names in [0,2]: Jaccard of their 3-grams plus 1 - edit distance / longer length; 0 if they are too
 * far apart to be worth naming. Longer than 63 bytes: 0. */
double ndup_suggest_closeness(const char *typed, const char *name);

/* The closest of names[0..count), or NULL if none is near; the first of equals. */
const char *ndup_suggest_nearest(const char *typed, const char *const *names, size_t count);

enum ndup_opt_kind {
    NDUP_OPT_FLAG,   /* int: set to `value` */
    NDUP_OPT_TEXT,   /* const char *, borrowed from argv */
    NDUP_OPT_LIST,   /* struct ndup_opt_list */
    NDUP_OPT_REAL,   /* double in (min, max] */
    NDUP_OPT_SHARE,  /* double in [0, 1] */
    NDUP_OPT_COUNT,  /* uint64_t in [min, max], suffixes of 1000 */
    NDUP_OPT_SIZE,   /* uint64_t, bytes in [min, max], suffixes of 1024 */
    NDUP_OPT_SEED,   /* uint64_t, any */
    NDUP_OPT_CHOICE, /* int: index of the word in `choices` */
    NDUP_OPT_LIMIT,  /* struct ndup_limit: "20" or "1%" */
};

struct ndup_opt_list {
    const char **items; /* borrowed from argv; the array is released with free() */
    size_t count;
};

struct ndup_opt {
    const char *name; /* without the dashes; NULL ends the table, or leads to `next` */
    char letter;      /* 0: none */
    enum ndup_opt_kind kind;
    int value;                   /* FLAG: what it sets */
    size_t offset;               /* of the destination in the settings */
    size_t given;                /* offset of an int that becomes 1 when the option is given; 0: none is needed */
    unsigned commands;           /* bits: which commands take it */
    const char *group;           /* heading in the help; NULL: a letter only, in no listing */
    const char *argument;        /* name of its argument in help; NULL for flags and choices */
    const char *initial;         /* the default, parsed like an argument; NULL: the zero of its kind */
    const char *shown;           /* the default as the help says it; NULL: as `initial` */
    const char *const *choices;  /* CHOICE: the words, NULL at the end */
    double min, max;             /* both 0: any */
    const char *help;            /* a phrase */
    const char *more;            /* sentences for the long help and the man page, or NULL */
    const struct ndup_opt *next; /* of the last row: the table that follows; NULL: none */
};

/* The row behind this one, wherever it stands. */
NDUP_INLINE const struct ndup_opt *ndup_opt_next(const struct ndup_opt *opt)
{
    opt++;
    while (opt->name == NULL && opt->next != NULL)
        opt = opt->next;
    return opt;
}

struct ndup_opt_failure {
    char message[320];
    char hint[320]; /* may be empty */
};

/* Zeroes the settings and fills in the defaults. */
void ndup_opt_init(const struct ndup_opt *table, void *settings, size_t settings_size);

/* Parses argv[0..argc) for the command (one bit of ndup_opt.commands). Operands are moved to the front of argv in their
 * order and counted. On failure *failure is filled; what was parsed before it stands in the settings. */
bool ndup_opt_parse(const struct ndup_opt *table, unsigned command, int argc, const char **argv, void *settings,
                    int *operands, struct ndup_opt_failure *failure);

#define NDUP_OPT_MOST 160 /* rows of all tables */

/* Which rows were given, each once. */
struct ndup_opt_seen {
    const struct ndup_opt *rows[NDUP_OPT_MOST];
    size_t count;
};
bool ndup_opt_was_seen(const struct ndup_opt_seen *seen, const struct ndup_opt *opt);
void ndup_opt_see(struct ndup_opt_seen *seen, const struct ndup_opt *opt);

/* The same as ndup_opt_parse, and tells which options were given. */
bool ndup_opt_parse_seen(const struct ndup_opt *table, unsigned command, int argc, const char **argv, void *settings,
                         int *operands, struct ndup_opt_seen *seen, struct ndup_opt_failure *failure);

/* The option of the command that has this name, without dashes; NULL: there is none. */
const struct ndup_opt *ndup_opt_find(const struct ndup_opt *table, unsigned command, const char *name);

/* Sets one option to a value as it would stand on the command line (of a flag: anything). shown: its name for messages. */
bool ndup_opt_apply(const struct ndup_opt *opt, void *settings, const char *shown, const char *value,
                    struct ndup_opt_failure *failure);

/* Releases the lists. */
void ndup_opt_free(const struct ndup_opt *table, void *settings);

#endif
