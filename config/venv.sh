#!/bin/sh
# Make the virtual environment and install into it: venv.sh FOLDER EXTRA STAMP...
#
# The Makefile calls it when a stamp is missing; it touches the stamps last, so that an install that was cut short is
# done again. Progress goes to stderr: the first line that `make up` prints on stdout is the stack's own.
# PYTHON names an interpreter to try before the usual ones.
set -eu

venv=$1 extra=$2
shift 2

say() { echo "OpenClaw: $*" >&2; }

# flock, where there is one, keeps two makes at a time from installing into one folder.
if command -v flock >/dev/null 2>&1; then
  exec 9<setup.cfg
  flock 9
  missing=
  for stamp in "$@"; do [ -e "$stamp" ] || missing=yes; done
  [ -n "$missing" ] || exit 0
fi

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

if ! "$venv/bin/python" -c "import pip; $new_enough" >/dev/null 2>&1; then
  python='' bare=''
  candidates="${PYTHON:-} python3.13 python3.12 python3.11 python3 python"
  for candidate in $candidates; do
    "$candidate" -c "$new_enough" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
      python=$candidate
      break
    fi
    bare=${bare:-$candidate}
  done
  if [ -z "$python" ] && [ -n "$bare" ]; then
    say "$bare cannot make virtual environments: its module ensurepip or venv is missing."
    say "On Debian and Ubuntu:  apt install python3-venv   (for a Python that is not the system's: python3.12-venv or so)"
    exit 1
  fi
  if [ -z "$python" ]; then
    say "Python 3.11 or newer is needed, and none of these is one:" $candidates
    say "On Debian and Ubuntu:  apt install python3 python3-venv   Or name one:  make install PYTHON=/path/to/python3.12"
    exit 1
  fi
  say "making $venv with $python"
  "$python" -m venv --clear "$venv" >&2 || { say "$python could not make $venv, see above"; exit 1; }
fi

say "installing .[$extra] into $venv"
rm -f "$venv"/.installed-*
"$venv/bin/python" -m pip install --quiet --constraint config/constraints.txt --editable ".[$extra]" >&2 || {
  say "the install failed, see above; it needs the package index and nothing else"
  exit 1
}
touch "$@"
