/* SPDX-License-Identifier: MIT
 * The options of paragraphs and lines: what --unit means, and which options contradict each other. */
#ifndef NDUP_PARTS_H
#define NDUP_PARTS_H

#include "base/platform.h"
#include "cli/command.h"
#include "neardup.h"

/* Fills in the units and what belongs to paragraphs and lines. Says what is wrong and returns false if the settings
 * cannot be used. */
bool ndup_parts_options(neardup_job_options *options, const struct ndup_cli *cli);

/* What --unit says. Says what is wrong and returns false if that is nothing known. */
bool ndup_parts_units(const char *text, unsigned *units, const struct ndup_cli *cli);

/* The part among the units, or 0. */
neardup_unit ndup_parts_unit(unsigned units);

/* "paragraph" or "paragraphs", "line" or "lines". */
const char *ndup_parts_name(neardup_unit unit, uint64_t count);

#endif
