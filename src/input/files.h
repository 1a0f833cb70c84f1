/* SPDX-License-Identifier: MIT
 * From the paths a user names to the ordered list of files to read. */
#ifndef NDUP_FILES_H
#define NDUP_FILES_H

#include "base/buf.h"
#include "base/platform.h"
#include "input/archive.h"
#include "input/choose.h"
#include "neardup_run.h"

#include <stdatomic.h>
#include <sys/types.h>
#include <xxhash.h>

struct ndup_file {
    char *path; /* to open; "-" is standard input */
    char *name; /* relative name in outputs and reports; unique in the list, never absolute, never with ".."; NULL until
                       ndup_files_finish */
    uint64_t bytes;            /* as stored; 0 if unknown (standard input, a pipe) */
    const atomic_bool *cancel; /* as in the list */
    dev_t device;              /* with inode: which file it is; 0, 0 for standard input */
    ino_t inode;
    uint32_t split;         /* that of the list when it was added */
    bool reference;         /* that of the list when it was added */
    uint32_t input;         /* the same */
    bool named;             /* itself, not the folder or list that has it */
    struct ndup_feed *feed; /* the documents of a caller, under this name; NULL: a file. Borrowed */
    struct ndup_archive
        *archive; /* of which it is a member: then path is that of the archive with its name; NULL: none */
    struct ndup_archive_entry *member;
    char *problem;   /* why it cannot be read, found when it was listed; NULL: nothing is known against it */
    bool is_archive; /* with a problem: it is copied as it is */
    /* For the list alone: */
    size_t root;  /* the number of what was named */
    size_t below; /* in path: where the part below what was named begins; its end for what was named itself */
    uint64_t key; /* which file it is */
};

struct ndup_file_root {    /* what was named: a file, a folder, standard input or a feed */
    char *at;              /* where it is: an absolute path without "." and ".."; of what is fixed, the name itself */
    uint32_t split, input; /* those of the list */
    bool is_folder, fixed, listed;
};

struct ndup_listed_archive {
    struct ndup_file file; /* which it is; its members are files of the list */
    struct ndup_archive *archive;
};

struct ndup_file_link {
    char *path;
    size_t root, below; /* as in a file */
};

struct ndup_split_folder {
    uint64_t key; /* which folder it is */
    uint32_t split;
};

struct ndup_file_identity {
    dev_t device;
    ino_t inode;
};

struct ndup_file_index; /* of names, files and folders, so that a million files work as well */

/* Names. A file is named by its path below the base: the deepest folder that contains everything that was named. So one
 * file has its last component, those of one folder have their paths below it, and of data/train and data/valid all begin
 * with train/ or valid/. Named paths count whether they exist or not, and a link counts by its own place rather than by where
 * it leads. Standard input is "stdin". A file that would have the name of a report (decisions.jsonl, clusters.jsonl,
 * pairs.jsonl, summary.json) gets the folder of the base before its name.
 *
 * A member of an archive has the name of the archive before its own, as if that were a folder.
 *
 * References have a base of their own. If one of them would have a name that an input has, all of them begin one folder
 * higher, or as many as it takes. */
struct ndup_file_list {
    struct ndup_file *files; /* order of the arguments; inside a folder sorted by name, byte order */
    size_t count;
    size_t capacity;
    uint64_t bytes;  /* sum */
    size_t problems; /* paths that could not be read; each was said */
    size_t left_out; /* files, folders and links that are not read, as given twice or leading nowhere; each was said */
    const atomic_bool *cancel; /* set by the owner; ends a wait for a list or a file that is a pipe. May be NULL */
    bool has_stdin;            /* standard input was named, as a file or as a list */
    bool has_unsized;          /* a feed of unknown size was added */
    struct ndup_buf listed;    /* the paths that each list named, as they are there, NUL after each; an empty one ends
                               a list */
    uint32_t input;            /* set by the owner: the number of the input that is added next */
    uint32_t split; /* set by the owner: of what is added next; and whether a file may be in one of them only */
    bool has_splits;
    bool references; /* set by the owner, after all inputs: what is added next is compared with only */
    const struct ndup_file_identity *excluded; /* borrowed: files and folders that are passed over below a folder */
    size_t excluded_count;
    struct ndup_archive_store
        *store;             /* set by the owner, borrowed: archives are read as folders; NULL: they are files */
    uint64_t max_expansion; /* set by the owner, for archives */
    struct ndup_listed_archive *archives;
    size_t archive_count, archive_capacity;
    const struct ndup_chooser *chooser;      /* borrowed: which files below a folder are read; NULL: all */
    size_t unchosen_files, unchosen_folders; /* left out by it; how many there were of each was said */
    struct ndup_file_index *index;
    char *base; /* of the inputs, after ndup_files_finish; NULL: none of them is a file */
    struct ndup_file_root *roots;
    size_t root_count, root_capacity;
    struct ndup_file_link *links; /* put off until ndup_files_finish */
    size_t link_count, link_capacity;
    struct ndup_split_folder *folders; /* those that were entered, if there are splits */
    size_t folder_count, folder_capacity;
    size_t named, named_roots, named_archives; /* files, roots and archives that have their names */
    char *last_folder; /* of the last path that was looked at for links, and whether it is reached through one */
    bool last_is_link;
};

