// The whole job with a client that openapi-generator made: unpatched, money above 2^31, refusals by their types.
package openapi

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

func client(token string) *APIClient {
	configuration := NewConfiguration()
	configuration.Servers = ServerConfigurations{{URL: os.Getenv("API_URL")}}
	if token != "" {
		configuration.AddDefaultHeader("Authorization", "Bearer "+token)
	}
	return NewAPIClient(configuration)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestJob(t *testing.T) {
	ctx := context.Background()
	run := time.Now().UnixNano()
	password := "correct horse battery staple"
	owner := NewMerchantOwner(fmt.Sprintf("go-owner-%d@example.com", run), password, "Chen Bo")
	business := NewRegisterMerchantRequest("Tea House", "Asia/Shanghai")
	business.SetOwner(*owner)
	merchant, _, err := client("").MerchantsAPI.RegisterMerchant(ctx).RegisterMerchantRequest(*business).Execute()
	must(t, err)
	session, _, err := client("").AccountsAPI.RegisterShopper(ctx).
		RegisterRequest(*NewRegisterRequest(fmt.Sprintf("go-%d@example.com", run), password, "Lin")).Execute()
	must(t, err)

	now := time.Now()
	terms := NewCreateVoucherRequest("Half price oolong", 5, now.Add(-time.Hour), now.Add(time.Hour))
	terms.SetFaceValue(*NewFaceValueInput(2147483648, "CNY"))
	shop := client(merchant.Session.GetAccessToken())
	draft, _, err := shop.VouchersOfAMerchantAPI.CreateVoucher(ctx).CreateVoucherRequest(*terms).Execute()
	must(t, err)
	_, _, err = shop.VouchersOfAMerchantAPI.PublishVoucher(ctx, draft.Id).Execute()
	must(t, err)
	list, _, err := client("").VouchersAPI.ListVouchers(ctx).Execute()
	must(t, err)
	if value := list.Data[0].FaceValue.Get(); value == nil || value.Amount != 2147483648 {
		t.Fatalf("money is read as %v", value)
	}

	shopper := client(session.GetAccessToken())
	claim, _, err := shopper.ClaimsAPI.ClaimVoucher(ctx, draft.Id).Execute()
	must(t, err)
	for deadline := time.Now().Add(time.Minute); claim.Status == "pending" && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
		claim, _, err = shopper.ClaimsAPI.GetClaim(ctx, claim.Id).Execute()
		must(t, err)
	}
	if claim.Status != "issued" || claim.GetCode() == "" {
		t.Fatalf("the claim is %s", claim.Status)
	}
	_, response, err := shopper.ClaimsAPI.ClaimVoucher(ctx, draft.Id).Execute()
	if err == nil || response.StatusCode != 409 {
		t.Fatalf("a second claim: %v", err)
	}
	problem := err.(*GenericOpenAPIError).Model().(Problem)
	if refusal := problem.ClaimLimitReachedProblem; refusal == nil || refusal.GetClaimId() != claim.Id {
		t.Fatalf("the refusal is read as %v", problem.GetActualInstance())
	}

	code := NewRedemptionRequest()
	code.SetCode(claim.GetCode())
	redemption, _, err := shop.RedemptionsAPI.RedeemClaim(ctx).RedemptionRequest(*code).Execute()
	must(t, err)
	_, response, err = shop.RedemptionsAPI.RedeemClaim(ctx).RedemptionRequest(*code).Execute()
	if err == nil || response.StatusCode != 409 {
		t.Fatalf("a second redemption: %v", err)
	}
	problem = err.(*GenericOpenAPIError).Model().(Problem)
	twice := problem.AlreadyRedeemedProblem
	if twice == nil || twice.Redemption.Get() == nil || twice.Redemption.Get().Id != redemption.Id {
		t.Fatalf("the refusal is read as %v", problem.GetActualInstance())
	}
}
