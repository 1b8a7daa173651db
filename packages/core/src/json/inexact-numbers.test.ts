import { describe, expect, it } from 'vitest';

import { inexactNumber } from './inexact-numbers.ts';

describe('inexactNumber', () => {
  it.each([
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890',
    '18446744073709551615',
    '1e400',
    '-1E+400',
    '1e-400',
    '90071992547409931e1',
    '1234567890123456701',
    '72057594037927937000',
    '3.141592653589793238',
    '9007199254740993.0',
    `0.${'0'.repeat(400)}1`,
    '1'.repeat(400),
    `1.${'1'.repeat(150)}`,
  ])('S18 finds %s', (number) => {
    expect(inexactNumber(number)).toBe('$');
    expect(inexactNumber(`{"a":[0,{"b c":${number}}]}`)).toBe('$.a[1]["b c"]');
    expect(inexactNumber(`[ 1 , ${number} ]`)).toBe('$[1]');
  });

  it.each([
    '0',
    '-0',
    '0.0000000000000000000',
    '0e999999',
    '9007199254740991',
    '9007199254740992',
    '9007199254740994',
    '10000000000000000000000',
    '1e22',
    '1E22',
    '1.5e300',
    '5e-324',
    '1.7976931348623157e308',
    '0.1',
    '0.30000000000000004',
    '0.10000000000000001',
    '0.100000001490116119384765625',
    '1234567890.1234567',
    '1.0000000000000000000',
    '100e-2',
  ])('S18 leaves %s, which is kept', (number) => {
    expect(inexactNumber(number)).toBeUndefined();
    expect(inexactNumber(`{"a":[${number},-${number.replace(/^-/, '')}]}`)).toBeUndefined();
  });

  it('S18 is not misled by what is in texts and keys', () => {
    const text = JSON.stringify({
      'a"9007199254740993': ': 1e400 "{[',
      'b\\': '9007199254740993',
      c: ['\\"', '12345678901234567890, 1e999', { 'd:': '2e5' }],
      e: 1,
    });
    expect(inexactNumber(text)).toBeUndefined();
    expect(inexactNumber(text.replace('"e":1', '"e":1e999'))).toBe('$.e');
    expect(inexactNumber('{"a":{"b":1},"c":[[],{}],"d":1e999}')).toBe('$.d');
  });

  it('takes long texts and long lists in its stride', () => {
    const long = JSON.stringify({ text: '\\"'.repeat(500_000), digits: '9'.repeat(1_000_000) });
    expect(inexactNumber(long)).toBeUndefined();
    const list = `[${'0.30000000000000004,'.repeat(100_000)}1e999]`;
    expect(inexactNumber(list)).toBe('$[100000]');
  });
});
