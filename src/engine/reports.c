/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/reports.h"

#include "base/error.h"
#include "base/io.h"

#include <errno.h>
#include <unistd.h>

#define FLUSH_BYTES ((size_t)1 << 20)

static neardup_status open_one(struct ndup_report_file *r, struct ndup_outdir *outdir, const char *name,
                               neardup_error *err)
{
    *r = (struct ndup_report_file){.descriptor = -1, .name = name, .text = NDUP_BUF_INIT};
    return outdir == NULL ? NEARDUP_OK : ndup_outdir_create(outdir, name, &r->descriptor, err);
}

neardup_status ndup_reports_open(struct ndup_reports *reports, struct ndup_outdir *outdir, bool pairs,
                                 neardup_error *err)
{
    NDUP_TRY(open_one(&reports->decisions, outdir, "decisions.jsonl", err));
    NDUP_TRY(open_one(&reports->clusters, outdir, "clusters.jsonl", err));
    return open_one(&reports->pairs, pairs ? outdir : NULL, "pairs.jsonl", err);
}

static neardup_status flush(struct ndup_report_file *r, size_t above, neardup_error *err)
{
    if (r->text.failed)
        return ndup_fail_nomem(err);
    if (r->descriptor < 0 || r->text.len <= above)
        return NEARDUP_OK;
    neardup_status st = ndup_write_all(r->descriptor, r->text.data, r->text.len, r->name, err);
    ndup_buf_clear(&r->text);
    return st;
}

neardup_status ndup_report_flush(struct ndup_report_file *report, neardup_error *err)
{
    return flush(report, FLUSH_BYTES, err);
}

static neardup_status close_one(struct ndup_report_file *r, neardup_error *err)
{
    neardup_status st = flush(r, 0, err);
    ndup_buf_free(&r->text);
    if (r->descriptor >= 0 && close(r->descriptor) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot close '%s'", r->name);
    r->descriptor = -1;
    return st;
}

neardup_status ndup_reports_close(struct ndup_reports *reports, neardup_error *err)
{
    NDUP_TRY(close_one(&reports->decisions, err));
    NDUP_TRY(close_one(&reports->clusters, err));
    return close_one(&reports->pairs, err);
}

static void abandon(struct ndup_report_file *r)
{
    ndup_buf_free(&r->text);
    if (r->descriptor >= 0)
        close(r->descriptor);
    r->descriptor = -1;
}

void ndup_reports_abandon(struct ndup_reports *reports)
{
    abandon(&reports->decisions);
    abandon(&reports->clusters);
    abandon(&reports->pairs);
}
