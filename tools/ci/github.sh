#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The step of action.yml that runs the check: annotations and the text report go to the log, the Markdown report to the job's
# summary, a few numbers to the step's outputs. Ends with the status of the check: 0 kept, 1 violated, 2 anything else.
#
# In the environment: NEARDUP (the program), CHECK_ARGS, CHECK_CONFIG, CHECK_BASELINE, CHECK_SARIF, CHECK_ANNOTATIONS, and
# what GitHub sets: GITHUB_OUTPUT, GITHUB_STEP_SUMMARY.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One argument a line; a single line (and "args: |" ends it with a line feed): words. Nothing is expanded, so that no file name
# and no pull request can run anything.
lines=()
given=${CHECK_ARGS:-}
while read -r line; do
    if [ -n "$line" ]; then lines+=("$line"); fi
done <<< "${given//$'\r'/}"
if [ ${#lines[@]} -le 1 ]; then
    read -r -a arguments <<< "${lines[0]:-}"
else
    arguments=("${lines[@]}")
fi
if [ -n "${CHECK_CONFIG:-}" ]; then arguments+=("--config=$CHECK_CONFIG"); fi
if [ -n "${CHECK_BASELINE:-}" ]; then arguments+=("--baseline=$CHECK_BASELINE"); fi
if [ -n "${CHECK_SARIF:-}" ]; then arguments+=("--report=sarif:$CHECK_SARIF"); fi

# Only lines of the github report are commands; those of messages and of the text that GitHub would take for some are none.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
status=0
{
    "${NEARDUP:?}" check --report="json:$work/json" --report="markdown:$work/markdown" --report="github:$work/github" \
        "${arguments[@]}" > "$work/text"
} 2>&1 || status=$?
cat "$work/text"
echo "::$token::"
if [ "${CHECK_ANNOTATIONS:-true}" = true ] && [ -s "$work/github" ]; then cat "$work/github"; fi
if [ -s "$work/markdown" ]; then cat "$work/markdown" >> "${GITHUB_STEP_SUMMARY:-/dev/null}"; fi

{
    echo "status=$status"
    if [ -s "$work/json" ]; then
        jq -r '"passed=\(.passed)",
            (if .summary.documents > 0 then
                "duplicate-rate=\((.summary.exact + .summary.near) / .summary.documents * 1e6 | floor / 1e4)"
             else "duplicate-rate=" end),
            "new-duplicates=\(.baseline.new // "")"' "$work/json"
    else
        printf '%s\n' passed=false duplicate-rate= new-duplicates=
    fi
    # One of an earlier run is not the result of this one.
    if [ -s "$work/json" ] && [ -s "${CHECK_SARIF:-}" ]; then echo "sarif=$CHECK_SARIF"; else echo "sarif="; fi
} >> "${GITHUB_OUTPUT:-/dev/null}"
exit $status
