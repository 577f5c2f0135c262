"""`python -m bench.chinese_people OUT.csv [--rows N] [--noise low|medium|high] [--seed N]`: a Chinese matching benchmark with truth.

Registrations of one population over years and windows: households sharing phone and address, twins, newborns under their mother's
name, foreigners, people who move, change number or are renamed; names written by ear, copied wrongly or cut; 15-digit and wrong ids.
`person` is the truth, `noise` says what was done to a row (`;`-joined; never mapped). OUT.csv's folder gets a `MAP.yaml` for `yishu link`.
Everything is made column by column in DuckDB from hash(row, seed, salt): one seed, one file. Nothing here knows the matcher.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from bench import chinese_names as names

NOISE = {"low": 0.4, "medium": 1.0, "high": 2.5}
PERSONS_PER_ROW = 0.4739  # 1 ÷ mean registrations of a person, see _RECORDS
PEOPLE_PER_HOME = 2.37
LAST_DAY = "DATE '2025-06-30'"
MAP = """# 中文人员匹配基准的字段对照（truth 只供 bench 使用）
id: rec_id
locale: zh
truth: {column: person}
fields:
  - {column: name, kind: full_name}
  - {column: sex, kind: sex}
  - {column: birth, kind: birth, format: '%Y-%m-%d'}
  - {column: id_no, kind: id}
  - {column: phone, kind: phone}
  - {column: address, kind: address}
  - {column: postcode, kind: postcode}
  - {column: mother, kind: other}
  - {column: birth_order, kind: other}
"""
_MACROS = """
CREATE MACRO u(i, salt) AS (hash(i::BIGINT * 4294967291 + salt * 65537 + getvariable('seed')) >> 11) / 9007199254740992.0;
CREATE MACRO one_of(l, x) AS l[1 + floor(x * len(l))::INTEGER];
CREATE MACRO put(s, k, c) AS substr(s, 1, k - 1) || c || substr(s, k + 1);
CREATE MACRO swapped(m, c, x) AS one_of(map_extract_value(m, c), x);
CREATE MACRO checked(s) AS s || '10X98765432'[1 + (list_dot_product(
  list_transform(string_split(s, ''), lambda d: d::DOUBLE), [7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2]::DOUBLE[])::INTEGER % 11)];
CREATE MACRO mobile(x, y) AS one_of(['138','139','136','135','158','159','186','187','177','133','150','182'], x) || lpad(floor(y * 1e8)::INTEGER::VARCHAR, 8, '0')
"""
_HOMES = """
CREATE TEMP TABLE home AS
SELECT h, one_of(getvariable('surname'), u(h, 1)) AS his, one_of(getvariable('surname'), u(h, 2)) AS hers,
  1 + floor(u(h, 3) * 36)::INTEGER AS town, 1 + floor(u(h, 4) * 36)::INTEGER AS next_town,
  mobile(u(h, 5), u(h, 6)) AS phone, DATE '1932-01-01' + floor(u(h, 7) * 25500)::INTEGER AS head_born,
  [0.30, 0.57, 0.82, 0.94, 1.01] AS steps, list_position(list_transform([0.30, 0.57, 0.82, 0.94, 1.01], lambda s: u(h, 8) < s), true) AS size,
  u(h, 9) < 0.10 AS twins, u(h, 10) < 0.45 AS one_phone, u(h, 11) < 0.012 AS abroad, u(h, 12) < 0.02 AS minority
FROM range($homes) t(h)
"""
_PEOPLE = """
CREATE TEMP TABLE member AS
WITH seat AS (SELECT *, unnest(range(size)) AS m FROM home),
role AS (SELECT *, h * 8 + m AS p,
  CASE WHEN m = 0 THEN 'head' WHEN m = 1 THEN 'wife' WHEN m = 4 THEN 'elder' ELSE 'child' END AS role FROM seat),
