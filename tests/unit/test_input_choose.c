/* SPDX-License-Identifier: MIT
 * The .gitignore files around a folder. tests/gitignore compares whole trees with git. */
#include "base/platform.h"

#include "input/choose.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make(const char *name, const char *bytes)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (bytes == NULL) {
        cr_assert_eq(mkdir(path, 0700), 0);
        return;
    }
    FILE *file = fopen(path, "wb");
    cr_assert(file != NULL && fputs(bytes, file) >= 0 && fclose(file) == 0);
}

static enum ndup_choice choose(const struct ndup_ignore *ignore, const char *path)
{
    const struct ndup_chooser chooser = {.gitignore = true};
    enum ndup_choice choice;
    cr_assert_eq(ndup_choose(&chooser, ignore, path, false, false, &choice, NULL), NEARDUP_OK);
    return choice;
}

Test(input_choose, ignore_files)
{
    strcpy(folder, "/tmp/neardup-choose-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
    make(".git", NULL);
    make(".gitignore", "*.log\n/in/b\n/b\n");
    make("in", NULL);
    make("in/.gitignore", "!keep.log\nc\n");
    make("in/sub", NULL);
    char path[96];
    snprintf(path, sizeof path, "%s/in", folder);
    struct ndup_ignore *outer = NULL, *own = NULL, *same = NULL;
    cr_assert_eq(ndup_ignore_find_outer(&outer, path, NULL), NEARDUP_OK);
    cr_assert(outer != NULL && outer->up == NULL);
    cr_expect_str_eq(outer->prefix, "in");
    cr_assert_eq(ndup_ignore_read(&own, outer, path, 0, NULL), NEARDUP_OK);
    cr_assert(own != outer && own->up == outer);
    cr_expect_eq(choose(own, "a.log"), NDUP_IGNORED);
    cr_expect_eq(choose(own, "keep.log"), NDUP_CHOSEN);
    cr_expect_eq(choose(own, "b"), NDUP_IGNORED);
    cr_expect_eq(choose(own, "sub/b"), NDUP_CHOSEN);
    cr_expect_eq(choose(own, "sub/c"), NDUP_IGNORED);
    snprintf(path, sizeof path, "%s/in/sub", folder);
    cr_assert_eq(ndup_ignore_read(&same, own, path, 4, NULL), NEARDUP_OK);
    cr_expect_eq(same, own);
    ndup_ignore_free(own, NULL);
    make("in/sub/.gitignore", NULL); /* a folder of this name is none */
    cr_assert_eq(ndup_ignore_read(&same, NULL, path, 4, NULL), NEARDUP_OK);
    cr_expect(same == NULL);
    static const char *const names[] = {"in/sub/.gitignore", "in/sub", "in/.gitignore", "in", ".gitignore", ".git", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        cr_expect_eq(remove(path), 0);
    }
}
