#!/bin/sh
# Balancing of 32 experts by biases, by biases beside a weak sequence-wise loss, by an auxiliary loss (weak, and strong enough
# to balance as well), and not at all, on the same text; 15 to 30 minutes each on one core.
# usage: runs/balance.sh [TEXT [RUNS [options of fathom train]]]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
text=${1:-$here/../../shared/data/prose}
runs=${2:-$here/out/balance}
if [ $# -ge 2 ]; then shift 2; else set --; fi
mkdir -p "$runs"
for kind in bias both auxiliary strong none; do
  case $kind in
    bias) losses='{"bias_update": "proportional", "bias_update_speed": 0.02}' ;;
    both) losses='{"bias_update": "proportional", "bias_update_speed": 0.02, "balance_factor": 0.003}' ;;
    auxiliary) losses='{"bias_update_speed": 0.0, "balance_factor": 0.01}' ;;
    strong) losses='{"bias_update_speed": 0.0, "balance_factor": 0.05}' ;;
    none) losses='{"bias_update_speed": 0.0, "balance_factor": 0.0}' ;;
  esac
  if [ -e "$runs/$kind/checkpoints/last" ]; then
    "$here/../fathom" train --resume "$runs/$kind"
    continue
  fi
  sed "s/\"losses\": .*/\"losses\": $losses,/" "$here/balance.recipe.json" > "$runs/$kind.recipe.json"
  "$here/../fathom" train --config "$here/balance.json" --recipe "$runs/$kind.recipe.json" \
    --data "$text" --out "$runs/$kind" "$@"
done
echo "Compare them:  ./fathom dashboard $runs"
