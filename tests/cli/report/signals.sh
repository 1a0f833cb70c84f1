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

# Sooner, should it have ended before the signal came.
interrupt() { # signal, milliseconds behind the beginning, argument...
    local signal=$1 wait=$2 status=0 child
    shift 2
    for _ in {1..40}; do
        rm -f out.html
        env --default-signal=INT,HUP,TERM neardup "$@" -o out.html -q < <(sleep 5) &
        child=$!
        until compgen -G "out.html.*" > /dev/null || [ -e out.html ] || ! kill -0 $child 2> /dev/null; do :; done
        [ "$wait" = 0 ] || sleep "$(printf '0.%03d' "$wait")"
        kill -"$signal" $child 2> /dev/null
        wait $child 2> /dev/null
        status=$?
        [ $status = 0 ] || break
        wait=$((wait / 2))
    done
    echo "$1 $signal: status $status"
    ls
}
interrupt TERM 0 report run
interrupt INT 20 report run
interrupt HUP 50 report run
interrupt TERM 100 report run
interrupt TERM 0 compare a.txt b.txt --format html
interrupt INT 50 find -
