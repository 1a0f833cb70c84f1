/* SPDX-License-Identifier: MIT
 * Titles of clusters: what their names share is written once. */
#include "base/platform.h"

#include "term/title.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <string.h>

static void name_of(const void *context, uint64_t i, struct ndup_buf *name)
{
    const char *const *names = context;
    ndup_buf_append_str(name, names[i]);
}

static void check(size_t columns, const char *expected, const char *const *names)
{
    struct ndup_title title = {.part_count = 0};
    struct ndup_buf text = NDUP_BUF_INIT;
    uint64_t count = 0;
    while (names[count] != NULL)
        count++;
    setlocale(LC_ALL, "C.UTF-8");
    cr_assert(ndup_title_of_names(&title, name_of, names, count));
    ndup_title_append(&text, &title, columns);
    ndup_buf_append(&text, "", 1);
    cr_assert_not(text.failed);
    cr_expect_str_eq(text.data, expected);
    ndup_buf_free(&text);
    ndup_title_free(&title);
}

#define TITLE(expected, ...)        check(200, expected, (const char *const[]){__VA_ARGS__, NULL})
#define FIT(columns, expected, ...) check(columns, expected, (const char *const[]){__VA_ARGS__, NULL})

Test(title, one_name)
{
    TITLE("docs/intro.md", "docs/intro.md");
    TITLE("a", "a", "a", "a");
    TITLE("", "", "");
}

Test(title, what_differs)
{
    TITLE("{5.1→7.4}/CimCmdlets/Get-CimInstance.md", "5.1/CimCmdlets/Get-CimInstance.md",
          "7.4/CimCmdlets/Get-CimInstance.md");
    TITLE("docs/{de,en,fr +2}/intro.md", "docs/de/intro.md", "docs/en/intro.md", "docs/fr/intro.md", "docs/it/intro.md",
          "docs/pl/intro.md");
    TITLE("docs/{de,en,fr}/intro.md", "docs/de/intro.md", "docs/en/intro.md", "docs/fr/intro.md", "docs/de/intro.md");
    TITLE("corpus.jsonl:{12→15}", "corpus.jsonl:12", "corpus.jsonl:15");
    TITLE("C:\\docs\\v{1→2}\\a.txt", "C:\\docs\\v1\\a.txt", "C:\\docs\\v2\\a.txt");
    TITLE("{x→y}/a.jsonl:3", "x/a.jsonl:3", "y/a.jsonl:3");
}

Test(title, nothing_shared)
{
    TITLE("notes.txt → b/c.md", "notes.txt", "b/c.md");
    TITLE("alpha, beta, gamma +1", "alpha", "beta", "gamma", "delta");
    TITLE("a17 → a23", "a17", "a23");
    TITLE("a120 → b120", "a120", "b120");
    TITLE(" → x", "", "x");
}

Test(title, parts_end_between_words)
{
    TITLE("page{12→123}.html", "page12.html", "page123.html");
    TITLE("docs/{intro→intro-old}.md", "docs/intro.md", "docs/intro-old.md");
    TITLE("docs/{intro→introduction}.md", "docs/intro.md", "docs/introduction.md");
    TITLE("{a→x/a}.md", "a.md", "x/a.md");
    TITLE("a/{b→b/x}.md", "a/b.md", "a/b/x.md");
    TITLE("{10.0.0.1→10.0.0.21}/log.txt", "10.0.0.1/log.txt", "10.0.0.21/log.txt");
    TITLE("{12→14}px.css", "12px.css", "14px.css");
    TITLE("2024a → 2024b", "2024a", "2024b");
    TITLE("data/{aa→aaa}/x", "data/aa/x", "data/aaa/x");
    TITLE("{a→aa}/a/a", "a/a/a", "aa/a/a");
}

Test(title, letters_beyond_ascii)
{
    TITLE("texte/{été→étude}.txt", "texte/été.txt", "texte/étude.txt");
    TITLE("{é→è}.md", "é.md", "è.md"); /* they share the first byte */
    TITLE("{文档一→文档二}.md", "文档一.md", "文档二.md");
    TITLE("x/{\\xff→\\xfe}/y", "x/\xff/y", "x/\xfe/y");
}

Test(title, hostile_names)
{
    TITLE("a/{\\x1b[31m→\\n}/b", "a/\x1b[31m/b", "a/\n/b");
    TITLE("a/{\\u{202e}x→y}/b", "a/\u202ex/b", "a/y/b");
    TITLE("{שלום→عربي}.txt", "שלום.txt", "عربي.txt");
}

Test(title, narrow)
{
    FIT(30, "{5.1→7.4}…s/Get-CimInstance.md", "5.1/CimCmdlets/Get-CimInstance.md", "7.4/CimCmdlets/Get-CimInstance.md");
    FIT(20, "…docs/{de→en}…tro.md", "a/long/path/docs/de/intro.md", "a/long/path/docs/en/intro.md");
    FIT(40, "{5.1/CimCmdlets/Get-CimInstance +3}.md", "5.1/CimCmdlets/Get-CimInstance.md", "5.1/Other/Set-Thing.md",
        "7.4/Third/Remove-Thing.md", "7.4/Third/Remove-Thing.md");
    FIT(12, "…rst → …ond", "the-first", "another-second");
    FIT(1, " → ", "aaa/bbb", "ccc/ddd");
}
