#!/usr/bin/env bash
# Every test, in the order in which a failure is cheapest to find. `./run test` and CI call this; nothing else decides what "green" is.
#
# usage: tests/run_all.sh [stage...]   (default: all; stages are listed by -l)
# Each stage prints its own numbers; the last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export VIVARIUM_SERVER=$root/build/release/bin/vivarium-server
logs=$root/build/test-logs
mkdir -p "$logs"

STANDALONE_SEEDS=${STANDALONE_SEEDS:-5000}
SMOKE_SEEDS=${SMOKE_SEEDS:-20000}
STD5_SEEDS=${STD5_SEEDS:-1000}
ANY_SEEDS=${ANY_SEEDS:-3000}
DETERMINISM_SEEDS=${DETERMINISM_SEEDS:-500}
FUZZ_SECONDS=${FUZZ_SECONDS:-10}
KILL_ROUNDS=${KILL_ROUNDS:-5}
NEMESIS_SECONDS=${NEMESIS_SECONDS:-180}
NEMESIS_MIXED_SECONDS=${NEMESIS_MIXED_SECONDS:-60}
# A new base on every commit, yet the same for everybody who tests that commit.
seed_base=$((16#$(git rev-parse HEAD 2>/dev/null | cut -c1-8 || echo 1)))

configure_and_build() {  # preset, targets...
  local preset=$1 fresh=()
  shift
  [ -d "build/$preset" ] || fresh=(-DVIVARIUM_PRECOMPILE=ON)
  cmake --preset "$preset" "${fresh[@]}" && cmake --build --preset "$preset" ${1:+--target "$@"}
}

stage_build() { configure_and_build release; }
stage_unit() { (cd build/release && ctest --output-on-failure -j2); }
stage_compat_raw() { tests/compat/compare.py raw_script.py; }
stage_compat_kazoo() { tests/compat/compare.py kazoo_script.py; }
stage_compat_c_client() { tests/compat/compare.py c_client; }
stage_compat_zkcli() { tests/compat/compare.py zkcli_script.py; }
stage_compat_cli() {
  tests/compat/cli_on_terminal.py && tests/compat/cli_on_terminal.py vivarium && tests/compat/cli_against_zkcli.py &&
    tests/compat/cli_against_zkcli.py vivarium
}
stage_compat_files() { tests/compat/files.py; }
stage_compat_throttles() { tests/compat/throttles.py; }
stage_compat_inspect() { tests/compat/inspect_against_apache.py; }
stage_durability() { tests/blackbox/durability.py "$KILL_ROUNDS"; }
stage_bad_input() { tests/blackbox/bad_input.py; }
stage_mixed() { tests/blackbox/checker_test.py && tests/blackbox/mixed.py; }
stage_clients() { tests/blackbox/clients.py; }
stage_migration() { tests/blackbox/migration.py; }
# Another seed on every commit; the first line of its log replays it.
stage_nemesis() { tests/blackbox/plan_file_test.py && tests/blackbox/nemesis.py --seed "$seed_base" --seconds "$NEMESIS_SECONDS"; }
# With Apache 3.8: one of three, as the member that leads at first or another, or two of three.
stage_nemesis_mixed() {
  local members=(vivarium,apache,vivarium vivarium,vivarium,apache apache,apache,vivarium)
  tests/blackbox/nemesis.py --seed "$seed_base" --seconds "$NEMESIS_MIXED_SECONDS" --members "${members[seed_base % 3]}"
}
stage_scenarios() { tests/blackbox/scenarios.py; }
stage_bad_peers() { tests/blackbox/bad_peers.py; }
simulate() {  # profile, seeds, options...
  local profile=$1 seeds=$2
  shift 2
  build/release/bin/vivarium-sim run --profile "$profile" --seeds "$seed_base..$((seed_base + seeds - 1))" --jobs 2 "$@"
}
stage_sim_standalone() { simulate standalone "$STANDALONE_SEEDS"; }
stage_sim_smoke() { simulate smoke "$SMOKE_SEEDS"; }
stage_sim_std5() { simulate std5 "$STD5_SEEDS"; }
stage_sim_any() { simulate any "$ANY_SEEDS"; }
stage_zoo() { build/release/bin/vivarium-sim zoo --jobs 2; }
stage_determinism() { tests/determinism/compare_builds.sh "$DETERMINISM_SEEDS"; }
# What ships; the tests themselves are built by clang for the sanitizers.
stage_clang() { configure_and_build clang vivarium-server vivarium-cli vivarium-inspect vivarium-bench vivarium-sim; }
stage_sanitizers() {
  configure_and_build asan unit_base unit_wire unit_tree unit_session unit_request unit_zab unit_replica unit_client unit_storage unit_adapters golden &&
    (cd build/asan && ctest --output-on-failure -j2 -R '^(unit_(base|wire|tree|session|request|zab|replica|client|storage|adapters)|golden)$')
}
stage_fuzz() {
  # shellcheck disable=SC2046
  configure_and_build fuzz $(basename -s .cpp fuzz/*.cpp | sed "s/^/fuzz_/") || return 1
  printf '%s\n' build/fuzz/bin/fuzz_* | FUZZ_SECONDS=$FUZZ_SECONDS xargs -P 2 -n 1 tests/support/fuzz_one.sh
}

stages=(build unit compat_raw compat_kazoo compat_c_client compat_zkcli compat_cli compat_files compat_inspect compat_throttles durability bad_input mixed clients migration nemesis nemesis_mixed scenarios bad_peers sim_standalone
        sim_smoke sim_std5 sim_any zoo determinism
        clang sanitizers fuzz)
[ "${1:-}" = -l ] && { printf '%s\n' "${stages[@]}"; exit 0; }
[ $# -gt 0 ] && stages=("$@")

passed=0 failed=0
for stage in "${stages[@]}"; do
  begin=$SECONDS
  if stage_"$stage" >"$logs/$stage.log" 2>&1; then
    verdict=ok passed=$((passed + 1))
  else
    verdict=FAILED failed=$((failed + 1))
  fi
  printf '%-16s %-6s %4d s  %s\n' "$stage" $verdict $((SECONDS - begin)) "$(grep -av '^ *$' "$logs/$stage.log" | tail -n 1 | cut -c1-150)"
  if [ $verdict = FAILED ]; then
    tail -n 60 "$logs/$stage.log" | sed 's/^/    /'
    [ "$stage" = build ] && break
  fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
