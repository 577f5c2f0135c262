"""hrp 药品物资财务人事: drugs and stores with batches and expiry, people, ledger and budget, as GBK text files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.defects import Defects
from yishu.demo.schema import TABLES
from yishu.demo.truth import Book
from yishu.demo.world import DAY, Array, Columns, World, month_of, to_day
from yishu.demo.write import Moments, write_csv

COST = 0.88  # purchase price over sale price


class Folder:
    """A folder of CSV files 文本库 in GBK."""

    def __init__(self, path: Path, store: str) -> None:
        self.path, self.store = path, store
        self.rows: dict[str, int] = {}

    def put(self, name: str, count: int, /, **columns: object) -> None:
        names = TABLES[self.store, name].names
        if set(columns) != set(names):
            raise ValueError(f"{name}: {set(columns) ^ set(names)}")
        lists = []
        for n in names:
            column = columns[n]
            lists.append(column.tolist() if isinstance(column, np.ndarray) else column if isinstance(column, list) else [column] * count)
        self.rows[name] = write_csv(self.path / f"{name}.csv", names, lists, "gb18030")


def write(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write hrp/*.csv; rows by table; enters 药品库存金额 into the truth."""
    folder = Folder(home / "sources" / "hrp", "hrp")
    _dictionaries(world, folder, moments)
    _stock(world, defects, folder, moments)
    _finance(world, folder, moments)
    _high_value(world, folder, moments)
    return folder.rows


def _dictionaries(world: World, folder: Folder, moments: Moments) -> None:
    s = world.structure
    count = len(s.drugs)
    bare = [d for d in s.drugs if d.anti_level][5::12]  # DDD never entered for one antibacterial in twelve
    folder.put(
        "bd_drug", count, pk_inv=[d.hrp for d in s.drugs], code=[f"Y{d.index + 1:04d}" for d in s.drugs], name=[d.name for d in s.drugs],
        spec=[d.spec for d in s.drugs], unit_small=[d.unit for d in s.drugs], unit_big=[d.big_unit for d in s.drugs], rate=[d.pack for d in s.drugs],
        ddd=["1" if d.ddd_per_unit and d not in bare else "" for d in s.drugs], ddd_unit=["DDD" if d.ddd_per_unit and d not in bare else "" for d in s.drugs],
        ddds_per_unit=["" if d in bare else d.ddd_per_unit or "" for d in s.drugs], anti_level=[{"": "0", "非限制": "1", "限制": "2", "特殊": "3"}[d.anti_level] for d in s.drugs],
        systemic_flag=["1" if d.systemic else "0" for d in s.drugs], base_flag=["1" if d.essential else "0" for d in s.drugs],
        vbp_flag=["1" if d.vbp else "0" for d in s.drugs], key_flag=["1" if d.key_monitored else "0" for d in s.drugs],
        tcm_flag=["1" if d.kind == "中药饮片" else "0" for d in s.drugs], ins_code=[f"X{d.index:022d}" for d in s.drugs],
    )  # fmt: skip
    stores = s.raw["stores"]
    code = {c.id: c.code for c in s.campuses}
    pharmacy = s.departments[s.department("D9900")].hr()
    folder.put("bd_wh", len(stores), wh=[w["wh"] for w in stores], name=[w["name"] for w in stores], dept_hr=pharmacy, campus=[code[w["campus"]] for w in stores])
    # a cost department is not always one clinical department: n to m, with percentages
    shared = {"D2800": (("重症医学科", 85), ("麻醉科", 15)), "D1000": (("眼科", 70), ("耳鼻咽喉科", 20), ("口腔科", 10)), "D2600": (("麻醉科", 90), ("内镜中心", 10))}
    parts = [(d.hr(), d.name, clinical, share) for d in s.departments for clinical, share in shared.get(d.id, ((d.name, 100),))]
    folder.put("bd_dept", len(parts), **{column: [p[n] for p in parts] for n, column in enumerate(("dept_hr", "name", "clinic_dept", "share"))})
    seed = np.random.default_rng(20260102)
    joined = seed.integers(-9000, -400, len(s.staff)) + 20_454
    # who has resigned stands in both HIS as active still 离职未停用
    gone = np.array([p.category == "护士" and p.index % 41 == 7 for p in s.staff])
    left = world.last_day - 20 - np.arange(len(s.staff)) * 7 % 400
    folder.put(
        "hr_psndoc", len(s.staff), psncode=[p.hr for p in s.staff], name=[p.name for p in s.staff], dept_hr=[s.departments[p.department].hr() for p in s.staff],
        post=[p.category for p in s.staff], title=[p.title for p in s.staff], cert_type=[p.category + "资格" for p in s.staff],
        in_date=moments.day10(joined), out_date=np.where(gone, moments.day10(left), "").tolist(), status=np.where(gone, "离职", "在职").tolist(),
    )  # fmt: skip


