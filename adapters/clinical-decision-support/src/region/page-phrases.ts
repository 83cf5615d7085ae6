/** What the page of a region says beyond the phrases of cards, by language. */
export interface PagePhrases {
  readonly plain: string;
  readonly marked: string;
  readonly markedAlone: string;
  /** Why there is no picture under the colours. {type}. */
  readonly notShown: string;
  readonly colours: string;
  /** {label}, {strongest}. */
  readonly coloursMean: string;
  /** {label}: there are none. */
  readonly noColours: string;
  readonly striped: string;
  /** {points}. */
  readonly points: string;
  readonly trust: string;
  /** {value}, {runs}: the test in figures. */
  readonly figures: string;
  readonly threshold: string;
  readonly decision: string;
  readonly computed: string;
  readonly nobody: string;
  /** {until}. */
  readonly until: string;
  readonly gone: string;
  readonly goneWhy: string;
}

const en: PagePhrases = {
  plain: 'The image as it was sent',
  marked: 'The same image with the region',
  markedAlone: 'The region by itself',
  notShown:
    'A browser does not show this image ({type}) as the model saw it, so the colours lie on grey. Look at the image itself in its viewer.',
  colours: 'What the colours mean',
  coloursMean:
    'Parts of the image were covered, one after the other. The stronger the colour of a place, the more the probability of “{label}” fell when it was covered: by up to {strongest} percentage points. Places without colour did not speak for it.',
  noColours: 'No place is coloured: covering any one part of the image did not make the probability of “{label}” fall.',
  striped: 'Grey stripes: the model did not look there.',
  points: '{points} percentage points',
  trust: 'How far the region can be trusted',
  figures: 'Faithfulness of the deletion test: {value}. Runs of the model: {runs}.',
  threshold: 'Threshold',
  decision: 'Decision of the model',
  computed: 'Computed',
  nobody: 'This page names no patient. It belongs to the card from which it was opened, and to no other.',
  until: 'It can be opened until {until}. After that, ask again from the record.',
  gone: 'This picture is no longer here',
  goneWhy:
    'A region is shown for a short time only, and the pictures are gone when the service restarts. Open the record of the patient again: a new card brings a new link.',
};

const de: PagePhrases = {
  plain: 'Die Aufnahme, wie sie gesendet wurde',
  marked: 'Dieselbe Aufnahme mit der Region',
  markedAlone: 'Die Region allein',
  notShown:
    'Ein Browser zeigt diese Aufnahme ({type}) nicht so, wie das Modell sie sah; die Farben liegen deshalb auf Grau. Die Aufnahme selbst bitte in ihrem Betrachter ansehen.',
  colours: 'Was die Farben bedeuten',
  coloursMean:
    'Teile der Aufnahme wurden nacheinander abgedeckt. Je kräftiger die Farbe einer Stelle, desto mehr fiel die Wahrscheinlichkeit von „{label}“, als sie abgedeckt war: um bis zu {strongest} Prozentpunkte. Stellen ohne Farbe sprachen nicht dafür.',
  noColours:
    'Keine Stelle ist farbig: Bei keinem abgedeckten Teil der Aufnahme fiel die Wahrscheinlichkeit von „{label}“.',
  striped: 'Graue Streifen: Dort hat das Modell nicht hingesehen.',
  points: '{points} Prozentpunkte',
  trust: 'Wie weit man der Region trauen kann',
  figures: 'Treue im Abdecktest (deletion test): {value}. Läufe des Modells: {runs}.',
  threshold: 'Schwelle',
  decision: 'Entscheidung des Modells',
  computed: 'Berechnet',
  nobody:
    'Diese Seite nennt keinen Patienten. Sie gehört zu der Karte, aus der sie geöffnet wurde, und zu keiner anderen.',
  until: 'Sie lässt sich bis {until} öffnen. Danach bitte aus der Akte neu anfordern.',
  gone: 'Dieses Bild ist nicht mehr da',
  goneWhy:
    'Eine Region wird nur für kurze Zeit gezeigt, und nach einem Neustart des Dienstes sind die Bilder weg. Die Akte des Patienten erneut öffnen: Eine neue Karte bringt einen neuen Link.',
};

const it: PagePhrases = {
  plain: 'L’immagine come è stata inviata',
  marked: 'La stessa immagine con la regione',
  markedAlone: 'La regione da sola',
  notShown:
    'Un browser non mostra questa immagine ({type}) come l’ha vista il modello; i colori sono perciò su grigio. Guardare l’immagine stessa nel suo visualizzatore.',
  colours: 'Che cosa significano i colori',
  coloursMean:
    'Parti dell’immagine sono state coperte una dopo l’altra. Più forte è il colore di un punto, più la probabilità di «{label}» è scesa quando era coperto: fino a {strongest} punti percentuali. I punti senza colore non parlavano a favore.',
  noColours:
    'Nessun punto è colorato: coprendo una qualsiasi parte dell’immagine la probabilità di «{label}» non è scesa.',
  striped: 'Strisce grigie: lì il modello non ha guardato.',
  points: '{points} punti percentuali',
  trust: 'Quanto ci si può fidare della regione',
  figures: 'Fedeltà nella prova di copertura (deletion test): {value}. Esecuzioni del modello: {runs}.',
  threshold: 'Soglia',
  decision: 'Decisione del modello',
  computed: 'Calcolato',
  nobody: 'Questa pagina non nomina il paziente. Appartiene alla scheda da cui è stata aperta, e a nessun’altra.',
  until: 'Si può aprire fino al {until}. Dopo, richiederla di nuovo dalla cartella.',
  gone: 'Questa immagine non c’è più',
  goneWhy:
    'Una regione è mostrata solo per breve tempo, e le immagini spariscono quando il servizio riparte. Riaprire la cartella del paziente: una nuova scheda porta un nuovo link.',
};

const PAGES: Readonly<Record<string, PagePhrases>> = { en, de, it };

/** In the language, or in English where the adapter does not speak it. */
export function pagePhrasesFor(language: string): PagePhrases {
  return PAGES[language.split('-')[0] ?? 'en'] ?? en;
}
