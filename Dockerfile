# Presence Hub. `docker build -t presence-hub .`; docker-compose.yml runs it with a Postgres.
# The stages: `toolchain` has what it is built with, `build` the programs, and the last one is the image.

FROM swift:6.3-bookworm AS toolchain
WORKDIR /src
COPY scripts/setup.sh scripts/install-h3.sh scripts/install-swagger-ui.sh scripts/fetch-map.sh scripts/
RUN scripts/setup.sh --build-only && scripts/install-swagger-ui.sh && scripts/fetch-map.sh && rm -rf /var/lib/apt/lists/*

FROM toolchain AS build
COPY . .
RUN deploy/docker/build.sh /out

FROM debian:12-slim
RUN apt-get update \
    && apt-get install --no-install-recommends -y ca-certificates libcurl4 libjs-leaflet libpq5 libsodium23 libexpat1 libsqlite3-0 libssl3 libgnutls30 libstdc++6 libuv1 libxml2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 hub \
    && useradd --system --uid 10001 --gid hub --home-dir /var/lib/presence-hub --shell /usr/sbin/nologin hub \
    && install -d -o hub -g hub -m 0700 /var/lib/presence-hub
COPY --from=build /out/ /usr/local/bin/
# Manual pages, and what makes shells complete the programs' command lines.
RUN cd /usr/local/share \
    && mkdir -p man/man1 bash-completion/completions zsh/site-functions fish/vendor_completions.d \
    && for program in hubd hubctl; do \
        "$program" man >"man/man1/$program.1" \
        && "$program" completions bash >"bash-completion/completions/$program" \
        && "$program" completions zsh >"zsh/site-functions/_$program" \
        && "$program" completions fish >"fish/vendor_completions.d/$program.fish" || exit 1; \
    done
# The map of countries and regions, for `hubd regions import`, and Swagger UI for /docs.
COPY --from=toolchain /usr/local/share/presence-hub/ /usr/local/share/presence-hub/
# With the licences of Swagger UI, of H3, of the names and of the map beside it.
COPY LICENSE /usr/local/share/presence-hub/licences/presence-hub.txt
COPY config/default.toml /etc/presence-hub/default.toml

# Nothing is written outside these two, so that the root can be mounted read-only.
VOLUME ["/var/lib/presence-hub", "/tmp"]
ENV HUB__SERVER__HOST=0.0.0.0 \
    HUB__DATA__DIR=/var/lib/presence-hub \
    HUB__LOGGING__FORMAT=json
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["hubd", "health"]
ENTRYPOINT ["hubd"]
CMD ["serve"]
