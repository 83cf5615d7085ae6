"""The binding of the model to CDS Hooks platforms: bindings/cds-hooks.json of the package.

What an exercise test finds has no codes in LOINC that fit the columns one by one. Such columns
have codes of our own, in the system EXERCISE_TEST; the model card lists them, and a platform
maps its own to them.
"""

from __future__ import annotations

from typing import Any, Mapping, Sequence

Binding = dict[str, Any]

LOINC = "http://loinc.org"
EXERCISE_TEST = "https://deephealth.example/fhir/CodeSystem/exercise-test"
TOPICS = "https://deephealth.example/fhir/CodeSystem/cds-topic"
OVERRIDES = "https://deephealth.example/fhir/CodeSystem/cds-override-reason"

# g/mol, of C27H46O and C6H12O6: many laboratories report mmol/L.
CHOLESTEROL_MASS = 386.65
GLUCOSE_MASS = 180.156

SYSTOLIC = {"system": LOINC, "code": "8480-6", "display": "Systolic blood pressure"}
PANELS = ["55284-4", "85354-9"]
CHOLESTEROL = [
    {"system": LOINC, "code": "2093-3", "display": "Cholesterol [Mass/volume] in Serum or Plasma"},
    {"system": LOINC, "code": "14647-2", "display": "Cholesterol [Moles/volume] in Serum or Plasma"},
]
FASTING_GLUCOSE = [
    {"system": LOINC, "code": "1558-6", "display": "Fasting glucose [Mass/volume] in Serum or Plasma"},
    {"system": LOINC, "code": "14771-0", "display": "Fasting glucose [Moles/volume] in Serum or Plasma"},
]
DETAIL = {
    "en": "From age, sex, findings at rest and under exercise. The model was trained on 227 patients whom one "
    "clinic referred for angiography in the 1980s; for people who were not referred, the risk is too high.",
    "de": "Aus Alter, Geschlecht, Ruhe- und Belastungsbefunden. Das Modell wurde an 227 Patienten trainiert, die eine "
    "Klinik in den 1980er Jahren zur Angiographie überwies; für nicht Überwiesene ist das Risiko zu hoch.",
    "fr": "D’après l’âge, le sexe et les résultats au repos et à l’effort. Le modèle a été entraîné sur 227 patients "
    "adressés pour angiographie par une clinique dans les années 1980 ; pour les autres, le risque est surestimé.",
    "it": "Da età, sesso e reperti a riposo e sotto sforzo. Il modello è stato addestrato su 227 pazienti inviati "
    "all’angiografia da una clinica negli anni 1980; per chi non vi fu inviato il rischio è sovrastimato.",
}
FINDINGS = {
    "chest_pain_type": "Chest pain type",
    "resting_ecg": "Resting ECG finding",
    "max_heart_rate": "Highest heart rate in the exercise test",
    "exercise_induced_angina": "Angina brought on by exercise",
    "st_depression": "ST depression brought on by exercise",
    "st_slope": "Slope of the ST segment at peak exercise",
    "major_vessels": "Major vessels coloured by fluoroscopy",
    "thallium_stress": "Thallium stress test result",
}


def finding_code(column: str) -> dict[str, str]:
    return {"system": EXERCISE_TEST, "code": column.replace("_", "-"), "display": FINDINGS[column]}


def query(codes: Sequence[Mapping[str, str] | str], *also: str) -> str:
    """A search for the patient's observations with these codes, newest first."""
    tokens = [f"{LOINC}|{c}" if isinstance(c, str) else f"{c['system']}|{c['code']}" for c in codes]
    return "&".join(
        ["Observation?patient={{context.patientId}}", *also, f"code={','.join(tokens)}", "_sort=-date"]
    )


def features(columns: Sequence[Mapping[str, Any]], exercise_days: int, missing: str) -> Binding:
    """One entry for each column of the manifest; `missing` is for what the model has no rule for."""
    bound: Binding = {}
    for column in columns:
        name = column["name"]
        entry: Binding
        if name == "age":
            entry = {"from": "patient", "fhirPath": "Patient.birthDate", "isAge": True}
        elif name == "sex":
            entry = {
                "from": "patient",
                "fhirPath": "Patient.gender",
                "categories": {"female": "female", "male": "male"},
            }
        elif name == "resting_blood_pressure":
            entry = {"from": "vitals", "codes": [SYSTOLIC], "maximumAgeDays": 30}
        elif name == "cholesterol":
            entry = {
                "from": "laboratory",
                "codes": CHOLESTEROL,
                "molarMass": CHOLESTEROL_MASS,
                "maximumAgeDays": 365,
            }
        elif name == "fasting_blood_sugar_over_120":
            entry = {
                "from": "laboratory",
                "codes": FASTING_GLUCOSE,
                "unit": "mg/dL",
                "molarMass": GLUCOSE_MASS,
                "range": [20, 1500],
                "isAbove": 120,
                "maximumAgeDays": 365,
            }
        else:
            entry = {
                "from": "exerciseTest",
                "codes": [finding_code(name)],
                "maximumAgeDays": exercise_days,
            }
            if column["type"] == "category":
                entry["categories"] = {
                    f"{EXERCISE_TEST}|{category}": category
                    for category in column["categories"]
                    if category != "unknown"
                }
        if column["type"] == "number":
            entry["unit"] = column["unit"]
        is_imputed = column["missing"] != "refuse"
        bound[name] = {**entry, "missing": "unknown" if is_imputed else missing}
    return bound


