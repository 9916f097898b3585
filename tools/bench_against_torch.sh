#!/usr/bin/env bash
# Holds a train step of ours against the same networks and losses in PyTorch; prints a table.
#
#   tools/bench_against_torch.sh [--preset=munit2018] [--image_size=256] [--rounds=2] [--steps=2] ...
#   tools/bench_against_torch.sh --help
#
# Makes PyTorch 2.9.1 an environment of its own in a temporary directory that is removed afterwards
# (about 7 GB on Linux, where PyPI's PyTorch brings CUDA with it); set TORCH_ENV=DIR to keep it there
# and use it again. Nothing of it touches the project's .venv, which tools/env.sh makes.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$root/tools/env.sh"
unit_env

tool="$root/tools/against_torch/compare_steps.py"
case " $* " in *" --help "* | *" -h "*) exec "$UNIT_PYTHON" "$tool" --help ;; esac
"$UNIT_PYTHON" "$tool" --only_flags "$@"

env="${TORCH_ENV:-}"
if [ -z "$env" ]; then
  env="$(mktemp -d)"
  trap 'rm -rf "$env"' EXIT
fi

if ! "$env/bin/python" -c 'import torch, numpy' 2>/dev/null; then
  echo "Installing PyTorch 2.9.1 into $env" >&2
  "$UNIT_PYTHON" -m venv "$env"
  "$env/bin/python" -m pip install --quiet --disable-pip-version-check "torch==2.9.1" numpy
fi

"$UNIT_PYTHON" "$tool" --torch_python="$env/bin/python" "$@"
