import { expect, test } from 'vitest';
import { matches } from './dispensers/dispensers';
import { codeOfLabel } from './dispensers/label-code';
import { en } from './language/en';
import { ago, dateTime, duration, number, plainDate, timer } from './language/format';
import { pt } from './language/pt';
import { now } from './clock';
import { newId } from './uuid';

test('times are the hospital’s, wherever the phone thinks it is', () => {
  expect(dateTime('2026-03-09T17:05:00Z')).toBe('09/03/2026 14:05');
  // An expiry is a day, in no zone.
  expect(plainDate('2027-02-28')).toBe('28/02/2027');
  expect(number(12345.6, 2)).toBe('12.345,60');
});

test('how long ago is said in few words', () => {
  const at = (seconds: number) => now.value - seconds * 1000;
  expect([2, 59, 60, 7 * 60 + 59, 3600, 4800, 86_400, 200_000].map((seconds) => ago(at(seconds)))).toEqual([
    'agora',
    'há 59 s',
    'há 1 min',
    'há 7 min',
    'há 1 h',
    'há 1 h 20 min',
    'ontem',
    'há 2 dias',
  ]);
  expect(timer(187_000)).toBe('3:07');
  expect(timer(4_805_000)).toBe('1:20:05');
  expect(duration(4_800_000)).toBe('1 h 20 min');
});

test('a search begins words, in any order, whatever their accents', () => {
  expect(matches('dip sod', 'Dipirona SÓDICA 500 mg')).toBe(true);
  expect(matches('sodica dipirona', 'Dipirona so\u0301dica')).toBe(true);
  expect(matches('irona', 'Dipirona sódica')).toBe(false);
  expect(matches('5%', 'Glicose 5% solução')).toBe(true);
  expect(matches('', 'Dipirona')).toBe(true);
});

test('a label is read with its address or without', () => {
  expect(codeOfLabel('https://botica.hospital.example/d/7K3M9PX2')).toBe('7K3M9PX2');
  expect(codeOfLabel('7k3m-9px2')).toBe('7K3M9PX2');
  expect(codeOfLabel('https://elsewhere.example/')).toBeUndefined();
  expect(codeOfLabel('010789600000000017270228')).toBeUndefined();
});

test('ids sort by when they were made', () => {
  const ids = [1_700_000_000_000, 1_700_000_000_001, 4_294_967_296_000 * 2].map((at) => newId(at));
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(parseInt(ids[0]?.replaceAll('-', '').slice(0, 12) ?? '', 16)).toBe(1_700_000_000_000);
});

test('no text is empty, and English is not left in the Portuguese', () => {
  const english = /\b(the|order|orders|loading|search|cancel|save|error|dispenser|queue|settings|sign in)\b/i;
  const walk = (texts: object, path: string): void => {
    for (const [key, text] of Object.entries(texts) as [string, unknown][]) {
      const said = typeof text === 'function' ? (text as (...values: number[]) => string)(2, 3) : text;
      if (typeof said === 'string') {
        expect(said.trim(), `${path}.${key}`).not.toBe('');
        if (path.startsWith('pt') && key !== 'english') expect(said, `${path}.${key}`).not.toMatch(english);
      } else walk(said as object, `${path}.${key}`);
    }
  };
  walk(pt, 'pt');
  walk(en, 'en');
});

test('what both languages say alike is no oversight', () => {
  const same: string[] = [];
  const walk = (one: object, other: object): void => {
    for (const [key, text] of Object.entries(one) as [string, unknown][]) {
      const say = (text: unknown) =>
        typeof text === 'function' ? (text as (...values: number[]) => string)(2, 3) : text;
      const [here, there] = [say(text), say((other as Record<string, unknown>)[key])];
      if (typeof here !== 'string') walk(here as object, there as object);
      else if (here === there && /\p{L}{3}/u.test(here)) same.push(here);
    }
  };
  walk(pt, en);
  // Names, what languages call themselves, and words that Portuguese has too.
  const fine = [
    'E-mail',
    'CSV',
    'Excel',
    'min',
    '2 min',
    '2 h 3 min',
    'Botica',
    'Português',
    'English',
    'Normal',
  ];
  expect(same.filter((text) => !fine.includes(text))).toEqual([]);
});
