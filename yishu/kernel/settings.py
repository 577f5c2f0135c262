"""Settings 设置: which hospital folder, which home, taken once from command line and environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yishu.kernel.clock import Clock, clock_from
from yishu.kernel.errors import InputError

ENVIRONMENT = {
    "YISHU_HOSPITAL": "医院文件夹；缺省为当前文件夹（若有 hospital.yaml），再缺省为 hospitals/model",
    "YISHU_HOME": "运行状态所在文件夹；缺省为 医院文件夹/.yishu",
    "YISHU_NOW": "固定所有命令的时钟，如 2025-07-15T08:30:00",
    "YISHU_DATA_DIR": "外部测试数据所在文件夹；缺省 ../shared/data；没有则按名跳过有关测试",
    "YISHU_MIMIC_DIR": "MIMIC-IV 演示数据；缺省为 YISHU_DATA_DIR 下的 mimic-iv-demo",
    "YISHU_SYNTHEA_DIR": "Synthea 数据；缺省为 YISHU_DATA_DIR 下的 synthea",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings 设置 of one command or one server."""

    hospital: Path
    home: Path
    clock: Clock
    environment: Mapping[str, str]

    @staticmethod
    def of(
        hospital: str | Path | None = None,
        home: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Settings:
        """Settings from the command line's words and the environment (design §5.3)."""
        env = dict(os.environ if environment is None else environment)
        folder = _hospital(hospital, env)
        where = Path(home or env.get("YISHU_HOME") or folder / ".yishu").expanduser().absolute()
        env["YISHU_HOME"] = str(where)
        data = Path(env.get("YISHU_DATA_DIR") or Path(__file__).parents[2] / ".." / "shared" / "data")
        env.setdefault("YISHU_DATA_DIR", str(data.resolve()))
        env.setdefault("YISHU_MIMIC_DIR", str(Path(env["YISHU_DATA_DIR"]) / "mimic-iv-demo"))
        env.setdefault("YISHU_SYNTHEA_DIR", str(Path(env["YISHU_DATA_DIR"]) / "synthea"))
        return Settings(hospital=folder, home=where, clock=clock_from(env), environment=env)


def _hospital(asked: str | Path | None, env: Mapping[str, str]) -> Path:
    named = asked or env.get("YISHU_HOSPITAL")
    if named:
        folder = Path(named).expanduser().absolute()
    elif Path("hospital.yaml").exists():
        folder = Path.cwd()
    else:
        folder = (Path(__file__).parents[2] / "hospitals" / "model").absolute()
    if not (folder / "hospital.yaml").is_file():
        raise InputError(
            "hospital.missing",
            f"文件夹里没有 hospital.yaml：{folder.name}",
            hint="用 yishu init 文件夹 新建一家医院，或用 --hospital 指向已有的",
            where=str(folder),
        )
    return folder
