"""Schema 源库表结构: every store the model hospital writes, table by table, in the dialect of its vendor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A source table 源表: columns as `NAME TYPE`, and the columns that make a row one."""

    store: str
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.split()[0] for column in self.columns)


def _table(store: str, name: str, key: str, columns: str) -> Table:
    """Columns in one line: `A:i B:t C:r` (integer, text, real); text where nothing is said."""
    kinds = {"i": "INTEGER", "t": "TEXT", "r": "REAL"}
    made = []
    for word in columns.split():
        column, _, kind = word.partition(":")
        made.append(f"{column} {kinds[kind or 't']}")
    return Table(store, name, tuple(made), tuple(key.split()))


_TABLES = (
    # 1 门诊HIS his_mz.db
    _table("his_mz", "MZ_BRXX", "PATID", "PATID:i BLH CARDNO HZXM SEX BIRTH SFZH LXDH LXDZ YBDM LRRQ"),
    _table(
        "his_mz", "MZ_GHZD", "XH",
        "XH:i PATID:i KSDM YSDM GHRQ GHLB JLZT YYBZ YYXH:i HBH:i CFZBZ QD ZLF:r SJH YXH:i ZDDM ZDMC",
    ),
    _table("his_mz", "MZ_FZJH", "XH", "XH:i GHXH:i BDSJ JHSJ JZSJ JSSJ"),
    _table("his_mz", "MZ_CFK", "XH", "XH:i PATID:i GHXH:i KSDM YSDM LRRQ CFLX JLZT JSBZ SJH YXH:i"),
    _table("his_mz", "MZ_CFMXK", "XH", "XH:i CFXH:i YPDM XMDM YPMC YPGG YPSL:r DWXS:i YLSJ:r ZJE:r ZXKS"),
    _table("his_mz", "SF_BRJSK", "SJH", "SJH PATID:i GHXH:i ZJE:r ZFJE:r YBJE:r SFRQ JLZT TSJH"),
    _table("his_mz", "YY_YYXX", "YYXH", "YYXH:i PATID:i KSDM YSDM HBH:i HYSJ YYSJ QD ZT QXSJ CFZBZ"),
    _table("his_mz", "YY_PBB", "HBH", "HBH:i KSDM YSDM CZRQ SXW KSSJ JSSJ XHS:i YGS:i ZT"),
    _table("his_mz", "YY_KSBMK", "ID", "ID NAME PY YXBZ YQ"),
    _table("his_mz", "YY_ZGBMK", "ID", "ID NAME KSDM ZC YXBZ"),
    _table("his_mz", "YK_YPZD", "YPDM", "YPDM YPMC YPGG YPLB DW DWXS:i LSJ:r KJYW"),
    _table("his_mz", "SF_XMZD", "XMDM", "XMDM XMMC XMLB DJ:r"),
    # 2 住院HIS his_zy.db
    _table(
        "his_zy", "ZY_BRRY", "ZYH",
        "ZYH:i BRID:i ZYHM BAHM BRXM BRXB:i CSNY SFZH LXDH JTDZ BRXZ:i RYRQ CYRQ CYPB:i RYKS:i RYBQ:i RYCH "
        "BRKS:i BRBQ:i BRCH ZYYS:i RYTJ:i RYZD RYZDMC CYFS:i DJSJ",
    ),
    _table("his_zy", "ZY_ZKJL", "JLXH", "JLXH:i ZYH:i YSKS:i XHKS:i YSBQ:i XHBQ:i YSCH XHCH ZKSJ ZKLX:i LRSJ"),
    _table("his_zy", "ZY_CWSZ", "BQ CWH", "BQ:i CWH KSDM:i CWZT:i ZYH:i JCPB:i KFRQ TYRQ"),
    _table(
        "his_zy", "ZY_BQYZ", "YZXH",
        "YZXH:i ZYH:i YZLX:i XMLX:i YPXH:i XMXH:i YZMC YCJL GYTJ KSSJ TZSJ YSGH:i KSDM:i YYTS:i JLZT:i LRSJ",
    ),
    _table(
        "his_zy", "ZY_FYMX", "JLXH",
        "JLXH:i ZYH:i FYRQ FYXH:i YPXH:i FYMC FYSL:r FYDJ:r ZJJE:r ZFJE:r KSDM:i ZXKS:i BQDM:i YSGH:i YPLX:i JSCS:i YJLXH:i LRSJ",
    ),
    _table("his_zy", "YF_ZYFY", "FYID", "FYID:i ZYH:i YPXH:i FYSL:r FYJE:r CYDY:i FYSJ KSDM:i BQDM:i YSGH:i YZXH:i LRSJ"),
    _table("his_zy", "ZY_JSK", "JSXH", "JSXH:i ZYH:i JSCS:i JSRQ FYHJ:r ZFHJ:r YBHJ:r ZFPB:i YJSXH:i"),
    _table("his_zy", "GY_KSDM", "KSDM", "KSDM:i KSMC SJKS:i MZSY:i ZYSY:i BQSY:i YQ"),
    _table("his_zy", "GY_YGDM", "YGDM", "YGDM:i YGXM KSDM:i ZC ZFPB:i"),
    _table("his_zy", "YK_TYPK", "YPXH", "YPXH:i YPMC YPGG YPDW BZXS:i YPLX:i KJYW:i DDDS:r QSYY:i"),
    _table("his_zy", "GY_FYXM", "FYXH", "FYXH:i FYMC FYLB:i FYDJ:r"),
    # 3 检验 lis.db
    _table(
        "lis", "lis_sample", "barcode",
        "barcode req_no pat_no pat_type vis_no pat_name sex age dept_code ward hosp_code sample_type req_time collect_time "
        "recv_time recv_by reject_flag reject_reason entered_at",
    ),
    _table("lis", "lis_report", "report_id", "report_id barcode instr test_time audit_time pub_time version:i state entered_at"),
    _table("lis", "lis_result", "report_id item_code", "report_id item_code item_name result unit ref_range flag"),
    _table(
        "lis", "lis_critical", "report_id item_code",
        "report_id item_code found_time notify_time notify_to confirm_time handle_time remark entered_at",
    ),
    _table("lis", "lis_dept", "dept_code", "dept_code dept_name hosp_code"),
    _table("lis", "lis_item", "item_code", "item_code item_name std_unit"),
    # 4 影像 ris_pacs.db
    _table(
        "ris_pacs", "exam_request", "acc_no",
        "acc_no pid pat_class vis_no name sex birth modality body_part req_dept req_ward req_doc hosp req_time sched_time "
        "arrive_time status entered_at",
    ),
    _table("ris_pacs", "exam_study", "study_uid", "study_uid acc_no device_ae begin_time end_time img_cnt:i charset entered_at"),
    _table(
        "ris_pacs", "exam_report", "acc_no",
        "acc_no finding conclusion positive_flag report_doc audit_doc report_time audit_time print_time status entered_at",
    ),
    # 5 电子病历 emr_ba.db, 病案首页 emr_ba/EMR_BASY.xlsx
    _table("emr_ba", "EMR_DOC", "DOC_ID", "DOC_ID:i ZYH:i DOC_TYPE TITLE CONTENT CREATE_TIME SIGN_TIME SIGN_CA STATUS"),
    _table("emr_ba", "EMR_QC", "DOC_ID RULE", "DOC_ID:i RULE SCORE:r QC_TIME FIX_TIME"),
    _table(
        "emr_ba", "EMR_DRG", "BAH ZYCS",
        "BAH ZYCS:i ZYH:i CYSJ CYKB CYBF ZZYSGH YQ YLFKFS JBDM GROUPER VERSION STATUS MDC ADRG DRG RW:r RISK FZSJ",
    ),
    _table(
        "emr_basy", "EMR_BASY", "BAH ZYCS",
        "BAH ZYCS ZYH USERNAME YQ YLFKFS XM XB CSRQ NL BZYZSNL HY SFZH XZZ DH RYTJ RYSJ RYKB RYBF CYSJ CYKB CYBF SJZYTS "
        "JBBM MZZD JBDM ZYZD RYBQ JBDM1 QTZD1 RYBQ1 JBDM2 QTZD2 RYBQ2 SSJCZBM1 SSJCZMC1 SSJCZRQ1 SSJB1 SZ1 QKDJ1 MZFS1 "
        "YWGM XX RH ZZYS ZZYSGH BAZL SFZZYJH MD LYFS ZFY ZFJE YLFUF ZLCZF HLF SYSZDF YXXZDF FSSZLXMF SSZLF KFF XYF KJYWF "
        "ZCYF ZCYF1 YYCLF QTF GDSJ",
    ),
    # 6 药品物资财务人事 hrp/*.csv (GBK)
    _table(
        "hrp", "bd_drug", "pk_inv",
        "pk_inv code name spec unit_small unit_big rate:i ddd:r ddd_unit ddds_per_unit:r anti_level systemic_flag base_flag vbp_flag key_flag "
        "tcm_flag ins_code",
    ),
    _table("hrp", "bd_wh", "wh", "wh name dept_hr campus"),
    _table("hrp", "bd_dept", "dept_hr clinic_dept", "dept_hr name clinic_dept share"),
    _table("hrp", "ic_flow", "cbill line", "cbill line:i type wh pk_inv batch vali_date qty:r price_in:r price_sale:r bill_date acc_period entered_at"),
    _table("hrp", "ic_onhand", "wh pk_inv batch snapshot_date", "wh pk_inv batch vali_date qty:r cost:r snapshot_date"),
    _table("hrp", "gl_voucher", "period voucher_no", "period voucher_no voucher_date memo"),
    _table("hrp", "gl_detail", "period voucher_no line", "period voucher_no line:i account dept_cost dr:r cr:r memo"),
    _table("hrp", "fi_budget", "year dept_cost item", "year dept_cost item amount:r used:r"),
    _table("hrp", "hr_psndoc", "psncode", "psncode name dept_hr post title cert_type in_date out_date status"),
    _table("hrp", "hv_trace", "udi", "udi pk_inv lot surgery_no patient_no use_time"),
    # 7 手麻 ssmz.db
    _table(
        "ssmz", "SS_SSAP", "SSXH",
        "SSXH:i ZYH:i BRID:i BRXM BRXB NL:i BRKS:i BRBQ:i YSGH:i YSKS:i YQ SSBM SSMC SSJB JZBZ ASA SSJ SQZD SQZDMC SQSJ APSJ "
        "RSSJ MZSJ KSSJ JSSJ CSSJ ZT QXYY",
    ),
    # 8 质量与服务台账 zlk/csv/*.csv (GBK), zlk/excel/*.xlsx
    _table("zlk", "myd_wj", "wjbh", "wjbh hzlb jzh ks bq ysgh yq cfz xb nl:i jzrq fs:r yx tjsj"),
    _table("zlk", "ts_dj", "tsbh", "tsbh ks slsj ybjsj bjsj sx nr"),
    _table("zlk", "sg_rb", "rq bq lx", "rq bq lx ts:i"),
    _table("zlk", "sf_rw", "rwbh", "rwbh zyh ks jhrq wcrq zt"),
    _table("zlk_excel", "blsj", "sjbh", "sjbh lx jb zyh ks bq fssj sbsj"),
    _table("zlk_excel", "yg_bl", "bh", "bh zyh bw fbsj bgsj"),
    _table("zlk_excel", "hlmg", "yf bq zb", "yf bq zb fz:i fm:i"),
    _table("zlk_excel", "sbtz", "sbbh", "sbbh sbmc lb ks qyrq yz:r"),
)

TABLES: dict[tuple[str, str], Table] = {(table.store, table.name): table for table in _TABLES}
SQLITE = ("his_mz", "his_zy", "lis", "ris_pacs", "emr_ba", "ssmz")
SYSTEMS = ("his_mz", "his_zy", "lis", "ris_pacs", "emr_ba", "hrp", "ssmz", "zlk")


def tables_of(store: str) -> tuple[Table, ...]:
    """The tables of one store 某源库的表, in writing order."""
    return tuple(table for table in _TABLES if table.store == store)
