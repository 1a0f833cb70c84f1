# SPDX-License-Identifier: MIT
# The first signal ends a run that waits for a pipe which says nothing, and nothing is left behind.
mkfifo pipe
neardup dedup - -o out < pipe &
run=$!
exec 9> pipe # keeps it open
while [ ! -d out ]; do sleep 0.02; done
kill -TERM $run
wait $run
echo "status $?"
exec 9>&-
ls
