# Shared by kafka.sh, s3.sh and postgres.sh, which set NAME, PORT and DATA before they call these functions.
# MILLRACE_TEST_DIR    data, logs and pid files of all servers   (${TMPDIR:-/tmp}/millrace-test-<uid>)
# MILLRACE_TEST_CACHE  downloaded and built servers              (${XDG_CACHE_HOME:-$HOME/.cache}/millrace-test)
# shellcheck shell=bash disable=SC2034
HOST=127.0.0.1
STATE_DIR=$(realpath -m -- "${MILLRACE_TEST_DIR:-${TMPDIR:-/tmp}/millrace-test-$(id -u)}")
CACHE=$(realpath -m -- "${MILLRACE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace-test}")

say() { echo "$NAME.sh: $*" >&2; }
die() {
  say "$*"
  exit 1
}
need() { command -v "$1" >/dev/null 2>&1 || die "'$1' not found: $2"; }
now_ms() { date +%s%3N; }
usage() {
  sed -n '2,/^set -euo/p' "$0" | sed -n 's/^# \{0,1\}//p'
  exit 2
}

port_open() { (exec 3<>"/dev/tcp/$HOST/$1") 2>/dev/null; }
# A killed process may hold its port for a moment after it looks gone.
port_free() {
  local tries=50
  while port_open "$1"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.1
  done
}

# Two starts at once: the second waits and finds the server running. The lock is closed for the server itself (8>&-).
lock_start() {
  need flock "install util-linux"
  mkdir -p "$DATA"
  exec 8>"$DATA/.start.lock"
  flock 8
}

# The process of a pid file, or nothing. A pid file whose process does not have the argument $2 is stale (pid reused).
process_with() { # pid file, argument
  local p
  [ -f "$1" ] && p=$(head -n 1 "$1" 2>/dev/null) && [ -n "$p" ] || return 1
  [ -r "/proc/$p/cmdline" ] || return 1
  tr '\0' '\n' 2>/dev/null <"/proc/$p/cmdline" | grep -qxF -- "$2" || return 1
  echo "$p"
}

end_process() { # pid, signal, timeout in seconds
  local p=$1 sig=$2 n=$(($3 * 10))
  kill "-$sig" "$p" 2>/dev/null || true
  while kill -0 "$p" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$p/status" 2>/dev/null; do
    n=$((n - 1))
    [ "$n" -gt 0 ] || return 1
    sleep 0.1
  done
}

# The verbs that are the same for a server with one process, a PIDFILE and a function pid_of.
cmd_stop() {
  local p
  if p=$(pid_of); then
    kill -CONT "$p" 2>/dev/null || true # in case it is paused
    if ! end_process "$p" TERM "$STOP_TIMEOUT"; then
      say "no orderly stop, killing"
      end_process "$p" KILL 10 || die "could not end pid $p"
    fi
    say "stopped"
  else
    say "not running"
  fi
  rm -f "$PIDFILE"
}

cmd_kill() {
  local p
  p=$(pid_of) || {
    say "not running"
    return 0
  }
  end_process "$p" KILL 10 || die "could not end pid $p"
  rm -f "$PIDFILE"
  say "killed pid $p (data kept in $DATA)"
}

cmd_signal() {
  local p
  p=$(pid_of) || die "not running"
  kill "-$1" "$p"
  say "sent SIG$1 to pid $p"
}

cmd_status() {
  local p
  if ! p=$(pid_of); then
    echo "$NAME stopped $HOST:$PORT data=$DATA"
    return 3
  fi
  if port_open "$PORT"; then
    echo "$NAME running pid=$p $HOST:$PORT data=$DATA"
    return 0
  fi
  echo "$NAME starting-or-stuck pid=$p $HOST:$PORT log=$LOG"
  return 4
}

# Removes only a directory that a start has made.
cmd_wipe() {
  cmd_stop
  if [ -f "$DATA/.start.lock" ]; then rm -rf "$DATA"; fi
}

dispatch() { # verb; servers add their own verbs before they call this
  case ${1:-} in
    install) cmd_install ;;
    start) cmd_start ;;
    stop) cmd_stop ;;
    kill) cmd_kill ;;
    pause) cmd_signal STOP ;;
    resume) cmd_signal CONT ;;
    restart)
      cmd_stop
      cmd_start
      ;;
    status) cmd_status ;;
    wipe) cmd_wipe ;;
    url) cmd_url ;;
    *) usage ;;
  esac
}
