"""The lock-down 锁定: what a statement on the server's instance cannot do, and what the allowlist refuses beside it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from tests.needs import ROOT
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.errors import Defect
from yishu.metrics import store
from yishu.security.allow import allowed, refused

OUTSIDE = {
    "读本机文件": "SELECT * FROM read_text('{outside}')",
    "读本机 CSV": "SELECT * FROM read_csv('{outside}')",
    "以文件名作表": "SELECT * FROM '{outside}'",
    "读 Parquet": "SELECT * FROM read_parquet('{outside}')",
    "列目录": "SELECT * FROM glob('{folder}/*')",
    "读网络": "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "附加别的库": "ATTACH '{folder}/other.duckdb' AS other",
    "写本机文件": "COPY (SELECT 1) TO '{folder}/out.csv'",
    "导出整库": "EXPORT DATABASE '{folder}/export'",
    "安装扩展": "INSTALL httpfs",
    "装载扩展文件": "LOAD '{folder}/x.duckdb_extension'",
    "打开外部访问": "SET enable_external_access=true",
    "改允许目录": "SET allowed_directories=['/']",
    "解锁设置": "SET lock_configuration=false",
    "改内存上限": "SET memory_limit='90GB'",
    "改线程数": "SET threads=64",
    "改临时目录": "SET temp_directory='{folder}'",
    "取消临时文件加密": "SET temp_file_encryption=false",
    "自动装扩展": "SET autoload_known_extensions=true",
    "复位设置": "RESET memory_limit",
    "存密钥": "CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
}
WRITING = {
    "建表": "CREATE TABLE wh.main.t (a INT)",
    "改行": "UPDATE wh.hospital.visit SET a = 2",
    "删行": "DELETE FROM wh.hospital.visit",
    "加行": "INSERT INTO wh.hospital.visit VALUES (1)",
    "删表": "DROP TABLE wh.hospital.visit",
    "清空": "TRUNCATE wh.hospital.visit",
    "改名": "ALTER TABLE wh.hospital.visit RENAME TO w",
    "建视图": "CREATE VIEW wh.main.v AS SELECT 1",
    "建宏": "CREATE MACRO wh.main.m() AS 1",
    "建模式": "CREATE SCHEMA wh.other",
}
NOT_LISTED = {
    "环境变量": "SELECT getenv('HOME')",
    "设置": "SELECT * FROM duckdb_settings()",
    "密钥表": "SELECT * FROM duckdb_secrets()",
    "系统目录": "SELECT * FROM information_schema.tables",
    "别的库": "SELECT * FROM other.hospital.visit",
    "别的模式": "SELECT * FROM wh.quality.defect",
    "不加限定的表": "SELECT * FROM visit",
    "表函数": "SELECT * FROM read_text('a')",
    "生成器": "SELECT * FROM range(1000000000)",
    "正则": "SELECT regexp_replace(a, 'x', 'y') FROM wh.hospital.visit",
    "随机": "SELECT random() FROM wh.hospital.visit",
    "报错函数": "SELECT error(a) FROM wh.hospital.visit",
    "睡眠或别名": "SELECT pg_sleep(10)",
    "写暂存": "COPY (SELECT * FROM wh.hospital.visit) TO 'staging/x.csv'",
    "建表": "CREATE TABLE t AS SELECT 1",
    "删行": "DELETE FROM wh.hospital.visit",
    "设置语句": "SET threads = 1",
    "聚为列表": "SELECT list(a) FROM wh.hospital.visit",
    "近似去重": "SELECT approx_count_distinct(a) FROM wh.hospital.visit",
    "子查询里的表函数": "SELECT * FROM wh.hospital.visit WHERE a IN (SELECT x FROM read_csv('b'))",
}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> tuple[duckdb.DuckDBPyConnection, Path]:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret.csv").write_text("a\n1\n")
    home = tmp_path_factory.mktemp("home")
    made = warehouse_instance(home, locked=False)
    made.execute("CREATE SCHEMA wh.hospital; CREATE TABLE wh.hospital.visit (a INT); INSERT INTO wh.hospital.visit VALUES (1)")
    made.close()
    return warehouse_instance(home), folder


@pytest.mark.parametrize("name", OUTSIDE)
def test_the_instance_reaches_nothing_outside(instance: tuple[duckdb.DuckDBPyConnection, Path], name: str) -> None:
    connection, folder = instance
    with pytest.raises(duckdb.Error):
        connection.cursor().execute(OUTSIDE[name].format(outside=folder / "secret.csv", folder=folder)).fetchall()
    assert sorted(p.name for p in folder.iterdir()) == ["secret.csv"]


@pytest.mark.parametrize("name", WRITING)
def test_a_readers_transaction_writes_nothing(instance: tuple[duckdb.DuckDBPyConnection, Path], name: str) -> None:
    connection, _ = instance
    with store.reading(connection, 5) as reader, pytest.raises(duckdb.Error):
        reader.cursor.execute(WRITING[name])
    assert connection.cursor().execute("SELECT a FROM wh.hospital.visit").fetchall() == [(1,)]


@pytest.mark.parametrize("name", NOT_LISTED)
def test_what_is_not_listed_is_not_run(name: str) -> None:
    tree = sqlglot.parse_one(NOT_LISTED[name], dialect="duckdb")
    assert isinstance(tree, exp.Expr) and refused(tree)
    with pytest.raises(Defect):
        allowed(tree)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("SELECT 1 AS a INTO copied", "Into"),
        ("SELECT a FROM (SELECT 1 AS a) t FOR UPDATE", "Lock"),
        ("SELECT b.a FROM (SELECT 1 AS a) t, LATERAL (SELECT t.a) b", "Lateral"),
    ],
)
def test_what_is_no_reading_is_refused_inside_a_select_too(said: str, kind: str) -> None:
    tree = sqlglot.parse_one(said, dialect="duckdb")
    assert isinstance(tree, exp.Select) and refused(tree) == f"语句 {kind}"


def test_the_page_of_refused_actions_is_true() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for table in (OUTSIDE, WRITING, NOT_LISTED):
        for name, statement in table.items():
            told = statement.format(outside="…", folder="…") if "{" in statement else statement
            assert f"| {name} | `{told}` |" in page
    assert page.count("\n| ") == len(OUTSIDE) + len(WRITING) + len(NOT_LISTED) + 3  # and no row that no test knows


def test_what_is_listed_runs(instance: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    tree = sqlglot.parse_one("WITH c AS (SELECT a, count(*) AS n FROM wh.hospital.visit GROUP BY 1) SELECT sum(n) FROM c", dialect="duckdb")
    with store.reading(instance[0], 5) as reader:
        assert reader.rows(tree) == [(1,)]
