#!/usr/bin/env bash
# A private PostgreSQL server (loopback TCP only, data of its own) for tests, from Debian's or Ubuntu's packages.
#
#   postgres.sh install   apt-get install postgresql, without its default cluster, if no server is found (root or sudo)
#   postgres.sh start     install and initdb if need be, start, wait until ready, print the url
#   postgres.sh stop      orderly stop
#   postgres.sh kill      kill -9 on the server and its children; the data stays and `start` recovers it
#   postgres.sh restart   stop + start on the same data
#   postgres.sh status    exit 0 running and answering, 3 stopped, 4 running but not answering
#   postgres.sh wipe      stop and delete the data
#   postgres.sh url       print the connection string, as MILLRACE_TEST_POSTGRES wants it
#
# Environment, all optional (see also lib.sh):
#   PG_PORT      port                                                      (29432)
#   PG_USER / PG_PASSWORD   of the superuser                               (test / test)
#   PG_BIN_DIR   where initdb, pg_ctl and postgres are                     (newest /usr/lib/postgresql/*/bin, or PATH)
#   PG_RUN_AS    account to run as when called by root, whom it refuses    (postgres)
#   PG_START_TIMEOUT / PG_STOP_TIMEOUT   seconds                           (60 / 30)
set -euo pipefail

NAME=postgres
. "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/lib.sh"
PORT=${PG_PORT:-29432}
DATA=$STATE_DIR/postgres-$PORT
CLUSTER=$DATA/cluster
LOG=$DATA/postgres.log
DBUSER=${PG_USER:-test}
PASS=${PG_PASSWORD:-test}
RUN_AS=${PG_RUN_AS:-postgres}

pid_of() { process_with "$CLUSTER/postmaster.pid" "$CLUSTER"; }
cmd_url() { echo "postgresql://$DBUSER:$PASS@$HOST:$PORT/postgres"; }

as_user() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u "$RUN_AS" -- "$@"); else "$@"; fi
}

find_bin() {
  BIN=${PG_BIN_DIR:-}
  if [ -z "$BIN" ]; then
    local initdb
    # The newest major version wins over what PATH happens to name.
    initdb=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -t/ -k5,5n | tail -n 1) || true
    if [ -z "$initdb" ]; then initdb=$(command -v initdb) || return 1; fi
    BIN=$(dirname "$(realpath "$initdb")")
  fi
  [ -x "$BIN/initdb" ] && [ -x "$BIN/pg_ctl" ] && [ -x "$BIN/postgres" ]
}

cmd_install() {
  find_bin && return 0
  need apt-get "no PostgreSQL server programs and no Debian or Ubuntu to install them; set PG_BIN_DIR"
  local sudo=() start_ms
  start_ms=$(now_ms)
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || die "PostgreSQL not found; as root: apt-get install postgresql"
    sudo=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
  say "installing postgresql with apt-get"
  # postgresql-common first: its setting keeps the package from making and starting a cluster of its own
  {
    "${sudo[@]}" apt-get update
    "${sudo[@]}" apt-get install -y --no-install-recommends postgresql-common
    "${sudo[@]}" sed -i 's/^#\{0,1\} *create_main_cluster *=.*/create_main_cluster = false/' \
      /etc/postgresql-common/createcluster.conf
    "${sudo[@]}" apt-get install -y --no-install-recommends postgresql
  } >&2
  find_bin || die "no server programs after apt-get install"
  say "installed PostgreSQL in $(($(now_ms) - start_ms)) ms"
}

init_cluster() {
  [ -f "$CLUSTER/PG_VERSION" ] && return 0
  local password_file=$DATA/.password
  if [ "$(id -u)" = 0 ]; then
    id "$RUN_AS" >/dev/null 2>&1 || die "account '$RUN_AS' missing; set PG_RUN_AS"
    chown "$RUN_AS" "$DATA"
    as_user test -w "$DATA" || die "'$RUN_AS' cannot write $DATA: a folder above it is closed to it; set MILLRACE_TEST_DIR"
  fi
  rm -rf "$CLUSTER.new" # of a broken run
  (umask 077 && printf '%s\n' "$PASS" >"$password_file")
  if [ "$(id -u)" = 0 ]; then chown "$RUN_AS" "$password_file"; fi
  if ! as_user "$BIN/initdb" -D "$CLUSTER.new" -U "$DBUSER" --pwfile="$password_file" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync >"$DATA/initdb.log" 2>&1; then
    tail -n 20 "$DATA/initdb.log" >&2
    die "initdb failed"
  fi
  rm -f "$password_file"
  mv "$CLUSTER.new" "$CLUSTER"
}

write_config() {
  # Rewritten at every start. fsync off is safe against a killed process, not against a power cut.
  # No Unix socket: its path length is limited, and the tests use TCP.
  cat >"$CLUSTER/postgresql.auto.conf" <<EOF
listen_addresses = '$HOST'
port = $PORT
unix_socket_directories = ''
fsync = off
full_page_writes = off
max_connections = 100
shared_buffers = '64MB'
max_wal_size = '256MB'
log_min_messages = warning
EOF
}

cmd_start() {
  local start_ms attempt
  cmd_install
  lock_start
  start_ms=$(now_ms)
  if pid_of >/dev/null; then
    say "already running"
    cmd_url
    return 0
  fi
  port_free "$PORT" || die "port $PORT is taken by something else; set PG_PORT"
  init_cluster
  write_config
  : >"$LOG"
  if [ "$(id -u)" = 0 ]; then chown "$RUN_AS" "$LOG" "$CLUSTER/postgresql.auto.conf"; fi
  rm -f "$CLUSTER/postmaster.pid" # of a killed server, whose pid may still be there as a zombie
  # After a crash, children of the old server may hold its memory for a moment: try again.
  for attempt in 1 2 3 4 5 6; do
    as_user "$BIN/pg_ctl" -D "$CLUSTER" -l "$LOG" -w -t "${PG_START_TIMEOUT:-60}" start \
      </dev/null >/dev/null 2>&1 8>&- && break
    [ "$attempt" -lt 6 ] || {
      tail -n 20 "$LOG" >&2
      die "did not start; log: $LOG"
    }
    sleep 0.5
  done
  say "$("$BIN/postgres" -V) ready in $(($(now_ms) - start_ms)) ms (data $DATA)"
  cmd_url
}

cmd_stop() {
  if ! find_bin || ! pid_of >/dev/null; then
    say "not running"
    return 0
  fi
  as_user "$BIN/pg_ctl" -D "$CLUSTER" -m fast -w -t "${PG_STOP_TIMEOUT:-30}" stop >/dev/null || die "could not stop it"
  say "stopped"
}

# The server's children do not end with it at once, and hold its shared memory.
cmd_kill() {
  local p child pids=()
  p=$(pid_of) || {
    say "not running"
    return 0
  }
  mapfile -t pids < <(grep -lsE "^PPid:[[:space:]]+$p\$" /proc/[0-9]*/status | cut -d/ -f3)
  kill -9 "$p" "${pids[@]}" 2>/dev/null || true
  for child in "$p" "${pids[@]}"; do end_process "$child" KILL 10 || die "could not end pid $child"; done
  say "killed pid $p (data kept in $DATA)"
}

case ${1:-} in
  pause | resume) die "not supported: PostgreSQL has many processes" ;;
  *) dispatch "$@" ;;
esac
