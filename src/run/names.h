/* SPDX-License-Identifier: MIT
 * The words for the values of each enum: in options, in what is written and in what is read back. */
#ifndef NDUP_NAMES_H
#define NDUP_NAMES_H

#include "base/platform.h"
#include "neardup_run.h"

/* By the enum's value, ended by NULL. */
extern const char *const ndup_tokens_names[];     /* neardup_tokens */
extern const char *const ndup_keep_names[];       /* neardup_keep; the options add ":FIELD" to "max" and "min" */
extern const char *const ndup_format_names[];     /* neardup_input_format */
extern const char *const ndup_binary_names[];     /* neardup_binary */
extern const char *const ndup_html_names[];       /* neardup_html */
extern const char *const ndup_method_names[];     /* neardup_method */
extern const char *const ndup_weights_names[];    /* neardup_weights */
extern const char *const ndup_sketch_names[];     /* neardup_sketch_kind */
extern const char *const ndup_reason_names[];     /* neardup_reason */
extern const char *const ndup_candidates_names[]; /* enum ndup_candidate_source */
/* By the number of the bit: neardup_unit is a set. */
extern const char *const ndup_unit_names[];

enum ndup_candidate_source { NDUP_BY_LSH, NDUP_BY_ALL, NDUP_BY_HAMMING }; /* how candidates are found */

/* The index of the word of this length, or -1. */
int ndup_name_find(const char *const *names, const char *word, size_t length);

/* Whether a paragraph of this file's records has a line of its own; otherwise it has the line of its record. */
bool ndup_paragraphs_have_lines(const neardup_job_options *options, const char *file);
/* Whether the file is one document. */
bool ndup_file_is_document(neardup_input_format format, const char *file);

NDUP_INLINE bool ndup_is_part(const neardup_ref *ref)
{
    return ref->unit == NEARDUP_UNIT_PARAGRAPH || ref->unit == NEARDUP_UNIT_LINE;
}

/* 0 is a document too. */
NDUP_INLINE const char *ndup_unit_name(neardup_unit unit)
{
    return ndup_unit_names[unit == NEARDUP_UNIT_LINE ? 2 : unit == NEARDUP_UNIT_PARAGRAPH ? 1 : 0];
}

NDUP_INLINE const char *ndup_reason_name(neardup_reason reason)
{
    return ndup_reason_names[reason];
}

NDUP_INLINE const char *ndup_keep_name(neardup_keep keep)
{
    return ndup_keep_names[keep];
}

/* Copies in the cluster: the members, and the keeper unless it is removed with them. */
NDUP_INLINE uint64_t ndup_cluster_size(const neardup_cluster *cluster)
{
    return cluster->member_count + (cluster->all_removed ? 0 : 1);
}

#endif
