#!/usr/bin/env bash
# Everything that must hold before a change lands: lint, direction of imports, tests.
#
#   tools/test.sh [ARGUMENTS FOR PYTEST]     e.g. tools/test.sh tests/layers -k norm
#   UNIT_TEST_SLOW=1 tools/test.sh           with the tests marked slow: more cases of the same
#
# On Python 3.12 and later line coverage of unit_tf and export is printed. Without arguments less than
# 90 % is a failure; a selection of tests cannot be held to that. UNIT_TEST_WORKERS=0 runs in one
# process (for pdb).
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
. tools/env.sh
unit_env test

export TF_CPP_MIN_LOG_LEVEL="${TF_CPP_MIN_LOG_LEVEL:-2}"
# Three processes share two cores, as each waits now and then, for a server, a page or a command: one
# thread each inside an op, and no grabbing a whole GPU.
workers="${UNIT_TEST_WORKERS:-3}"
if [ "$workers" -gt 0 ]; then
  export TF_NUM_INTRAOP_THREADS="${TF_NUM_INTRAOP_THREADS:-1}"
  export TF_FORCE_GPU_ALLOW_GROWTH="${TF_FORCE_GPU_ALLOW_GROWTH:-true}"
fi

selected="not slow"
if [ -n "${UNIT_TEST_SLOW:-}" ]; then selected=""; fi

# Python 3.12 and later tell of each line once, which costs next to nothing. Before, counting makes
# TensorFlow's Python take up to half as long again: there tests run without.
coverage=()
if "$UNIT_PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
  export COVERAGE_CORE="${COVERAGE_CORE:-sysmon}"
  # Whole paths, so that coverage finds the sources from processes started in other directories.
  coverage=(--cov="$root/unit_tf" --cov="$root/export" --cov-report=term)
  if [ "$#" -eq 0 ]; then coverage+=(--cov-fail-under=90); fi
fi

"$UNIT_PYTHON" -m ruff check --output-format concise .
"$UNIT_PYTHON" tools/import_direction.py

# Files are handed out as tests/conftest.py orders them: by itself xdist puts those of few tests
# last, which are the long ones.
exec "$UNIT_PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder -m "$selected" \
  ${coverage[@]+"${coverage[@]}"} "$@"
