#!/bin/sh
# Make the virtual environment and install SpectraGUI into it with the tested set of versions.
# Called by the Makefile with PYTHON, VENV and, for another build of torch, TORCH_INDEX.
set -eu

if [ -z "${PYTHON:-}" ]; then
    echo "No Python 3.11 or newer was found. Install one, or say where it is: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
echo "Setting up $VENV with $PYTHON (once; a minute or two) ..."
"$PYTHON" -m venv --clear "$VENV" || {
    echo "$PYTHON cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv" >&2
    exit 1
}

pip() { "$VENV/bin/python" -m pip --disable-pip-version-check -qq "$@"; }

if [ -n "${TORCH_INDEX:-}" ]; then
    pip install --constraint packaging/constraints.txt --index-url "$TORCH_INDEX" torch
fi
pip install --constraint packaging/constraints.txt --editable ".[test]"
echo "$VENV is ready."
