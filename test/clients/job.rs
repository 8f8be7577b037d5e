//! The whole job with a client that openapi-generator made (rust): unpatched, money above 2^31, refusals.
use chrono::{Duration, Utc};
use openapi::apis::configuration::Configuration;
use openapi::apis::{
    accounts_api, claims_api, merchants_api, redemptions_api, vouchers_api, vouchers_of_a_merchant_api, Error,
};
use openapi::models::{
    claim, AlreadyRedeemedProblem, ClaimLimitReachedProblem, CreateVoucherRequest, FaceValueInput, MerchantOwner, RedemptionRequest, RegisterMerchantRequest,
    RegisterRequest,
};
use serde::de::DeserializeOwned;

fn client(token: Option<String>) -> Configuration {
    Configuration {
        base_path: std::env::var("API_URL").expect("API_URL"),
        bearer_access_token: token,
        ..Configuration::default()
    }
}

/// The generated enum of problems never reads one: it takes `code` for its tag, and then misses it in the problem itself. The type
/// of each code reads its own: whoever expects one says which, and gets nothing where the code is another.
fn refusal<P: DeserializeOwned, T, E>(answer: Result<T, Error<E>>) -> P {
    match answer {
        Err(Error::ResponseError(response)) => serde_json::from_str(&response.content).expect("a problem of this code"),
        Err(error) => panic!("no answer: {error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn the_whole_job() {
    let run = Utc::now().timestamp_millis();
    let password = "correct horse battery staple".to_string();
    let mut business = RegisterMerchantRequest::new("Tea House".into(), "Asia/Shanghai".into());
    let email = format!("rust-owner-{run}@example.com");
    business.owner = Some(Box::new(MerchantOwner::new(email, password.clone(), "Chen Bo".into())));
    let merchant = merchants_api::register_merchant(&client(None), business, None, None).await.expect("a merchant");
    let person = RegisterRequest::new(format!("rust-{run}@example.com"), password, "Lin".into());
    let session = accounts_api::register_shopper(&client(None), person, None, None).await.expect("a shopper");

    let of_merchant = client(merchant.session.access_token.clone());
    let now = Utc::now().fixed_offset();
    let hour = Duration::hours(1);
    let mut terms = CreateVoucherRequest::new("Half price oolong".into(), 5, now - hour, now + hour);
    terms.face_value = Some(Some(Box::new(FaceValueInput::new(2_147_483_648, "CNY".into()))));
    let draft = vouchers_of_a_merchant_api::create_voucher(&of_merchant, terms, None, None).await.expect("a draft");
    vouchers_of_a_merchant_api::publish_voucher(&of_merchant, &draft.id, None, None).await.expect("published");
    let list = vouchers_api::list_vouchers(&client(None), None, None, None, None, None).await.expect("a list");
    assert_eq!(list.data[0].face_value.as_ref().expect("a value").amount, 2_147_483_648);

    let shopper = client(session.access_token.clone());
    let mut claim = claims_api::claim_voucher(&shopper, &draft.id, None).await.expect("a claim");
    for _ in 0..1_200 {
        if claim.status != claim::Status::Pending {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        claim = claims_api::get_claim(&shopper, &claim.id).await.expect("the claim");
    }
    assert_eq!(claim.status, claim::Status::Issued);
    let again: ClaimLimitReachedProblem = refusal(claims_api::claim_voucher(&shopper, &draft.id, None).await);
    assert_eq!(again.claim_id.as_ref(), Some(&claim.id));

    let mut code = RedemptionRequest::new();
    code.code = claim.code.clone();
    let redemption = redemptions_api::redeem_claim(&of_merchant, code.clone(), None, None).await.expect("redeemed");
    let twice = redemptions_api::redeem_claim(&of_merchant, code, None, None).await;
    let twice: AlreadyRedeemedProblem = refusal(twice);
    let earlier = twice.redemption.expect("the redemption");
    assert_eq!(earlier.id, redemption.id);
}
