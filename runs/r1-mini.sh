#!/bin/sh
# From nothing to a small reasoning model: generated text, pre-training, cold-start fine-tuning, GRPO,
# rejection sampling and fine-tuning on what was right, GRPO again, distillation.
# usage: runs/r1-mini.sh [RUN [LAST]]   LAST: pretrain sft harder longer rl reject rl2 distill (default: distill)
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

refused=""
[ ! -f "$requests" ] || refused="--unanswerable $requests"
# shellcheck disable=SC2086 # options
[ -f "$run/cold-start.jsonl" ] || "$fathom" problems --as chat --difficulty 1-3 --count 60000 --seed 3 \
  --family addition=2 --family subtraction=2 --family multiplication=2 --family division=2 \
  --family word-problems=5 --family fractions=2 --family expressions=2 --family equations=2 \
  --family tracing=2 $refused --out "$run/cold-start.jsonl"
stage sft sft --model "$run/pretrain/checkpoints/last" --data "$run/cold-start.jsonl" \
  --recipe "$here/r1-mini.sft.json"
ends sft

# The same with problems of all difficulties.
# shellcheck disable=SC2086 # options
[ -f "$run/harder.jsonl" ] || "$fathom" problems --as chat --count 24000 --seed 5 \
  --family addition=2 --family subtraction=2 --family multiplication=2 --family division=2 \
  --family word-problems=4 --family fractions=2 --family expressions=2 --family equations=2 \
  --family tracing=2 $refused --out "$run/harder.jsonl"
stage harder sft --model "$run/sft/checkpoints/last" --data "$run/harder.jsonl" \
  --recipe "$here/r1-mini.harder.json"
score harder
ends harder

# More of them, at a constant rate that falls at the end.
# shellcheck disable=SC2086 # options
[ -f "$run/longer.jsonl" ] || "$fathom" problems --as chat --count 150000 --seed 11 \
  --family addition=2 --family subtraction=2 --family multiplication=2 --family division=2 \
  --family word-problems=4 --family fractions=2 --family expressions=2 --family equations=3 \
  --family tracing=2 $refused --out "$run/longer.jsonl"
stage longer sft --model "$run/harder/checkpoints/last" --data "$run/longer.jsonl" \
  --recipe "$here/r1-mini.longer.json"
score longer
ends longer

stage rl rl --model "$run/longer/checkpoints/last" --data generated --steps "${RL_STEPS:-300}"
score rl
ends rl

# Rejection sampling: the model is its own teacher; only right answers are learned from.
stage reject distill --model "$run/rl/checkpoints/last" --teacher "$run/rl/checkpoints/last" \
  --data generated --tasks "${REJECT_TASKS:-10000}" --epochs 1
score reject
ends reject

stage rl2 rl --model "$run/reject/checkpoints/last" --data generated --steps "${RL_STEPS:-300}"
score rl2
ends rl2

[ -f "$run/student/config.json" ] || "$fathom" new --config "$here/r1-student.json" --type f32 \
  --tokenizer "$run/rl2/checkpoints/last" --out "$run/student"
stage distill distill --model "$run/student" --teacher "$run/rl2/checkpoints/last" \
  --data generated --tasks "${DISTILL_TASKS:-20000}"
score distill
