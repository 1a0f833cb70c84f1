/* SPDX-License-Identifier: MIT
 * gzip with ISA-L, which inflates about twice as fast as zlib. A file may hold any number of members one behind the
 * other, and zero bytes behind the last one (tapes and block devices pad so). */
#include "base/platform.h"

#include "input/stream_impl.h"

#include "base/error.h"
#include "base/mem.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

/* Every call of the decoder gets exactly this much room, and a full buffer of input, because how much of a damaged
 * stream it delivers depends on both: so it depends on nothing that the caller or a pipe does. */
#define CALL_ROOM ((size_t)512 * 1024)

/* So far in front of the place where the decoder gave up it had not yet met the damage. It reads 8 bytes ahead. */
#define SAFE_DISTANCE 1024

struct ndup_gzip {
    struct inflate_state state;
    struct inflate_state before; /* the state before the last call */
    uint8_t
        *spare; /* CALL_ROOM bytes, for when the caller has less room; [spare_at, spare_len) are not yet given out */
    size_t spare_at, spare_len;
    neardup_status failed; /* met behind the spare bytes */
    neardup_error failure;
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
    gzip->spare = ndup_alloc(CALL_ROOM, 1);
    if (gzip->stored == NULL || gzip->spare == NULL) {
        ndup_gzip_destroy(gzip);
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
    free(gzip->spare);
    free(gzip);
}

static neardup_status refill(struct ndup_gzip *gzip, struct ndup_source *source, neardup_error *err)
{
    if (gzip->state.avail_in > 0 || gzip->source_ended)
        return NEARDUP_OK;
    size_t have = 0;
    neardup_status status = NEARDUP_OK;
    while (status == NEARDUP_OK && have < NDUP_STORED_CHUNK) {
        size_t got;
        status = ndup_source_read(source, gzip->stored + have, NDUP_STORED_CHUNK - have, &got, err);
        if (got == 0)
            break;
        have += got;
    }
    gzip->state.next_in = gzip->stored;
    gzip->state.avail_in = (uint32_t)have;
    gzip->source_ended = have == 0;
    /* What came before a failed read is decoded first; the next read fails again, or loses nothing. */
    return have > 0 ? NEARDUP_OK : status;
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

static int call_decoder(struct inflate_state *state, size_t input)
{
    uint32_t kept = state->avail_in - (uint32_t)input;
    state->avail_in = (uint32_t)input;
    int code = isal_inflate(state);
    state->avail_in += kept;
    return code;
}

/* The decoder met damage. It has then counted up to some hundred bytes as output that it never wrote, so the call is
 * repeated: in one go up to a safe distance, then byte by byte up to the byte that shows the damage. */
static size_t bytes_before_damage(struct ndup_gzip *gzip)
{
    struct inflate_state *state = &gzip->state;
    size_t used = gzip->before.avail_in - state->avail_in;
    *state = gzip->before;
    size_t got = 0;
    size_t step = used > SAFE_DISTANCE ? used - SAFE_DISTANCE : 1;
    while (state->avail_in > 0 && call_decoder(state, step) >= 0 && state->block_state != ISAL_BLOCK_FINISH) {
        got = CALL_ROOM - state->avail_out;
        step = 1;
    }
    return got;
}

static neardup_status fail_code(int code, neardup_error *err)
{
    const char *why = code == ISAL_INCORRECT_CHECKSUM ? ": wrong checksum" : "";
    return ndup_fail(err, NEARDUP_E_FORMAT, "gzip stream is corrupt%s", why);
}

/* One call of the decoder, for CALL_ROOM bytes; *got == 0 is no sign of the end. */
static neardup_status inflate_some(struct ndup_gzip *gzip, uint8_t *buffer, size_t *got, neardup_error *err)
{
    struct inflate_state *state = &gzip->state;
    uint32_t before_in = state->avail_in;
    state->next_out = buffer;
    state->avail_out = CALL_ROOM;
    gzip->before = *state;
    int code = isal_inflate(state);
    *got = CALL_ROOM - state->avail_out;
    if (code == ISAL_INCORRECT_CHECKSUM)
        return fail_code(code, err); /* all was decoded, and written */
    if (code < 0 || code == ISAL_NEED_DICT) {
        *got = bytes_before_damage(gzip);
        return fail_code(code, err);
    }
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
    return gzip->idle > 2 ? fail_code(0, err) : NEARDUP_OK;
}

/* The next bytes into buffer, which has CALL_ROOM. *got == 0 with OK is the end. */
static neardup_status decode(struct ndup_gzip *gzip, struct ndup_source *source, uint8_t *buffer, size_t *got,
                             neardup_error *err)
{
    *got = 0;
    while (*got == 0) {
        if (!gzip->in_member) {
            bool more;
            NDUP_TRY(between_members(gzip, source, &more, err));
            if (!more)
                return NEARDUP_OK;
        }
        NDUP_TRY(refill(gzip, source, err));
        NDUP_TRY(inflate_some(gzip, buffer, got, err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_gzip_read(struct ndup_gzip *gzip, struct ndup_source *source, uint8_t *buffer, size_t capacity,
                              size_t *got, neardup_error *err)
{
    while (*got < capacity) {
        size_t room = capacity - *got, n = gzip->spare_len - gzip->spare_at;
        if (n > 0) {
            n = n < room ? n : room;
            memcpy(buffer + *got, gzip->spare + gzip->spare_at, n);
            gzip->spare_at += n;
        } else if (gzip->failed != NEARDUP_OK) {
            if (err != NULL)
                *err = gzip->failure;
            return gzip->failed;
        } else if (room >= CALL_ROOM) {
            gzip->failed = decode(gzip, source, buffer + *got, &n, &gzip->failure);
            if (n == 0 && gzip->failed == NEARDUP_OK)
                return NEARDUP_OK;
        } else {
            gzip->spare_at = 0;
            gzip->failed = decode(gzip, source, gzip->spare, &gzip->spare_len, &gzip->failure);
            if (gzip->spare_len == 0 && gzip->failed == NEARDUP_OK)
                return NEARDUP_OK;
        }
        *got += n;
    }
    return NEARDUP_OK;
}
