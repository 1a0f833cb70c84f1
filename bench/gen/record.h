/* SPDX-License-Identifier: MIT
 * A document as a line of JSON: sentences, paragraphs, quotation marks, accents or Cyrillic letters. */
#ifndef GEN_RECORD_H
#define GEN_RECORD_H

#include "gen/document.h"
#include "gen/writer.h"

void record_write(const struct corpus *c, uint32_t number, const struct document *d, struct writer *w);

#endif
