/* SPDX-License-Identifier: MIT
 * Archives, which are read as folders: zip, and tar in any compression of codec/codec.h.
 *
 *   list     ndup_archive_open: all entries, in the order of their names; tar that is compressed is unpacked for this
 *   unpack   ndup_archive_unpack: the bytes of a member are then a range of the file itself, or of the store
 *   read     ndup_archive_read_member
 *   copy     ndup_archive_plan: the archive without some members and with new bytes for others, as a list of pieces
 *
 * A copy consists of the bytes of the archive: entries that stay have their own headers, so that names, times, modes and the
 * compression of members are what they were. An entry that nobody understood stays, too.
 *
 * Why not libarchive and libzip. Measured with those of Debian 12: libarchive ends the process when memory is refused, converts
 * names by the locale of the program, and brings libxml2 and ICU, 33 MB, where the whole wheel may have 10. libzip does not
 * say where the bytes of a member are, writes local headers anew (without what it does not know), and brings OpenSSL, 4.6 MB.
 * What they would save is the reading of headers: two files of 400 lines each. Decompression and checksums are those of libraries
 * here, too.
 *
 * Names of entries are names: nothing is ever opened by one. */
#ifndef NDUP_ARCHIVE_H
#define NDUP_ARCHIVE_H

#include "base/buf.h"
#include "base/platform.h"
#include "base/scratch.h"
#include "codec/codec.h"
#include "neardup.h"

#include <stdatomic.h>
#include <sys/stat.h>

/* ---- where unpacked bytes are ---- */

struct ndup_archive_store { /* one for all archives of a job, and for new bytes of their members; thread-safe */
    struct ndup_scratch *scratch;
    int descriptor; /* of a scratch file; -1: not open */
    _Atomic uint64_t bytes;
    _Atomic uint64_t written; /* of them: for the accounts of the scratch folder */
};

neardup_status ndup_archive_store_open(struct ndup_archive_store *store, struct ndup_scratch *scratch,
                                       neardup_error *err) NDUP_MUST_CHECK;
void ndup_archive_store_close(struct ndup_archive_store *store);
/* Appends. Only while no other thread does. */
neardup_status ndup_archive_store_put(struct ndup_archive_store *store, const void *bytes, size_t length,
                                      neardup_error *err) NDUP_MUST_CHECK;

/* ---- what an archive holds ---- */

enum ndup_entry_fate { NDUP_ENTRY_STAYS, NDUP_ENTRY_REMOVED, NDUP_ENTRY_CHANGED };

struct ndup_archive_entry {
    /* With its headers. Entries do not overlap. Of tar in the plain archive. */
    uint64_t begin, end;
    uint64_t data, stored; /* its bytes, as they are stored; of zip known once it is unpacked */
    uint64_t size;         /* unpacked */
    uint64_t unpacked;     /* where in the store; UINT64_MAX: it is read where it is stored */
    uint64_t fresh;        /* CHANGED: where its new bytes are in the store, and how many */
    uint64_t fresh_bytes;
    uint64_t directory; /* zip: of its entry in the directory, and the length of that */
    uint32_t directory_bytes;
    uint32_t crc;           /* zip */
    uint16_t method, flags; /* zip */
    size_t name;            /* in the names of the archive, without "./" or "/" at its begin */
    size_t follows;         /* + 1: the entry that decides whether this one stays; 0: itself */
    const char *problem;    /* why it cannot be read; NULL: it can. Static */
    enum ndup_entry_fate fate;
    bool member;      /* a file, and the last one of its name, as for programs that unpack it; it is compared */
    bool link, other; /* neither file nor folder: a link, or a device and the like */
    bool linked;      /* a hard link leads to it */
    bool ready;       /* unpacked */
};

struct ndup_archive {
    char *path;
    const char *name; /* in outputs and reports: set by the owner */
    bool left_out;    /* the same: it is not read */
    bool written;     /* the same: its copy is */
    const struct ndup_archive_form *form;
    const struct ndup_codec *codec; /* of the whole; NULL: plain */
    struct stat info;               /* of the file when it was listed */
    struct ndup_archive_store *store;
    const atomic_bool *cancel; /* as in the options */
    int descriptor;            /* -1: opened when it is read */
    bool unpacked;             /* its plain bytes are in the store, from base on */
    uint64_t base, bytes;
    uint64_t max_expansion;
    struct ndup_archive_entry *entries; /* in the order of their places */
    size_t count, capacity;
    struct ndup_buf names;
    uint64_t tail;   /* what comes after the entries: of zip the directory */
    char *damage;    /* why other entries than these are not read, owned; NULL: there are none */
    size_t *members; /* by name */
    size_t member_count;
    size_t older, links, others; /* entries that are not read; older: files that share their name with another entry */
    size_t unnamed;              /* files that are not read, because no file can have their names */
    /* Of zip: */
    uint64_t shift;         /* what comes before the first byte that the directory counts */
    uint64_t directory_end; /* what follows the directory */
    uint64_t end_record;    /* the record at the end, */
    uint64_t end_record64;  /* and the one for large archives; 0: none */
    uint64_t directory_count;
};

struct ndup_archive_options {
    struct ndup_archive_store *store; /* borrowed until close */
    uint64_t max_expansion;           /* as of ndup_stream_limit; 0: any */
    bool keep_open;                   /* keep the descriptor: only some archives may */
    const atomic_bool *cancel;        /* may be NULL */
};

/* Whether the name is that of an archive. */
bool ndup_archive_has_name(const char *name);