-- both twins draw from the elder twin's number
drawn AS (SELECT *, CASE WHEN role = 'child' AND twins THEN h * 8 + 2 ELSE p END AS d FROM role),
born AS (SELECT *,
  CASE role WHEN 'head' THEN u(p, 20) < 0.5 AND size = 1 WHEN 'wife' THEN true WHEN 'elder' THEN u(p, 20) < 0.6 ELSE u(p, 20) < 0.49 END AS female,
  CASE role WHEN 'head' THEN head_born WHEN 'wife' THEN head_born + floor((u(p, 21) - 0.4) * 3000)::INTEGER
    WHEN 'elder' THEN greatest(head_born - 8000 - floor(u(p, 21) * 4000)::INTEGER, DATE '1921-01-01' + floor(u(p, 22) * 3000)::INTEGER)
    ELSE CASE WHEN head_born + 8000 + floor(u(d, 21) * 6000)::INTEGER > DATE '2025-03-31' OR (u(d, 23) < 0.08 AND head_born > DATE '1972-01-01')
         THEN DATE '2025-04-01' + floor(u(d, 22) * 88)::INTEGER ELSE head_born + 8000 + floor(u(d, 21) * 6000)::INTEGER END END AS birth,
  one_of(getvariable('surname'), u(p, 31)) AS other_surname FROM drawn)
SELECT p, h, m, role, female, birth, town, next_town, his, hers, abroad, minority, twins AND role = 'child' AND size >= 4 AS twin,
  birth > DATE '2025-03-31' AS baby, phone AS home_phone,
  CASE WHEN role IN ('elder', 'child') AND birth > DATE '2010-01-01' OR one_phone THEN phone ELSE mobile(u(p, 24), u(p, 25)) END AS phone,
  mobile(u(p, 26), u(p, 27)) AS next_phone, u(p, 28) < 0.10 AS renumbers, u(p, 29) < 0.12 AS moves, u(p, 30) < 0.012 AS renamed,
  CASE WHEN role = 'wife' THEN hers WHEN role = 'elder' AND female THEN other_surname
       WHEN u(p, 32) < 0.005 THEN one_of(getvariable('compound'), u(p, 33)) ELSE his END AS surname
FROM born;
CREATE TEMP TABLE named AS
SELECT *, CASE WHEN abroad THEN one_of(getvariable('west_family'), u(h, 40)) || ' ' || one_of(getvariable('west_given'), u(p, 41))
    WHEN minority THEN one_of(getvariable('minority_given'), u(p, 41)) || '·' || one_of(getvariable('minority_family'), u(h, 40))
    ELSE surname || first || CASE WHEN twin OR u(p, 43) < (CASE WHEN year(birth) BETWEEN 1965 AND 1995 THEN 0.6 ELSE 0.88 END) THEN second ELSE '' END END AS name,
  surname || new_first || new_second AS new_name
FROM (SELECT n.*, l1.letter AS first, CASE WHEN u(p, 49) < 0.004 THEN one_of(getvariable('rare'), u(p, 50)) ELSE l2.letter END AS second, l3.letter AS new_first, l4.letter AS new_second
  FROM (SELECT *, CASE WHEN female THEN 3 ELSE 0 END + (year(birth) >= 1965)::INTEGER + (year(birth) >= 1990)::INTEGER AS age,
      -- a generation's character: twins and many brothers and sisters share the first of two
      floor(1000 * u(CASE WHEN twin OR u(h, 46) < 0.15 THEN h * 8 + 2 ELSE p END, 47))::INTEGER AS x1,
      floor(1000 * CASE WHEN twin THEN u(p, 48) * 0.45 + (m - 2) * 0.55 ELSE u(p, 48) END)::INTEGER AS x2,
      floor(1000 * u(p, 44))::INTEGER AS x3, floor(1000 * u(p, 45))::INTEGER AS x4 FROM member) n
  JOIN letters l1 ON l1.age = n.age AND l1.place = x1 JOIN letters l2 ON l2.age = n.age AND l2.place = x2
  JOIN letters l3 ON l3.age = n.age AND l3.place = x3 JOIN letters l4 ON l4.age = n.age AND l4.place = x4);
CREATE TEMP TABLE person AS
SELECT n.*, o.name AS mother,
  row_number() OVER (PARTITION BY n.h, n.baby, n.twin ORDER BY n.m) AS birth_order,
  CASE WHEN n.abroad THEN chr(65 + floor(u(n.p, 51) * 26)::INTEGER) || lpad(floor(u(n.p, 52) * 1e8)::INTEGER::VARCHAR, 8, '0') END AS passport,
  CASE WHEN n.abroad THEN one_of(getvariable('countries'), u(n.h, 53)) ELSE 'CHN' END AS country,
  t.code || strftime(n.birth, '%Y%m%d') AS root
