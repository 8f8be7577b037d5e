import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface Certificates {
  readonly ca: string;
  readonly server: Pair;
  readonly client: Pair;
  /** Signed by an authority that nobody trusts. */
  readonly strangerCa: string;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
  /** Key and certificate in one file, as Kafka reads them. */
  readonly both: string;
}

/** An authority of its own in `dir`, a certificate for servers on this machine and one for clients; valid for two days. */
export function makeCertificates(dir: string): Certificates {
  const file = (name: string): string => join(dir, name);
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const authority = (name: string): string => {
    const subject = ['-subj', `/CN=${name}`, '-days', '2', '-addext', 'basicConstraints=critical,CA:TRUE'];
    openssl('req', '-x509', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.pem`, ...subject);
    return file(`${name}.pem`);
  };
  const signed = (name: string, extension: string): Pair => {
    openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(file(`${name}.ext`), `${extension}\n`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    const pair = { cert: file(`${name}.pem`), key: file(`${name}.key`), both: file(`${name}-both.pem`) };
    writeFileSync(pair.both, readFileSync(pair.key, 'utf8') + readFileSync(pair.cert, 'utf8'));
    return pair;
  };
  const ca = authority('ca');
  return {
    ca,
    server: signed('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1'),
    client: signed('client', 'extendedKeyUsage=clientAuth'),
    strangerCa: authority('stranger'),
  };
}

const KEY = ['-newkey', 'rsa:2048', '-nodes'];
