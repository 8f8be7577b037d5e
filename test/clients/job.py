"""The whole job with a client that openapi-generator made: unpatched, money above 2^31, refusals by their types."""

import datetime
import os
import time

import openapi_client as api

URL = os.environ["API_URL"]
RUN = time.time_ns()
PASSWORD = "correct horse battery staple"


def client(token=None):
    return api.ApiClient(api.Configuration(host=URL, access_token=token))


merchant = api.MerchantsApi(client()).register_merchant(
    api.RegisterMerchantRequest(
        name="Tea House",
        time_zone="Asia/Shanghai",
        owner=api.MerchantOwner(email=f"py-owner-{RUN}@example.com", password=PASSWORD, name="Chen Bo"),
    )
)
session = api.AccountsApi(client()).register_shopper(
    api.RegisterRequest(email=f"py-{RUN}@example.com", password=PASSWORD, name="Lin")
)
now = datetime.datetime.now(datetime.timezone.utc)
hour = datetime.timedelta(hours=1)
shop = api.VouchersOfAMerchantApi(client(merchant.session.access_token))
draft = shop.create_voucher(
    api.CreateVoucherRequest(
        title="Half price oolong",
        total_stock=5,
        opens_at=now - hour,
        closes_at=now + hour,
        face_value=api.FaceValueInput(amount=2**31, currency="CNY"),
    )
)
shop.publish_voucher(draft.id)
listed = api.VouchersApi(client()).list_vouchers().data[0]
assert listed.face_value.amount == 2**31, listed

claims = api.ClaimsApi(client(session.access_token))
claim = claims.claim_voucher(draft.id)
deadline = time.monotonic() + 60
while claim.status == "pending" and time.monotonic() < deadline:
    time.sleep(0.05)
    claim = claims.get_claim(claim.id)
assert claim.status == "issued" and claim.code, claim
try:
    claims.claim_voucher(draft.id)
    raise SystemExit("a second claim was not refused")
except api.ApiException as error:
    refusal = error.data.actual_instance
    assert isinstance(refusal, api.ClaimLimitReachedProblem) and refusal.claim_id == claim.id, refusal

counter = api.RedemptionsApi(client(merchant.session.access_token))
redemption = counter.redeem_claim(api.RedemptionRequest(code=claim.code))
try:
    counter.redeem_claim(api.RedemptionRequest(code=claim.code))
    raise SystemExit("a second redemption was not refused")
except api.ApiException as error:
    refusal = error.data.actual_instance
    assert isinstance(refusal, api.AlreadyRedeemedProblem) and refusal.redemption.id == redemption.id, refusal
print("the whole job is done")