FROM named n LEFT JOIN (SELECT h, name FROM named WHERE role = 'wife') o ON o.h = CASE WHEN n.role = 'child' THEN n.h END
JOIN towns t ON t.place = CASE WHEN u(n.p, 54) < 0.25 THEN n.next_town ELSE n.town END
"""
_IDS = """
CREATE TEMP TABLE known AS SELECT *,
  CASE WHEN abroad THEN passport ELSE checked(root || lpad(least(999, 2 * row_number() OVER (PARTITION BY root, female ORDER BY p) - (NOT female)::INTEGER
    + 20 * floor(u((hash(root) % 100000007)::BIGINT, 55) * 20)::INTEGER)::VARCHAR, 3, '0')) END AS id_no
FROM (SELECT * REPLACE (coalesce(female, false) AS female) FROM person)
"""
# how many registrations a person has: 1 to 8
_RECORDS = """
CREATE TEMP TABLE record AS
SELECT *, p * 16 + k AS r, k >= times / 2 AS later FROM (
  SELECT *, unnest(range(times)) AS k FROM (
    SELECT *, list_position(list_transform([0.48, 0.72, 0.86, 0.93, 0.965, 0.985, 0.995, 1.01], lambda s: u(p, 60) < s), true) AS times FROM known))
ORDER BY u(p * 16 + k, 61), p, k LIMIT $rows
"""
_PLACES = """
CREATE TEMP TABLE placed AS
SELECT *, getvariable('districts')[CASE WHEN moves AND later THEN next_town ELSE town END] AS d,
  CASE WHEN moves AND later THEN p * 8 + 5 ELSE h END AS a FROM record
"""
_TRUE = """
CREATE TEMP TABLE clean AS
SELECT r, p, k, later, role, twin, baby, abroad, minority, h, birth AS birth_true, d.postcode AS postcode, country, birth_order AS nth, mother AS mother_true, d,
  one_of(getvariable('street_first'), u(a, 70)) || one_of(getvariable('street_last'), u(a, 71)) AS street, 1 + floor(u(a, 72) * 380)::INTEGER AS number,
  one_of(getvariable('estates'), u(a, 73)) AS estate, 1 + floor(u(a, 74) * 24)::INTEGER AS block, (1 + floor(u(a, 75) * 18)::INTEGER) * 100 + 1 + floor(u(a, 76) * 4)::INTEGER AS room,
  id_no AS id_true, CASE WHEN female THEN '女' ELSE '男' END AS sex_true, renamed AND later AS new_named, moves AND later AS moved, renumbers AND later AS renumbered,
  baby AND NOT (later AND u(p, 77) < 0.10) AS unnamed,
  CASE WHEN renamed AND later AND NOT abroad AND NOT minority THEN new_name ELSE name END AS full_name,
  CASE WHEN renumbers AND later THEN next_phone ELSE phone END AS phone_true, home_phone, first_value(id_no) OVER (PARTITION BY h ORDER BY role DESC, p) AS kin_id
FROM placed
"""
_NOISE = """
CREATE TEMP TABLE drawn AS
SELECT *,
  CASE WHEN unnamed THEN 'unnamed' WHEN x1 < 0.016 * f THEN 'homophone' WHEN x1 < 0.026 * f THEN 'lookalike' WHEN x1 < 0.031 * f THEN 'dropped'
    WHEN x1 < 0.033 * f THEN 'turned' WHEN x1 < 0.040 * f THEN 'spaced' WHEN x1 < 0.045 * f THEN 'traditional' WHEN x1 < 0.047 * f THEN 'wildcard' END AS name_noise,
  CASE WHEN baby THEN 'no_id' WHEN x2 < 0.09 * f THEN 'no_id' WHEN abroad AND later AND x2 > 0.85 THEN 'new_passport' WHEN abroad THEN NULL
    WHEN birth_true < DATE '1975-01-01' AND x2 > 0.94 THEN 'id_15' WHEN x2 < 0.098 * f THEN 'id_digit' WHEN x2 < 0.101 * f THEN 'id_turned'
    WHEN x2 < 0.108 * f THEN 'id_filler' WHEN x2 < 0.1095 * f THEN 'id_of_kin' WHEN x2 < 0.116 * f THEN 'id_written' END AS id_noise,
  CASE WHEN x3 < 0.06 * f THEN 'no_phone' WHEN x3 < 0.066 * f THEN 'phone_digit' WHEN x3 < 0.071 * f THEN 'desk_phone' WHEN x3 < 0.095 * f THEN 'home_phone'
    WHEN x3 < 0.12 * f THEN 'phone_written' END AS phone_noise,
  CASE WHEN x4 < 0.08 * f THEN 'no_address' WHEN x4 < 0.20 * f THEN 'address_short' WHEN x4 < 0.30 * f THEN 'address_written' WHEN x4 < 0.312 * f THEN 'address_digit' END AS address_noise,
  CASE WHEN x5 < 0.006 * f THEN 'no_birth' WHEN x5 < 0.009 * f THEN 'birth_near' WHEN x5 < 0.0115 * f THEN 'birth_turned' WHEN x5 < 0.0135 * f THEN 'birth_year'
    WHEN x5 < 0.0155 * f THEN 'birth_january' END AS birth_noise,
  CASE WHEN x6 < 0.004 * f THEN 'no_sex' WHEN x6 < 0.0055 * f THEN 'sex_wrong' END AS sex_noise
