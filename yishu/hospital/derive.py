"""Derive 推算: what follows from placed rows. Bed days, calendar, readmissions, persons, duplicate persons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pyarrow as pa
from duckdb import DuckDBPyConnection

from yishu.hospital import quality
from yishu.hospital.events import derive_events
from yishu.hospital.model import Table
from yishu.hospital.place import Ground
from yishu.hospital.store import Batch, literal, quote, settle, settle_columns

_REACH = (
    ("visit", "registered_at"),
    ("stay", "admitted_at"),
    ("stay", "discharged_at"),
    ("transfer", "moved_at"),
    ("charge", "charged_at"),
    ("exam", "done_at"),
    ("lab_report", "published_at"),
)


def data_through(connection: DuckDBPyConnection, moment: datetime) -> datetime | None:
    """How far the data reaches 数据截至: the latest thing that happened, not later than the load itself (shifted dates may all be)."""
    parts = [f"SELECT max({column}) FILTER ({column} <= $until) AS happened, max({column}) AS ever FROM wh.hospital.{table}" for table, column in _REACH]
    row = connection.execute(f"SELECT coalesce(max(happened), max(ever)) FROM ({' UNION ALL '.join(parts)})", {"until": moment + timedelta(minutes=1)}).fetchone()
    return row[0] if row else None


def derive(connection: DuckDBPyConnection, ground: Ground, batch: Batch, persons: pa.Table, progress: Callable[[str], None] = lambda _: None) -> None:
    """Make everything that is derived, in one transaction, known since the batch's moment."""
    connection.execute("BEGIN")
    try:
        progress("主索引")
        _persons(connection, ground.model.tables["patient"], persons, batch)
        _duplicates(connection, batch)
        through = data_through(connection, batch.moment)
        progress("日历")
        _calendar(connection, ground, through or batch.moment, batch)
        if ground.profile.known_to in ("time", "day"):
            progress("床位日")
            _bed_days(connection, ground.model.tables["bed_day"], through, batch)
        progress("再入院")
        _readmissions(connection, ground.model.tables["stay"], batch)
        progress("事件")
        derive_events(connection, batch)
        connection.execute("INSERT INTO wh.quality.applied VALUES (?, 'derived', ?, ?)", [batch.load_id, batch.map_version, batch.moment])
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _system(batch: Batch, key: str) -> str:
    return (
        f"'derived' AS source, 'derived' AS source_table, {key} AS source_key, {literal(batch.load_id)} AS load_id, NULL::VARCHAR AS message_id, "
        f"{batch.rule_version}::INTEGER AS rule_version, TIMESTAMP {literal(batch.moment.isoformat(sep=' '))} AS known_from, "
        "NULL::TIMESTAMP AS known_until, NULL::VARCHAR[] AS flags"
    )


def _persons(connection: DuckDBPyConnection, patient: Table, persons: pa.Table, batch: Batch) -> None:
    connection.register("person_of", persons)
    settle_columns(connection, patient, "person_of", ("person_id",), batch)
    connection.unregister("person_of")


def _duplicates(connection: DuckDBPyConnection, batch: Batch) -> None:
    """One person with several patient rows in one source: the later ones are defects."""
    sources = [row[0] for row in connection.execute("SELECT DISTINCT source FROM wh.hospital.patient ORDER BY 1").fetchall()]
    for source in sources:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE noted AS SELECT 'duplicate_person' AS family, source_table, source_key AS key, '' AS column_name, "
            "'duplicate' AS kind, 'patient.duplicate' AS rule, 'flag' AS action, '同一人在本系统已有患者记录' AS message FROM wh.hospital.patient "
            "WHERE source = ? AND person_id IS NOT NULL "
            "QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY registered_at NULLS LAST, patient_key) > 1",
            [source],
        )
        mine = Batch(source, batch.load_id, batch.moment, batch.rule_version, batch.map_version)
        quality.keep_defects(connection, mine, "family = 'duplicate_person'")
        connection.execute("DROP TABLE temp.noted")


