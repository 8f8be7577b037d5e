import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;

/**
 * java Claims.java URL BODY TOKEN...: one claim with each token, in HTTP/1.1 and with the upgrade to HTTP/2 that the client offers by
 * itself; prints the status of each.
 */
class Claims {
    public static void main(String[] args) throws Exception {
        String body = args[1];
        for (HttpClient.Version version : HttpClient.Version.values()) {
            HttpClient client = HttpClient.newBuilder().version(version).build();
            for (String token : Arrays.asList(args).subList(2, args.length)) {
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(args[0]))
                    .header("Authorization", "Bearer " + token)
                    .POST(body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
                if (!body.isEmpty()) request.header("Content-Type", "application/json");
                System.out.println(client.send(request.build(), BodyHandlers.ofString()).statusCode());
            }
        }
    }
}
