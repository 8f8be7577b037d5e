#!/usr/bin/env bash
# openapi-generator 7.25.0 makes of a `oneOf` with a discriminator, `code`, a Rust enum with `#[serde(tag = "code")]`, and of
# each member a struct whose required field is `code`. serde takes the tag out of what it reads before the member sees it: no
# valid answer can be read ("missing field `code`"), and what is written has `code` twice. Read as its member it is whole.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
VERSION=7.25.0
cat > document.yaml <<'YAML'
openapi: 3.0.3
info: { title: refusals, version: '1' }
paths:
  /claims:
    post:
      operationId: claim
      responses:
        '409': { description: refused, content: { application/json: { schema: { $ref: '#/components/schemas/Refusal' } } } }
components:
  schemas:
    Refusal:
      oneOf: [{ $ref: '#/components/schemas/SoldOut' }, { $ref: '#/components/schemas/LimitReached' }]
      discriminator:
        propertyName: code
        mapping: { sold_out: '#/components/schemas/SoldOut', limit_reached: '#/components/schemas/LimitReached' }
    SoldOut: { type: object, required: [code], properties: { code: { type: string } } }
    LimitReached: { type: object, required: [code, claim_id], properties: { code: { type: string }, claim_id: { type: string } } }
YAML
mvn -q dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:$VERSION -DoutputDirectory=. -Dmdep.useBaseVersion=true
java -jar openapi-generator-cli-$VERSION.jar generate -i document.yaml -g rust -o made >made.log 2>&1
grep -n 'tag = "code"' made/src/models/refusal.rs
mkdir -p try/src
cp -r made/src/models try/src/models
cat > try/Cargo.toml <<'TOML'
[package]
name = "refusals"
version = "0.1.0"
edition = "2021"

[dependencies]
serde = { version = "=1.0.219", features = ["derive"] }
serde_json = "=1.0.140"
TOML
cat > try/src/main.rs <<'RUST'
#![allow(unused)]
#[macro_use]
extern crate serde;
mod models;
use models::*;

fn main() {
    let answer = r#"{"code":"limit_reached","claim_id":"7"}"#;
    let member: LimitReached = serde_json::from_str(answer).unwrap();
    println!("as its member: {}", serde_json::to_string(&member).unwrap());
    let read = serde_json::from_str::<Refusal>(answer);
    println!("as one of: {}", read.as_ref().unwrap_err());
    assert!(read.unwrap_err().to_string().contains("missing field `code`"));
    let written = serde_json::to_string(&Refusal::LimitReached(Box::new(member))).unwrap();
    println!("written: {written}");
    assert_eq!(written.matches("\"code\"").count(), 2);
}
RUST
cd try
cargo run --quiet
