#!/usr/bin/env bash
# Records tests/goldens/addons_0_23.npz from TensorFlow Addons 0.23.0 on TensorFlow 2.15.1.
#
#   tools/record_addons_goldens.sh [FILE.npz]
#
# Makes its own environment (Linux x86-64, Python 3.11, about 1.3 GB) in a temporary directory that
# is removed afterwards; set ADDONS_ENV=DIR to keep it there and use it again. A second run records
# identical arrays. Nothing of it touches the project's .venv.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
out="${1:-$root/tests/goldens/addons_0_23.npz}"

python=""
for candidate in ${PYTHON:-python3.11 python3}; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    python="$candidate"
    break
  fi
done
if [ -z "$python" ]; then
  echo "record_addons_goldens.sh: needs Python 3.11 (the last that TensorFlow Addons has wheels for);" \
    "name it with PYTHON=/path/to/python3.11" >&2
  exit 2
fi

env="${ADDONS_ENV:-}"
if [ -z "$env" ]; then
  env="$(mktemp -d)"
  trap 'rm -rf "$env"' EXIT
fi

if ! "$env/bin/python" -c 'import tensorflow_addons' 2>/dev/null; then
  echo "Installing TensorFlow 2.15.1 and TensorFlow Addons 0.23.0 into $env"
  "$python" -m venv "$env"
  "$env/bin/python" -m pip install --quiet --disable-pip-version-check \
    "tensorflow-cpu==2.15.1" "tensorflow-addons==0.23.0" "numpy<2" "setuptools<81"
fi

# One thread and no oneDNN: the same order of additions on every machine.
CUDA_VISIBLE_DEVICES="" TF_CPP_MIN_LOG_LEVEL=2 TF_ENABLE_ONEDNN_OPTS=0 \
  TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \
  "$env/bin/python" -W ignore::UserWarning \
  "$root/tools/record_addons_goldens.py" "$out"
