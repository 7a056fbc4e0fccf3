#!/bin/sh
# From nothing to a small reasoning model: generated text, pre-training, cold-start fine-tuning, GRPO,
# rejection sampling and fine-tuning on what was right, GRPO again, distillation.
# usage: runs/r1-mini.sh [RUN [LAST]]   LAST: pretrain sft rl reject rl2 distill (default: distill)
# Run it again after it was stopped or killed, and it goes on. docs/fathom-r1-mini.md says which of
# these stages made the weights that ship.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
run=${1:-$here/out/r1-mini}
last=${2:-distill}
# shellcheck source=runs/r1-stages.sh
. "$here/r1-stages.sh"

base
ends pretrain

# shellcheck disable=SC2046 # options
[ -f "$run/cold-start.jsonl" ] || "$fathom" problems --as chat --count 330000 --seed 33 \
  --family addition=3 --family subtraction=3 --family multiplication=3 --family division=3 \
  --family word-problems=5 --family fractions=3 --family countdown=5 --family expressions=3 \
  --family equations=5 --family tracing=4 --family remainder=4 --family sorting=6 \
  --family sequences=5 --family comparison=2 --family calendar=2 --family time=3 --family units=2 \
  --family completion=2 $(unanswerable) --out "$run/cold-start.jsonl"
stage sft sft --model "$run/pretrain/checkpoints/last" --data "$run/cold-start.jsonl" \
  --recipe "$here/r1-mini.sft.json"
score sft
ends sft

stage rl rl --model "$run/sft/checkpoints/last" --data generated --recipe "$here/r1-mini.rl.json" \
  --steps "${RL_STEPS:-300}"
score rl
ends rl

# Rejection sampling: the model is its own teacher; only right answers are learned from.
stage reject distill --model "$run/rl/checkpoints/last" --teacher "$run/rl/checkpoints/last" \
  --data generated --tasks "${REJECT_TASKS:-10000}" --epochs 1
score reject
ends reject

stage rl2 rl --model "$run/reject/checkpoints/last" --data generated --recipe "$here/r1-mini.rl.json" \
  --seed 2 --steps "${RL_STEPS:-300}"
score rl2
ship rl2
ends rl2

[ -f "$run/student/config.json" ] || "$fathom" new --config "$here/r1-student.json" --type f32 \
  --tokenizer "$run/rl2/checkpoints/last" --out "$run/student"
stage distill distill --model "$run/student" --teacher "$run/rl2/checkpoints/last" \
  --data generated --tasks "${DISTILL_TASKS:-20000}"
score distill
