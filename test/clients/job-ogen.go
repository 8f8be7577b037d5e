// The whole job with a client that ogen made: unpatched, money above 2^31, refusals by their types.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"job/api"

	"github.com/ogen-go/ogen/ogenerrors"
)

const password = "correct horse battery staple"

// bearer is what somebody with an access token shows.
type bearer string

func (token bearer) Bearer(context.Context, api.OperationName) (api.Bearer, error) {
	return api.Bearer{Token: string(token)}, nil
}

func (bearer) APIKey(context.Context, api.OperationName) (api.APIKey, error) {
	return api.APIKey{}, ogenerrors.ErrSkipClientSecurity
}

func (bearer) Cookie(context.Context, api.OperationName) (api.Cookie, error) {
	return api.Cookie{}, ogenerrors.ErrSkipClientSecurity
}

func as(token string) *api.Client {
	client, err := api.NewClient(os.Getenv("API_URL"), bearer(token))
	must(err)
	return client
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// got is the body of what was answered, unless it was something else. Answers of the same form share a type with headers,
// which is named after one of them.
func got[T any](answer any, err error) T {
	must(err)
	typed, is := answer.(interface{ GetResponse() T })
	if !is {
		log.Fatalf("answered %T: %+v", answer, answer)
	}
	return typed.GetResponse()
}

func main() {
	ctx := context.Background()
	run := time.Now().UnixNano()
	anybody := as("")
	business := &api.RegisterMerchantRequest{Name: "Tea House", TimeZone: "Asia/Shanghai"}
	business.Owner.SetTo(api.MerchantOwner{
		Email:    fmt.Sprintf("ogen-owner-%d@example.com", run),
		Password: password,
		Name:     "Chen Bo",
	})
	owner := got[api.Merchant](anybody.RegisterMerchant(ctx, business, api.RegisterMerchantParams{}))
	merchant := as(owner.Session.AccessToken.Value)
	person := &api.RegisterRequest{Email: fmt.Sprintf("ogen-%d@example.com", run), Password: password, Name: "Lin"}
	got[api.Session](anybody.RegisterShopper(ctx, person, api.RegisterShopperParams{}))
	login := &api.LoginRequest{Email: person.Email, Password: password}
	session := got[api.Session](anybody.LoginWithPassword(ctx, login, api.LoginWithPasswordParams{}))
	shopper := as(session.AccessToken.Value)

	now := time.Now()
	terms := &api.CreateVoucherRequest{
		Title:      "Half price oolong",
		TotalStock: 5,
		OpensAt:    now.Add(-time.Hour),
		ClosesAt:   now.Add(time.Hour),
	}
	terms.FaceValue.SetTo(api.FaceValueInput{Amount: 2147483648, Currency: "CNY"})
	draft := got[api.Voucher](merchant.CreateVoucher(ctx, terms, api.CreateVoucherParams{}))
	got[api.Voucher](merchant.PublishVoucher(ctx, api.PublishVoucherParams{ID: draft.ID}))
	list := got[api.VoucherList](anybody.ListVouchers(ctx, api.ListVouchersParams{}))
	if value := list.Data[0].FaceValue; value.Null || value.Value.Amount != 2147483648 {
		log.Fatalf("money is read as %v", value)
	}

	claim := got[api.Claim](shopper.ClaimVoucher(ctx, api.ClaimVoucherParams{ID: draft.ID}))
	for deadline := time.Now().Add(time.Minute); claim.Status == api.ClaimStatusPending && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
		claim = got[api.Claim](shopper.GetClaim(ctx, api.GetClaimParams{ID: claim.ID}))
	}
	if claim.Status != api.ClaimStatusIssued || claim.Code.Null {
		log.Fatalf("the claim is %s", claim.Status)
	}
	answer, err := shopper.ClaimVoucher(ctx, api.ClaimVoucherParams{ID: draft.ID})
	must(err)
	conflict, is := answer.(*api.ClaimVoucherConflict)
	if !is {
		log.Fatalf("a second claim is answered %T", answer)
	}
	limit, is := conflict.Response.GetClaimLimitReachedProblem()
	if !is || limit.ClaimID.Value != claim.ID {
		log.Fatalf("the refusal is read as %s", conflict.Response.Type)
	}

	code := &api.RedemptionRequest{}
	code.Code.SetTo(claim.Code.Value)
	redemption := got[api.Redemption](merchant.RedeemClaim(ctx, code, api.RedeemClaimParams{}))
	twice, err := merchant.RedeemClaim(ctx, code, api.RedeemClaimParams{})
	must(err)
	taken, is := twice.(*api.RedeemClaimConflict)
	if !is {
		log.Fatalf("a second redemption is answered %T", twice)
	}
	used, is := taken.Response.GetAlreadyRedeemedProblem()
	if !is || used.Redemption.Null || used.Redemption.Value.ID != redemption.ID {
		log.Fatalf("the refusal is read as %s", taken.Response.Type)
	}
	fmt.Println("the whole job is done")
}
