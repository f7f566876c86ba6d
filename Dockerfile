# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/build && python -m venv /opt/tidegate
COPY requirements.txt requirements-build.txt ./
RUN /opt/build/bin/pip install --require-hashes -r requirements-build.txt \
    && /opt/tidegate/bin/pip install --require-hashes -r requirements.txt
COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/tidegate/bin/pip install --no-index --no-deps /dist/*.whl

FROM python:3.11-slim-bookworm
ADD --chmod=644 https://packages.microsoft.com/keys/microsoft.asc /etc/apt/keyrings/microsoft.asc
# slim images lack Kerberos, which the driver loads for Trusted_Connection.
RUN echo "deb [arch=amd64,arm64 signed-by=/etc/apt/keyrings/microsoft.asc] https://packages.microsoft.com/debian/12/prod bookworm main" \
        > /etc/apt/sources.list.d/microsoft.list \
    && apt-get update \
    && ACCEPT_EULA=Y apt-get install --yes --no-install-recommends msodbcsql18 libgssapi-krb5-2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data tidegate \
    && install --directory --owner tidegate --mode 0700 /data
COPY --from=build /opt/tidegate /opt/tidegate
ENV PATH=/opt/tidegate/bin:$PATH HOST=0.0.0.0 PORT=7003
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 7003
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/ping\", timeout=2)"]
ENTRYPOINT ["tidegate"]
CMD ["up", "--dir", "/data"]
