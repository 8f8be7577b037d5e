// The whole job with a client that openapi-generator made (java): unpatched, money above 2^31, refusals by their types.
import java.time.OffsetDateTime;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.*;
import org.openapitools.client.auth.HttpBearerAuth;
import org.openapitools.client.model.*;

public class Job {
  static final String PASSWORD = "correct horse battery staple";
  static final long RUN = System.currentTimeMillis();

  static ApiClient client(String token) {
    ApiClient client = new ApiClient().setBasePath(System.getenv("API_URL"));
    // Not client.setBearerToken: that finds the first of two, and the other one is for API keys.
    if (token != null) ((HttpBearerAuth) client.getAuthentication("bearer")).setBearerToken(token);
    return client;
  }

  interface Call {
    void make() throws ApiException;
  }

  static Object refusal(Call call) throws Exception {
    try {
      call.make();
    } catch (ApiException error) {
      return Problem.fromJson(error.getResponseBody()).getActualInstance();
    }
    throw new IllegalStateException("it was not refused");
  }

  static void same(Object found, Object wanted) {
    if (!wanted.equals(found)) throw new IllegalStateException(found + " instead of " + wanted);
  }

  public static void main(String[] args) throws Exception {
    MerchantOwner owner =
        new MerchantOwner().email("java-owner-" + RUN + "@example.com").password(PASSWORD).name("Chen Bo");
    Merchant merchant =
        new MerchantsApi(client(null))
            .registerMerchant(
                new RegisterMerchantRequest().name("Tea House").timeZone("Asia/Shanghai").owner(owner), null, null);
    RegisterRequest person =
        new RegisterRequest().email("java-" + RUN + "@example.com").password(PASSWORD).name("Lin");
    Session session = new AccountsApi(client(null)).registerShopper(person, null, null);

    ApiClient ofMerchant = client(merchant.getSession().getAccessToken());
    VouchersOfAMerchantApi shop = new VouchersOfAMerchantApi(ofMerchant);
    OffsetDateTime now = OffsetDateTime.now();
    CreateVoucherRequest terms =
        new CreateVoucherRequest()
            .title("Half price oolong")
            .totalStock(5)
            .opensAt(now.minusHours(1))
            .closesAt(now.plusHours(1))
            .faceValue(new FaceValueInput().amount(2147483648L).currency("CNY"));
    Voucher draft = shop.createVoucher(terms, null, null);
    shop.publishVoucher(draft.getId(), null, null);
    VoucherList list = new VouchersApi(client(null)).listVouchers(null, null, null, null, null);
    same(list.getData().get(0).getFaceValue().getAmount(), 2147483648L);

    ClaimsApi claims = new ClaimsApi(client(session.getAccessToken()));
    Claim claim = claims.claimVoucher(draft.getId(), null);
    for (long deadline = RUN + 60_000; claim.getStatus() == Claim.StatusEnum.PENDING; ) {
      if (System.currentTimeMillis() > deadline) throw new IllegalStateException("it is pending");
      Thread.sleep(50);
      claim = claims.getClaim(claim.getId());
    }
    same(claim.getStatus(), Claim.StatusEnum.ISSUED);
    Object again = refusal(() -> claims.claimVoucher(draft.getId(), null));
    same(((ClaimLimitReachedProblem) again).getClaimId(), claim.getId());

    RedemptionsApi counter = new RedemptionsApi(ofMerchant);
    RedemptionRequest code = new RedemptionRequest().code(claim.getCode());
    Redemption redemption = counter.redeemClaim(code, null, null);
    Object twice = refusal(() -> counter.redeemClaim(code, null, null));
    same(((AlreadyRedeemedProblem) twice).getRedemption().getId(), redemption.getId());
    System.out.println("the whole job is done");
  }
}
