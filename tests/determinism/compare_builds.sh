#!/usr/bin/env bash
# The same seeds must give the same bytes on every compiler and optimisation level: runs them on g++ -O3, g++ -O0, clang -O2 and clang with
# ASan+UBSan, and compares the campaign's trace hash. When two differ it names the first seed that does.
#
# usage: tests/determinism/compare_builds.sh [SEEDS [PROFILE]]
set -euo pipefail
cd "$(dirname "$0")/../.."
seeds=${1:-500}
profile=${2:-smoke}
presets=(o3 debug clang asan)

trace_hash() { "build/$1/bin/vivarium-sim" run --profile "$profile" --seeds "$2" --jobs 2 | grep -ao 'trace [0-9a-f]*' | tail -n 1; }

for preset in "${presets[@]}"; do
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" --target vivarium-sim
done
reference=
for preset in "${presets[@]}"; do
  hash=$(trace_hash "$preset" "1..$seeds")
  echo "$preset: $hash"
  reference=${reference:-$hash}
  if [ -z "$hash" ] || [ "$hash" != "$reference" ]; then
    for seed in $(seq 1 "$seeds"); do
      if [ "$(trace_hash "${presets[0]}" "$seed..$seed")" != "$(trace_hash "$preset" "$seed..$seed")" ]; then
        echo "first seed that differs between ${presets[0]} and $preset: $seed"
        break
      fi
    done
    exit 1
  fi
done
echo "determinism: $seeds $profile seeds, ${#presets[@]} builds, one hash: $reference"