def _calendar(connection: DuckDBPyConnection, ground: Ground, through: datetime, batch: Batch) -> None:
    row = connection.execute(
        "SELECT min(d) FROM (SELECT min(visit_date) AS d FROM wh.hospital.visit UNION ALL SELECT min(CAST(admitted_at AS DATE)) FROM wh.hospital.stay "
        "UNION ALL SELECT min(CAST(charged_at AS DATE)) FROM wh.hospital.charge)"
    ).fetchone()
    first = row[0] if row and row[0] else through.date()
    shifted = ground.profile.known_to in ("year", "shifted")
    floor = first.year if shifted else max(first.year, through.year - 30)
    start, end = date(floor, 1, 1), date(through.year + 1, 12, 31)
    if shifted:
        latest = connection.execute("SELECT max(CAST(admitted_at AS DATE)) FROM wh.hospital.stay").fetchone()
        start, end = date(first.year, 1, 1), date(max((latest[0] if latest and latest[0] else first).year, first.year) + 1, 12, 31)
    holidays = ground.profile.holidays
    connection.register(
        "holiday_lines",
        pa.table(
            {
                "day": pa.array([h.day for h in holidays], pa.date32()),
                "name": pa.array([h.name for h in holidays], pa.string()),
                "work": pa.array([h.workday for h in holidays], pa.bool_()),
            }
        ),
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE shaped AS SELECT d AS date, CAST(date_trunc('week', d) AS DATE) AS week, CAST(date_trunc('month', d) AS DATE) AS month, "
        "CAST(date_trunc('quarter', d) AS DATE) AS quarter, CAST(date_trunc('year', d) AS DATE) AS year, CAST(isodow(d) AS INTEGER) AS weekday, "
        f"CASE WHEN NOT h.work THEN h.name END AS holiday, coalesce(h.work, isodow(d) < 6) AS workday, {_system(batch, 'CAST(d AS VARCHAR)')} "
        "FROM (SELECT CAST(unnest(generate_series(?::DATE, ?::DATE, INTERVAL 1 DAY)) AS DATE) AS d) "
        "LEFT JOIN (SELECT day, any_value(name) AS name, bool_or(work) AS work FROM holiday_lines GROUP BY day) h ON h.day = d",
        [start, end],
    )
    connection.unregister("holiday_lines")
    settle(connection, ground.model.tables["calendar"], "temp.shaped", "derived", batch)
    connection.execute("DROP TABLE temp.shaped")


_SEGMENTS = """
CREATE OR REPLACE TEMP TABLE segments AS
WITH lain AS (
  SELECT stay_id, admitted_at, CASE WHEN status = '出院' THEN discharged_at END AS left_at,
         admit_department, admit_ward, department, ward
  FROM wh.hospital.stay
  WHERE status IS DISTINCT FROM '取消' AND admitted_at IS NOT NULL AND newborn IS NOT TRUE
    AND NOT (status = '出院' AND (discharged_at IS NULL OR discharged_at < admitted_at))
),
moves AS (
  SELECT t.stay_id, greatest(t.moved_at, l.admitted_at) AS moved, 1 AS late, t.transfer_id AS mark,
         t.to_department AS department, t.to_ward AS ward
  FROM wh.hospital.transfer t JOIN lain l USING (stay_id)
  WHERE t.kind IN ('入院', '转科', '转床') AND t.moved_at IS NOT NULL AND (l.left_at IS NULL OR t.moved_at < l.left_at)
  UNION ALL
  SELECT stay_id, admitted_at, 0, '', admit_department, admit_ward FROM lain
),
placed AS (
  SELECT stay_id, moved, late, mark,
         coalesce(department, lag(department IGNORE NULLS) OVER by_stay) AS department,
         coalesce(ward, lag(ward IGNORE NULLS) OVER by_stay) AS ward,
         lead(moved) OVER by_stay AS next_at
  FROM moves WINDOW by_stay AS (PARTITION BY stay_id ORDER BY moved, late, length(mark), mark)
)
SELECT p.stay_id, p.moved AS began, coalesce(p.next_at, l.left_at) AS ended, p.next_at IS NULL AS last,
       coalesce(p.department, l.department) AS department, coalesce(p.ward, l.ward) AS ward, l.admitted_at, l.left_at
FROM placed p JOIN lain l USING (stay_id)
"""

