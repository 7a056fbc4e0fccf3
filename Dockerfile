# Builds Fathom and makes an image that only runs it:
#   docker build -t fathom .
#   docker run --rm -v fathom-data:/data fathom keys --create alice
#   docker run -p 8080:8080 -v fathom-data:/data -v /path/to/model:/model:ro fathom
# Without --model (`docker run … fathom serve`) it serves the small model that ships inside.
FROM docker.io/library/maven:3-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN mvn -B -q -Dmaven.test.skip=true -Dspotless.check.skip=true -pl cli -am package

# Not the -jre image: nobody promises that it has the incubating module jdk.incubator.vector.
FROM docker.io/library/eclipse-temurin:25
RUN useradd --system --uid 10001 --home-dir /data fathom && mkdir -p /data && chown fathom /data
COPY --from=build /src/cli/target/fathom /opt/fathom/lib
USER 10001
VOLUME /data
EXPOSE 8080
ENV FATHOM_SERVER_HOST=0.0.0.0 \
    FATHOM_SERVER_ACCESS_KEYS=true \
    FATHOM_SERVER_DATA_FOLDER=/data
# The JVM gets a fixed share of the container's memory; the weights are mapped and lie in the page cache.
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=40", "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", \
            "-cp", "/opt/fathom/lib/*", "fathom.cli.Main"]
CMD ["serve", "--model", "/model"]
HEALTHCHECK --interval=15s --timeout=3s --start-period=120s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200'"]
