"""Check 检查: every fault in the text of a hospital folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yishu import hospital, integration, journey, metrics
from yishu.flow.house import House, prepared
from yishu.integration.channels import channel_faults, channels
from yishu.integration.examples import example_faults
from yishu.kernel import InputError, Settings
from yishu.kernel.duck import worker_instance
from yishu.security.policy_check import policy_faults


def _file(folder: Path, name: str) -> Path:
    return folder / name if name.startswith("channels/") else folder / "sources" / name


def _channel_mappings(folder: Path, house: House) -> list[FolderFault]:
    """Faults in the mapping SELECTs of channels."""
    if channel_faults(folder):
        return []
    found: list[FolderFault] = []
    for channel in channels(folder):
        for system in channel.systems:
            names = (*(t.name for t in channel.map.tables if (t.system or channel.name) == system), *channel.map.lookups.get(system, ()))
            wrong = hospital.read_mappings(folder, f"{channel.name}/{system}", names, house.ground.model)[1]
            found += [FolderFault(f.file, f.line, f.text()) for f in wrong]
    return found


def _channels(folder: Path) -> tuple[integration.Fault, ...]:
    """Faults of channels and their maps; where there are none, of their examples."""
    return channel_faults(folder) or example_faults(folder, channels(folder))


@dataclass(frozen=True, slots=True)
class FolderFault:
    """A fault 错处 of the hospital folder, from whichever room found it."""

    file: Path
    line: int
    text: str

    def as_json(self) -> dict[str, object]:
        """As `yishu check --json` prints it."""
        return {"file": str(self.file), "line": self.line, "message": self.text}


def check(settings: Settings) -> tuple[FolderFault, ...]:
    """Every fault in the folder's text 检查; mappings also against the columns that the sources really have, once loaded."""
    folder = settings.hospital
    found = [FolderFault(_file(folder, fault.file), fault.line, fault.text()) for fault in (*integration.source_faults(folder), *_channels(folder))]
    try:
        house = prepared(settings, lambda _: None)
    except hospital.HospitalFaults as error:
        return (*found, *(FolderFault(fault.file, fault.line, fault.text()) for fault in error.faults))
    except InputError as error:
        return tuple(found) or (FolderFault(folder, 1, error.message),)
    told = journey.pathway_faults(folder, hospital.activities(house.ground.model))
    found += [FolderFault(fault.file, fault.line, fault.text()) for fault in told]
    found += _channel_mappings(folder, house)
    found += _definitions(settings, house)
    tables = {name: frozenset(c.name for c in table.columns) for name, table in house.ground.model.tables.items()}
    departments = frozenset(d.id for d in house.ground.profile.departments)
    found += [FolderFault(folder / f.file, f.line, f"{f.file}:{f.line} {f.text}") for f in policy_faults(folder, tables, departments)]
    connection = worker_instance(settings.home)
    try:
        for name, spec in house.specs.items():
            if not integration.loads(settings, name):
                continue
            staged = integration.stage(connection, settings, spec)
            try:
                wrong = hospital.check_bound(connection, house.ground.model, staged, house.mappings[name])
                found += [FolderFault(fault.file, fault.line, fault.text()) for fault in wrong]
            finally:
                connection.execute("USE memory")
                integration.unstage(connection, staged)
    finally:
        connection.close()
        house.engine.dispose()
    return tuple(found)


def _definitions(settings: Settings, house: House) -> list[FolderFault]:
    """Metric definitions and roll-ups with faults; worked examples that do not come out."""
    try:
        centre = metrics.centre(settings.hospital, house.ground.model)
    except metrics.DefinitionFaults as error:
        return [FolderFault(fault.file, fault.line, fault.text()) for fault in error.faults]
    except InputError as error:
        return [FolderFault(settings.hospital / "metrics", 1, error.message)]
    said = [(m, e, f"算例“{e.say}”：{reason}") for m, e, reason in metrics.wrong_examples(centre)]
    return [FolderFault(Path(m.file), e.line, f"{Path(m.file).name}:{e.line} {reason}") for m, e, reason in said]
