#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The step of action.yml that runs the check: annotations and the text report go to the log, the Markdown report to the job's
# summary, a few numbers to the step's outputs. Where nothing could be checked, the reason is annotated and summed up in their
# place. Ends with the status of the check: 0 kept, 1 violated, 2 anything else.
#
# In the environment: NEARDUP (the program), CHECK_ARGS, CHECK_CONFIG, CHECK_BASELINE, CHECK_SARIF, CHECK_ANNOTATIONS, and
# what GitHub sets: GITHUB_OUTPUT, GITHUB_STEP_SUMMARY.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One argument a line; a single line (and "args: |" ends it with a line feed): words. Nothing is expanded here, so that no file
# name and no pull request can run anything; neardup expands patterns in paths.
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
# In front, for behind a "--" they would be inputs. What is added stands beside the reports of the configuration.
options=()
if [ -n "${CHECK_CONFIG:-}" ]; then options+=("--config=$CHECK_CONFIG"); fi
if [ -n "${CHECK_BASELINE:-}" ]; then options+=("--baseline=$CHECK_BASELINE"); fi
if [ -n "${CHECK_SARIF:-}" ]; then options+=("--add-report=sarif:$CHECK_SARIF"); fi
for format in json markdown github; do options+=("--add-report=$format:$work/$format"); done

# Only lines of the github report are commands; those of messages and of the text that GitHub would take for some are none.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
set +e
"${NEARDUP:?}" check "${options[@]}" "${arguments[@]}" 2>&1 > "$work/text" | tee "$work/messages"
status=${PIPESTATUS[0]}
set -e
cat "$work/text"
echo "::$token::"

# The errors and their hints, or if there are none, how the program ended.
reasons()
{
    sed 's/\x1b\[[0-9;]*m//g' "$work/messages" > "$work/plain"
    grep -aE -m 10 '(^|: )error: |^hint: ' "$work/plain" || echo "neardup ended with status $status"
}
if [ "$status" -gt 1 ]; then
    reasons > "$work/reasons"
    # One command: its lines are joined by %0A, so that none of them begins a line of the log.
    echo "::error title=neardup check::$(sed 's/%/%25/g; s/\r/%0D/g' "$work/reasons" | awk 'NR > 1 { printf "%%0A" } { printf "%s", $0 }')"
    # Four blanks make it a block of code, in which nothing is markup.
    { printf '## neardup check: could not be made\n\n'; sed 's/^/    /' "$work/reasons"; } >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
# A program that is missing or was killed has checked nothing, either.
[ "$status" -le 1 ] || status=2
if [ "${CHECK_ANNOTATIONS:-true}" = true ] && [ -s "$work/github" ]; then cat "$work/github"; fi
if [ -s "$work/markdown" ]; then cat "$work/markdown" >> "${GITHUB_STEP_SUMMARY:-/dev/null}"; fi

{
    echo "status=$status"
    if [ -s "$work/json" ]; then
        # Of the rule, if it was asked for, in what it is a rate of; else of the documents. What is allowed is in neither.
        jq -r '"passed=\(.passed)",
            (((.verdicts[] | select(.rule == "duplicate-rate") | [.part, .whole // 0])
              // [.duplicates // 0, .summary.documents // 0])
             | if .[1] > 0 then "duplicate-rate=\(.[0] / .[1] * 1e6 | floor / 1e4)" else "duplicate-rate=" end),
            "new-duplicates=\(.baseline.new // "")"' "$work/json"
    else
        printf '%s\n' passed=false duplicate-rate= new-duplicates=
    fi
    # One of an earlier run is not the result of this one.
    if [ -s "$work/json" ] && [ -s "${CHECK_SARIF:-}" ]; then echo "sarif=$CHECK_SARIF"; else echo "sarif="; fi
} >> "${GITHUB_OUTPUT:-/dev/null}"
exit "$status"
