#!/usr/bin/env bash
# Install the real hosts that the slow tests drive, where that is possible; the tests skip plainly where it is not.
set -euo pipefail
packages=()
[ ${#packages[@]} -gt 0 ] || exit 0
