-- 门急诊就诊：一条正常或已退的挂号一行；冲红行（JLZT=2）不是就诊，只在收费里出现。
-- 就诊日期取号源的出诊日：零点后挂的号属于前一天的班次，不能用挂号时间。
-- “今天”取号源之外、本库最后一笔挂号所在的日子：早于它而未接诊的是爽约，其余在候诊。
WITH 病人 AS (
  SELECT PATID, YBDM,
         CASE WHEN SEX IN ('男', '女') THEN SEX WHEN id_card_valid(SFZH) THEN id_card_gender(SFZH) END AS 性别,
         coalesce(CASE WHEN BIRTH <> '19000101' THEN CAST(cn_time(BIRTH) AS DATE) END,
                  CASE WHEN id_card_valid(SFZH) THEN id_card_birth(SFZH) END) AS 出生
  FROM MZ_BRXX
), 分诊 AS (
  SELECT GHXH, cn_time(BDSJ) AS 报到, cn_time(JHSJ) AS 叫号, cn_time(JZSJ) AS 接诊, cn_time(JSSJ) AS 结束 FROM MZ_FZJH
), 今天 AS (
  SELECT CAST(max(cn_time(GHRQ)) AS DATE) AS 日 FROM MZ_GHZD WHERE JLZT <> '2'
), 挂号 AS (
  SELECT g.*, coalesce(CAST(cn_time(p.CZRQ) AS DATE), CAST(cn_time(g.GHRQ) AS DATE)) AS 就诊日
  FROM MZ_GHZD g LEFT JOIN YY_PBB p ON p.HBH = g.HBH
  WHERE g.JLZT <> '2'
)
SELECT 'MZ_GHZD'                             AS source_table,
       g._key                                AS source_key,
       'MZ-' || g.XH                         AS visit_id,
       'his_mz'                              AS patient_source,
       CAST(g.PATID AS VARCHAR)              AS patient_local_id,
       g.GHLB                                AS visit_class,
       g.就诊日                              AS visit_date,
       clean(g.KSDM)                         AS department,
       clean(g.YSDM)                         AS doctor,
       k.YQ                                  AS campus,
       b.YBDM                                AS insurance_type,
       clean(g.QD)                           AS channel,
       CASE g.CFZBZ WHEN '1' THEN '初诊' WHEN '2' THEN '复诊' END AS visit_type,
       cn_time(g.GHRQ)                       AS registered_at,
       f.报到                                AS checked_in_at,
       f.叫号                                AS called_at,
       f.接诊                                AS started_at,
       f.结束                                AS ended_at,
       CASE WHEN g.JLZT = '1' THEN '退号'
            WHEN f.接诊 IS NOT NULL THEN '已就诊'
            WHEN g.就诊日 < t.日 THEN '爽约'
            ELSE '候诊' END                  AS status,
       age_at(b.出生, g.就诊日)              AS age_years,
       b.性别                                AS gender,
       clean(g.ZDDM)                         AS diagnosis
FROM 挂号 g
CROSS JOIN 今天 t
LEFT JOIN 病人 b ON b.PATID = g.PATID
LEFT JOIN 分诊 f ON f.GHXH = g.XH
LEFT JOIN YY_KSBMK k ON k.ID = g.KSDM
