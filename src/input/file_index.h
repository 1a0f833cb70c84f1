/* SPDX-License-Identifier: MIT
 * What is already in a file list: names (and the folders they need), files and folders by device and inode. */
#ifndef NDUP_FILE_INDEX_H
#define NDUP_FILE_INDEX_H

#include "base/platform.h"

#include <sys/types.h>

struct ndup_file_index;

/* NULL for want of memory. */
struct ndup_file_index *ndup_file_index_create(void);

/* OWN: taken as an input, and asked for as a reference. */
enum ndup_file_index_answer { NDUP_INDEX_ADDED, NDUP_INDEX_TAKEN, NDUP_INDEX_OWN, NDUP_INDEX_NOMEM };

/* Remembers a file or a folder, of an input or of a reference: these come behind all inputs. */
enum ndup_file_index_answer ndup_file_index_take_inode(struct ndup_file_index *index, dev_t device, ino_t inode,
                                                       bool reference);

/* Finds and takes a name as files.h says it: `name`, else more and more of the folder before it, else a number.
 * Returned owned (free); NULL for want of memory. */
char *ndup_file_index_name(struct ndup_file_index *index, const char *folder, size_t folder_len, const char *name);

void ndup_file_index_destroy(struct ndup_file_index *index);

#endif
