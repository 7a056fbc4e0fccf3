#!/bin/sh
# R1-Zero: GRPO alone, from the base model, with the R1-Zero template and no fine-tuning before.
# usage: runs/r1-zero-mini.sh [RUN]   Run it again after it was stopped or killed, and it goes on.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
run=${1:-$here/out/r1-mini}
# shellcheck disable=SC2034 # read by r1-stages.sh
last=none
# shellcheck source=runs/r1-stages.sh
. "$here/r1-stages.sh"

base
stage zero rl --model "$run/pretrain/checkpoints/last" --data generated --template r1-zero \
  --recipe "$here/r1-mini.rl.json"
