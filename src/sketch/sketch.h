/* SPDX-License-Identifier: MIT
 * Shingle hashes become MinHash signatures. A signature depends on the *set* of hashes only: not on order, repetition,
 * instruction set or threads; the slot-wise minimum of two signatures is the signature of the union. */
#ifndef NDUP_SKETCH_H
#define NDUP_SKETCH_H

#include "base/platform.h"
#include "neardup.h"

/* 4096 slots are a standard error of 0.008 at worst, and 16 KiB per signature: a plan for the default recall
 * asks for at most 320. */
#define NDUP_MAX_SLOTS 4096u

struct ndup_sketch; /* parameters (multipliers, seeds) and kernel; immutable after creation, shared by threads */

/* kind DEFAULT is the measured best. */
neardup_status ndup_sketch_create(struct ndup_sketch **out, neardup_sketch_kind kind, uint32_t slots, uint64_t seed,
                                  neardup_cpu cpu, neardup_error *err) NDUP_MUST_CHECK;
void ndup_sketch_destroy(struct ndup_sketch *sketch);

neardup_sketch_kind ndup_sketch_resolve(neardup_sketch_kind kind);

/* Signatures are stored padded to this many slots (a multiple of 16). */
uint32_t ndup_sketch_padded_slots(uint32_t slots);

/* signature[0..padded) from hashes[0..count); count 0 gives all UINT32_MAX. Padding slots are UINT32_MAX. */
void ndup_sketch_compute(const struct ndup_sketch *sketch, const uint64_t *hashes, size_t count, uint32_t *signature);

/* Equal slots among slots[0..slots) that are not UINT32_MAX in both. */
uint32_t ndup_sketch_equal_slots(const uint32_t *a, const uint32_t *b, uint32_t slots);

/* keys[0..bands): for each band a 32-bit hash of its rows slots and its number. rows * bands <= slots. */
void ndup_sketch_band_keys(const uint32_t *signature, uint32_t bands, uint32_t rows, uint32_t *keys);

#endif
