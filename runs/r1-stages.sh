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

# The option that adds requests to turn down, if they are at hand.
unanswerable() {
  [ ! -f "$requests" ] || printf '%s %s' --unanswerable "$requests"
}

# Worked conversations from the training side of the fence, and a base model that has read them.
base() {
  # shellcheck disable=SC2046 # options
  [ -f "$run/practice.jsonl" ] || "$fathom" problems --as text --count 420000 --seed 21 \
    --family subtraction=2 --family multiplication=2 --family division=2 --family word-problems=4 \
    --family fractions=2 --family countdown=3 --family expressions=2 --family equations=2 \
    --family tracing=3 --family remainder=2 --family sorting=2 --family sequences=2 \
    --family comparison=2 $(unanswerable) --out "$run/practice.jsonl"
  [ -f "$run/data/train-00000.tokens" ] || "$fathom" prepare "$run/practice.jsonl" --conversations \
    --held-out 0.002 --vocabulary 640 --seed 1 --out "$run/data"
  stage pretrain train --config "$here/r1-mini.json" --recipe "$here/r1-mini.pretrain.json" \
    --data "$run/data"
}

# What ships: Q8_0, and a template that shows the model the last question only, as it was trained.
ship() { # STAGE
  rm -rf "${run:?}/fathom-r1-mini"
  cp -rL "$run/$1/checkpoints/last" "$run/fathom-r1-mini"
  rm -rf "${run:?}/fathom-r1-mini/training"
  cp "$here/r1-mini.template.jinja" "$run/fathom-r1-mini/chat_template.jinja"
  "$fathom" convert "$run/fathom-r1-mini" "$run/fathom-r1-mini.gguf" --type q8_0
}
