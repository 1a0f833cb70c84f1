/* SPDX-License-Identifier: MIT
 * A team of threads that runs one function at a time on all of its members.
 *
 * Loops over work take their next item from an atomic counter inside the function: the pool knows nothing of items,
 * queues or order. With one thread nothing is created and run() is a plain call. */
#ifndef NDUP_POOL_H
#define NDUP_POOL_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_pool;

/* threads >= 1, the caller of run() included. */
neardup_status ndup_pool_create(struct ndup_pool **out, unsigned threads, neardup_error *err) NDUP_MUST_CHECK;

unsigned ndup_pool_threads(const struct ndup_pool *pool);

/* Calls work(context, member) once for every member 0..threads-1, member 0 on the calling thread, and returns when
 * all have returned. The caller sees everything that members wrote. Not reentrant. */
void ndup_pool_run(struct ndup_pool *pool, void (*work)(void *context, unsigned member), void *context);

void ndup_pool_destroy(struct ndup_pool *pool);

#endif
