#!/usr/bin/env bash
# Prices as a number of a JSON body has them, 19.99 or 0.29, brought to cents, for each of the 100,000 prices below 1,000. Rhymond/go-money
# 1.0.15 (Go), whose documentation says that trailing decimals are rounded down, cuts off what no price has: 19.99 becomes 1,998 cents,
# and 4,586 prices are a cent too low. shopspring/decimal 1.6.0 (Go), currency.js 2.0.4 (npm), py-moneyed 3.0 and stockholm 0.5.7
# (PyPI) are right for all.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts currency.js@2.0.4
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check py-moneyed==3.0 stockholm==0.5.7
cat > go.mod <<'MOD'
module findings

go 1.23

require (
	github.com/Rhymond/go-money v1.0.15
	github.com/shopspring/decimal v1.6.0
)
MOD
cat > try.mjs <<'JS'
import currency from 'currency.js';
let wrong = 0;
for (let cents = 0; cents < 100_000; cents++) if (currency(cents / 100).intValue !== cents) wrong++;
console.log(`currency.js: 19.99 is ${currency(19.99).intValue} cents, ${wrong} prices wrong`);
JS
cat > try.py <<'PY'
import moneyed
import stockholm

for name, cents_of in {
    'py-moneyed': lambda price: moneyed.Money(price, 'EUR').get_amount_in_sub_unit(),
    'stockholm': lambda price: stockholm.Money(price, 'EUR').sub_units,
}.items():
    wrong = sum(cents_of(cents / 100) != cents for cents in range(100_000))
    print(f'{name}: 19.99 is {cents_of(19.99)} cents, {wrong} prices wrong')
PY
cat > try.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"

	"github.com/Rhymond/go-money"
	"github.com/shopspring/decimal"
)

func main() {
	for name, centsOf := range map[string]func(float64) int64{
		"go-money": func(price float64) int64 { return money.NewFromFloat(price, money.EUR).Amount() },
		"decimal":  func(price float64) int64 { return decimal.NewFromFloat(price).Shift(2).IntPart() },
	} {
		wrong := 0
		for cents := range int64(100_000) {
			var price float64
			if err := json.Unmarshal(fmt.Appendf(nil, "%d.%02d", cents/100, cents%100), &price); err != nil {
				panic(err)
			}
			if centsOf(price) != cents {
				wrong++
			}
		}
		fmt.Printf("%s: 19.99 is %d cents, %d prices wrong\n", name, centsOf(19.99), wrong)
	}
}
GO
go mod tidy 2>go.log && go build -o try 2>>go.log || { cat go.log; exit 1; }
{ node try.mjs; venv/bin/python try.py; ./try; } | LC_ALL=C sort | tee read
diff read - <<'TEXT'
currency.js: 19.99 is 1999 cents, 0 prices wrong
decimal: 19.99 is 1999 cents, 0 prices wrong
go-money: 19.99 is 1998 cents, 4586 prices wrong
py-moneyed: 19.99 is 1999 cents, 0 prices wrong
stockholm: 19.99 is 1999 cents, 0 prices wrong
TEXT
echo "as described: go-money 1.0.15 makes 19.99 a cent less"
