#!/bin/sh
# The pictures of README and user guide, from the real window, made without a display.
# Argument: where to put them.
set -eu
pictures=${1:-docs/images}
examples() { "$BIN/python" -c "from spectragui.core.package_data import bundled_examples as e; [print(x.path) for x in e()]"; }
one=$(examples | sed -n 1p)
echelle=$(examples | sed -n 2p)
mkdir -p "$pictures"
for theme in light dark; do
    "$BIN/spectragui" "$one" --screenshot "$pictures/parameters-$theme.png" --panel Parameters --theme "$theme" --size 1280x720
done
# shellcheck disable=SC2046 # one word a line
"$BIN/spectragui" $(examples) --screenshot "$pictures/view-light.png" --panel View --theme light --size 1920x1080
for panel in Pipeline Orders; do
    name=$(echo "$panel" | tr '[:upper:]' '[:lower:]')
    "$BIN/spectragui" "$echelle" --screenshot "$pictures/$name-light.png" --panel "$panel" --theme light --size 1280x720
done
"$BIN/spectragui" --screenshot "$pictures/generate-light.png" --panel Generate --theme light --size 1280x720
"$BIN/spectragui" --screenshot "$pictures/start-light.png" --theme light --size 1280x720
