/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/progress.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/term.h"

#include <string.h>
#include <time.h>

#define REDRAW_SECONDS 0.2
#define BAR_COLUMNS    20

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void ndup_progress_init(struct ndup_progress *progress, FILE *stream, bool wanted)
{
    *progress = (struct ndup_progress){.stream = stream};
    progress->enabled = wanted && ndup_term_is_tty(stream);
    progress->last_drawn = now();
}

static void append_bar(struct ndup_buf *buf, double share)
{
    size_t filled = (size_t)(share * BAR_COLUMNS);
    ndup_buf_append_str(buf, " [");
    for (size_t i = 0; i < BAR_COLUMNS; i++)
        ndup_buf_append_str(buf, i < filled ? "=" : i == filled ? ">" : " ");
    ndup_buf_printf(buf, "] %3.0f %%", share * 100);
}

static struct ndup_number amount(uint64_t n, bool in_bytes)
{
    return in_bytes ? ndup_number_bytes(n) : ndup_number_group(n);
}

static void append_rate(struct ndup_buf *buf, const neardup_progress *state, double seconds)
{
    double rate = (double)state->done / seconds;
    if (state->in_bytes)
        ndup_buf_printf(buf, "  %s", ndup_number_rate(state->done, seconds).text);
    else
        ndup_buf_printf(buf, "  %s/s", ndup_number_group((uint64_t)rate).text);
    if (state->total > state->done && rate > 0) {
        double left = (double)(state->total - state->done) / rate;
        if (left < 60)
            ndup_buf_printf(buf, "  ETA %.0f s", left < 1 ? 1 : left);
        else
            ndup_buf_printf(buf, "  ETA %s", ndup_number_seconds(left).text);
    }
}

void ndup_progress_format(struct ndup_buf *buf, const neardup_progress *state, double seconds, size_t columns)
{
    struct ndup_buf line = NDUP_BUF_INIT;
    ndup_buf_printf(&line, "%-7s", state->phase);
    if (state->total > 0) {
        uint64_t done = state->done < state->total ? state->done : state->total;
        if (columns >= 70)
            append_bar(&line, (double)done / (double)state->total);
        ndup_buf_printf(&line, "  %s of %s", amount(done, state->in_bytes).text,
                        amount(state->total, state->in_bytes).text);
    } else {
        ndup_buf_printf(&line, "  %s", amount(state->done, state->in_bytes).text);
    }
    if (seconds >= 0.5)
        append_rate(&line, state, seconds);
    if (!line.failed)
        ndup_safe_fit(buf, line.data, line.len, columns, NDUP_SAFE_KEEP_START);
    ndup_buf_free(&line);
}

void ndup_progress_update(struct ndup_progress *progress, const neardup_progress *state)
{
    if (!progress->enabled)
        return;
    double time = now();
    if (strncmp(progress->phase, state->phase, sizeof progress->phase - 1) != 0) {
        snprintf(progress->phase, sizeof progress->phase, "%s", state->phase);
        progress->phase_started = time;
    }
    if (time - progress->last_drawn < REDRAW_SECONDS)
        return;
    progress->last_drawn = time;
    struct ndup_buf line = NDUP_BUF_INIT;
    /* One column is left free: a full last line makes some terminals scroll. */
    ndup_progress_format(&line, state, time - progress->phase_started, ndup_term_width(progress->stream, 80) - 1);
    if (!line.failed) {
        fprintf(progress->stream, "\r%.*s\033[K", (int)line.len, line.data);
        fflush(progress->stream);
        progress->drawn = true;
    }
    ndup_buf_free(&line);
}

void ndup_progress_clear(struct ndup_progress *progress)
{
    if (progress->drawn) {
        fputs("\r\033[K", progress->stream);
        fflush(progress->stream);
        progress->drawn = false;
    }
}
