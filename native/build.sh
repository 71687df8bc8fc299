#!/bin/sh
# Compiles the optional kernels for this machine: build.sh [FILE]. Needs g++ (or $CXX), nothing else.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
out=${1:-$here/target/libgenrec_kernels.so}
mkdir -p "$(dirname -- "$out")"
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# All files at once: each takes a second or two.
compilers=
for source in "$here"/*.cpp; do
  "${CXX:-g++}" -std=c++17 -O3 -march=native -mprefer-vector-width=512 -ffp-contract=fast \
    -fno-math-errno -fno-trapping-math -fvisibility=hidden -fPIC -Wall -Wextra -Wno-psabi -Wno-ignored-attributes \
    -c -o "$objects/$(basename "$source" .cpp).o" "$source" &
  compilers="$compilers $!"
done
for compiler in $compilers; do
  wait "$compiler"
done

# Sessions outlive the options that loaded the library, so it must stay loaded (nodelete).
# A new file under a new name, so that a library in use is never written to.
"${CXX:-g++}" -shared -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,-z,nodelete \
  -o "$out.$$" "$objects"/*.o
mv "$out.$$" "$out"
