# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The bash script completes commands, options and values.
# shellcheck source=/dev/null
source <(neardup help --completion bash)
try() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _neardup
    echo "${COMPREPLY[*]}"
}
try neardup d
try neardup find --form
try neardup find --format c
try neardup plan --format j
touch file-1; try neardup find file
neardup help --completion zsh | head -1
neardup help --completion fish | grep -c -- '-l threshold'
