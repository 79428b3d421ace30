#!/bin/bash
# Who may include whom, and how long a file may be (docs/ARCHITECTURE, "two worlds, one kernel" and "the rooms").
#   kernel: kernel headers, Boost.Container and Boost.Unordered, a white list of std headers; between its rooms the
#           arrows go one way: base <- wire <- tree <- session <- request <- zab <- replica; client sits on wire.
#   sim:    kernel and adapters/storage, nothing else of adapters.   adapters: never sim.
# usage: include_rules.sh SOURCE_DIR
set -euo pipefail
cd "$1"
bad=0
complain() { echo "$1"; bad=1; }

std='algorithm|array|bit|compare|cstddef|cstdint|cstring|functional|initializer_list|iterator|limits|memory|new|optional|span|string_view|tuple|type_traits|utility|variant'
boost='boost/container/[a-z_/]+\.hpp|boost/unordered/[a-z_/]+\.hpp|boost/throw_exception\.hpp|boost/assert\.hpp|exception'
quoted='[<"]([^">]+)[">]'
# Sets `rank`.
room_rank() {
  case $1 in
    kernel/base/*) rank=0 ;;
    kernel/wire/* | kernel/client/*) rank=1 ;;
    kernel/tree/*) rank=2 ;;
    kernel/session/*) rank=3 ;;
    kernel/request/*) rank=4 ;;
    kernel/zab/*) rank=5 ;;
    *) rank=6 ;;
  esac
}
# The boundary's vocabulary (inputs, effects, settings) is a leaf that every room may speak.
is_vocabulary() { [[ $1 =~ ^kernel/(config|effect|input|inspect)\.h$ ]]; }

while IFS=: read -r file include; do
  [[ $include =~ $quoted ]] && name=${BASH_REMATCH[1]}
  if [[ $include == *'<'* ]]; then
    [[ $name =~ ^($std)$ ]] && continue
    [[ $file =~ ^kernel/base/ && $name =~ ^($boost)$ ]] && continue
    complain "$file includes <$name>: not on the kernel's list"
  else
    [[ $name == kernel/* ]] || { complain "$file includes \"$name\": the kernel includes only itself"; continue; }
    room_rank "$file" && from=$rank
    room_rank "$name" && to=$rank
    is_vocabulary "$name" && [ "$from" -ge 3 ] && continue
    [[ $file == kernel/client/* && $name == kernel/client/* ]] && continue
    [[ $file != kernel/client/* && $name == kernel/client/* ]] && complain "$file includes $name: nothing sits on client"
    [ "$to" -le "$from" ] || complain "$file includes $name: the arrow points back"
  fi
done < <(grep -rHoE '^#include [<"][^">]+[">]' kernel --include='*.h' --include='*.cpp')

while IFS=: read -r file include; do
  [[ $include =~ $quoted ]] && name=${BASH_REMATCH[1]}
  case $file in
    sim/*) [[ $name =~ ^(sim|kernel|adapters/storage)/ ]] || complain "$file includes $name: sim sees kernel and adapters/storage" ;;
    adapters/*) [[ $name == sim/* ]] && complain "$file includes $name: adapters never see sim" ;;
  esac
done < <(grep -rHoE '^#include "[^"]+"' sim adapters --include='*.h' --include='*.cpp')

while read -r lines file; do
  [ "$file" = total ] && continue
  [ "$lines" -le 700 ] || complain "$file has $lines lines; no file is longer than 700"
done < <(find kernel sim adapters cmd fuzz tests -name '*.h' -o -name '*.cpp' | xargs wc -l)

exit $bad
