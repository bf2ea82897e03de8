#!/usr/bin/env bash
# A real Apache Kafka broker (KRaft, one node, loopback only) for tests.
#
#   kafka.sh install   fetch the broker's jars with Maven into the cache (once per version)
#   kafka.sh start     install if need be, format the data on first use, start, wait until ready, print the url
#   kafka.sh stop      orderly stop
#   kafka.sh kill      kill -9: a broker crash; the data stays and `start` brings it back
#   kafka.sh pause | resume   SIGSTOP | SIGCONT: a broker that hangs with its connections open
#   kafka.sh restart   stop + start on the same data
#   kafka.sh status    exit 0 running and answering, 3 stopped, 4 running but not answering
#   kafka.sh wipe      stop and delete the data
#   kafka.sh url       print host:port, as MILLRACE_TEST_KAFKA wants it
#   kafka.sh secure    print what MILLRACE_TEST_KAFKA_SECURE wants (started with KAFKA_SECURE_PORT)
#
# Environment, all optional (see also lib.sh):
#   KAFKA_PORT             client port; the controller takes the next one  (29092)
#   KAFKA_SECURE_PORT      a listener with SASL_PLAINTEXT (PLAIN and SCRAM-SHA-256, user and password `reader`);
#                          the next port has SSL, with the certificate DATA/certificate.pem  (none)
#   KAFKA_VERSION          org.apache.kafka:kafka_2.13                      (3.9.2)
#   KAFKA_HEAP             JVM heap                                         (512m)
#   KAFKA_JVM_OPTS         other JVM flags; C1 only starts a third cheaper  (-XX:+UseSerialGC -XX:TieredStopAtLevel=1)
#   KAFKA_START_TIMEOUT / KAFKA_STOP_TIMEOUT   seconds                      (60 / 20)
# Needs: bash, Java 17+, Maven (install only), flock, setsid.
set -euo pipefail

NAME=kafka
. "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/lib.sh"
VERSION=${KAFKA_VERSION:-3.9.2}
PORT=${KAFKA_PORT:-29092}
CONTROLLER_PORT=$((PORT + 1))
DATA=$STATE_DIR/kafka-$PORT
HOME_DIR=$CACHE/kafka-$VERSION
PIDFILE=$DATA/kafka.pid
LOG=$DATA/kafka.log
STOP_TIMEOUT=${KAFKA_STOP_TIMEOUT:-20}
read -r -a JVM_OPTS <<<"${KAFKA_JVM_OPTS:--XX:+UseSerialGC -XX:TieredStopAtLevel=1}"
JVM_OPTS+=(-XX:-UsePerfData -Djava.awt.headless=true "-Dlog4j.configuration=file:$DATA/log4j.properties")

SECURE_PORT=${KAFKA_SECURE_PORT:-}
CERTIFICATE=$DATA/certificate.pem
PLAIN_LOGIN='org.apache.kafka.common.security.plain.PlainLoginModule required user_reader="reader";'
SCRAM_LOGIN='org.apache.kafka.common.security.scram.ScramLoginModule required;'

pid_of() { process_with "$PIDFILE" "$DATA/server.properties"; }
cmd_url() { echo "$HOST:$PORT"; }
cmd_secure() { echo "$HOST:$SECURE_PORT,$HOST:$((SECURE_PORT + 1)),$CERTIFICATE"; }