FROM (SELECT *, u(r, 80) AS x1, u(r, 81) AS x2, u(r, 82) AS x3, u(r, 83) AS x4, u(r, 84) AS x5, u(r, 85) AS x6, u(r, 86) AS y, u(r, 87) AS z, getvariable('noise') AS f FROM clean);
-- a registration keeps something to be known by: of id, phone, address two at the least (one for five in a thousand)
UPDATE drawn SET phone_noise = NULL WHERE id_noise IN ('no_id', 'id_filler') AND phone_noise IN ('no_phone', 'desk_phone') AND z > 0.05;
UPDATE drawn SET address_noise = NULL WHERE (id_noise IN ('no_id', 'id_filler') OR phone_noise IN ('no_phone', 'desk_phone')) AND address_noise = 'no_address' AND z > 0.05
"""
_WRITTEN = """
CREATE TEMP TABLE written AS
SELECT r, p,
  CASE coalesce(name_noise, '')
    WHEN 'unnamed' THEN coalesce(mother_true, full_name) || '之' || CASE WHEN twin THEN CASE WHEN nth = 1 THEN '长' ELSE '次' END || CASE WHEN sex_true = '女' THEN '女' ELSE '子' END
        WHEN y < 0.1 THEN '婴' WHEN sex_true = '女' THEN '女' ELSE '子' END
    WHEN 'homophone' THEN coalesce(put(full_name, spot, swapped(getvariable('homophones'), full_name[spot], z)), full_name)
    WHEN 'lookalike' THEN coalesce(put(full_name, spot, swapped(getvariable('lookalikes'), full_name[spot], z)), full_name)
    WHEN 'dropped' THEN CASE WHEN length(full_name) > 2 THEN put(full_name, length(full_name) - (y < 0.5)::INTEGER, '') ELSE full_name END
    WHEN 'turned' THEN CASE WHEN abroad THEN array_to_string(list_reverse(string_split(full_name, ' ')), ' ')
        WHEN length(full_name) = 3 THEN full_name[1] || full_name[3] || full_name[2] ELSE full_name END
    WHEN 'spaced' THEN CASE WHEN minority THEN replace(full_name, '·', one_of(['.', '•', '', '・'], y)) WHEN y < 0.5 THEN full_name[1] || ' ' || substr(full_name, 2) ELSE ' ' || full_name || '　' END
    WHEN 'traditional' THEN translate(full_name, getvariable('short_forms'), getvariable('long_forms'))
    WHEN 'wildcard' THEN put(full_name, length(full_name), '?')
    ELSE full_name END AS name,
  CASE sex_noise WHEN 'no_sex' THEN '' WHEN 'sex_wrong' THEN CASE sex_true WHEN '男' THEN '女' ELSE '男' END ELSE sex_true END AS sex,
  CASE birth_noise WHEN 'no_birth' THEN NULL WHEN 'birth_near' THEN birth_true + (CASE WHEN y < 0.5 THEN 1 ELSE -1 END)
    WHEN 'birth_turned' THEN coalesce(try_cast(strftime(birth_true, '%Y-%d-%m') AS DATE), birth_true)
    WHEN 'birth_year' THEN coalesce(try_cast((year(birth_true) + CASE WHEN y < 0.5 THEN -1 WHEN y < 0.8 THEN 1 ELSE -10 END) || strftime(birth_true, '-%m-%d') AS DATE), birth_true)
    WHEN 'birth_january' THEN make_date(year(birth_true), 1, 1) ELSE birth_true END AS birth,
  CASE id_noise WHEN 'no_id' THEN '' WHEN 'id_15' THEN substr(id_true, 1, 6) || substr(id_true, 9, 9)
    WHEN 'id_digit' THEN put(id_true, 7 + floor(y * 11)::INTEGER, ((id_true[7 + floor(y * 11)::INTEGER]::INTEGER + 1 + floor(z * 8)::INTEGER) % 10)::VARCHAR)
    WHEN 'id_turned' THEN substr(id_true, 1, 14) || id_true[16] || id_true[15] || substr(id_true, 17)
    WHEN 'id_filler' THEN one_of(['000000000000000000', '111111111111111111', '无', '不详', '未带'], y)
    WHEN 'id_of_kin' THEN kin_id WHEN 'id_written' THEN CASE WHEN y < 0.5 THEN lower(id_true) || ' ' ELSE substr(id_true, 1, 6) || ' ' || substr(id_true, 7, 8) || ' ' || substr(id_true, 15) END
    WHEN 'new_passport' THEN 'E' || substr(hash(id_true)::VARCHAR, 1, 8) ELSE id_true END AS id_no,
  CASE WHEN abroad THEN '护照' WHEN id_noise = 'no_id' THEN '' ELSE '身份证' END AS id_type, country,
  CASE phone_noise WHEN 'no_phone' THEN '' WHEN 'phone_digit' THEN put(phone_true, 4 + floor(y * 8)::INTEGER, floor(z * 10)::INTEGER::VARCHAR)
    WHEN 'desk_phone' THEN one_of(getvariable('desks'), y) WHEN 'home_phone' THEN home_phone
    WHEN 'phone_written' THEN one_of(['+86' || phone_true, '86-' || phone_true, substr(phone_true, 1, 3) || '-' || substr(phone_true, 4, 4) || '-' || substr(phone_true, 8)], y)
    ELSE phone_true END AS phone,
  CASE address_noise WHEN 'no_address' THEN '' WHEN 'address_short' THEN d.district || street || number || '号' || CASE WHEN y < 0.6 THEN estate || block || '栋' || room ELSE '' END
    WHEN 'address_written' THEN d.city || ' ' || d.district || ' ' || street || translate(number::VARCHAR, '0123456789', one_of(['０１２３４５６７８９', '0123456789'], y)) || '号' || estate || block || '-' || room
    WHEN 'address_digit' THEN d.city || d.district || street || (number + 1 + floor(y * 9)::INTEGER) || '号' || estate || block || '栋' || room || '室'
    ELSE d.city || d.district || street || number || '号' || estate || block || '栋' || room || '室' END AS address,
  CASE WHEN address_noise = 'no_address' THEN '' ELSE postcode END AS postcode,
  CASE WHEN baby THEN coalesce(mother_true, '') ELSE '' END AS mother, CASE WHEN baby AND twin THEN nth::VARCHAR ELSE '' END AS birth_order,
  concat_ws(';', CASE WHEN name <> full_name THEN name_noise END, id_noise, phone_noise, address_noise, birth_noise, sex_noise, CASE WHEN new_named THEN 'renamed' END, CASE WHEN moved THEN 'moved' END,
    CASE WHEN renumbered THEN 'renumbered' END, CASE WHEN twin THEN 'twin' END, CASE WHEN baby THEN 'newborn' END, CASE WHEN abroad THEN 'foreign' END) AS noise
