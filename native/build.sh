#!/bin/sh
# Makes the optional kernels for this machine, unless they are there and no older than their sources, and prints the
# library's file: build.sh [FOLDER]. Needs g++ (or $CXX), nothing else.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
# Processors differ in their instructions, so a library says by its name whose it uses.
processor=$(grep -m 1 -E '^(flags|Features)' /proc/cpuinfo 2>/dev/null | cksum | cut -d ' ' -f 1)
folder=${1:-$here/target}
library=$folder/libgenrec_kernels-$processor.so
if [ -f "$library" ] && [ -z "$(find "$here" -type f ! -path "$here/target/*" -newer "$library")" ]; then
  echo "$library"
  exit
fi

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# All files at once: each takes a second or two.
compilers=
for source in "$here"/*.cpp; do
  "${CXX:-g++}" -std=c++17 -O3 -march=native -mprefer-vector-width=512 -ffp-contract=fast \
    -fno-math-errno -fno-trapping-math -fvisibility=hidden -fPIC -Wall -Wextra -Wno-psabi -Wno-ignored-attributes \
    -c -o "$objects/$(basename "$source" .cpp).o" "$source" >&2 &
  compilers="$compilers $!"
done
for compiler in $compilers; do
  wait "$compiler"
done

# Sessions outlive the options that loaded the library, so it must stay loaded (nodelete).
# A new file under a new name, so that a library in use is never written to.
mkdir -p "$folder"
"${CXX:-g++}" -shared -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,-z,nodelete \
  -o "$library.$$" "$objects"/*.o >&2
mv "$library.$$" "$library"
echo "$library"
