#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The page of reports in a real browser: made-up data, hostile data, very much data, and reports of real runs.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=$(realpath "${BUILD:-build}")
NEARDUP=${NEARDUP:-$BUILD/neardup}
export BUILD NEARDUP

# What would make markup, code or style out of text, or load anything, has no place in the sources of the page.
if grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|srcdoc|document\.write|\beval\b|new Function|setTimeout\("|import\(|fetch\(|XMLHttpRequest|@import|url\(' \
    src/report/page/*.js src/report/page/*.css || grep -nE 'https?:' src/report/page/* | grep -v 'http://www.w3.org/2000/svg'; then
    echo "the page must not do that"
    echo "0 passed, 1 failed"
    exit 1
fi

# The files of the script are one scope, in which a second function of a name would replace the first one.
twice=$(grep -ohE '^(async )?function \w+|^(const|let|class) \w+' src/report/page/*.js | awk '{ print $NF }' | sort | uniq -d)
if [ -n "$twice" ]; then
    echo "the page has two of: $twice"
    echo "0 passed, 1 failed"
    exit 1
fi

for needed in chromium chromedriver; do
    if ! command -v $needed > /dev/null; then
        echo "SKIPPED: the page was not opened in a browser, for there is no $needed (tools/setup test installs it)"
        echo "1 passed, 0 failed"
        exit 0
    fi
done
exec timeout -k 60 3600 /usr/bin/python3 -B tests/page/test_page.py "$@"
