# shellcheck shell=bash disable=SC2034,SC2154,SC2164 # the scripts set name and port, use url, and set -e
# Sourced by the server scripts of this folder. A script sets name and port, sources this file, defines
# build, launch, ready and print_env, and calls: service "$@".
#
#   start    build on first use, start in the background, wait until ready, print the addresses
#   stop     end it by its pid (data stays, so a later start is a restart)
#   status   print the addresses when it runs; exit status 3 when it does not, 5 when it does not answer
#   reset    stop, and delete this port's data and log
#
# Exit status 4 means that a tool is missing; the message names it and the command that brings it.
#
# Everything is kept under GRANTEX_SERVICES_DIR: builds by version, and a folder run-PORT for each port with
# its data, log, pid and address, so several servers of one kind can run side by side. Needs Linux (/proc).

START_LIMIT_S=${START_LIMIT_S:-60}

servers=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
services_dir=$(readlink -m "${GRANTEX_SERVICES_DIR:-$servers/../.data}")
source_dir=$servers/$name.d
home=$services_dir/$name
run=$home/run-$port
pid_file=$run/pid
log=$run/server.log
url=http://127.0.0.1:$port
# Where Debian puts nginx, and go.dev's archive puts Go; a user's own path does not look there.
PATH=$PATH:/usr/sbin:/sbin:/usr/local/go/bin

say() { echo "$name: $*" >&2; }
die() { say "$@"; exit 1; }

# --- Tools -----------------------------------------------------------------------------------------------

# Ends the script when one of the tools is missing.
need() {
  local tool missing=0
  for tool in "$@"; do
    if ! command -v "$tool" >/dev/null; then
      say "$tool is not installed: $(how_to_get "$tool")"
      missing=1
    fi
  done
  ((missing == 0)) || exit 4
}

too_old() {
  say "$1 is too old: $(how_to_get "$1")"
  exit 4
}

how_to_get() {
  local package=$1
  case $1 in
    go) package=golang-go ;;
    java) package=default-jre-headless ;;
    mvn) package=maven ;;
    nginx) package=nginx-light ;;
    flock | setsid) package=util-linux ;;
    python3) package='python3 python3-venv' ;;
  esac
  echo -n "apt-get install -y --no-install-recommends $package"
  case $1 in
    go) echo ' (1.21 or newer is needed, which Debian 12 has in its backports only; else https://go.dev/dl)' ;;
    java) echo ' (17 or newer is needed)' ;;
    python3) echo ' (3.11 or newer is needed)' ;;
    *) echo ;;
  esac
}

# --- Building --------------------------------------------------------------------------------------------

# Builds the Go program of NAME.d with the versions pinned there: go_build PACKAGE [LINKER FLAGS].
# A change of the pins or of the program's own source gives another folder.
go_build() {
  program=$home/bin-$(find "$source_dir" -name 'go.*' -o -name '*.go' | sort | xargs cat | sha256sum | cut -c1-12)/$name
  [[ -x $program ]] && return
  need go
  [[ $(go env GOVERSION) =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21)) || too_old go
  # One build at a time: each takes all processors, and Loki's also 2.3 GB of memory.
  exec 8>"$services_dir/build.lock"
  if ! flock -n 8; then
    say 'waiting for another build to end'
    flock 8
  fi
  say "building (first use only), log in $home/build.log"
  mkdir -p "${program%/*}"
  if ! (cd "$source_dir" && CGO_ENABLED=0 GOWORK=off GOFLAGS='-mod=readonly -buildvcs=false' nice -n 19 \
    go build -trimpath -ldflags "-s -w ${2:-}" -o "$program.part" "$1") >"$home/build.log" 2>&1; then
    tail -n 20 "$home/build.log" >&2
    die 'the build failed'
  fi
  exec 8>&-
  mv "$program.part" "$program"
}

# --- Starting and ending ---------------------------------------------------------------------------------

# The working folder is part of the check, so a pid that the system reused is never taken for ours
# (S3's server moves to its data folder, hence the pattern).
running() {
  local pid
  [[ -s $pid_file ]] && pid=$(<"$pid_file") && [[ $(readlink "/proc/$pid/cwd")/ == "$run"/* ]]
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start() {
  need curl flock setsid
  mkdir -p "$run/data"
  # Two starts at once must not build or bind twice.
  exec 9>"$home/lock"
  flock 9
  if ! running; then
    rm -f "$run/address"
    refuse_taken_port
    build
    refuse_taken_port # builds take minutes
    say 'starting'
    cd "$run"
    launch </dev/null >"$log" 2>&1 9>&- &
    echo $! >"$pid_file"
  fi
  wait_ready
  if [[ ! -e $run/address ]]; then
    print_env >"$run/address.part"
    mv "$run/address.part" "$run/address"
  fi
  flock -u 9
  cat "$run/address"
}

refuse_taken_port() { ! listening "$port" || die "port $port is taken by another program"; }

wait_ready() {
  local deadline=$((SECONDS + START_LIMIT_S))
  until ready >/dev/null 2>&1; do
    running || fail 'it ended while starting'
    ((SECONDS < deadline)) || fail "not ready after $START_LIMIT_S s"
    sleep 0.05
  done
  running || fail 'it ended while starting' # what answered was another program
}

fail() {
  tail -n 20 "$log" >&2
  stop
  die "$*, see $log"
}

stop() {
  if running; then
    local pid deadline=$((SECONDS + 20))
    pid=$(<"$pid_file")
    kill "$pid" || true
    while running; do
      ((SECONDS < deadline)) || kill -KILL "$pid" || true
      sleep 0.1
    done
  fi
  rm -f "$pid_file" "$run/address"
}

status() {
  if ! running; then
    say 'not running'
    exit 3
  fi
  if ! ready >/dev/null 2>&1; then
    say 'not answering'
    exit 5
  fi
  cat "$run/address"
}

reset() {
  stop
  rm -rf "$run"
}

service() {
  case ${1:-} in
    start | stop | status | reset) "$1" ;;
    *) die "usage: $name start|stop|status|reset" ;;
  esac
}
