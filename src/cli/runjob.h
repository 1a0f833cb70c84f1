/* SPDX-License-Identifier: MIT
 * What dedup and find have in common: settings become a job, the job is run, its messages, progress and summary are
 * shown. */
#ifndef NDUP_RUNJOB_H
#define NDUP_RUNJOB_H

#include "base/buf.h"
#include "base/platform.h"
#include "cli/command.h"
#include "cli/outfile.h"
#include "neardup_run.h"

#include <stdio.h>

struct ndup_runjob {
    struct ndup_cli *cli;
    neardup_job_options options;
    neardup_callbacks callbacks; /* the command sets decision, pair and cluster; their context is the runjob itself */
    void *owner;                 /* for these callbacks */
    const neardup_sketch_options *sketching; /* set by sketch: documents are sketched, and not compared */
    const neardup_leak_options *leaking;     /* set by check: texts of one split are looked for in the others */
    const neardup_read_options *reading;     /* set by suggest: texts of some places are read */
    /* Set by check: adds the inputs in place of operands and lists; says what is wrong and returns false. */
    bool (*add_inputs)(struct ndup_runjob *run);
    /* Set by check: hears of each record that could not be read, before it is shown. False: stop. */
    bool (*bad_record)(struct ndup_runjob *run, const char *file, uint64_t line, const char *message);
    bool again; /* the same files were read before, and what was odd about them was said */
    bool named; /* set by suggest: so were those that could not be read to their end */
    neardup_job *job;
    struct ndup_buf command;          /* options.command */
    struct ndup_buf include, exclude; /* options.include and options.exclude */
    uint64_t shown;                   /* warnings and notes */
    uint64_t shown_records;           /* of these, about a single record */
    uint64_t hidden_records;          /* invalid records whose reason is not shown */
    uint64_t hidden;                  /* other warnings and notes that are not shown */
    uint64_t skipped;                 /* files that are not text */
    struct ndup_buf examples;         /* the names of the first of them */
};

/* The Python that reads and writes Parquet files: that of the environment variable NEARDUP_PYTHON, else the one of the
 * installation that this program is part of, else python3. For the main thread. */
const char *ndup_python(void);

/* The options of a job from settings that were checked. */
void ndup_runjob_options(neardup_job_options *options, const struct ndup_settings *settings);

/* The same for this run. Says what is missing and returns false. */
bool ndup_runjob_init(struct ndup_runjob *run, struct ndup_cli *cli);

/* Opens a file for output, unless it exists or the operands, lists or references are read from it. Says what is wrong and
 * returns false. */
bool ndup_runjob_open_output(const struct ndup_cli *cli, struct ndup_outfile *file, const char *path);

/* Makes the job and gives it the inputs. */
bool ndup_runjob_open(struct ndup_runjob *run);

/* Runs it and says what went wrong. DONE; TROUBLE when the run failed (*complete false) or when it is complete but
 * some files were bad. cli->raise_signal or cli->broken_pipe are set where they apply. */
int ndup_runjob_run(struct ndup_runjob *run, bool *complete);

/* The closing summary; would: nothing was removed, only found. */
/* At most two lines on standard error, with what to type, where the options that nobody chose do not fit what was read. */
void ndup_runjob_advise(const struct ndup_runjob *run);
void ndup_runjob_summary(const struct ndup_runjob *run, bool would);
/* Its rows, on any stream. */
void ndup_summary_print(FILE *out, bool colour, const neardup_summary *summary, const neardup_job_options *options,
                        bool would, bool verbose);

/* That of sketch: what was read, and how fast. */
void ndup_runjob_sketch_summary(const struct ndup_runjob *run);

/* Paragraph or line, if it is among the units, or 0; and "paragraph" or "paragraphs", "line" or "lines". */
neardup_unit ndup_runjob_part_unit(unsigned units);
const char *ndup_runjob_part_name(neardup_unit unit, uint64_t count);

/* Bits of a fingerprint. */
unsigned ndup_runjob_bits(const struct ndup_settings *settings);

/* The kind of tokens of --tokens, --marks and --case. */
neardup_tokens ndup_runjob_tokens(const struct ndup_settings *settings);

/* How fingerprints are searched: "tables"; and "3 sorted tables, 1 of 3 blocks agree", NUL-terminated unless it failed. */
void ndup_runjob_describe_search(struct ndup_buf *buf, const neardup_hamming_plan *plan);

void ndup_runjob_close(struct ndup_runjob *run);

#endif
