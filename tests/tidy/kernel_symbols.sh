#!/bin/bash
# The kernel must be pure: fails on any undefined symbol of libvivarium_kernel.a outside a short white list, so that no
# I/O, clock, thread, lock, entropy, environment, locale, stdio or exception can come in through any header.
# usage: kernel_symbols.sh LIBRARY
set -euo pipefail
library=$1

allowed='^(memcpy|memmove|memset|memcmp|memchr|bcmp|strlen'
allowed+='|operator new(\[\])?\(unsigned long\)|operator delete(\[\])?\(void\*(, unsigned long)?\)'
allowed+='|operator new(\[\])?\(unsigned long, std::align_val_t\)|operator delete(\[\])?\(void\*(, unsigned long)?, std::align_val_t\)'
allowed+='|vivarium::panic\(char const\*, char const\*, int\)'
# Boost.Unordered's load factor, which decides when a look-up table grows and nothing that could be seen.
allowed+='|ceilf?'
# Put in by the compiler: stack protection, and bit counting where the machine has no instruction for it.
allowed+='|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__popcountdi2)$'

defined=$(nm -C --defined-only "$library" 2>/dev/null | awk 'NF >= 3 { $1 = ""; $2 = ""; sub(/^  /, ""); print }' | sort -u)
undefined=$(nm -C -u "$library" 2>/dev/null | awk '$1 == "U" { $1 = ""; sub(/^ /, ""); print }' | sort -u)
foreign=$(comm -23 <(echo "$undefined") <(echo "$defined"))
bad=$(echo "$foreign" | grep -Ev "$allowed" || true)
if [ -n "$bad" ]; then
  echo "the kernel reaches outside itself:"
  echo "$bad"
  exit 1
fi
echo "$(echo "$foreign" | wc -l) foreign symbols, all allowed"