FROM (SELECT *, CASE WHEN y < 0.06 OR length(full_name) < 2 THEN 1 ELSE 2 + floor((y - 0.06) / 0.9401 * (length(full_name) - 1))::INTEGER END AS spot FROM drawn)
"""
_COPY = """COPY (SELECT 'R' || lpad(row_number() OVER (ORDER BY u(r, 99), r)::VARCHAR, 8, '0') AS rec_id, name, sex, birth, id_type, country, id_no, phone, address, postcode,
  mother, birth_order, noise, 'P' || p AS person FROM written ORDER BY rec_id) TO {path} (HEADER)"""


def _lists(connection: duckdb.DuckDBPyConnection, seed: int, noise: str) -> None:
    districts = [{"code": c, "city": city, "district": d, "postcode": post} for c, city, d, post in names.DISTRICTS]
    pairs = names.TRADITIONAL.split()
    for name, value in {
        "seed": seed * 1_000_003,
        "noise": NOISE[noise],
        "surname": names.weighted(names.SURNAMES),
        "compound": list(names.COMPOUND),
        "rare": list(names.RARE),
        "minority_given": list(names.MINORITY_GIVEN),
        "minority_family": list(names.MINORITY_FAMILY),
        "west_given": list(names.WEST_GIVEN),
        "west_family": list(names.WEST_FAMILY),
        "countries": list(names.COUNTRIES),
        "districts": districts,
        "street_first": list(names.STREET_FIRST),
        "street_last": list(names.STREET_LAST),
        "estates": list(names.ESTATES),
        "desks": list(names.DESKS),
        "short_forms": "".join(p[0] for p in pairs),
        "long_forms": "".join(p[1] for p in pairs),
    }.items():
        connection.execute(f"SET VARIABLE {name} = (SELECT ?)", [value])
    connection.execute("CREATE TEMP TABLE letters AS SELECT unnest(range(6)) AS age, unnest(?) AS letter", [[names.by_rank(x) for x in (*names.MALE, *names.FEMALE)]])
    connection.execute("CREATE OR REPLACE TEMP TABLE letters AS SELECT age, unnest(letter) AS letter, unnest(range(1000)) AS place FROM letters")
    connection.execute("CREATE TEMP TABLE towns AS SELECT d.*, place FROM (SELECT unnest(getvariable('districts')) AS d, unnest(range(1, 37)) AS place)")
    for name, groups in (("homophones", names.HOMOPHONES), ("lookalikes", names.LOOKALIKES)):
        swaps = names.swaps(groups)
        connection.execute(f"SET VARIABLE {name} = (SELECT map(?, ?))", [list(swaps), list(swaps.values())])


def make(path: Path, *, rows: int, noise: str = "medium", seed: int = 1) -> dict[str, Any]:
    """Write `rows` registrations to `path` and `MAP.yaml` beside it; how many people, pairs and rows of each kind of noise."""
    connection = duckdb.connect()
    _lists(connection, seed, noise)
    connection.execute(_MACROS)
    homes = max(2, round(rows * PERSONS_PER_ROW / PEOPLE_PER_HOME * 1.03) + 4)
    connection.execute(_HOMES, {"homes": homes})
    for step in (_PEOPLE, _IDS):
        connection.execute(step)
    connection.execute(_RECORDS, {"rows": rows})
    for step in (_PLACES, _TRUE, _NOISE, _WRITTEN):
        connection.execute(step)
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(_COPY.format(path="'" + str(path).replace("'", "''") + "'"))
    (path.parent / "MAP.yaml").write_text(MAP, encoding="utf-8")
    made, people = connection.execute("SELECT count(*), count(DISTINCT p) FROM written").fetchone() or (0, 0)
    pairs = (connection.execute("SELECT sum(n * (n - 1) / 2)::BIGINT FROM (SELECT count(*) AS n FROM written GROUP BY p)").fetchone() or (0,))[0]
    kinds = connection.execute("SELECT kind, count(*) FROM (SELECT unnest(string_split(noise, ';')) AS kind FROM written WHERE noise <> '') GROUP BY 1 ORDER BY 1").fetchall()
    connection.close()
    return {"rows": made, "people": people, "pairs": pairs, "noise": noise, "seed": seed, "kinds": dict(kinds)}


def main() -> None:
    """The command line."""
    words = argparse.ArgumentParser(prog="python -m bench.chinese_people")
    words.add_argument("out", type=Path)
    words.add_argument("--rows", type=int, default=100_000)
    words.add_argument("--noise", choices=list(NOISE), default="medium")
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    began = time.perf_counter()
    made = make(asked.out, rows=asked.rows, noise=asked.noise, seed=asked.seed)
    sys.stderr.write(f"{time.perf_counter() - began:.1f} s\n")
    print(json.dumps(made, ensure_ascii=False))


if __name__ == "__main__":
    main()
