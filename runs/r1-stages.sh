# What the R1 pipelines share; sourced with `here` and `run` set.
fathom=$here/../fathom
requests=${REQUESTS:-$here/../../shared/data/instructions/train.jsonl}
mkdir -p "$run"

# A stage is begun, or gone on with if it was begun; it is done when its last step is kept.
stage() { # NAME COMMAND options of its start
  name=$1 command=$2
  shift 2
  if [ -f "$run/$name.done" ]; then return; fi
  if [ -e "$run/$name/checkpoints/last" ] || [ -e "$run/$name/run.json" ]; then
    "$fathom" "$command" --resume "$run/$name"
  else
    rm -rf "${run:?}/$name"
    "$fathom" "$command" --out "$run/$name" "$@"
  fi
  "$fathom" report "$run/$name" || true
  : >"$run/$name.done"
}

# Held-out problems, greedy, after a stage; a killed evaluation goes on.
score() { # NAME
  [ -f "$run/$1.evaluation/result.json" ] ||
    "$fathom" evaluate --model "$run/$1/checkpoints/last" --suite generated --max-tokens 600 \
      --out "$run/$1.evaluation"
}

# Ends the script after the stage that was asked for.
ends() { # NAME
  if [ "$last" = "$1" ]; then
    echo "Stopped after $1: $run"
    exit 0
  fi
}

# Worked conversations from the training side of the fence, and a base model that has read them.
base() {
  refused=""
  [ ! -f "$requests" ] || refused="--unanswerable $requests"
  # shellcheck disable=SC2086 # options
  [ -f "$run/practice.jsonl" ] || "$fathom" problems --as text --count 260000 --seed 1 \
    --family multiplication=2 --family division=2 --family word-problems=4 --family fractions=3 \
    --family countdown=3 --family expressions=2 --family equations=2 --family tracing=2 \
    --family remainder=2 $refused --out "$run/practice.jsonl"
  [ -f "$run/data/train-00000.tokens" ] || "$fathom" prepare "$run/practice.jsonl" --conversations \
    --held-out 0.004 --vocabulary 640 --seed 1 --out "$run/data"
  stage pretrain train --config "$here/r1-mini.json" --recipe "$here/r1-mini.pretrain.json" \
    --data "$run/data"
}
