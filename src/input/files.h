/* SPDX-License-Identifier: MIT
 * From the paths a user names to the ordered list of files to read. */
#ifndef NDUP_FILES_H
#define NDUP_FILES_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup_run.h"

#include <stdatomic.h>
#include <sys/types.h>

struct ndup_file {
    char *path;     /* to open; "-" is standard input */
    char *name;     /* relative name in outputs and reports; unique in the list, never absolute, never with ".." */
    uint64_t bytes; /* as stored; 0 if unknown (standard input, a pipe) */
    const atomic_bool *cancel; /* as in the list */
    dev_t device;              /* with inode: which file it is; 0, 0 for standard input */
    ino_t inode;
    uint32_t split;         /* that of the list when it was added */
    bool reference;         /* the owner's: what the file is for */
    uint32_t input;         /* the owner's: number of the input that named it */
    bool named;             /* itself, not the folder or list that has it */
    struct ndup_feed *feed; /* the documents of a caller, under this name; NULL: a file. Borrowed */
};

struct ndup_file_identity {
    dev_t device;
    ino_t inode;
};

struct ndup_file_index; /* of names, files and folders, so that a million files work as well */

/* Names. A file gets its last path component, a file in a folder its path below that folder, standard input "stdin".
 * If that is taken, is or is below a name that is taken, or is one that a report needs (decisions.jsonl,
 * clusters.jsonl, pairs.jsonl, summary.json), as much of the path of the folder is put before it as makes it free ("b.jsonl", then
 * "a/b.jsonl"), and if that does not help, a number ("2/a/b.jsonl"). So names depend on the arguments and their order. */
struct ndup_file_list {
    struct ndup_file *files; /* order of the arguments; inside a folder sorted by name, byte order */
    size_t count;
    size_t capacity;
    uint64_t bytes;            /* sum */
    size_t problems;           /* paths that could not be read; each was said */
    size_t left_out;           /* files and folders that were given twice; each was said */
    const atomic_bool *cancel; /* set by the owner; ends a wait for a list or a file that is a pipe. May be NULL */
    bool has_stdin;            /* standard input was named, as a file or as a list */
    bool has_unsized;          /* a feed of unknown size was added */
    struct ndup_buf listed;    /* the paths that each list named, as they are there, NUL after each; an empty one ends
                               a list */
    uint32_t split; /* set by the owner: of what is added next; and whether a file may be in one of them only */
    bool has_splits;
    bool references; /* set by the owner, after all inputs: what is added next is compared with only */
    const struct ndup_file_identity *excluded; /* borrowed: files and folders that are passed over below a folder */
    size_t excluded_count;
    struct ndup_file_index *index;
};

/* Says what was left out: the same file given twice, a folder loop, a path that cannot be read. */
typedef void ndup_file_note(void *context, neardup_severity severity, const char *path, const char *message);

/* Adds a file, "-", or a folder with all regular files below it (hidden names and *.tmp left out; symbolic links
 * followed; a folder met twice on one path is a loop, noted and not entered; so is a folder met before; of a folder that
 * holds the summary.json of a run, its reports are left out and noted, once). A file already
 * in the list (also under another name: a link) is noted and left out, a reference that is an input with its own words, and so is what is neither file nor folder, below
 * a folder; named itself, a pipe is fine. A path that does not exist or cannot be read is noted as ERROR, counted in problems, and is no failure.
 * Fails for NOMEM only, or if "-" is given twice, or a file in two splits (ARG): left out of one of them, it would seem
 * not to be there. A folder given twice where there are splits fails, too. */
neardup_status ndup_files_add(struct ndup_file_list *list, const char *path, ndup_file_note *note, void *context,
                              neardup_error *err) NDUP_MUST_CHECK;

/* The same, with the names that the files would have if they were at `as` ("-": standard input): a file that one, those of
 * a folder below it. NULL: their own. */
neardup_status ndup_files_add_as(struct ndup_file_list *list, const char *path, const char *as, ndup_file_note *note,
                                 void *context, neardup_error *err) NDUP_MUST_CHECK;

/* Adds every path of a list file ("-": standard input; it may be compressed); separated by NUL if it holds one, else by
 * newline (LF or CRLF). Empty lines are passed over. IO or FORMAT if the list itself cannot be read. */
neardup_status ndup_files_add_list(struct ndup_file_list *list, const char *list_path, ndup_file_note *note,
                                   void *context, neardup_error *err) NDUP_MUST_CHECK;

/* Adds the documents of a caller (input/feed.h), about `bytes` of them (0: unknown). The name is made unique like that of a
 * file. */
neardup_status ndup_files_add_feed(struct ndup_file_list *list, const char *name, struct ndup_feed *feed,
                                   uint64_t bytes, neardup_error *err) NDUP_MUST_CHECK;

void ndup_files_free(struct ndup_file_list *list);

#endif
