# Shared by the shell tools: where the project is, which Python, how we speak. Sourced, never run.
# shellcheck shell=bash
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
# The tools choose the language of nothing: dates and sorts of the programs they read stay predictable.
export LC_ALL=${LC_ALL:-C.UTF-8}

say() { printf '%s\n' "$*"; }
die() { printf '\n%s\n' "$*" >&2; exit 1; }

# Print the first Python from 3.11 to 3.13: the one of $PYTHON, else the machine's.
find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    command -v "$name" >/dev/null 2>&1 || continue
    "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
    command -v "$name"
    return 0
  done
  return 1
}
