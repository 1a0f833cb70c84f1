/* SPDX-License-Identifier: MIT
 * Why a record is not JSON, in words that help to mend it. */
#ifndef NDUP_JSON_REASON_H
#define NDUP_JSON_REASON_H

#include "base/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A static text that begins with "not JSON: " or "not a JSON object: ". `otherwise`: what the parser says, if nothing else is
 * found. NDUP_PADDING readable bytes after the record. */
const char *ndup_json_reason(const char *record, size_t length, const char *otherwise);

/* The same reason for a record of the format json, to which the advice to take it does not help. */
const char *ndup_json_reason_in_values(const char *reason);

#ifdef __cplusplus
}
#endif
#endif
