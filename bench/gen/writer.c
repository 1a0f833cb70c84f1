/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "gen/writer.h"

#include "gen/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void writer_open(struct writer *w, const char *path)
{
    w->name = path;
    w->len = w->written = 0;
    if (w->data == NULL)
        w->data = must(malloc(w->room = 1u << 20));
    w->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd < 0)
        die("cannot open '%s': %s", path, strerror(errno));
}

static void writer_flush(struct writer *w)
{
    for (size_t at = 0; at < w->len;) {
        ssize_t n = write(w->fd, w->data + at, w->len - at);
        if (n < 0 && errno != EINTR)
            die("cannot write '%s': %s", w->name, strerror(errno));
        at += n > 0 ? (size_t)n : 0;
    }
    w->written += w->len;
    w->len = 0;
}

void writer_close(struct writer *w)
{
    writer_flush(w);
    if (close(w->fd) != 0)
        die("cannot write '%s': %s", w->name, strerror(errno));
}

char *writer_room(struct writer *w, size_t n)
{
    if (w->len + n > w->room) {
        writer_flush(w);
        if (n > w->room) {
            w->room = n + (1u << 20);
            w->data = must(realloc(w->data, w->room));
        }
    }
    return w->data + w->len;
}
