# The page of geoagent. docs/install.md says how to build and run it.
FROM python:3.12-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/geoagent \
    && /opt/geoagent/bin/pip install --no-cache-dir -c constraints.txt '.[postgres,serve]'

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin geoagent \
    && install -d -m 700 -o geoagent -g geoagent /data
COPY --from=build /opt/geoagent /opt/geoagent
ENV PATH=/opt/geoagent/bin:$PATH \
    GEOAGENT_CACHE_DIR=/data/cache \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME /data
WORKDIR /data
EXPOSE 8756
# the first start builds the atlas, which takes about half a minute
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8756/health', timeout=4)"]
ENTRYPOINT ["geoagent"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/data/cases"]
