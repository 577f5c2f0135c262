-- 门急诊收费：挂号诊察费（挂号行，含退号的冲红）与已结算处方的明细。退费是负行，日期是退费那天。
-- 处方收费时间取结算时间；未结算的处方（JSBZ=0）没有收入。
-- 药品代码不在字典里时，类别按处方类型（西/成/草）；项目不在字典里时写“项目号”本身，列为未对照。
WITH 病人 AS (
  SELECT PATID, YBDM,
         CASE WHEN SEX IN ('男', '女') THEN SEX WHEN id_card_valid(SFZH) THEN id_card_gender(SFZH) END AS 性别,
         coalesce(CASE WHEN BIRTH <> '19000101' THEN CAST(cn_time(BIRTH) AS DATE) END,
                  CASE WHEN id_card_valid(SFZH) THEN id_card_birth(SFZH) END) AS 出生
  FROM MZ_BRXX
), 挂号 AS (
  SELECT XH, KSDM, CFZBZ, ZDDM, PATID FROM MZ_GHZD
), 处方 AS (
  SELECT c.XH, c.GHXH, c.PATID, c.KSDM, c.YSDM, c.LRRQ, c.JLZT, c.CFLX, cn_time(j.SFRQ) AS 收费
  FROM MZ_CFK c LEFT JOIN SF_BRJSK j ON j.SJH = c.SJH
  WHERE c.JSBZ = '1'
), 挂号费 AS (
  SELECT g.*, CASE WHEN g.JLZT = '2' AND g.YXH > 0 THEN g.YXH ELSE g.XH END AS 就诊, cn_time(g.GHRQ) AS 收费
  FROM MZ_GHZD g WHERE g.ZLF <> 0 OR g.JLZT = '2'
)
SELECT 'MZ_CFMXK'                            AS source_table,
       m._key                                AS source_key,
       'MZ-CM-' || m.XH                      AS charge_id,
       'MZ-' || c.GHXH                       AS visit_id,
       'his_mz'                              AS patient_source,
       CAST(c.PATID AS VARCHAR)              AS patient_local_id,
       '门急诊'                              AS patient_class,
       CASE WHEN m.YPDM <> '' THEN CASE coalesce(y.YPLB, c.CFLX) WHEN '1' THEN '11' WHEN '2' THEN '12' WHEN '3' THEN '13' END
            ELSE coalesce(x.XMLB, '项目' || clean(m.XMDM)) END AS fin_category,
       coalesce(clean(m.YPDM), clean(m.XMDM)) AS item_code,
       clean(m.YPMC)                         AS item_name,
       clean(m.YPDM)                         AS drug,
       clean(c.KSDM)                         AS department,
       clean(m.ZXKS)                         AS exec_department,
       clean(g.KSDM)                         AS visit_department,
       clean(c.YSDM)                         AS doctor,
       k.YQ                                  AS campus,
       b.YBDM                                AS insurance_type,
       CASE g.CFZBZ WHEN '1' THEN '初诊' WHEN '2' THEN '复诊' END AS visit_type,
       b.性别                                AS gender,
       age_at(b.出生, CAST(c.收费 AS DATE))  AS age_years,
       clean(g.ZDDM)                         AS diagnosis,
       CAST(m.YPSL AS DECIMAL(18,4))         AS quantity,
       CAST(m.ZJE AS DECIMAL(18,2))          AS amount,
       c.收费                                AS charged_at,
       c.收费                                AS settled_at,
       cn_time(c.LRRQ)                       AS recorded_at,
       c.JLZT = '2'                          AS refund
FROM MZ_CFMXK m
JOIN 处方 c ON c.XH = m.CFXH
LEFT JOIN 挂号 g ON g.XH = c.GHXH
LEFT JOIN 病人 b ON b.PATID = c.PATID
LEFT JOIN YY_KSBMK k ON k.ID = c.KSDM
LEFT JOIN YK_YPZD y ON y.YPDM = m.YPDM
LEFT JOIN SF_XMZD x ON x.XMDM = m.XMDM
UNION ALL
SELECT 'MZ_GHZD', g._key, 'MZ-GH-' || g.XH, 'MZ-' || g.就诊, 'his_mz', CAST(g.PATID AS VARCHAR), '门急诊',
       '02',
       CASE g.GHLB WHEN '0' THEN 'F0001' WHEN '1' THEN 'F0002' WHEN '2' THEN 'F0003' WHEN '3' THEN 'F0004' END,
       '诊察费', NULL,
       clean(g.KSDM), clean(g.KSDM), clean(g.KSDM), clean(g.YSDM), k.YQ, b.YBDM,
       CASE g.CFZBZ WHEN '1' THEN '初诊' WHEN '2' THEN '复诊' END,
       b.性别, age_at(b.出生, CAST(g.收费 AS DATE)), clean(g.ZDDM),
       CASE WHEN g.JLZT = '2' THEN -1 ELSE 1 END, CAST(g.ZLF AS DECIMAL(18,2)),
       g.收费, g.收费, g.收费, g.JLZT = '2'
FROM 挂号费 g
LEFT JOIN 病人 b ON b.PATID = g.PATID
LEFT JOIN YY_KSBMK k ON k.ID = g.KSDM
