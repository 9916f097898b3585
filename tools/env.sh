# Sourced by the other scripts; works with bash 3.2 (macOS) and later.
#
#   . "$root/tools/env.sh"
#   unit_env test           # extras of setup.py, comma-separated; or none
#
# unit_env finds Python 3.10-3.13 (only $PYTHON, where that is set), makes .venv in the repository
# root where there is none, and installs this checkout into it with the extras. A stamp inside .venv
# records what was installed, so that a second call does nothing and needs no network. Afterwards
# $UNIT_PYTHON is .venv's interpreter. When something is missing it says so in one line and exits 2.

UNIT_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
UNIT_PYTHON="$UNIT_ROOT/.venv/bin/python"

unit_fail() {
  echo "$*" >&2
  exit 2
}

# unit_python_is_usable INTERPRETER: it runs, and its version is one that TensorFlow 2.21 has.
unit_python_is_usable() {
  "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

# Prints an interpreter that can make environments.
unit_find_python() {
  local candidate without_venv=""
  for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.10; do
    if unit_python_is_usable "$candidate"; then
      if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "$candidate"
        return
      fi
      without_venv="${without_venv:-$candidate}"
    fi
    if [ -n "${PYTHON:-}" ]; then break; fi # named: no other will do
  done
  if [ -n "$without_venv" ]; then
    unit_fail "$without_venv has no venv module; install it (Debian, Ubuntu: apt install python3-venv)"
  elif [ -n "${PYTHON:-}" ]; then
    unit_fail "PYTHON=$PYTHON is not a Python 3.10, 3.11, 3.12 or 3.13"
  fi
  unit_fail "needs Python 3.10, 3.11, 3.12 or 3.13 on the PATH, or its name in PYTHON; found none"
}

unit_make_venv() {
  local python
  if [ ! -e "$UNIT_ROOT/.venv" ]; then
    python="$(unit_find_python)" || exit 2
    echo "Making .venv with $("$python" -V)"
    "$python" -m venv "$UNIT_ROOT/.venv" || {
      rm -rf "$UNIT_ROOT/.venv"
      unit_fail "could not make $UNIT_ROOT/.venv"
    }
  fi
  if ! unit_python_is_usable "$UNIT_PYTHON" || ! "$UNIT_PYTHON" -c 'import pip' 2>/dev/null; then
    unit_fail "$UNIT_ROOT/.venv is not a whole Python 3.10-3.13 environment; remove it and run again"
  fi
}

# unit_pip ARGUMENTS: pip, heard only when it fails.
unit_pip() {
  local log status=0
  log="$(mktemp)"
  (cd "$UNIT_ROOT" && "$UNIT_PYTHON" -m pip --disable-pip-version-check "$@") >"$log" 2>&1 ||
    status=$?
  if [ "$status" -ne 0 ]; then cat "$log" >&2; fi
  rm -f "$log"
  return "$status"
}

# unit_install EXTRAS: what pip would be asked to do is in the stamp; the same again is skipped.
unit_install() {
  local what=".${1:+[$1]}" stamp="$UNIT_ROOT/.venv/unit_tf-installed-${1:-none}" want
  want="$UNIT_ROOT $(cat "$UNIT_ROOT/setup.py" "$UNIT_ROOT/pyproject.toml" | cksum)"
  if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then return; fi
  echo "Installing $what into .venv; fetching TensorFlow takes minutes and 3 GB of disk the first time"
  unit_pip install --upgrade pip || echo "pip was not upgraded; going on with the one at hand" >&2
  unit_pip install --no-compile --editable "$what" ||
    unit_fail "could not install $what (pip says why above); is there a network?"
  # On every core, where pip has one at work; a few files of packages are no Python that runs.
  "$UNIT_PYTHON" -m compileall -q -j 0 "$UNIT_ROOT/.venv/lib" >/dev/null 2>&1 || true
  echo "$want" >"$stamp"
}

unit_env() {
  unit_make_venv
  unit_install "${1:-}"
}
