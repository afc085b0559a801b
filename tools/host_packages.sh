#!/usr/bin/env bash
# Install the real hosts that `make test` drives, where that is possible; their tests skip plainly where it is not.
set -uo pipefail
[ "${SHIAGE_HOSTS:-}" = 0 ] && exit 0
packages=(krita blender python3-pyqt5 python3-numpy xvfb xauth xdotool x11-apps imagemagick)
lacking() {
  for name in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || echo "$name"
  done
}
mapfile -t missing < <(lacking)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  mapfile -t missing < <(lacking)
fi
[ ${#missing[@]} -eq 0 ] || echo "Not here and not installable by this user, their tests will be skipped: ${missing[*]}"
"$(dirname "$0")/blender_hosts.sh" || true
