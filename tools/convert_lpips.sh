#!/usr/bin/env bash
# Writes what LPIPS needs as .npz files without pickles: tools/convert_lpips.py says what.
#
#   tools/convert_lpips.sh linear lpips_vgg.npz                    for --lpips_weights
#   tools/convert_lpips.sh vgg vgg16-397923af.pth vgg16.npz        for --vgg_weights
#   tools/convert_lpips.sh goldens tests/goldens/lpips_0_1.npz     for the tests
#
# Makes its own environment (PyTorch 2.13.0, lpips 0.1.4, about 1.1 GB with PyTorch for CPUs) in a
# temporary directory that is removed afterwards; set LPIPS_ENV=DIR to keep it there and use it again.
# PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu has the small PyTorch where pip's usual
# place has only the one for GPUs. Nothing of it touches the project's .venv. A second run writes
# identical arrays. torchvision's weights are not fetched: you name the file.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Before a gigabyte is fetched for a mistyped word; convert_lpips.py checks the rest.
case "${1:-} $#" in
  "linear 2" | "goldens 2") ;;
  "vgg 3")
    if [ ! -f "$2" ]; then
      echo "convert_lpips: $2: no such file; torchvision's VGG16 weights are wanted" >&2
      exit 2
    fi
    ;;
  "-h 1" | "--help 1")
    sed -n '/^# /s/^# //p; /^set /q' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *)
    echo "convert_lpips: usage: linear FILE.npz, vgg VGG16.pth FILE.npz or goldens FILE.npz" >&2
    exit 2
    ;;
esac

env="${LPIPS_ENV:-}"
if [ -z "$env" ]; then
  env="$(mktemp -d)"
  trap 'rm -rf "$env"' EXIT
fi

if ! "$env/bin/python" -c 'import torch, scipy, tqdm, importlib.metadata as m; m.version("lpips")' \
  2>/dev/null; then
  echo "Installing PyTorch 2.13.0 and lpips 0.1.4 into $env" >&2
  "${PYTHON:-python3}" -m venv "$env"
  "$env/bin/python" -m pip install --quiet --disable-pip-version-check \
    "torch==2.13.0" "numpy>=2,<3" scipy tqdm
  # By itself it would bring torchvision, which it needs for weights that nobody asks it for here.
  "$env/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "lpips==0.1.4"
fi

# One thread: the same order of additions on every machine.
OMP_NUM_THREADS=1 PYTHONPATH="$root" "$env/bin/python" "$root/tools/convert_lpips.py" "$@"
