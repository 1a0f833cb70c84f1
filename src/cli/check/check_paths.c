/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_paths.h"

#include "base/mem.h"
#include "cli/check/check_expand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct adding {
    struct ndup_check_paths *paths;
    struct ndup_opt_list *to;
    size_t capacity;
    const struct ndup_cli *cli;
};

static bool add_match(void *context, const char *path)
{
    struct adding *a = context;
    struct ndup_check_paths *p = a->paths;
    char *copy = strdup(path);
    if (copy == NULL || !ndup_grow(&p->texts, &p->capacity, p->count + 1, sizeof *p->texts)) {
        free(copy);
        ndup_msg_error(&a->cli->msg, "out of memory");
        return false;
    }
    p->texts[p->count++] = copy;
    if (!ndup_grow(&a->to->items, &a->capacity, a->to->count + 1, sizeof *a->to->items)) {
        ndup_msg_error(&a->cli->msg, "out of memory");
        return false;
    }
    a->to->items[a->to->count++] = copy;
    return true;
}

static bool expand(struct ndup_check_paths *paths, struct ndup_opt_list *to, const char *const *from, size_t count,
                   const char *of, const struct ndup_cli *cli)
{
    struct adding adding = {paths, to, 0, cli};
    for (size_t i = 0; i < count; i++) {
        if (!ndup_check_expand(from[i], of, add_match, &adding, &cli->msg))
            return false;
    }
    return true;
}

/* The paths take over the list of the settings, which get the one with the matches. */
static bool expand_option(struct ndup_check_paths *paths, struct ndup_opt_list *own, struct ndup_opt_list *list,
                          const char *of, const struct ndup_cli *cli)
{
    if (!expand(paths, own, list->items, list->count, of, cli))
        return false;
    struct ndup_opt_list given = *list;
    *list = *own;
    *own = given;
    return true;
}

bool ndup_check_paths_expand(struct ndup_check_paths *paths, struct ndup_cli *cli, const char *config)
{
    struct ndup_settings *s = &cli->settings;
    char inputs[4200] = "the inputs";
    *paths = (struct ndup_check_paths){.texts = NULL};
    if (config != NULL)
        snprintf(inputs, sizeof inputs, "'inputs' in %s", config);
    if (!expand(paths, &paths->inputs, cli->operands, (size_t)cli->operand_count, inputs, cli) ||
        !expand_option(paths, &paths->reference, &s->reference, "option '--reference'", cli) ||
        !expand_option(paths, &paths->allow, &s->allow, "option '--allow'", cli) ||
        !expand_option(paths, &paths->allow_texts, &s->allow_texts, "option '--allow-texts'", cli) ||
        !expand_option(paths, &paths->files_from, &s->files_from, "option '--files-from'", cli))
        return false;
    cli->operands = paths->inputs.items;
    cli->operand_count = (int)paths->inputs.count;
    return true;
}

void ndup_check_paths_free(struct ndup_check_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->texts[i]);
    free(paths->texts);
    free(paths->inputs.items);
    free(paths->reference.items);
    free(paths->allow.items);
    free(paths->allow_texts.items);
    free(paths->files_from.items);
    *paths = (struct ndup_check_paths){.texts = NULL};
}
