#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Removes near-duplicates with Slurm: each step of over_files.py is an array of jobs that begins when the step before is done.
#
#   slurm.sh WORK OUT FILE.jsonl...      WORK and OUT are in a folder that all machines share
set -euo pipefail
work=${1:?usage: slurm.sh WORK OUT FILE.jsonl...}
out=${2:?usage: slurm.sh WORK OUT FILE.jsonl...}
shift 2
shards=${SHARDS:-8}
steps=$(dirname "$(realpath "$0")")/over_files.py
python=${PYTHON:-python3}

"$python" "$steps" plan --shards "$shards" "$work" "$out" "$@"

after=
submit() # an option of sbatch, step, number
{
    local more=("$1") command="'$python' '$steps' $2 '$work' $3"
    if [ -n "$after" ]; then more+=("--dependency=afterok:$after"); fi
    after=$(sbatch --parsable --job-name="neardup-$2" --cpus-per-task=1 "${more[@]}" --wrap "$command")
}
# The jobs of an array have numbers, which the shell of the job fills in.
# shellcheck disable=SC2016
number='$SLURM_ARRAY_TASK_ID'
submit "--array=0-$(($# - 1))" extract "$number"
submit --nodes=1 number ""
submit "--array=0-$((shards - 1))" pairs "$number"
submit "--array=0-$((shards - 1))" verify "$number"
submit --nodes=1 decide ""
submit "--array=0-$(($# - 1))" write "$number"
echo "job $after writes $out"
