#!/bin/sh
# Add the system libraries that the window needs, where this is possible and allowed: on Debian or
# Ubuntu, as root or with a sudo that asks nothing. Anywhere else, or without a network: no harm, no noise.
# With --xvfb also what tests on a real screen need: a virtual display, a window manager, a tool that moves
# pointer and keys through the X server (XTEST), and what Qt's X11 plugin wants.
set -u

x11="libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libxcb-cursor0"
wanted="libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 fonts-dejavu-core"
if [ "${1:-}" = "--xvfb" ]; then
    wanted="$wanted xvfb xauth openbox xdotool $x11"
elif [ -n "${DISPLAY:-}" ]; then
    wanted="$wanted $x11"
fi

command -v apt-get >/dev/null 2>&1 || exit 0
command -v dpkg-query >/dev/null 2>&1 || exit 0

# Debian's own Python comes without `venv`.
if [ "$(command -v python3)" = /usr/bin/python3 ] && ! python3 -c "import ensurepip" >/dev/null 2>&1; then
    wanted="$wanted python3-venv"
fi

missing=""
for package in $wanted; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n"
else
    exit 0
fi

echo "Adding system libraries:$missing"
# shellcheck disable=SC2086 # words on purpose
install() {
    $as_root env DEBIAN_FRONTEND=noninteractive timeout 300 \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1
}
install || {
    $as_root timeout 90 apt-get update -qq >/dev/null 2>&1
    install
} || echo "They could not be added; if the window does not open, install them by hand."
exit 0
