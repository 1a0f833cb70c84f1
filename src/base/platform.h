/* SPDX-License-Identifier: MIT
 * Compiler and system macros; the first include of every source file. Feature-test macros live here only. */
#ifndef NDUP_PLATFORM_H
#define NDUP_PLATFORM_H

#if !defined(_GNU_SOURCE) && !defined(__cplusplus)
#    define _GNU_SOURCE 1
#endif
#define _FILE_OFFSET_BITS 64

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NDUP_LIKELY(x)         __builtin_expect(!!(x), 1)
#define NDUP_UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define NDUP_INLINE            static inline NDUP_ALWAYS
#define NDUP_MUST_CHECK        __attribute__((warn_unused_result))
#define NDUP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NDUP_CACHE_LINE        64 /* of x86 and most ARM cores: what two threads write is kept this far apart */

#if defined(NDUP_COUNTED) /* `make coverage` counts a function once, not at each place that it is put into */
#    define NDUP_ALWAYS
#else
#    define NDUP_ALWAYS __attribute__((always_inline))
#endif

/* Readable bytes after every batch and every text, for SIMD and simdjson (SIMDJSON_PADDING). */
#define NDUP_PADDING 64

#if defined(__x86_64__)
#    define NDUP_X86 1
#else
#    define NDUP_X86 0
#endif
#if defined(__aarch64__)
#    define NDUP_NEON 1
#else
#    define NDUP_NEON 0
#endif

/* Built with a sanitizer, whose own memory is many times the program's. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define NDUP_SANITIZED 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#        define NDUP_SANITIZED 1
#    endif
#endif
#ifndef NDUP_SANITIZED
#    define NDUP_SANITIZED 0
#endif

/* Stored numbers and hashes are little-endian (doc/format.md); loads below assume it. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#    error "neardup needs a little-endian machine"
#endif

#endif
