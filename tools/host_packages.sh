#!/usr/bin/env bash
# Install the real hosts that `make hosts` drives, where that is possible; their tests skip plainly where it is not.
set -euo pipefail
packages=(krita blender python3-pyqt5 python3-numpy xvfb xauth xdotool x11-apps imagemagick)
missing=()
for name in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  else
    echo "Not here, their tests will be skipped: ${missing[*]}"
  fi
fi
"$(dirname "$0")/blender_hosts.sh"
