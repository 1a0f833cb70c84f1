/* SPDX-License-Identifier: MIT
 *
 * The three structures of the Arrow C data and stream interfaces, for callers of neardup_job_add_arrow that make streams
 * themselves. A program that includes the headers of Arrow, or of another library that speaks it, has them already: the
 * guards are those of the specification.
 * https://arrow.apache.org/docs/format/CDataInterface.html, CStreamInterface.html */
#ifndef NEARDUP_ARROW_H
#define NEARDUP_ARROW_H

#include <stdint.h>

#ifndef ARROW_C_DATA_INTERFACE
#    define ARROW_C_DATA_INTERFACE
struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#    define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

#endif
