#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Regenerates doc/quality.md: what LSH finds against the exact similarity join, on real corpora; and paragraphs against a
# second implementation. And doc/quality_simhash.md: SimHash beside exact Jaccard on labelled corpora.
#
#   NEARDUP_DATA=FOLDER     holds SET/docs.jsonl.zst for each set (not part of this repository)
#   NEARDUP_TOOLS=FOLDER    holds exact_pairs.py, an independent reference; optional
#   QUALITY_SETS="psdocs terms"   QUALITY_THRESHOLDS="0.5 0.7"   QUALITY_PARAGRAPHS="psdocs;lohelp-en, HTML"
#   QUALITY_LABELLED="psdocs er"
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build}
if [ -z "${NEARDUP_DATA:-}" ]; then
    echo "quality: skipped, because NEARDUP_DATA does not name a folder of corpora"
    exit 0
fi
tools/setup --check bench
work=$build/bench/quality
status=0
python3 bench/quality.py --neardup "$build/neardup" --data "$NEARDUP_DATA" --work "$work" \
    ${NEARDUP_TOOLS:+--tools "$NEARDUP_TOOLS"} \
    ${QUALITY_SETS:+--sets "$QUALITY_SETS"} ${QUALITY_THRESHOLDS:+--thresholds "$QUALITY_THRESHOLDS"} \
    --output "$work/documents.md" || status=1
python3 bench/quality_paragraphs.py --neardup "$build/neardup" --data "$NEARDUP_DATA" --work "$work" \
    ${QUALITY_PARAGRAPHS:+--sets "$QUALITY_PARAGRAPHS"} --output "$work/paragraphs.md" || status=1
python3 bench/quality_presets.py --neardup "$build/neardup" --data "$NEARDUP_DATA" --work "$work" \
    --output "$work/presets.md" || status=1
graded=()
for set in psdocs lohelp-en; do
    [ -e "$NEARDUP_DATA/$set/docs.jsonl.zst" ] || continue
    zstd -dcq --long=27 "$NEARDUP_DATA/$set/docs.jsonl.zst" > "$work/$set.graded.jsonl"
    graded+=("$set=$work/$set.graded.jsonl")
done
: > "$work/graded.md"
if [ ${#graded[@]} -gt 0 ]; then
    python3 bench/graded.py --neardup "$build/neardup" --count 226 --output "$work/graded.md" "${graded[@]}" || status=1
fi
cat "$work/documents.md" "$work/graded.md" "$work/paragraphs.md" "$work/presets.md" > doc/quality.md.tmp
mv doc/quality.md.tmp doc/quality.md
python3 bench/quality_simhash.py --neardup "$build/neardup" --data "$NEARDUP_DATA" --work "$work" \
    ${QUALITY_LABELLED:+--sets "$QUALITY_LABELLED"} --output doc/quality_simhash.md || status=1
exit $status
