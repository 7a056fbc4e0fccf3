package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;

/// The files for containers and clusters: their fields are ones that Kubernetes knows, what they
/// name exists, and the server understands the settings in them.
class DeploymentTest {
  private static final Path ROOT = Path.of(System.getProperty("fathom.root"));

  /// Fields of the kinds of objects that the manifest uses (Kubernetes API 1.31; `*` for any).
  private static final Map<String, Set<String>> FIELDS =
      Map.ofEntries(
          Map.entry("", Set.of("apiVersion", "kind", "metadata", "spec", "data")),
          Map.entry("metadata", Set.of("name", "labels")),
          Map.entry("metadata.labels", Set.of("*")),
          Map.entry("data", Set.of("*")),
          Map.entry("PersistentVolumeClaim.spec", Set.of("accessModes", "resources")),
          Map.entry("PersistentVolumeClaim.spec.resources", Set.of("requests", "limits")),
          Map.entry("PersistentVolumeClaim.spec.resources.requests", Set.of("storage")),
          Map.entry("Deployment.spec", Set.of("replicas", "strategy", "selector", "template")),
          Map.entry("Deployment.spec.strategy", Set.of("type", "rollingUpdate")),
          Map.entry("Deployment.spec.selector", Set.of("matchLabels", "matchExpressions")),
          Map.entry("Deployment.spec.selector.matchLabels", Set.of("*")),
          Map.entry("Deployment.spec.template", Set.of("metadata", "spec")),
          Map.entry("Deployment.spec.template.metadata", Set.of("labels", "annotations")),
          Map.entry("Deployment.spec.template.metadata.labels", Set.of("*")),
          Map.entry(
              "Deployment.spec.template.spec",
              Set.of("terminationGracePeriodSeconds", "securityContext", "containers", "volumes")),
          Map.entry(
              "Deployment.spec.template.spec.securityContext",
              Set.of("runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "seccompProfile")),
          Map.entry("Deployment.spec.template.spec.securityContext.seccompProfile", Set.of("type")),
          Map.entry(
              "container",
              Set.of(
                  "name",
                  "image",
                  "args",
                  "env",
                  "ports",
                  "resources",
                  "securityContext",
                  "startupProbe",
                  "livenessProbe",
                  "readinessProbe",
                  "volumeMounts")),
          Map.entry("container.ports", Set.of("name", "containerPort", "protocol")),
          Map.entry("container.resources", Set.of("requests", "limits")),
          Map.entry("container.resources.requests", Set.of("cpu", "memory")),
          Map.entry("container.resources.limits", Set.of("cpu", "memory")),
          Map.entry(
              "container.securityContext",
              Set.of("allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities")),
          Map.entry("container.securityContext.capabilities", Set.of("drop", "add")),
          Map.entry("container.volumeMounts", Set.of("name", "mountPath", "readOnly")),
          Map.entry(
              "probe", Set.of("httpGet", "periodSeconds", "failureThreshold", "timeoutSeconds")),
          Map.entry("probe.httpGet", Set.of("path", "port", "httpHeaders", "scheme")),
          Map.entry("probe.httpGet.httpHeaders", Set.of("name", "value")),
          Map.entry("volume", Set.of("name", "configMap", "persistentVolumeClaim", "emptyDir")),
          Map.entry("volume.configMap", Set.of("name")),
          Map.entry("volume.persistentVolumeClaim", Set.of("claimName", "readOnly")),
          Map.entry("volume.emptyDir", Set.of("medium", "sizeLimit")),
          Map.entry("Service.spec", Set.of("selector", "ports", "type")),
          Map.entry("Service.spec.selector", Set.of("*")),
          Map.entry("Service.spec.ports", Set.of("name", "port", "targetPort", "protocol")),
          Map.entry("ServiceMonitor.spec", Set.of("selector", "endpoints")),
          Map.entry("ServiceMonitor.spec.selector", Set.of("matchLabels")),
          Map.entry("ServiceMonitor.spec.selector.matchLabels", Set.of("*")),
          Map.entry(
              "ServiceMonitor.spec.endpoints", Set.of("port", "path", "interval", "authorization")),
          Map.entry("ServiceMonitor.spec.endpoints.authorization", Set.of("type", "credentials")),
          Map.entry(
              "ServiceMonitor.spec.endpoints.authorization.credentials", Set.of("name", "key")));

  private static final Map<String, JsonNode> OBJECTS = new HashMap<>();
  private static final List<JsonNode> ALL = new ArrayList<>();
  private static String dockerfile = "";

  @BeforeAll
  static void read() throws Exception {
    Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    String manifest = Files.readString(ROOT.resolve("deploy/kubernetes.yaml"));
    for (Object document : yaml.loadAll(manifest)) {
      JsonNode object = tools.jackson.databind.json.JsonMapper.shared().valueToTree(document);
      ALL.add(object);
      OBJECTS.put(
          object.path("kind").asString() + "/" + object.at("/metadata/name").asString(), object);
    }
    dockerfile = Files.readString(ROOT.resolve("Dockerfile"));
  }

  private static JsonNode pod() {
    return OBJECTS.get("Deployment/fathom").at("/spec/template/spec");
  }

  private static JsonNode container() {
    return pod().at("/containers/0");
  }

  @Test
  void everyObjectHasItsVersionAndAName() {
    Map<String, String> versions =
        Map.of(
            "ConfigMap", "v1",
            "PersistentVolumeClaim", "v1",
            "Service", "v1",
            "Deployment", "apps/v1",
            "ServiceMonitor", "monitoring.coreos.com/v1");
    for (JsonNode object : ALL) {
      String kind = object.path("kind").asString();
      assertThat(object.path("apiVersion").asString()).isEqualTo(versions.get(kind));
      assertThat(object.at("/metadata/name").asString()).matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    }
    assertThat(OBJECTS).hasSameSizeAs(ALL);
  }

  @Test
  void everyFieldIsOneThatKubernetesKnows() {
    for (JsonNode object : ALL) {
      String kind = object.path("kind").asString();
      for (String field : object.propertyNames()) {
        assertThat(FIELDS.get("")).contains(field);
        boolean shared = field.equals("metadata") || field.equals("data");
        check(object.get(field), shared ? field : kind + "." + field);
      }
    }
  }

  /// Checks the fields below a place, with the names that places of the same kind share.
  private static void check(JsonNode node, String place) {
    String name =
        place
            .replaceFirst("^Deployment\\.spec\\.template\\.spec\\.containers", "container")
            .replaceFirst("^Deployment\\.spec\\.template\\.spec\\.volumes", "volume")
            .replaceFirst("^container\\.\\w+Probe", "probe");
    if (node.isArray()) {
      node.forEach(entry -> check(entry, name));
    } else if (node.isObject()) {
      assertThat(FIELDS).as("a place of objects").containsKey(name);
      for (String field : node.propertyNames()) {
        assertThat(FIELDS.get(name)).as(name).containsAnyOf(field, "*");
        check(node.get(field), name + "." + field);
      }
    }
  }

  @Test
  void whatIsNamedIsThere() {
    List<String> volumes = new ArrayList<>();
    for (JsonNode volume : pod().path("volumes")) {
      volumes.add(volume.path("name").asString());
      JsonNode claim = volume.at("/persistentVolumeClaim/claimName");
      JsonNode map = volume.at("/configMap/name");
      assertThat(
              claim.isMissingNode()
                  || OBJECTS.containsKey("PersistentVolumeClaim/" + claim.asString()))
          .isTrue();
      assertThat(map.isMissingNode() || OBJECTS.containsKey("ConfigMap/" + map.asString()))
          .isTrue();
    }
    container()
        .path("volumeMounts")
        .forEach(mount -> assertThat(volumes).contains(mount.path("name").asString()));
    String port = container().at("/ports/0/name").asString();
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      assertThat(container().at("/" + probe + "/httpGet/port").asString()).isEqualTo(port);
    }
    assertThat(OBJECTS.get("Service/fathom").at("/spec/ports/0/targetPort").asString())
        .isEqualTo(port);
    JsonNode labels = OBJECTS.get("Deployment/fathom").at("/spec/template/metadata/labels");
    assertThat(OBJECTS.get("Deployment/fathom").at("/spec/selector/matchLabels")).isEqualTo(labels);
    assertThat(OBJECTS.get("Service/fathom").at("/spec/selector")).isEqualTo(labels);
    assertThat(OBJECTS.get("ServiceMonitor/fathom").at("/spec/selector/matchLabels"))
        .isEqualTo(OBJECTS.get("Service/fathom").at("/metadata/labels"));
  }

  @Test
  void theSettingsInTheManifestAreTheServers() throws Exception {
    Properties properties = new Properties();
    String text = OBJECTS.get("ConfigMap/fathom").path("data").path("server.properties").asString();
    properties.load(new StringReader(text));
    Map<String, String> settings = new HashMap<>();
    properties.stringPropertyNames().forEach(key -> settings.put(key, properties.getProperty(key)));
    ServerConfig config = ServerConfig.of(settings);
    assertThat(config.port()).isEqualTo(container().at("/ports/0/containerPort").asInt());
    assertThat(config.access().keys()).isTrue();
    assertThat(Duration.ofSeconds(pod().path("terminationGracePeriodSeconds").asInt()))
        .isGreaterThan(config.access().drain());
    List<String> mounts = new ArrayList<>();
    container()
        .path("volumeMounts")
        .forEach(mount -> mounts.add(mount.path("mountPath").asString()));
    assertThat(mounts).contains(config.dataFolder().toString());
  }

  @Test
  void thePathsOfTheProbesAreServedWithoutAKey(@org.junit.jupiter.api.io.TempDir Path folder) {
    try (TestServer server = TestServer.start(folder, _ -> "x", "access.keys", "true")) {
      for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
        String path = container().at("/" + probe + "/httpGet/path").asString();
        assertThat(server.get(path).statusCode()).isEqualTo(200);
      }
      String metrics = OBJECTS.get("ServiceMonitor/fathom").at("/spec/endpoints/0/path").asString();
      assertThat(server.get(metrics).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void theImagesEnvironmentIsTheServers() {
    Map<String, String> environment = new HashMap<>();
    Matcher matcher = Pattern.compile("(FATHOM_\\w+)=(\\S+)").matcher(dockerfile);
    while (matcher.find()) {
      environment.put(matcher.group(1), matcher.group(2));
    }
    ServerConfig config = ServerConfig.layered(Map.of(), environment, Map.of());
    assertThat(config.host()).isEqualTo("0.0.0.0");
    assertThat(config.access().keys()).isTrue();
    assertThat(dockerfile).contains("EXPOSE " + config.port());
    assertThat(dockerfile).contains("VOLUME " + config.dataFolder());
  }

  @Test
  void theImageRunsAUserWithoutRightsAndTheMainClassThatThereIs() {
    assertThat(dockerfile).contains("USER 10001").doesNotContain("USER root");
    assertThat(pod().at("/securityContext/runAsUser").asInt()).isEqualTo(10001);
    assertThat(dockerfile).contains("\"fathom.cli.Main\"");
    assertThat(ROOT.resolve("cli/src/main/java/fathom/cli/Main.java")).exists();
    Matcher stage = Pattern.compile("COPY --from=(\\w+)").matcher(dockerfile);
    assertThat(stage.find()).isTrue();
    assertThat(dockerfile).contains(" AS " + stage.group(1));
  }
}
