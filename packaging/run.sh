#!/bin/sh
# What `make run` does: open the window on a bundled example, or, where there is no display, do the
# same without one: predict, print the table, and write the picture of the window.
set -u

example=${1:-}
if [ -z "$example" ]; then
    example=$("$BIN/python" -c "from spectragui.core.package_data import bundled_examples as e; print(e()[0].path)") || exit 1
fi

if [ "$(uname)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    "$BIN/spectragui" "$example"
    status=$?
    # Qt aborts (134) where DISPLAY is set but nothing listens there.
    [ "$status" = 134 ] || exit "$status"
    echo "The display ${DISPLAY:-} could not be opened."
fi

picture=${PICTURE:-screenshots/first-window.png}
echo "There is no display here, so the window is not opened. The same job without it:"
echo
"$BIN/spectragui" predict "$example" || exit 1
mkdir -p "$(dirname "$picture")"
"$BIN/spectragui" "$example" --screenshot "$picture" --panel Parameters --size 1280x720 || exit 1
echo
echo "The window as it would look: $picture"
