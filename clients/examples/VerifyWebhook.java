import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Standard Webhooks with the Java platform alone (11 or later). */
public final class VerifyWebhook {
  private static final Duration OLDEST = Duration.ofMinutes(5);

  private VerifyWebhook() {}

  /**
   * @param secret as it was shown once, {@code whsec_...}
   * @param id, timestamp, signatures the headers {@code webhook-id}, {@code webhook-timestamp}, {@code webhook-signature}
   * @param body as it came, byte for byte
   * @return whether we sent it, within the last five minutes
   */
  public static boolean isGenuine(String secret, String id, String timestamp, String signatures, byte[] body)
      throws GeneralSecurityException {
    Instant sent = Instant.ofEpochSecond(Long.parseLong(timestamp));
    if (Duration.between(sent, Instant.now()).abs().compareTo(OLDEST) > 0) return false;
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
    mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
    byte[] wanted = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(StandardCharsets.UTF_8);
    for (String one : signatures.split(" "))
      if (MessageDigest.isEqual(wanted, one.getBytes(StandardCharsets.UTF_8))) return true;
    return false;
  }

  /** {@code java VerifyWebhook.java SECRET ID TIMESTAMP SIGNATURES < body}: genuine or refused. */
  public static void main(String[] arguments) throws Exception {
    boolean genuine =
        isGenuine(arguments[0], arguments[1], arguments[2], arguments[3], System.in.readAllBytes());
    System.out.println(genuine ? "genuine" : "refused");
  }
}
