/** What cards and pages say of the region behind a score. */
export interface RegionPhrases {
  readonly title: string;
  /** {label}, {percent}, {until}. */
  readonly shown: string;
  /** {orders}: what it means that the region passed its test. */
  readonly borneOut: string;
  /** {orders}: that it did not, in the words of a clinician. */
  readonly doubtful: string;
  readonly late: string;
  readonly failed: string;
}

export const REGION_EN: RegionPhrases = {
  title: 'Region behind the score',
  shown:
    'The link shows the parts of the image that lower the score for “{label}” ({percent} %) when they are covered. It names no patient and works until {until}; after that, ask again from the record.',
  borneOut:
    'Test of the region: when its strongest parts were covered first, the score fell sooner than in each of {orders} random orders. It shows what the model reacts to, not what is ill.',
  doubtful:
    'Doubtful region: when its strongest parts were covered first, the score did not fall sooner than in the best of {orders} random orders. Do not take the coloured places as the reason of the score.',
  late: 'The region behind this score was not ready in time and is not shown. The score is not affected.',
  failed: 'The region behind this score could not be made and is not shown. The score is not affected.',
};

export const REGION_DE: RegionPhrases = {
  title: 'Region hinter dem Wert',
  shown:
    'Der Link zeigt die Stellen der Aufnahme, deren Abdecken den Wert für „{label}“ ({percent} %) senkt. Er nennt keinen Patienten und gilt bis {until}; danach bitte aus der Akte neu anfordern.',
  borneOut:
    'Prüfung der Region: Wurden ihre stärksten Stellen zuerst abgedeckt, fiel der Wert früher als in jeder von {orders} zufälligen Reihenfolgen. Sie zeigt, worauf das Modell reagiert, nicht, was krank ist.',
  doubtful:
    'Zweifelhafte Region: Wurden ihre stärksten Stellen zuerst abgedeckt, fiel der Wert nicht früher als in der besten von {orders} zufälligen Reihenfolgen. Die farbigen Stellen nicht als Grund des Werts verstehen.',
  late: 'Die Region hinter diesem Wert war nicht rechtzeitig fertig und wird nicht gezeigt. Der Wert ist davon nicht betroffen.',
  failed:
    'Die Region hinter diesem Wert konnte nicht bestimmt werden und wird nicht gezeigt. Der Wert ist davon nicht betroffen.',
};

export const REGION_IT: RegionPhrases = {
  title: 'Regione dietro il valore',
  shown:
    'Il link mostra le parti dell’immagine che, se coperte, abbassano il valore per «{label}» ({percent} %). Non nomina il paziente e vale fino al {until}; dopo, richiederlo di nuovo dalla cartella.',
  borneOut:
    'Prova della regione: coprendo per prime le sue parti più forti, il valore è sceso prima che in ognuno di {orders} ordini casuali. Mostra a che cosa reagisce il modello, non che cosa è malato.',
  doubtful:
    'Regione dubbia: coprendo per prime le sue parti più forti, il valore non è sceso prima che nel migliore di {orders} ordini casuali. Non considerare i punti colorati come la ragione del valore.',
  late: 'La regione dietro questo valore non era pronta in tempo e non è mostrata. Il valore non ne risente.',
  failed: 'La regione dietro questo valore non si è potuta determinare e non è mostrata. Il valore non ne risente.',
};
