# shellcheck shell=bash
# A throw-away PostgreSQL cluster on a free loopback port. Sourced by scripts/test and
# scripts/postgres-dev; runs nothing by itself.
#
#   postgres_find_binaries            sets POSTGRES_BIN, or returns 1
#   postgres_start                    sets POSTGRES_DIR (the cluster's home) and POSTGRES_URL, or returns 1
#   postgres_running DIR              is the cluster under DIR alive?
#   postgres_stop DIR                 stops it and removes DIR
#
# Durability stays as PostgreSQL ships it (fsync and full_page_writes on): crash tests rely on it.

POSTGRES_BIN=""
POSTGRES_DIR=""
POSTGRES_URL=""

# The server programs must come from one installation; PATH first, then the newest of Debian's.
postgres_find_binaries() {
  local candidate candidates=()
  if candidate=$(command -v initdb); then
    candidates+=("$(dirname "$(readlink -f "$candidate")")")
  fi
  while IFS= read -r candidate; do
    candidates+=("$candidate")
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort --reverse)
  for candidate in "${candidates[@]}"; do
    if [[ -x $candidate/initdb && -x $candidate/pg_ctl && -x $candidate/postgres ]]; then
      POSTGRES_BIN=$candidate
      return 0
    fi
  done
  return 1
}

# PostgreSQL refuses to run as root; then it runs as whoever owns nothing else of ours.
_postgres_user() {
  if [[ $(id -u) -ne 0 ]]; then
    id -un
  elif id postgres >/dev/null 2>&1; then
    echo postgres
  else
    echo nobody
  fi
}

# _postgres_as USER COMMAND...: with an empty environment (a stray PGDATA or PGPORT must not matter)
# and in a directory that USER may enter.
_postgres_as() {
  local user=$1
  shift
  local run=(env --ignore-environment --chdir=/ "PATH=/usr/bin:/bin" LC_ALL=C TZ=UTC "$@")
  if [[ $(id -u) -ne 0 ]]; then
    "${run[@]}"
  elif command -v runuser >/dev/null; then
    runuser -u "$user" -- "${run[@]}"
  else
    setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "${run[@]}"
  fi
}

# A directory that the server's user can reach and whose socket path fits the kernel's 107 bytes.
_postgres_make_dir() {
  local user=$1 base dir
  for base in "${TMPDIR:-/tmp}" /tmp; do
    dir=$(mktemp --directory "$base/thungan-postgres.XXXXXX") || continue
    POSTGRES_DIR=$dir
    if [[ $(id -u) -eq 0 ]]; then
      chown "$user": "$dir"
    fi
    if ((${#dir} <= 80)) && _postgres_as "$user" test -w "$dir"; then
      return 0
    fi
    rm -rf "$dir"
    POSTGRES_DIR=""
  done
  echo "postgres: no temporary directory that user $user can use" >&2
  return 1
}

_postgres_free_port() {
  local port
  for _ in {1..200}; do
    # Below the kernel's range for outgoing connections, so that none of those takes it meanwhile.
    port=$((20000 + (RANDOM % 12000)))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return 0
    fi
  done
  echo "postgres: no free loopback port" >&2
  return 1
}

postgres_start() {
  local user port
  [[ -n $POSTGRES_BIN ]] || postgres_find_binaries || return 1
  user=$(_postgres_user)
  _postgres_make_dir "$user" || return 1

  # --no-sync is about initdb alone: what it wrote is thrown away with the machine anyway.
  if ! _postgres_as "$user" "$POSTGRES_BIN/initdb" --pgdata="$POSTGRES_DIR/data" --username=postgres \
    --auth=trust --encoding=UTF8 --locale=C --no-sync >"$POSTGRES_DIR/initdb.log" 2>&1; then
    cat "$POSTGRES_DIR/initdb.log" >&2
    postgres_stop "$POSTGRES_DIR"
    return 1
  fi
  _postgres_as "$user" mkdir --mode=0700 "$POSTGRES_DIR/socket" || return 1
  echo 'host all all 127.0.0.1/32 trust' >"$POSTGRES_DIR/data/pg_hba.conf"
  cat >>"$POSTGRES_DIR/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$POSTGRES_DIR/socket'
max_connections = 300
shared_buffers = 256MB
CONF

  # Another process may take the port between our look and the server's bind: draw again.
  for _ in 1 2 3 4 5; do
    port=$(_postgres_free_port) || break
    if _postgres_as "$user" "$POSTGRES_BIN/pg_ctl" start --wait --timeout=60 --silent \
      --pgdata="$POSTGRES_DIR/data" --log="$POSTGRES_DIR/server.log" --options="-p $port" \
      </dev/null >/dev/null 2>&1; then
      # shellcheck disable=SC2034 # read by whoever sources this file
      POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
      return 0
    fi
    grep -q 'could not bind\|could not create any TCP/IP sockets' "$POSTGRES_DIR/server.log" || break
  done
  cat "$POSTGRES_DIR/server.log" >&2
  postgres_stop "$POSTGRES_DIR"
  return 1
}

# The postmaster's pid stands in the first line of its pid file; after a crash the file stays and
# the pid may be another program's.
postgres_running() {
  local pid
  [[ -n ${1:-} && -f $1/data/postmaster.pid ]] || return 1
  pid=$(head -n 1 "$1/data/postmaster.pid")
  grep --quiet --text --fixed-strings "$1/data" "/proc/$pid/cmdline" 2>/dev/null
}

postgres_stop() {
  local dir=${1:-}
  [[ -n $dir && -d $dir ]] || return 0
  if postgres_running "$dir"; then
    # Nothing in it is worth a checkpoint.
    [[ -n $POSTGRES_BIN ]] || postgres_find_binaries || return 1
    _postgres_as "$(_postgres_user)" "$POSTGRES_BIN/pg_ctl" stop --wait --timeout=30 --silent \
      --mode=immediate --pgdata="$dir/data" >/dev/null 2>&1 || {
      echo "postgres: the cluster under $dir did not stop; it was left as it is" >&2
      return 1
    }
  fi
  rm -rf "$dir"
}
