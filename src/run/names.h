/* SPDX-License-Identifier: MIT
 * How units, reasons and keep rules are called in everything that is written. */
#ifndef NDUP_NAMES_H
#define NDUP_NAMES_H

#include "base/platform.h"
#include "neardup.h"

NDUP_INLINE bool ndup_is_part(const neardup_ref *ref)
{
    return ref->unit == NEARDUP_UNIT_PARAGRAPH || ref->unit == NEARDUP_UNIT_LINE;
}

NDUP_INLINE const char *ndup_unit_name(neardup_unit unit)
{
    return unit == NEARDUP_UNIT_LINE ? "line" : unit == NEARDUP_UNIT_PARAGRAPH ? "paragraph" : "document";
}

NDUP_INLINE const char *ndup_reason_name(neardup_reason reason)
{
    static const char *const names[] = {[NEARDUP_EXACT] = "exact",
                                        [NEARDUP_NEAR] = "near",
                                        [NEARDUP_CONTAINED] = "contained",
                                        [NEARDUP_BOILERPLATE] = "boilerplate",
                                        [NEARDUP_EMPTIED] = "emptied"};
    return names[reason];
}

NDUP_INLINE const char *ndup_keep_name(neardup_keep keep)
{
    static const char *const names[] = {"first", "last", "longest", "shortest", "max", "min", "content"};
    return names[keep];
}

/* Copies in the cluster: the keeper, unless it goes with the others, and the members. */
NDUP_INLINE uint64_t ndup_cluster_size(const neardup_cluster *cluster)
{
    return cluster->member_count + (cluster->all_go ? 0 : 1);
}

#endif
