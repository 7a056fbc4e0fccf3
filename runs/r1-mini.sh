#!/bin/sh
# From nothing to a small reasoning model: generated text, pre-training, cold-start fine-tuning, GRPO,
# rejection sampling and fine-tuning on what was right, GRPO again, a last fine-tuning that brings back
# what is no task, distillation.
# usage: runs/r1-mini.sh [RUN [LAST]]   LAST: pretrain sft rl reject rl2 polish distill (default: distill)
# Run it again after it was stopped or killed, and it goes on. docs/fathom-r1-mini.md says how the
# weights that ship were made.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
run=${1:-$here/out/r1-mini}
last=${2:-distill}
# shellcheck source=runs/r1-stages.sh
. "$here/r1-stages.sh"

base
ends pretrain

cold_start
ends sft

stage rl rl --model "$run/sft/checkpoints/last" --data generated --recipe "$here/r1-mini.rl.json" \
  --steps 100
score rl
ends rl

# Rejection sampling: the model is its own teacher; only right answers are learned from.
stage reject distill --model "$run/rl/checkpoints/last" --teacher "$run/rl/checkpoints/last" \
  --data generated --tasks "${REJECT_TASKS:-10000}" --recipe "$here/r1-mini.reject.json"
score reject
ends reject

stage rl2 rl --model "$run/reject/checkpoints/last" --data generated --recipe "$here/r1-mini.rl.json" \
  --seed 2 --steps 100
score rl2
ends rl2

# Reinforcement on tasks alone makes a model compute whatever holds a number. As in R1's last fine-tuning,
# conversations that are no tasks are mixed with its own right answers.
# shellcheck disable=SC2046 # options
[ -f "$run/talk.jsonl" ] || "$fathom" problems --as chat --without-tasks --count 3000 --seed 35 \
  $(unanswerable) --out "$run/talk.jsonl"
mkdir -p "$run/mixture"
cp "$run/talk.jsonl" "$run/mixture"
head -n 4500 "$run/reject/data/answers.jsonl" >"$run/mixture/answers.jsonl"
stage polish sft --model "$run/rl2/checkpoints/last" --data "$run/mixture" \
  --recipe "$here/r1-mini.polish.json"
score polish
ship polish
ends polish

# A dense student a quarter as large that has read a little of the same text, taught by the model,
# and beside it the same student taught by GRPO alone.
[ -f "$run/blank/config.json" ] || "$fathom" new --config "$here/r1-student.json" --type f32 \
  --tokenizer "$run/polish/checkpoints/last" --out "$run/blank"
stage student train --from "$run/blank" --recipe "$here/r1-student.pretrain.json" --data "$run/data"
score student
stage distill distill --model "$run/student/checkpoints/last" --teacher "$run/polish/checkpoints/last" \
  --data generated --tasks "${DISTILL_TASKS:-10000}" --recipe "$here/r1-student.distill.json"
score distill
stage student-rl rl --model "$run/student/checkpoints/last" --data generated \
  --recipe "$here/r1-student.rl.json"
score student-rl
