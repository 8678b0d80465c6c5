# Two stages: the second holds the program and its libraries, no compiler, and runs unprivileged.
#     docker build -t mixgauge .
#     docker run --rm -v "$PWD:/music:ro" mixgauge analyze /music/track.wav
#     docker run -d -e MIXGAUGE_STORE_URL=... -e MIXGAUGE_QUEUE_URL=... -v audio:/data mixgauge work
FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        gcc libc6-dev meson ninja-build pkg-config python3 mawk \
        libsndfile1-dev libmpg123-dev libfftw3-dev libaubio-dev libpq-dev libhiredis-dev \
        libjansson-dev libsqlite3-dev nettle-dev
WORKDIR /src
COPY . .
RUN meson setup /build -Dtests=disabled --prefix=/usr --libexecdir=lib \
    && ninja -C /build \
    && DESTDIR=/install meson install -C /build --no-rebuild --strip

FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        libsndfile1 libmpg123-0t64 libfftw3-single3 libpq5 libhiredis1.1.0 libjansson4 \
        libsqlite3-0 libnettle8t64 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin mixgauge \
    && mkdir /data && chown mixgauge: /data && chmod 700 /data
COPY --from=build /install/usr /usr
ENV MIXGAUGE_DATA_DIR=/data LC_ALL=C.UTF-8
USER 10001
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/mixgauge"]
CMD ["work"]
