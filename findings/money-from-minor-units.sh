#!/usr/bin/env bash
# 1,500 minor units, as payment interfaces and ours have amounts, of seven currencies, by the table of ISO 4217 of January 2026 (iso4217
# 1.16.20260101, PyPI) and by libraries for money. rusty-money 0.5.1 (Rust), which follows ISO 4217, has 1,500 forint for 15.00,
# govalues/money 0.2.4 (Go) 15.00 Iceland krona for 1,500; dinero.js 2.0.2 (npm) and rusty-money divide ariary and ouguiya by five and
# by ten instead of a hundred; stockholm 0.5.7 (PyPI) divides each amount by a hundred, yen and dinars too, though it knows their
# digits, as a comment in its manual says. bojanz/currency 1.5.1 (Go) and py-moneyed 3.0 (PyPI) are right.
set -euo pipefail
dir=$(mktemp -d); trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts dinero.js@2.0.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check iso4217==1.16.20260101 stockholm==0.5.7 py-moneyed==3.0
cat > try.py <<'PY'
import sys

import iso4217
import moneyed
from stockholm import Money

libraries = {
    "ISO 4217": lambda code: 1500 / 10 ** iso4217.Currency(code).exponent,
    "py-moneyed": lambda code: 1500 / moneyed.get_currency(code).sub_unit,
    "stockholm": lambda code: Money.from_sub_units(1500, code).amount,
}
for name, amount in libraries.items():
    print(f"{name}:", *[f"{float(amount(code)):g}" for code in sys.argv[1:]])
PY
cat > try.mjs <<'JS'
import { dinero, toUnits } from 'dinero.js';
import * as currencies from 'dinero.js/currencies';

const amounts = process.argv.slice(2).map((code) => {
  const currency = currencies[code];
  const [whole, rest] = toUnits(dinero({ amount: 1500, currency }));
  return whole + (rest ?? 0) / currency.base ** currency.exponent;
});
console.log('dinero.js:', ...amounts);
JS
cat > go.mod <<'MOD'
module findings

go 1.24

require (
	github.com/bojanz/currency v1.5.1
	github.com/govalues/money v0.2.4
)
MOD
cat > try.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/bojanz/currency"
	"github.com/govalues/money"
)

func print(name string, amount func(code string) string) {
	fmt.Print(name, ":")
	for _, code := range os.Args[1:] {
		number, _ := strconv.ParseFloat(amount(code), 64)
		fmt.Print(" ", number)
	}
	fmt.Println()
}

func main() {
	print("bojanz/currency", func(code string) string {
		amount, _ := currency.NewAmountFromInt64(1500, code)
		return amount.Number()
	})
	print("govalues/money", func(code string) string {
		amount, _ := money.NewAmountFromMinorUnits(code, 1500)
		return amount.Decimal().String()
	})
}
GO
mkdir rust && cat > rust/Cargo.toml <<'TOML'
[package]
name = "findings"
version = "0.1.0"
edition = "2021"

[dependencies]
rusty-money = "=0.5.1"

[[bin]]
name = "try"
path = "try.rs"
TOML
cat > rust/try.rs <<'RS'
use rusty_money::{iso, Money};

fn main() {
    let amounts = std::env::args().skip(1).map(|code| Money::from_minor(1500, iso::find(&code).unwrap()).amount().normalize().to_string());
    println!("rusty-money: {}", amounts.collect::<Vec<_>>().join(" "));
}
RS
CODES=(HUF ISK JPY KWD MGA MRU UGX)
export GOFLAGS=-mod=mod GOPATH="$dir/go"
{
  venv/bin/python try.py "${CODES[@]}"
  node try.mjs "${CODES[@]}"
  go run . "${CODES[@]}" 2>errors.txt || cat errors.txt
  cargo run --quiet --manifest-path rust/Cargo.toml -- "${CODES[@]}"
} | tee seen
diff seen - <<'TEXT'
ISO 4217: 15 1500 1500 1.5 15 15 1500
py-moneyed: 15 1500 1500 1.5 15 15 1500
stockholm: 15 15 15 15 15 15 15
dinero.js: 15 1500 1500 1.5 300 300 1500
bojanz/currency: 15 1500 1500 1.5 15 15 1500
govalues/money: 15 15 1500 1.5 15 15 1500
rusty-money: 1500 1500 1500 1.5 150 150 1500
TEXT
echo "as described: four of six libraries make another amount of some currency's minor units than ISO 4217"
