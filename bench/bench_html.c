/* SPDX-License-Identifier: MIT
 * The text of web pages: MB of pages per second of processor time, beside the parsers that libraries offer, in one process.
 *
 *   bench_html [--limit SECONDS] [FILE...]      each FILE is a page; without files, pages are generated
 *
 * libxml2 (SAX) and gumbo are measured if their -dev packages were there at build time (`tools/setup rivals` installs them).
 * All three append the text they find to a buffer: libxml2 and gumbo all of it, scripts excepted, which is less work than
 * src/input/html.c does. Figures are medians. Then come two hostile pages, each parser in a process of its own, which ends
 * after --limit (5) seconds of processor time. */
#include "base/platform.h"

#include "base/buf.h"
#include "bench.h"
#include "input/html.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef BENCH_LIBXML2
#    include <libxml/HTMLparser.h>
#    include <libxml/parserInternals.h>
#endif
#ifdef BENCH_GUMBO
#    include <gumbo.h>
#endif

static void die(const char *what, const char *reason)
{
    fprintf(stderr, "bench_html: %s: %s\n", what, reason);
    exit(1);
}

/* ---- pages ---- */

struct page {
    struct ndup_buf bytes;
};

struct pages {
    struct page *page;
    size_t count, bytes, text; /* text: bytes of it that the last parser found */
};

static struct page *add_page(struct pages *pages)
{
    struct page *page = realloc(pages->page, (pages->count + 1) * sizeof *page);
    if (page == NULL)
        die("pages", "out of memory");
    pages->page = page;
    page += pages->count++;
    memset(page, 0, sizeof *page);
    return page;
}

static void free_pages(struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        ndup_buf_free(&pages->page[i].bytes);
    free(pages->page);
}

