#!/usr/bin/env bash
# A real S3 server (loopback only) for tests, built from source with Go.
#
#   s3.sh install   build the server into the cache (once per version; a minute or two)
#   s3.sh start     install if need be, start, wait until ready, print the url
#   s3.sh stop      orderly stop
#   s3.sh kill      kill -9: a crash; the data stays and `start` brings it back
#   s3.sh pause | resume   SIGSTOP | SIGCONT: a server that hangs with its connections open
#   s3.sh restart   stop + start on the same data
#   s3.sh status    exit 0 running and answering, 3 stopped, 4 running but not answering
#   s3.sh wipe      stop and delete the data
#   s3.sh url       print http://accessKey:secretKey@host:port, as MILLRACE_TEST_S3 wants it
#
# Environment, all optional (see also lib.sh):
#   S3_PORT                        port                                        (29000)
#   S3_SERVER                      versitygw | minio (takes twice as long)     (versitygw)
#   S3_ACCESS_KEY / S3_SECRET_KEY  without characters that a URL escapes       (testkey / testsecret123)
#   S3_START_TIMEOUT / S3_STOP_TIMEOUT   seconds                               (30 / 10)
# Needs: bash, Go (install only; versitygw wants 1.25+), flock, setsid.
set -euo pipefail

NAME=s3
. "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/lib.sh"
SERVER=${S3_SERVER:-versitygw}
PORT=${S3_PORT:-29000}
DATA=$STATE_DIR/s3-$PORT
KEY=${S3_ACCESS_KEY:-testkey}
SECRET=${S3_SECRET_KEY:-testsecret123}
PIDFILE=$DATA/s3.pid
LOG=$DATA/s3.log
STOP_TIMEOUT=${S3_STOP_TIMEOUT:-10}
case $SERVER in
  versitygw) VERSION=v1.8.0 PACKAGE=github.com/versity/versitygw/cmd/versitygw ;;
  minio) VERSION=v0.0.0-20260212201848-7aac2a2c5b7c PACKAGE=github.com/minio/minio ;;
  *) die "S3_SERVER must be versitygw or minio" ;;
esac
BIN_DIR=$CACHE/$SERVER-$VERSION
BIN=$BIN_DIR/$SERVER

pid_of() { process_with "$PIDFILE" "$DATA/buckets"; }
cmd_url() { echo "http://$KEY:$SECRET@$HOST:$PORT"; }

cmd_install() {
  [ -x "$BIN" ] && return 0
  need go "install Go (versitygw wants 1.25+)"
  need flock "install util-linux"
  mkdir -p "$CACHE"
  exec 9>"$CACHE/.$SERVER-$VERSION.lock"
  flock 9
  if [ ! -x "$BIN" ]; then
    local start_ms tmp
    start_ms=$(now_ms)
    tmp=$(mktemp -d "$CACHE/.$SERVER-$VERSION.XXXXXX")
    say "building $PACKAGE@$VERSION with Go (a minute or two the first time)"
    if ! (cd "$tmp" && CGO_ENABLED=0 GOBIN=$tmp go install -trimpath -ldflags='-s -w' "$PACKAGE@$VERSION") \
      >"$tmp/build.log" 2>&1; then
      tail -n 20 "$tmp/build.log" >&2
      rm -rf "$tmp"
      die "go install failed"
    fi
    rm -rf "$BIN_DIR"
    mv "$tmp" "$BIN_DIR"
    say "built $SERVER $VERSION in $(($(now_ms) - start_ms)) ms"
  fi
  exec 9>&-
}

wait_ready() { # pid, start time in ms
  local limit_ms=$((${S3_START_TIMEOUT:-30} * 1000))
  until port_open "$PORT"; do
    kill -0 "$1" 2>/dev/null || {
      tail -n 20 "$LOG" >&2
      rm -f "$PIDFILE"
      die "$SERVER ended while starting; log: $LOG"
    }
    [ $(($(now_ms) - $2)) -lt "$limit_ms" ] || {
      tail -n 20 "$LOG" >&2
      die "not ready after $limit_ms ms; log: $LOG"
    }
    sleep 0.05
  done
}

start_server() {
  case $SERVER in
    versitygw)
      # sidecar: metadata in plain files, for file systems without extended attributes (tmpfs, overlay)
      mkdir -p "$DATA/meta"
      ROOT_ACCESS_KEY_ID=$KEY ROOT_SECRET_ACCESS_KEY=$SECRET setsid "$BIN" --port "$HOST:$PORT" --region us-east-1 \
        --keep-alive --quiet posix --sidecar "$DATA/meta" "$DATA/buckets" </dev/null >"$LOG" 2>&1 8>&- &
      ;;
    minio)
      MINIO_ROOT_USER=$KEY MINIO_ROOT_PASSWORD=$SECRET MINIO_REGION=us-east-1 MINIO_BROWSER=off MINIO_UPDATE=off \
        setsid "$BIN" server --quiet --address "$HOST:$PORT" "$DATA/buckets" </dev/null >"$LOG" 2>&1 8>&- &
      ;;
  esac
  SERVER_PID=$!
}

cmd_start() {
  local p start_ms
  lock_start
  # The two servers lay their data out differently.
  if [ -f "$DATA/server" ] && [ "$(cat "$DATA/server")" != "$SERVER" ]; then
    die "$DATA was written by $(cat "$DATA/server"); wipe it or set S3_PORT"
  fi
  if p=$(pid_of); then
    wait_ready "$p" "$(now_ms)"
    say "already running (pid $p)"
    cmd_url
    return 0
  fi
  need setsid "install util-linux"
  cmd_install
  port_free "$PORT" || die "port $PORT is taken by something else; set S3_PORT"
  start_ms=$(now_ms)
  mkdir -p "$DATA/buckets"
  echo "$SERVER" >"$DATA/server"
  if [ -f "$LOG" ]; then mv -f "$LOG" "$LOG.1"; fi
  start_server
  echo "$SERVER_PID" >"$PIDFILE"
  disown "$SERVER_PID" 2>/dev/null || true
  wait_ready "$SERVER_PID" "$start_ms"
  say "$SERVER $VERSION ready in $(($(now_ms) - start_ms)) ms (pid $SERVER_PID, data $DATA)"
  cmd_url
}

dispatch "$@"
