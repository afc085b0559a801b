#!/usr/bin/env bash
# Build the virtual environment: tools/setup.sh FOLDER
# Installs the system packages that OpenCV needs where it may, says which are missing where it may not.
set -euo pipefail
venv=${1:?the folder for the virtual environment}
cd "$(dirname "$0")/.."

python=""
for name in python3.11 python3.12 python3.13 python3; do
  if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=$name
    break
  fi
done
if [ -z "$python" ]; then
  echo "shiage needs Python 3.11 or later: on Debian or Ubuntu, 'apt-get install python3.11 python3.11-venv'." >&2
  exit 1
fi

wanted=()
have_library() { ldconfig -p 2>/dev/null | grep -q "$1"; }
have_library 'libGL\.so\.1' || wanted+=(libgl1)
have_library 'libglib-2\.0\.so\.0' || wanted+=(libglib2.0-0)
"$python" -c 'import ensurepip, venv' 2>/dev/null || wanted+=("$(basename "$(readlink -f "$(command -v "$python")")")-venv")
if [ ${#wanted[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"
  else
    echo "These system packages are missing; install them first: sudo apt-get install ${wanted[*]}" >&2
    exit 1
  fi
fi

rm -f "$venv/ready"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24'
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
"$venv/bin/python" tools/warm.py
touch "$venv/ready"
echo "Ready: $venv/bin/shiage --help"