/* Lists the archive. *out NULL with OK: the file is none, or it cannot be read; then damage->code says so, and *is whether it is
 * one. Other failures are not about the file: NOMEM, CANCELED, and those of the scratch folder. */
neardup_status ndup_archive_open(struct ndup_archive **out, const char *path,
                                 const struct ndup_archive_options *options, bool *is, neardup_error *damage,
                                 neardup_error *err) NDUP_MUST_CHECK;
void ndup_archive_close(struct ndup_archive *archive);

const char *ndup_archive_name(const struct ndup_archive *archive, const struct ndup_archive_entry *entry);

/* ---- reading ---- */

/* Makes the bytes of a member ready to be read, and checks them: damage->code is set if they cannot be read (then nothing
 * of them can). A failure is as that of ndup_archive_open. Members are unpacked at the same time, but each once. */
neardup_status ndup_archive_unpack(const struct ndup_archive *archive, struct ndup_archive_entry *entry,
                                   neardup_error *damage, neardup_error *err) NDUP_MUST_CHECK;

/* Bytes of a member that is unpacked. Thread-safe. IO if the file is shorter than it was. */
neardup_status ndup_archive_read_member(const struct ndup_archive *archive, const struct ndup_archive_entry *entry,
                                        void *buffer, size_t length, uint64_t offset,
                                        neardup_error *err) NDUP_MUST_CHECK;

/* Appends the bytes of a member of this path, archive and name: "a.zip/docs/b.txt". OK and *is false: the path leads to no
 * archive. ARG: the archive has no such member. FORMAT, LIMIT: it cannot be read. */
neardup_status ndup_archive_extract(const char *path, uint64_t max_expansion, struct ndup_buf *to, bool *is,
                                    neardup_error *err) NDUP_MUST_CHECK;

/* Bytes of the archive, plain. The same. */
neardup_status ndup_archive_read(const struct ndup_archive *archive, void *buffer, size_t length, uint64_t offset,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* ---- the copy ---- */

/* Gives a member the bytes of a file as new ones. */
neardup_status ndup_archive_change(const struct ndup_archive *archive, struct ndup_archive_entry *entry, int descriptor,
                                   neardup_error *err) NDUP_MUST_CHECK;

struct ndup_archive_piece {
    enum {
        NDUP_PIECE_OLD,
        NDUP_PIECE_STORE,
        NDUP_PIECE_MADE
    } from; /* the archive, the store, or the bytes made here */
    uint64_t at, length;
    uint64_t begin; /* in the copy */
};

struct ndup_archive_copy {
    const struct ndup_archive *archive;
    struct ndup_archive_piece *pieces;
    size_t count, capacity;
    struct ndup_buf made;
    uint64_t bytes;
    bool same; /* nothing changes: the copy has the bytes of the file, which may be compressed */
};

/* Plans the copy that the fates of the entries say. Compresses the new bytes of zip members, into the store. */
neardup_status ndup_archive_plan(struct ndup_archive_copy *copy, const struct ndup_archive *archive,
                                 neardup_error *err) NDUP_MUST_CHECK;
/* Bytes of the copy, before it is compressed as a whole. Thread-safe. */
neardup_status ndup_archive_read_copy(const struct ndup_archive_copy *copy, void *buffer, size_t length,
                                      uint64_t offset, neardup_error *err) NDUP_MUST_CHECK;
void ndup_archive_copy_free(struct ndup_archive_copy *copy);

/* ---- for the forms, archive_tar.c and archive_zip.c ---- */

struct ndup_archive_form {
    const char *name;
    /* Fills entries, or fails with what is wrong: FORMAT, LIMIT, IO, NOMEM. */
    neardup_status (*list)(struct ndup_archive *archive, neardup_error *err);
    /* Finds the stored bytes of a member, and what unpacks them: NULL, they are the bytes. FORMAT: damaged. */
    neardup_status (*find)(const struct ndup_archive *archive, struct ndup_archive_entry *entry,
                           const struct ndup_codec **codec, neardup_error *err);
    bool checked; /* members have a checksum */
    neardup_status (*plan)(struct ndup_archive_copy *copy, neardup_error *err);
};
extern const struct ndup_archive_form ndup_archive_zip, ndup_archive_tar;

/* A window on an archive: small reads in its order cost no system calls. */
#define NDUP_ARCHIVE_WINDOW ((size_t)64 << 10)
struct ndup_archive_window {
    const struct ndup_archive *archive;
    char *bytes;
    uint64_t at;
    size_t length;
};
/* *found: `length` bytes at the place, up to NDUP_ARCHIVE_WINDOW; NULL: the archive ends before. */
neardup_status ndup_archive_look(struct ndup_archive_window *window, uint64_t at, size_t length, const char **found,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* Appends an entry with its name. NOMEM. */
neardup_status ndup_archive_add(struct ndup_archive *archive, const struct ndup_archive_entry *entry, const char *name,
                                size_t length, neardup_error *err) NDUP_MUST_CHECK;

/* What becomes of an entry: its own fate or that of the one that it follows. */
enum ndup_entry_fate ndup_archive_fate(const struct ndup_archive *archive, const struct ndup_archive_entry *entry);

/* Append to a copy. NOMEM. */
neardup_status ndup_archive_put_old(struct ndup_archive_copy *copy, uint64_t begin, uint64_t end,
                                    neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_archive_put_store(struct ndup_archive_copy *copy, uint64_t at, uint64_t length,
                                      neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_archive_put(struct ndup_archive_copy *copy, const void *bytes, size_t length,
                                neardup_error *err) NDUP_MUST_CHECK;

#endif
