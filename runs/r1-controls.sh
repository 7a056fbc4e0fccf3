#!/bin/sh
# Is it the reinforcement? From one cold start, for three seeds each: GRPO, GRPO whose rewards go to
# answers at random, and as much time of more fine-tuning; then the held-out problems.
# usage: runs/r1-controls.sh [RUN]   Run it again after it was stopped or killed, and it goes on.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
run=${1:-$here/out/r1-mini}
# shellcheck disable=SC2034 # read by r1-stages.sh
last=none
# shellcheck source=runs/r1-stages.sh
. "$here/r1-stages.sh"

cold_start
start=$run/sft/checkpoints/last
# shellcheck disable=SC2046,SC2086 # options
[ -f "$run/more.jsonl" ] || "$fathom" problems --as chat --count 60000 --seed 34 --guesses 62 \
  $harder $(unanswerable) --out "$run/more.jsonl"
for seed in 1 2 3; do
  stage "grpo-$seed" rl --model "$start" --data generated --recipe "$here/r1-mini.rl.json" \
    --seed "$seed"
  score "grpo-$seed"
  stage "shuffled-$seed" rl --model "$start" --data generated --recipe "$here/r1-mini.rl.json" \
    --shuffle-rewards --seed "$seed"
  score "shuffled-$seed"
  stage "more-$seed" sft --model "$start" --data "$run/more.jsonl" \
    --recipe "$here/r1-mini.more.json" --seed "$seed"
  score "more-$seed"
done
