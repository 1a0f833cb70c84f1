/* SPDX-License-Identifier: MIT
 * A file that is written front to back. */
#ifndef GEN_WRITER_H
#define GEN_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct writer {
    int fd;
    const char *name;
    char *data;
    size_t len, room;
    uint64_t written;
};

/* path "-": standard output */
void writer_open(struct writer *w, const char *path);

/* A place for n bytes; what was used of it is added to w->len. */
char *writer_room(struct writer *w, size_t n) __attribute__((returns_nonnull));

void writer_close(struct writer *w);

#endif