def _stock(world: World, defects: Defects, folder: Folder, moments: Moments) -> None:
    """Stock 库存: two batches a drug and store; snapshots at month ends and on the last forty days; monthly deliveries."""
    s = world.structure
    rng = world.rng("stock")
    days = world.days
    last_of_month = month_of(days + 1) != month_of(days)
    shown = days[(last_of_month | (days > world.last_day - 40)) & ((days + 1) * DAY <= world.until + 1)]
    stores, drugs = s.raw["stores"], s.drugs
    wh = np.repeat(np.arange(len(stores)), len(drugs) * 2)
    drug = np.tile(np.repeat(np.arange(len(drugs)), 2), len(stores))
    batch = np.tile(np.arange(2), len(stores) * len(drugs))
    price = np.array([d.price for d in drugs])[drug] * COST
    share = np.array([w["share"] for w in stores])[wh] / 100
    level = np.maximum(np.rint(share * 260_000 * (0.5 + rng.random(len(wh))) / len(drugs) / np.maximum(price, 0.05) * 4), 5)
    n = len(wh)
    day = np.repeat(shown, n)
    phase = rng.integers(0, 30, n)
    wave = 1.25 - 0.5 * ((day + np.tile(phase, len(shown))) % 30) / 30
    qty = np.maximum(np.rint(np.tile(level, len(shown)) * wave), 1).astype(np.int64)
    cents = np.rint(qty * np.tile(price, len(shown)) * 100).astype(np.int64)
    pk = np.array([d.hrp for d in drugs])[drug]
    name = np.strings.add("B", text_of.zfill((drug * 2 + batch + 240_101).astype("U6"), 6))
    base = np.datetime64("2027-01", "M") + (drug * 7 + batch * 5) % 22
    expiry = np.where(drug % 3 == 0, base.astype("U7"), np.strings.add(text_of.replace(base.astype("U7"), "-", ""), "28"))
    codes = np.array([w["wh"] for w in stores])
    folder.put(
        "ic_onhand", len(day), wh=np.tile(codes[wh], len(shown)), pk_inv=np.tile(pk, len(shown)), batch=np.tile(name, len(shown)),
        vali_date=np.tile(expiry, len(shown)), qty=qty, cost=cents / 100, snapshot_date=moments.day10(day),
    )  # fmt: skip
    _flows(world, defects, folder, moments, (codes[wh], pk, name, expiry, level, price))
    department = np.full(len(day), s.department("D9900"))

    def enter(book: Book) -> None:
        book.put("stock_value", book.sums(day, department, cents), scale=100)

    world.truths.append(enter)


