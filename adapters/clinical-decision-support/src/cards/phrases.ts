import type { Feature } from '../bindings/cds-request.js';
import { REGION_DE, REGION_EN, REGION_IT, type RegionPhrases } from './region-phrases.js';

/** What the adapter itself says on a card, by language. A binding says the rest. */
export interface Phrases {
  readonly score: string;
  /** {cases}, {from}, {to}, {observed}, {low}, {high}: what the held-out data showed for such scores. */
  readonly reliability: string;
  readonly modelInterval: string;
  readonly values: string;
  readonly finding: string;
  readonly value: string;
  readonly date: string;
  readonly code: string;
  readonly yes: string;
  readonly no: string;
  readonly unknown: string;
  readonly warnings: string;
  readonly use: string;
  readonly limits: string;
  readonly model: string;
  readonly modelCard: string;
  readonly generated: string;
  readonly researchOnly: string;
  readonly noResult: string;
  readonly noResultDetail: string;
  /** Why a value could not be used, for a clinician; where it should have come from is for the log. */
  readonly why: Readonly<Record<Extract<Feature, { kind: 'unusable' }>['why'], string>>;
  readonly abstained: string;
  readonly highlight: string;
  readonly region: RegionPhrases;
}

const en: Phrases = {
  score: 'Score of the model',
  reliability:
    'Of {cases} people in the held-out data with a score of {from} to {to}, {observed} had the outcome (95 % interval: {low} to {high} %).',
  modelInterval: 'Interval of the model',
  values: 'What the answer is based on',
  finding: 'Finding',
  value: 'Value',
  date: 'Date',
  code: 'Code',
  yes: 'yes',
  no: 'no',
  unknown: 'not known; replaced as the model card describes',
  warnings: 'Please note',
  use: 'Intended use',
  limits: 'Limits',
  model: 'Model',
  modelCard: 'Model card',
  generated: 'This text was generated with a statistical model (AI). It does not replace clinical judgement.',
  researchOnly: 'For research use only. Not clinically validated; not a medical device.',
  noResult: '{title}: no result, because data are missing or not usable.',
  noResultDetail: 'The model was not asked, because a result would rest on guesses:',
  why: {
    absent: 'is not recorded',
    stale: 'is too old',
    'out-of-range': 'has values outside of what is possible',
    'unit-unknown': 'has an unknown unit',
    'unit-inconvertible': 'is in a unit that cannot be converted',
    'category-unknown': 'says something that the model does not know',
    'channel-missing': 'lacks a channel',
    'rate-mismatch': 'has another sampling rate',
    'length-mismatch': 'has another length',
    'not-measured': 'has parts that were not measured',
    unreadable: 'cannot be used as it was recorded',
    ambiguous: 'is recorded in several ways that contradict each other',
  },
  abstained: '{title}: the model gives no result for these findings.',
  highlight: 'The model marked a region behind this score; a viewer that shows it can ask the runtime for it.',
  region: REGION_EN,
};

const de: Phrases = {
  score: 'Wert des Modells',
  reliability:
    'Von {cases} Personen der zurückgehaltenen Daten mit einem Wert von {from} bis {to} hatten {observed} den Befund (95-%-Intervall: {low} bis {high} %).',
  modelInterval: 'Intervall des Modells',
  values: 'Worauf die Antwort beruht',
  finding: 'Befund',
  value: 'Wert',
  date: 'Datum',
  code: 'Code',
  yes: 'ja',
  no: 'nein',
  unknown: 'nicht bekannt; ersetzt, wie es die Modellkarte beschreibt',
  warnings: 'Bitte beachten',
  use: 'Zweckbestimmung',
  limits: 'Grenzen',
  model: 'Modell',
  modelCard: 'Modellkarte',
  generated: 'Dieser Text wurde mit einem statistischen Modell (KI) erzeugt. Er ersetzt kein ärztliches Urteil.',
  researchOnly: 'Nur für die Forschung. Nicht klinisch validiert; kein Medizinprodukt.',
  noResult: '{title}: kein Ergebnis, weil Daten fehlen oder nicht verwendbar sind.',
  noResultDetail: 'Das Modell wurde nicht gefragt, weil ein Ergebnis auf Vermutungen beruhen würde:',
  why: {
    absent: 'ist nicht erfasst',
    stale: 'ist zu alt',
    'out-of-range': 'hat Werte außerhalb des Möglichen',
    'unit-unknown': 'hat eine unbekannte Einheit',
    'unit-inconvertible': 'hat eine Einheit, die nicht umgerechnet werden kann',
    'category-unknown': 'sagt etwas, was das Modell nicht kennt',
    'channel-missing': 'hat einen Kanal zu wenig',
    'rate-mismatch': 'hat eine andere Abtastrate',
    'length-mismatch': 'hat eine andere Länge',
    'not-measured': 'hat Stellen, die nicht gemessen wurden',
    unreadable: 'kann nicht so verwendet werden, wie es erfasst wurde',
    ambiguous: 'ist mehrfach und widersprüchlich erfasst',
  },
  abstained: '{title}: Das Modell gibt für diese Befunde kein Ergebnis.',
  highlight:
    'Das Modell hat eine Region hinter diesem Wert markiert; ein Betrachter, der sie zeigt, kann sie vom Laufzeitserver erhalten.',
  region: REGION_DE,
};

const it: Phrases = {
  score: 'Valore del modello',
  reliability:
    'Di {cases} persone nei dati di verifica con un valore da {from} a {to}, {observed} avevano l’esito (intervallo al 95 %: da {low} a {high} %).',
  modelInterval: 'Intervallo del modello',
  values: 'Su che cosa si basa la risposta',
  finding: 'Reperto',
  value: 'Valore',
  date: 'Data',
  code: 'Codice',
  yes: 'sì',
  no: 'no',
  unknown: 'non noto; sostituito come descrive la scheda del modello',
  warnings: 'Da notare',
  use: 'Uso previsto',
  limits: 'Limiti',
  model: 'Modello',
  modelCard: 'Scheda del modello',
  generated: 'Questo testo è stato generato con un modello statistico (IA). Non sostituisce il giudizio clinico.',
  researchOnly: 'Solo per la ricerca. Non validato clinicamente; non è un dispositivo medico.',
  noResult: '{title}: nessun risultato, perché mancano dati o non sono utilizzabili.',
  noResultDetail: 'Il modello non è stato interrogato, perché un risultato si baserebbe su supposizioni:',
  why: {
    absent: 'non è registrato',
    stale: 'è troppo vecchio',
    'out-of-range': 'ha valori fuori dal possibile',
    'unit-unknown': 'ha un’unità sconosciuta',
    'unit-inconvertible': 'ha un’unità che non si può convertire',
    'category-unknown': 'dice qualcosa che il modello non conosce',
    'channel-missing': 'manca di un canale',
    'rate-mismatch': 'ha un’altra frequenza di campionamento',
    'length-mismatch': 'ha un’altra durata',
    'not-measured': 'ha parti non misurate',
    unreadable: 'non si può usare come è stato registrato',
    ambiguous: 'è registrato in più modi che si contraddicono',
  },
  abstained: '{title}: il modello non dà un risultato per questi reperti.',
  highlight: 'Il modello ha evidenziato una regione dietro questo valore; un visualizzatore può chiederla al server.',
  region: REGION_IT,
};

const PHRASES: Readonly<Record<string, Phrases>> = { en, de, it };

/** In the language, or in English where the adapter does not speak it. */
export function phrasesFor(language: string): Phrases {
  return PHRASES[language.split('-')[0] ?? 'en'] ?? en;
}