_BED_DAYS = """
CREATE OR REPLACE TEMP TABLE shaped AS
WITH days AS (SELECT CAST(unnest(generate_series($start::DATE, $end::DATE, INTERVAL 1 DAY)) AS DATE) AS date),
steps AS (
  SELECT ward, department, CAST(began - INTERVAL 1 MICROSECOND AS DATE) AS date, 1 AS step FROM segments
  UNION ALL
  SELECT ward, department, CAST(ended - INTERVAL 1 MICROSECOND AS DATE), -1 FROM segments WHERE ended IS NOT NULL
),
stepped AS (SELECT ward, department, greatest(date, $start::DATE) AS date, sum(step) AS step FROM steps GROUP BY ALL),
happened AS (
  SELECT ward, department, date, count(*) FILTER (what = 'same') AS same_day_stays, count(*) FILTER (what = 'in') AS admits,
         count(*) FILTER (what = 'out') AS discharges, count(*) FILTER (what = 'to') AS transfers_in, count(*) FILTER (what = 'from') AS transfers_out
  FROM (
    SELECT ward, department, CAST(left_at AS DATE) AS date, 'same' AS what FROM segments
      WHERE last AND left_at IS NOT NULL AND CAST(left_at AS DATE) = CAST(admitted_at AS DATE)
    UNION ALL SELECT ward, department, CAST(left_at AS DATE), 'out' FROM segments WHERE last AND left_at IS NOT NULL
    UNION ALL SELECT arg_min(ward, began), arg_min(department, began), CAST(admitted_at AS DATE), 'in' FROM (
      SELECT * FROM segments WHERE ended IS NULL OR ended > began OR last) GROUP BY stay_id, admitted_at
    UNION ALL SELECT to_ward, to_department, CAST(moved_at AS DATE), 'to' FROM wh.hospital.transfer
      WHERE kind = '转科' AND to_department IS DISTINCT FROM from_department AND stay_id IN (SELECT stay_id FROM segments)
    UNION ALL SELECT from_ward, from_department, CAST(moved_at AS DATE), 'from' FROM wh.hospital.transfer
      WHERE kind = '转科' AND to_department IS DISTINCT FROM from_department AND stay_id IN (SELECT stay_id FROM segments)
  ) GROUP BY ALL
),
open AS (
  SELECT b.ward, b.department, d.date, sum(b.open_beds) AS open_beds
  FROM wh.hospital.ward_bed b JOIN days d ON d.date >= b.since AND (b.until IS NULL OR d.date <= b.until) GROUP BY ALL
),
pairs AS (SELECT DISTINCT ward, department FROM (
  SELECT ward, department FROM stepped UNION ALL SELECT ward, department FROM open UNION ALL SELECT ward, department FROM happened)
  WHERE ward IS NOT NULL AND department IS NOT NULL),
census AS (
  SELECT p.ward, p.department, d.date, coalesce(sum(s.step) OVER (PARTITION BY p.ward, p.department ORDER BY d.date), 0) AS occupied
  FROM pairs p CROSS JOIN days d LEFT JOIN stepped s ON s.ward = p.ward AND s.department = p.department AND s.date = d.date
)
SELECT c.date, c.ward, c.department, w.campus, coalesce(o.open_beds, 0)::INTEGER AS open_beds, c.occupied::INTEGER AS occupied_beds,
       coalesce(h.same_day_stays, 0)::INTEGER AS same_day_stays, coalesce(h.admits, 0)::INTEGER AS admits,
       coalesce(h.discharges, 0)::INTEGER AS discharges, coalesce(h.transfers_in, 0)::INTEGER AS transfers_in,
       coalesce(h.transfers_out, 0)::INTEGER AS transfers_out, {system}
FROM census c
LEFT JOIN open o USING (ward, department, date)
LEFT JOIN happened h USING (ward, department, date)
LEFT JOIN wh.hospital.ward w ON w.ward = c.ward
WHERE c.occupied <> 0 OR o.open_beds IS NOT NULL OR h.date IS NOT NULL
"""


