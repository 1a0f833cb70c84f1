/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/sink.h"

#include "base/error.h"
#include "report/page.h"

#include <errno.h>

#define PASS_BYTES ((size_t)1 << 16)

static bool write_out(struct ndup_sink *sink)
{
    struct ndup_buf *buf = &sink->buf;
    if (sink->failed)
        return false;
    errno = 0;
    if (buf->failed) {
        errno = ENOMEM;
        sink->failed = true;
    } else if (sink->page) {
        sink->failed = !ndup_page_data(sink->out, buf->data, buf->len);
    } else {
        sink->failed = buf->len > 0 && fwrite(buf->data, 1, buf->len, sink->out) != buf->len;
    }
    sink->sys_errno = errno;
    ndup_buf_clear(buf);
    return !sink->failed;
}

bool ndup_sink_pass(struct ndup_sink *sink)
{
    return sink->buf.len < PASS_BYTES && !sink->buf.failed ? !sink->failed : write_out(sink);
}

neardup_status ndup_sink_end(struct ndup_sink *sink, neardup_error *err)
{
    bool good = write_out(sink);
    ndup_buf_free(&sink->buf);
    return good ? NEARDUP_OK
                : ndup_fail_errno(err, sink->sys_errno != 0 ? sink->sys_errno : EIO, "cannot write the report");
}
