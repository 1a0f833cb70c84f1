/* SPDX-License-Identifier: MIT
 * The presets. Each row has its figure: F1 of exact similarity against the labels of people, at the defaults and with the row
 * (doc/quality.md, "Presets", made by bench/quality_presets.py).
 *
 * A preset is a question, and not a speed-up: recall of candidates and what is kept stay as they are. Lost: two tokens for titles
 * (F1 .562 on the records); 0.5 for pages, which gains on judged pages (.893) what it loses in the precision on documentation (.911
 * and .893, here .974 and .930); --contained 0.8 for pages and books (pages in two kinds of English .949 and .924, where laws gain .001);
 * nine characters at 0.7 against noise, of which three errors in a hundred leave nothing. */
#include "base/platform.h"

#include "neardup_run.h"

static const neardup_preset presets[] = {
    /* bibliographic records: .005 at the defaults, .947 */
    {"titles", "titles, names and records of a few words", {NEARDUP_TOKENS_WORD, 1}, 0.5},
    /* one changed word among 12 to 32: .266 of the copies are found at the defaults, and .999 */
    {"messages", "short messages and posts", {NEARDUP_TOKENS_WORD, 3}, 0.5},
    /* judged web pages: .787 and .857; documentation in versions: .974 and .972, .959 and .949 */
    {"pages", "web pages, of which people call more alike", {NEARDUP_TOKENS_WORD, 5}, 0.6},
    /* versions of laws: .896 and .974; of terms of service: .765 and .881 */
    {"books", "editions of long texts", {NEARDUP_TOKENS_WORD, 5}, 0.4},
    /* 1, 3 and 5 wrong characters in a hundred: .239, 0 and 0 of the copies are found at the defaults, and 1, 1 and .997 */
    {"noisy", "scanned or mistyped texts", {NEARDUP_TOKENS_CHAR, 5}, 0.6},
    /* Chinese poems: .656 and .942; Japanese works: .583 and .929 */
    {"chinese", "Chinese and Japanese", {NEARDUP_TOKENS_WORD, 2}, 0.5},
    /* Methods before and after a fix: .808 and .910. Functions with another operator or another case in one name: 1 of 1 is the same
     * for the defaults, 1 of 1 000 here. Lost: no case, with which functions that differ in it alone stay the same. */
    {"code", "program code", {NEARDUP_TOKENS_WORD_MARKS_CASE, 5}, 0.7},
};

const neardup_preset *neardup_preset_at(size_t i)
{
    return i < sizeof presets / sizeof *presets ? &presets[i] : NULL;
}