def prefetch(*of_exercise_test: str) -> Binding:
    return {
        "patient": {"query": "Patient/{{context.patientId}}"},
        "vitals": {"query": query([SYSTOLIC, *PANELS])},
        "laboratory": {"query": query([*CHOLESTEROL, *FASTING_GLUCOSE])},
        "exerciseTest": {"query": query([finding_code(name) for name in FINDINGS], *of_exercise_test)},
    }


def cards(present: str, threshold: float, reliability: Sequence[Mapping[str, Any]]) -> Binding:
    return {
        "topic": {
            "system": TOPICS,
            "code": "coronary-heart-disease-risk",
            "display": "Risk of coronary heart disease",
        },
        "rules": [
            {
                "of": present,
                "atLeast": threshold,
                "indicator": "warning",
                "summary": {
                    "en": "Exercise test: {percent} % estimated risk of a coronary vessel narrowed by more than half (research use).",
                    "de": "Belastungstest: {percent} % geschätztes Risiko, dass ein Herzkranzgefäß über die Hälfte verengt ist (Forschung).",
                    "fr": "Épreuve d’effort : risque estimé de sténose coronaire de plus de 50 % : {percent} % (recherche).",
                    "it": "Prova da sforzo: rischio stimato di stenosi coronarica oltre il 50 %: {percent} % (ricerca).",
                },
                "detail": DETAIL,
                "suggestions": [
                    {
                        "label": {
                            "en": "Propose a cardiology consultation",
                            "de": "Kardiologisches Konsil vorschlagen",
                            "fr": "Proposer un avis cardiologique",
                            "it": "Proporre una consulenza cardiologica",
                        },
                        "isRecommended": True,
                        "creates": [
                            {
                                "description": {
                                    "en": "A proposal of a cardiology consultation, for the clinician to complete.",
                                    "de": "Vorschlag eines kardiologischen Konsils, vom Arzt zu ergänzen.",
                                },
                                "resource": {
                                    "resourceType": "ServiceRequest",
                                    "status": "draft",
                                    "intent": "proposal",
                                    "code": {"text": "Cardiology consultation"},
                                    "subject": {"reference": "Patient/{{context.patientId}}"},
                                },
                            }
                        ],
                    }
                ],
            },
            {
                "of": present,
                "below": threshold,
                "indicator": "info",
                "summary": {
                    "en": "Exercise test: {percent} % estimated risk of a narrowed coronary vessel, below the threshold (research use).",
                    "de": "Belastungstest: {percent} % geschätztes Risiko einer Koronarverengung, unter der Schwelle (Forschung).",
                    "fr": "Épreuve d’effort : risque estimé de sténose coronaire {percent} %, sous le seuil (recherche).",
                    "it": "Prova da sforzo: rischio stimato di stenosi coronarica {percent} %, sotto la soglia (ricerca).",
                },
                "detail": DETAIL,
            },
        ],
        "reliability": list(reliability),
        "overrideReasons": [
            {"system": OVERRIDES, "code": "already-investigated", "display": "Already investigated"},
            {"system": OVERRIDES, "code": "patient-declined", "display": "Patient declined"},
            {
                "system": OVERRIDES,
                "code": "population-differs",
                "display": "Patient is unlike those that the model was trained on",
            },
            {"system": OVERRIDES, "code": "not-convinced", "display": "Clinical judgement differs"},
        ],
    }


def binding(manifest: Mapping[str, Any], present: str, reliability: Sequence[Mapping[str, Any]]) -> Binding:
    """Two services of the same cards: when a test is reported, and when a chart is opened."""
    [table], [output] = manifest["inputs"], manifest["outputs"]
    threshold = next(c["threshold"] for c in output["classes"] if c["label"] == present)
    policy = cards(present, threshold, reliability)
    common = {"input": table["name"], "output": output["name"]}
    needs = (
        "Needs Patient, and Observations of blood pressure, cholesterol, fasting glucose and the "
        "findings of the exercise test, coded as the model card lists them. Research use only."
    )
    return {
        "schemaVersion": 1,
        "services": [
            {
                "id": "heart-disease-exercise-test",
                "hook": "eu.deephealth.exercise-test-reported",
                "title": "Coronary heart disease after an exercise test",
                "description": "Estimates, once an exercise test is reported, the probability that "
                "angiography shows more than 50 % narrowing of a major coronary vessel.",
                "usageRequirements": needs,
                **common,
                "prefetch": prefetch("encounter={{context.encounterId}}"),
                "features": features(table["columns"], 7, "refuse"),
                "cards": policy,
            },
            {
                "id": "heart-disease-patient-view",
                "hook": "patient-view",
                "title": "Coronary heart disease from the last exercise test",
                "description": "Shows, when a chart is opened, the same estimate from the last exercise "
                "test of 90 days; without one it says what is missing and gives no number.",
                "usageRequirements": needs,
                **common,
                "prefetch": prefetch(),
                "features": features(table["columns"], 90, "abstain"),
                "cards": policy,
            },
        ],
    }
