#!/usr/bin/env bash
# A price in whole cents by JSON Schema, `"multipleOf": 0.01`, and each price from 0.01 to 100.00. ajv 8.20.0 and Python's jsonschema 4.26.0
# refuse 1,363 of the 10,000, z-schema 6.0.2 1,146, among them 0.07 and 19.99: they divide binary fractions. zod 4.6.7, jsonschema
# 1.5.0, @cfworker/json-schema 4.1.6, @hyperjump/json-schema 1.18.0, @exodus/schemasafe 1.3.0 and Python's fastjsonschema 2.22.3 accept
# all of them, so a price that a client has checked by the document of an API is refused by the server that wrote it. ajv has an option
# for it, `multipleOfPrecision`, which is off.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts ajv@8.20.0 z-schema@6.0.2 zod@4.6.7 jsonschema@1.5.0 \
  @cfworker/json-schema@4.1.6 @hyperjump/json-schema@1.18.0 @exodus/schemasafe@1.3.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jsonschema==4.26.0 fastjsonschema==2.22.3
cat > check.mjs <<'JS'
import { Validator as Cfworker } from '@cfworker/json-schema';
import { validator as schemasafe } from '@exodus/schemasafe';
import { registerSchema, validate } from '@hyperjump/json-schema/draft-2020-12';
import { Ajv } from 'ajv';
import { Validator } from 'jsonschema';
import ZSchema from 'z-schema';
import { z } from 'zod';

const schema = { type: 'number', multipleOf: 0.01 };
const cfworker = new Cfworker(schema, '2020-12');
registerSchema({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema }, 'https://example.com/price');
const hyperjump = await validate('https://example.com/price');
const zod = z.number().multipleOf(0.01);
const jsonschema = new Validator();
const zSchema = new ZSchema();
const validators = {
  ajv: new Ajv().compile(schema),
  'ajv, multipleOfPrecision 6': new Ajv({ multipleOfPrecision: 6 }).compile(schema),
  'z-schema': (price) => zSchema.validate(price, schema),
  zod: (price) => zod.safeParse(price).success,
  'jsonschema (npm)': (price) => jsonschema.validate(price, schema).valid,
  '@cfworker/json-schema': (price) => cfworker.validate(price).valid,
  '@hyperjump/json-schema': (price) => hyperjump(price).valid,
  '@exodus/schemasafe': schemasafe(schema),
};
for (const [name, accepts] of Object.entries(validators)) {
  const refused = Array.from({ length: 10_000 }, (_, cents) => (cents + 1) / 100).filter((price) => !accepts(price));
  const first = refused.length ? `, ${refused.slice(0, 3)}` : '';
  console.log(`${name}: ${refused.length} refused${first}; 19.99 is ${accepts(19.99) ? 'accepted' : 'refused'}`);
}
JS
cat > check.py <<'PY'
import fastjsonschema
import jsonschema

SCHEMA = {'type': 'number', 'multipleOf': 0.01}
fast = fastjsonschema.compile(SCHEMA)


def by_fast(price):
    try:
        return fast(price) is not None
    except fastjsonschema.JsonSchemaValueException:
        return False


for name, accepts in {'jsonschema (PyPI)': jsonschema.Draft202012Validator(SCHEMA).is_valid, 'fastjsonschema': by_fast}.items():
    refused = [cents / 100 for cents in range(1, 10_001) if not accepts(cents / 100)]
    first = f', {",".join(str(price) for price in refused[:3])}' if refused else ''
    print(f'{name}: {len(refused)} refused{first}; 19.99 is {"accepted" if accepts(19.99) else "refused"}')
PY
{ node check.mjs; venv/bin/python check.py; } | tee read
diff read - <<'TEXT'
ajv: 1363 refused, 0.07,0.14,0.28; 19.99 is refused
ajv, multipleOfPrecision 6: 0 refused; 19.99 is accepted
z-schema: 1146 refused, 0.07,0.14,0.28; 19.99 is refused
zod: 0 refused; 19.99 is accepted
jsonschema (npm): 0 refused; 19.99 is accepted
@cfworker/json-schema: 0 refused; 19.99 is accepted
@hyperjump/json-schema: 0 refused; 19.99 is accepted
@exodus/schemasafe: 0 refused; 19.99 is accepted
jsonschema (PyPI): 1363 refused, 0.07,0.14,0.28; 19.99 is refused
fastjsonschema: 0 refused; 19.99 is accepted
TEXT
echo "as described: three of nine validators refuse prices in whole cents"
