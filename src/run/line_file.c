/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/line_file.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_BYTES ((size_t)1 << 20)

neardup_status ndup_line_file_open(struct ndup_line_file *f, const char *name, neardup_error *err)
{
    struct stat info;
    *f = (struct ndup_line_file){.descriptor = -1, .name = name};
    f->descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* do not wait for the other end of a pipe */
    if (f->descriptor < 0)
        return ndup_fail_errno(err, errno, "cannot open '%s'", name);
    int code = fstat(f->descriptor, &info) != 0 ? errno : S_ISDIR(info.st_mode) ? EISDIR : 0;
    if (code != 0) {
        ndup_line_file_close(f);
        return ndup_fail_errno(err, code, "cannot read '%s'", name);
    }
    if (!S_ISREG(info.st_mode)) { /* it is read more than once */
        ndup_line_file_close(f);
        return ndup_fail(err, NEARDUP_E_ARG, "'%s' is no file", name);
    }
    return NEARDUP_OK;
}

void ndup_line_file_close(struct ndup_line_file *f)
{
    if (f->name != NULL && f->descriptor >= 0)
        close(f->descriptor);
    free(f->buffer);
    *f = (struct ndup_line_file){.descriptor = -1};
}

neardup_status ndup_line_file_wrong(const struct ndup_line_file *f, const char *what, neardup_error *err)
{
    if (strcmp(what, "out of memory") == 0)
        return ndup_fail_nomem(err);
    neardup_status st = ndup_fail(err, NEARDUP_E_FORMAT, "%.300s:%" PRIu64 ": %s", f->name, f->line, what);
    if (err != NULL)
        err->line = f->line;
    return st;
}

static neardup_status make_room(struct ndup_line_file *f, size_t bytes, neardup_error *err)
{
    if (bytes + NDUP_PADDING <= f->capacity)
        return NEARDUP_OK;
    size_t capacity = f->capacity == 0 ? FIRST_BYTES : f->capacity + f->capacity / 2;
    if (capacity < bytes + NDUP_PADDING)
        capacity = bytes + NDUP_PADDING;
    if (!ndup_resize(&f->buffer, capacity, 1))
        return ndup_fail_nomem(err);
    f->capacity = capacity;
    return NEARDUP_OK;
}

/* More bytes behind end; what has been given goes. */
static neardup_status fill(struct ndup_line_file *f, neardup_error *err)
{
    if (f->begin > 0) {
        memmove(f->buffer, f->buffer + f->begin, f->end - f->begin);
        f->end -= f->begin;
        f->begin = 0;
    }
    if (f->capacity == 0 || f->end + NDUP_PADDING >= f->capacity)
        NDUP_TRY(make_room(f, f->end + 1, err));
    size_t got, room = f->capacity - NDUP_PADDING - f->end;
    int code = ndup_io_pread(f->descriptor, f->buffer + f->end, room, f->next + f->end, &got);
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot read '%s'", f->name);
    f->ended = got < room;
    f->end += got;
    memset(f->buffer + f->end, 0, NDUP_PADDING);
    return NEARDUP_OK;
}

neardup_status ndup_line_file_next(struct ndup_line_file *f, const char **text, size_t *length, neardup_error *err)
{
    const char *stop = NULL;
    *text = NULL;
    *length = 0;
    for (size_t seen = 0;;) {
        size_t left = f->end - f->begin;
        if (left > seen)
            stop = memchr(f->buffer + f->begin + seen, '\n', left - seen);
        seen = left;
        if (stop != NULL || f->ended)
            break;
        NDUP_TRY(fill(f, err));
    }
    if (stop == NULL && f->begin == f->end)
        return NEARDUP_OK;
    *text = f->buffer + f->begin;
    *length = stop != NULL ? (size_t)(stop - *text) : f->end - f->begin;
    size_t whole = *length + (stop != NULL ? 1 : 0);
    f->offset = f->next;
    f->next += whole;
    f->begin += whole;
    f->line++;
    return NEARDUP_OK;
}

neardup_status ndup_line_file_again(struct ndup_line_file *f, uint64_t offset, uint64_t line, size_t length,
                                    const char **text, neardup_error *err)
{
    size_t got;
    f->begin = f->end = 0;
    f->line = line;
    f->offset = offset;
    NDUP_TRY(make_room(f, length, err));
    int code = ndup_io_pread(f->descriptor, f->buffer, length, offset, &got);
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot read '%s'", f->name);
    if (got < length)
        return ndup_line_file_wrong(f, "the file has become shorter", err);
    memset(f->buffer + length, 0, NDUP_PADDING);
    *text = f->buffer;
    return NEARDUP_OK;
}
