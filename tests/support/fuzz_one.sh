#!/usr/bin/env bash
# Runs one fuzz target on its kept corpus for FUZZ_SECONDS; what it finds new stays in build/fuzz/work. Prints its last lines when it fails.
set -uo pipefail
name=${1##*/fuzz_}
work=build/fuzz/work/$name
mkdir -p "$work" "fuzz/corpus/$name"
if "$1" -max_total_time="${FUZZ_SECONDS:-15}" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$work/crash-" "$work" "fuzz/corpus/$name" \
  >"$work.log" 2>&1; then
  echo "fuzz_$name: $(grep -ao 'Done [0-9]* runs.*' "$work.log" | tail -n 1)"
else
  tail -n 30 "$work.log"
  exit 1
fi
