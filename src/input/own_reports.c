/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/own_reports.h"

#include "base/io.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool ndup_own_reports_name(const char *name)
{
    return strcmp(name, "decisions.jsonl") == 0 || strcmp(name, "clusters.jsonl") == 0 ||
           strcmp(name, "pairs.jsonl") == 0 || strcmp(name, "summary.json") == 0;
}

bool ndup_own_reports_summary(const char *path)
{
    /* As run/summary_json.c begins it, in all versions. */
    static const char begin[] = "{\n  \"neardup\": \"";
    char found[sizeof begin - 1];
    size_t got = 0;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool read = ndup_io_pread(fd, found, sizeof found, 0, &got) == 0 && got == sizeof found;
    close(fd);
    return read && memcmp(found, begin, sizeof found) == 0;
}
