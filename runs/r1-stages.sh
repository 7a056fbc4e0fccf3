# What the R1 pipelines share; sourced with `here` and `run` set.
fathom=$here/../fathom
requests=${REQUESTS:-$here/../../shared/data/instructions/train.jsonl}
mkdir -p "$run"

# What is hard to learn is practised more often.
harder="--family tracing=6 --family countdown=6 --family sorting=5 --family remainder=4 \
  --family word-problems=5 --family equations=5 --family fractions=4 --family units=3 \
  --family division=3 --family subtraction=3 --family expressions=3 --family addition=2 \
  --family multiplication=2 --family sequences=3 --family comparison=2 --family calendar=2 \
  --family time=2 --family completion=2"

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
    "$fathom" evaluate --model "$run/$1/checkpoints/last" --suite generated --max-tokens 1000 \
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

# Conversations as text from the training side of the fence, half of them results without their steps
# as people often write, and a base model that has read them.
base() {
  # shellcheck disable=SC2046,SC2086 # options
  [ -f "$run/practice.jsonl" ] || "$fathom" problems --as text --count "${PRACTICE:-1000000}" --seed 21 \
    --guesses 50 --dialogues 10 $harder $(unanswerable) --out "$run/practice.jsonl"
  [ -f "$run/data/train-00000.tokens" ] || "$fathom" prepare "$run/practice.jsonl" --conversations \
    --held-out 0.002 --vocabulary 640 --seed 1 --out "$run/data"
  stage pretrain train --config "$here/r1-mini.json" --recipe "$here/r1-mini.pretrain.json" \
    --data "$run/data"
}

# A base, and the few thousand conversations that teach it the form of an answer.
cold_start() {
  base
  # shellcheck disable=SC2046,SC2086 # options
  [ -f "$run/cold-start.jsonl" ] || "$fathom" problems --as chat --count 6000 --seed 33 --guesses 62 \
    $harder $(unanswerable) --out "$run/cold-start.jsonl"
  stage sft sft --model "$run/pretrain/checkpoints/last" --data "$run/cold-start.jsonl" \
    --recipe "$here/r1-mini.sft.json"
  score sft
}

# What ships: Q8_0, and a template that shows the model the last question only, as it was trained.
ship() { # STAGE
  rm -rf "${run:?}/fathom-r1-mini"
  cp -rL "$run/$1/checkpoints/last" "$run/fathom-r1-mini"
  rm -rf "${run:?}/fathom-r1-mini/training"
  cp "$here/r1-mini.template.jinja" "$run/fathom-r1-mini/chat_template.jinja"
  "$fathom" convert "$run/fathom-r1-mini" "$run/fathom-r1-mini.gguf" --type q8_0
}
