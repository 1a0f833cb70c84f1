#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Regenerates doc/quality.md: what LSH finds against the exact similarity join, on real corpora; and
# doc/quality_simhash.md: SimHash beside it on labelled ones.
#
#   NEARDUP_DATA=FOLDER     holds SET/docs.jsonl.zst for each set (not part of this repository)
#   NEARDUP_TOOLS=FOLDER    holds exact_pairs.py, an independent reference; optional
#   QUALITY_SETS="psdocs terms"   QUALITY_THRESHOLDS="0.5 0.7"   QUALITY_LABELLED="psdocs er"
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build}
if [ -z "${NEARDUP_DATA:-}" ]; then
    echo "quality: NEARDUP_DATA names no folder of corpora; doc/quality.md and doc/quality_simhash.md are left as they are"
    exit 0
fi
tools/setup --check bench
python3 bench/quality.py --neardup "$build/neardup" --data "$NEARDUP_DATA" --work "$build/bench/quality" \
    ${NEARDUP_TOOLS:+--tools "$NEARDUP_TOOLS"} \
    ${QUALITY_SETS:+--sets "$QUALITY_SETS"} ${QUALITY_THRESHOLDS:+--thresholds "$QUALITY_THRESHOLDS"} \
    --output doc/quality.md
python3 bench/quality_simhash.py --neardup "$build/neardup" --data "$NEARDUP_DATA" --work "$build/bench/quality" \
    ${QUALITY_LABELLED:+--sets "$QUALITY_LABELLED"} --output doc/quality_simhash.md
