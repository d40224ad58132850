#!/usr/bin/env bash
# tools/install_hooks.sh   makes git run tools/hooks/ in this clone. Undo: git config --unset core.hooksPath
set -euo pipefail
cd "$(dirname "$0")/.."
git config core.hooksPath tools/hooks
echo "hooks: git runs tools/hooks/ before every commit in this clone"
