import { z } from 'zod';
import { EMAIL_FORMAT } from './email.js';

type Issue = Parameters<NonNullable<ReturnType<typeof z.config>['customError']>>[0];

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: EMAIL_FORMAT,
  datetime: 'must be a date and time with its offset, for example 2030-01-01T12:00:00Z',
  url: 'must be a URL',
};

/** What to enter instead, for people and programs, where a schema says nothing of its own: of bounds as the pages say it. */
function whatIsWrong(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined || issue.input === null) return 'is required';
      return `must be ${KINDS[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'too_small':
      return bound(issue.origin, Number(issue.minimum), issue.inclusive === false ? 'more than' : 'at least');
    case 'too_big':
      return bound(issue.origin, Number(issue.maximum), issue.inclusive === false ? 'less than' : 'at most');
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'has the wrong format';
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    default:
      return undefined;
  }
}

function bound(origin: string, limit: number, word: string): string {
  if (origin === 'string') {
    if (word === 'at least' && limit === 1) return 'Fill this in';
    return `Use ${word} ${limit} character${limit === 1 ? '' : 's'}`;
  }
  if (origin === 'array' || origin === 'set')
    return `must have ${word} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `Enter ${word} ${limit}`;
}

z.config({ customError: whatIsWrong });
