"""House 备齐: all a load needs, read and checked before the first row moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from yishu import hospital, identity, integration
from yishu.integration import SourceSpec
from yishu.kernel import Settings
from yishu.kernel.store import open_store

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class House:
    """All a load needs 备齐的一切, read and checked before the first row moves."""

    settings: Settings
    specs: Mapping[str, SourceSpec]
    mappings: Mapping[str, tuple[hospital.MappingSelect, ...]]
    ground: hospital.Ground
    engine: Engine
    keys: identity.PatientKeys
    tell: Tell


def prepared(settings: Settings, tell: Tell) -> House:
    folder = settings.hospital
    specs = integration.sources(folder)
    model = hospital.model(folder)
    codes, faults = hospital.read_codes(folder)
    allowed = {c.codes: c.values for t in model.tables.values() for c in t.columns if c.codes and c.values}
    faults += hospital.check_values(folder, codes, allowed)
    mappings: dict[str, tuple[hospital.MappingSelect, ...]] = {}
    for spec in specs:
        mappings[spec.name], wrong = hospital.read_mappings(folder, spec.name, tuple(t.name for t in spec.tables), model)
        faults += wrong
    if faults:
        raise hospital.HospitalFaults(faults)
    ground = hospital.Ground(model, hospital.profile(folder), codes)
    ordered = {spec.name: spec for spec in _ordered(specs, mappings, ground.model)}
    engine = open_store(settings.home)
    return House(settings, ordered, mappings, ground, engine, identity.PatientKeys(engine), tell)


def _ordered(
    specs: tuple[SourceSpec, ...], mappings: Mapping[str, tuple[hospital.MappingSelect, ...]], model: hospital.Model
) -> list[SourceSpec]:
    """Sources so that what is pointed to comes first: a lab report after the stays it names."""
    gives = {name: {m.table for m in found} for name, found in mappings.items()}
    needs = {
        spec.name: {other for ref in _pointed(mappings[spec.name], model) - gives[spec.name] for other, tables in gives.items() if ref in tables}
        for spec in specs
    }
    left, done = list(specs), list[SourceSpec]()
    while left:
        names = {spec.name for spec in left}
        ready = [spec for spec in left if not needs[spec.name] & names] or left[:1]
        done += ready
        left = [spec for spec in left if spec not in ready]
    return done


def _pointed(mappings: tuple[hospital.MappingSelect, ...], model: hospital.Model) -> set[str]:
    """The tables whose rows these mappings name by key (codes are looked up in code maps instead)."""
    return {
        "patient" if column.name == "patient_key" else column.ref
        for mapping in mappings
        for column in model.tables[mapping.table].columns
        if column.ref and not column.codes and ("patient_local_id" if column.name == "patient_key" else column.name) in mapping.lines
    }
