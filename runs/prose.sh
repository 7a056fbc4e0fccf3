#!/bin/sh
# A V3 model with 32 experts learns fables, fairy tales and stories, in tens of minutes.
# usage: runs/prose.sh [TEXT [RUN [options of fathom train]]]
# Run it again after it was stopped or killed, and it goes on.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
text=${1:-$here/../../shared/data/prose}
run=${2:-$here/out/prose}
if [ $# -ge 2 ]; then shift 2; else set --; fi
if [ -e "$run/checkpoints/last" ]; then
  "$here/../fathom" train --resume "$run"
else
  "$here/../fathom" train --config "$here/prose.json" --recipe "$here/prose.recipe.json" \
    --data "$text" --out "$run" "$@"
fi
"$here/../fathom" report "$run"
echo "Talk to it:  ./fathom generate --model $run/checkpoints/last --prompt 'Once upon a time' --max-tokens 100"
