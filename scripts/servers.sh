# Sourced after common.sh: a private Redis and PostgreSQL on unix sockets in a short temporary
# directory. start_servers sets MG_TEST_REDIS_SOCKET and MG_TEST_POSTGRES_URL; stop_servers ends
# what was started, by pid, and removes the directory.
# shellcheck shell=sh

SERVER_DIR=

run_as_postgres() {
    if [ "$(id -u)" = 0 ]; then # initdb and postgres refuse root
        setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
    else
        "$@"
    fi
}

start_servers() {
    SERVER_DIR=$(mktemp -d /tmp/mg.XXXXXX) || return 1
    chmod 755 "$SERVER_DIR"
    mkdir "$SERVER_DIR/pg" "$SERVER_DIR/redis"
    [ "$(id -u)" != 0 ] || chown postgres "$SERVER_DIR/pg"
    PG_BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -x "$PG_BIN/initdb" ] || { say "no PostgreSQL server found" >&2; return 1; }
    (
        cd "$SERVER_DIR/pg" || exit 1
        run_as_postgres "$PG_BIN/initdb" -D data -U postgres -A trust -E UTF8 --no-locale -N \
            >initdb.log 2>&1 &&
            run_as_postgres "$PG_BIN/pg_ctl" -D data -s -w -l log start -o "-c listen_addresses='' \
-c unix_socket_directories=$SERVER_DIR/pg -c fsync=off -c full_page_writes=off -c max_connections=200"
    ) || { tail -n 20 "$SERVER_DIR/pg/"*log >&2; return 1; }
    redis-server --port 0 --unixsocket "$SERVER_DIR/redis/r.sock" --save '' --appendonly no \
        --dir "$SERVER_DIR/redis" --daemonize yes --pidfile "$SERVER_DIR/redis/pid" \
        --logfile "$SERVER_DIR/redis/log" >/dev/null || return 1
    tries=0
    until redis-cli -s "$SERVER_DIR/redis/r.sock" ping >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { tail -n 20 "$SERVER_DIR/redis/log" >&2; return 1; }
        sleep 0.1
    done
    MG_TEST_REDIS_SOCKET=$SERVER_DIR/redis/r.sock
    MG_TEST_POSTGRES_URL="postgres:///postgres?host=$SERVER_DIR/pg&user=postgres"
    export MG_TEST_REDIS_SOCKET MG_TEST_POSTGRES_URL
}

stop_servers() {
    [ -n "$SERVER_DIR" ] || return 0
    [ ! -f "$SERVER_DIR/pg/data/postmaster.pid" ] ||
        (cd / && run_as_postgres "$PG_BIN/pg_ctl" -D "$SERVER_DIR/pg/data" -s -m immediate stop)
    [ ! -f "$SERVER_DIR/redis/pid" ] || kill "$(cat "$SERVER_DIR/redis/pid")" 2>/dev/null
    rm -rf "$SERVER_DIR"
    SERVER_DIR=
}
