#!/bin/sh
# Use an installed wheel as a new user would: another home, another folder, none of the checkout.
# Arguments: the bin folder of the environment, a scratch folder, the checkout (which must not be used).
set -eu
bin=$1 scratch=$2 checkout=$3

mkdir -p "$scratch/home" "$scratch/night"
cd "$scratch/night"
export HOME="$scratch/home"
unset PYTHONPATH SPECTRAGUI_SHARED DISPLAY WAYLAND_DISPLAY
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME

"$bin/spectragui" --version
package=$("$bin/python" -c "import spectragui, os; print(os.path.dirname(spectragui.__file__))")
case "$package" in
    "$checkout"/*) echo "the checkout was imported, not the wheel" >&2; exit 1 ;;
esac
du -sm "$package" | awk '{ print "installed: " $1 " MB"; if ($1 > 120) exit 1 }'

example=$("$bin/python" -c "from spectragui.core.package_data import bundled_examples as e; print(e()[0].path)")
"$bin/spectragui" info "$example"
"$bin/spectragui" models list
"$bin/spectragui" predict "$example" -o results.ecsv
"$bin/spectragui" predict "$example"
"$bin/python" - <<'CHECK'
from astropy.table import Table

table = Table.read("results.ecsv")
assert len(table) == 1, table
assert 3000 < float(table["teff"][0]) < 10000, table["teff"]
assert str(table["teff"].unit) == "K"
CHECK
"$bin/spectragui" "$example" --screenshot window.png --panel Parameters --size 1280x720
test -s window.png
echo "The wheel works."