def _bed_days(connection: DuckDBPyConnection, table: Table, through: datetime | None, batch: Batch) -> None:
    """Midnight counts 24时点数 of every ward and department; the last day is the last whole one."""
    connection.execute(_SEGMENTS)
    # those who were lying there when the records begin show single admissions long before; whole days begin with the first visit
    row = connection.execute(
        "SELECT greatest(min(CAST(began AS DATE)), (SELECT min(visit_date) FROM wh.hospital.visit)) FROM segments"
    ).fetchone()
    start = row[0] if row else None
    whole = (batch.moment + timedelta(minutes=1)).date() - timedelta(days=1)
    end = min(through.date(), whole) if through else None
    if start is None or end is None or end < start:
        settle(connection, table, f"(SELECT * FROM wh.hospital.{quote(table.name)} WHERE FALSE)", "derived", batch)
    else:
        system = _system(batch, "concat_ws('|', c.date, c.ward, c.department)")
        connection.execute(_BED_DAYS.replace("{system}", system), {"start": start, "end": end})
        settle(connection, table, "temp.shaped", "derived", batch)
        connection.execute("DROP TABLE temp.shaped")
    connection.execute("DROP TABLE temp.segments")


def _readmissions(connection: DuckDBPyConnection, stay: Table, batch: Batch) -> None:
    """Unplanned return within 31 days 31天内非计划再入院, a flag on the first discharge (IPD-18); null where it is no index.

    An index is a discharge with a front page, the patient alive. Not unplanned: the index page planned it, or the later
    stay's main diagnosis is Z51.* (chemotherapy, radiotherapy, dialysis courses).
    """
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE returns AS
        WITH page AS (SELECT stay_id, disposition, readmission_plan, coalesce(main_diagnosis_code, main_diagnosis) AS code FROM wh.hospital.front_page),
        lain AS (
          SELECT s.stay_id, coalesce(p.person_id, -s.patient_key) AS person, s.admitted_at, s.discharged_at, s.status,
                 page.stay_id IS NOT NULL AS coded, page.disposition, page.readmission_plan, coalesce(page.code LIKE 'Z51%', FALSE) AS planned
          FROM wh.hospital.stay s LEFT JOIN wh.hospital.patient p ON p.patient_key = s.patient_key LEFT JOIN page ON page.stay_id = s.stay_id
          WHERE s.status IS DISTINCT FROM '取消' AND s.newborn IS NOT TRUE
        ),
        index_stay AS (SELECT * FROM lain WHERE status = '出院' AND discharged_at IS NOT NULL AND coded AND disposition IS DISTINCT FROM '死亡'),
        again AS (
          SELECT DISTINCT a.stay_id FROM index_stay a JOIN lain b ON b.person = a.person
          WHERE b.stay_id <> a.stay_id AND b.admitted_at >= a.discharged_at
            AND date_diff('day', CAST(a.discharged_at AS DATE), CAST(b.admitted_at AS DATE)) BETWEEN 0 AND 31
            AND NOT b.planned AND a.readmission_plan IS NOT TRUE
        )
        SELECT s.stay_id,
               CASE WHEN i.stay_id IS NOT NULL THEN g.stay_id IS NOT NULL END AS readmitted_31d,
               CASE WHEN i.stay_id IS NOT NULL THEN CAST(s.discharged_at AS DATE) + 31 END AS readmission_due
        FROM wh.hospital.stay s LEFT JOIN index_stay i ON i.stay_id = s.stay_id LEFT JOIN again g ON g.stay_id = s.stay_id
        """
    )
    settle_columns(connection, stay, "temp.returns", ("readmitted_31d", "readmission_due"), batch)
    connection.execute("DROP TABLE temp.returns")
