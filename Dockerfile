# syntax=docker/dockerfile:1

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=dev REVISION=
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -o /out/conformance \
	-ldflags "-s -w -X conformance/internal/cli.release=$VERSION -X conformance/internal/cli.revision=$REVISION" ./cmd/conformance \
	&& mkdir /out/reports

# Nothing but the binary and the authorities that sign certificates: no shell, no package manager, no user with a name.
FROM scratch
ARG VERSION=dev REVISION=
LABEL org.opencontainers.image.title="conformance" \
	org.opencontainers.image.description="Judges the error side of a REST API against its contract" \
	org.opencontainers.image.licenses="Apache-2.0" \
	org.opencontainers.image.version="$VERSION" \
	org.opencontainers.image.revision="$REVISION"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/conformance /conformance
COPY --from=build --chown=65532:65532 /out/reports /reports
# The working directory is the root, so that reports/ and conformance.yaml are where they are mounted: /reports, /conformance.yaml.
WORKDIR /
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/conformance"]
CMD ["run"]
