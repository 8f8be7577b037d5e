import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** {@code java Verify SECRET ID TIMESTAMP SIGNATURES < body}: genuine or refused, by the library of Maven Central. */
public final class Verify {
  private Verify() {}

  public static void main(String[] arguments) throws Exception {
    String body = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    Map<String, List<String>> headers =
        Map.of(
            "webhook-id", List.of(arguments[1]),
            "webhook-timestamp", List.of(arguments[2]),
            "webhook-signature", List.of(arguments[3]));
    try {
      new Webhook(arguments[0]).verify(body, headers);
      System.out.println("genuine");
    } catch (WebhookVerificationException refusal) {
      System.out.println("refused");
    }
  }
}
