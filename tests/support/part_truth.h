/* SPDX-License-Identifier: MIT
 * What becomes of paragraphs and lines, by brute force: small documents made of known words, and a reference written
 * from the contract in neardup.h and doc/paragraphs.md, that shares no code with the library. */
#ifndef TEST_PART_TRUTH_H
#define TEST_PART_TRUTH_H

#include "neardup_run.h"

#include <stdio.h>

#define TRUTH_DOCUMENTS 60
#define TRUTH_ITEMS     1200
#define TRUTH_WORDS     240  /* of a paragraph */
#define TRUTH_TEXT      6000 /* bytes of a document */

struct truth_place { /* document -1: none */
    int document;
    size_t begin, end; /* bytes */
};

struct truth_item { /* a paragraph or line, or a line that repeats the one before it in its paragraph */
    struct truth_place place;
    bool echo;
    struct truth_place anchor; /* of an echo */
    int paragraph;             /* of an echo: the item that it is a line of */
    int words[TRUTH_WORDS];
    int count;
    /* found by truth_decide */
    int unit; /* the first item of the same words; with within alone, of the same document */
    bool contained;
    int container; /* item */
    double containment;
    bool cut;
    neardup_reason reason;
    double jaccard;
    struct truth_place keeper;
    int cluster; /* unit of its keeper; -1: none */
};

struct truth_document {
    char text[TRUTH_TEXT];
    size_t length;
    int words[TRUTH_TEXT / 4];
    int count;
    int score;
    bool blank_rule;
    int first, items;
    bool gone; /* a duplicate document */
    int keeper;
    bool emptied;
};

struct truth {
    struct truth_document documents[TRUTH_DOCUMENTS];
    int document_count;
    int own_count; /* documents that are not references; truth_make makes all of them own */
    struct truth_item items[TRUTH_ITEMS];
    int item_count;
};

/* Documents with all that can repeat. */
void truth_make(struct truth *truth, unsigned long long seed);
/* Documents begin..end-1 as records of JSON Lines: id "d7", score, text. */
void truth_write(const struct truth *truth, int begin, int end, FILE *file);
/* Splits and decides. */
void truth_decide(struct truth *truth, const neardup_job_options *options);

#endif
