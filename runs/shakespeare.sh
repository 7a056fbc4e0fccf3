#!/bin/sh
# A V3 model of 2.0 million parameters learns Shakespeare, in minutes.
# usage: runs/shakespeare.sh [TEXT [RUN [options of fathom train]]]
# Run it again after it was stopped or killed, and it goes on.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
text=${1:-$here/../../shared/data/tinyshakespeare/input.txt}
run=${2:-$here/out/shakespeare}
if [ $# -ge 2 ]; then shift 2; else set --; fi
if [ -e "$run/checkpoints/last" ]; then
  "$here/../fathom" train --resume "$run"
else
  "$here/../fathom" train --config "$here/shakespeare.json" --recipe "$here/shakespeare.recipe.json" \
    --data "$text" --out "$run" "$@"
fi
"$here/../fathom" report "$run"
echo "Talk to it:  ./fathom generate --model $run/checkpoints/last --prompt 'ROMEO:' --max-tokens 100"
