/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/command.h"

static const char *const dedup_about[] = {
    "Reads the inputs, finds the documents that are near-duplicates of others, and writes the same files without them. "
    "For every removed document decisions.jsonl names the kept one that it duplicates and how similar they are. No "
    "document is removed unless it is itself similar enough to a kept one.",
    "Inputs are JSON Lines or plain text, plain or compressed with gzip or zstd; folders are read with everything "
    "below them, sorted by name, but for hidden files and *.tmp. Bytes of kept records are written back unchanged.",
    "With --unit paragraph or line, repeated passages are cut out of the documents instead: the first copy stays, and "
    "decisions.jsonl has the exact span of every cut. The rest of a record stays byte for byte.",
    NULL};
static const struct ndup_example dedup_examples[] = {
    {"neardup dedup crawl/*.jsonl.zst -o clean/", "clean a corpus"},
    {"neardup dedup crawl/ -o clean/ --keep max:score", "of near-duplicates keep the one with the highest score"},
    {"cat x.jsonl | neardup dedup - -o - > clean.jsonl", "in a pipeline"},
    {"neardup dedup crawl/ -o clean/ --unit document,paragraph", "whole documents, then paragraphs of those that stay"},
    {"neardup dedup crawl/ -o clean/ --unit paragraph --max-copies 20", "cut what stands in more than 20 documents"},
    {"neardup dedup notes.txt --input-format paragraph -o clean/", "every paragraph of a file is a document"},
    {NULL, NULL}};

static const char *const find_about[] = {
    "Reads the inputs as dedup does, and reports clusters of near-duplicates, largest first: the document that would "
    "be "
    "kept, and those that would be removed with their similarity to it. With --pairs every pair of documents at or "
    "above the threshold. Nothing is changed.",
    "With --unit paragraph or line it reports the passages that repeat, those that cost most tokens first; with "
    "--group-field also which of them stand on more than half of the documents of a group.",
    "On a terminal the report is a table; elsewhere it is one JSON object a line.", NULL};
static const struct ndup_example find_examples[] = {
    {"neardup find crawl/", "show the largest clusters"},
    {"neardup find crawl/ --pairs --format csv -o pairs.csv", "all similar pairs, for a spreadsheet"},
    {"neardup find crawl/ | jq -r '.members[].id'", "ids of what would be removed"},
    {"neardup find crawl/ --unit paragraph --group-field site", "which passages repeat, and which are a site's own"},
    {"neardup find article.txt --unit paragraph --within", "one document against itself"},
    {"neardup find crawl/ --method simhash --distance 3", "what differs in at most 3 bits of a SimHash fingerprint"},
    {"neardup find crawl/ --candidates all --threshold 0.3", "an exact similarity join, below what LSH can do"},
    {NULL, NULL}};

static const char *const compare_about[] = {
    "Computes the exact similarity of two plain text files (- is standard input): Jaccard, containment either way, the "
    "longest passages that they share, and what stands in only one of them.",
    NULL};
static const struct ndup_example compare_examples[] = {
    {"neardup compare a.txt b.txt", "how similar are two texts, what do they share"},
    {"neardup compare a.txt b.txt --format html -o ab.html", "side by side, what differs highlighted"},
    {"neardup compare a.txt b.txt --tokens char --ngram 9", "by runs of nine characters"},
    {"zcat a.txt.gz | neardup compare - b.txt --format json", "for programs; compressed text through a pipe"},
    {NULL, NULL}};

static const char *const plan_about[] = {
    "Says what dedup and find would do before they do it: slots, bands and rows of the signatures, the probability "
    "with "
    "which a pair of a given similarity is found, and the memory and disk that a number of documents takes.",
    NULL};
static const struct ndup_example plan_examples[] = {
    {"neardup plan --threshold 0.7 --documents 50M", "the plan for fifty million documents"},
    {"neardup plan --documents 1G --memory 16G", "what a memory budget does to it"},
    {"neardup plan --method simhash --distance 6 --documents 10M", "how fingerprints would be searched, and the cost"},
    {"neardup plan --bands 20 --rows 5 --threshold 0.5", "what these bands and rows would find"},
    {NULL, NULL}};

static const char *const sketch_about[] = {
    "Writes one JSON object a line for each document, in input order: its place, its number of shingles, and its "
    "MinHash "
    "signature or SimHash fingerprint, to be stored in a column and compared later. Nothing is compared here.",
    "The field \"scheme\" names all that decides the bits: method, size, weights or seed, and the profile (tokens, n, "
    "version). Sketches can be compared exactly where it is the same. A text without a token has the sketch null.",
    NULL};
static const struct ndup_example sketch_examples[] = {
    {"neardup sketch crawl/ --method simhash -o fingerprints.jsonl", "a fingerprint of 64 bits a document"},
    {"neardup sketch crawl/ --slots 256 | zstd > signatures.jsonl.zst", "MinHash signatures of 256 slots"},
    {"zcat x.jsonl.gz | neardup sketch - --method simhash | jq -r '[.id, .fingerprint] | @tsv'", "in a pipeline"},
    {NULL, NULL}};

static const char *const report_about[] = {
    "Shows what a finished run found to the people who must decide: a page with the numbers, the clusters, and every "
    "member side by side with the one that stays, differences highlighted; or a short text for a pull request, or all "
    "clusters as JSON or CSV.",
    "RUN is the folder of dedup -o or find --save, or a file of clusters as find prints them. Texts are read from the "
    "corpus again; the page is one file that loads nothing and opens from disk.",
    NULL};
