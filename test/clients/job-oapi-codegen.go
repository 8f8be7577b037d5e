// The whole job with a client that oapi-codegen made: unpatched, money above 2^31, refusals by their types.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

const password = "correct horse battery staple"

func as(token *string) *ClientWithResponses {
	client, err := NewClientWithResponses(os.Getenv("API_URL"), WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			if token != nil {
				request.Header.Set("Authorization", "Bearer "+*token)
			}
			return nil
		}))
	must(err)
	return client
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// got is what was answered, unless it was something else.
func got[T any](answer *T, body []byte) *T {
	if answer == nil {
		log.Fatalf("answered %s", body)
	}
	return answer
}

// refusal is the type of problem that the code stands for.
func refusal[T any](problem *Problem, body []byte) T {
	value, err := got(problem, body).ValueByDiscriminator()
	must(err)
	typed, is := value.(T)
	if !is {
		log.Fatalf("the refusal is read as %T", value)
	}
	return typed
}

func main() {
	ctx := context.Background()
	run := time.Now().UnixNano()
	owner := MerchantOwner{Email: fmt.Sprintf("oapi-owner-%d@example.com", run), Password: password, Name: "Chen Bo"}
	business, err := as(nil).RegisterMerchantWithResponse(ctx, nil,
		RegisterMerchantRequest{Name: "Tea House", TimeZone: "Asia/Shanghai", Owner: &owner})
	must(err)
	merchant := as(got(business.JSON201, business.Body).Session.AccessToken)
	email := fmt.Sprintf("oapi-%d@example.com", run)
	registered, err := as(nil).RegisterShopperWithResponse(ctx, nil,
		RegisterRequest{Email: email, Password: password, Name: "Lin"})
	must(err)
	got(registered.JSON201, registered.Body)
	login, err := as(nil).LoginWithPasswordWithResponse(ctx, nil, LoginRequest{Email: email, Password: password})
	must(err)
	shopper := as(got(login.JSON200, login.Body).AccessToken)

	now := time.Now()
	created, err := merchant.CreateVoucherWithResponse(ctx, nil, CreateVoucherRequest{
		Title:      "Half price oolong",
		TotalStock: 5,
		OpensAt:    now.Add(-time.Hour),
		ClosesAt:   now.Add(time.Hour),
		FaceValue:  &FaceValueInput{Amount: 2147483648, Currency: "CNY"},
	})
	must(err)
	draft := got(created.JSON201, created.Body)
	published, err := merchant.PublishVoucherWithResponse(ctx, draft.Id, nil)
	must(err)
	got(published.JSON200, published.Body)
	list, err := as(nil).ListVouchersWithResponse(ctx, nil)
	must(err)
	if value := got(list.JSON200, list.Body).Data[0].FaceValue; value == nil || value.Amount != 2147483648 {
		log.Fatalf("money is read as %v", value)
	}

	claimed, err := shopper.ClaimVoucherWithResponse(ctx, draft.Id, nil)
	must(err)
	claim := got(claimed.JSON202, claimed.Body)
	for deadline := time.Now().Add(time.Minute); claim.Status == "pending" && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
		read, err := shopper.GetClaimWithResponse(ctx, claim.Id)
		must(err)
		claim = got(read.JSON200, read.Body)
	}
	if claim.Status != "issued" || claim.Code == nil {
		log.Fatalf("the claim is %s", claim.Status)
	}
	again, err := shopper.ClaimVoucherWithResponse(ctx, draft.Id, nil)
	must(err)
	limit := refusal[ClaimLimitReachedProblem](again.ApplicationproblemJSON409, again.Body)
	if limit.ClaimId == nil || *limit.ClaimId != claim.Id {
		log.Fatalf("the refusal names %v", limit.ClaimId)
	}

	code := RedemptionRequest{Code: claim.Code}
	redeemed, err := merchant.RedeemClaimWithResponse(ctx, nil, code)
	must(err)
	redemption := got(redeemed.JSON201, redeemed.Body)
	twice, err := merchant.RedeemClaimWithResponse(ctx, nil, code)
	must(err)
	used := refusal[AlreadyRedeemedProblem](twice.ApplicationproblemJSON409, twice.Body)
	if used.Redemption == nil || used.Redemption.Id != redemption.Id {
		log.Fatalf("the refusal names %v", used.Redemption)
	}
	fmt.Println("the whole job is done")
}