static void read_page(struct pages *pages, const char *path)
{
    struct ndup_buf *bytes = &add_page(pages)->bytes;
    char piece[1 << 16];
    size_t got;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die(path, "cannot read the file");
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        ndup_buf_append(bytes, piece, got);
    if (ferror(file) != 0 || bytes->failed)
        die(path, "cannot read the file");
    fclose(file);
    pages->bytes += bytes->len;
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static size_t below(uint64_t *state, size_t n)
{
    return (size_t)(next_random(state) >> 32) % n;
}

/* Words of made-up syllables. About every eighth has markup, an entity or an accent with it. */
static void put_words(struct ndup_buf *page, uint64_t *state, size_t count)
{
    static const char *const syllables[] = {"ka", "le", "mi", "no", "tar", "sen", "vo", "ri",
                                            "da", "po", "us", "en", "ist", "er",  "am", "lu"};
    for (size_t i = 0; i < count; i++) {
        char word[32] = "";
        size_t length = 0;
        for (size_t n = 1 + below(state, 4); n > 0; n--)
            length += (size_t)snprintf(word + length, sizeof word - length, "%s", syllables[below(state, 16)]);
        switch (below(state, 64)) {
        case 0:
        case 1:
            ndup_buf_printf(page,
                            "<a href=\"/wiki/%s?from=%zu&amp;section=%s\" title=\"%s\" class=\"mw-link ext\">%s</a> ",
                            word, i, word, word, word);
            break;
        case 2:
            ndup_buf_printf(page, "<em>%s</em> ", word);
            break;
        case 3:
            ndup_buf_printf(page, "<strong>%s</strong>, ", word);
            break;
        case 4:
            ndup_buf_printf(page, "&ldquo;%s&rdquo;&nbsp;&mdash; ", word);
            break;
        case 5:
            ndup_buf_printf(page, "%s&#8217;s ", word);
            break;
        case 6:
            ndup_buf_printf(page, "caf\xC3\xA9 %s\xE2\x80\xA6 ", word);
            break;
        case 7:
            ndup_buf_printf(page, "<span class=\"c%zu\" data-id=\"%zu\">%s</span> ", i % 7, i, word);
            break;
        default:
            ndup_buf_printf(page, i % 12 == 11 ? "%s.\n" : "%s ", word);
        }
    }
}

static void put_head(struct ndup_buf *page, uint64_t *state)
{
    ndup_buf_printf(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    put_words(page, state, 6);
    ndup_buf_printf(page, "</title>\n");
    for (size_t i = 0; i < 12; i++)
        ndup_buf_printf(page, "<link rel=\"stylesheet\" href=\"/assets/css/part-%zu.css?v=%zu\" media=\"screen\">\n", i,
                        below(state, 99999));
    ndup_buf_printf(page, "<style>\n");
    for (size_t i = 0; i < 60; i++)
        ndup_buf_printf(page,
                        ".c%zu > .item:hover { margin: 0 %zupx; color: #%06zx; background: url(\"/i/%zu.png\") }\n", i,
                        below(state, 40), below(state, 1 << 24), i);
    ndup_buf_printf(page, "</style>\n");
}

static void put_script(struct ndup_buf *page, uint64_t *state, size_t lines)
{
    ndup_buf_printf(page, "<script>\n");
    for (size_t i = 0; i < lines; i++)
        ndup_buf_printf(page,
                        "  if (a%zu < b%zu && w['k%zu']) { d.write(\"<li class='x'>\" + f(%zu) + \"<\\/li>\"); }\n",
                        below(state, 99), below(state, 99), i, below(state, 99999));
    ndup_buf_printf(page, "</script>\n");
}

static void put_list(struct ndup_buf *page, uint64_t *state, size_t entries)
{
    ndup_buf_printf(page, "<ul class=\"menu nav-list\">\n");
    for (size_t i = 0; i < entries; i++) {
        ndup_buf_printf(page,
                        "  <li class=\"menu-item item-%zu\"><a href=\"/section/%zu/\" onclick=\"return go(%zu);\">", i,
                        below(state, 9999), i);
        put_words(page, state, 2);
        ndup_buf_printf(page, "</a></li>\n");
    }
    ndup_buf_printf(page, "</ul>\n");
}

static void put_table(struct ndup_buf *page, uint64_t *state)
{
    ndup_buf_printf(page, "<table class=\"infobox\" border=\"0\">\n<tr><th>No.</th><th>Name</th><th>Value</th></tr>\n");
    for (size_t i = 0; i < 20; i++) {
        ndup_buf_printf(page, "<tr class=\"%s\"><td align=right>%zu<td>", i % 2 == 0 ? "even" : "odd", i);
        put_words(page, state, 3);
        ndup_buf_printf(page, "</td><td style=\"text-align: right\">%zu&nbsp;&euro;</td></tr>\n", below(state, 100000));
    }
    ndup_buf_printf(page, "</table>\n");
}

/* Of a news page or an encyclopedia: styles and scripts, menus, nested <div>s around an article, a table, comments. */
static void generate_page(struct ndup_buf *page, uint64_t *state)
{
    size_t depth = 6 + below(state, 10);
    put_head(page, state);
    put_script(page, state, 40);
    ndup_buf_printf(page, "</head>\n<body class=\"page\">\n<!-- header -->\n<header><nav id=top>\n");
    put_list(page, state, 30);
    ndup_buf_printf(page, "</nav></header>\n");
    for (size_t i = 0; i < depth; i++)
        ndup_buf_printf(page, "<div id=\"box-%zu\" class=\"container col-%zu row clearfix\" data-role='wrap'>\n", i,
                        below(state, 12));
    ndup_buf_printf(page, "<article><h1>");
    put_words(page, state, 7);
    ndup_buf_printf(page, "</h1>\n");
    for (size_t i = 0, paragraphs = 10 + below(state, 30); i < paragraphs; i++) {
        if (i % 6 == 5) {
            ndup_buf_printf(page, "<h2 id=\"s%zu\">", i);
            put_words(page, state, 4);
            ndup_buf_printf(page, "</h2>\n<img src=\"/img/%zu.jpg\" alt=\"\" width=640 height=480>\n",
                            below(state, 9999));
        }
        ndup_buf_printf(page, "<p>");
        put_words(page, state, 20 + below(state, 100));
        ndup_buf_printf(page, i % 3 == 0 ? "\n" : "</p>\n"); /* <p> may stay open */
    }
    put_table(page, state);
    ndup_buf_printf(page, "</article>\n");
    put_list(page, state, 20);
    for (size_t i = 0; i < depth; i++)
        ndup_buf_printf(page, "</div>\n");
    ndup_buf_printf(page, "<footer>&copy; 2024 ");
    put_words(page, state, 20);
    ndup_buf_printf(page, "</footer>\n");
    put_script(page, state, 60);
    ndup_buf_printf(page, "</body>\n</html>\n");
}

static void generate_pages(struct pages *pages)
{
    enum { PAGES = 100 };
    uint64_t state = 1;
    for (int i = 0; i < PAGES; i++) {
        struct ndup_buf *bytes = &add_page(pages)->bytes;
        generate_page(bytes, &state);
        if (bytes->failed)
            die("pages", "out of memory");
        pages->bytes += bytes->len;
    }
}

/* 100 000 nested <b> and as many </i>: an end tag that matches nothing looks through all elements that are open. */
static void nest(struct ndup_buf *page)
{
    for (size_t i = 0; i < 100000; i++)
        ndup_buf_append(page, "<b>", 3);
    for (size_t i = 0; i < 100000; i++)
        ndup_buf_append(page, "</i>", 4);
}

/* A tag with 100 000 attributes: each is compared with all earlier ones. */
static void list_attributes(struct ndup_buf *page)
{
    ndup_buf_printf(page, "<p");
    for (size_t i = 0; i < 100000; i++)
        ndup_buf_printf(page, " a%zu=1", i);
    ndup_buf_printf(page, ">text");
}

/* ---- parsers: each replaces `text` by the text of a page ---- */

typedef void parse_fn(const struct ndup_buf *page, struct ndup_buf *text);

static struct ndup_html *ours;

static void parse_ours(const struct ndup_buf *page, struct ndup_buf *text)
{
    if (ndup_html_text(ours, page->data, page->len, text, NULL) != NEARDUP_OK)
        die("neardup", "out of memory");
}

#ifdef BENCH_LIBXML2
static void append_characters(void *text, const xmlChar *bytes, int length)
{
    ndup_buf_append(text, (const char *)bytes, (size_t)length);
}

static void skip_script(void *text, const xmlChar *bytes, int length)
{
    (void)text;
    (void)bytes;
    (void)length;
}

static void parse_libxml2(const struct ndup_buf *page, struct ndup_buf *text)
{
    static const htmlSAXHandler handler = {
        .characters = append_characters, .ignorableWhitespace = append_characters, .cdataBlock = skip_script};
    htmlParserCtxtPtr parser = htmlCreateMemoryParserCtxt(page->data, (int)page->len);
    if (parser == NULL)
        die("libxml2", "cannot make a parser");
    *parser->sax = handler;
    parser->userData = text;
    text->len = 0;
    xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    htmlParseDocument(parser);
    htmlFreeParserCtxt(parser);
}
#endif

#ifdef BENCH_GUMBO
static const GumboVector *children_of(const GumboNode *node)
{
    bool unseen = node->type == GUMBO_NODE_ELEMENT &&
                  (node->v.element.tag == GUMBO_TAG_SCRIPT || node->v.element.tag == GUMBO_TAG_STYLE);
    return node->type == GUMBO_NODE_ELEMENT && !unseen ? &node->v.element.children : NULL;
}

static void parse_gumbo(const struct ndup_buf *page, struct ndup_buf *text)
{
    GumboOutput *output = gumbo_parse_with_options(&kGumboDefaultOptions, page->data, page->len);
    if (output == NULL)
        die("gumbo", "out of memory");
    text->len = 0;
    /* Without recursion: pages can be deep. */
    for (const GumboNode *node = output->root; node != NULL;) {
        if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE)
            ndup_buf_append(text, node->v.text.text, strlen(node->v.text.text));
        const GumboVector *children = children_of(node);
        if (children != NULL && children->length > 0) {
            node = children->data[0];
            continue;
        }
        while (node != output->root && node->index_within_parent + 1 >= node->parent->v.element.children.length)
            node = node->parent;
        node = node == output->root ? NULL : node->parent->v.element.children.data[node->index_within_parent + 1];
    }
    gumbo_destroy_output(&kGumboDefaultOptions, output);
}
#endif

struct parser {
    const char *name;
    parse_fn *parse; /* NULL: its -dev package was not there */
};

static const struct parser parsers[] = {
    {"neardup", parse_ours},
#ifdef BENCH_LIBXML2
    {"libxml2 " LIBXML_DOTTED_VERSION " (SAX)", parse_libxml2},
#else
    {"libxml2", NULL},
#endif
#ifdef BENCH_GUMBO
    {"gumbo", parse_gumbo},
#else
    {"gumbo", NULL},
#endif
};
#define PARSERS (sizeof parsers / sizeof parsers[0])

/* ---- measuring ---- */

struct run {
    struct pages *pages;
    parse_fn *parse;
    struct ndup_buf text;
};

static void parse_all(void *context)
{
    struct run *run = context;
    run->pages->text = 0;
    for (size_t i = 0; i < run->pages->count; i++) {
        run->parse(&run->pages->page[i].bytes, &run->text);
        run->pages->text += run->text.len;
    }
}

static void measure(struct pages *pages)
{
    double first = 0;
    printf("%zu pages, %.1f MB\n", pages->count, (double)pages->bytes / 1e6);
    for (size_t i = 0; i < PARSERS; i++) {
        struct run run = {.pages = pages, .parse = parsers[i].parse};
        if (run.parse == NULL) {
            printf("%-22s not measured: no -dev package when this was built\n", parsers[i].name);
            continue;
        }
        double ns = bench_median_ns(parse_all, &run);
        first = first > 0 ? first : ns;
        printf("%-22s %6.1f MB/s   x%-5.2f text is %.1f %% of the pages\n", parsers[i].name,
               (double)pages->bytes / ns * 1e3, first / ns, 100 * (double)pages->text / (double)pages->bytes);
        fflush(stdout);
        ndup_buf_free(&run.text);
    }
}

/* In a process of its own, which the system ends at the limit: the libraries cannot be interrupted. */
static void measure_hostile(const char *what, const struct ndup_buf *page, rlim_t limit)
{
    printf("%s, %.2f MB\n", what, (double)page->len / 1e6);
    for (size_t i = 0; i < PARSERS; i++) {
        if (parsers[i].parse == NULL)
            continue;
        fflush(stdout);
        pid_t child = fork();
        if (child < 0)
            die("fork", "cannot start a process");
        if (child == 0) {
            struct ndup_buf text = {0};
            const struct rlimit seconds = {limit, limit};
            if (setrlimit(RLIMIT_CPU, &seconds) != 0)
                _exit(1);
            double start = bench_now();
            parsers[i].parse(page, &text);
            printf("%-22s %6.4f s\n", parsers[i].name, (bench_now() - start) / 1e9);
            fflush(stdout);
            _exit(0);
        }
        int status = 0;
        if (waitpid(child, &status, 0) != child)
            die("waitpid", "cannot wait for a process");
        if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
            printf("%-22s more than %llu s\n", parsers[i].name, (unsigned long long)limit);
        else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            printf("%-22s failed\n", parsers[i].name);
    }
}

int main(int argc, char **argv)
{
    struct pages pages = {0};
    struct ndup_buf nested = {0}, attributes = {0};
    rlim_t limit = 5;
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--limit") == 0) {
        limit = (rlim_t)strtoul(argv[2], NULL, 10);
        first = 3;
    }
    if (limit == 0 || (first < argc && argv[first][0] == '-'))
        die("usage", "bench_html [--limit SECONDS] [FILE...]");
    if (ndup_html_create(&ours, NULL) != NEARDUP_OK)
        die("neardup", "out of memory");
    for (int i = first; i < argc; i++)
        read_page(&pages, argv[i]);
    if (pages.count == 0)
        generate_pages(&pages);
    measure(&pages);
    nest(&nested);
    list_attributes(&attributes);
    if (nested.failed || attributes.failed)
        die("pages", "out of memory");
    measure_hostile("100 000 nested <b> with as many </i>", &nested, limit);
    measure_hostile("a tag with 100 000 attributes", &attributes, limit);
    ndup_buf_free(&nested);
    ndup_buf_free(&attributes);
    free_pages(&pages);
    ndup_html_destroy(ours);
    return 0;
}