/* Says what was left out: the same file given twice, a link to a file that is read, a path that cannot be read. */
typedef void ndup_file_note(void *context, neardup_severity severity, const char *path, const char *message);

/* Adds a file, "-", or a folder with all regular files below it (hidden names and *.tmp left out; of a folder that holds
 * the summary.json of a run, its reports are left out and noted, once).
 *
 * Each file is read once, by its real path where that is in the list: links are followed last (by ndup_files_finish), and
 * left out with a note if what they lead to is in the list. So is a file or folder that is given twice, and a reference
 * that is an input. A hard link is a file of its own. A link below a folder that leads nowhere is left out with a warning,
 * and so is what is neither file nor folder; named itself, a pipe is fine.
 *
 * An archive is read as a folder, if there is a store; one that cannot be read as such is a file with a problem.
 *
 * What the chooser leaves out below a folder is counted, by its reason, in one note per folder that was named. It does not apply
 * to files that are named themselves.
 *
 * A path that does not exist or cannot be read is noted as ERROR and counted in problems. Fails for NOMEM
 * only, or if "-" is given twice, or a file or folder in two splits (ARG): left out of one of them, it would seem not to
 * be there. */
neardup_status ndup_files_add(struct ndup_file_list *list, const char *path, ndup_file_note *note, void *context,
                              neardup_error *err) NDUP_MUST_CHECK;

/* The same, with the names that the files would have if they were at `as` ("-": standard input): a file that one, those of
 * a folder below it. NULL: their own. */
neardup_status ndup_files_add_as(struct ndup_file_list *list, const char *path, const char *as, ndup_file_note *note,
                                 void *context, neardup_error *err) NDUP_MUST_CHECK;

/* Adds every path of a list file ("-": standard input; it may be compressed); separated by NUL if it holds one, else by
 * newline (LF or CRLF). Empty lines and a byte order mark are passed over. IO or FORMAT if the list itself cannot be read, or is
 * not UTF-8 text: nothing is added then. */
neardup_status ndup_files_add_list(struct ndup_file_list *list, const char *list_path, ndup_file_note *note,
                                   void *context, neardup_error *err) NDUP_MUST_CHECK;

/* Adds the documents of a caller (input/feed.h), about `bytes` of them (0: unknown), under this name. */
neardup_status ndup_files_add_feed(struct ndup_file_list *list, const char *name, struct ndup_feed *feed,
                                   uint64_t bytes, neardup_error *err) NDUP_MUST_CHECK;

/* Completes what was added since the last call: follows the links, puts all in order, and gives names. Called after the
 * inputs, and again after the references. NOMEM; ARG also if two would have one name. */
neardup_status ndup_files_finish(struct ndup_file_list *list, ndup_file_note *note, void *context,
                                 neardup_error *err) NDUP_MUST_CHECK;

void ndup_files_free(struct ndup_file_list *list);

/* ---- file_names.c: which files are in a list already, and what they are called ---- */

/* NULL: no memory. */
struct ndup_file_index *ndup_file_index_create(void);
void ndup_file_index_destroy(struct ndup_file_index *index);

/* OWN: taken as an input, and now named as a reference. */
enum ndup_file_answer { NDUP_INDEX_ADDED, NDUP_INDEX_TAKEN, NDUP_INDEX_OWN, NDUP_INDEX_NOMEM };

/* Remembers the file or folder with this hash, of an input or of a reference: references come after all inputs. */
enum ndup_file_answer ndup_file_index_take(struct ndup_file_index *index, XXH128_hash_t hash, bool reference);

/* Whether a run writes a report of this name. */
bool ndup_is_report_name(const char *name);

/* Length of the path without its last component: its folder. */
size_t ndup_path_folder_length(const char *path);

/* The absolute path without ".", ".." and empty components: "" is the root. Links keep their names, because a user who
 * names a link means that name; only a ".." after a link leads to where the link does. Owned; NULL: no memory. */
char *ndup_path_absolute(const char *path);

/* Gives names to the files that have none, as files.h says, and sets the base. */
neardup_status ndup_files_name(struct ndup_file_list *list, neardup_error *err) NDUP_MUST_CHECK;

#endif