static const struct ndup_example report_examples[] = {
    {"neardup report clean/ -o report.html", "a page about a run"},
    {"neardup report clean/ --format markdown >> \"$GITHUB_STEP_SUMMARY\"", "a short one, for a job summary"},
    {"neardup report clean/ -o report.html --threshold 0.8", "what a stricter threshold would remove"},
    {"neardup report clean/ -o members.csv", "every removed document and its keeper, for a spreadsheet"},
    {"neardup report clean/ -o report.html --no-text", "places and scores, but no text of the corpus"},
    {NULL, NULL}};

static const char *const explain_about[] = {
    "Says why a document of a finished run was removed, and for which one: how similar they are, which bands met, what "
    "both share and where they differ. Of a document that stays: what was removed for it, and the documents most "
    "similar to it, with what kept each of them from counting. Of paragraphs and lines: what was cut, and why.",
    "RUN is the folder of dedup -o or find --save, or a file of clusters as find prints them. ID is the document's id, "
    "or its place as reports have it: FILE:LINE. Texts are read from the corpus again; without it, what the run wrote "
    "is shown alone.",
    NULL};
static const struct ndup_example explain_examples[] = {
    {"neardup explain clean/ b17", "why is this document gone, or why is it still there"},
    {"neardup explain clean/ part-2.jsonl:31", "the same by its place, where ids are not unique"},
    {"neardup explain clean/ b17 --format json", "for programs"},
    {"neardup explain clean/ b17 -i /new/place/crawl", "the corpus has moved"},
    {NULL, NULL}};

static const char *const check_about[] = {
    "A verdict for CI: is there more duplication than is allowed, is any of it new, does test leak from train? Every "
    "rule has its own verdict, and all that are violated are reported. Exit status 0: all rules hold; 1: one is "
    "violated; 2: anything else went wrong.",
    "What is not said is zero: without a rule no near-duplicate is allowed, with --split no leak, with --reference no "
    "document that stands there, with --baseline none that is new.",
    "Options can stand in a file neardup.toml in the working directory; the command line wins. No other command reads "
    "it.",
    NULL};
static const struct ndup_example check_examples[] = {
    {"neardup check data/ --max-duplicate-rate 1% --max-cluster-size 20", "two rules"},
    {"neardup check --split 'train=train/*.jsonl' --split test=test.jsonl", "no text of test may stand in train"},
    {"neardup check data/ --baseline neardup-baseline.jsonl --update-baseline", "what repeats today is known ..."},
    {"neardup check data/ --baseline neardup-baseline.jsonl", "... and only what is new fails"},
    {"neardup check new.jsonl --reference corpus/", "new files must not repeat the corpus"},
    {"neardup check data/ --report sarif:neardup.sarif --report github:-", "reports for CI"},
    {NULL, NULL}};

static const char *const version_about[] = {"Prints the version of the program.", NULL};
static const char *const help_about[] = {"Without a command it lists them; with one it is its --help.", NULL};
static const struct ndup_example help_examples[] = {
    {"neardup help dedup", "all about a command"},
    {"neardup help --man > neardup.1", "the man page"},
    {"source <(neardup help --completion bash)", "completion in this shell"},
    {NULL, NULL}};
static const struct ndup_example no_examples[] = {{NULL, NULL}};

const struct ndup_command ndup_command_table[] = {
    {"dedup", NDUP_CMD_DEDUP, "INPUT... -o OUT", 0, -1, "remove near-duplicates from a corpus", dedup_about,
     dedup_examples, ndup_cmd_dedup},
    {"find", NDUP_CMD_FIND, "INPUT...", 0, -1, "report near-duplicates, change nothing", find_about, find_examples,
     ndup_cmd_find},
    {"compare", NDUP_CMD_COMPARE, "A B", 2, 2, "how similar two texts are, and what they share", compare_about,
     compare_examples, ndup_cmd_compare},
    {"plan", NDUP_CMD_PLAN, "", 0, 0, "what a run would do: signatures, recall, memory, disk", plan_about,
     plan_examples, ndup_cmd_plan},
    {"sketch", NDUP_CMD_SKETCH, "INPUT...", 0, -1, "a fingerprint or signature for each document", sketch_about,
     sketch_examples, ndup_cmd_sketch},
    {"report", NDUP_CMD_REPORT, "RUN", 1, 1, "show what a finished run found, as a page or a table", report_about,
     report_examples, ndup_cmd_report},
    {"explain", NDUP_CMD_EXPLAIN, "RUN ID", 2, 2, "why a document of a finished run was removed, or stays",
     explain_about, explain_examples, ndup_cmd_explain},
    {"check", NDUP_CMD_CHECK, "INPUT...", 0, -1, "a verdict for CI: duplicates, leaks, what is new", check_about,
     check_examples, ndup_cmd_check},
    {"version", NDUP_CMD_VERSION, "", 0, 0, "print the version", version_about, no_examples, ndup_cmd_version},
    {"help", NDUP_CMD_HELP, "[COMMAND]", 0, 1, "explain a command", help_about, help_examples, ndup_cmd_help},
    {NULL, 0, NULL, 0, 0, NULL, NULL, NULL, NULL},
};