def _flows(world: World, defects: Defects, folder: Folder, moments: Moments, what: tuple[Array, ...]) -> None:
    wh, pk, batch, expiry, level, price = what
    rng = world.rng("flows")
    monthly = world.days[::30]
    n = len(wh)
    at = np.tile(np.arange(n), len(monthly))
    day = np.repeat(monthly, n)
    kind = rng.choice(5, len(at), p=(0.5, 0.36, 0.1, 0.03, 0.01))
    moment = day * DAY + 8 * 3600 + rng.integers(0, 9 * 3600, len(at))
    keep = moment <= world.until
    at, kind, moment = at[keep], kind[keep], moment[keep]
    order = np.lexsort((at, moment))
    at, kind, moment = at[order], kind[order], moment[order]
    qty = np.maximum(np.rint(level[at] * 0.5), 1).astype(np.int64) * np.where(np.isin(kind, (1, 4)), -1, 1)
    count = len(at)
    odd = defects.pick("value_format", "hrp.ic_flow", count)
    qty[odd] *= np.array((12, 24, 100))[odd % 3]
    bill = np.strings.add("C", text_of.zfill((1 + np.arange(count)).astype("U8"), 8))
    defects.note("value_format", "hrp", "ic_flow", np.strings.add(bill[odd], "|1"), "qty", "unit_factor")
    # a period closes on the 25th
    closed = (moment // DAY).astype("datetime64[D]")
    month = closed.astype("datetime64[M]")
    period = np.where((closed - month).astype(np.int64) + 1 > 25, month + 1, month).astype("datetime64[M]").astype("U7")
    folder.put(
        "ic_flow", count, cbill=bill, line=1, type=np.array(["入库", "出库", "调拨", "盘盈亏", "报损"])[kind], wh=wh[at], pk_inv=pk[at], batch=batch[at],
        vali_date=expiry[at], qty=qty, price_in=np.rint(price[at] * 10_000) / 10_000, price_sale=np.rint(price[at] / COST * 10_000) / 10_000,
        bill_date=text_of.part(moments.iso(moment), 0, 10), acc_period=period, entered_at=moments.iso(np.minimum(moment + 1200, world.until)),
    )  # fmt: skip


def _finance(world: World, folder: Folder, moments: Moments) -> None:
    """Ledger and budget 总账与预算: settled income by month and department."""
    s = world.structure
    stay = world.events["stay"]
    done = np.nonzero(stay["settled_at"] >= 0)[0]
    month = (stay["settled_at"][done] // DAY).astype("datetime64[D]").astype("datetime64[M]")
    key, inverse = np.unique(month.astype(np.int64) * 128 + stay["department"][done], return_inverse=True)
    total = np.bincount(inverse, stay["cost"][done], len(key)).astype(np.int64)
    period = (key // 128).astype("datetime64[M]").astype("U7")
    department = [s.departments[int(k) % 128].hr() for k in key.tolist()]
    voucher = np.strings.add("JZ", text_of.zfill((1 + np.arange(len(key))).astype("U6"), 6))
    folder.put("gl_voucher", len(key), period=period, voucher_no=voucher, voucher_date=np.strings.add(period, "-28"), memo="住院医疗收入")
    folder.put(
        "gl_detail", len(key) * 2, period=np.repeat(period, 2), voucher_no=np.repeat(voucher, 2), line=np.tile([1, 2], len(key)),
        account=np.tile(["1011.02", "4101.02"], len(key)), dept_cost=np.repeat(np.array(department), 2).tolist(),
        dr=(np.repeat(total, 2) * np.tile([1, 0], len(key))) / 100, cr=(np.repeat(total, 2) * np.tile([0, 1], len(key))) / 100, memo="住院医疗收入",
    )  # fmt: skip
    years = sorted({to_day(world.first_day).year, to_day(world.last_day).year})
    folder.put(
        "fi_budget", len(years) * len(s.departments), year=np.repeat(years, len(s.departments)), dept_cost=[d.hr() for d in s.departments] * len(years),
        item="业务支出", amount=[round(1_200_000 * (1 + d.opd), 2) for d in s.departments] * len(years), used=[round(760_000 * (1 + d.opd), 2) for d in s.departments] * len(years),
    )  # fmt: skip


def _high_value(world: World, folder: Folder, moments: Moments) -> None:
    """High-value items 高值耗材: one line a piece, tied to the operation."""
    s = world.structure
    charge, stay, surgery = world.events["charge"], world.events["stay"], world.events["surgery"]
    dear = np.array([i.category == "卫生材料" and i.price > 1000 for i in s.items] + [False])
    at = np.nonzero(dear[charge["item"]] & (charge["original"] == 0))[0]
    at = np.repeat(at, charge["quantity"][at])
    first = np.full(len(stay["number"]), 0)
    first[surgery["stay"]] = surgery["number"]
    count = len(at)
    folder.put(
        "hv_trace", count, udi=np.strings.add("0169012345", text_of.zfill((1 + np.arange(count)).astype("U8"), 8)),
        pk_inv=np.array([i.code for i in s.items] + [""])[charge["item"][at]], lot=np.strings.add("L", (24_000 + np.arange(count) % 700).astype("U6")),
        surgery_no=first[charge["stay"][at]], patient_no=stay["brid"][charge["stay"][at]], use_time=moments.iso(charge["time"][at]),
    )  # fmt: skip
