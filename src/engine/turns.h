/* SPDX-License-Identifier: MIT
 * A run that reads its input once, with all threads, and tells what it finds in input order. The threads take turns at
 * reading the next block in that order, work on it side by side, and take turns in the same order again to tell what they
 * have. So the input streams through: nothing is held back but the blocks at hand, and pipes and compressed files need no
 * scratch. What it costs is that one file is decompressed at a time. */
#ifndef NDUP_TURNS_H
#define NDUP_TURNS_H

#include "base/platform.h"

#include "engine/context.h"

#include <pthread.h>

struct ndup_turn { /* a block: a batch in the member's worker, or what went wrong when there should have been one */
    uint64_t number;
    uint64_t consumed; /* bytes of the files so far, and in all (0: unknown) */
    uint64_t total;
    uint32_t source;
    bool none;           /* the input has ended */
    bool empty_document; /* a file without a byte, where a file is a document */
    bool failed;         /* the file cannot be read on */
    neardup_error why;
};

struct ndup_turn_member {
    struct ndup_turn turn;
    neardup_status status;
    neardup_error error;
};

struct ndup_turns {
    neardup_job *job;
    const char *phase; /* of progress */
    /* Works on a block, and ends with ndup_turns_wait and ndup_turns_done. Members call at the same time. */
    neardup_status (*work)(void *context, unsigned member, const struct ndup_turn *turn, neardup_error *err);
    bool (*skip)(const struct ndup_file *file); /* files that are not read; NULL: none */
    void *context;
    uint64_t consumed; /* bytes of the files, when the run is over */

    /* Between ndup_turns_wait and ndup_turns_done: */
    uint64_t lines; /* newlines of the source before the block */
    uint64_t index; /* free for the one who tells: number of the next record */
    uint64_t notes; /* bad records told so far; carried from run to run by the owner */

    /* The rest is turns.c's. */
    struct ndup_turn_member *members;
    uint64_t total;
    pthread_mutex_t reading; /* guards these */
    struct ndup_reader *reader;
    uint32_t source;      /* that it reads, or that is next */
    uint64_t next_block;  /* blocks read */
    pthread_mutex_t lock; /* guards these, what is above, and the callbacks */
    pthread_cond_t changed;
    uint64_t done; /* blocks told */
    uint32_t told_source;
    bool stop;
};

/* Lets all threads work on all blocks. Of several failures it returns that of the earliest block, which does not depend on
 * timing. Fill the first members, the others are zero. */
neardup_status ndup_turns_run(struct ndup_turns *turns, neardup_error *err) NDUP_MUST_CHECK;

/* Waits until all blocks before this one are told. False: something failed; nothing is to be told. */
bool ndup_turns_wait(struct ndup_turns *turns, const struct ndup_turn *turn);

/* Ends what began with ndup_turns_wait, whatever it gave, with the status of the telling, which it returns. whole: the
 * block ends here, and has so many lines; then the failure of its file is told, too. */
neardup_status ndup_turns_done(struct ndup_turns *turns, const struct ndup_turn *turn, bool whole, uint64_t lines,
                               neardup_status told, neardup_error *err) NDUP_MUST_CHECK;

/* Tells a bad record (line: 1-based); fails in a strict run. */
neardup_status ndup_turns_report_bad(struct ndup_turns *turns, const struct ndup_turn *turn, uint64_t line,
                                     const char *problem, neardup_error *err) NDUP_MUST_CHECK;

struct ndup_turn_record { /* borrowed until the next one */
    const char *text;
    size_t length;
    const char *id, *group; /* raw JSON; NULL: none */
    size_t id_length, group_length;
    const char *problem; /* a record that could not be read; static */
    bool invalid_utf8;   /* before the tokeniser has looked */
    uint32_t line;       /* 0-based in the block */
};
typedef neardup_status ndup_turn_visit(void *context, const struct ndup_turn_record *record, neardup_error *err);

/* Visits the records of the block. *lines gets its newlines. */
neardup_status ndup_turns_each(const struct ndup_turns *turns, unsigned member, ndup_turn_visit *visit, void *context,
                               uint64_t *lines, neardup_error *err) NDUP_MUST_CHECK;

#endif
