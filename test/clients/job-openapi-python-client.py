"""The whole job with a client that openapi-python-client made: unpatched, money above 2^31, refusals by their types."""

import datetime
import os
import time

from voucher_connect_client import AuthenticatedClient, Client, models
from voucher_connect_client.api.accounts import login_with_password, register_shopper
from voucher_connect_client.api.claims import claim_voucher, get_claim
from voucher_connect_client.api.merchants import register_merchant
from voucher_connect_client.api.redemptions import redeem_claim
from voucher_connect_client.api.vouchers import list_vouchers
from voucher_connect_client.api.vouchers_of_a_merchant import create_voucher, publish_voucher

URL = os.environ["API_URL"]
RUN = time.time_ns()
PASSWORD = "correct horse battery staple"


def client(session):
    return AuthenticatedClient(base_url=URL, token=session.access_token)


def got(kind, answer):
    assert isinstance(answer, kind), answer
    return answer


anybody = Client(base_url=URL)
owner = models.MerchantOwner(email=f"opc-owner-{RUN}@example.com", password=PASSWORD, name="Chen Bo")
business = models.RegisterMerchantRequest(name="Tea House", time_zone="Asia/Shanghai", owner=owner)
merchant = client(got(models.Merchant, register_merchant.sync(client=anybody, body=business)).session)
person = models.RegisterRequest(email=f"opc-{RUN}@example.com", password=PASSWORD, name="Lin")
got(models.Session, register_shopper.sync(client=anybody, body=person))
login = models.LoginRequest(email=person.email, password=PASSWORD)
shopper = client(got(models.Session, login_with_password.sync(client=anybody, body=login)))

now = datetime.datetime.now(datetime.timezone.utc)
hour = datetime.timedelta(hours=1)
terms = models.CreateVoucherRequest(
    title="Half price oolong",
    total_stock=5,
    opens_at=now - hour,
    closes_at=now + hour,
    face_value=models.FaceValueInput(amount=2**31, currency="CNY"),
)
draft = got(models.Voucher, create_voucher.sync(client=merchant, body=terms))
got(models.Voucher, publish_voucher.sync(draft.id, client=merchant))
listed = got(models.VoucherList, list_vouchers.sync(client=anybody)).data[0]
assert listed.face_value.amount == 2**31, listed

claim = got(models.Claim, claim_voucher.sync(draft.id, client=shopper))
deadline = time.monotonic() + 60
while claim.status == models.ClaimStatus.PENDING and time.monotonic() < deadline:
    time.sleep(0.05)
    claim = got(models.Claim, get_claim.sync(claim.id, client=shopper))
assert claim.status == models.ClaimStatus.ISSUED and claim.code, claim
refusal = got(models.ClaimLimitReachedProblem, claim_voucher.sync(draft.id, client=shopper))
assert refusal.claim_id == claim.id, refusal

code = models.RedemptionRequest(code=claim.code)
redemption = got(models.Redemption, redeem_claim.sync(client=merchant, body=code))
refusal = got(models.AlreadyRedeemedProblem, redeem_claim.sync(client=merchant, body=code))
assert refusal.redemption.id == redemption.id, refusal
print("the whole job is done")
