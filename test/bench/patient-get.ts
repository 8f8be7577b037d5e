import { get } from 'node:http';
import { text } from 'node:stream/consumers';

export interface PatientAnswer {
  readonly status: number;
  readonly body: string;
}

/** Waits as long as it takes: `fetch` gives up after five minutes without a header, and an audit of ten million claims may take longer. */
export function patientGet(port: number, path: string): Promise<PatientAnswer> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
    }).on('error', reject);
  });
}
