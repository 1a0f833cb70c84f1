/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/plan/plan_chart.h"

#include "term/number.h"
#include "term/term.h"

#include <stdio.h>

#define COLUMNS 40

static void put_bar(double share)
{
    static const char *const eighths[] = {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
    bool utf8 = ndup_term_utf8();
    unsigned units = (unsigned)(share * COLUMNS * 8 + 0.5);
    for (unsigned i = 0; i < units / 8; i++)
        fputs(utf8 ? "\u2588" : "#", stdout);
    if (utf8)
        fputs(eighths[units % 8], stdout);
}

void ndup_plan_chart(double (*share)(const void *context, double jaccard), const void *context, double mark)
{
    bool marked = mark <= 0;
    for (int i = 0; i <= NDUP_PLAN_STEPS; i++) {
        double jaccard = (double)i / NDUP_PLAN_STEPS, found = share(context, jaccard);
        bool here = !marked && jaccard >= mark - 1e-9;
        marked = marked || here;
        printf("   %.2f  %-8s %s", jaccard, ndup_number_score(found).text, here ? ">" : "|");
        put_bar(found);
        putchar('\n');
    }
}
