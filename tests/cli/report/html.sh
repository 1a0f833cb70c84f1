# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A page whose data cannot end its block, whatever stands in the corpus.
. "$CASES/lib.sh"
evil='</script><script>alert(1)</script><!-- \u2028 \u0000 &amp;'
{ record "$evil" "$evil $(words 1 40)"; record "x$evil" "$evil $(words 1 40) x"; } > '<img src=x onerror=alert(1)>.jsonl'
neardup dedup '<img src=x onerror=alert(1)>.jsonl' -o clean -q
neardup report clean -o report.html -q
grep -c 'alert(1)</script>' report.html
grep -c '<img' report.html
# The data is the JSON report.
sed -n 's/.*<script type="application\/json"[^>]*>//p' report.html | head -c 12; echo
neardup report clean > standard.html && cmp report.html standard.html && echo same
neardup report clean -o report.html
neardup report clean -o report.html --force
