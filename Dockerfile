ARG BASE=rust:1.95-slim
FROM ${BASE} AS build
# Embeds the list of dependencies in the binary, where scanners find it.
RUN cargo install --locked cargo-auditable@0.7.7
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
# Of the other packages of the workspace, .dockerignore lets in nothing but the manifests.
COPY examples ./examples
COPY tests ./tests
# Static glibc: names resolve without any file of the image, and the certificates are in the binary. `--target` keeps
# RUSTFLAGS away from the procedural macros, which run at build time and cannot be static.
RUN target="$(rustc --print host-tuple)" \
    && RUSTFLAGS="-C target-feature=+crt-static" cargo auditable build --release --locked --target "$target" \
    && cp "target/$target/release/confluence-pr-link" /confluence-pr-link

FROM scratch
LABEL org.opencontainers.image.title="confluence-pr-link" \
      org.opencontainers.image.description="Bitbucket Pipe that links pull requests and their Confluence pages, both ways" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.source="https://bitbucket.org/confluence-pr-link/confluence-pr-link" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY pipe.yml README.md LICENSE.txt /
COPY --from=build /confluence-pr-link /confluence-pr-link
# Absolute, because a pipe runs in the step's directory. As root, like Atlassian's own pipes: on a runner of your own the
# clone directory, where OUTPUT_DIR is, may belong to root.
ENTRYPOINT ["/confluence-pr-link"]
