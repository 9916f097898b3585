#!/usr/bin/env bash
# From a fresh clone to satellite tiles drawn as relief maps, in minutes:
#
#   bash tools/quickstart.sh [OUTPUT]        default: quickstart/ in this checkout
#
# Trains preset photos for 3,000 steps on tiles of the globe, translates held-out tiles with it and
# with the shipped translator blue_marble, scores both and exports both directions. Run again, it
# goes on where it stopped. SEED in the environment is the training's seed, 0 without.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
mkdir -p "${1:-$root/quickstart}"
output="$(cd "${1:-$root/quickstart}" && pwd)"
cd "$root"
. tools/env.sh
unit_env demo

bin="$root/.venv/bin"
say() { printf '\n== %s\n' "$*"; }

say "Training preset photos (about seven minutes on two cores)"
"$bin/unit-train" --preset=photos --workdir="$output/quick" --data.source=blue_marble \
  --data.map_width=1350 --run.steps=3000 --run.seed="${SEED:-0}"

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
  $output/quick/report.html         the training on one page, for any browser
END
