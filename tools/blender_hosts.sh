#!/usr/bin/env bash
# Make the Blenders that tests/hosts/blender drives: bpy wheels in venvs of their own (legacy Grease Pencil and v3), and
# the system's Blender with Xvfb where apt can install them. What can't be made is skipped by the tests.
set -uo pipefail
cache="${XDG_CACHE_HOME:-$HOME/.cache}/shiage-test-hosts"
python="${PYTHON:-python3.11}"
mkdir -p "$cache"

make_venv() { # name, requirements...
  local place="$cache/bpy-$1"
  shift
  [ -x "$place/bin/python" ] && return
  "$python" -m venv "$place" && "$place/bin/pip" install --quiet "$@" || { rm -rf "$place"; return 1; }
}

make_venv 4.2 "bpy==4.2.23" "numpy<2" || echo "bpy 4.2 can't be installed; its tests are skipped"
make_venv 4.5 "bpy==4.5.15" numpy || echo "bpy 4.5 can't be installed; its tests are skipped"
make_venv 5.0 "bpy==5.0.1" numpy || echo "bpy 5.0 can't be installed; its tests are skipped"

python="${PYTHON_NEWEST:-python3.13}" # from 5.1 on Blender runs this one
if "$python" -c "" 2>/dev/null; then
  make_venv 5.2 "bpy==5.2.3" numpy || echo "bpy 5.2 can't be installed; its tests are skipped"
else
  echo "no $python; the tests in Blender 5.2 are skipped"
fi

if ! command -v blender >/dev/null || ! command -v xvfb-run >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      blender python3-numpy xvfb xauth x11-apps imagemagick >/dev/null || echo "no system Blender; its tests are skipped"
  else
    echo "no system Blender (install blender, python3-numpy, xvfb); its tests are skipped"
  fi
fi
