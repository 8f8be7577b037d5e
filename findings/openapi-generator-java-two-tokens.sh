#!/usr/bin/env bash
# A document has two schemes of type http, bearer: a session's token and an API key. openapi-generator 7.25.0 makes a Java
# client with one `setBearerToken`, which sets the first scheme that its map gives and leaves the other without a token: the
# operations of that one go out without `Authorization`, and nothing is said. Each scheme has to be set by its name
# (`getAuthentication`). The client that the same release makes for Python sends its one token for both.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
VERSION=7.25.0
cat > document.yaml <<'YAML'
openapi: 3.0.3
info: { title: two tokens, version: '1' }
paths:
  /mine:
    get: { operationId: getMine, security: [{ session: [] }], responses: { '204': { description: done } } }
  /stock:
    get: { operationId: getStock, security: [{ key: [] }], responses: { '204': { description: done } } }
components:
  securitySchemes:
    session: { type: http, scheme: bearer }
    key: { type: http, scheme: bearer }
YAML
mvn -q dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:$VERSION -DoutputDirectory=. -Dmdep.useBaseVersion=true
for language in java python; do
  java -jar openapi-generator-cli-$VERSION.jar generate -i document.yaml -g $language -o $language >$language.log 2>&1
done
mkdir -p java/src/main/java
cat > java/src/main/java/Try.java <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.DefaultApi;
import org.openapitools.client.auth.HttpBearerAuth;

public class Try {
  public static void main(String[] args) throws Exception {
    Map<String, String> seen = new TreeMap<>();
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      seen.put(exchange.getRequestURI().getPath(), String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
      exchange.sendResponseHeaders(204, -1);
      exchange.close();
    });
    server.start();
    ApiClient client = new ApiClient();
    client.setBasePath("http://127.0.0.1:" + server.getAddress().getPort());
    DefaultApi api = new DefaultApi(client);
    client.setBearerToken("abc");
    api.getMine();
    api.getStock();
    System.out.println("setBearerToken: " + seen);
    long without = seen.values().stream().filter("null"::equals).count();
    ((HttpBearerAuth) client.getAuthentication("session")).setBearerToken("abc");
    ((HttpBearerAuth) client.getAuthentication("key")).setBearerToken("def");
    api.getMine();
    api.getStock();
    System.out.println("each by its name: " + seen);
    server.stop(0);
    boolean whole = seen.equals(Map.of("/mine", "Bearer abc", "/stock", "Bearer def"));
    System.exit(without == 1 && whole ? 0 : 1);
  }
}
JAVA
cd java
mvn -q -DskipTests compile
mvn -q dependency:build-classpath -Dmdep.outputFile="$work/classpath"
java -cp "target/classes:$(cat "$work/classpath")" Try
cd ..
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ./python
cat > try.py <<'PY'
import http.server, threading
import openapi_client

seen = {}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen[self.path] = self.headers.get('Authorization')
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass

server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
configuration = openapi_client.Configuration(host=f'http://127.0.0.1:{server.server_port}', access_token='abc')
api = openapi_client.DefaultApi(openapi_client.ApiClient(configuration))
api.get_mine()
api.get_stock()
print('Python, access_token:', seen)
assert seen == {'/mine': 'Bearer abc', '/stock': 'Bearer abc'}
PY
venv/bin/python try.py
