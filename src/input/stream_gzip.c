/* SPDX-License-Identifier: MIT
 * gzip with ISA-L, which inflates about twice as fast as zlib. A file may hold any number of members one behind the
 * other, and zero bytes behind the last one (tapes and block devices pad so). */
#include "base/platform.h"

#include "input/stream_impl.h"

#include "base/error.h"
#include "base/mem.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

struct ndup_gzip {
    struct inflate_state state;
    uint8_t *stored; /* NDUP_STORED_CHUNK bytes */
    bool in_member;
    bool source_ended;
    unsigned idle; /* calls in a row that moved nothing although there was input and room */
};

struct ndup_gzip *ndup_gzip_create(void)
{
    struct ndup_gzip *gzip = ndup_calloc(1, sizeof *gzip);
    if (gzip == NULL)
        return NULL;
    gzip->stored = ndup_alloc(NDUP_STORED_CHUNK, 1);
    if (gzip->stored == NULL) {
        free(gzip);
        return NULL;
    }
    isal_inflate_init(&gzip->state);
    gzip->state.crc_flag = ISAL_GZIP;
    gzip->in_member = true;
    return gzip;
}

void ndup_gzip_destroy(struct ndup_gzip *gzip)
{
    if (gzip == NULL)
        return;
    free(gzip->stored);
    free(gzip);
}

static neardup_status refill(struct ndup_gzip *gzip, struct ndup_source *source, neardup_error *err)
{
    if (gzip->state.avail_in > 0 || gzip->source_ended)
        return NEARDUP_OK;
    size_t got;
    NDUP_TRY(ndup_source_read(source, gzip->stored, NDUP_STORED_CHUNK, &got, err));
    gzip->state.next_in = gzip->stored;
    gzip->state.avail_in = (uint32_t)got;
    gzip->source_ended = got == 0;
    return NEARDUP_OK;
}

/* Behind a member: passes over zero bytes; a gzip header begins the next member. */
static neardup_status between_members(struct ndup_gzip *gzip, struct ndup_source *source, bool *more,
                                      neardup_error *err)
{
    struct inflate_state *state = &gzip->state;
    *more = false;
    for (;;) {
        NDUP_TRY(refill(gzip, source, err));
        if (state->avail_in == 0)
            return NEARDUP_OK;
        while (state->avail_in > 0 && *state->next_in == 0) {
            state->next_in++;
            state->avail_in--;
        }
        if (state->avail_in > 0)
            break;
    }
    if (*state->next_in != 0x1f)
        return ndup_fail(err, NEARDUP_E_FORMAT, "garbage behind the end of the gzip stream");
    isal_inflate_reset(state);
    gzip->in_member = true;
    *more = true;
    return NEARDUP_OK;
}

/* One call of the decoder; *got == 0 is no sign of the end. */
static neardup_status inflate_some(struct ndup_gzip *gzip, uint8_t *buffer, size_t capacity, size_t *got,
                                   neardup_error *err)
{
    struct inflate_state *state = &gzip->state;
    uint32_t room = capacity < UINT32_MAX / 2 ? (uint32_t)capacity : UINT32_MAX / 2;
    uint32_t before_in = state->avail_in;
    state->next_out = buffer;
    state->avail_out = room;
    int code = isal_inflate(state);
    *got = room - state->avail_out;
    if (code == ISAL_INCORRECT_CHECKSUM)
        return ndup_fail(err, NEARDUP_E_FORMAT, "gzip stream is corrupt: wrong checksum");
    if (code < 0 || code == ISAL_NEED_DICT)
        return ndup_fail(err, NEARDUP_E_FORMAT, "gzip stream is corrupt");
    if (state->block_state == ISAL_BLOCK_FINISH) {
        gzip->in_member = false;
        gzip->idle = 0;
        return NEARDUP_OK;
    }
    bool moved = *got > 0 || state->avail_in < before_in;
    if (!moved && gzip->source_ended)
        return ndup_fail(err, NEARDUP_E_FORMAT, "gzip stream is cut off");
    /* Not seen; without this limit a decoder that does nothing would hang us. */
    gzip->idle = moved || before_in == 0 ? 0 : gzip->idle + 1;
    if (gzip->idle > 2)
        return ndup_fail(err, NEARDUP_E_FORMAT, "gzip stream is corrupt");
    return NEARDUP_OK;
}

neardup_status ndup_gzip_read(struct ndup_gzip *gzip, struct ndup_source *source, uint8_t *buffer, size_t capacity,
                              size_t *got, neardup_error *err)
{
    while (*got < capacity) {
        if (!gzip->in_member) {
            bool more;
            NDUP_TRY(between_members(gzip, source, &more, err));
            if (!more)
                return NEARDUP_OK;
        }
        NDUP_TRY(refill(gzip, source, err));
        size_t n = 0;
        neardup_status status = inflate_some(gzip, buffer + *got, capacity - *got, &n, err);
        *got += n;
        if (status != NEARDUP_OK)
            return status;
    }
    return NEARDUP_OK;
}