find_java() {
  JAVA=java
  if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then JAVA=$JAVA_HOME/bin/java; fi
  need "$JAVA" "install a Java runtime 17+ (Debian: openjdk-17-jre-headless)"
  local major
  major=$("$JAVA" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
  [ "${major:-0}" -ge 17 ] || die "Java 17+ needed, '$JAVA' is ${major:-unknown}"
}

cmd_install() {
  [ -f "$HOME_DIR/.complete" ] && return 0
  need mvn "install Maven (Debian: maven)"
  need flock "install util-linux"
  mkdir -p "$CACHE"
  exec 9>"$CACHE/.kafka-$VERSION.lock"
  flock 9
  if [ ! -f "$HOME_DIR/.complete" ]; then
    local start_ms tmp
    start_ms=$(now_ms)
    tmp=$(mktemp -d "$CACHE/.kafka-$VERSION.XXXXXX")
    # Kafka's published POM has no logging back end, so a broker without reload4j would log nothing.
    cat >"$tmp/pom.xml" <<EOF
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>millrace.test</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$VERSION</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
EOF
    say "fetching Kafka $VERSION with Maven into $HOME_DIR"
    if ! (cd "$tmp" && mvn -q -B dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$tmp/libs") \
      >"$tmp/mvn.log" 2>&1; then
      tail -n 30 "$tmp/mvn.log" >&2
      rm -rf "$tmp"
      die "Maven failed"
    fi
    touch "$tmp/.complete"
    rm -rf "$HOME_DIR"
    mv "$tmp" "$HOME_DIR"
    say "installed Kafka $VERSION in $(($(now_ms) - start_ms)) ms"
  fi
  exec 9>&-
}

make_certificate() {
  [ -f "$DATA/keystore.pem" ] && return 0
  need openssl "install openssl"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=millrace-test" -addext "subjectAltName=IP:$HOST" \
    -keyout "$DATA/key.pem" -out "$CERTIFICATE" >/dev/null 2>&1 || die "making a certificate failed"
  cat "$DATA/key.pem" "$CERTIFICATE" >"$DATA/keystore.pem"
}

write_config() {
  # Rewritten at every start, so that a changed setting takes effect on kept data.
  cat >"$DATA/server.properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$HOST:$CONTROLLER_PORT
listeners=PLAINTEXT://$HOST:$PORT,CONTROLLER://$HOST:$CONTROLLER_PORT
advertised.listeners=PLAINTEXT://$HOST:$PORT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$DATA/logs
num.partitions=1
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=8388608
log.cleaner.backoff.ms=500
log.retention.hours=-1
# After a crash the controller holds the old registration until this session ends: the default of 9 s
# would make every start after 'kill' wait that long.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
EOF
  if [ -n "$SECURE_PORT" ]; then
    cat >>"$DATA/server.properties" <<EOF
listeners=PLAINTEXT://$HOST:$PORT,CONTROLLER://$HOST:$CONTROLLER_PORT,SASL_PLAINTEXT://$HOST:$SECURE_PORT,SSL://$HOST:$((SECURE_PORT + 1))
advertised.listeners=PLAINTEXT://$HOST:$PORT,SASL_PLAINTEXT://$HOST:$SECURE_PORT,SSL://$HOST:$((SECURE_PORT + 1))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.sasl_plaintext.plain.sasl.jaas.config=$PLAIN_LOGIN
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=$SCRAM_LOGIN
ssl.keystore.type=PEM
ssl.keystore.location=$DATA/keystore.pem
EOF
    make_certificate
  fi
  cat >"$DATA/log4j.properties" <<EOF
log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %c{1} %m%n
EOF
}

format_storage() {
  [ -f "$DATA/logs/meta.properties" ] && return 0
  "$JAVA" "${JVM_OPTS[@]}" -Xmx128m -cp "$HOME_DIR/libs/*" kafka.tools.StorageTool \
    format -t bWlsbHJhY2UtdGVzdC0wMQ -c "$DATA/server.properties" --ignore-formatted \
    --add-scram 'SCRAM-SHA-256=[name=reader,password=reader]' >"$DATA/format.log" 2>&1 || {
    tail -n 20 "$DATA/format.log" >&2
    die "formatting the storage failed"
  }
}

wait_ready() { # pid, start time in ms
  local limit_ms=$((${KAFKA_START_TIMEOUT:-60} * 1000))
  until grep -q 'Kafka Server started' "$LOG" 2>/dev/null && port_open "$PORT"; do
    kill -0 "$1" 2>/dev/null || {
      tail -n 30 "$LOG" >&2
      rm -f "$PIDFILE"
      die "Kafka ended while starting; log: $LOG"
    }
    [ $(($(now_ms) - $2)) -lt "$limit_ms" ] || {
      tail -n 30 "$LOG" >&2
      die "not ready after $limit_ms ms; log: $LOG"
    }
    sleep 0.1
  done
}

cmd_start() {
  local p start_ms
  lock_start
  if p=$(pid_of); then
    wait_ready "$p" "$(now_ms)"
    say "already running (pid $p)"
    cmd_url
    return 0
  fi
  find_java
  need setsid "install util-linux"
  cmd_install
  port_free "$PORT" || die "port $PORT is taken by something else; set KAFKA_PORT"
  port_free "$CONTROLLER_PORT" || die "port $CONTROLLER_PORT is taken by something else; set KAFKA_PORT"
  start_ms=$(now_ms)
  write_config
  format_storage
  if [ -f "$LOG" ]; then mv -f "$LOG" "$LOG.1"; fi
  local heap=${KAFKA_HEAP:-512m}
  # A session of its own without our standard streams: it survives the caller, and the caller's pipe does not hang on it.
  setsid "$JAVA" "${JVM_OPTS[@]}" "-Xms$heap" "-Xmx$heap" -cp "$HOME_DIR/libs/*" \
    kafka.Kafka "$DATA/server.properties" </dev/null >"$LOG" 2>&1 8>&- &
  p=$!
  echo "$p" >"$PIDFILE"
  disown "$p" 2>/dev/null || true
  wait_ready "$p" "$start_ms"
  say "Kafka $VERSION ready in $(($(now_ms) - start_ms)) ms (pid $p, data $DATA)"
  cmd_url
}

if [ "${1:-}" = secure ]; then
  cmd_secure
  exit 0
fi
dispatch "$@"
