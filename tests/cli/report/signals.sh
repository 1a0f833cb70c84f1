# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Whenever a signal comes, the file that is not complete goes, and the program ends by the signal.
. "$CASES/lib.sh"
awk 'BEGIN {
    srand(1)
    for (i = 0; i < 300; i++) {
        for (w = 0; w < 300; w++) word[w] = "w" int(rand() * 100000)
        for (copy = 0; copy < 10; copy++) {
            word[(copy * 29 + i) % 300] = "x" i "y" copy
            printf "{\"text\":\""
            for (w = 0; w < 300; w++) printf "%s ", word[w]
            print "\"}"
        }
    }
}' > in.jsonl
jq -r .text in.jsonl | head -n 2000 > a.txt
sed 's/w1/x1/g' a.txt > b.txt
neardup find in.jsonl --save run -q > clusters.jsonl

# Again, should it have ended before the signal came.
interrupt() { # signal, seconds behind the beginning, argument...
    local signal=$1 seconds=$2 status=0 child
    shift 2
    until [ $status -ne 0 ]; do
        rm -f out.html
        env --default-signal=INT neardup "$@" -o out.html -q < <(sleep 5) &
        child=$!
        until compgen -G "out.html.*" > /dev/null || [ -e out.html ] || ! kill -0 $child 2> /dev/null; do :; done
        sleep "$seconds"
        kill -"$signal" $child 2> /dev/null
        wait $child 2> /dev/null
        status=$?
    done
    echo "$1 $signal: status $status"
    ls
}
interrupt TERM 0 report run
interrupt INT 0.02 report run
interrupt HUP 0.05 report run
interrupt TERM 0.1 report run
interrupt TERM 0 compare a.txt b.txt --format html
interrupt INT 0.05 find -
