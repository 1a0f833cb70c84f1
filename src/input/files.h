/* SPDX-License-Identifier: MIT
 * From the paths a user names to the ordered list of files to read. */
#ifndef NDUP_FILES_H
#define NDUP_FILES_H

#include "base/platform.h"
#include "neardup.h"

#include <sys/types.h>

struct ndup_file {
    char *path;     /* to open; "-" is standard input */
    char *name;     /* relative name in outputs and reports; unique in the list, never absolute, never with ".." */
    uint64_t bytes; /* as stored; 0 if unknown (standard input, a pipe) */
    dev_t device;   /* with inode: which file it is; 0, 0 for standard input */
    ino_t inode;
};

struct ndup_file_list {
    struct ndup_file *files; /* order of the arguments; inside a folder sorted by name, byte order */
    size_t count;
    size_t capacity;
    uint64_t bytes;   /* sum */
    size_t problems;  /* paths that could not be read; each was said */
    bool has_stdin;
};

/* Says what was left out: the same file given twice, a folder loop, a path that cannot be read. */
typedef void ndup_file_note(void *context, neardup_severity severity, const char *path, const char *message);

/* Adds a file, "-", or a folder with all regular files below it (hidden names and *.tmp left out; symbolic links
 * followed; a folder met twice on one path is a loop, noted and not entered). A file already in the list is noted and
 * left out. A path that does not exist or cannot be read is noted as ERROR, counted in problems, and is no failure.
 * Fails for NOMEM only, or if "-" is given twice (ARG). */
neardup_status ndup_files_add(struct ndup_file_list *list, const char *path, ndup_file_note *note, void *context,
                              neardup_error *err) NDUP_MUST_CHECK;

/* Adds every path of a list file ("-": standard input); separated by NUL if it holds one, else by newline. */
neardup_status ndup_files_add_list(struct ndup_file_list *list, const char *list_path, ndup_file_note *note,
                                   void *context, neardup_error *err) NDUP_MUST_CHECK;

void ndup_files_free(struct ndup_file_list *list);

#endif
