# The service in a small image: no compiler, no root. It holds no Postgres: give it database.url, as compose.yaml does.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY . .
# Queries are checked against the committed metadata, so that building needs no database.
ENV SQLX_OFFLINE=true
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --bin worryfree-plugin \
    && cp target/release/worryfree-plugin /worryfree-plugin

FROM debian:bookworm-slim
# The vendors' certificates are checked against the system's roots, which have to be the newest there are.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin plugin
COPY --from=build /worryfree-plugin /usr/local/bin/worryfree-plugin
USER 10001:10001
# Inside a container, loopback reaches nobody. Publish 8080 behind a proxy that ends TLS, and keep 9090 inside.
ENV PLUGIN__HTTP__LISTEN=0.0.0.0:8080 \
    PLUGIN__METRICS__LISTEN=0.0.0.0:9090 \
    PLUGIN__LOG__FORMAT=json
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["worryfree-plugin", "health"]
# The service ends its jobs' current steps on SIGTERM, which is what `docker stop` sends.
STOPSIGNAL SIGTERM
ENTRYPOINT ["worryfree-plugin"]
CMD ["serve"]
