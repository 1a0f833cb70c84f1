#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The step of action.yml that runs the check. Annotations and the text report go to the log, the Markdown report to the summary of
# the job, and a few numbers to the outputs of the step. If there is no verdict, the log and the summary contain the reason
# instead. The exit status is that of the check: 0 passed, 1 failed, 2 anything else.
#
# Reads from the environment: NEARDUP (the program), CHECK_ARGS, CHECK_CONFIG, CHECK_BASELINE, CHECK_SARIF, CHECK_ANNOTATIONS, and
# the variables that GitHub sets: GITHUB_OUTPUT, GITHUB_STEP_SUMMARY.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One argument per line, or words if there is a single line ("args: |" ends it with a line feed). Nothing is expanded here, so that
# no file name and no pull request can run a command; neardup expands patterns in paths.
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
# These come first, because after a "--" they would be inputs. The reports are added to those of the configuration.
options=()
if [ -n "${CHECK_CONFIG:-}" ]; then options+=("--config=$CHECK_CONFIG"); fi
if [ -n "${CHECK_BASELINE:-}" ]; then options+=("--baseline=$CHECK_BASELINE"); fi
if [ -n "${CHECK_SARIF:-}" ]; then options+=("--add-report=sarif:$CHECK_SARIF"); fi
for format in json markdown github; do options+=("--add-report=$format:$work/$format"); done

# Only the github report may contain commands. GitHub must not obey lines of messages and texts that look like commands.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
set +e
"${NEARDUP:?}" check "${options[@]}" "${arguments[@]}" 2>&1 > "$work/text" | tee "$work/messages"
status=${PIPESTATUS[0]}
set -e
cat "$work/text"
echo "::$token::"

# Prints the errors and their hints, or if there are none, the status of the program.
reasons()
{
    sed 's/\x1b\[[0-9;]*m//g' "$work/messages" > "$work/plain"
    grep -aE -m 10 '(^|: )error: |^hint: ' "$work/plain" || echo "neardup ended with status $status"
}
if [ "$status" -gt 1 ]; then
    reasons > "$work/reasons"
    # A single command: %0A joins its lines, so that none of them begins a line of the log.
    echo "::error title=neardup check::$(sed 's/%/%25/g; s/\r/%0D/g' "$work/reasons" | awk 'NR > 1 { printf "%%0A" } { printf "%s", $0 }')"
    # Four blanks make a block of code, which contains no markup.
    { printf '## neardup check: no verdict\n\n'; sed 's/^/    /' "$work/reasons"; } >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
# A program that is missing or was killed has checked nothing either.
[ "$status" -le 1 ] || status=2
if [ "${CHECK_ANNOTATIONS:-true}" = true ] && [ -s "$work/github" ]; then cat "$work/github"; fi
if [ -s "$work/markdown" ]; then cat "$work/markdown" >> "${GITHUB_STEP_SUMMARY:-/dev/null}"; fi

{
    echo "status=$status"
    if [ -s "$work/json" ]; then
        # The rate that the rule measured, if it has a limit, else the rate of documents. Neither counts ignored duplicates.
        jq -r '"passed=\(.passed)",
            (((.verdicts[] | select(.rule == "duplicate-rate") | [.part, .whole // 0])
              // [.duplicates // 0, .summary.documents // 0])
             | if .[1] > 0 then "duplicate-rate=\(.[0] / .[1] * 1e6 | floor / 1e4)" else "duplicate-rate=" end),
            "new-duplicates=\(.baseline.new // "")"' "$work/json"
    else
        printf '%s\n' passed=false duplicate-rate= new-duplicates=
    fi
    # A report of an earlier run is not a result of this one.
    if [ -s "$work/json" ] && [ -s "${CHECK_SARIF:-}" ]; then echo "sarif=$CHECK_SARIF"; else echo "sarif="; fi
} >> "${GITHUB_OUTPUT:-/dev/null}"
exit "$status"
