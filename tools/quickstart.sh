#!/usr/bin/env bash
# From a fresh clone to satellite tiles drawn as relief maps, in minutes:
#
#   bash tools/quickstart.sh [OUTPUT]        default: quickstart/ in this checkout
#
# Trains preset blue_marble_quick, translates held-out tiles with it and with the shipped translator
# blue_marble, scores both and exports both directions. Run again, it goes on where it stopped.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
mkdir -p "${1:-$root/quickstart}"
output="$(cd "${1:-$root/quickstart}" && pwd)"
cd "$root"
. tools/env.sh
unit_env demo

bin="$root/.venv/bin"
say() { printf '\n== %s\n' "$*"; }

say "Training preset blue_marble_quick (about five minutes on two cores)"
"$bin/unit-train" --preset=blue_marble_quick --workdir="$output/quick"

say "Translating held-out satellite tiles with it and with the shipped translator"
"$UNIT_PYTHON" tools/write_test_tiles.py --workdir="$output/quick" --output="$output/tiles"
for which in quick blue_marble; do
  workdir="$which"
  if [ "$which" = quick ]; then workdir="$output/quick"; fi
  "$bin/unit-translate" --workdir="$workdir" --direction=a2b --input="$output/tiles/a" \
    --output="$output/translated/$which"
done

say "Scoring the translator that was just trained"
"$bin/unit-evaluate" --workdir="$output/quick" --output="$output/evaluation/quick"
say "Scoring the shipped translator"
"$bin/unit-evaluate" --workdir=blue_marble --output="$output/evaluation/blue_marble"
"$UNIT_PYTHON" tools/side_by_side.py --output="$output/grids.png" \
  --images="$output/evaluation/quick/grid_a2b.png,$output/evaluation/blue_marble/grid_a2b.png" \
  --titles="trained just now,shipped"

say "Exporting both directions"
"$bin/unit-export" --workdir="$output/quick" --output="$output/export"

cat <<END

Done. Look at:
  $output/grids.png                 input | translation | truth: trained just now, and shipped
  $output/evaluation/               the grids one by one, b2a too, and the scores as JSON
  $output/translated/               every held-out tile, translated
  $output/export/                   SavedModels for TF Serving, TFLite models for phones
  $output/quick/logs                TensorBoard: $bin/tensorboard --logdir "$output/quick/logs"
END
