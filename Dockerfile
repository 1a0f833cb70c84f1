# SPDX-License-Identifier: MIT
# An image with the program alone, under 40 MB:
#   docker build -t neardup .
#   docker run --rm -v "$PWD:/data" neardup dedup corpus.jsonl -o clean
FROM debian:bookworm-slim AS build
COPY . /neardup
WORKDIR /neardup
RUN apt-get update && apt-get install -y --no-install-recommends make && tools/setup build \
    && make build/neardup && tools/package/image.sh build/neardup /image

FROM scratch
COPY --from=build /image /
WORKDIR /data
ENTRYPOINT ["/usr/bin/neardup"]
